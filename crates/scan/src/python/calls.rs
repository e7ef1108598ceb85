//! The calls of a source: what is called, where, whether when the source is imported, and whether it is fed with something
//! that was decoded first.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtIf};
use ruff_text_size::Ranged as _;

use super::names::Names;
use crate::capability::Capability;

/// How deep nested calls are looked into for decoders.
const DEEPEST: u8 = 16;
/// Calls that are kept.
const MOST: usize = 20_000;

/// When a call happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// As soon as the source is imported.
    Import,
    /// When the function it is in is called.
    Later,
}

/// A call that could be resolved.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// What is called, as a dotted path.
    pub(crate) path: String,
    pub(crate) capability: Capability,
    pub(crate) at: u64,
    pub(crate) line: usize,
    pub(crate) when: When,
    /// Whether its arguments are decoded or unpacked before they are used.
    pub(crate) decoded: bool,
    /// Whether all its arguments are written down.
    pub(crate) literal: bool,
}

/// Collects the calls of a source.
pub(super) struct Calls<'t> {
    text: &'t str,
    names: Names,
    /// How many functions this is within.
    functions: usize,
    pub(super) calls: Vec<Call>,
}

impl<'t> Calls<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, names: Names::default(), functions: 0, calls: Vec::new() }
    }

    fn call(&mut self, call: &ExprCall) {
        let Some(path) = self.names.path(&call.func) else { return };
        let capability = match path.rsplit_once('.') {
            Some((module, name)) => of(module, name),
            None => return,
        };
        if self.calls.len() >= MOST {
            return;
        }
        let at = call.range().start().to_usize();
        let arguments =
            || call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|word| &word.value));
        let line = self.text.get(..at).unwrap_or_default().bytes().filter(|byte| *byte == b'\n').count() + 1;
        self.calls.push(Call {
            capability,
            at: at as u64,
            line: if capability.is_dangerous() { line } else { 0 },
            when: if self.functions == 0 { When::Import } else { When::Later },
            decoded: arguments().any(|argument| self.decodes(argument, 0)),
            literal: arguments().all(is_literal),
            path,
        });
    }

    /// Whether an expression decodes, decompresses or unmarshals something.
    fn decodes(&self, expression: &Expr, depth: u8) -> bool {
        if depth > DEEPEST {
            return false;
        }
        let Expr::Call(call) = expression else {
            return match expression {
                Expr::BinOp(operation) => {
                    self.decodes(&operation.left, depth + 1) || self.decodes(&operation.right, depth + 1)
                }
                _ => false,
            };
        };
        let path = self.names.path(&call.func).unwrap_or_default();
        let decoder = ["base64.", "binascii.", "zlib.", "bz2.", "lzma.", "gzip.", "codecs.", "marshal."];
        let method = match &*call.func {
            Expr::Attribute(attribute) => {
                attribute.attr.as_str() == "fromhex" || {
                    attribute.attr.as_str() == "decode" && self.decodes(&attribute.value, depth + 1)
                }
            }
            _ => false,
        };
        method
            || decoder.iter().any(|module| path.starts_with(module))
            || call.arguments.args.iter().any(|argument| self.decodes(argument, depth + 1))
    }
}

/// What a call of a library function does, where a source means something else by it than a pickle.
fn of(module: &str, name: &str) -> Capability {
    match (module, name) {
        ("builtins", "open" | "getattr" | "setattr" | "vars" | "globals") => Capability::Unknown,
        ("re", _) | ("torch", "compile") => Capability::Inert,
        ("requests" | "httpx", _) => Capability::Network,
        ("os", _) if !is_process(name) => Capability::Unknown,
        ("os.path" | "sys" | "platform" | "logging" | "functools" | "operator" | "inspect" | "typing", _) => {
            Capability::Unknown
        }
        _ => Capability::of(module, name),
    }
}

/// The functions of `os` that run something.
fn is_process(name: &str) -> bool {
    matches!(name, "system" | "popen" | "startfile" | "posix_spawn" | "posix_spawnp" | "fork" | "forkpty")
        || name.starts_with("exec")
        || name.starts_with("spawn")
}

fn is_literal(expression: &Expr) -> bool {
    match expression {
        Expr::List(list) => list.elts.iter().all(is_literal),
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_literal),
        other => other.is_literal_expr(),
    }
}

/// Whether a statement is what runs only when the source is started by itself.
fn is_main_guard(statement: &StmtIf) -> bool {
    let Expr::Compare(compare) = &*statement.test else { return false };
    matches!(&*compare.left, Expr::Name(name) if name.id.as_str() == "__name__")
}

impl<'a> Visitor<'a> for Calls<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        self.names.bind(statement);
        let deferred = match statement {
            Stmt::FunctionDef(_) => true,
            Stmt::If(condition) => is_main_guard(condition),
            _ => false,
        };
        self.functions += usize::from(deferred);
        walk_stmt(self, statement);
        self.functions -= usize::from(deferred);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        let deferred = matches!(expression, Expr::Lambda(_));
        if let Expr::Call(call) = expression {
            self.call(call);
        }
        self.functions += usize::from(deferred);
        walk_expr(self, expression);
        self.functions -= usize::from(deferred);
    }
}
