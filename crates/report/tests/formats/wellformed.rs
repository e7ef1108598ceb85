//! What holds for every format: it parses back, and it steers no terminal.

use casemate_report::{Detail, Format, Style, render};
use quick_xml::events::Event;

use crate::{build, drawn};

pub(crate) const FULL: Style = Style { colour: false, detail: Detail::Full };

/// Panics unless the text is well-formed in its format and free of control characters.
#[track_caller]
pub(crate) fn assert_sound(text: &str, format: Format) {
    let steering = text.chars().find(|&c| c != '\n' && casemate_core::printable(&c.to_string()).is_empty());
    assert_eq!(steering, None, "{format}");
    assert!(text.ends_with('\n') && !text.contains('\r'), "{format}");
    match format {
        Format::Json | Format::Sarif | Format::CycloneDx | Format::Navigator => {
            serde_json::from_str::<serde_json::Value>(text).unwrap();
        }
        Format::Junit => assert_xml(text),
        Format::Dot => drawn::assert_dot(text),
        Format::Mermaid => drawn::assert_mermaid(text),
        _ => {}
    }
}

#[track_caller]
fn assert_xml(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut depth = 0_i32;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                depth += 1;
                tag.attributes().for_each(|attribute| drop(attribute.unwrap()));
            }
            Event::Empty(tag) => tag.attributes().for_each(|attribute| drop(attribute.unwrap())),
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            Event::Decl(_) | Event::Text(_) | Event::GeneralRef(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(depth, 0);
}

#[test]
fn every_format_is_sound_whoever_wrote_the_case() {
    for case in [build::plain(), build::hostile(), build::empty(), build::told("")] {
        for &format in Format::ALL {
            assert_sound(&render(&case, format, FULL), format);
        }
    }
}

#[test]
fn the_same_case_gives_the_same_bytes() {
    for &format in Format::ALL {
        assert_eq!(render(&build::hostile(), format, FULL), render(&build::hostile(), format, FULL));
    }
}

#[test]
fn the_case_document_keeps_every_character() {
    let case = build::hostile();
    let back: casemate_core::Case = serde_json::from_str(&render(&case, Format::Json, FULL)).unwrap();
    assert_eq!(back, case);
}
