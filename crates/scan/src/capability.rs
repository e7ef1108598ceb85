//! What a global can do when it is called, from a table that is compiled in. The answer depends on the name alone,
//! never on what is installed.

use std::collections::HashMap;
use std::sync::LazyLock;

use casemate_core::vocabulary;

vocabulary! {
    /// What a global can do; later ones are worse.
    "capability" Capability {
        /// Builds plain data.
        Inert = "inert",
        /// Puts a tensor together from its parts.
        TensorRebuild = "tensor-rebuild",
        /// Nobody has said what it does.
        Unknown = "unknown",
        /// Reaches attributes, modules or state by name.
        Introspection = "introspection",
        /// Reads another serialised object.
        NestedDeserialise = "nested-deserialise",
        /// Reads files.
        FileRead = "file-read",
        /// Talks to the network.
        Network = "network",
        /// Writes or removes files.
        FileWrite = "file-write",
        /// Imports modules by name.
        Import = "import",
        /// Runs processes or reaches into the operating system.
        Process = "process",
        /// Runs code that it is given.
        CodeExecution = "code-execution",
    }
}

impl Capability {
    /// Whether it harms, or leads to harm, when called with the right arguments.
    #[must_use]
    pub fn is_dangerous(self) -> bool {
        self > Self::Unknown
    }

    /// What it does, as the end of a sentence that begins with "loading".
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Inert => "builds plain data",
            Self::TensorRebuild => "rebuilds tensors",
            Self::Unknown => "calls code nobody has vouched for",
            Self::Introspection => "reaches attributes by name",
            Self::NestedDeserialise => "loads another serialised object",
            Self::FileRead => "reads files",
            Self::Network => "uses the network",
            Self::FileWrite => "writes files",
            Self::Import => "imports modules by name",
            Self::Process => "runs a process",
            Self::CodeExecution => "runs code",
        }
    }

    /// What a global can do. A dotted name counts as the worst that any reading of its parts leads to.
    #[must_use]
    pub fn of(module: &str, name: &str) -> Self {
        let whole = TABLE.find(module, name);
        if !name.contains('.') {
            return if is_hidden(name) { whole.max(Self::Introspection) } else { whole };
        }
        if let Some(exact) = TABLE.exact(module, name) {
            return exact;
        }
        let parts: Vec<&str> = name.split('.').take(MAX_PARTS).collect();
        let mut worst = whole;
        for (at, part) in parts.iter().enumerate() {
            if is_hidden(part) {
                worst = worst.max(Self::CodeExecution);
            }
            let before = parts.get(..at).unwrap_or_default().join(".");
            let within = if at == 0 { module.to_owned() } else { format!("{module}.{before}") };
            worst = worst.max(TABLE.find(&within, part));
            // A module also has what it imported: `logging` has `os`.
            for from in 0..at {
                let reached = parts.get(from..at).unwrap_or_default().join(".");
                worst = worst.max(TABLE.find(&reached, part));
            }
        }
        if parts.len() == MAX_PARTS { worst.max(Self::Introspection) } else { worst }
    }
}

const MAX_PARTS: usize = 12;

/// Whether a name leads behind an object: `__globals__`, `__subclasses__` and their kin.
pub(crate) fn is_hidden(name: &str) -> bool {
    const HARMLESS: &[&str] = &["__newobj__", "__newobj_ex__", "__main__", "__new__", "__init__"];
    name.starts_with("__")
        && name.ends_with("__")
        && name.len() > 4
        && !HARMLESS.contains(&name)
        && !name.contains("_ctor")
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("capabilities.txt")));

/// What is said of one module.
#[derive(Default)]
struct Entry {
    names: HashMap<&'static str, Capability>,
    classes: Option<Capability>,
    all: Option<Capability>,
}

impl Entry {
    fn find(&self, name: &str) -> Option<Capability> {
        let is_class = name.trim_start_matches('_').starts_with(|first: char| first.is_uppercase());
        let class = if is_class { self.classes } else { None };
        self.names.get(name).copied().or(class).or(self.all)
    }
}

#[derive(Default)]
struct Table {
    modules: HashMap<&'static str, Entry>,
    trees: HashMap<&'static str, Entry>,
}

impl Table {
    fn parse(text: &'static str) -> Self {
        let mut table = Self::default();
        let mut section = Capability::Unknown;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            if let Some(word) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = word.parse().unwrap_or(Capability::Unknown);
            } else if let Some((module, names)) = line.split_once(':') {
                let entry = match module.strip_suffix(".**") {
                    Some(tree) => table.trees.entry(tree).or_default(),
                    None => table.modules.entry(module).or_default(),
                };
                for name in names.split_whitespace() {
                    match name {
                        "*" => entry.all = Some(section),
                        "^" => entry.classes = Some(section),
                        name => {
                            entry.names.insert(name, section);
                        }
                    }
                }
            }
        }
        table
    }

    fn exact(&self, module: &str, name: &str) -> Option<Capability> {
        self.modules.get(module).and_then(|entry| entry.names.get(name).copied())
    }

    fn find(&self, module: &str, name: &str) -> Capability {
        if let Some(found) = self.modules.get(module).and_then(|entry| entry.find(name)) {
            return found;
        }
        let mut above = module;
        loop {
            if let Some(found) = self.trees.get(above).and_then(|entry| entry.find(name)) {
                return found;
            }
            match above.rsplit_once('.') {
                Some((parent, _)) => above = parent,
                None => return Capability::Unknown,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_and_line_of_the_table_is_understood() {
        for line in include_str!("capabilities.txt").lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix('[') {
                Some(word) => assert!(word.trim_end_matches(']').parse::<Capability>().is_ok(), "{line}"),
                None => assert!(line.is_empty() || line.contains(": "), "{line}"),
            }
        }
    }

    #[test]
    fn globals_have_the_capability_of_the_most_precise_line() {
        for (module, name, expected) in [
            ("collections", "OrderedDict", Capability::Inert),
            ("sklearn.ensemble._forest", "RandomForestClassifier", Capability::Inert),
            ("sklearn.ensemble._forest", "load_something", Capability::Unknown),
            ("numpy._core.multiarray", "_reconstruct", Capability::TensorRebuild),
            ("os", "system", Capability::Process),
            ("os", "anything", Capability::Process),
            ("builtins", "eval", Capability::CodeExecution),
            ("importlib._bootstrap", "_gcd_import", Capability::Import),
            ("torch._inductor.codecache", "compile_file", Capability::CodeExecution),
            ("threading", "Thread", Capability::CodeExecution),
            ("someone", "thing", Capability::Unknown),
        ] {
            assert_eq!(Capability::of(module, name), expected, "{module}.{name}");
        }
    }

    #[test]
    fn a_dotted_name_is_as_bad_as_the_worst_it_leads_to() {
        let traversal = Capability::of("builtins", "print.__class__.__base__.__subclasses__");
        assert_eq!(traversal, Capability::CodeExecution);
        assert_eq!(Capability::of("torch.utils", "collect_env.run"), Capability::CodeExecution);
        assert_eq!(Capability::of("logging", "os.system"), Capability::Process);
        assert_eq!(Capability::of("ultralytics.nn.head", "Detect.forward"), Capability::Unknown);
    }
}
