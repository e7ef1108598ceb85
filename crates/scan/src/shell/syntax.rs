//! Shell text taken apart into pipelines, commands and words, as far as that tells who runs what. It expands nothing.

/// How deep `$(…)` is followed.
const DEEPEST: usize = 4;
/// How many commands are looked at.
const MOST: usize = 20_000;

/// A command: its words without quotes, the commands inside it, the files it writes to or reads from, and the text that
/// the script itself gives it to read.
#[derive(Debug, Default, Clone)]
pub(super) struct Command {
    pub(super) at: usize,
    pub(super) words: Vec<String>,
    pub(super) inner: Vec<Pipeline>,
    pub(super) redirects: Vec<String>,
    pub(super) given: String,
}

/// Commands, each of which reads what the one before writes.
#[derive(Debug, Default, Clone)]
pub(super) struct Pipeline {
    pub(super) commands: Vec<Command>,
}

impl Command {
    /// The program that is run and its arguments, without `sudo` and its kin.
    pub(super) fn program(&self) -> (&str, &[String]) {
        const BEFORE: &[&str] = &[
            "sudo", "doas", "env", "nohup", "exec", "time", "command", "nice", "timeout", "then", "do",
            "else", "if", "!", "while", "until", "{", "setsid", "xargs", "stdbuf", "builtin",
        ];
        let mut rest = self.words.as_slice();
        let mut skipped = false;
        while let [first, after @ ..] = rest {
            let name = first.rsplit('/').next().unwrap_or(first);
            let assigns = first.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
            });
            let option = skipped
                && (first.starts_with('-')
                    || first.chars().all(|c| c.is_ascii_digit() || matches!(c, 's' | 'm')));
            if BEFORE.contains(&name) {
                skipped = true;
            } else if !assigns && !option {
                return (name, after);
            }
            rest = after;
        }
        ("", &[])
    }
}

/// Takes text apart.
pub(super) fn parse(text: &str) -> Vec<Pipeline> {
    let mut parser = Parser { text, at: 0, commands: 0, here: Vec::new() };
    parser.pipelines(0, None)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    commands: usize,
    /// Ends of the texts that follow the line.
    here: Vec<String>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn begins(&self, with: &str) -> bool {
        self.text.get(self.at..).is_some_and(|rest| rest.starts_with(with))
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Pipelines up to the end, or to a closing character.
    fn pipelines(&mut self, depth: usize, end: Option<char>) -> Vec<Pipeline> {
        let mut all = Vec::new();
        let mut pipeline = Pipeline::default();
        let mut command = Command { at: self.at, ..Command::default() };
        while let Some(c) = self.peek() {
            if Some(c) == end {
                self.take();
                break;
            }
            match c {
                ' ' | '\t' | '\r' => {
                    self.take();
                }
                '\\' if self.begins("\\\n") || self.begins("\\\r\n") => {
                    self.take();
                    if self.begins("\r") {
                        self.take();
                    }
                    self.take();
                }
                '#' if self.starts_word() => self.skip_line(),
                '|' if !self.begins("||") => {
                    self.take();
                    if self.begins("&") {
                        self.take();
                    }
                    self.end_command(&mut command, &mut pipeline);
                }
                '\n' | ';' | '&' | '|' | '(' | ')' if !self.begins("&>") => {
                    self.take();
                    self.end_command(&mut command, &mut pipeline);
                    end_pipeline(&mut pipeline, &mut all);
                    if c == '\n' {
                        self.skip_here(&mut all);
                    }
                }
                '<' | '>' | '&' if !self.begins("<(") => self.redirect(depth, &mut command),
                _ => {
                    if command.words.is_empty() {
                        command.at = self.at;
                    }
                    let word = self.word(depth, &mut command.inner);
                    if command.words.len() < 4096 {
                        command.words.push(word);
                    }
                }
            }
            if self.commands > MOST {
                self.at = self.text.len();
            }
        }
        self.end_command(&mut command, &mut pipeline);
        end_pipeline(&mut pipeline, &mut all);
        all
    }

    fn end_command(&mut self, command: &mut Command, pipeline: &mut Pipeline) {
        let done = std::mem::replace(command, Command { at: self.at, ..Command::default() });
        if !done.words.is_empty() || !done.redirects.is_empty() {
            self.commands += 1;
            pipeline.commands.push(done);
        }
    }

    fn starts_word(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        before.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'(' | b'&' | b'|'))
    }

    fn skip_line(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.find('\n').unwrap_or(rest.len());
    }

    /// Passes over the text that a `<<` announced, unless a shell reads it.
    fn skip_here(&mut self, all: &mut [Pipeline]) {
        let mut reader = all.last_mut().and_then(|pipeline| pipeline.commands.last_mut());
        let program = reader.as_ref().map_or("", |last| last.program().0);
        let is_read = super::is_shell(program) || program.is_empty();
        for end in std::mem::take(&mut self.here) {
            while !is_read && self.at < self.text.len() {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let line = rest.lines().next().unwrap_or_default();
                self.at = (self.at + line.len() + 1).min(self.text.len());
                while !self.text.is_char_boundary(self.at) {
                    self.at += 1;
                }
                if line.trim() == end {
                    break;
                }
                if let Some(reader) = &mut reader {
                    reader.given.push_str(line);
                    reader.given.push('\n');
                }
            }
        }
    }

    fn redirect(&mut self, depth: usize, command: &mut Command) {
        let (here, text) = (self.begins("<<") && !self.begins("<<<"), self.begins("<<<"));
        while self.peek().is_some_and(|c| matches!(c, '<' | '>' | '&')) {
            self.take();
        }
        if here && self.begins("-") {
            self.take();
        }
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t')) {
            self.take();
        }
        if self.peek().is_none_or(|c| matches!(c, '\n' | ';' | '|' | ')')) {
            return;
        }
        let target = self.word(depth, &mut command.inner);
        if here {
            self.here.push(target);
        } else if text {
            command.given = target;
        } else if command.redirects.len() < 64 {
            command.redirects.push(target);
        }
    }

    /// One word, without its quotes.
    fn word(&mut self, depth: usize, inner: &mut Vec<Pipeline>) -> String {
        let mut word = String::new();
        let from = self.at;
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | ')' | '>' => break,
                '`' if depth >= DEEPEST => break,
                '<' if self.begins("<(") && depth < DEEPEST => {
                    self.at += 2;
                    inner.extend(self.pipelines(depth + 1, Some(')')));
                    word.push_str("<()");
                }
                '<' => break,
                '(' if self.at > from => {
                    self.take();
                    word.push(c);
                }
                '(' => break,
                '\'' => {
                    self.take();
                    while let Some(c) = self.take().filter(|c| *c != '\'') {
                        word.push(c);
                    }
                }
                '"' => {
                    self.take();
                    self.quoted(depth, &mut word, inner);
                }
                '\\' => {
                    self.take();
                    if let Some(c) = self.take()
                        && c != '\n'
                    {
                        word.push(c);
                    }
                }
                '$' | '`' => self.dollar(depth, &mut word, inner),
                c => {
                    self.take();
                    word.push(c);
                }
            }
        }
        if self.at == from {
            self.take();
        }
        word
    }

    fn quoted(&mut self, depth: usize, word: &mut String, inner: &mut Vec<Pipeline>) {
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.take();
                    return;
                }
                '\\' => {
                    self.take();
                    if let Some(c) = self.take() {
                        word.push(c);
                    }
                }
                '$' | '`' => self.dollar(depth, word, inner),
                c => {
                    self.take();
                    word.push(c);
                }
            }
        }
    }

    fn dollar(&mut self, depth: usize, word: &mut String, inner: &mut Vec<Pipeline>) {
        if depth < DEEPEST && self.begins("$(") && !self.begins("$((") {
            self.at += 2;
            inner.extend(self.pipelines(depth + 1, Some(')')));
            word.push_str("$()");
        } else if depth < DEEPEST && self.begins("`") {
            self.at += 1;
            inner.extend(self.pipelines(DEEPEST, Some('`')));
            word.push_str("$()");
        } else if let Some(c) = self.take() {
            word.push(c);
        }
    }
}

fn end_pipeline(pipeline: &mut Pipeline, all: &mut Vec<Pipeline>) {
    if !pipeline.commands.is_empty() {
        all.push(std::mem::take(pipeline));
    }
}
