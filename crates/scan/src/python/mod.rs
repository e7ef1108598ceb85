//! Python sources, parsed: what they call, and when. Nothing is run, and what cannot be resolved is left out rather than
//! guessed.

mod calls;
mod names;

use ruff_python_ast::visitor::Visitor as _;
use ruff_python_ast::{Expr, ModModule, Stmt};

pub(crate) use self::calls::{Call, When};

/// A longer source is not parsed.
pub(crate) const LONGEST: u64 = 4 * 1024 * 1024;

/// What a source does.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// The calls that can be resolved, in order.
    pub(crate) calls: Vec<Call>,
    /// Whether a loader runs it: it defines a model, a configuration, a tokeniser, a handler or a package.
    pub(crate) role: Role,
    /// Whether anything in it is a definition or an import.
    pub(crate) is_code: bool,
}

/// Who runs a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Role {
    /// Whoever wants to.
    #[default]
    Script,
    /// Whoever loads the model.
    Loaded,
    /// Whoever installs the package.
    Setup,
}

/// Parses a source. None if it is no Python.
pub(crate) fn read(text: &str) -> Option<Source> {
    let module = ruff_python_parser::parse_module(text).ok()?.into_syntax();
    let mut visitor = calls::Calls::new(text);
    visitor.visit_body(&module.body);
    let mut source = Source { calls: visitor.calls, role: role(&module), is_code: is_code(&module) };
    if source.calls.iter().any(|call| call.path == "setuptools.setup" || call.path == "distutils.core.setup")
    {
        source.role = Role::Setup;
    }
    Some(source)
}

fn is_code(module: &ModModule) -> bool {
    module.body.iter().any(|statement| {
        matches!(statement, Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::FunctionDef(_) | Stmt::ClassDef(_))
    })
}

fn role(module: &ModModule) -> Role {
    let is_loaded = module.body.iter().any(|statement| {
        let Stmt::ClassDef(class) = statement else { return false };
        class.name.as_str() == "TritonPythonModel" || class.bases().iter().any(is_loaded_base)
    });
    if is_loaded { Role::Loaded } else { Role::Script }
}

/// Whether a class of this base is built by a library that loads models.
fn is_loaded_base(base: &Expr) -> bool {
    const BASES: &[&str] = &[
        "BaseHandler",
        "Module",
        "PretrainedConfig",
        "PreTrainedConfig",
        "PreTrainedModel",
        "PreTrainedTokenizer",
        "PreTrainedTokenizerFast",
        "ProcessorMixin",
        "Pipeline",
        "DiffusionPipeline",
        "PythonModel",
        "GeneratorBasedBuilder",
        "ArrowBasedBuilder",
        "BaseImageProcessor",
        "FeatureExtractionMixin",
    ];
    let name = match base {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    BASES.contains(&name) || name.ends_with("PreTrainedModel") || name.ends_with("ForCausalLM")
}

#[cfg(test)]
mod tests;
