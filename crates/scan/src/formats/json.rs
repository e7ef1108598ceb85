//! JSON files, by what is in them and not by their name. Templates go to their judge, configurations and lock files to
//! theirs; this reader knows documents only.

use std::io;

use casemate_core::{Confidence, Severity};

use super::config::{Config, last};
use super::mxnet_symbol::Symbol;
use super::oci::Manifest;
use crate::dependency::Pipfile;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::json::{End, Leaf, Path, Visitor, walk};
use crate::keras;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};
use crate::template;

/// JSON by its first character, if it parses.
pub(crate) const READER: Reader = Reader { format: Format::Json, fit, read };

/// Text in brackets that is prose: a footnote or a section of another format has at most so many values.
const FEW: u64 = 2;

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::maybe_if(matches!(sniff.first(), Some(b'{' | b'[')) && sniff.is_text())
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut document = Document {
        config: Config::new(scan),
        lock: Pipfile::default(),
        doubled: 0,
        values: 0,
        keras: keras::Objects::default(),
        symbol: Symbol::default(),
        image: Manifest::default(),
    };
    let end = walk(input, &mut document)?;
    let Document { config, lock, values, keras, symbol, image, .. } = document;
    let is_list = first(input)? == Some(b'[');
    if values <= FEW && is_list && matches!(end, End::Whole(end) if end < input.len()) {
        return Ok(Reading::NotThis);
    }
    lock.finish(config.scan);
    symbol.finish(config.scan);
    image.finish(config.scan);
    if keras.tell(config.scan) {
        config.scan.format(Format::KerasConfig);
    }
    match end {
        End::Whole(end) => {
            config.scan.understood(0..end);
            if end < input.len() {
                let title = format!("{} bytes follow the document", input.len() - end);
                let rule = Rule::JsonTrailingData;
                config.scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, end));
            }
        }
        End::Broken(_) if values == 0 => return Ok(Reading::NotThis),
        End::Broken(at) => {
            config.scan.understood(0..at);
            config.scan.gap(format!("it is no JSON from offset {at} on"));
        }
        End::Deep(at) => {
            config.scan.understood(0..at);
            config.scan.gap("it is nested deeper than is followed");
        }
    }
    config.finish();
    Ok(Reading::Done)
}

/// The first character that is not white space.
fn first(input: &Input) -> io::Result<Option<u8>> {
    Ok(Sniff::new("", input)?.first())
}

/// A document while it is read.
struct Document<'s> {
    config: Config<'s>,
    lock: Pipfile,
    doubled: usize,
    values: u64,
    keras: keras::Objects,
    symbol: Symbol,
    image: Manifest,
}

impl Visitor for Document<'_> {
    fn opened(&mut self, path: &Path, at: u64) {
        self.keras.opened(path, at);
    }

    fn closed(&mut self, path: &Path) {
        self.keras.closed(path);
    }

    fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        self.values += 1;
        self.keras.leaf(path, leaf, at);
        self.symbol.leaf(path, leaf, at);
        self.image.leaf(path, leaf);
        match leaf {
            Leaf::Text(text) => {
                self.template(path, text, at);
                self.config.text(path, text, at);
                self.lock.text(path, text, at);
            }
            Leaf::Bool(value) => self.config.truth(path, value, at),
            Leaf::Null => self.config.nothing(path),
            Leaf::Number(_) => {}
        }
    }

    fn doubled(&mut self, path: &Path, at: u64) {
        self.doubled += 1;
        if self.doubled == 1 {
            let title =
                format!("The key `{}` stands there twice; programs differ in which they take", last(path));
            let rule = Rule::JsonDoubledKey;
            self.config.scan.find(Finding::new(rule, Severity::Low, Confidence::High, title, at));
        }
    }
}

impl Document<'_> {
    fn template(&mut self, path: &Path, text: &str, at: u64) {
        if !template::is_template(text) {
            return;
        }
        let named = path.iter().any(|key| key.contains("template") || key.contains("prompt"));
        if !template::judge(text, at, self.config.scan) && named {
            self.config.scan.gap(format!("the template in `{}` cannot be parsed", path.join(".")));
        }
    }
}
