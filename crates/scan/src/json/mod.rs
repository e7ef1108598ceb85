//! JSON as Python's `json` module reads it, one value at a time: `NaN` and doubled keys included, which stricter readers
//! refuse or hide. It holds one string at a time and never a tree.

mod lexer;

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io;

use self::lexer::{Lexer, Token};
use crate::input::Input;

/// How deep values are nested.
const DEEPEST: usize = 200;
/// How many keys of all open objects are watched for doubles: more than any vocabulary has.
const WATCHED: usize = 450_000;

/// A value without parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Leaf<'a> {
    Text(&'a str),
    /// A number as it is written.
    Number(&'a str),
    Bool(bool),
    Null,
}

/// Where a value is: the keys that lead to it, `[]` for an item of a list.
pub(crate) type Path = [String];

/// Who looks at the values of a document.
pub(crate) trait Visitor {
    /// A value without parts, and the offset where it begins.
    fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64);

    /// An object begins.
    fn opened(&mut self, _path: &Path, _at: u64) {}

    /// An object ends.
    fn closed(&mut self, _path: &Path) {}

    /// A key that stands twice in one object.
    fn doubled(&mut self, _path: &Path, _at: u64) {}
}

/// How documents ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Whole; where it ends.
    Whole(u64),
    /// It is no JSON from here on.
    Broken(u64),
    /// It is nested too deep.
    Deep(u64),
}

/// Shows every value of a document to a visitor, or of one document on each line.
pub(crate) fn walk(input: &Input, visitor: &mut impl Visitor) -> io::Result<End> {
    let lexer = Lexer::new(input);
    let mut walk = Walk { lexer, path: Vec::new(), visitor, hasher: RandomState::new(), watched: 0 };
    match walk.documents() {
        Ok(None) => Ok(End::Whole(input.len())),
        Ok(Some(end)) => Ok(End::Whole(end)),
        Err(Stop::Broken(at)) => Ok(End::Broken(at)),
        Err(Stop::Deep(at)) => Ok(End::Deep(at)),
        Err(Stop::Io(error)) => Err(error),
    }
}

/// Why a walk stops.
#[derive(Debug)]
pub(crate) enum Stop {
    Broken(u64),
    Deep(u64),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

struct Walk<'v, V> {
    lexer: Lexer,
    path: Vec<String>,
    visitor: &'v mut V,
    hasher: RandomState,
    /// Keys that are held to find doubles.
    watched: usize,
}

impl<V: Visitor> Walk<'_, V> {
    /// Where the last document ends, if something follows it that is no document on a line of its own.
    fn documents(&mut self) -> Result<Option<u64>, Stop> {
        self.value()?;
        loop {
            let end = self.lexer.position();
            let token = match self.lexer.next() {
                Ok(Token::End) => return Ok(None),
                Ok(token @ Token::Open(_)) if self.lexer.is_on_new_line() => token,
                Err(Stop::Io(error)) => return Err(error.into()),
                Ok(_) | Err(_) => return Ok(Some(end)),
            };
            self.value_of(token)?;
        }
    }

    fn value(&mut self) -> Result<(), Stop> {
        let token = self.lexer.next()?;
        self.value_of(token)
    }

    fn value_of(&mut self, token: Token) -> Result<(), Stop> {
        let at = self.lexer.start();
        let leaf = match token {
            Token::Text => Leaf::Text(self.lexer.text()),
            Token::Number => Leaf::Number(self.lexer.text()),
            Token::Word(true) => Leaf::Bool(true),
            Token::Word(false) => Leaf::Bool(false),
            Token::Null => Leaf::Null,
            Token::Open(b'{') if self.path.len() < DEEPEST => return self.object(),
            Token::Open(b'[') if self.path.len() < DEEPEST => return self.list(),
            Token::Open(_) => return Err(Stop::Deep(at)),
            _ => return Err(Stop::Broken(at)),
        };
        self.visitor.leaf(&self.path, leaf, at);
        Ok(())
    }

    fn object(&mut self) -> Result<(), Stop> {
        let mut seen = HashSet::new();
        self.visitor.opened(&self.path, self.lexer.start());
        let mut token = self.lexer.next()?;
        if token == Token::Close(b'}') {
            self.visitor.closed(&self.path);
            return Ok(());
        }
        loop {
            if token != Token::Text {
                return Err(Stop::Broken(self.lexer.start()));
            }
            let at = self.lexer.start();
            self.path.push(self.lexer.text().to_owned());
            let name = self.hasher.hash_one(self.lexer.text());
            if self.watched < WATCHED {
                self.watched += 1;
                if !seen.insert(name) {
                    self.visitor.doubled(&self.path, at);
                }
            }
            if self.lexer.next()? != Token::Colon {
                return Err(Stop::Broken(self.lexer.start()));
            }
            self.value()?;
            self.path.pop();
            match self.lexer.next()? {
                Token::Comma => token = self.lexer.next()?,
                Token::Close(b'}') => break,
                _ => return Err(Stop::Broken(self.lexer.start())),
            }
        }
        self.watched = self.watched.saturating_sub(seen.len());
        self.visitor.closed(&self.path);
        Ok(())
    }

    fn list(&mut self) -> Result<(), Stop> {
        let mut token = self.lexer.next()?;
        if token == Token::Close(b']') {
            return Ok(());
        }
        self.path.push("[]".to_owned());
        loop {
            self.value_of(token)?;
            match self.lexer.next()? {
                Token::Comma => token = self.lexer.next()?,
                Token::Close(b']') => break,
                _ => return Err(Stop::Broken(self.lexer.start())),
            }
        }
        self.path.pop();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
