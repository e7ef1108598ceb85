//! What the verification of a signature came to: for people, one line that says it, then what differs; for programs,
//! JSON.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Paint};
use casemate_core::{printable, vocabulary};
use casemate_sign::{Difference, Signed, Verification};

use crate::{Detail, Style};

/// How many differences are shown unless everything is asked for.
const SHOWN: usize = 20;

vocabulary! {
    /// What a report on a signature is written in.
    "verification format" VerificationFormat {
        /// For people at a terminal.
        Plain = "plain",
        /// `casemate/verification/v1`, for programs.
        Json = "json",
    }
}

/// The report on a verification as text in a format.
#[must_use]
pub fn render_verification(verification: &Verification, format: VerificationFormat, style: Style) -> String {
    match format {
        VerificationFormat::Json => serde_json::to_string_pretty(verification).unwrap_or_default() + "\n",
        VerificationFormat::Plain => plain(verification, style),
    }
}

fn plain(verification: &Verification, style: Style) -> String {
    let mut text = String::new();
    let (word, colour) = match verification.verified {
        true => ("verified", AnsiColor::Green),
        false => ("refused", AnsiColor::Red),
    };
    let word = paint(style, word, Paint::new().fg_color(Some(colour.into())).bold());
    let model = paint(style, &printable(&verification.model), Paint::new().bold());
    let _ = writeln!(text, "{model}: {word}, {}", said(verification));
    if style.detail == Detail::Brief {
        return text;
    }
    if let Some(signed) = &verification.signed {
        details(&mut text, signed, style.detail);
    }
    let shown = if style.detail == Detail::Full { usize::MAX } else { SHOWN };
    for difference in verification.mismatches.iter().take(shown) {
        line(&mut text, &difference.kind, &at(difference));
        if let (Some(signed), Some(found)) = (&difference.signed, &difference.found) {
            line(&mut text, "", &format!("signed {signed}\n{:14}found  {found}", ""));
        }
    }
    if let Some(more) = verification.mismatches.len().checked_sub(shown).filter(|more| *more > 0) {
        line(&mut text, "", &format!("and {more} more; --verbose shows them"));
    }
    for claim in &verification.claims {
        let said = match (&claim.predicate, &claim.refusal) {
            (_, Some(refusal)) => format!("refused: {}", printable(refusal)),
            (Some(predicate), None) => printable(predicate),
            (None, None) => String::new(),
        };
        line(&mut text, "claim", &said);
    }
    for warning in &verification.warnings {
        line(&mut text, "warning", &printable(warning));
    }
    text
}

fn said(verification: &Verification) -> String {
    if let Some(refusal) = &verification.refusal {
        return printable(refusal).to_string();
    }
    let Some(Signed { files, checked, .. }) = &verification.signed else { return String::new() };
    let noun = if *files == 1 { "file" } else { "files" };
    match (verification.verified, checked == files, verification.mismatches.len()) {
        (true, true, _) => format!("{files} {noun} as signed"),
        (true, false, _) => format!("{checked} of {files} {noun} as signed, the others not looked at"),
        (false, _, 0) => "a claim about it does not hold".to_owned(),
        (false, _, 1) => "1 file is not as it was signed".to_owned(),
        (false, _, many) => format!("{many} files are not as they were signed"),
    }
}

fn details(text: &mut String, signed: &Signed, detail: Detail) {
    line(text, "signed by", &printable(&signed.by));
    line(text, "root", &format!("sha256:{}", signed.root));
    if let Some(stated) = &signed.stated_root {
        line(text, "stated root", &format!("sha256:{stated}"));
    }
    if detail == Detail::Full {
        line(text, "name", &printable(&signed.name));
        let shards = signed.shard_size.map(|size| format!(", shards of {size} bytes")).unwrap_or_default();
        line(text, "hashed", &format!("{}{shards}", signed.hash));
        let ignored: Vec<String> = signed.ignored.iter().map(|path| printable(path).to_string()).collect();
        if !ignored.is_empty() {
            line(text, "left out", &ignored.join(", "));
        }
    }
}

fn at(difference: &Difference) -> String {
    let mut text = printable(&difference.path).to_string();
    if !difference.ranges.is_empty() {
        let _ = write!(text, ", bytes {}", difference.ranges.join(", "));
    }
    let why = match &*difference.kind {
        "link" => "  a symbolic link, and links were not signed",
        "special" => "  neither a file nor a folder",
        "not-signed" => "  no signature covers it",
        "extra" => "  was not signed",
        _ => "",
    };
    text.push_str(why);
    if let Some(detail) = &difference.detail {
        let _ = write!(text, "  {}", printable(detail));
    }
    text
}

fn line(text: &mut String, label: &str, value: &str) {
    let _ = writeln!(text, "  {label:<11} {value}");
}

fn paint(style: Style, text: &str, paint: Paint) -> String {
    if style.colour { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
}
