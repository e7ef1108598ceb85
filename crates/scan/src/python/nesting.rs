//! How deep source text may be nested, told from its characters before it is parsed: parser, tree and judge recurse.
//! It errs on the deep side and parses nothing.

/// The deepest nesting that is parsed.
const DEEPEST: usize = 400;

/// Whether parsing the text would nest deeper than is followed.
pub(super) fn is_deep(text: &str) -> bool {
    let mut open: Vec<usize> = Vec::new();
    // Operators since the last comma, of the innermost bracket and of all around it.
    let (mut here, mut around) = (0_usize, 0_usize);
    let mut quotes = Quotes::default();
    let mut indent = Indent::default();
    let mut word = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if quotes.skip(c, &mut chars) {
            continue;
        }
        if open.is_empty() {
            indent.take(c);
        }
        match c {
            '(' | '[' | '{' => {
                open.push(here + 1);
                around += here + 1;
                here = 0;
            }
            ')' | ']' | '}' => {
                if let Some(outer) = open.pop() {
                    around -= outer;
                    here = outer;
                }
            }
            ',' => here = 0,
            '\n' | ';' if open.is_empty() => here = 0,
            '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '~' | '@' | '<' | '>' | '=' | '.' => here += 1,
            c if c.is_alphabetic() && !word => here += usize::from(matches!(c, 'n' | 'i' | 'l' | 'a' | 'y')),
            _ => {}
        }
        word = c.is_alphanumeric() || c == '_';
        if around + here + indent.levels > DEEPEST {
            return true;
        }
    }
    quotes.deep
}

/// Strings and comments, which nest nothing; text within an f-string may, and is bounded by its braces.
#[derive(Default)]
struct Quotes {
    deep: bool,
}

impl Quotes {
    /// Passes over a string or comment that begins here.
    fn skip(&mut self, c: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
        match c {
            '#' => {
                while chars.next_if(|c| *c != '\n').is_some() {}
                true
            }
            '"' | '\'' => {
                let long = chars.next_if_eq(&c).is_some();
                if long && chars.next_if_eq(&c).is_none() {
                    return true;
                }
                self.string(c, long, chars);
                true
            }
            _ => false,
        }
    }

    fn string(&mut self, quote: char, long: bool, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
        let (mut run, mut braces, mut inside) = (0, 0_usize, 0_usize);
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    chars.next();
                    run = 0;
                    continue;
                }
                '\n' if !long => return,
                '{' => braces += 1,
                '}' => {
                    braces = braces.saturating_sub(1);
                    inside = 0;
                }
                '(' | '[' | '-' | '+' | '~' | '.' | '*' if braces > 0 => inside += 1,
                _ => {}
            }
            run = if c == quote { run + 1 } else { 0 };
            if run == if long { 3 } else { 1 } {
                return;
            }
            self.deep |= braces > DEEPEST || inside > DEEPEST;
        }
    }
}

/// How far the line is indented, in levels.
#[derive(Default)]
struct Indent {
    levels: usize,
    stack: Vec<usize>,
    width: usize,
    started: bool,
}

impl Indent {
    fn take(&mut self, c: char) {
        match c {
            '\n' => {
                self.width = 0;
                self.started = false;
            }
            ' ' if !self.started => self.width += 1,
            '\t' if !self.started => self.width += 8,
            _ if !self.started => {
                self.started = true;
                while self.stack.last().is_some_and(|last| *last >= self.width) {
                    self.stack.pop();
                }
                if self.width > 0 {
                    self.stack.push(self.width);
                }
                self.levels = self.stack.len();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_deep;

    #[test]
    fn ordinary_code_is_not_deep() {
        let table = format!("x = [{}]\n", "-1.5, ".repeat(100_000));
        let keys = format!("x = {{{}}}\n", "'a': f(b.c) + 1,\n".repeat(10_000));
        let lines = "        return self.a.b(c)[0] + 1  # it's (deep\n".repeat(10_000);
        for text in [table, keys, lines] {
            assert!(!is_deep(&text));
        }
    }

    #[test]
    fn what_recurses_is_deep() {
        for (part, end) in [
            ("(", ""),
            ("-", "x"),
            ("a.", "b"),
            ("a+", "b"),
            ("not ", "x"),
            ("lambda:", "0"),
            ("f(", ""),
            ("x if y else ", "z"),
            ("a[0]", ""),
        ] {
            assert!(is_deep(&format!("{}{end}", part.repeat(10_000))), "{part}");
        }
        let nested: String = (0..5_000).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
        assert!(is_deep(&nested));
        assert!(is_deep(&format!("f'{}'", "{".repeat(10_000))));
    }
}
