//! What expressions come to. Each is looked at once; calls are handed to `call`.

use ruff_python_ast::{self as ast, Expr, InterpolatedStringElement, Number, Operator};

use super::program::Program;
use super::value::{LONGEST, MOST_ITEMS, Marks, UNKNOWN_WORD, Value, Way};

/// The builtins that lead on.
const BUILTINS: &[&str] = &[
    "__import__",
    "bytearray",
    "bytes",
    "chr",
    "compile",
    "dict",
    "eval",
    "exec",
    "execfile",
    "filter",
    "getattr",
    "globals",
    "int",
    "list",
    "locals",
    "map",
    "open",
    "ord",
    "reversed",
    "setattr",
    "str",
    "tuple",
    "vars",
    "input",
];
/// How deep lists in lists are known.
const DEEPEST: usize = 3;
/// How many items of a comprehension are followed.
const FOLLOWED: usize = 16 * 1024;

impl<'a> Program<'a> {
    /// What an expression comes to; the calls in it are noted.
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Value {
        if !self.step() {
            return Value::UNKNOWN;
        }
        match expr {
            Expr::Name(name) => self.name(name.id.as_str()),
            Expr::Attribute(attribute) => {
                let on = self.eval(&attribute.value);
                self.attribute(on, attribute.attr.as_str(), Way::Plain)
            }
            Expr::Call(call) => self.call(call),
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::StringLiteral(text) => Value::Text(cut(text.value.to_str()), Marks::NONE),
            Expr::BytesLiteral(bytes) => {
                Value::Bytes(bytes.value.bytes().take(LONGEST).collect(), Marks::NONE)
            }
            Expr::FString(text) => self.interpolated(text.value.elements()),
            Expr::TString(text) => self.interpolated(text.value.elements()),
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(int) => int.as_i64().map_or(Value::UNKNOWN, Value::Number),
                _ => Value::UNKNOWN,
            },
            Expr::BooleanLiteral(literal) => Value::Number(i64::from(literal.value)),
            Expr::BinOp(operation) => self.operation(operation),
            Expr::UnaryOp(operation) => match self.eval(&operation.operand) {
                Value::Number(number) if operation.op == ast::UnaryOp::USub => {
                    Value::Number(number.saturating_neg())
                }
                Value::Number(number) if operation.op == ast::UnaryOp::Invert => Value::Number(!number),
                other => Value::Other(other.marks()),
            },
            Expr::BoolOp(operation) => self.either(operation.values.iter()),
            Expr::If(choice) => {
                self.eval(&choice.test);
                self.either([&*choice.body, &*choice.orelse].into_iter())
            }
            Expr::Named(named) => {
                let value = self.eval(&named.value);
                self.bind(&named.target, value.clone());
                value
            }
            Expr::List(ast::ExprList { elts, .. })
            | Expr::Tuple(ast::ExprTuple { elts, .. })
            | Expr::Set(ast::ExprSet { elts, .. }) => {
                let mut items = Vec::new();
                let mut marks = Marks::NONE;
                for elt in elts {
                    let item = self.eval(elt);
                    marks = marks.with(item.marks());
                    if items.len() < MOST_ITEMS {
                        items.push(item);
                    }
                }
                list(items, marks)
            }
            Expr::Dict(dict) => {
                let mut marks = Marks::NONE;
                for item in &dict.items {
                    if let Some(key) = &item.key {
                        self.eval(key);
                    }
                    marks = marks.with(self.eval(&item.value).marks());
                }
                Value::Other(marks)
            }
            Expr::Lambda(lambda) => {
                let names = lambda.parameters.iter().flat_map(|parameters| parameters.iter_source_order());
                let scope = names.map(|name| (name.name().to_string(), Value::UNKNOWN)).collect();
                self.scopes.push(scope);
                let value = self.eval(&lambda.body);
                self.scopes.pop();
                Value::Other(value.marks())
            }
            Expr::ListComp(ast::ExprListComp { elt, generators, .. })
            | Expr::SetComp(ast::ExprSetComp { elt, generators, .. })
            | Expr::Generator(ast::ExprGenerator { elt, generators, .. }) => {
                self.comprehension(elt, generators)
            }
            Expr::DictComp(comprehension) => {
                let key = comprehension
                    .key
                    .as_deref()
                    .map_or(Marks::NONE, |key| self.comprehension(key, &comprehension.generators).marks());
                let value = self.comprehension(&comprehension.value, &comprehension.generators);
                Value::Other(key.with(value.marks()))
            }
            Expr::Await(expr) => self.eval(&expr.value),
            Expr::Yield(expr) => expr.value.as_deref().map_or(Value::UNKNOWN, |value| self.eval(value)),
            Expr::YieldFrom(expr) => self.eval(&expr.value),
            Expr::Starred(expr) => Value::Other(self.eval(&expr.value).marks()),
            Expr::Compare(compare) => {
                self.eval(&compare.left);
                compare.comparators.iter().for_each(|other| {
                    self.eval(other);
                });
                Value::UNKNOWN
            }
            Expr::Slice(slice) => {
                for part in [&slice.lower, &slice.upper, &slice.step].into_iter().flatten() {
                    self.eval(part);
                }
                Value::UNKNOWN
            }
            Expr::IpyEscapeCommand(command) => {
                let value = match command.kind {
                    ast::IpyEscapeKind::Magic => format!("%{}", command.value),
                    _ => command.value.to_string(),
                };
                self.escapes.push((self.cell, command.range.start().to_u32(), value));
                Value::UNKNOWN
            }
            Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) => Value::UNKNOWN,
        }
    }

    pub(super) fn name(&mut self, name: &str) -> Value {
        if let Some(value) = self.lookup(name) {
            return value;
        }
        match name {
            "__builtins__" => Value::global("builtins"),
            _ if BUILTINS.contains(&name) => Value::global(format!("builtins.{name}")),
            _ => Value::UNKNOWN,
        }
    }

    /// An attribute of a value, by a name that is written or computed.
    pub(super) fn attribute(&mut self, on: Value, name: &str, by: Way) -> Value {
        match on {
            Value::Global { path, way } => match name {
                "__dict__" => Value::Global { path, way: way.max(by) },
                "__builtins__" => Value::Global { path: "builtins".to_owned(), way: way.max(Way::ByName) },
                // A module also has what it imported.
                _ if super::calls::is_module(name) && path != name && !path.ends_with(".path") => {
                    let known = super::calls::capability(&format!("{path}.{name}")).is_some();
                    let path = if known { format!("{path}.{name}") } else { name.to_owned() };
                    Value::Global { path, way: way.max(by) }
                }
                _ => Value::Global { path: format!("{path}.{name}"), way: way.max(by) },
            },
            Value::Instance(class) | Value::Local(class) => {
                let method = format!("{class}.{name}");
                if self.has(&method) { Value::Local(method) } else { Value::UNKNOWN }
            }
            _ if matches!(name, "__builtins__") => {
                Value::Global { path: "builtins".to_owned(), way: Way::ByName }
            }
            other => Value::Other(other.marks()),
        }
    }

    fn subscript(&mut self, subscript: &'a ast::ExprSubscript) -> Value {
        let on = self.eval(&subscript.value);
        if let Expr::Slice(slice) = &*subscript.slice {
            self.eval(&subscript.slice);
            let whole = slice.lower.is_none() && slice.upper.is_none();
            let step = slice.step.as_deref().map(|step| self.eval(step));
            return match on {
                Value::Text(text, marks) if whole && step == Some(Value::Number(-1)) => {
                    Value::Text(text.chars().rev().collect(), marks.with(Marks::BUILT))
                }
                Value::Bytes(bytes, marks) if whole && step == Some(Value::Number(-1)) => {
                    Value::Bytes(bytes.into_iter().rev().collect(), marks.with(Marks::BUILT))
                }
                other => Value::Other(other.marks()),
            };
        }
        let key = self.eval(&subscript.slice);
        match (on, key) {
            (Value::Global { path, way }, Value::Text(name, marks)) => match path.as_str() {
                "os.environ" => Value::UNKNOWN,
                "sys.modules" => Value::Global { path: name, way: way.max(way_of(marks)) },
                "<names>" => match self.name(&name) {
                    Value::Global { path, way } => Value::Global { path, way: way.max(way_of(marks)) },
                    other => other,
                },
                "builtins" => Value::Global { path: format!("builtins.{name}"), way: way.max(way_of(marks)) },
                _ => self.attribute(Value::Global { path, way }, &name, way_of(marks)),
            },
            (Value::Global { path, .. }, _) if path == "os.environ" => Value::UNKNOWN,
            (Value::Items(items), Value::Number(at)) => {
                let at = if at < 0 {
                    items.len().checked_sub(at.unsigned_abs() as usize)
                } else {
                    usize::try_from(at).ok()
                };
                at.and_then(|at| items.into_iter().nth(at)).unwrap_or(Value::UNKNOWN)
            }
            (Value::Text(text, marks), Value::Number(at)) => {
                let found = usize::try_from(at).ok().and_then(|at| text.chars().nth(at));
                found.map_or(Value::Other(marks), |c| Value::Text(c.to_string(), marks.with(Marks::BUILT)))
            }
            (other, _) => Value::Other(other.marks()),
        }
    }

    fn interpolated(&mut self, elements: impl Iterator<Item = &'a InterpolatedStringElement>) -> Value {
        let mut all = Value::Text(String::new(), Marks::NONE);
        for element in elements {
            let part = match element {
                InterpolatedStringElement::Literal(literal) => Value::Text(cut(&literal.value), Marks::NONE),
                InterpolatedStringElement::Interpolation(inner) => match self.eval(&inner.expression) {
                    Value::Number(number) => Value::Text(number.to_string(), Marks::NONE),
                    other => other,
                },
            };
            all = glued(&all, &part);
        }
        all
    }

    fn operation(&mut self, operation: &'a ast::ExprBinOp) -> Value {
        let (left, right) = (self.eval(&operation.left), self.eval(&operation.right));
        match (operation.op, &left, &right) {
            (Operator::Add, Value::Text(..), _) | (Operator::Add, _, Value::Text(..)) => glued(&left, &right),
            (Operator::Add, ..) => left.plus(&right),
            // `Path(a) / "b"`.
            (Operator::Div, _, Value::Text(..)) => {
                glued(&glued(&left, &Value::Text("/".to_owned(), Marks::NONE)), &right)
            }
            (Operator::Mult, Value::Text(text, marks), Value::Number(times)) => match usize::try_from(*times)
            {
                Ok(times) if text.len().saturating_mul(times) <= LONGEST => {
                    Value::Text(text.repeat(times), *marks)
                }
                _ => Value::Other(*marks),
            },
            (Operator::Mod, Value::Text(pattern, marks), _) => {
                let args = if let Value::Items(items) = &right { items.clone() } else { vec![right.clone()] };
                filled(pattern, &args, *marks)
            }
            (operator, Value::Number(a), Value::Number(b)) => number(operator, *a, *b),
            _ => Value::Other(left.marks().with(right.marks())),
        }
    }

    fn either(&mut self, choices: impl Iterator<Item = &'a Expr>) -> Value {
        let mut all: Option<Value> = None;
        for choice in choices {
            let value = self.eval(choice);
            all = Some(match all {
                Some(before) => before.or(value),
                None => value,
            });
        }
        all.unwrap_or(Value::UNKNOWN)
    }

    fn comprehension(&mut self, elt: &'a Expr, generators: &'a [ast::Comprehension]) -> Value {
        self.scopes.push(Default::default());
        let value = self.in_loop(|program, outermost| program.comprehended(elt, generators, outermost));
        self.scopes.pop();
        value
    }

    fn comprehended(
        &mut self,
        elt: &'a Expr,
        generators: &'a [ast::Comprehension],
        outermost: bool,
    ) -> Value {
        if let ([only], true) = (generators, outermost)
            && only.ifs.is_empty()
        {
            let iterated = match self.eval(&only.iter) {
                Value::Bytes(bytes, _) => {
                    Value::Items(bytes.iter().map(|b| Value::Number(i64::from(*b))).collect())
                }
                Value::Text(text, _) => {
                    Value::Items(text.chars().map(|c| Value::Text(c.to_string(), Marks::NONE)).collect())
                }
                other => other,
            };
            if let Value::Items(items) = iterated
                && items.len() <= FOLLOWED
            {
                let mut results = Vec::with_capacity(items.len());
                for item in items {
                    self.bind(&only.target, item);
                    results.push(self.eval(elt));
                }
                let marks = results.iter().fold(Marks::NONE, |all, result| all.with(result.marks()));
                return list(results, marks);
            }
        }
        for generator in generators {
            let iterated = self.eval(&generator.iter);
            self.bind(&generator.target, Value::Other(iterated.marks()));
            generator.ifs.iter().for_each(|test| {
                self.eval(test);
            });
        }
        Value::Other(self.eval(elt).marks())
    }
}

/// How a name that is text was come by.
pub(super) fn way_of(marks: Marks) -> Way {
    if marks.has(Marks::BUILT) || marks.has(Marks::DECODED) { Way::Built } else { Way::ByName }
}

/// Text glued together, with a sign for what is not known.
pub(super) fn glued(left: &Value, right: &Value) -> Value {
    let part = |value: &Value| match value {
        Value::Text(text, _) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => UNKNOWN_WORD.to_owned(),
    };
    let whole = |value: &Value| matches!(value, Value::Text(..) | Value::Number(_));
    let (a, b) = (part(left), part(right));
    let marks = left.marks().with(right.marks());
    if a.len() + b.len() > LONGEST {
        return Value::Other(marks);
    }
    let built = if whole(left) && whole(right) && !a.is_empty() && !b.is_empty() {
        Marks::BUILT
    } else {
        Marks::NONE
    };
    let marks = marks.with(built);
    Value::Text(format!("{a}{b}"), marks)
}

/// `%s`, `%c` and `{}` filled in, in order.
pub(super) fn filled(pattern: &str, args: &[Value], marks: Marks) -> Value {
    let mut all = Value::Text(String::new(), marks);
    let mut args = args.iter();
    let mut chars = pattern.chars().peekable();
    let mut plain = String::new();
    while let Some(c) = chars.next() {
        let slot = match (c, chars.peek()) {
            ('%', Some('s' | 'd' | 'c' | 'r')) | ('{', Some('}')) => chars.next(),
            _ => None,
        };
        let Some(slot) = slot else {
            plain.push(c);
            continue;
        };
        all = glued(&all, &Value::Text(std::mem::take(&mut plain), Marks::NONE));
        let arg = args.next().unwrap_or(&Value::UNKNOWN);
        let arg = match (slot, arg) {
            ('c', Value::Number(code)) => {
                let c = u32::try_from(*code).ok().and_then(char::from_u32);
                c.map_or(Value::UNKNOWN, |c| Value::Text(c.to_string(), Marks::BUILT))
            }
            (_, arg) => arg.clone(),
        };
        all = glued(&all, &arg);
    }
    glued(&all, &Value::Text(plain, Marks::NONE))
}

fn number(operator: Operator, a: i64, b: i64) -> Value {
    let result = match operator {
        Operator::Sub => a.checked_sub(b),
        Operator::Mult => a.checked_mul(b),
        Operator::BitXor => Some(a ^ b),
        Operator::BitAnd => Some(a & b),
        Operator::BitOr => Some(a | b),
        Operator::Mod => a.checked_rem_euclid(b),
        Operator::FloorDiv => a.checked_div_euclid(b),
        _ => None,
    };
    result.map_or(Value::UNKNOWN, Value::Number)
}

/// A list, if it is small enough to be known.
fn list(items: Vec<Value>, marks: Marks) -> Value {
    let known = Value::Items(items);
    if known.size() > 4 * LONGEST || depth(&known) > DEEPEST { Value::Other(marks) } else { known }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Items(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn cut(text: &str) -> String {
    if text.len() <= LONGEST { text.to_owned() } else { text.chars().take(LONGEST / 4).collect() }
}
