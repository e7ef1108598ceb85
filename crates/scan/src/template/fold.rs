//! What an expression comes to, where that can be known without data: text that is glued, reversed, replaced or formatted
//! from constants. It guesses nothing.

use std::collections::HashMap;

use minijinja::Value;
use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, UnaryOpKind};

/// The longest text that is put together.
const LONGEST: usize = 4096;

/// What variables were set to, where that is known.
pub(super) type Known = HashMap<String, Folded>;

/// A value that is known, or the parts of one that are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Folded {
    Text(String),
    Number(i64),
    Items(Vec<Self>),
    /// Text with parts that are not known; the others are.
    Partly(Vec<String>),
    Unknown,
}

impl Folded {
    fn of(value: &Value) -> Self {
        if let Some(text) = value.as_str() {
            return Self::Text(text.chars().take(LONGEST).collect());
        }
        if let Some(number) = value.as_i64() {
            return Self::Number(number);
        }
        match value.try_iter() {
            Ok(items) if value.kind() == minijinja::value::ValueKind::Seq => {
                Self::Items(items.take(256).map(|item| Self::of(&item)).collect())
            }
            _ => Self::Unknown,
        }
    }

    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The known parts of what is or may become text.
    pub(super) fn parts(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::Partly(parts) => parts.clone(),
            Self::Items(items) => items.iter().flat_map(Self::parts).collect(),
            Self::Number(_) | Self::Unknown => Vec::new(),
        }
    }

    fn glue(&self, other: &Self) -> Self {
        match (self.text(), other.text()) {
            (Some(mut left), Some(right)) if left.len() + right.len() <= LONGEST => {
                left.push_str(&right);
                Self::Text(left)
            }
            _ => Self::Partly(self.parts().into_iter().chain(other.parts()).take(64).collect()),
        }
    }
}

/// What an expression comes to.
pub(super) fn fold(expr: &Expr<'_>, known: &Known) -> Folded {
    match expr {
        Expr::Const(constant) => Folded::of(&constant.value),
        Expr::Var(variable) => known.get(variable.id).cloned().unwrap_or(Folded::Unknown),
        Expr::List(list) => Folded::Items(list.items.iter().map(|item| fold(item, known)).collect()),
        Expr::Tuple(tuple) => Folded::Items(tuple.items.iter().map(|item| fold(item, known)).collect()),
        Expr::BinOp(operation) => {
            let (left, right) = (fold(&operation.left, known), fold(&operation.right, known));
            match (operation.op, &left, &right) {
                (BinOpKind::Add, Folded::Number(a), Folded::Number(b)) => {
                    Folded::Number(a.saturating_add(*b))
                }
                (BinOpKind::Add | BinOpKind::Concat, ..) => left.glue(&right),
                (BinOpKind::Mul, Folded::Text(text), Folded::Number(times)) => repeat(text, *times),
                (BinOpKind::Mul, Folded::Number(a), Folded::Number(b)) => {
                    Folded::Number(a.saturating_mul(*b))
                }
                (BinOpKind::Pow, Folded::Number(a), Folded::Number(b)) => {
                    let power = u32::try_from(*b).unwrap_or(u32::MAX);
                    Folded::Number(a.saturating_pow(power))
                }
                (BinOpKind::Rem, Folded::Text(pattern), _) => format(pattern, &arguments_of(&right)),
                _ => Folded::Unknown,
            }
        }
        Expr::UnaryOp(operation) => match (&operation.op, fold(&operation.expr, known)) {
            (UnaryOpKind::Neg, Folded::Number(number)) => Folded::Number(number.saturating_neg()),
            _ => Folded::Unknown,
        },
        Expr::Slice(slice) => {
            let number = |part: &Option<Expr<'_>>| match part.as_ref().map(|part| fold(part, known)) {
                None => Some(None),
                Some(Folded::Number(number)) => Some(Some(number)),
                Some(_) => None,
            };
            match (fold(&slice.expr, known), number(&slice.start), number(&slice.stop), number(&slice.step)) {
                (Folded::Text(text), Some(start), Some(stop), Some(step)) => sliced(&text, start, stop, step),
                (other, ..) => Folded::Partly(other.parts()),
            }
        }
        Expr::GetItem(item) => match (fold(&item.expr, known), fold(&item.subscript_expr, known)) {
            (Folded::Items(items), Folded::Number(at)) => {
                let at = usize::try_from(at).ok();
                at.and_then(|at| items.get(at).cloned()).unwrap_or(Folded::Unknown)
            }
            _ => Folded::Unknown,
        },
        Expr::Filter(filter) => {
            let on = filter.expr.as_ref().map_or(Folded::Unknown, |on| fold(on, known));
            apply(filter.name, &on, &arguments(&filter.args, known))
        }
        Expr::Call(call) => match &call.expr {
            Expr::GetAttr(method) => {
                apply(method.name, &fold(&method.expr, known), &arguments(&call.args, known))
            }
            _ => Folded::Unknown,
        },
        Expr::IfExpr(choice) => {
            let mut parts = fold(&choice.true_expr, known).parts();
            parts.extend(choice.false_expr.iter().flat_map(|other| fold(other, known).parts()));
            Folded::Partly(parts)
        }
        _ => Folded::Unknown,
    }
}

pub(super) fn arguments(args: &[CallArg<'_>], known: &Known) -> Vec<Folded> {
    args.iter()
        .map(|argument| match argument {
            CallArg::Pos(value) | CallArg::Kwarg(_, value) => fold(value, known),
            CallArg::PosSplat(value) | CallArg::KwargSplat(value) => {
                Folded::Partly(fold(value, known).parts())
            }
        })
        .collect()
}

/// Filters and methods of text that both Jinja and Python have.
fn apply(name: &str, on: &Folded, args: &[Folded]) -> Folded {
    match (name, on, args) {
        ("lower", Folded::Text(text), _) => Folded::Text(text.to_lowercase()),
        ("upper", Folded::Text(text), _) => Folded::Text(text.to_uppercase()),
        ("trim" | "strip" | "lstrip" | "rstrip", Folded::Text(text), []) => {
            Folded::Text(text.trim().to_owned())
        }
        ("reverse", Folded::Text(text), _) => Folded::Text(text.chars().rev().collect()),
        ("reverse", Folded::Items(items), _) => Folded::Items(items.iter().rev().cloned().collect()),
        ("first", Folded::Items(items), _) => items.first().cloned().unwrap_or(Folded::Unknown),
        ("last", Folded::Items(items), _) => items.last().cloned().unwrap_or(Folded::Unknown),
        ("string" | "safe" | "e" | "escape" | "list" | "first", on, _) => on.clone(),
        ("replace", Folded::Text(text), [Folded::Text(from), Folded::Text(to), ..]) => {
            Folded::Text(text.replace(from.as_str(), to).chars().take(LONGEST).collect())
        }
        ("join", Folded::Items(items), args) => {
            let between = args.first().and_then(Folded::text).unwrap_or_default();
            joined(items, &between)
        }
        // Python has it the other way round: ''.join(items).
        ("join", Folded::Text(between), [Folded::Items(items)]) => joined(items, between),
        ("join", Folded::Text(text), []) => Folded::Text(text.clone()),
        ("format", Folded::Text(pattern), args) => format(pattern, args),
        _ => {
            let parts = on.parts().into_iter().chain(args.iter().flat_map(Folded::parts));
            Folded::Partly(parts.take(64).collect())
        }
    }
}

fn joined(items: &[Folded], between: &str) -> Folded {
    let mut all: Option<Folded> = None;
    for item in items {
        all = Some(match all {
            Some(before) => before.glue(&Folded::Text(between.to_owned())).glue(item),
            None => item.clone(),
        });
    }
    all.unwrap_or(Folded::Text(String::new()))
}

/// Part of a text, as Python cuts it.
fn sliced(text: &str, start: Option<i64>, stop: Option<i64>, step: Option<i64>) -> Folded {
    let chars: Vec<char> = text.chars().collect();
    let len = i64::try_from(chars.len()).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let place = |at: i64| (if at < 0 { at.saturating_add(len) } else { at }).clamp(low, high);
    let mut at = start.map_or(if step < 0 { high } else { low }, place);
    let stop = stop.map_or(if step < 0 { low } else { high }, place);
    let mut cut = String::new();
    while step != 0 && (step > 0 && at < stop || step < 0 && at > stop) {
        cut.extend(usize::try_from(at).ok().and_then(|at| chars.get(at)));
        at = at.saturating_add(step);
    }
    Folded::Text(cut)
}

fn repeat(text: &str, times: i64) -> Folded {
    match usize::try_from(times) {
        Ok(times) if text.len().saturating_mul(times) <= LONGEST => Folded::Text(text.repeat(times)),
        _ => Folded::Partly(vec![text.to_owned()]),
    }
}

fn arguments_of(value: &Folded) -> Vec<Folded> {
    match value {
        Folded::Items(items) => items.clone(),
        other => vec![other.clone()],
    }
}

/// `%s`, `%c` and `{}` filled in, in order.
fn format(pattern: &str, args: &[Folded]) -> Folded {
    let mut text = String::new();
    let mut args = args.iter();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        let filled = match (c, rest.peek()) {
            ('%', Some('%')) => Some("%".to_owned()),
            ('%', Some('c')) => match args.next() {
                Some(Folded::Number(code)) => {
                    u32::try_from(*code).ok().and_then(char::from_u32).map(String::from)
                }
                other => other.and_then(Folded::text),
            },
            ('%', Some('s' | 'd')) => args.next().and_then(Folded::text),
            ('{', Some('}')) => args.next().and_then(Folded::text),
            (c, _) => {
                text.push(c);
                continue;
            }
        };
        rest.next();
        match filled {
            Some(filled) if text.len() + filled.len() <= LONGEST => text.push_str(&filled),
            _ => return Folded::Partly(vec![pattern.to_owned()]),
        }
    }
    Folded::Text(text)
}
