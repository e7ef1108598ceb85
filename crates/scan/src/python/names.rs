//! Which object a name or an expression stands for, through imports, aliases, `getattr` and `__import__`. A name that is
//! bound to something else is unknown.

use std::collections::HashMap;

use ruff_python_ast::{Expr, Operator, Stmt};

/// Functions that need no import.
const BUILTINS: &[&str] = &[
    "__import__",
    "breakpoint",
    "compile",
    "delattr",
    "eval",
    "exec",
    "execfile",
    "getattr",
    "globals",
    "open",
    "setattr",
    "vars",
];

/// The names of a source and what they stand for, as dotted paths.
#[derive(Default)]
pub(super) struct Names(HashMap<String, String>);

impl Names {
    /// Takes over what an import or an assignment binds.
    pub(super) fn bind(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = alias.name.as_str();
                    let (name, path) = match &alias.asname {
                        Some(name) => (name.as_str(), module),
                        // `import os.path` binds `os`.
                        None => {
                            let top = module.split('.').next().unwrap_or(module);
                            (top, top)
                        }
                    };
                    self.0.insert(name.to_owned(), path.to_owned());
                }
            }
            Stmt::ImportFrom(import) if import.level == 0 => {
                let Some(module) = &import.module else { return };
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.0.insert(name.to_string(), format!("{module}.{}", alias.name));
                }
            }
            Stmt::Assign(assign) => {
                let path = self.path(&assign.value);
                for target in &assign.targets {
                    let Expr::Name(target) = target else { continue };
                    match &path {
                        Some(path) => self.0.insert(target.id.to_string(), path.clone()),
                        None => self.0.remove(target.id.as_str()),
                    };
                }
            }
            _ => {}
        }
    }

    /// The dotted path of what an expression stands for.
    pub(super) fn path(&self, expression: &Expr) -> Option<String> {
        match expression {
            Expr::Name(name) => {
                let name = name.id.as_str();
                let builtin = || BUILTINS.contains(&name).then(|| format!("builtins.{name}"));
                self.0.get(name).cloned().or_else(builtin)
            }
            Expr::Attribute(attribute) => {
                Some(format!("{}.{}", self.path(&attribute.value)?, attribute.attr))
            }
            Expr::Call(call) => {
                let arguments = &call.arguments.args;
                match (&*self.path(&call.func)?, &**arguments) {
                    ("builtins.__import__" | "importlib.import_module", [module, ..]) => text(module),
                    ("builtins.getattr", [object, name, ..]) => {
                        Some(format!("{}.{}", self.path(object)?, text(name)?))
                    }
                    _ => None,
                }
            }
            Expr::Subscript(subscript) => {
                // sys.modules['os'] and globals()['os'] and os.__dict__['system']
                let key = text(&subscript.slice)?;
                match &*self.path(&subscript.value)? {
                    "sys.modules" => Some(key),
                    other => Some(format!("{}.{key}", other.strip_suffix(".__dict__")?)),
                }
            }
            _ => None,
        }
    }
}

/// Text that is written down, or put together from such.
pub(super) fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::StringLiteral(literal) => Some(literal.value.to_str().to_owned()),
        Expr::BinOp(sum) if sum.op == Operator::Add => {
            let both = text(&sum.left)? + &text(&sum.right)?;
            (both.len() <= 4096).then_some(both)
        }
        _ => None,
    }
}
