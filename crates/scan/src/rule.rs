//! The rules that findings come from. Each is one file in `rules/`, named by its id, from which this vocabulary is
//! made. When a rule applies is for the reader of each format to say.

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// What is said of every finding of a rule.
struct Text {
    title: &'static str,
    explanation: &'static str,
    recommendation: &'static str,
    cves: &'static [&'static str],
    references: &'static [(&'static str, &'static [&'static str])],
}

impl Rule {
    /// What it is about, as a phrase.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.text().title
    }

    /// Why it matters.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        self.text().explanation
    }

    /// What to do.
    #[must_use]
    pub const fn recommendation(self) -> &'static str {
        self.text().recommendation
    }

    /// Published vulnerabilities that are exactly this.
    #[must_use]
    pub const fn cves(self) -> &'static [&'static str] {
        self.text().cves
    }

    /// Where frameworks speak of it: the framework in its edition, and its items.
    #[must_use]
    pub const fn references(self) -> &'static [(&'static str, &'static [&'static str])] {
        self.text().references
    }
}
