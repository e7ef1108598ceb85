//! XML, and the model formats that are XML: OpenVINO and PMML. Entities are never resolved and nothing is fetched; one
//! piece of markup is held at a time, and none that is longer than any model needs.

mod doctype;
mod openvino;
mod pmml;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, BufReader, Read};

use casemate_core::{Confidence, Severity};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use self::openvino::OpenVino;
use self::pmml::Pmml;
use super::{Reader, Reading};
use crate::finding::Finding;
use crate::format::Format;
use crate::input::{Cursor, Input};
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// The longest piece of markup or text.
const LONGEST: usize = 8 * 1024 * 1024;
/// How deep elements are followed.
const DEEPEST: usize = 2_000;

/// XML by its first character, if it is well-formed.
pub(crate) const READER: Reader = Reader { format: Format::Xml, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::maybe_if(sniff.first() == Some(b'<') && sniff.is_text())
}

/// What a document is, by its first element.
enum Kind {
    /// No element yet.
    Nothing,
    OpenVino(OpenVino),
    Pmml(Pmml),
    Other,
}

/// A document while it is read.
struct Document<'s> {
    scan: &'s mut Scan,
    kind: Kind,
    doctype: Option<(String, u64)>,
    depth: usize,
    template: bool,
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut reader = quick_xml::Reader::from_reader(Leash::new(input));
    let mut document = Document { scan, kind: Kind::Nothing, doctype: None, depth: 0, template: false };
    let mut held = Vec::new();
    let end = loop {
        held.clear();
        reader.get_mut().left = LONGEST;
        let at = reader.buffer_position();
        match reader.read_event_into(&mut held) {
            Ok(Event::Eof) => break Ok(()),
            Ok(event) => document.event(&event, at),
            Err(quick_xml::Error::Io(error)) if error.kind() != io::ErrorKind::FileTooLarge => {
                return Err(io::Error::from(error.kind()));
            }
            Err(_) => break Err(at),
        }
        if document.depth > DEEPEST {
            break Err(at);
        }
    };
    Ok(document.close(input, end))
}

impl Document<'_> {
    fn event(&mut self, event: &Event<'_>, at: u64) {
        match event {
            Event::Start(element) => {
                self.depth += 1;
                self.element(element, at);
            }
            Event::Empty(element) => {
                self.element(element, at);
                self.ended(element.local_name().as_ref());
            }
            Event::End(element) => {
                self.depth = self.depth.saturating_sub(1);
                self.ended(element.local_name().as_ref());
            }
            Event::Text(text) | Event::Comment(text) => self.text(&text.xml10_content(), at),
            Event::CData(text) => self.text(&text.xml10_content(), at),
            Event::DocType(text) if self.doctype.is_none() => {
                self.doctype = Some((text.xml10_content().into_owned(), at));
            }
            Event::PI(instruction) if instruction.target() == "xml-stylesheet" => {
                let title = "The document names a style sheet to fetch";
                self.tell(Rule::XmlInclude, Severity::Low, Confidence::High, title, at);
            }
            _ => {}
        }
    }

    fn element(&mut self, element: &BytesStart<'_>, at: u64) {
        let name = element.local_name();
        let name = name.as_ref();
        if matches!(self.kind, Kind::Nothing) {
            self.kind = match name {
                "net" | "Net" | "CustomLayer" | "CustomLayers" => Kind::OpenVino(OpenVino::default()),
                "PMML" => Kind::Pmml(Pmml::default()),
                _ => Kind::Other,
            };
        }
        let attributes = attributes(element);
        let is_include = name == "include"
            && (element.name().as_ref().starts_with("xi:") || has(&attributes, "xmlns", "XInclude"));
        if let Some(href) = find(&attributes, "href").filter(|_| is_include) {
            let title = format!("The document includes `{href}`");
            self.tell(Rule::XmlInclude, Severity::Medium, Confidence::High, title, at);
        }
        match &mut self.kind {
            Kind::OpenVino(model) => model.element(name, &attributes, at, self.scan),
            Kind::Pmml(model) => model.element(name, &attributes, at, self.scan),
            Kind::Nothing | Kind::Other => {}
        }
    }

    fn ended(&mut self, name: &str) {
        if let Kind::OpenVino(model) = &mut self.kind {
            model.ended(name);
        }
    }

    fn text(&mut self, text: &str, at: u64) {
        self.template |= text.contains("{%") || text.contains("{{");
        if let Kind::Pmml(model) = &mut self.kind {
            model.text(text, at, self.scan);
        }
    }

    /// What it was; text that merely looks like XML is somebody else's.
    fn close(mut self, input: &Input, end: Result<(), u64>) -> Reading {
        let doctype = self.doctype.take();
        let is_html = doctype.as_ref().is_some_and(|(text, _)| {
            text.trim_start().get(..4).is_some_and(|start| start.eq_ignore_ascii_case("html"))
        });
        let is_model = matches!(self.kind, Kind::OpenVino(_) | Kind::Pmml(_));
        let has_entities = doctype.as_ref().is_some_and(|(text, _)| text.contains("<!ENTITY"));
        let whole = end.is_ok() && self.depth == 0 && !matches!(self.kind, Kind::Nothing);
        if !is_model && !has_entities && (!whole || is_html || self.template) {
            return Reading::NotThis;
        }
        if let Some((text, at)) = doctype {
            doctype::judge(&text, at, is_model, self.scan);
        }
        self.scan.format(match &self.kind {
            Kind::OpenVino(_) => Format::OpenVino,
            Kind::Pmml(_) => Format::Pmml,
            _ => Format::Xml,
        });
        if let Kind::OpenVino(model) = &self.kind {
            model.close(self.scan);
        }
        let understood = end.err().unwrap_or(input.len());
        self.scan.understood(0..understood);
        if !whole {
            self.scan.gap(format!("it is no XML from offset {understood} on"));
        }
        Reading::Done
    }

    fn tell(
        &mut self,
        rule: Rule,
        severity: Severity,
        confidence: Confidence,
        title: impl AsRef<str>,
        at: u64,
    ) {
        self.scan.find(Finding::new(rule, severity, confidence, title, at));
    }
}

/// The attributes of an element by their names without prefix; those that are broken are left out.
type Attributes = Vec<(String, String)>;

fn attributes(element: &BytesStart<'_>) -> Attributes {
    let mut attributes = Vec::new();
    for attribute in element.attributes().with_checks(false).flatten() {
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap_or(attribute.value.clone());
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    attributes
}

fn find<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn has(attributes: &Attributes, name: &str, part: &str) -> bool {
    attributes.iter().any(|(key, value)| (key == name || key == "xi") && value.contains(part))
}

/// A stream that gives no more than so much for one piece of markup.
struct Leash {
    stream: BufReader<Cursor>,
    left: usize,
}

impl Leash {
    fn new(input: &Input) -> Self {
        Self { stream: BufReader::with_capacity(64 * 1024, input.cursor()), left: LONGEST }
    }
}

impl Read for Leash {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(into)?;
        self.left = self.left.saturating_sub(count);
        Ok(count)
    }
}

impl BufRead for Leash {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.stream.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
        self.stream.consume(count);
    }
}
