//! What a file brings in and defines: modules under their names, functions to be followed when they are called, classes
//! and who builds them.

use std::collections::HashMap;

use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::Ranged as _;

use super::program::{Function, Program, parameters};
use super::value::{Marks, Value};

impl<'a> Program<'a> {
    pub(super) fn import(&mut self, name: &ast::Alias) {
        let path = name.name.as_str();
        let first = path.split('.').next().unwrap_or(path);
        self.imports.insert(first.to_owned());
        match &name.asname {
            Some(alias) => self.set(alias.as_str(), Value::global(path)),
            None => self.set(first, Value::global(first)),
        }
    }

    pub(super) fn import_from(&mut self, import: &ast::StmtImportFrom) {
        let module = import.module.as_ref().map_or("", |module| module.as_str());
        if import.level == 0 {
            self.imports.insert(module.split('.').next().unwrap_or(module).to_owned());
        }
        for name in &import.names {
            let alias = name.asname.as_ref().unwrap_or(&name.name).as_str();
            match name.name.as_str() {
                "*" if import.level == 0 => self.everything_of(module),
                "*" => {}
                // A file beside this one is looked at by itself.
                _ if import.level > 0 => self.set(alias, Value::UNKNOWN),
                original => {
                    // What another module has imported is the same thing: `from x import os`.
                    let known = super::calls::is_module(original) && !super::calls::is_module(module);
                    let path = if known { original.to_owned() } else { format!("{module}.{original}") };
                    self.set(alias, Value::global(path));
                }
            }
        }
    }

    /// `from module import *`, as far as it brings what does harm.
    fn everything_of(&mut self, module: &str) {
        const NAMES: &[&str] = &[
            "system",
            "popen",
            "Popen",
            "run",
            "call",
            "check_output",
            "check_call",
            "getoutput",
            "loads",
            "load",
            "b64decode",
            "decompress",
            "urlopen",
            "socket",
            "CDLL",
            "import_module",
            "get",
            "post",
            "environ",
        ];
        for name in NAMES {
            let path = format!("{module}.{name}");
            if super::calls::capability(&path).is_some() || super::calls::decodes(&path) {
                self.set(name, Value::global(path));
            }
        }
    }

    pub(super) fn define(&mut self, function: &'a ast::StmtFunctionDef) {
        for decorator in &function.decorator_list {
            let value = self.eval(&decorator.expression);
            self.applied(&value, decorator.range().start().to_u32());
        }
        for parameter in function.parameters.iter_non_variadic_params() {
            parameter.default.iter().for_each(|default| self.ignore(default));
        }
        let name = function.name.as_str();
        if !self.active.is_empty() {
            // A function in a function is followed where it stands.
            self.set(name, Value::UNKNOWN);
            self.scopes.push(parameters(&function.parameters));
            let returned = self.returned.take();
            self.statements(&function.body);
            let inner = std::mem::replace(&mut self.returned, returned);
            self.scopes.pop();
            self.set(name, Value::Other(inner.map_or(Marks::NONE, |value| value.marks())));
            return;
        }
        self.set(name, Value::Local(name.to_owned()));
        self.register(name.to_owned(), function, None);
    }

    fn register(&mut self, name: String, function: &'a ast::StmtFunctionDef, class: Option<String>) {
        let function = Function {
            body: &function.body,
            parameters: &function.parameters,
            class,
            visits: 0,
            returns: None,
        };
        self.functions.insert(name, function);
    }

    pub(super) fn class(&mut self, class: &'a ast::StmtClassDef) {
        class.decorator_list.iter().for_each(|decorator| self.ignore(&decorator.expression));
        let name = class.name.as_str();
        let mut installs = false;
        self.is_loaded |= name == "TritonPythonModel";
        if let Some(arguments) = &class.arguments {
            for base in &arguments.args {
                self.is_loaded |= is_loaded_base(base);
                let base = self.eval(base);
                installs |= match &base {
                    Value::Global { path, .. } => is_install_step(path),
                    Value::Local(class) => self.classes.get(class) == Some(&true),
                    _ => false,
                };
            }
            arguments.keywords.iter().for_each(|keyword| self.ignore(&keyword.value));
        }
        self.classes.insert(name.to_owned(), installs);
        self.scopes.push(HashMap::new());
        for statement in &class.body {
            match statement {
                Stmt::FunctionDef(method) => {
                    method.decorator_list.iter().for_each(|decorator| self.ignore(&decorator.expression));
                    for parameter in method.parameters.iter_non_variadic_params() {
                        parameter.default.iter().for_each(|default| self.ignore(default));
                    }
                    self.register(format!("{name}.{}", method.name), method, Some(name.to_owned()));
                }
                other => self.statement(other),
            }
        }
        self.scopes.pop();
        self.set(name, Value::Local(name.to_owned()));
    }
}

/// Classes that `pip install` runs by itself.
fn is_install_step(path: &str) -> bool {
    const STEPS: &[&str] = &[
        "install",
        "develop",
        "egg_info",
        "build_py",
        "sdist",
        "build",
        "bdist_wheel",
        "editable_wheel",
        "dist_info",
    ];
    let (module, name) = path.rsplit_once('.').unwrap_or(("", path));
    let packaging = ["setuptools", "distutils", "wheel"].iter().any(|root| module.starts_with(root));
    packaging && STEPS.contains(&name)
}

/// Whether a class of this base is built by a library that loads models.
fn is_loaded_base(base: &Expr) -> bool {
    const BASES: &[&str] = &[
        "ArrowBasedBuilder",
        "BaseHandler",
        "BaseImageProcessor",
        "DiffusionPipeline",
        "FeatureExtractionMixin",
        "GeneratorBasedBuilder",
        "Pipeline",
        "PreTrainedConfig",
        "PreTrainedModel",
        "PreTrainedTokenizer",
        "PreTrainedTokenizerFast",
        "PretrainedConfig",
        "ProcessorMixin",
        "PythonModel",
    ];
    let name = match base {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    BASES.contains(&name) || name.ends_with("PreTrainedModel") || name.ends_with("ForCausalLM")
}
