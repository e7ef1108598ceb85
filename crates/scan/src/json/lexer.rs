//! The tokens of a JSON document, read through one small buffer. A string that is too long to matter is cut.

use std::io::{self, BufRead as _, BufReader, Read as _};

use super::Stop;
use crate::input::{Cursor, Input};

/// The longest string that is kept whole: longer than any template.
const LONGEST: usize = 2 * 1024 * 1024;

/// A token; the text of strings and numbers is the lexer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Open(u8),
    Close(u8),
    Colon,
    Comma,
    Text,
    Number,
    Word(bool),
    Null,
    End,
}

pub(super) struct Lexer {
    bytes: BufReader<Cursor>,
    at: u64,
    start: u64,
    new_line: bool,
    text: String,
    raw: Vec<u8>,
}

impl Lexer {
    pub(super) fn new(input: &Input) -> Self {
        let bytes = BufReader::with_capacity(64 * 1024, input.cursor());
        Self { bytes, at: 0, start: 0, new_line: true, text: String::new(), raw: Vec::new() }
    }

    /// Where the last token begins.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Whether the last token is the first on its line.
    pub(super) fn is_on_new_line(&self) -> bool {
        self.new_line
    }

    /// Where the next byte is.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    /// The text of the last string or number.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn next(&mut self) -> Result<Token, Stop> {
        let Some(byte) = self.skip_blank()? else { return Ok(Token::End) };
        self.start = self.at;
        self.take();
        Ok(match byte {
            b'{' | b'[' => Token::Open(byte),
            b'}' | b']' => Token::Close(byte),
            b':' => Token::Colon,
            b',' => Token::Comma,
            b'"' => return self.string(),
            b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => return self.bare(byte),
            _ => return Err(Stop::Broken(self.start)),
        })
    }

    /// The next byte that is no white space, which stays.
    fn skip_blank(&mut self) -> io::Result<Option<u8>> {
        self.new_line = self.at == 0;
        loop {
            match self.peek()? {
                Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) => {
                    self.new_line |= byte == b'\n';
                    self.take();
                }
                // A byte order mark, which editors leave.
                Some(0xef) if self.at == 0 => {
                    self.take();
                    self.take();
                    self.take();
                }
                other => return Ok(other),
            }
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.bytes.fill_buf()?.first().copied())
    }

    fn take(&mut self) {
        self.bytes.consume(1);
        self.at += 1;
    }

    /// A number or a word: everything up to the next mark. Python knows `NaN` and `Infinity`.
    fn bare(&mut self, first: u8) -> Result<Token, Stop> {
        self.text.clear();
        self.text.push(char::from(first));
        while let Some(byte @ (b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' | b'+')) = self.peek()? {
            if self.text.len() > 4096 {
                return Err(Stop::Broken(self.start));
            }
            self.text.push(char::from(byte));
            self.take();
        }
        match &*self.text {
            "true" => Ok(Token::Word(true)),
            "false" => Ok(Token::Word(false)),
            "null" => Ok(Token::Null),
            "NaN" | "Infinity" | "-Infinity" => Ok(Token::Number),
            number if number.parse::<f64>().is_ok() && !number.contains(['n', 'N', 'i', 'I']) => {
                Ok(Token::Number)
            }
            _ => Err(Stop::Broken(self.start)),
        }
    }

    fn string(&mut self) -> Result<Token, Stop> {
        self.raw.clear();
        loop {
            let held = self.bytes.fill_buf()?;
            let Some(end) = memchr::memchr2(b'"', b'\\', held) else {
                if held.is_empty() {
                    return Err(Stop::Broken(self.start));
                }
                let count = held.len();
                keep(&mut self.raw, held);
                self.bytes.consume(count);
                self.at += count as u64;
                continue;
            };
            let mark = held.get(end).copied();
            keep(&mut self.raw, held.get(..end).unwrap_or_default());
            self.bytes.consume(end + 1);
            self.at += end as u64 + 1;
            if mark == Some(b'"') {
                self.text = String::from_utf8_lossy(&self.raw).into_owned();
                return Ok(Token::Text);
            }
            self.escape()?;
        }
    }

    fn escape(&mut self) -> Result<(), Stop> {
        let broken = Stop::Broken(self.at);
        let Some(byte) = self.peek()? else { return Err(broken) };
        self.take();
        let c = match byte {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' | b'\\' | b'/' => char::from(byte),
            b'u' => {
                let first = self.hex()?;
                if (0xd800..0xdc00).contains(&first) && self.bytes.fill_buf()?.starts_with(b"\\u") {
                    self.take();
                    self.take();
                    surrogates(first, self.hex()?)
                } else {
                    char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
            }
            _ => return Err(broken),
        };
        keep(&mut self.raw, c.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, Stop> {
        let mut digits = [0; 4];
        if self.bytes.read_exact(&mut digits).is_err() {
            return Err(Stop::Broken(self.at));
        }
        self.at += 4;
        let text = std::str::from_utf8(&digits).ok();
        let value = text.and_then(|text| u32::from_str_radix(text, 16).ok());
        value.ok_or(Stop::Broken(self.at))
    }
}

/// The character that two halves stand for; what is no pair stands for nothing.
fn surrogates(first: u32, second: u32) -> char {
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400);
    let both = low.map(|low| 0x1_0000 + ((first - 0xd800) << 10) + low);
    both.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn keep(raw: &mut Vec<u8>, bytes: &[u8]) {
    let room = LONGEST.saturating_sub(raw.len()).min(bytes.len());
    raw.extend_from_slice(bytes.get(..room).unwrap_or_default());
}
