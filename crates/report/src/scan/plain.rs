//! The report for people at a terminal: a line per file that needs a look, its findings below, and a count at the end.
//! Readable without colour. Only a finding's line starts with `[`.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Paint};
use casemate_core::{Severity, printable};
use casemate_scan::{FileReport, Finding, ScanReport, Status, Verdict};

use crate::plain::severity_paint;
use crate::{Detail, Style};

/// How many reasons are shown per file unless everything is asked for.
const SHOWN_GAPS: usize = 3;

pub(crate) fn render(report: &ScanReport, style: Style) -> String {
    let mut page = Page { text: String::new(), style };
    let files = report.files.iter().filter(|file| style.detail == Detail::Full || needs_a_look(file));
    for file in files {
        page.file(file);
    }
    page.summary(report);
    page.text
}

/// Whether there is more to say of a file than that it is clean.
fn needs_a_look(file: &FileReport) -> bool {
    file.verdict != Verdict::Clean || !file.findings.is_empty()
}

struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn file(&mut self, file: &FileReport) {
        let path = self.paint(&printable(&file.path), Paint::new().bold());
        let verdict = self.paint(file.verdict.as_str(), verdict_paint(file.verdict));
        self.line(&format!("{path}: {verdict} ({})", file.format));
        if self.style.detail >= Detail::Normal {
            if !file.capabilities.is_empty() || !file.needs.is_empty() {
                self.indented("loads", &file.summary);
            }
            self.coverage(file);
        }
        let mut findings: Vec<&Finding> = file.findings.iter().collect();
        findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), &finding.location));
        for finding in findings {
            self.finding(finding);
        }
        self.line("");
    }

    fn coverage(&mut self, file: &FileReport) {
        let all = self.style.detail == Detail::Full;
        if file.status != Status::Complete {
            let share =
                format!("{} of {} understood", size(file.coverage.understood), size(file.coverage.total));
            self.indented("read", &format!("{}: {share}", file.status));
        }
        let shown = if all { usize::MAX } else { SHOWN_GAPS };
        for gap in file.coverage.gaps.iter().take(shown) {
            self.indented("gap", &printable(gap));
        }
        if file.coverage.gaps.len() > shown {
            self.indented("gap", &format!("and {} more (--verbose)", file.coverage.gaps.len() - shown));
        }
        if all {
            for (algorithm, digest) in &file.digests {
                self.indented(algorithm, digest);
            }
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let label = format!("[{}]", finding.severity.as_str().to_uppercase());
        let label = self.paint(&label, severity_paint(finding.severity));
        self.line(&format!("{label} {}", printable(&finding.title)));
        let place = match finding.location.path() {
            Some(member) => format!("{member}, byte {}", finding.location.offset),
            None => format!("byte {}", finding.location.offset),
        };
        let cves =
            if finding.cves.is_empty() { String::new() } else { format!(" · {}", finding.cves.join(", ")) };
        self.indented("at", &place);
        if self.style.detail >= Detail::Normal {
            self.indented("why", finding.explanation);
        }
        self.indented("fix", finding.recommendation);
        self.indented("rule", &format!("{} · {} confidence{cves}", finding.rule, finding.confidence));
        if self.style.detail == Detail::Full {
            for (framework, items) in finding.rule.references() {
                self.indented("ref", &format!("{framework}: {}", items.join(", ")));
            }
        }
    }

    fn summary(&mut self, report: &ScanReport) {
        let summary = &report.summary;
        let noun = if summary.files == 1 { "file" } else { "files" };
        let verdicts: Vec<String> = Verdict::ALL
            .iter()
            .rev()
            .filter_map(|verdict| Some((verdict, summary.verdicts.get(verdict)?)))
            .filter(|(_, count)| **count > 0)
            .map(|(verdict, count)| self.paint(&format!("{count} {verdict}"), verdict_paint(*verdict)))
            .collect();
        self.line(&format!("{} {noun}, {}: {}", summary.files, size(summary.bytes), verdicts.join(", ")));
        let findings: Vec<String> = Severity::ALL
            .iter()
            .rev()
            .filter_map(|severity| Some((severity, summary.findings.get(severity)?)))
            .filter(|(_, count)| **count > 0)
            .map(|(severity, count)| self.paint(&format!("{count} {severity}"), severity_paint(*severity)))
            .collect();
        if !findings.is_empty() {
            self.line(&format!("findings: {}", findings.join(", ")));
        }
        let incomplete = summary.files - summary.statuses.get(&Status::Complete).copied().unwrap_or_default();
        if incomplete > 0 {
            self.line(&format!("{incomplete} not read wholly: nothing that was not read counts as clean"));
        }
    }

    fn indented(&mut self, label: &str, text: &str) {
        let label = self.paint(&format!("{label:<6}"), Paint::new().dimmed());
        self.line(&format!("    {label} {text}"));
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn paint(&self, text: &str, paint: Paint) -> String {
        if self.style.colour { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
    }
}

fn verdict_paint(verdict: Verdict) -> Paint {
    let colour = match verdict {
        Verdict::Clean => AnsiColor::Green,
        Verdict::Unknown => AnsiColor::Cyan,
        Verdict::Suspicious => AnsiColor::Yellow,
        Verdict::Malicious => AnsiColor::Red,
    };
    Paint::new().fg_color(Some(colour.into())).bold()
}

/// A number of bytes for people: 1.5 MB.
fn size(bytes: u64) -> String {
    const UNITS: &[&str] = &["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut tenths, mut unit) = (bytes / 100, "kB");
    for next in UNITS.iter().skip(1) {
        if tenths < 10_000 {
            break;
        }
        (tenths, unit) = (tenths / 1000, next);
    }
    let mut text = String::new();
    let _ = write!(text, "{}.{} {unit}", tenths / 10, tenths % 10);
    text
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_for_people() {
        for (bytes, text) in
            [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (999_999, "999.9 kB"), (2_340_000_000, "2.3 GB")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
