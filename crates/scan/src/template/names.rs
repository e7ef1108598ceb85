//! Names that lead out of a template's sandbox. The lists name what Python objects are reached by, not what may be said.

/// Attributes without underscores around them that lead to frames, code and globals.
const INNER: &[&str] = &[
    "ag_code",
    "ag_frame",
    "co_code",
    "co_consts",
    "cr_code",
    "cr_frame",
    "f_back",
    "f_builtins",
    "f_code",
    "f_globals",
    "f_locals",
    "func_closure",
    "func_code",
    "func_defaults",
    "func_globals",
    "gi_code",
    "gi_frame",
    "im_class",
    "im_func",
    "im_self",
    "mro",
    "tb_frame",
    "tb_next",
];

/// Functions of modules that run commands or code, as a template would call them at the end of its way.
const ENDS: &[&str] = &[
    "check_call",
    "check_output",
    "eval",
    "exec",
    "execfile",
    "getoutput",
    "getstatusoutput",
    "import_module",
    "importlib",
    "popen",
    "Popen",
    "read_text",
    "spawn",
    "subprocess",
    "system",
    "urlopen",
    "write_text",
];

/// Whether an attribute of this name leads to what is behind an object.
pub(super) fn is_hidden(name: &str) -> bool {
    INNER.contains(&name) || name.starts_with("__") && name.ends_with("__") && name.len() > 4
}

/// Whether text is the name of an attribute that Python hides. Not every word between underscores is: `__media__` is a
/// mark for a place in a prompt.
pub(super) fn is_pythons(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "base",
        "bases",
        "builtins",
        "call",
        "class",
        "closure",
        "code",
        "dict",
        "func",
        "getattr",
        "getattribute",
        "getitem",
        "globals",
        "import",
        "init",
        "kwdefaults",
        "loader",
        "module",
        "mro",
        "new",
        "qualname",
        "reduce",
        "reduce_ex",
        "self",
        "spec",
        "subclasses",
        "wrapped",
    ];
    let inner = text.strip_prefix("__").and_then(|rest| rest.strip_suffix("__"));
    inner.is_some_and(|inner| NAMES.contains(&inner)) || text != "mro" && INNER.contains(&text)
}

/// Whether a name is half of a hidden one: what is glued together to get past filters.
pub(super) fn is_half(text: &str) -> bool {
    text == "__" || text.len() > 2 && (text.starts_with("__") || text.ends_with("__"))
}

/// Whether a call of this name runs something.
pub(super) fn runs(name: &str) -> bool {
    ENDS.contains(&name)
}
