//! A small web server that sends parts of files, counts what it sends, and can be told to misbehave.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::thread;

/// A file that need not be held: some bytes at its beginning and its end, and zeros between.
#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    pub(crate) len: u64,
    /// What stands where.
    pub(crate) bytes: BTreeMap<u64, Vec<u8>>,
}

impl File {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { len: bytes.len() as u64, bytes: BTreeMap::from([(0, bytes.to_vec())]) }
    }

    fn part(&self, range: Range<u64>) -> Vec<u8> {
        let mut part = vec![0; usize::try_from(range.end - range.start).unwrap()];
        for (start, bytes) in &self.bytes {
            for (at, byte) in (*start..).zip(bytes).filter(|(at, _)| range.contains(at)) {
                part[usize::try_from(at - range.start).unwrap()] = *byte;
            }
        }
        part
    }
}

/// A request, as far as anybody looks at it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// What of a file is asked for.
    pub(crate) fn range(&self, len: u64) -> Option<Range<u64>> {
        let (start, last) = self.header("range").strip_prefix("bytes=")?.split_once('-')?;
        let (start, last): (u64, u64) = (start.parse().ok()?, last.parse().ok()?);
        Some(start..last.saturating_add(1).min(len)).filter(|range| range.start < len)
    }
}

/// What is sent back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// The length that is claimed, where it is not that of the body.
    pub(crate) claimed: Option<u64>,
    /// Zeros that follow until nobody listens any more.
    pub(crate) endless: bool,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A part of a file, the way a good server sends it.
pub(crate) fn good(file: &File, request: &Request) -> Answer {
    let tag = ("etag", "\"1\"".to_owned());
    if !["", "\"1\""].contains(&request.header("if-match")) {
        return Answer::status(412);
    }
    if request.method == "HEAD" {
        return Answer { status: 200, headers: vec![tag], claimed: Some(file.len), ..Answer::default() };
    }
    let Some(range) = request.range(file.len) else {
        return Answer::status(416).header("content-range", format!("bytes */{}", file.len));
    };
    let span = format!("bytes {}-{}/{}", range.start, range.end - 1, file.len);
    let headers = vec![tag, ("content-range", span)];
    Answer { status: 206, headers, body: file.part(range), ..Answer::default() }
}

/// A server on a port of its own, for as long as the test runs.
pub(crate) struct Web {
    pub(crate) address: String,
    seen: Arc<Mutex<(Vec<Request>, u64)>>,
}

impl Web {
    /// Serves what a function answers.
    pub(crate) fn serve(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new((Vec::new(), 0)));
        let (answer, shared) = (Arc::new(answer), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&shared));
                // Whoever hangs up has heard enough.
                thread::spawn(move || drop(connection(stream, &*answer, &seen)));
            }
        });
        Self { address, seen }
    }

    /// Serves one file under every name.
    pub(crate) fn file(file: File) -> Self {
        Self::serve(move |request| good(&file, request))
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().0.clone()
    }

    /// Bytes of bodies that were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.seen.lock().unwrap().1
    }
}

fn connection(
    stream: TcpStream,
    answer: &(dyn Fn(&Request) -> Answer + Send + Sync),
    seen: &Mutex<(Vec<Request>, u64)>,
) -> io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(first) = lines.next() {
        let first = first?;
        let mut words = first.split(' ').map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = BTreeMap::new();
        for line in lines.by_ref() {
            let line = line?;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let request = Request { method, target, headers };
        let answer = answer(&request);
        seen.lock().unwrap().0.push(request);
        let claimed = answer.claimed.unwrap_or(answer.body.len() as u64);
        write!(out, "HTTP/1.1 {} x\r\ncontent-length: {claimed}\r\n", answer.status)?;
        for (name, value) in &answer.headers {
            write!(out, "{name}: {value}\r\n")?;
        }
        out.write_all(b"\r\n")?;
        out.write_all(&answer.body)?;
        seen.lock().unwrap().1 += answer.body.len() as u64;
        if answer.endless {
            loop {
                out.write_all(&[0; 4096])?;
                seen.lock().unwrap().1 += 4096;
            }
        }
        if claimed != answer.body.len() as u64 && !answer.body.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}
