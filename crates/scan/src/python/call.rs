//! Calls: what is called, what it is given, and what comes back, as far as the names of Python's own modules tell.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged as _;

use super::calls::{capability, fetches, holds_secrets};
use super::event::{Event, Given};
use super::expr::{filled, glued, way_of};
use super::program::Program;
use super::value::{Marks, UNKNOWN_WORD, Value, Way, decoded};
use crate::capability::Capability;

/// What stands before the name of a file that was opened.
const FILE: &str = "<file>";
/// How deep code in strings in code is followed.
const MOST_NESTED: usize = 3;

/// A call while it is looked at.
pub(super) struct Call {
    pub(super) at: u32,
    pub(super) args: Vec<Value>,
    pub(super) keywords: Vec<(String, Value)>,
}

impl Call {
    pub(super) fn first(&self) -> Option<&Value> {
        self.args.first()
    }

    pub(super) fn keyword(&self, name: &str) -> Option<&Value> {
        self.keywords.iter().find(|(keyword, _)| keyword == name).map(|(_, value)| value)
    }

    pub(super) fn marks(&self) -> Marks {
        let keywords = self.keywords.iter().filter(|(name, _)| name != "env").map(|(_, value)| value);
        self.args.iter().chain(keywords).fold(Marks::NONE, |all, value| all.with(value.marks()))
    }
}

impl<'a> Program<'a> {
    pub(super) fn call(&mut self, call: &'a ast::ExprCall) -> Value {
        let receiver = match &*call.func {
            Expr::Attribute(attribute) => Some((self.eval(&attribute.value), attribute.attr.as_str())),
            _ => None,
        };
        let args = call.arguments.args.iter().map(|arg| self.eval(arg)).collect();
        let keywords = call
            .arguments
            .keywords
            .iter()
            .map(|keyword| {
                let name = keyword.arg.as_ref().map_or("", |name| name.as_str()).to_owned();
                (name, self.eval(&keyword.value))
            })
            .collect();
        let given = Call { at: call.range().start().to_u32(), args, keywords };
        match receiver {
            Some((on, name)) if name == "__subclasses__" && is_climb(&call.func) => {
                self.told(
                    "object.__subclasses__",
                    Capability::CodeExecution,
                    Way::Built,
                    &given,
                    Given::default(),
                );
                Value::Other(on.marks())
            }
            Some((on @ (Value::Global { .. } | Value::Local(_) | Value::Instance(_)), name)) => {
                let callee = self.attribute(on, name, Way::Plain);
                self.called(callee, &given)
            }
            Some((on, name)) => self.method(on, name, &given),
            None => {
                let callee = self.eval(&call.func);
                self.called(callee, &given)
            }
        }
    }

    fn called(&mut self, callee: Value, call: &Call) -> Value {
        match callee {
            Value::Global { path, way } => self.global(&path, way, call),
            Value::Local(name) => self.call_local(&name, &call.args),
            other => {
                self.handed_on(call);
                Value::Other(call.marks().with(other.marks()))
            }
        }
    }

    /// The file's own functions that are handed to something else may be called by it.
    fn handed_on(&mut self, call: &Call) {
        for value in call.args.iter().chain(call.keywords.iter().map(|(_, value)| value)) {
            if let Value::Local(name) = value
                && !self.classes.contains_key(name)
            {
                self.call_local(name, &[]);
            }
        }
    }

    /// A decorator is called with what it decorates.
    pub(super) fn applied(&mut self, decorator: &Value, at: u32) {
        if let Value::Global { path, way } = decorator
            && matches!(capability(path), Some(Capability::CodeExecution | Capability::Process))
        {
            let call = Call { at, args: vec![Value::UNKNOWN], keywords: Vec::new() };
            self.global(path, *way, &call);
        }
    }

    pub(super) fn global(&mut self, path: &str, way: Way, call: &Call) -> Value {
        if let Some(name) = path.strip_prefix(FILE) {
            return self.file(name, call);
        }
        self.is_setup |= matches!(path, "setuptools.setup" | "distutils.core.setup" | "skbuild.setup");
        if let Some(value) = self.by_name(path, call) {
            return value;
        }
        if let Some(value) = self.built(path, call) {
            return value;
        }
        self.handed_on(call);
        self.trusting(path, call);
        if let Some(capability) = capability(path) {
            let given = self.given(path, capability, call);
            self.told(path, capability, way, call, given);
        } else {
            self.trampoline(path, call);
        }
        self.result(path, call)
    }

    /// `from_pretrained(…, trust_remote_code=True)`.
    fn trusting(&mut self, path: &str, call: &Call) {
        if call.keyword("trust_remote_code") == Some(&Value::Number(1)) {
            let given =
                Given { told: Some(true), text: call.first().and_then(Value::text), ..Given::default() };
            self.told(path, Capability::Import, Way::Plain, call, given);
        }
    }

    /// Calls that lead to a global by its name.
    fn by_name(&mut self, path: &str, call: &Call) -> Option<Value> {
        let name = |at: usize| match call.args.get(at) {
            Some(Value::Text(text, marks)) if !text.contains(UNKNOWN_WORD) => Some((text.clone(), *marks)),
            _ => None,
        };
        match path {
            "builtins.__import__" | "importlib.import_module" | "importlib.__import__" => {
                let (module, marks) = name(0)?;
                let literal = path == "importlib.import_module" && way_of(marks) == Way::ByName;
                self.imports.insert(module.split('.').next().unwrap_or_default().to_owned());
                Some(Value::Global { path: module, way: if literal { Way::Plain } else { way_of(marks) } })
            }
            "pydoc.locate" | "pkgutil.resolve_name" => {
                let (found, marks) = name(0)?;
                Some(Value::Global { path: found.replace(':', "."), way: way_of(marks) })
            }
            "builtins.getattr" => {
                let on = call.first()?.clone();
                match name(1) {
                    Some((name, marks)) => Some(self.attribute(on, &name, way_of(marks))),
                    None => Some(Value::Other(on.marks())),
                }
            }
            "builtins.vars" => call.first().cloned().or(Some(Value::global("<names>"))),
            "builtins.globals" | "builtins.locals" => Some(Value::global("<names>")),
            "<names>.get" => match self.name(&name(0)?.0) {
                Value::Global { path, way } => Some(Value::Global { path, way: way.max(Way::ByName) }),
                other => Some(other),
            },
            "sys.modules.get" => Some(Value::Global { path: name(0)?.0, way: Way::ByName }),
            _ => {
                let on =
                    path.strip_suffix(".__getattribute__").or_else(|| path.strip_suffix(".__dict__.get"))?;
                let (name, marks) = name(0)?;
                Some(self.attribute(Value::global(on), &name, way_of(marks)))
            }
        }
    }

    /// Functions that call what they are given.
    fn trampoline(&mut self, path: &str, call: &Call) {
        let name = path.rsplit('.').next().unwrap_or_default();
        const CALLERS: &[&str] = &[
            "partial",
            "filter",
            "reduce",
            "Thread",
            "Timer",
            "Process",
            "submit",
            "register",
            "run_in_executor",
            "apply_async",
        ];
        if !CALLERS.contains(&name) {
            return;
        }
        let target = call.keyword("target").or_else(|| {
            call.args
                .iter()
                .find(|arg| matches!(arg, Value::Global { path, .. } if capability(path).is_some()))
        });
        if let Some(Value::Global { path, way }) = target.cloned() {
            let args = match call.keyword("args") {
                Some(Value::Items(items)) => items.clone(),
                _ => call.args.iter().filter(|arg| !matches!(arg, Value::Global { .. })).cloned().collect(),
            };
            self.global(&path, way, &Call { at: call.at, args, keywords: Vec::new() });
        }
    }

    /// What matters of what a call is given.
    fn given(&mut self, path: &str, capability: Capability, call: &Call) -> Given {
        let mut given = Given { marks: call.marks(), ..Given::default() };
        given.text = call.first().and_then(Value::text);
        match capability {
            Capability::Process => {
                let words = call.first().or_else(|| call.keyword("args"));
                given.command = words.and_then(Value::command);
                if path.starts_with("os.exec") || path.starts_with("os.spawn") {
                    let words: Vec<String> = call.args.iter().filter_map(Value::command).collect();
                    given.command = Some(words.join(" "));
                }
                let known = given.command.clone().unwrap_or_default();
                if self.dropped.iter().any(|file| known.contains(file.as_str())) {
                    given.marks = given.marks.with(Marks::FETCHED);
                }
            }
            Capability::CodeExecution => self.code(path, call, &mut given),
            Capability::NestedDeserialise => {
                if let Some(Value::Bytes(bytes, marks)) = call.first()
                    && (marks.has(Marks::DECODED) || bytes.starts_with(&[0x80]))
                {
                    given.payload = Some(bytes.clone());
                }
                let flag = |name: &str| match call.keyword(name) {
                    Some(Value::Number(number)) => Some(*number != 0),
                    _ => None,
                };
                given.told = flag("weights_only").map(|only| !only);
            }
            Capability::FileRead | Capability::FileWrite => {
                let mode = call.args.get(1).or_else(|| call.keyword("mode")).and_then(Value::text);
                given.writes = mode.is_some_and(|mode| mode.contains(['w', 'a', 'x', '+']));
            }
            Capability::Network => {
                if path.ends_with("urlretrieve")
                    && let Some(Value::Text(file, _)) = call.args.get(1).or_else(|| call.keyword("filename"))
                {
                    self.drop_file(file.clone());
                }
            }
            _ => {}
        }
        given
    }

    /// Code in a string that is run: it is followed too.
    fn code(&mut self, path: &str, call: &Call, given: &mut Given) {
        if !matches!(path, "builtins.exec" | "builtins.eval") || self.depth >= MOST_NESTED {
            return;
        }
        let Some(text) = call.first().and_then(Value::text).filter(|text| !text.contains(UNKNOWN_WORD))
        else {
            return;
        };
        let events = super::events_of(&text, self.depth + 1);
        given.runs = events.iter().map(|event| event.path.clone()).collect();
        given.runs.sort();
        given.runs.dedup();
        for mut event in events {
            event.at = call.at;
            event.cell = self.cell;
            if event.context == super::event::Context::Import(None) {
                event.context = self.context.clone();
            }
            self.note(event);
        }
    }

    fn told(&mut self, path: &str, capability: Capability, way: Way, call: &Call, given: Given) {
        let (context, cell) = (self.context.clone(), self.cell);
        self.note(Event { cell, at: call.at, context, path: path.to_owned(), capability, way, given });
    }

    fn drop_file(&mut self, name: String) {
        if name.len() >= 3 && self.dropped.len() < 100 {
            self.dropped.push(name);
        }
    }

    /// A method of a file that was opened.
    fn file(&mut self, path: &str, call: &Call) -> Value {
        let (name, method) = path.rsplit_once('.').unwrap_or((path, ""));
        let marks = call.marks();
        if method.starts_with("write") && (marks.has(Marks::FETCHED) || marks.has(Marks::DECODED)) {
            self.drop_file(name.to_owned());
        }
        if holds_secrets(name) {
            Value::Other(Marks::READ.with(Marks::SECRET))
        } else {
            Value::Other(Marks::READ)
        }
    }

    fn result(&mut self, path: &str, call: &Call) -> Value {
        const OBJECTS: &[&str] = &[
            "requests.Session",
            "requests.session",
            "socket.socket",
            "httpx.Client",
            "http.client.HTTPConnection",
            "http.client.HTTPSConnection",
            "aiohttp.ClientSession",
            "urllib3.PoolManager",
            "paramiko.SSHClient",
        ];
        match path {
            "builtins.open" | "io.open" | "codecs.open" => match call.first() {
                Some(Value::Text(name, _)) => Value::global(format!("{FILE}{name}")),
                _ => Value::Other(Marks::READ),
            },
            "os.environ.get" | "os.getenv" | "os.environ.setdefault" | "os.environ.pop" => Value::UNKNOWN,
            "os.environ.copy" | "os.environ.items" | "os.environ.values" => Value::Other(Marks::SECRET),
            _ if OBJECTS.contains(&path) => Value::global(path),
            _ if fetches(path) => Value::Other(Marks::FETCHED),
            "marshal.loads" => Value::Other(call.marks().with(Marks::DECODED)),
            // What a program says is no part of what it was given.
            _ if capability(path) == Some(Capability::Process) => Value::UNKNOWN,
            _ => Value::Other(call.marks()),
        }
    }

    /// A method of text, bytes, a list, or something unknown.
    fn method(&mut self, on: Value, name: &str, call: &Call) -> Value {
        let marks = on.marks().with(call.marks());
        match (on, name) {
            (Value::Text(text, marks), "encode") => Value::Bytes(text.into_bytes(), marks),
            (Value::Text(text, _), "decode") => {
                let codec = call.first().and_then(Value::text).unwrap_or_default();
                decoded(&codec, &text).map_or(Value::Other(marks), |text| Value::Text(text, marks))
            }
            (Value::Bytes(bytes, marks), "decode") => match String::from_utf8(bytes) {
                Ok(text) => Value::Text(text, marks),
                Err(_) => Value::Other(marks),
            },
            (Value::Text(between, _), "join") => match call.first() {
                Some(Value::Items(items)) => {
                    let between = Value::Text(between, Marks::NONE);
                    let mut all = None;
                    for item in items {
                        all = Some(match all {
                            Some(before) => glued(&glued(&before, &between), item),
                            None => item.clone(),
                        });
                    }
                    all.unwrap_or(Value::UNKNOWN)
                }
                Some(Value::Text(text, _)) if between.is_empty() => Value::Text(text.clone(), marks),
                _ => Value::Other(marks),
            },
            (Value::Text(text, _), "replace") => match (call.first(), call.args.get(1)) {
                (Some(Value::Text(from, _)), Some(Value::Text(to, _)))
                    if !from.is_empty() && to.len() <= 64 =>
                {
                    Value::Text(text.replace(from.as_str(), to), marks.with(Marks::BUILT))
                }
                _ => Value::Other(marks),
            },
            (Value::Text(text, _), "lower") => Value::Text(text.to_lowercase(), marks),
            (Value::Text(text, _), "upper") => Value::Text(text.to_uppercase(), marks),
            (Value::Text(text, _), "strip" | "rstrip" | "lstrip") => {
                Value::Text(text.trim().to_owned(), marks)
            }
            (Value::Text(text, _), "format") => filled(&text, &call.args, marks),
            (Value::Text(text, _), "split") => {
                let parts: Vec<&str> = match call.first().and_then(Value::text) {
                    Some(by) if !by.is_empty() => text.split(by.as_str()).take(1024).collect(),
                    _ => text.split_whitespace().take(1024).collect(),
                };
                Value::Items(
                    parts.into_iter().map(|part| Value::Text(part.to_owned(), Marks::NONE)).collect(),
                )
            }
            // A path: `Path(…).write_bytes(…)`.
            (Value::Text(file, _), "write_bytes" | "write_text") => {
                self.path_written(file, marks, call);
                Value::UNKNOWN
            }
            (Value::Text(file, _), "read_text" | "read_bytes") => {
                if holds_secrets(&file) {
                    Value::Other(Marks::READ.with(Marks::SECRET))
                } else {
                    Value::Other(Marks::READ)
                }
            }
            (Value::Text(file, _), "open") => Value::global(format!("{FILE}{file}")),
            (Value::Text(file, marks), "expanduser" | "resolve" | "absolute") => Value::Text(file, marks),
            _ => {
                self.handed_on(call);
                Value::Other(marks)
            }
        }
    }

    fn path_written(&mut self, file: String, marks: Marks, call: &Call) {
        let given = Given { marks, text: Some(file.clone()), writes: true, ..Given::default() };
        self.told("pathlib.Path.write_text", Capability::FileWrite, Way::Plain, call, given);
        if marks.has(Marks::FETCHED) || marks.has(Marks::DECODED) {
            self.drop_file(file);
        }
    }
}

/// `x.__base__.__subclasses__` and its kin, which reach every class there is.
fn is_climb(func: &Expr) -> bool {
    let Expr::Attribute(attribute) = func else { return false };
    let on = match &*attribute.value {
        Expr::Subscript(subscript) => &*subscript.value,
        other => other,
    };
    matches!(on, Expr::Attribute(inner) if matches!(inner.attr.as_str(), "__base__" | "__bases__" | "__mro__"))
}
