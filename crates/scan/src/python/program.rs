//! A Python file, followed statement by statement as far as names and constants go: which calls it makes, with what, and
//! whether at import or in a function. Loops are not run and conditions not decided.

use std::collections::{BTreeMap, HashMap};

use ruff_python_ast::{self as ast, Expr, Parameters, Stmt};

use super::event::{Context, Event};
use super::value::{Imports, Marks, Value};

/// How many expressions are followed, over all of a file.
const MOST_STEPS: usize = 2_000_000;
/// How many bytes of known values are copied, over all of a file.
const MOST_COPIED: usize = 64 * 1024 * 1024;
/// How many notes of calls are kept.
const MOST_EVENTS: usize = 5_000;
/// How deep calls of the file's own functions are followed.
const MOST_CALLS: usize = 4;
/// How often one function is followed from where it is called.
const MOST_VISITS: usize = 4;
/// How many items a loop over known items is followed for.
const FOLLOWED_ITEMS: usize = 8;

/// A function or method of the file.
pub(super) struct Function<'a> {
    pub(super) body: &'a [Stmt],
    pub(super) parameters: &'a Parameters,
    pub(super) class: Option<String>,
    pub(super) visits: usize,
    pub(super) returns: Option<Value>,
}

/// A file while it is followed.
pub(super) struct Program<'a> {
    pub(super) scopes: Vec<HashMap<String, Value>>,
    pub(super) functions: BTreeMap<String, Function<'a>>,
    /// Classes, and whether they are steps of an installation.
    pub(super) classes: BTreeMap<String, bool>,
    pub(super) events: Vec<Event>,
    pub(super) imports: Imports,
    pub(super) context: Context,
    /// Files that were written with what came over the network or was decoded.
    pub(super) dropped: Vec<String>,
    /// What code in strings is nested in.
    pub(super) depth: usize,
    /// Whether something ran out.
    pub(super) cut: bool,
    /// Which of several texts is followed, as in the cells of a notebook.
    pub(super) cell: usize,
    /// Whether it is the script that installs a package.
    pub(super) is_setup: bool,
    /// Whether a library that loads models runs it.
    pub(super) is_loaded: bool,
    /// Commands of IPython.
    pub(super) escapes: Vec<(usize, u32, String)>,
    steps: usize,
    copied: usize,
    branches: usize,
    loops: usize,
    pub(super) active: Vec<String>,
    pub(super) returned: Option<Value>,
}

impl<'a> Program<'a> {
    pub(super) fn new(depth: usize) -> Self {
        Self {
            scopes: vec![HashMap::new()],
            functions: BTreeMap::new(),
            classes: BTreeMap::new(),
            events: Vec::new(),
            imports: Imports::new(),
            context: Context::Import(None),
            dropped: Vec::new(),
            depth,
            cut: false,
            cell: 0,
            is_setup: false,
            is_loaded: false,
            escapes: Vec::new(),
            steps: 0,
            copied: 0,
            branches: 0,
            loops: 0,
            active: Vec::new(),
            returned: None,
        }
    }

    /// Follows what runs when the file is imported.
    pub(super) fn module(&mut self, cell: usize, body: &'a [Stmt]) {
        self.cell = cell;
        self.statements(body);
    }

    /// Follows what was defined and not called.
    pub(super) fn finish(&mut self) {
        let rest: Vec<String> =
            self.functions.iter().filter(|(_, f)| f.visits == 0).map(|(name, _)| name.clone()).collect();
        for name in rest {
            let class = self.functions.get(&name).and_then(|function| function.class.clone());
            let installs = class.is_some_and(|class| self.classes.get(&class) == Some(&true));
            self.context =
                if installs { Context::Install(name.clone()) } else { Context::Inside(name.clone()) };
            self.enter(&name, &[]);
        }
    }

    /// Whether there is a function or class in it.
    pub(super) fn defines_anything(&self) -> bool {
        !self.functions.is_empty() || !self.classes.is_empty()
    }

    pub(super) fn note(&mut self, event: Event) {
        if self.events.len() < MOST_EVENTS {
            self.events.push(event);
        } else {
            self.cut = true;
        }
    }

    /// Whether there is anything left to spend.
    pub(super) fn step(&mut self) -> bool {
        self.steps += 1;
        self.cut |= self.steps > MOST_STEPS;
        self.steps <= MOST_STEPS
    }

    pub(super) fn lookup(&mut self, name: &str) -> Option<Value> {
        let found = self.scopes.iter().rev().find_map(|scope| scope.get(name))?;
        self.copied += found.size();
        Some(if self.copied > MOST_COPIED { Value::Other(found.marks()) } else { found.clone() })
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        let either = self.branches > 0;
        let Some(scope) = self.scopes.last_mut() else { return };
        let value = match scope.remove(name) {
            Some(before) if either => value.or(before),
            _ => value,
        };
        scope.insert(name.to_owned(), value);
    }

    pub(super) fn statements(&mut self, body: &'a [Stmt]) {
        for statement in body {
            self.statement(statement);
        }
    }

    fn branch(&mut self, body: &'a [Stmt]) {
        self.branches += 1;
        self.statements(body);
        self.branches -= 1;
    }

    pub(super) fn statement(&mut self, statement: &'a Stmt) {
        if !self.step() {
            return;
        }
        match statement {
            Stmt::FunctionDef(function) => self.define(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Return(statement) => {
                let value = statement.value.as_deref().map_or(Value::UNKNOWN, |value| self.eval(value));
                self.returned = Some(match self.returned.take() {
                    Some(before) => before.or(value),
                    None => value,
                });
            }
            Stmt::Delete(statement) => statement.targets.iter().for_each(|target| self.ignore(target)),
            Stmt::TypeAlias(_)
            | Stmt::Global(_)
            | Stmt::Nonlocal(_)
            | Stmt::Pass(_)
            | Stmt::Break(_)
            | Stmt::Continue(_) => {}
            Stmt::Assign(assign) => {
                let value = self.eval(&assign.value);
                for target in &assign.targets {
                    self.bind(target, value.clone());
                }
            }
            Stmt::AugAssign(assign) => {
                let (before, by) = (self.eval(&assign.target), self.eval(&assign.value));
                let value = match assign.op {
                    ast::Operator::Add => before.plus(&by),
                    _ => Value::Other(before.marks().with(by.marks())),
                };
                self.bind(&assign.target, value);
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let value = self.eval(value);
                    self.bind(&assign.target, value);
                }
            }
            Stmt::For(each) => self.each(each),
            Stmt::While(statement) => {
                self.ignore(&statement.test);
                self.branch(&statement.body);
                self.branch(&statement.orelse);
            }
            Stmt::If(statement) => self.choice(statement),
            Stmt::With(with) => {
                for item in &with.items {
                    let value = self.eval(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.bind(target, value);
                    }
                }
                self.statements(&with.body);
            }
            Stmt::Match(statement) => {
                self.ignore(&statement.subject);
                for case in &statement.cases {
                    case.guard.iter().for_each(|guard| self.ignore(guard));
                    self.branch(&case.body);
                }
            }
            Stmt::Raise(raise) => {
                raise.exc.iter().chain(&raise.cause).for_each(|part| self.ignore(part));
            }
            Stmt::Try(statement) => {
                self.statements(&statement.body);
                for ast::ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                    self.branch(&handler.body);
                }
                self.statements(&statement.orelse);
                self.statements(&statement.finalbody);
            }
            Stmt::Assert(assert) => {
                self.ignore(&assert.test);
                assert.msg.iter().for_each(|part| self.ignore(part));
            }
            Stmt::Import(import) => import.names.iter().for_each(|name| self.import(name)),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::Expr(statement) => self.ignore(&statement.value),
            Stmt::IpyEscapeCommand(command) => {
                let value = match command.kind {
                    ast::IpyEscapeKind::Shell | ast::IpyEscapeKind::ShCap => command.value.to_string(),
                    ast::IpyEscapeKind::Magic => format!("%{}", command.value),
                    _ => return,
                };
                self.escapes.push((self.cell, command.range.start().to_u32(), value));
            }
        }
    }

    pub(super) fn ignore(&mut self, expr: &'a Expr) {
        self.eval(expr);
    }

    fn choice(&mut self, statement: &'a ast::StmtIf) {
        self.ignore(&statement.test);
        let main = is_main(&statement.test) && matches!(self.context, Context::Import(_));
        let before = self.context.clone();
        if main {
            self.context = Context::Main;
        }
        self.branch(&statement.body);
        self.context = before;
        for clause in &statement.elif_else_clauses {
            clause.test.iter().for_each(|test| self.ignore(test));
            self.branch(&clause.body);
        }
    }

    fn each(&mut self, each: &'a ast::StmtFor) {
        let iterated = self.eval(&each.iter);
        match iterated {
            Value::Items(items) if items.len() <= FOLLOWED_ITEMS && self.loops == 0 => {
                self.loops += 1;
                for item in items {
                    self.bind(&each.target, item);
                    self.statements(&each.body);
                }
                self.loops -= 1;
            }
            other => {
                self.bind(&each.target, Value::Other(other.marks()));
                self.branch(&each.body);
            }
        }
        self.branch(&each.orelse);
    }

    /// Binds the names of a target to a value.
    pub(super) fn bind(&mut self, target: &'a Expr, value: Value) {
        match target {
            Expr::Name(name) => self.set(name.id.as_str(), value),
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                match value {
                    Value::Items(items) if items.len() == elts.len() => {
                        elts.iter().zip(items).for_each(|(target, item)| self.bind(target, item));
                    }
                    other => {
                        let marks = other.marks();
                        elts.iter().for_each(|target| self.bind(target, Value::Other(marks)));
                    }
                }
            }
            Expr::Starred(starred) => self.bind(&starred.value, Value::Other(value.marks())),
            Expr::Attribute(attribute) => self.ignore(&attribute.value),
            Expr::Subscript(subscript) => {
                self.ignore(&subscript.value);
                self.ignore(&subscript.slice);
            }
            _ => {}
        }
    }

    /// Whether there is a function of this name in the file.
    pub(super) fn has(&self, name: &str) -> bool {
        self.functions.contains_key(name)
    }

    /// Follows a call of the file's own function, and says what comes back.
    pub(super) fn call_local(&mut self, name: &str, args: &[Value]) -> Value {
        if self.classes.contains_key(name) {
            for method in ["__new__", "__init__", "__post_init__"] {
                self.call_local(&format!("{name}.{method}"), args);
            }
            return Value::Instance(name.to_owned());
        }
        let Some(function) = self.functions.get(name) else {
            return Value::Other(args.iter().fold(Marks::NONE, |all, arg| all.with(arg.marks())));
        };
        let imported = matches!(self.context, Context::Import(_) | Context::Main);
        let again = function.visits < MOST_VISITS && imported || function.visits == 0;
        if !again || self.active.len() >= MOST_CALLS || self.active.iter().any(|active| active == name) {
            let marks = args.iter().fold(Marks::NONE, |all, arg| all.with(arg.marks()));
            return function.returns.clone().unwrap_or(Value::Other(marks));
        }
        let before = self.context.clone();
        self.context = match &before {
            Context::Import(_) => Context::Import(Some(name.to_owned())),
            Context::Main => Context::Main,
            Context::Install(_) => Context::Install(name.to_owned()),
            Context::Inside(_) => Context::Inside(name.to_owned()),
        };
        let value = self.enter(name, args);
        self.context = before;
        value
    }

    /// Follows the body of a function, with what is known of its arguments.
    fn enter(&mut self, name: &str, args: &[Value]) -> Value {
        let Some(function) = self.functions.get_mut(name) else { return Value::UNKNOWN };
        function.visits += 1;
        let (body, declared, class) = (function.body, function.parameters, function.class.clone());
        let mut scope = parameters(declared);
        let mut names = declared.posonlyargs.iter().chain(&declared.args).map(|p| p.parameter.name.as_str());
        if let Some(class) = class
            && let Some(this) = names.next()
        {
            scope.insert(this.to_owned(), Value::Instance(class));
        }
        for (name, value) in names.zip(args) {
            scope.insert(name.to_owned(), value.clone());
        }
        let outer: Vec<_> = self.scopes.drain(1..).collect();
        self.scopes.push(scope);
        let (branches, loops) = (std::mem::take(&mut self.branches), std::mem::take(&mut self.loops));
        let returned = self.returned.take();
        self.active.push(name.to_owned());
        self.statements(body);
        self.active.pop();
        let value = std::mem::replace(&mut self.returned, returned).unwrap_or(Value::UNKNOWN);
        (self.branches, self.loops) = (branches, loops);
        self.scopes.truncate(1);
        self.scopes.extend(outer);
        if let Some(function) = self.functions.get_mut(name) {
            function.returns = Some(value.clone());
        }
        value
    }

    /// Whether a loop over known items may be followed item by item.
    pub(super) fn in_loop<T>(&mut self, follow: impl FnOnce(&mut Self, bool) -> T) -> T {
        let outermost = self.loops == 0;
        self.loops += 1;
        let result = follow(self, outermost);
        self.loops -= 1;
        result
    }
}

pub(super) fn parameters(parameters: &Parameters) -> HashMap<String, Value> {
    let variadic = parameters.vararg.iter().chain(&parameters.kwarg).map(|parameter| parameter.name.as_str());
    let named = parameters.iter_non_variadic_params().map(|parameter| parameter.parameter.name.as_str());
    named.chain(variadic).map(|name| (name.to_owned(), Value::UNKNOWN)).collect()
}

/// `__name__ == "__main__"`.
fn is_main(test: &Expr) -> bool {
    let is = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == "__name__");
    match test {
        Expr::Compare(compare) => is(&compare.left) || compare.comparators.iter().any(is),
        _ => false,
    }
}
