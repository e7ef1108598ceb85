//! What licences of models exclude. Names only: nobody is told that a use is lawful.

/// What a licence excludes, as the end of a sentence; nothing for those that exclude nothing, or that nobody knows.
pub(crate) fn restriction(id: &str) -> Option<&'static str> {
    let id = id.trim().to_lowercase();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| id.starts_with(prefix));
    let parts: Vec<&str> = id.split(['-', '_', ' ']).collect();
    if parts.contains(&"nc") || id.contains("noncommercial") || id.contains("non-commercial") {
        Some("excludes commercial use")
    } else if begins(&["apple-amlr", "apple-ascl", "intel-research", "mit-research"])
        || id.contains("research-only")
    {
        Some("allows research only")
    } else if id.starts_with("cc-by") && parts.contains(&"nd") {
        Some("excludes changed versions")
    } else if id.contains("openrail") || begins(&["bigscience-", "bigcode-", "creativeml-"]) {
        Some("excludes uses that it lists")
    } else if begins(&["llama", "gemma", "deepseek", "grok"]) {
        Some("has conditions of its own on use and on who may use it")
    } else if matches!(&*id, "other" | "unknown") {
        Some("is none that its id tells")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_that_restrict_are_told_from_those_that_do_not() {
        for id in [
            "cc-by-nc-4.0",
            "openrail",
            "bigscience-bloom-rail-1.0",
            "llama3.1",
            "gemma",
            "other",
            "CC-BY-ND-4.0",
        ] {
            assert!(restriction(id).is_some(), "{id}");
        }
        for id in ["mit", "apache-2.0", "cc-by-4.0", "bsd-3-clause", "gpl-3.0", "cc0-1.0", "something-new"] {
            assert!(restriction(id).is_none(), "{id}");
        }
    }
}
