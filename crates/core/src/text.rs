//! Text from inputs is hostile: these helpers make it safe to show and find what the author meant.

/// The text without control characters, bidirectional overrides or other invisible format characters:
/// safe to print on a terminal or write into a report. A line break becomes a space.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c if c.is_control() => None,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => None,
            '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => {
                None
            }
            c => Some(c),
        })
        .collect()
}

/// Bytes in hexadecimal, lower case: how digests are written everywhere.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The candidate nearest in spelling, if any is near enough to be what was meant. Case and the choice between
/// `-` and `_` do not count.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |s: &str| s.to_lowercase().replace('_', "-");
    let word: String = fold(word).chars().take(80).collect();
    let (best, score) = candidates
        .into_iter()
        .map(|candidate| (candidate, similarity(&word, &fold(candidate))))
        .fold(None, |best: Option<(&str, f64)>, this| match best {
            Some(best) if best.1 >= this.1 => Some(best),
            _ => Some(this),
        })?;
    (score >= 0.5).then_some(best)
}

/// Damerau-Levenshtein similarity, 0 to 1; a word contained whole in the other counts as near.
fn similarity(a: &str, b: &str) -> f64 {
    let edit = strsim::normalized_damerau_levenshtein(a, b);
    let contained = a.len() >= 4 && (b.contains(a) || a.contains(b)) && b.len() >= 4;
    if contained { edit.max(0.6) } else { edit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_text_cannot_steer_a_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c\nd\u{9b}31m"), "a[2Jbc d31m");
    }

    #[test]
    fn the_nearest_name_is_what_was_meant() {
        let names = ["api-authentication", "input-validation", "model-signing"];
        assert_eq!(nearest("api_authentcation", names), Some("api-authentication"));
        assert_eq!(nearest("Input_Validation", names), Some("input-validation"));
        assert_eq!(nearest("zzzz", names), None);
    }
}
