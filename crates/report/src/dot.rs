//! What an attacker reaches, as a graph for Graphviz: who begins, the threats on the way, the goals at the end.
//!
//! Names of nodes are numbers; texts of the case stand in quoted labels only.

use std::fmt::Write as _;

use casemate_core::{Case, StepKind, printable};

use crate::paths::drawing::{self, Drawing, Most, Way};

/// More is drawn so small that nobody reads it.
const MOST: Most = Most { ends: 200, edges: 4000 };

pub(crate) fn render(case: &Case, ways: &[Way<'_>]) -> String {
    let drawing = Drawing::of(case, ways, MOST);
    let caption = drawing::caption(case, &drawing);
    let mut text = String::from("digraph attack {\n");
    text.push_str("  rankdir=LR; bgcolor=white; labelloc=t; fontname=\"Helvetica\";\n");
    text.push_str("  node [fontname=\"Helvetica\", fontsize=11, style=\"filled\", color=\"#8a9099\", fillcolor=\"#ffffff\", fontcolor=\"#1a1d21\"];\n");
    text.push_str("  edge [fontname=\"Helvetica\", fontsize=9, color=\"#6d7680\", fontcolor=\"#59616b\"];\n");
    if drawing.ends.is_empty() {
        let _ = writeln!(text, "  nothing [shape=box, label={}];", quoted(&caption));
    } else {
        let _ = writeln!(text, "  label={};", quoted(&caption));
        inside(&mut text, &drawing, None, 1);
        goals(&mut text, &drawing);
        edges(&mut text, &drawing);
    }
    text.push_str("}\n");
    text
}

/// The boundaries that lie in one, and the steps.
fn inside(text: &mut String, drawing: &Drawing<'_>, home: Option<usize>, depth: usize) {
    let indent = "  ".repeat(depth);
    for (node, step) in drawing.steps_in(home) {
        let look = match step.kind {
            StepKind::Start => "shape=oval, style=\"filled,dashed\"",
            StepKind::Threat => "shape=box, color=\"#c04d0a\", fillcolor=\"#fdeee2\"",
            StepKind::Move => "shape=box, style=\"filled,rounded\"",
        };
        let label = quoted(drawing::step_label(step));
        let tooltip = quoted([&step.how]);
        let _ = writeln!(text, "{indent}{node} [{look}, label={label}, tooltip={tooltip}];");
    }
    for (number, group) in drawing.groups_in(home) {
        let label = quoted([drawing::group_label(group)]);
        let _ = writeln!(text, "{indent}subgraph cluster_{number} {{");
        let _ = writeln!(text, "{indent}  label={label}; color=\"#8a9099\"; fontsize=11;");
        inside(text, drawing, Some(number), depth + 1);
        let _ = writeln!(text, "{indent}}}");
    }
}

fn goals(text: &mut String, drawing: &Drawing<'_>) {
    for (node, way) in drawing.goals() {
        let label = quoted(drawing::end_label(way));
        let _ = writeln!(
            text,
            "  {node} [shape=octagon, penwidth=2, color=\"#8c1433\", fillcolor=\"#fbe9ed\", label={label}];"
        );
    }
}

fn edges(text: &mut String, drawing: &Drawing<'_>) {
    for edge in &drawing.edges {
        let label =
            if edge.label.is_empty() { String::new() } else { format!(" [label={}]", quoted([&edge.label])) };
        let _ = writeln!(text, "  {} -> {}{label};", edge.from, edge.to);
    }
}

/// Lines as one quoted string. Within it Graphviz knows escapes that begin with a backslash, and entities.
fn quoted<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> String {
    let lines: Vec<String> = lines.into_iter().map(|line| escape(line.as_ref())).collect();
    format!("\"{}\"", lines.join("\\n"))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '&' => escaped.push_str("&amp;"),
            // What Graphviz writes may be XML, which has no such characters.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
