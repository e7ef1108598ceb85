//! Jupyter notebooks: the code of their cells, and the commands that they hand to a shell. Nothing is run.

use std::io;

use memchr::memmem;

use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::json::{End, Leaf, Path, Visitor, walk};
use crate::python::{self, Source};
use crate::scan::Scan;
use crate::shell;
use crate::sniff::{Fit, Sniff};

/// Notebooks by their keys.
pub(crate) const READER: Reader = Reader { format: Format::Notebook, fit, read };

/// How much code is kept of all cells.
const MOST_CODE: usize = 4 * 1024 * 1024;
/// How many cells are kept.
const MOST_CELLS: usize = 10_000;

fn fit(sniff: &Sniff<'_>) -> Fit {
    if sniff.first() != Some(b'{') || !sniff.is_text() {
        return Fit::No;
    }
    let has = |bytes: &[u8]| memmem::find(bytes, b"\"nbformat\"").is_some();
    Fit::maybe_if(has(&sniff.head) || has(sniff.tail()))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut notebook = Notebook::default();
    let end = walk(input, &mut notebook)?;
    if !notebook.is_notebook || !notebook.has_cells {
        return Ok(Reading::NotThis);
    }
    let (end, whole) = match end {
        End::Whole(end) => (end, true),
        End::Broken(at) | End::Deep(at) => (at, false),
    };
    scan.understood(0..end);
    if !whole {
        scan.gap(format!("it is no notebook from offset {end} on"));
    }
    if notebook.cut {
        scan.gap("the notebook has more code than is read");
    }
    let python = notebook.language.as_deref().is_none_or(|language| language.starts_with("python"));
    let mut cells = Vec::new();
    for (number, cell) in notebook.cells.into_iter().enumerate() {
        judge(cell, number + 1, python, scan, &mut cells);
    }
    python::judge_cells(cells, scan);
    Ok(Reading::Done)
}

/// A code cell: commands for a shell, or Python.
fn judge(cell: Cell, number: usize, python: bool, scan: &mut Scan, cells: &mut Vec<Source>) {
    let first = cell.text.trim_start().lines().next().unwrap_or_default().trim();
    let magic = first.strip_prefix("%%").map(|magic| magic.split_whitespace().next().unwrap_or_default());
    match magic {
        Some("bash" | "sh" | "script" | "!" | "system" | "sx") => {
            let blank = cell.text.replacen("%%", "# ", 1);
            shell::tell(&blank, &format!("Cell {number}"), |at| cell.place(at), scan);
        }
        Some("python" | "python3" | "time" | "timeit" | "capture" | "prun" | "writefile" | "file") => {
            let text = cell.text.replacen("%%", "# ", 1);
            if !first.contains("writefile") && !first.contains("file ") || first.ends_with(".py") {
                cells.push(Source { text, lines: cell.lines, label: format!("Cell {number}") });
            }
        }
        Some(_) => {}
        None if python => {
            cells.push(Source { text: cell.text, lines: cell.lines, label: format!("Cell {number}") });
        }
        None => {}
    }
}

/// The code of one cell, and where its lines begin in the file.
#[derive(Default)]
struct Cell {
    text: String,
    lines: Vec<u64>,
}

impl Cell {
    fn place(&self, at: usize) -> u64 {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before).count();
        self.lines.get(line).or(self.lines.last()).copied().unwrap_or(0)
    }
}

#[derive(Default)]
struct Notebook {
    is_notebook: bool,
    has_cells: bool,
    language: Option<String>,
    cells: Vec<Cell>,
    cell: Cell,
    /// Whether the cell says that it holds code.
    code: bool,
    kept: usize,
    cut: bool,
}

impl Visitor for Notebook {
    fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        // Notebooks of the third version keep their cells in worksheets.
        let keys = if let ["worksheets", "[]", rest @ ..] = keys.as_slice() { rest } else { keys.as_slice() };
        match (keys, leaf) {
            (["nbformat"], _) => self.is_notebook = true,
            (
                ["metadata", "kernelspec", "language"] | ["metadata", "language_info", "name"],
                Leaf::Text(text),
            ) => {
                self.language.get_or_insert_with(|| text.to_lowercase());
            }
            (["cells", "[]", "cell_type"], Leaf::Text(text)) => {
                self.has_cells = true;
                self.code = text == "code";
            }
            (
                ["cells", "[]", "source" | "input"] | ["cells", "[]", "source" | "input", "[]"],
                Leaf::Text(text),
            ) => {
                self.line(text, at);
            }
            _ => {}
        }
    }

    fn closed(&mut self, path: &Path) {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        if matches!(keys.as_slice(), ["cells", "[]"] | ["worksheets", "[]", "cells", "[]"]) {
            let cell = std::mem::take(&mut self.cell);
            if std::mem::take(&mut self.code) {
                self.cells.push(cell);
            }
        }
    }
}

impl Notebook {
    fn line(&mut self, text: &str, at: u64) {
        self.kept += text.len();
        if self.kept > MOST_CODE || self.cells.len() >= MOST_CELLS {
            self.cut = true;
            return;
        }
        // A line that begins another text is at the offset of that text.
        let fresh = self.cell.text.is_empty() || self.cell.text.ends_with('\n');
        let lines = text.lines().count().max(1);
        let new = if fresh { lines } else { lines - 1 };
        self.cell.lines.extend(std::iter::repeat_n(at, new));
        self.cell.text.push_str(text);
    }
}
