//! What is wrong with an input, where, and what to do: the one shape every parsing error takes.
//! Rendering never lets the input's own control characters through.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use casemate_core::Location;

use crate::at::Position;

/// The text of an input and the name the user gave it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file as the user named it.
    pub file: &'a str,
    /// Its content.
    pub text: &'a str,
}

impl Source<'_> {
    /// A position in this source as a location; none for values that do not come from it.
    #[must_use]
    pub fn locate(&self, position: Position) -> Option<Location> {
        (position.line > 0).then(|| Location {
            file: Arc::from(self.file),
            line: position.line,
            column: position.column,
            length: position.length,
        })
    }
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What happened.
    pub message: String,
    /// What was expected there.
    pub expected: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// Where.
    pub location: Option<Location>,
}

impl Diagnostic {
    /// A diagnostic with a message only.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), expected: None, hint: None, location: None }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, location: Option<Location>) -> Self {
        self.location = location;
        self
    }

    /// Says what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Suggests the nearest known name, if one is near.
    #[must_use]
    pub fn suggest<'n>(self, word: &str, names: impl IntoIterator<Item = &'n str>) -> Self {
        match casemate_core::nearest(word, names) {
            Some(name) => self.hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// The diagnostic with an excerpt of the source, as a person reads it.
    #[must_use]
    pub fn render(&self, source: &Source<'_>, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(120);
        let message = casemate_core::printable(&self.message);
        let expected = self.expected.as_deref().map(casemate_core::printable).unwrap_or_default();
        let hint = self.hint.as_deref().map(casemate_core::printable);
        let mut group = Level::ERROR
            .primary_title(&*message)
            .elements([] as [Snippet<'_, annotate_snippets::Annotation<'_>>; 0]);
        let excerpt = self.location.as_ref().and_then(|location| Excerpt::around(source.text, location));
        if let (Some(excerpt), Some(location)) = (&excerpt, &self.location) {
            let snippet =
                Snippet::source(&*excerpt.text).path(&*location.file).line_start(excerpt.first_line);
            group = group.element(
                snippet
                    .annotation(AnnotationKind::Primary.span(excerpt.start..excerpt.end).label(&*expected)),
            );
        } else if !expected.is_empty() {
            group = group.element(Level::NOTE.message(&*expected));
        }
        if let Some(hint) = &hint {
            group = group.element(Level::HELP.with_name("hint").message(&**hint));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.location {
            write!(f, "{location}: ")?;
        }
        f.write_str(&casemate_core::printable(&self.message))?;
        if let Some(expected) = &self.expected {
            write!(f, ": {}", casemate_core::printable(expected))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; {}", casemate_core::printable(hint))?;
        }
        Ok(())
    }
}

/// The line a diagnostic is about and the one before it, made safe to print.
struct Excerpt {
    text: String,
    first_line: usize,
    start: usize,
    end: usize,
}

impl Excerpt {
    /// How much of a line is shown: a file on one line must not flood the terminal.
    const WIDTH: usize = 160;

    fn around(text: &str, location: &Location) -> Option<Self> {
        let line = usize::try_from(location.line).ok()?;
        let column = usize::try_from(location.column).ok()?.saturating_sub(1);
        let length = usize::try_from(location.length).ok()?.max(1);
        let first_line = line.saturating_sub(1).max(1);
        let mut lines = text.lines().skip(first_line - 1);
        let before = (first_line < line).then(|| lines.next()).flatten();
        let subject = lines.next().unwrap_or_default();
        let skipped = column.saturating_sub(Self::WIDTH / 2);
        let mut excerpt = String::new();
        if let Some(before) = before {
            excerpt.extend(before.chars().take(Self::WIDTH).map(visible));
            excerpt.push('\n');
        }
        let base = excerpt.len();
        excerpt.extend(subject.chars().skip(skipped).take(Self::WIDTH).map(visible));
        let offset = |chars: usize| {
            let shown = excerpt.get(base..).unwrap_or_default();
            base + shown.char_indices().nth(chars).map_or(shown.len(), |(index, _)| index)
        };
        let start = offset(column - skipped);
        let end = offset(column - skipped + length).max(start);
        Some(Self { text: excerpt, first_line, start, end })
    }
}

/// The character, or a stand-in of the same width for one that could steer a terminal.
fn visible(c: char) -> char {
    let mut buffer = [0; 4];
    if c == '\t' || casemate_core::printable(c.encode_utf8(&mut buffer)).is_empty() { ' ' } else { c }
}
