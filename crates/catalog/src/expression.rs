//! A threat's `when`: CEL (Common Expression Language), compiled once, checked against the facts there are.
//! An expression reads facts and nothing else: no clock, no input, no output.

use std::sync::{Arc, OnceLock};

use cel::common::ast::{EntryExpr, Expr};
use cel::{Context, IdedExpr, Program, Value};

use crate::facts::FACTS;
use crate::threat::Scope;

/// The longest expression, in bytes: enough for any threat, too little to exhaust the parser.
const MAX_LENGTH: usize = 1_000;
/// The deepest nesting of parentheses and brackets.
const MAX_NESTING: usize = 20;

/// An expression, compiled when it is first needed.
#[derive(Debug)]
pub struct Expression {
    text: Arc<str>,
    scope: Scope,
    program: OnceLock<Result<Program, ExpressionError>>,
}

/// Why an expression cannot be used, or has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// Longer or deeper than any threat needs.
    #[error("is longer than {MAX_LENGTH} characters or nested deeper than {MAX_NESTING}")]
    TooLong,
    /// Not CEL.
    #[error("is not CEL: {0}")]
    Syntax(String),
    /// Reads something that is no fact of this scope.
    #[error("reads `{0}`, which is no fact here (`casemate catalog list facts` shows them)")]
    UnknownFact(String),
    /// Has no value for an element.
    #[error("cannot be evaluated: {0}")]
    Evaluation(String),
    /// Is not true or false.
    #[error("must be true or false, but is {0}")]
    NotBool(String),
}

impl Expression {
    /// Compiles an expression and checks that it reads only facts of its scope and of the system.
    ///
    /// # Errors
    /// It is too long, no CEL, or reads an unknown fact.
    pub fn compile(text: &str, scope: Scope) -> Result<Self, ExpressionError> {
        let expression = Self::built_in(text.into(), scope);
        expression.program()?;
        Ok(expression)
    }

    /// A built-in expression, which tests have compiled: a run compiles only those that its system calls for.
    pub(crate) const fn built_in(text: Arc<str>, scope: Scope) -> Self {
        Self { text, scope, program: OnceLock::new() }
    }

    pub(crate) fn warm(&self) {
        // An error is told when the expression is asked.
        let _ = self.program();
    }

    fn program(&self) -> Result<&Program, ExpressionError> {
        let program = self.program.get_or_init(|| checked(&self.text, self.scope));
        program.as_ref().map_err(Clone::clone)
    }

    /// The facts it reads, as (subject, name), in order of first appearance; none if it does not compile.
    #[must_use]
    pub fn facts(&self) -> Vec<(String, String)> {
        self.program().map(facts).unwrap_or_default()
    }

    /// Its value over facts.
    ///
    /// # Errors
    /// A fact has not the type the expression asks for, or the result is no boolean.
    pub fn holds(&self, facts: &Context<'_, '_>) -> Result<bool, ExpressionError> {
        match self.program()?.execute(facts) {
            Ok(Value::Bool(value)) => Ok(value),
            Ok(other) => Err(ExpressionError::NotBool(other.type_of().to_string())),
            Err(error) => Err(ExpressionError::Evaluation(error.to_string())),
        }
    }
}

/// A program that reads only facts of its scope and of the system.
fn checked(text: &str, scope: Scope) -> Result<Program, ExpressionError> {
    if text.len() > MAX_LENGTH || openings(text) > MAX_NESTING {
        return Err(ExpressionError::TooLong);
    }
    let program = Program::compile(text).map_err(|error| ExpressionError::Syntax(error.to_string()))?;
    for (subject, name) in facts(&program) {
        let known = FACTS.iter().any(|fact| {
            fact.name == name
                && fact.scope.as_str() == subject
                && (fact.scope == scope || fact.scope == Scope::System)
        });
        if !known {
            return Err(ExpressionError::UnknownFact(format!("{subject}.{name}")));
        }
    }
    for variable in program.references().variables() {
        let subject = variable == scope.as_str() || variable == Scope::System.as_str();
        if !subject && !binds(&program, variable) {
            return Err(ExpressionError::UnknownFact(variable.to_owned()));
        }
    }
    Ok(program)
}

fn facts(program: &Program) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    walk(program.expression(), &mut |expression| {
        if let Expr::Select(select) = &expression.expr
            && let Expr::Ident(subject) = &select.operand.expr
            && Scope::ALL.iter().any(|scope| scope.as_str() == subject)
        {
            let fact = (subject.clone(), select.field.clone());
            if !facts.contains(&fact) {
                facts.push(fact);
            }
        }
    });
    facts
}

/// Whether a name is the variable of one of a program's `exists` or `all`.
fn binds(program: &Program, name: &str) -> bool {
    let mut bound = false;
    walk(program.expression(), &mut |expression| {
        if let Expr::Comprehension(comprehension) = &expression.expr {
            bound |= comprehension.iter_var == name || comprehension.accu_var == name;
        }
    });
    bound
}

/// How many characters outside of string literals could each make the parser go one level deeper.
fn openings(text: &str) -> usize {
    let mut quote = None;
    let mut count = 0;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => count += usize::from(matches!(c, '(' | '[' | '{' | '!' | '-' | '?')),
        }
    }
    count
}

fn walk(expression: &IdedExpr, visit: &mut dyn FnMut(&IdedExpr)) {
    visit(expression);
    match &expression.expr {
        Expr::Call(call) => {
            call.target.iter().for_each(|target| walk(target, visit));
            call.args.iter().for_each(|arg| walk(arg, visit));
        }
        Expr::Comprehension(comprehension) => {
            let c = comprehension;
            for part in [&c.iter_range, &c.accu_init, &c.loop_cond, &c.loop_step, &c.result] {
                walk(part, visit);
            }
        }
        Expr::List(list) => list.elements.iter().for_each(|element| walk(element, visit)),
        Expr::Map(map) => {
            for entry in &map.entries {
                match &entry.expr {
                    EntryExpr::MapEntry(entry) => {
                        walk(&entry.key, visit);
                        walk(&entry.value, visit);
                    }
                    EntryExpr::StructField(field) => walk(&field.value, visit),
                }
            }
        }
        Expr::Select(select) => walk(&select.operand, visit),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> ExpressionError {
        Expression::compile(text, Scope::Component).unwrap_err()
    }

    #[test]
    fn an_expression_reads_only_known_facts() {
        let good = r#"component.exposed && component.modality.exists(m, m == "text") && system.agents > 0"#;
        let expression = Expression::compile(good, Scope::Component).unwrap();
        let names: Vec<String> = expression.facts().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["exposed", "modality", "agents"]);
        assert_eq!(error("component.expossed"), ExpressionError::UnknownFact("component.expossed".into()));
        assert_eq!(error("data.personal"), ExpressionError::UnknownFact("data.personal".into()));
        assert_eq!(error("now > 3"), ExpressionError::UnknownFact("now".into()));
    }

    #[test]
    fn hostile_expressions_are_refused_before_parsing() {
        assert_eq!(error(&"(".repeat(500)), ExpressionError::TooLong);
        assert_eq!(error(&"!".repeat(900)), ExpressionError::TooLong);
        assert_eq!(error(&format!("'{}' == {}", "-".repeat(30), "-".repeat(30))), ExpressionError::TooLong);
        assert!(
            Expression::compile(&format!("component.id == '{}'", "-".repeat(30)), Scope::Component).is_ok()
        );
        assert_eq!(error(&"a".repeat(2000)), ExpressionError::TooLong);
        assert!(matches!(error("component.exposed &&"), ExpressionError::Syntax(_)));
    }
}
