//! What an unpickler has to be allowed for one file, and nothing more. Globals that do harm are never allowed, and those
//! that nobody vouches for are left to a person.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use casemate_core::printable;
use schemars::JsonSchema;
use serde::Serialize;

use crate::capability::Capability;
use crate::fact::About;
use crate::format::Format;
use crate::verdict::FileReport;

/// The form of a policy.
pub const POLICY_SCHEMA: &str = "casemate/unpickler-policy/v1";

/// A global of Python.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Global {
    /// The module, as the file names it.
    pub module: String,
    /// The name in it; empty for the module itself.
    pub name: String,
    /// What calling it can do.
    pub capability: Capability,
}

/// What may be loaded from one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Policy {
    /// The form of this document.
    pub schema: &'static str,
    /// The file it is for.
    pub path: String,
    /// The SHA-256 of that file, if it was computed.
    pub sha256: Option<String>,
    /// Whether the whole file was understood: if not, it may need more than is listed.
    pub complete: bool,
    /// Globals that only build data.
    pub allowed: Vec<Global>,
    /// Globals that nobody vouches for: allow them only after reading their code.
    pub unvouched: Vec<Global>,
    /// Globals that must not be loaded.
    pub refused: Vec<Global>,
}

/// The policy for a file that was scanned.
#[must_use]
pub fn policy(report: &FileReport) -> Policy {
    let used: BTreeSet<Global> = report
        .facts
        .iter()
        .filter(|fact| fact.about == About::Global)
        .filter_map(|fact| {
            let (module, name) = fact.name.split_once(' ')?;
            let capability = Capability::of(module, name);
            Some(Global { module: printable(module), name: printable(name), capability })
        })
        .collect();
    let mut policy = Policy {
        schema: POLICY_SCHEMA,
        path: report.path.clone(),
        sha256: report.digests.get("sha256").cloned(),
        complete: report.status == crate::Status::Complete,
        allowed: Vec::new(),
        unvouched: Vec::new(),
        refused: Vec::new(),
    };
    for global in used {
        if !global.is_named() || global.capability.is_dangerous() {
            policy.refused.push(global);
        } else if global.module == "__torch__" || global.module.starts_with("__torch__.") {
            // Known to TorchScript only; Python's unpickler never meets it.
        } else if global.capability == Capability::Unknown {
            policy.unvouched.push(global);
        } else {
            policy.allowed.push(global);
        }
    }
    policy
}

impl Global {
    /// Whether module and name are names of Python, and nothing that could be taken for code.
    fn is_named(&self) -> bool {
        let is_name = |part: &str| {
            !part.is_empty()
                && !part.starts_with(|c: char| c.is_ascii_digit())
                && part.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
        };
        self.module.split('.').all(is_name) && self.name.split('.').all(is_name)
    }

    /// Whether `torch.load` allows it by itself (`torch/_weights_only_unpickler.py`).
    fn is_known_to_torch(&self) -> bool {
        matches!(
            (self.module.as_str(), self.name.as_str()),
            ("collections", "OrderedDict" | "Counter")
                | ("_codecs", "encode")
                | ("builtins" | "__builtin__", "set" | "bytearray" | "complex")
                | ("torch.serialization", "_get_layout")
                | ("torch.nn.parameter", "Parameter")
                | ("torch" | "torch._utils" | "torch._tensor" | "torch.storage" | "torch.cuda", _)
        )
    }
}

impl Policy {
    /// The policy as a Python module: an unpickler that finds the allowed globals and no others, and what
    /// `torch.load(…, weights_only=True)` has to be told.
    #[must_use]
    pub fn python(&self) -> String {
        let mut code = String::new();
        let path = printable(&self.path).replace(['\n', '\r'], " ");
        let _ = writeln!(code, "# What loading {path} needs, and nothing else.");
        if let Some(digest) = &self.sha256 {
            let _ = writeln!(code, "# SHA-256 of the file: {digest}");
        }
        if !self.complete {
            code.push_str("# The file was not understood wholly: it may need more than this.\n");
        }
        for (title, globals) in
            [("Nobody vouches for these; read their code first", &self.unvouched), ("Refused", &self.refused)]
        {
            if !globals.is_empty() {
                let _ = writeln!(code, "# {title}:");
            }
            for global in globals {
                let _ = writeln!(code, "#   {} {} ({})", global.module, global.name, global.capability);
            }
        }
        code.push_str("\nimport pickle\n\nALLOWED = {\n");
        for global in &self.allowed {
            let _ = writeln!(code, "    (\"{}\", \"{}\"),", global.module, global.name);
        }
        code.push_str(UNPICKLER);
        code.push_str(&self.torch());
        code
    }

    /// The call that allows `torch.load` what it does not allow by itself.
    #[must_use]
    pub fn torch(&self) -> String {
        let mut code = String::from(
            "\n\ndef allow_in_torch():\n    import importlib\n\n    import torch\n\n    def find(module, name):\n",
        );
        code.push_str("        found = importlib.import_module(module)\n");
        code.push_str("        for part in name.split(\".\"):\n            found = getattr(found, part)\n");
        code.push_str("        return found, f\"{module}.{name}\"\n\n");
        code.push_str("    torch.serialization.add_safe_globals([\n");
        for global in self.allowed.iter().filter(|global| !global.is_known_to_torch()) {
            let module = match global.module.as_str() {
                "__builtin__" => "builtins",
                "copy_reg" => "copyreg",
                module => module,
            };
            let _ = writeln!(code, "        find(\"{module}\", \"{}\"),", global.name);
        }
        code.push_str("    ])\n");
        code
    }

    /// Whether the file can be loaded with what is allowed.
    #[must_use]
    pub fn suffices(&self) -> bool {
        self.complete && self.unvouched.is_empty() && self.refused.is_empty()
    }
}

const UNPICKLER: &str = r#"}


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return super().find_class(module, name)


def load(file):
    return Unpickler(file).load()
"#;

/// Whether a policy has anything to say of a file of this format.
#[must_use]
pub fn has_policy(format: Format) -> bool {
    matches!(
        format,
        Format::Pickle
            | Format::Joblib
            | Format::TorchZip
            | Format::TorchScript
            | Format::TorchLegacy
            | Format::TorchTar
            | Format::Npy
            | Format::Npz
            | Format::Skops
            | Format::Mar
            | Format::Nemo
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, Options, scan};

    fn of(bytes: &[u8]) -> Policy {
        policy(&scan("model.pkl", &Input::from(bytes.to_vec()), &Options::default()))
    }

    #[test]
    fn what_builds_data_is_allowed_and_what_does_harm_is_refused() {
        let found = of(b"(ccollections\nOrderedDict\ncos\nsystem\ncsomebody\nthing\nt.");
        let names = |globals: &[Global]| -> Vec<String> {
            globals.iter().map(|global| format!("{}.{}", global.module, global.name)).collect()
        };
        assert_eq!(names(&found.allowed), ["collections.OrderedDict"]);
        assert_eq!(names(&found.unvouched), ["somebody.thing"]);
        assert_eq!(names(&found.refused), ["os.system"]);
        assert!(!found.suffices());
        assert!(of(b"(ccollections\nOrderedDict\nt.").suffices());
    }

    #[test]
    fn a_name_never_becomes_code() {
        let found = of(b"ccollections\nx\"); import os; (\"\n.");
        assert!(found.allowed.is_empty(), "{found:?}");
        assert!(found.python().lines().filter(|line| line.contains("import os")).all(|l| l.starts_with('#')));
    }
}
