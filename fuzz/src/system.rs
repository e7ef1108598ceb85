//! The targets of `casemate-system`: every parser of descriptions, and what must hold whatever it is given.
//! `crates/system/tests/corpus.rs` runs the same functions; nothing here may depend on the fuzzer.

use casemate_core::InputFormat;
use casemate_system::file::SystemFile;
use casemate_system::{
    Description, Diagnostic, Names, Source, import, read, read_file, resolve, to_yaml, yaml,
};

/// A target's name and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("system", system),
    ("checklist", checklist),
    ("tm_library", tm_library),
    ("threagile", threagile),
    ("otm", otm),
    ("cyclonedx", cyclonedx),
];

/// Anything a user hands in, with and without a catalogue.
pub fn system(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let source = Source { file: "fuzz", text };
    for names in [Names::default(), names()] {
        match read(&source, &names) {
            Ok(described) => {
                if let Description::System(system) = described.description {
                    let dangling = system.dangling.iter().map(casemate_system::Dangling::diagnostic);
                    dangling.for_each(|diagnostic| show(&diagnostic, &source));
                }
            }
            Err(errors) => errors.iter().for_each(|error| show(error, &source)),
        }
    }
    if let Ok((file, _)) = read_file(&source, InputFormat::System) {
        reads_back(&file);
    }
}

/// A checklist: `read` takes a map of unknown keys for one.
pub fn checklist(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let source = Source { file: "fuzz", text };
    if let Err(errors) = read(&source, &names()) {
        errors.iter().for_each(|error| show(error, &source));
    }
}

/// A model of the OWASP Threat Model Library.
pub fn tm_library(bytes: &[u8]) {
    imports(bytes, InputFormat::TmLibrary);
}

/// A Threagile model.
pub fn threagile(bytes: &[u8]) {
    imports(bytes, InputFormat::Threagile);
}

/// An Open Threat Model.
pub fn otm(bytes: &[u8]) {
    imports(bytes, InputFormat::Otm);
}

/// A CycloneDX BOM.
pub fn cyclonedx(bytes: &[u8]) {
    imports(bytes, InputFormat::CycloneDx);
}

/// Whatever an importer accepts resolves, prints and reads back the same, and carries no control characters.
fn imports(bytes: &[u8], format: InputFormat) {
    let Some(text) = text(bytes) else { return };
    let source = Source { file: "fuzz", text };
    match read_file(&source, format) {
        Ok((file, problems)) => {
            assert!(!to_yaml(&file).chars().any(|c| c.is_control() && c != '\n'));
            assert!(!problems.iter().any(|problem| problem.message.chars().any(char::is_control)));
            reads_back(&file);
            let resolved = resolve(file, format, &source, &names());
            assert!(resolved.is_ok(), "{resolved:?}");
        }
        Err(error) => show(&error, &source),
    }
}

fn reads_back(file: &SystemFile) {
    let written = to_yaml(file);
    let read: Result<SystemFile, _> = yaml::parse(&Source { file: "written", text: &written });
    assert_eq!(read.as_ref(), Ok(file), "{written}");
}

fn show(diagnostic: &Diagnostic, source: &Source<'_>) {
    for text in [diagnostic.render(source, false), diagnostic.to_string()] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}

fn names() -> Names {
    let mut names = Names { controls: import::claimable().map(str::to_owned).collect(), ..Names::default() };
    names.required.extend(["input-validation".to_owned(), "model-signing".to_owned()]);
    names.frameworks.insert("owasp-llm@2026".to_owned());
    names
}

/// The input as text; a byte-order mark or a broken byte is for whoever reads the file.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
