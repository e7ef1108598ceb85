//! The HTML report: hostile content stays text, nothing is fetched, the page is well formed.

mod sample;

use casemate_report::{Format, Style, render};

fn html(case: &casemate_core::Case) -> String {
    render(case, Format::Html, Style::default())
}

/// Not a check: writes pages to look at. `cargo test -p casemate-report --test html -- --ignored`
#[test]
#[ignore = "writes pages for people to look at"]
fn write_samples() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let samples = [
        ("bot", sample::support_bot()),
        ("pipeline", sample::pipeline()),
        ("checklist", sample::checklist()),
        ("empty", sample::empty()),
        ("large", sample::large(60)),
        ("huge", sample::large(400)),
    ];
    for (name, case) in samples {
        std::fs::write(folder.join(format!("{name}.html")), html(&case)).unwrap();
    }
    println!("written to {}", folder.display());
}
