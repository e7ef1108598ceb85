//! Dockerfiles, by their instructions: what they start from, fetch, run and keep. Nothing is built.

use std::io;

use casemate_core::{Confidence, Severity};

use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::shell;
use crate::sniff::{Fit, Sniff};

/// Dockerfiles by their first instruction, which is `FROM` after arguments.
pub(crate) const READER: Reader = Reader { format: Format::Dockerfile, fit, read };

const LONGEST: u64 = 1024 * 1024;
const INSTRUCTIONS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::maybe_if(sniff.is_text() && sniff.input.len() <= LONGEST)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Ok(text) = String::from_utf8(input.bytes(0, input.len())?) else { return Ok(Reading::NotThis) };
    let instructions = instructions(&text);
    let first = instructions.iter().find(|instruction| instruction.name != "ARG");
    let known = instructions.iter().all(|instruction| INSTRUCTIONS.contains(&instruction.name.as_str()));
    if !known || first.is_none_or(|first| !is_from(first)) {
        return Ok(Reading::NotThis);
    }
    let mut build = Build { scan, stages: Vec::new(), arguments: Vec::new(), user: None, from: 0 };
    for instruction in &instructions {
        build.instruction(instruction);
    }
    build.close();
    scan.understood(0..input.len());
    Ok(Reading::Done)
}

/// `FROM` an image; Python says `from` too.
fn is_from(instruction: &Instruction) -> bool {
    let rest = instruction.rest.trim();
    instruction.name == "FROM" && !rest.is_empty() && !rest.contains(" import ")
}

struct Instruction {
    at: u64,
    name: String,
    /// What follows the name, with every joined line at its own place.
    rest: String,
    rest_at: u64,
}

/// Instructions with continued lines joined; comments become blanks, so that offsets stay.
fn instructions(text: &str) -> Vec<Instruction> {
    let mut all: Vec<Instruction> = Vec::new();
    let mut open = false;
    let mut here: Option<String> = None;
    let mut at = 0_u64;
    for line in text.split_inclusive('\n') {
        let (start, trimmed) = (at, line.trim());
        at += line.len() as u64;
        if let (Some(end), Some(last)) = (&here, all.last_mut()) {
            if trimmed == end {
                here = None;
                last.rest.extend(std::iter::repeat_n(' ', line.len().saturating_sub(1)));
                last.rest.push('\n');
            } else {
                last.rest.push_str(line);
            }
            continue;
        }
        if trimmed.starts_with('#') || trimmed.is_empty() {
            if let (true, Some(last)) = (open, all.last_mut()) {
                last.rest.extend(std::iter::repeat_n(' ', line.len()));
            }
            continue;
        }
        let continued =
            trimmed.ends_with('\\') || trimmed.ends_with('`') && !open && trimmed.matches('`').count() == 1;
        let joined = if continued { blanked(line) } else { line.to_owned() };
        match (open, all.last_mut()) {
            (true, Some(last)) => last.rest.push_str(&joined),
            _ => {
                let indent = line.len() - line.trim_start().len();
                let word = trimmed.split_whitespace().next().unwrap_or_default();
                let from = indent + word.len();
                all.push(Instruction {
                    at: start,
                    name: word.to_uppercase(),
                    rest: joined.get(from..).unwrap_or_default().to_owned(),
                    rest_at: start + from as u64,
                });
            }
        }
        open = continued;
        here = trimmed.split_once("<<").filter(|_| !open).and_then(|(_, rest)| {
            let end: String = rest
                .trim_start_matches(['-', '"', '\''])
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            (!end.is_empty()).then_some(end)
        });
    }
    all
}

/// A line whose last backslash and line end are blanks.
fn blanked(line: &str) -> String {
    let kept = line.trim_end().trim_end_matches(['\\', '`']);
    let mut blanked = kept.to_owned();
    blanked.extend(std::iter::repeat_n(' ', line.len() - kept.len()));
    blanked
}

struct Build<'s> {
    scan: &'s mut Scan,
    stages: Vec<String>,
    arguments: Vec<(String, String)>,
    user: Option<String>,
    from: u64,
}

impl Build<'_> {
    fn instruction(&mut self, instruction: &Instruction) {
        let rest = instruction.rest.trim();
        match instruction.name.as_str() {
            "FROM" => self.starts_from(instruction.at, rest),
            "USER" => self.user = Some(rest.to_owned()),
            "ADD" => self.adds(instruction.at, rest),
            "ENV" | "ARG" => self.sets(instruction, rest),
            "RUN" | "CMD" | "ENTRYPOINT" | "ONBUILD" | "HEALTHCHECK" => self.runs(instruction),
            _ => {}
        }
    }

    fn starts_from(&mut self, at: u64, rest: &str) {
        let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
        let image = self.filled(words.next().unwrap_or_default());
        if let (Some("as" | "AS" | "As"), Some(stage)) = (words.next(), words.next()) {
            self.stages.push(stage.to_lowercase());
        }
        self.user = None;
        self.from = at;
        if image == "scratch" || self.stages.contains(&image.to_lowercase()) {
            return;
        }
        self.scan.fact(About::Metadata, "base-image", image.as_str());
        if image.contains("@sha256:") {
            return;
        }
        let name = image.rsplit('/').next().unwrap_or_default();
        let title = match name.split_once(':') {
            None if image.contains('$') => return,
            None => format!("The image `{image}` is named without a version"),
            Some((_, "latest")) => format!("The image `{image}` is whatever is latest"),
            Some(_) => format!("The image `{image}` is not pinned by its digest"),
        };
        self.tell(Rule::DockerfileUnpinnedImage, Severity::Low, Confidence::High, title, at);
    }

    /// Arguments that stand in a name, where they have a default.
    fn filled(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, value) in &self.arguments {
            filled = filled.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
        }
        filled.chars().take(300).collect()
    }

    fn adds(&mut self, at: u64, rest: &str) {
        let checked = rest.contains("--checksum=");
        let address = rest.split_whitespace().find(|word| {
            let word = word.trim_matches(['"', '[', ',']);
            word.starts_with("http://") || word.starts_with("https://")
        });
        let Some(address) = address.filter(|_| !checked) else { return };
        let plain = address.contains("http://");
        let severity = if plain { Severity::Medium } else { Severity::Low };
        let shown = address.trim_matches(['"', '[', ',']).split('?').next().unwrap_or_default();
        let how = if plain { ", and anybody on the way can change it" } else { "" };
        let title = format!("`{shown}` is added without a checksum{how}");
        self.tell(Rule::DockerfileRemoteAdd, severity, Confidence::High, title, at);
    }

    fn sets(&mut self, instruction: &Instruction, rest: &str) {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for word in rest.split_whitespace() {
            if let Some((name, value)) = word.split_once('=') {
                pairs.push((name.to_owned(), value.trim_matches(['"', '\'']).to_owned()));
            }
        }
        if pairs.is_empty()
            && instruction.name == "ENV"
            && let Some((name, value)) = rest.split_once(char::is_whitespace)
        {
            pairs.push((name.to_owned(), value.trim().trim_matches(['"', '\'']).to_owned()));
        }
        for (name, value) in pairs {
            if is_secret(&name, &value) {
                let title = format!("`{name}` is set to a secret that stays in the image");
                self.tell(
                    Rule::DockerfileSecret,
                    Severity::Medium,
                    Confidence::Medium,
                    title,
                    instruction.at,
                );
            }
            if instruction.name == "ARG" && self.arguments.len() < 256 {
                self.arguments.push((name, value));
            }
        }
    }

    fn runs(&mut self, instruction: &Instruction) {
        let mut text = instruction.rest.clone();
        // `["sh", "-c", "…"]` is a list of words.
        if let Ok(words) = serde_json::from_str::<Vec<String>>(text.trim()) {
            text = match words.as_slice() {
                [shell, flag, script, ..] if flag.ends_with('c') && shell.ends_with("sh") => script.clone(),
                words => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
            };
        }
        shell::tell(&text, "", |at| instruction.rest_at + at as u64, self.scan);
    }

    fn close(&mut self) {
        let root = match self.user.as_deref() {
            None => "No user is set, so that everything runs as root",
            Some(user) if matches!(user.split(':').next(), Some("root" | "0")) => "Everything runs as root",
            Some(_) => return,
        };
        let from = self.from;
        self.tell(Rule::DockerfileRoot, Severity::Low, Confidence::High, root.to_owned(), from);
    }

    fn tell(&mut self, rule: Rule, severity: Severity, confidence: Confidence, title: String, at: u64) {
        self.scan.find(Finding::new(rule, severity, confidence, title, at));
    }
}

/// A word as a shell takes it for one, whatever is in it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Whether a variable is set to what should be known to few.
fn is_secret(name: &str, value: &str) -> bool {
    const PREFIXES: &[&str] = &["hf_", "sk-", "ghp_", "github_pat_", "AKIA", "xoxb-", "glpat-", "AIza"];
    const NAMES: &[&str] =
        &["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY"];
    if value.len() < 8 || value.contains(['$', '<', '{']) {
        return false;
    }
    if PREFIXES.iter().any(|prefix| value.starts_with(prefix)) && value.len() >= 16 {
        return true;
    }
    let name = name.to_uppercase();
    let lower = value.to_lowercase();
    let stands_in =
        ["your", "change", "example", "xxx", "placeholder", "dummy", "secret", "none", "false", "true"];
    let path = value.starts_with('/') || value.contains("://");
    let named = NAMES.iter().any(|part| name.ends_with(part));
    named && !path && !stands_in.iter().any(|word| lower.contains(word))
}
