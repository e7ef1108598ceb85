//! One self-contained page: no script, nothing fetched, nothing but what the case says. Templates escape every value;
//! the policy in the page lets a browser apply only the page's own style sheet, should anything slip through.

mod attack;
mod diagram;
mod page;
mod words;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_core::{Case, printable};
use sha2::{Digest, Sha256};

use attack::Attacks;
use page::Page;

const STYLE: &str =
    concat!(include_str!("../../templates/html/style.css"), include_str!("../../templates/html/attack.css"));

pub(crate) fn render(case: &Case) -> String {
    let attack = Attacks::of(case.attack.as_ref());
    let style = tidy(&format!("{STYLE}{}", attack::rules(attack.choices.len())));
    // Writing to a string cannot fail, and the templates call nothing that can.
    tidy(&Page::of(case, attack, &style, &policy(&style)).render().unwrap_or_default())
}

/// Without blank lines and invisible characters: the last word on what a value may bring along.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for line in text.lines().map(printable) {
        let line = line.trim_end();
        if !line.is_empty() {
            tidied.push_str(line);
            tidied.push('\n');
        }
    }
    tidied
}

/// Nothing may be loaded or run; of styles only this one counts.
fn policy(style: &str) -> String {
    let digest = STANDARD.encode(Sha256::digest(style.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}
