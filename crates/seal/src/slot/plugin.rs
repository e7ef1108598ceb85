//! Slots for key services: a program of the user's is asked once per key, in JSON over its standard streams. What is
//! sealed never says which program; nothing secret stands on a command line; time and answers are bounded.

use std::io::{Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use casemate_core::printable;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Bound, Method, SlotError, data_key};
use crate::base64::{decode, encode};
use crate::{DataKey, FORMAT};

/// What both sides speak.
pub const PROTOCOL: &str = "casemate/kms/v1";
/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most bytes that are read of an answer.
const MOST_ANSWER: u64 = 64 * 1024;
/// The most that is shown of what a program complains about.
const MOST_SHOWN: usize = 500;
/// How often a program that has answered is asked whether it has ended.
const TICK: Duration = Duration::from_millis(2);

/// A program that speaks with a key service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    name: String,
    program: PathBuf,
    patience: Duration,
}

/// One request. It is the only thing a program is told.
#[derive(Serialize)]
struct Request<'a> {
    protocol: &'static str,
    operation: Operation,
    key: &'a str,
    context: Context<'a>,
    data: &'a str,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Operation {
    Wrap,
    Unwrap,
}

/// What the service binds the wrapped key to, and logs.
#[derive(Serialize)]
struct Context<'a> {
    #[serde(rename = "casemate:format")]
    format: &'static str,
    #[serde(rename = "casemate:model")]
    model: &'a str,
    #[serde(rename = "casemate:slot")]
    slot: &'a str,
}

/// One answer: either of the two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default)]
    data: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

impl Plugin {
    /// A program under the name that slots call it by.
    #[must_use]
    pub fn new(name: impl Into<String>, program: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), program: program.into(), patience: PATIENCE }
    }

    /// Waits for answers as long as this, instead of thirty seconds.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The name that slots call it by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn wrap(
        &self,
        id: &str,
        key: &DataKey,
        bound: Bound<'_>,
    ) -> Result<(Method, Vec<u8>), SlotError> {
        let mut wrapped = self.ask(Operation::Wrap, id, key.bytes(), bound)?;
        let method = Method::Kms { plugin: self.name.clone(), key: id.to_owned() };
        Ok((method, std::mem::take(&mut *wrapped)))
    }

    pub(super) fn unwrap(&self, id: &str, wrapped: &[u8], bound: Bound<'_>) -> Result<DataKey, SlotError> {
        data_key(self.ask(Operation::Unwrap, id, wrapped, bound)?)
    }

    fn ask(
        &self,
        operation: Operation,
        key: &str,
        data: &[u8],
        bound: Bound<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, SlotError> {
        let data = Zeroizing::new(encode(data));
        let context = Context { format: FORMAT, model: bound.model.as_str(), slot: bound.slot };
        let request = Request { protocol: PROTOCOL, operation, key, context, data: &data };
        let mut line = Zeroizing::new(serde_json::to_vec(&request).map_err(|error| self.failed(error))?);
        line.push(b'\n');
        let (answer, complaint) = self.run(line)?;
        let answer: Answer = serde_json::from_slice(&answer).map_err(|_| {
            // The answer may hold a key, so it is not shown.
            let complaint = if complaint.is_empty() { String::new() } else { format!(": {complaint}") };
            self.failed(format!("its answer is not JSON of {PROTOCOL}{complaint}"))
        })?;
        match answer {
            Answer { data: Some(data), error: None } => {
                let data = Zeroizing::new(data);
                decode(data.as_bytes())
                    .map(Zeroizing::new)
                    .ok_or_else(|| self.failed("its `data` is not base64"))
            }
            Answer { error: Some(error), .. } => Err(self.failed(shown(&error))),
            Answer { data: None, error: None } => {
                Err(self.failed("its answer has neither `data` nor `error`"))
            }
        }
    }

    /// Runs the program once: its answer, and what it complained about.
    fn run(&self, request: Zeroizing<Vec<u8>>) -> Result<(Zeroizing<Vec<u8>>, String), SlotError> {
        let deadline = Instant::now() + self.patience;
        let mut child = Command::new(&self.program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| self.failed(format!("cannot run {}: {error}", self.program.display())))?;
        // Each stream has a thread of its own: a program may answer before it reads, or complain at length.
        if let Some(mut input) = child.stdin.take() {
            // A program that does not read its request answers for that itself.
            thread::spawn(move || input.write_all(&request));
        }
        let answers = listen(child.stdout.take());
        let complaints = listen(child.stderr.take());
        let answer = answers.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        let ended = answer.is_ok() && ends(&mut child, deadline);
        if !ended {
            // It may have ended by itself in between.
            let _ = child.kill();
            let _ = child.wait();
        }
        let answer = match answer {
            Ok(answer) if ended => answer,
            _ => return Err(self.failed(format!("no answer within {} s", self.patience.as_secs_f32()))),
        };
        if answer.len() as u64 > MOST_ANSWER {
            return Err(self.failed(format!("its answer is longer than {MOST_ANSWER} bytes")));
        }
        let complaint = complaints.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        let complaint = shown(&String::from_utf8_lossy(&complaint.unwrap_or_default()));
        let status = child.wait().map_err(|error| self.failed(error))?;
        if !status.success() && answer.is_empty() {
            return Err(self.failed(format!("it ended with {status}: {complaint}")));
        }
        Ok((answer, complaint))
    }

    fn failed(&self, what: impl std::fmt::Display) -> SlotError {
        SlotError::Failed(format!("the plugin `{}` failed: {what}", printable(&self.name)))
    }
}

/// Reads a stream to its end, or to one byte more than may be read.
fn listen(stream: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Zeroizing<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    if let Some(stream) = stream {
        thread::spawn(move || {
            // As much room as is read at most: growing would leave copies of a key behind.
            let mut bytes =
                Zeroizing::new(Vec::with_capacity(usize::try_from(MOST_ANSWER).unwrap_or(0) + 64));
            if stream.take(MOST_ANSWER + 1).read_to_end(&mut bytes).is_err() {
                bytes.zeroize();
            }
            // Nobody may be waiting any more.
            let _ = sender.send(bytes);
        });
    }
    receiver
}

/// Whether the program ends in time.
fn ends(child: &mut Child, deadline: Instant) -> bool {
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < deadline => thread::sleep(TICK),
            Ok(None) | Err(_) => return false,
            Ok(Some(_)) => return true,
        }
    }
}

fn shown(text: &str) -> String {
    printable(text).trim().chars().take(MOST_SHOWN).collect()
}
