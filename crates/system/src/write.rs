//! Prints a system file as a person would write it: one line for what fits on one, a blank line between sections.
//! What is printed parses back to the same file.

use std::fmt::Write;

use crate::file::SystemFile;
use crate::node::Node;

/// How long a line may get before it is broken up.
const WIDTH: usize = 110;

/// The file as YAML.
#[must_use]
pub fn to_yaml(file: &SystemFile) -> String {
    // Through the serialiser, so that what is left out and how things are spelled is said in one place.
    let json = serde_json::to_string(file).unwrap_or_default();
    let Ok(Node::Map(sections)) = serde_json::from_str(&json) else { return json };
    let mut yaml = String::new();
    for (index, (name, value)) in sections.iter().enumerate() {
        let block = matches!(value, Node::Map(_) | Node::List(_));
        if index > 0 && block {
            yaml.push('\n');
        }
        entry(&mut yaml, name, value, 0, matches!(value, Node::Map(_)) && name != "system");
    }
    yaml
}

/// One `key: value`, in one line if it fits and may.
fn entry(yaml: &mut String, key: &str, value: &Node, indent: usize, open: bool) {
    let _ = write!(yaml, "{:indent$}{}:", "", self::key(key));
    body(yaml, value, indent, open);
}

/// What stands after a `:` or a `-`.
fn body(yaml: &mut String, value: &Node, indent: usize, open: bool) {
    let line = inline(value);
    let empty = matches!(value, Node::Map(entries) if entries.is_empty())
        || matches!(value, Node::List(items) if items.is_empty());
    let used = yaml.len() - yaml.rfind('\n').map_or(0, |at| at + 1);
    let fits = !open && used + 1 + line.chars().count() <= WIDTH;
    match value {
        Node::Map(entries) if !empty && !fits => {
            yaml.push('\n');
            for (key, value) in entries {
                entry(yaml, key, value, indent + 2, false);
            }
        }
        Node::List(items) if !empty && !fits => {
            yaml.push('\n');
            for item in items {
                list_item(yaml, item, indent + 2);
            }
        }
        _ => {
            let _ = writeln!(yaml, " {line}");
        }
    }
}

fn list_item(yaml: &mut String, item: &Node, indent: usize) {
    let line = inline(item);
    match item {
        Node::Map(entries) if indent + 2 + line.chars().count() > WIDTH && !entries.is_empty() => {
            for (index, (key, value)) in entries.iter().enumerate() {
                let _ =
                    write!(yaml, "{:indent$}{}{}:", "", if index == 0 { "- " } else { "  " }, self::key(key));
                body(yaml, value, indent + 2, false);
            }
        }
        _ => {
            let _ = writeln!(yaml, "{:indent$}- {line}", "");
        }
    }
}

/// The value on one line.
fn inline(value: &Node) -> String {
    match value {
        Node::Null => "null".to_owned(),
        Node::Flag(flag) => flag.to_string(),
        Node::Number(number) => number.clone(),
        Node::Text(text) => scalar(text),
        Node::List(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Node::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Node::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", self::key(key), inline(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// A key as YAML: `on` is one of the file's own keys, and no reader of YAML 1.2 takes it for a truth value.
fn key(key: &str) -> String {
    if key == "on" { key.to_owned() } else { scalar(key) }
}

/// A text as YAML: plain where nobody could read it as anything else, quoted otherwise.
fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let inside = text.chars().all(|c| c.is_ascii_alphanumeric() || " _./@+-()".contains(c));
    starts && inside && !text.ends_with(' ') && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        // Code points that are no characters may not stand in YAML as themselves.
        let code = u32::from(c);
        let none = code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code);
        let invisible =
            none || c.is_control() || casemate_core::printable(c.encode_utf8(&mut [0; 4])).is_empty();
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if invisible => {
                let _ = write!(quoted, "\\U{code:08x}");
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
