//! Whatever text stands in a case, every format stays sound.

use casemate_report::{Format, render};
use proptest::prelude::*;

use crate::build;
use crate::wellformed::{FULL, assert_sound};

/// Any text, and texts dense in what some format takes for its own.
fn text() -> impl Strategy<Value = String> {
    let marks = proptest::sample::select(vec![
        "`",
        "``",
        "|",
        "\\",
        "<",
        ">",
        "&",
        "\"",
        "'",
        "]]>",
        "%",
        ":",
        ",",
        "::error::",
        "\n",
        "\r",
        "@a",
        "#1",
        "$x$",
        "http://a",
        "www.a.b",
        "[a](b)",
        "![a](b)",
        "*",
        "_",
        "~",
        " ",
        "`a`",
        "#quot;",
        "#",
        "%%{init: {}}%%",
        "\n---\n",
        "\\\"",
        "1. a",
        "- a",
        "end",
        "style:#1;",
        "\u{202e}",
        "\u{0}",
        "\u{9b}",
        "\u{fffe}",
    ]);
    prop_oneof![any::<String>(), proptest::collection::vec(marks, 0..12).prop_map(|marks| marks.concat())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_format_stays_sound(text in text()) {
        let case = build::told(&text);
        for &format in Format::ALL {
            assert_sound(&render(&case, format, FULL), format);
        }
    }

    #[test]
    fn an_annotation_stays_on_its_line(text in text()) {
        let lines = |text: &str| render(&build::told(text), Format::Github, FULL).lines().count();
        prop_assert_eq!(lines(&text), lines("x"));
    }

    #[test]
    fn only_findings_start_a_line_with_a_bracket(text in text()) {
        let case = build::told(&text);
        let plain = render(&case, Format::Plain, FULL);
        prop_assert_eq!(plain.lines().filter(|line| line.starts_with('[')).count(), case.open_findings().count());
    }

    #[test]
    fn markdown_obeys_no_text(text in text()) {
        crate::markdown::assert_disarmed(&render(&build::told(&text), Format::Markdown, FULL));
    }
}
