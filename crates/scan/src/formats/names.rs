//! Names of members that lead out of the folder they are unpacked into. Shared by all archives.

/// How a name leads out, in words; none for one that stays.
pub(crate) fn leads_out(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    let slashed = name.replace('\\', "/");
    if slashed.split('/').any(|part| part == "..") {
        Some("climbs out of the folder with `..`")
    } else if name.starts_with("\\\\") || name.starts_with("//") {
        Some("names a network share")
    } else if slashed.starts_with('/') {
        Some("is absolute")
    } else if bytes.get(1) == Some(&b':') && bytes.first().is_some_and(u8::is_ascii_alphabetic) {
        Some("names a drive")
    } else if name.contains('\0') {
        Some("holds a zero byte, where some programs stop reading it")
    } else {
        None
    }
}

/// Whether a link in a folder leads out of the whole.
pub(crate) fn link_leads_out(name: &str, target: &str) -> bool {
    if leads_out(target).is_some_and(|how| !how.starts_with("climbs")) {
        return true;
    }
    let mut depth = name.split('/').filter(|part| !part.is_empty() && *part != ".").count().saturating_sub(1);
    for part in target.replace('\\', "/").split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_are_told_from_those_that_stay() {
        for name in ["../a", "a/../../b", "/etc/passwd", "C:\\x", "\\\\host\\share", "..\\x", "a\0b"] {
            assert!(leads_out(name).is_some(), "{name}");
        }
        for name in ["a/b", "a..b/c", "...", "a/.hidden", "c"] {
            assert!(leads_out(name).is_none(), "{name}");
        }
    }

    #[test]
    fn links_are_followed_in_thought() {
        assert!(!link_leads_out("a/b/link", "../c"));
        assert!(!link_leads_out("a/link", "../c"));
        assert!(link_leads_out("a/link", "../../c"));
        assert!(link_leads_out("link", "/etc/passwd"));
        assert!(!link_leads_out("link", "a/../b"));
        assert!(link_leads_out("link", "a/../../b"));
    }
}
