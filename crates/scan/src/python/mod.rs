//! Python source, judged by its syntax tree: what it calls, with what, and whether already when it is imported. Nothing
//! is run.

mod built;
mod call;
mod calls;
mod declare;
mod event;
mod expr;
mod findings;
mod nesting;
mod program;
#[cfg(test)]
mod tests;
mod value;

use ruff_python_ast::ModModule;
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};

use self::event::Event;
use self::program::Program;
use self::value::Imports;
use crate::scan::Scan;

/// Longer source is not read: its syntax tree takes thirty times as much.
pub(crate) const LONGEST: usize = 1536 * 1024;
/// The stack that parser and judge get: what is allowed to nest fits in it many times.
const STACK: usize = 128 * 1024 * 1024;

/// A text of Python with the place it has in its file: all of a file, or one cell of a notebook.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) text: String,
    /// Where its lines begin in the file; one is enough if they follow one another.
    pub(crate) lines: Vec<u64>,
    /// What it is called where there are several, such as `cell 3`.
    pub(crate) label: String,
}

impl Source {
    /// A text that is all of a file.
    pub(crate) fn file(text: String) -> Self {
        Self { text, lines: Vec::new(), label: String::new() }
    }

    /// The line of a byte of it, counted from one, and where that is in the file.
    fn place(&self, at: u32) -> (usize, u64) {
        let before = self.text.as_bytes().get(..at as usize).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before).count();
        let offset = match self.lines.get(line).or(self.lines.last()) {
            Some(offset) => *offset,
            None => u64::from(at),
        };
        (line + 1, offset)
    }
}

/// What reading Python came to.
#[derive(Debug, Default)]
struct Outcome {
    events: Vec<Event>,
    imports: Imports,
    /// Commands that notebooks hand to a shell: the cell, the place, the command.
    escapes: Vec<(usize, u32, String)>,
    /// Where each text that cannot be parsed breaks.
    broken: Vec<(usize, u32)>,
    deep: bool,
    cut: bool,
    /// Whether something is defined, imported or called.
    does_anything: bool,
    /// Whether it is what installs a package.
    setup: bool,
    /// Whether a library that loads models runs it.
    loaded: bool,
}

/// Whether text that does not say what it is can be Python, without parsing it.
pub(crate) fn may_be(text: &str) -> bool {
    const STARTS: &[&str] =
        &["import ", "from ", "def ", "class ", "async def ", "exec(", "eval(", "__import__("];
    text.lines().any(|line| STARTS.iter().any(|start| line.starts_with(start)))
}

/// Whether text parses as Python that imports or defines something.
pub(crate) fn is_python(text: &str) -> bool {
    on_stack(|| {
        let outcome = read(&[Source::file(text.to_owned())], Mode::Module);
        outcome.broken.is_empty() && !outcome.deep && outcome.does_anything
    })
    .unwrap_or(false)
}

/// Tells what Python does.
pub(crate) fn judge(source: Source, scan: &mut Scan) {
    judge_all(vec![source], Mode::Module, scan);
}

/// Tells what the cells of a notebook do, one after the other.
pub(crate) fn judge_cells(cells: Vec<Source>, scan: &mut Scan) {
    judge_all(cells, Mode::Ipython, scan);
}

fn judge_all(sources: Vec<Source>, mode: Mode, scan: &mut Scan) {
    match on_stack(|| read(&sources, mode)) {
        Some(outcome) => findings::tell(&sources, outcome, scan),
        None => scan.gap("the Python in it cannot be followed"),
    }
}

/// Runs something on a stack of its own, so that the one of the caller does not matter.
fn on_stack<T: Send>(run: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).ok()?;
        thread.join().ok()
    })
}

fn read(sources: &[Source], mode: Mode) -> Outcome {
    let mut outcome = Outcome::default();
    let mut parsed: Vec<Option<Parsed<ModModule>>> = Vec::new();
    for (cell, source) in sources.iter().enumerate() {
        if source.text.len() > LONGEST || nesting::is_deep(&source.text) {
            outcome.deep = true;
            parsed.push(None);
            continue;
        }
        let module = parse_unchecked(&source.text, ParseOptions::from(mode)).try_into_module();
        if let Some(error) = module.as_ref().and_then(|module| module.errors().first()) {
            outcome.broken.push((cell, error.location.start().to_u32()));
        }
        parsed.push(module);
    }
    let mut program = Program::new(0);
    for (cell, module) in parsed.iter().enumerate() {
        if let Some(module) = module {
            program.module(cell, &module.syntax().body);
        }
    }
    program.finish();
    outcome.does_anything =
        !program.imports.is_empty() || !program.events.is_empty() || program.defines_anything();
    outcome.setup = program.is_setup;
    outcome.loaded = program.is_loaded;
    outcome.cut = program.cut;
    outcome.events = program.events;
    outcome.imports = program.imports;
    outcome.escapes = program.escapes;
    outcome
}

/// What code in a string calls.
fn events_of(text: &str, depth: usize) -> Vec<Event> {
    if nesting::is_deep(text) {
        return Vec::new();
    }
    let Some(module) = parse_unchecked(text, ParseOptions::from(Mode::Module)).try_into_module() else {
        return Vec::new();
    };
    if !module.errors().is_empty() {
        return Vec::new();
    }
    let mut program = Program::new(depth);
    program.module(0, &module.syntax().body);
    program.finish();
    program.events
}
