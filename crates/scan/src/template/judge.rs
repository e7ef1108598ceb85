//! A template's tree, statement by statement: attributes that lead out, names that are computed to hide them, files that
//! are pulled in, and loops without measure.

use casemate_core::{Confidence, Severity};
use minijinja::machinery::Span;
use minijinja::machinery::ast::{CallArg, Expr, Stmt};

use super::Issue;
use super::fold::{Folded, Known, arguments, fold};
use super::names::{is_half, is_hidden, is_pythons, runs};
use crate::rule::Rule;

/// A longer loop is no part of a prompt.
const LONGEST_LOOP: i64 = 1_000_000;

/// Everything wrong with a template.
pub(super) fn issues(template: &Stmt<'_>) -> Vec<Issue> {
    let mut judge = Judge::default();
    judge.statement(template);
    judge.issues
}

#[derive(Default)]
struct Judge {
    issues: Vec<Issue>,
    known: Known,
}

impl Judge {
    fn statements(&mut self, statements: &[Stmt<'_>]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitExpr(emit) => self.expression(&emit.expr),
            Stmt::EmitRaw(_) | Stmt::Continue(_) | Stmt::Break(_) => {}
            Stmt::ForLoop(each) => {
                self.expression(&each.iter);
                self.expressions(&each.filter_expr);
                self.statements(&each.body);
                self.statements(&each.else_body);
            }
            Stmt::IfCond(condition) => {
                self.expression(&condition.expr);
                self.statements(&condition.true_body);
                self.statements(&condition.false_body);
            }
            Stmt::WithBlock(with) => {
                for (target, value) in &with.assignments {
                    self.set(target, value);
                }
                self.statements(&with.body);
            }
            Stmt::Set(set) => self.set(&set.target, &set.expr),
            Stmt::SetBlock(set) => {
                self.expressions(&set.filter);
                self.statements(&set.body);
                // A block of nothing but text is text that can be used as a name.
                if let (Expr::Var(target), [Stmt::EmitRaw(raw)]) = (&set.target, &*set.body) {
                    self.known.insert(target.id.to_owned(), Folded::Text(raw.raw.to_owned()));
                }
            }
            Stmt::AutoEscape(escape) => self.statements(&escape.body),
            Stmt::FilterBlock(block) => {
                self.expression(&block.filter);
                self.statements(&block.body);
            }
            Stmt::Block(block) => self.statements(&block.body),
            Stmt::Import(import) => self.pulls_in(&import.expr, import.span()),
            Stmt::FromImport(import) => self.pulls_in(&import.expr, import.span()),
            Stmt::Extends(extends) => self.pulls_in(&extends.name, extends.span()),
            Stmt::Include(include) => self.pulls_in(&include.name, include.span()),
            Stmt::Macro(definition) => {
                for default in &definition.defaults {
                    self.expression(default);
                }
                self.statements(&definition.body);
            }
            Stmt::CallBlock(block) => {
                self.expression(&block.call.expr);
                self.arguments(&block.call.args);
                self.statements(&block.macro_decl.body);
            }
            Stmt::Do(statement) => {
                self.expression(&statement.call.expr);
                self.arguments(&statement.call.args);
            }
        }
    }

    fn set(&mut self, target: &Expr<'_>, value: &Expr<'_>) {
        self.expression(value);
        if let Expr::Var(target) = target {
            let folded = match (self.known.get(target.id), fold(value, &self.known)) {
                // Set twice: either may count.
                (Some(before), after) if *before != after => {
                    Folded::Partly(before.parts().into_iter().chain(after.parts()).take(64).collect())
                }
                (_, after) => after,
            };
            self.known.insert(target.id.to_owned(), folded);
        } else {
            self.expression(target);
        }
    }

    fn expressions(&mut self, expression: &Option<Expr<'_>>) {
        if let Some(expression) = expression {
            self.expression(expression);
        }
    }

    fn arguments(&mut self, args: &[CallArg<'_>]) {
        for argument in args {
            match argument {
                CallArg::Pos(value)
                | CallArg::Kwarg(_, value)
                | CallArg::PosSplat(value)
                | CallArg::KwargSplat(value) => self.expression(value),
            }
        }
    }

    /// Text that is, or comes to, the name of a hidden attribute, wherever it is used later.
    fn spelled(&mut self, expression: &Expr<'_>) {
        let span = match expression {
            Expr::Const(constant) => constant.span(),
            Expr::BinOp(operation) => operation.span(),
            Expr::Filter(filter) => filter.span(),
            Expr::Call(call) => call.span(),
            Expr::Slice(slice) => slice.span(),
            _ => return,
        };
        if let Folded::Text(text) = fold(expression, &self.known)
            && is_pythons(&text)
        {
            let title = format!("The template holds `{text}`, the name of a hidden attribute");
            self.tell(Rule::TemplateComputedName, Severity::High, Confidence::High, title, span);
        }
    }

    fn expression(&mut self, expression: &Expr<'_>) {
        self.spelled(expression);
        match expression {
            Expr::Var(variable) => {
                if variable.id.starts_with("__") && is_hidden(variable.id) {
                    self.escape(variable.id, variable.span());
                }
            }
            Expr::Const(_) => {}
            Expr::Slice(slice) => {
                self.expression(&slice.expr);
                for part in [&slice.start, &slice.stop, &slice.step] {
                    self.expressions(part);
                }
            }
            Expr::UnaryOp(operation) => self.expression(&operation.expr),
            Expr::BinOp(operation) => {
                self.expression(&operation.left);
                self.expression(&operation.right);
            }
            Expr::Compare(compare) => {
                self.expression(&compare.expr);
                for operation in &compare.ops {
                    self.expression(&operation.expr);
                }
            }
            Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr);
                self.expression(&choice.true_expr);
                self.expressions(&choice.false_expr);
            }
            Expr::Filter(filter) => {
                self.expressions(&filter.expr);
                self.arguments(&filter.args);
                self.filter(filter.name, &filter.args, filter.span());
            }
            Expr::Test(test) => {
                self.expression(&test.expr);
                self.arguments(&test.args);
            }
            Expr::GetAttr(attribute) => {
                self.expression(&attribute.expr);
                if is_hidden(attribute.name) {
                    self.escape(attribute.name, attribute.span());
                }
            }
            Expr::GetItem(item) => {
                self.expression(&item.expr);
                self.expression(&item.subscript_expr);
                let name = fold(&item.subscript_expr, &self.known);
                self.named(&name, item.span());
            }
            Expr::Call(call) => {
                self.expression(&call.expr);
                self.arguments(&call.args);
                self.call(&call.expr, &call.args, call.span());
            }
            Expr::List(list) => list.items.iter().for_each(|item| self.expression(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.expression(item)),
            Expr::Map(map) => {
                map.keys.iter().chain(&map.values).for_each(|item| self.expression(item));
            }
        }
    }

    /// Filters that take an attribute by its name.
    fn filter(&mut self, name: &str, args: &[CallArg<'_>], span: Span) {
        if matches!(
            name,
            "attr" | "map" | "selectattr" | "rejectattr" | "groupby" | "sort" | "sum" | "unique"
        ) {
            for argument in arguments(args, &self.known) {
                self.named(&argument, span);
            }
        }
    }

    fn call(&mut self, callee: &Expr<'_>, args: &[CallArg<'_>], span: Span) {
        for argument in args {
            // `dict(__class__=1)` makes text of a keyword.
            if let CallArg::Kwarg(name, _) = argument
                && (is_pythons(name) || is_half(name))
            {
                let title = format!("`{name}` is given as a keyword, to become the name of an attribute");
                self.tell(Rule::TemplateComputedName, Severity::High, Confidence::High, title, span);
            }
        }
        match callee {
            Expr::GetAttr(method) if runs(method.name) => {
                let title = format!("The template calls `{}`", method.name);
                self.tell(Rule::TemplateCall, Severity::Critical, Confidence::High, title, span);
            }
            Expr::GetAttr(method) if matches!(method.name, "get" | "__getattribute__" | "getattr") => {
                if let Some(name) = arguments(args, &self.known).first() {
                    self.named(name, span);
                }
            }
            Expr::GetItem(item) => {
                if let Folded::Text(name) = fold(&item.subscript_expr, &self.known)
                    && runs(&name)
                {
                    let title = format!("The template calls `{name}`");
                    self.tell(Rule::TemplateCall, Severity::Critical, Confidence::High, title, span);
                }
            }
            Expr::Var(function) if matches!(function.id, "getattr" | "eval" | "exec" | "open") => {
                let title = format!("The template calls `{}`", function.id);
                self.tell(Rule::TemplateCall, Severity::High, Confidence::High, title, span);
            }
            Expr::Var(function) if function.id == "range" => {
                let large = |end: &Folded| matches!(end, Folded::Number(end) if *end > LONGEST_LOOP);
                if arguments(args, &self.known).iter().any(large) {
                    let title = "The template loops more than a million times";
                    self.tell(Rule::TemplateLoop, Severity::Medium, Confidence::High, title, span);
                }
            }
            _ => {}
        }
    }

    /// An attribute or item by a name that is computed.
    fn named(&mut self, name: &Folded, span: Span) {
        match name {
            Folded::Text(name) if is_hidden(name) => self.escape(name, span),
            Folded::Text(_) | Folded::Number(_) | Folded::Unknown => {}
            other => {
                if let Some(part) = other.parts().iter().find(|part| is_half(part) || is_hidden(part)) {
                    let title = format!("A name is put together with `{part}`, as hidden attributes are");
                    self.tell(Rule::TemplateComputedName, Severity::High, Confidence::Medium, title, span);
                }
            }
        }
    }

    fn escape(&mut self, name: &str, span: Span) {
        let title = format!("The template reaches `{name}`, behind the objects it is given");
        self.tell(Rule::TemplateSandboxEscape, Severity::Critical, Confidence::High, title, span);
    }

    fn pulls_in(&mut self, name: &Expr<'_>, span: Span) {
        self.expression(name);
        let what = match fold(name, &self.known) {
            Folded::Text(name) => format!("`{name}`"),
            _ => "a file whose name is computed".to_owned(),
        };
        let title = format!("The template pulls in {what}");
        self.tell(Rule::TemplateInclude, Severity::Medium, Confidence::High, title, span);
    }

    fn tell(
        &mut self,
        rule: Rule,
        severity: Severity,
        confidence: Confidence,
        title: impl Into<String>,
        span: Span,
    ) {
        let at = u64::from(span.start_offset);
        self.issues.push(Issue { at, rule, severity, confidence, title: title.into() });
    }
}
