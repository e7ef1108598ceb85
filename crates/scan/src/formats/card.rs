//! Model cards: Markdown with YAML before it. The fields are facts for a bill of materials; the prose is nobody's input.

use std::io;

use casemate_core::{Confidence, Severity};

use super::config::last;
use super::{Reader, Reading, text};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::licence;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};
use crate::yaml::{Visitor, walk};

/// Markdown by its name, and model cards among it.
pub(crate) const NAMED: Reader = Reader { format: Format::Text, fit: fit_name, read: read_named };
/// Model cards by what stands before the text.
pub(crate) const READER: Reader = Reader { format: Format::ModelCard, fit, read };

const LONGEST: u64 = 4 * 1024 * 1024;
/// How many fields are kept: some cards list thousands of results.
const MOST: usize = 5000;
/// The longest value of a field.
const LONGEST_VALUE: usize = 500;

/// Fields that are told by their name.
const FIELDS: &[&str] = &[
    "language",
    "library_name",
    "license_link",
    "license_name",
    "metrics",
    "model_name",
    "pipeline_tag",
    "pretty_name",
    "tags",
    "task_categories",
    "thumbnail",
];
/// Fields that tell a card from any other YAML.
const MARKS: &[&str] = &[
    "base_model",
    "dataset_info",
    "datasets",
    "language",
    "library_name",
    "license",
    "pipeline_tag",
    "tags",
];

fn fit_name(sniff: &Sniff<'_>) -> Fit {
    let is_markdown = sniff.name.ends_with(".md") || sniff.name.ends_with(".markdown");
    Fit::maybe_if(is_markdown && sniff.is_text() && sniff.input.len() <= LONGEST)
}

fn fit(sniff: &Sniff<'_>) -> Fit {
    let has_front = sniff.begins(b"---\n") || sniff.begins(b"---\r\n");
    Fit::maybe_if(has_front && sniff.is_text() && sniff.input.len() <= LONGEST)
}

/// Markdown has no meaning to a loader, so that text by this name is understood whatever it says.
fn read_named(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Some(text) = text::whole(input, LONGEST)? else { return Ok(Reading::NotThis) };
    card(&text, scan);
    scan.understood(0..input.len());
    Ok(Reading::Done)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Some(text) = text::whole(input, LONGEST)? else { return Ok(Reading::NotThis) };
    // What a reader of YAML would take whole, or build objects from, is no card.
    let mut tags = Tags(false);
    let is_yaml = walk(&text, &mut tags).broken.is_none();
    if is_yaml || tags.0 || !card(&text, scan) {
        return Ok(Reading::NotThis);
    }
    scan.understood(0..input.len());
    Ok(Reading::Done)
}

/// Whether a tag was seen.
struct Tags(bool);

impl Visitor for Tags {
    fn scalar(&mut self, _path: &[String], _text: &str, _at: u64) {}

    fn tag(&mut self, _tag: &str, _at: u64) {
        self.0 = true;
    }
}

/// Tells a card. False if the text is none.
fn card(text: &str, scan: &mut Scan) -> bool {
    let Some((front, body)) = split(text) else { return false };
    let mut card = Card { fields: Vec::new(), result: None };
    let outcome = walk(front, &mut card);
    let is_mark = |path: &[String]| path.first().is_some_and(|key| MARKS.contains(&&**key));
    if !card.fields.iter().any(|(path, _)| is_mark(path)) {
        return false;
    }
    scan.format(Format::ModelCard);
    if outcome.broken.is_some() {
        scan.gap("the fields before the text are no YAML");
    }
    if let Some((licence, why)) = card.tell(scan) {
        let title = format!("The licence `{licence}` {why}");
        scan.find(Finding::new(Rule::LicenceRestricted, Severity::Low, Confidence::Medium, title, 0));
    }
    sections(body, scan);
    true
}

/// What stands between the first two lines of dashes, and what follows.
fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---")?.trim_start_matches('\r').strip_prefix('\n')?;
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((rest.get(..at)?, rest.get(at + line.len()..)?));
        }
        at += line.len();
    }
    None
}

/// The fields of a card.
struct Card {
    fields: Vec<(Vec<String>, String)>,
    /// The kind of the measured value that comes next.
    result: Option<String>,
}

impl Visitor for Card {
    fn scalar(&mut self, path: &[String], text: &str, _at: u64) {
        if self.fields.len() < MOST
            && path.first().is_some_and(|key| key != "dataset_info" && key != "widget")
        {
            let text: String = text.chars().take(LONGEST_VALUE).collect();
            self.fields.push((path.to_vec(), text));
        }
    }
}

impl Card {
    /// Tells the fields; says what the licence excludes, if anything.
    fn tell(mut self, scan: &mut Scan) -> Option<(String, &'static str)> {
        let mut restricted = None;
        for (path, value) in std::mem::take(&mut self.fields) {
            let keys: Vec<&str> = path.iter().map(String::as_str).filter(|key| *key != "[]").collect();
            match *keys {
                ["license"] => {
                    scan.fact(About::Licence, &value, "");
                    restricted = licence::restriction(&value).map(|why| (value.clone(), why)).or(restricted);
                }
                ["base_model"] => scan.fact(About::BaseModel, &value, ""),
                ["datasets"] => scan.fact(About::Dataset, &value, ""),
                ["model-index", "results", "metrics", "type"] => self.result = Some(value),
                ["model-index", "results", "metrics", "value"] => {
                    let kind = self.result.take().unwrap_or_default();
                    scan.fact(About::Card, format!("metric.{kind}"), value);
                }
                ["co2_eq_emissions", field] => scan.fact(About::Card, format!("emissions-{field}"), value),
                [field] if FIELDS.contains(&field) => scan.fact(About::Card, last(&path), value),
                _ => {}
            }
        }
        restricted
    }
}

/// The headings of the text, which say what questions a card answers, and what it says of its limitations.
fn sections(body: &str, scan: &mut Scan) {
    let (mut fenced, mut limits, mut limitations) = (false, false, String::new());
    for line in body.lines() {
        fenced ^= line.starts_with("```");
        let heading = line.trim_start_matches('#');
        let depth = line.len() - heading.len();
        if !fenced && (1..=6).contains(&depth) && heading.starts_with(' ') {
            let heading: String = heading.trim().chars().take(100).collect();
            limits = heading.to_lowercase().contains("limitation");
            scan.fact(About::Card, "section", heading);
        } else if limits && limitations.len() < LONGEST_VALUE {
            limitations.push_str(line.trim());
            limitations.push(' ');
        }
    }
    let limitations: String = limitations.trim().chars().take(LONGEST_VALUE).collect();
    if !limitations.is_empty() {
        scan.fact(About::Card, "limitations", limitations);
    }
}
