//! Small systems for this crate's own tests.

use casemate_core::InputFormat;
use casemate_system::{Names, Source, System, resolve};

/// A system from the sections of a system file.
pub(crate) fn system(sections: &str) -> System {
    let text = format!("version: 1\nsystem: {{ id: example }}\n{sections}\n");
    let source = Source { file: "example", text: &text };
    let (file, _) = casemate_system::read_file(&source, InputFormat::System).unwrap();
    resolve(file, InputFormat::System, &source, &Names::default()).unwrap()
}
