//! Text that has to fit: shortening by estimated width, because nothing here can measure a font.

use casemate_core::printable;

/// The text made printable, and shortened to about so many average letters.
pub(crate) fn fit(text: &str, letters: usize) -> String {
    let text = printable(text);
    if width(&text) <= letters {
        return text;
    }
    let mut short = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += letter(c);
        if used > letters {
            break;
        }
        short.push(c);
    }
    format!("{}…", short.trim_end())
}

/// How many average letters wide a text is.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(letter).sum()
}

/// Scripts from Hangul on are about twice as wide as Latin.
const fn letter(c: char) -> usize {
    if (c as u32) < 0x1100 { 1 } else { 2 }
}

/// The parts that are there, with a separator between them.
pub(crate) fn join<'a>(parts: impl IntoIterator<Item = Option<&'a str>>, separator: &str) -> String {
    parts.into_iter().flatten().map(printable).collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_shortened_and_wide_letters_count_twice() {
        assert_eq!(fit("gateway", 20), "gateway");
        assert_eq!(fit("a very long component name", 10), "a very lo…");
        assert!(width(&fit("机器学习模型服务网关", 10)) <= 10);
        assert_eq!(fit("a\u{202e}b", 9), "ab");
    }
}
