//! Whatever a user hands in, told apart by its content and read into one of two shapes: a checklist or a system.

use std::fmt;

use casemate_core::{InputFormat, Problem};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::at::Position;
use crate::checklist::{self, Checklist};
use crate::diagnostic::{Diagnostic, Source};
use crate::file::SystemFile;
use crate::import;
use crate::resolve::{self, Names};
use crate::system::System;
use crate::yaml;

/// What a user described.
#[derive(Debug, Clone, PartialEq)]
pub enum Description {
    /// Answers without architecture.
    Checklist(Checklist),
    /// A system with its parts.
    System(Box<System>),
}

/// A description and how it was come by.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// What it says.
    pub description: Description,
    /// What it was written in.
    pub format: InputFormat,
    /// What an import could not map.
    pub problems: Vec<Problem>,
}

/// Reads any input Casemate knows.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(source: &Source<'_>, names: &Names) -> Result<Described, Vec<Diagnostic>> {
    // Nearly every input is a system file in order, and no other format parses as one. It is read once, then; only what
    // does not is looked at for what it is.
    if let Ok(file) = yaml::parse(source) {
        return described(file, InputFormat::System, Vec::new(), source, names);
    }
    let format = detect(source).map_err(|diagnostic| vec![diagnostic])?;
    if format == InputFormat::Checklist {
        let checklist = checklist::parse(source, names)?;
        return Ok(Described {
            description: Description::Checklist(checklist),
            format,
            problems: Vec::new(),
        });
    }
    let (file, problems) = read_file(source, format).map_err(|diagnostic| vec![diagnostic])?;
    described(file, format, problems, source, names)
}

fn described(
    file: SystemFile,
    format: InputFormat,
    problems: Vec<Problem>,
    source: &Source<'_>,
    names: &Names,
) -> Result<Described, Vec<Diagnostic>> {
    let system = resolve::resolve(file, format, source, names)?;
    Ok(Described { description: Description::System(Box::new(system)), format, problems })
}

/// Reads a system file, or what an import of another format becomes.
///
/// # Errors
/// The first thing that does not parse.
pub fn read_file(source: &Source<'_>, format: InputFormat) -> Result<(SystemFile, Vec<Problem>), Diagnostic> {
    match import::importer(format) {
        Some(import) => import(source).map(|imported| (imported.file, imported.problems)),
        None => yaml::parse(source).map(|file| (file, Vec::new())),
    }
}

/// Tells what an input is by its top-level keys.
///
/// # Errors
/// The input is empty, too large, or no map at all.
pub fn detect(source: &Source<'_>) -> Result<InputFormat, Diagnostic> {
    if source.text.trim().is_empty() {
        let start = Position { line: 1, column: 1, length: 0 };
        let empty = Diagnostic::new("the file is empty").at(source.locate(start));
        return Err(empty.hint("`casemate init` writes a starter file"));
    }
    let keys: TopLevel = yaml::parse(source)?;
    let has = |name: &str| keys.0.iter().any(|key| key == name);
    let format = import::detect(&has).unwrap_or_else(|| {
        let system = ["version", "system", "components", "actors", "flows", "boundaries", "data", "controls"];
        if system.into_iter().any(has) { InputFormat::System } else { InputFormat::Checklist }
    });
    Ok(format)
}

/// The keys of the outermost map.
struct TopLevel(Vec<String>);

impl<'de> Deserialize<'de> for TopLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = TopLevel;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map: a checklist, a system file or a format that can be imported")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TopLevel, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, IgnoredAny)) = map.next_entry()? {
                    keys.push(key);
                }
                Ok(TopLevel(keys))
            }
        }

        deserializer.deserialize_map(Keys)
    }
}
