//! What changed between two versions of a model, for people at a terminal and for programs.

use anstyle::{AnsiColor, Style as Paint};
use casemate_core::printable;
use casemate_scan::{About, Diff, FactChange, FileChange, Found};

use crate::Style;
use crate::json::streamed;
use crate::plain::severity_paint;

/// How many changes of a kind are listed.
const LISTED: usize = 40;

/// A comparison as JSON: `casemate/scan-diff/v1`.
#[must_use]
pub fn render_diff_json(diff: &Diff) -> String {
    streamed(diff)
}

/// A comparison for people at a terminal.
#[must_use]
pub fn render_diff(diff: &Diff, style: Style) -> String {
    let mut page = Page { text: String::new(), style };
    for (label, list) in [("loading now also", &diff.gained), ("loading no longer", &diff.lost)] {
        if !list.is_empty() {
            let does: Vec<&str> = list.iter().map(|capability| capability.sentence()).collect();
            page.line(&format!("{label}: {}", does.join(", ")));
        }
    }
    page.findings("new findings", &diff.new);
    page.findings("gone findings", &diff.gone);
    page.files(&diff.files);
    for about in About::ALL {
        let changes: Vec<&FactChange> = diff.facts.iter().filter(|change| change.about == *about).collect();
        page.facts(*about, &changes);
    }
    if page.text.is_empty() {
        page.line("nothing changed");
    }
    page.text
}

struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn findings(&mut self, title: &str, found: &[Found]) {
        self.heading(title, found.len());
        for Found { path, finding } in found.iter().take(LISTED) {
            let label = format!("[{}]", finding.severity.as_str().to_uppercase());
            let label = self.paint(&label, severity_paint(finding.severity));
            self.line(&format!("{label} {} ({})", printable(&finding.title), printable(path)));
        }
        self.more(found.len());
    }

    fn files(&mut self, files: &[FileChange]) {
        self.heading("files", files.len());
        for file in files.iter().take(LISTED) {
            let path = printable(&file.path);
            let (mark, verdict) = match (file.before, file.now) {
                (None, Some(now)) => (self.added(), now.to_string()),
                (Some(_), None) => (self.removed(), String::new()),
                (Some(before), Some(now)) if before != now => (self.changed(), format!("{before} → {now}")),
                (_, now) => (self.changed(), now.map(|now| now.to_string()).unwrap_or_default()),
            };
            self.line(&format!("  {mark} {path}  {verdict}"));
        }
        self.more(files.len());
    }

    fn facts(&mut self, about: About, changes: &[&FactChange]) {
        self.heading(about.as_str(), changes.len());
        for change in changes.iter().take(LISTED) {
            let name = printable(&change.name);
            let (mark, said) = match (&change.before, &change.now) {
                (None, Some(now)) => (self.added(), now.clone()),
                (Some(before), None) => (self.removed(), before.clone()),
                (before, now) => (
                    self.changed(),
                    format!("{} → {}", before.as_deref().unwrap_or(""), now.as_deref().unwrap_or("")),
                ),
            };
            let place = printable(&change.place);
            self.line(&format!("  {mark} {name}  {}  ({place})", printable(&said)));
        }
        self.more(changes.len());
    }

    fn heading(&mut self, title: &str, count: usize) {
        if count > 0 {
            let title = self.paint(&format!("{title} ({count})"), Paint::new().bold());
            self.line(&title);
        }
    }

    fn more(&mut self, count: usize) {
        if count > LISTED {
            self.line(&format!("  … and {} more (--format json lists all)", count - LISTED));
        }
    }

    fn added(&self) -> String {
        self.paint("+", Paint::new().fg_color(Some(AnsiColor::Green.into())))
    }

    fn removed(&self) -> String {
        self.paint("-", Paint::new().fg_color(Some(AnsiColor::Red.into())))
    }

    fn changed(&self) -> String {
        self.paint("~", Paint::new().fg_color(Some(AnsiColor::Yellow.into())))
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn paint(&self, text: &str, paint: Paint) -> String {
        if self.style.colour { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
    }
}
