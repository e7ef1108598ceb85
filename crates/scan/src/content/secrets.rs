//! The kinds of credentials: words that must be near, a pattern, and the least entropy. What a match says is never kept.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use casemate_core::Confidence;
use regex_automata::Input as Haystack;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// The largest automaton of one pattern.
const LARGEST: usize = 4 * 1024 * 1024;

/// A kind of credential.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) confidence: Confidence,
    entropy: f64,
    words: Vec<&'static str>,
    pattern: &'static str,
    regex: OnceLock<Option<Regex>>,
}

/// Every kind.
pub(super) static KINDS: LazyLock<Vec<Kind>> =
    LazyLock::new(|| include_str!("secrets.txt").lines().filter_map(Kind::parse).collect());

impl Kind {
    fn parse(line: &'static str) -> Option<Self> {
        if line.starts_with('#') {
            return None;
        }
        let mut columns = line.split('\t');
        Some(Self {
            name: columns.next()?,
            confidence: match columns.next()? {
                "high" => Confidence::High,
                "medium" => Confidence::Medium,
                _ => Confidence::Low,
            },
            entropy: columns.next()?.parse().ok()?,
            words: columns.next()?.split(',').collect(),
            pattern: columns.next()?,
            regex: OnceLock::new(),
        })
    }

    /// The words of which one must be near.
    pub(super) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().copied()
    }

    /// The pattern; none if it does not compile, which a test rules out.
    pub(super) fn regex(&self) -> Option<&Regex> {
        let compile = || {
            let syntax = syntax::Config::new().unicode(false).utf8(false);
            let config = Regex::config().utf8_empty(false).nfa_size_limit(Some(LARGEST));
            Regex::builder().configure(config).syntax(syntax).build(self.pattern).ok()
        };
        self.regex.get_or_init(compile).as_ref()
    }

    /// The next credential within a range of some bytes: where it stands, and where its match ends.
    pub(super) fn find(&self, bytes: &[u8], within: Range<usize>) -> Option<(Range<usize>, usize)> {
        let regex = self.regex()?;
        let mut captures = regex.create_captures();
        let mut within = within;
        loop {
            regex.search_captures(&Haystack::new(bytes).span(within.clone()), &mut captures);
            let whole = captures.get_match()?.range();
            let secret = (1..captures.group_len())
                .find_map(|group| captures.get_group(group))
                .map_or(whole.clone(), |span| span.range());
            let value = bytes.get(secret.clone()).unwrap_or_default();
            if self.accepts(value) {
                return Some((secret, whole.end));
            }
            within.start = whole.end.max(whole.start + 1);
            if within.start >= within.end {
                return None;
            }
        }
    }

    fn accepts(&self, value: &[u8]) -> bool {
        !is_placeholder(value)
            && entropy(value) > self.entropy
            && (self.confidence > Confidence::Low || is_mixed(value))
    }
}

/// Whether a value stands for another one, or is an example.
fn is_placeholder(value: &[u8]) -> bool {
    const BEGINNINGS: &[&[u8]] = &[b"$", b"{{", b"<", b"%(", b"%{", b"@{", b"[", b"os.environ", b"env."];
    const PARTS: &[&[u8]] = &[
        b"example",
        b"xxxx",
        b"****",
        b"....",
        b"your",
        b"placeholder",
        b"changeme",
        b"change_me",
        b"redacted",
        b"dummy",
    ];
    const WHOLE: &[&[u8]] = &[b"true", b"false", b"null", b"none", b"undefined", b"password", b"secret"];
    let small = value.to_ascii_lowercase();
    // The value of a password hash begins with a dollar, too, and goes on with a digit or the name of a function.
    let is_hash = matches!(value, [b'$', next, ..] if next.is_ascii_digit() || value.iter().filter(|byte| **byte == b'$').count() > 2);
    !is_hash && BEGINNINGS.iter().any(|beginning| small.starts_with(beginning))
        || PARTS.iter().any(|part| memchr::memmem::find(&small, part).is_some())
        || WHOLE.contains(&small.as_slice())
}

/// Whether a value has letters and digits or marks, as words of a language have not.
fn is_mixed(value: &[u8]) -> bool {
    let mark = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_punctuation();
    value.iter().any(mark) && value.iter().any(u8::is_ascii_alphabetic)
}

/// The entropy of the characters of a value, in bits.
fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let len = u32::try_from(value.len()).map_or(f64::MAX, f64::from).max(1.0);
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / len;
            -share * share.log2()
        })
        .sum()
}
