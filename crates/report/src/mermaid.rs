//! What an attacker reaches, as a Mermaid flowchart: for wikis and code hosts, which draw it in the page.
//!
//! Names of nodes are numbers. Texts of the case stand in quoted labels only, where all but letters, digits and a few
//! marks become the codes of their characters.

use std::fmt::Write as _;

use casemate_core::{Case, StepKind, printable};

use crate::paths::drawing::{self, Drawing, End, Most, Way};

/// Mermaid refuses texts of more than 50 000 characters or 500 edges unless it is told otherwise.
const MOST: Most = Most { ends: 40, edges: 300 };

pub(crate) fn render(case: &Case, ways: &[Way<'_>]) -> String {
    let drawing = Drawing::of(case, ways, MOST);
    let caption = drawing::caption(case, &drawing).join("; ");
    format!("---\ntitle: {}\n---\n{}", scalar(&caption), chart(case, &drawing))
}

/// The chart by itself.
pub(crate) fn chart(case: &Case, drawing: &Drawing<'_>) -> String {
    let mut text = String::from("flowchart LR\n");
    if drawing.ends.is_empty() {
        let caption = drawing::caption(case, drawing);
        let _ = writeln!(text, "  nothing[\"{}\"]", label(&caption));
        return text;
    }
    inside(&mut text, drawing, None, 1);
    for (node, way) in drawing.goals() {
        let _ = writeln!(text, "  {node}{{{{\"{}\"}}}}", label(drawing::end_label(way)));
    }
    for edge in &drawing.edges {
        let what =
            if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", label([&edge.label])) };
        let _ = writeln!(text, "  {} -->{what} {}", edge.from, edge.to);
    }
    classes(&mut text, drawing);
    text
}

/// The boundaries that lie in one, and the steps.
fn inside(text: &mut String, drawing: &Drawing<'_>, home: Option<usize>, depth: usize) {
    let indent = "  ".repeat(depth);
    for (node, step) in drawing.steps_in(home) {
        let (open, close) = match step.kind {
            StepKind::Start => ("([", "])"),
            StepKind::Threat => ("[", "]"),
            StepKind::Move => ("(", ")"),
        };
        let label = label(drawing::step_label(step));
        let _ = writeln!(text, "{indent}{node}{open}\"{label}\"{close}");
    }
    for (number, group) in drawing.groups_in(home) {
        let _ = writeln!(text, "{indent}subgraph b{number}[\"{}\"]", label([drawing::group_label(group)]));
        inside(text, drawing, Some(number), depth + 1);
        let _ = writeln!(text, "{indent}end");
    }
}

fn classes(text: &mut String, drawing: &Drawing<'_>) {
    let steps = (0..).map(End::Step).zip(&drawing.steps);
    let threats = steps.filter(|(_, drawn)| drawn.step.kind == StepKind::Threat);
    let threats: Vec<String> = threats.map(|(node, _)| node.to_string()).collect();
    let goals: Vec<String> = drawing.goals().map(|(node, _)| node.to_string()).collect();
    text.push_str("  classDef threat fill:#fdeee2,stroke:#c04d0a,color:#1a1d21\n");
    text.push_str("  classDef goal fill:#fbe9ed,stroke:#8c1433,stroke-width:2px,color:#1a1d21\n");
    for (class, nodes) in [("threat", threats), ("goal", goals)] {
        if !nodes.is_empty() {
            let _ = writeln!(text, "  class {} {class}", nodes.join(","));
        }
    }
}

/// Lines as the text of a label.
fn label<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> String {
    let lines: Vec<String> = lines.into_iter().map(|line| escape(line.as_ref())).collect();
    lines.join("<br/>")
}

/// Mermaid takes labels for Markdown and HTML, and its own directives are looked for before anything is parsed.
/// Nothing that could begin one is left; a dot ends a number in a list only before a space.
fn escape(text: &str) -> String {
    let text = printable(text);
    let mut escaped = String::with_capacity(text.len());
    let mut letters = text.trim().chars().peekable();
    while let Some(c) = letters.next() {
        let plain = match c {
            ' ' | ',' | '@' | '…' => true,
            '-' | '/' => escaped.chars().next_back().is_some_and(char::is_alphanumeric),
            '.' => letters.peek().is_some_and(|next| next.is_alphanumeric()),
            c => c.is_alphanumeric(),
        };
        match c {
            c if plain => escaped.push(c),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => {
                let _ = write!(escaped, "#{};", u32::from(c));
            }
        }
    }
    escaped
}

/// A text as a YAML string. The double quotes of JSON mean the same there.
fn scalar(text: &str) -> String {
    let text = printable(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    serde_json::Value::String(text).to_string()
}
