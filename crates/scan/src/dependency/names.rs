//! Names of packages that are nearly those of others. A name alone proves nothing, so it says what to look at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use strsim::osa_distance;

/// Names shorter than this are too close to one another anyway.
const SHORTEST: usize = 5;
/// A longer name is no slip of anything.
const LONGEST: usize = 64;

/// Why a name is doubtful.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It is one slip away from a well-known name.
    Near(&'static str),
    /// It is asked for by mistake, and what is meant.
    Confused(&'static str),
    /// It was published to harm, and what it passed for.
    Malicious(&'static str),
}

/// A name as PEP 503 compares them.
pub(crate) fn normal(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.extend(c.to_lowercase()),
        }
    }
    normal
}

/// What is doubtful about a name, if anything.
pub(super) fn doubt(name: &str) -> Option<Doubt> {
    let name = normal(name);
    if let Some(seemed) = LISTS.malicious.get(&*name) {
        return Some(Doubt::Malicious(seemed));
    }
    if let Some(meant) = LISTS.confused.get(&*name) {
        return Some(Doubt::Confused(meant));
    }
    let passed = LISTS.known.contains(&*name) || LISTS.neighbours.contains(&*name);
    if passed || name.len() < SHORTEST || name.len() > LONGEST {
        return None;
    }
    let near = LISTS.known.iter().filter(|known| {
        known.len() >= SHORTEST
            && known.len().abs_diff(name.len()) <= 1
            && differs_in_more_than_a_number(&name, known)
            && osa_distance(&name, known) == 1
    });
    near.min().map(|known| Doubt::Near(known))
}

/// `cu11` beside `cu12` is no slip.
fn differs_in_more_than_a_number(name: &str, known: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    letters(name) != letters(known)
}

#[derive(Default)]
struct Lists {
    known: BTreeSet<&'static str>,
    neighbours: BTreeSet<&'static str>,
    confused: BTreeMap<&'static str, &'static str>,
    malicious: BTreeMap<&'static str, &'static str>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut lists = Lists::default();
    let mut section = "";
    for line in include_str!("packages.txt").lines().filter(|line| !line.starts_with('#')) {
        if let Some(word) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = word;
            continue;
        }
        match (section, line.split_once(": ")) {
            ("confused", Some((name, meant))) => drop(lists.confused.insert(name, meant)),
            ("malicious", Some((name, seemed))) => drop(lists.malicious.insert(name, seemed)),
            ("known", None) => lists.known.extend(line.split_whitespace()),
            ("neighbours", None) => lists.neighbours.extend(line.split_whitespace()),
            _ => {}
        }
    }
    lists
});
