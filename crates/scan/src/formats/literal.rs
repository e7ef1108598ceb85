//! Python literals: strings, numbers, truth values, tuples, lists and dictionaries, as NumPy writes its headers. Anything
//! else, a call above all, is no literal.

/// How deep literals are nested.
const DEEPEST: u8 = 16;

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Literal {
    /// `True`, `False` or `None`.
    Word(&'static str),
    Number(i64),
    Text(String),
    /// A tuple or a list.
    Items(Vec<Self>),
    /// A dictionary.
    Pairs(Vec<(Self, Self)>),
}

impl Literal {
    /// The literal that a text is, with nothing before or after it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { rest: text.trim(), depth: 0 };
        let literal = parser.value()?;
        parser.rest.trim().is_empty().then_some(literal)
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Pairs(pairs) = self else { return None };
        pairs.iter().find(|(name, _)| matches!(name, Self::Text(name) if name == key)).map(|(_, value)| value)
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: u8,
}

impl Parser<'_> {
    fn value(&mut self) -> Option<Literal> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '{' => self.nested(Self::pairs),
            '(' => self.nested(|parser| parser.items(')')),
            '[' => self.nested(|parser| parser.items(']')),
            quote @ ('\'' | '"') => self.text(quote),
            first if first == '-' || first.is_ascii_digit() => self.number(),
            'u' | 'b' if self.rest.chars().nth(1).is_some_and(|next| matches!(next, '\'' | '"')) => {
                self.step();
                self.value()
            }
            _ => ["True", "False", "None"].into_iter().find_map(|word| {
                self.rest = self.rest.strip_prefix(word)?;
                Some(Literal::Word(word))
            }),
        }
    }

    fn nested(&mut self, inside: impl FnOnce(&mut Self) -> Option<Literal>) -> Option<Literal> {
        self.depth = self.depth.checked_add(1).filter(|depth| *depth <= DEEPEST)?;
        self.step();
        let literal = inside(self)?;
        self.depth -= 1;
        Some(literal)
    }

    fn items(&mut self, close: char) -> Option<Literal> {
        let mut items = Vec::new();
        while !self.eat(close) {
            items.push(self.value()?);
            if !self.eat(',') {
                return self.eat(close).then_some(Literal::Items(items));
            }
        }
        Some(Literal::Items(items))
    }

    fn pairs(&mut self) -> Option<Literal> {
        let mut pairs = Vec::new();
        while !self.eat('}') {
            let key = self.value()?;
            if !self.eat(':') {
                return None;
            }
            pairs.push((key, self.value()?));
            if !self.eat(',') {
                return self.eat('}').then_some(Literal::Pairs(pairs));
            }
        }
        Some(Literal::Pairs(pairs))
    }

    /// A string without escapes: NumPy writes none.
    fn text(&mut self, quote: char) -> Option<Literal> {
        self.step();
        let (text, rest) = self.rest.split_once(quote)?;
        if text.contains(['\\', '\n']) {
            return None;
        }
        self.rest = rest;
        Some(Literal::Text(text.to_owned()))
    }

    fn number(&mut self) -> Option<Literal> {
        let end = self.rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at_checked(end)?;
        // Python 2 wrote long numbers with an L.
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().ok().map(Literal::Number)
    }

    fn eat(&mut self, c: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn step(&mut self) {
        let mut chars = self.rest.chars();
        chars.next();
        self.rest = chars.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_numpy_are_literals() {
        let header =
            Literal::parse("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4L), }\n").unwrap();
        assert_eq!(header.get("descr"), Some(&Literal::Text("<f8".to_owned())));
        assert_eq!(header.get("fortran_order"), Some(&Literal::Word("False")));
        let shape = Literal::Items(vec![Literal::Number(3), Literal::Number(4)]);
        assert_eq!(header.get("shape"), Some(&shape));
        assert!(Literal::parse("{'descr': [('a', '<i4', (2,)), ('b', 'S3')], 'shape': ()}").is_some());
    }

    #[test]
    fn code_is_no_literal() {
        for text in
            ["__import__('os')", "{'a': f()}", "(1 + 2)", "'a' 'b'", "{'a'}", "1; 2", "[", &"(".repeat(99)]
        {
            assert_eq!(Literal::parse(text), None, "{text}");
        }
    }
}
