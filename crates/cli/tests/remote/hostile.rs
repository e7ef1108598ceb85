//! Web servers that lie, change their mind, or never stop.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::casemate::{Run, casemate};
use crate::web::{Answer, File, Request, Web, good};

const MEGABYTE: u64 = 1 << 20;

fn scan(web: &Web) -> Run {
    casemate(Path::new("."), &[], &["scan", "--format", "json", &format!("{}/model.bin", web.address)])
}

/// A file of two megabytes that nobody knows, so that all of it is read.
fn unknown() -> File {
    File { len: 2 * MEGABYTE, ..File::of(b"\x01\x02\x03") }
}

/// Serves the first request well, and those that follow in some other way.
fn then(answer: impl Fn(&File, &Request) -> Answer + Send + Sync + 'static) -> Web {
    let (file, count) = (unknown(), AtomicUsize::new(0));
    Web::serve(move |request| match count.fetch_add(1, Ordering::Relaxed) {
        0 => good(&file, request),
        _ => answer(&file, request),
    })
}

/// The file is told as unreadable, and why.
fn fails_with(web: &Web, why: &str) {
    let run = scan(web);
    let report: Value = run.json();
    let file = &report["files"][0];
    assert_eq!((run.code, &file["status"]), (1, &"error".into()), "{report}");
    let gaps = file["coverage"]["gaps"].to_string();
    assert!(gaps.contains(why), "{report}");
}

/// Nothing is scanned, and why.
fn refused_with(web: &Web, why: &str) {
    let run = scan(web);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{run:?}");
    assert!(run.stderr.contains(why), "{run:?}");
    assert!(run.stderr.contains("hint: download the file and scan that"), "{run:?}");
}

#[test]
fn a_server_that_sends_the_whole_file_is_not_listened_to() {
    let whole =
        |_: &Request| Answer { status: 200, claimed: Some(1 << 40), endless: true, ..Answer::default() };
    let web = Web::serve(whole);
    refused_with(&web, "the server does not send parts of a file");
    assert!(web.sent() < 16 * MEGABYTE, "{}", web.sent());
    fails_with(&then(move |_, request| whole(request)), "the server does not send parts of a file");
}

#[test]
fn more_and_less_than_was_asked_for_is_an_error() {
    let short = |file: &File, request: &Request| {
        let mut answer = good(file, request);
        answer.claimed = Some(answer.body.len() as u64 / 2);
        answer.body.truncate(answer.body.len() / 2);
        answer
    };
    fails_with(&then(short), "the server sent other bytes than were asked for");
    let cut = |file: &File, request: &Request| {
        let mut answer = good(file, request);
        answer.claimed = Some(answer.body.len() as u64);
        answer.body.truncate(answer.body.len() / 2);
        answer
    };
    fails_with(&then(cut), "it cannot be read");
    let long = |file: &File, request: &Request| {
        let mut answer = good(file, request);
        answer.claimed = Some(1 << 40);
        answer.endless = true;
        answer
    };
    let web = then(long);
    fails_with(&web, "the server sent other bytes than were asked for");
    assert!(web.sent() < 16 * MEGABYTE, "{}", web.sent());
}

#[test]
fn another_part_than_was_asked_for_is_an_error() {
    let other = |file: &File, request: &Request| {
        let answer = good(file, request);
        let span = format!("bytes 0-{}/{}", answer.body.len() - 1, file.len);
        Answer { headers: vec![("etag", "\"1\"".to_owned()), ("content-range", span)], ..answer }
    };
    fails_with(&then(other), "it cannot be read");
    let nowhere = |file: &File, request: &Request| Answer { headers: Vec::new(), ..good(file, request) };
    fails_with(&then(nowhere), "it cannot be read");
}

#[test]
fn a_length_that_lies_is_an_error_and_not_an_allocation() {
    let file = unknown();
    let web = Web::serve(move |request| match good(&file, request) {
        answer @ Answer { status: 206, .. } => {
            let range = request.range(file.len).unwrap();
            let span = format!("bytes {}-{}/{}", range.start, range.end - 1, 1_u64 << 50);
            Answer { headers: vec![("etag", "\"1\"".to_owned()), ("content-range", span)], ..answer }
        }
        answer => answer,
    });
    fails_with(&web, "416 Range Not Satisfiable");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_judged() {
    let heeds = |_: &File, request: &Request| {
        assert_eq!(request.header("if-match"), "\"1\"");
        Answer::status(412)
    };
    fails_with(&then(heeds), "it changed while it was read");
    let heedless = |file: &File, request: &Request| {
        let mut answer = good(file, request);
        answer.headers[0].1 = "\"2\"".to_owned();
        answer
    };
    fails_with(&then(heedless), "it changed while it was read");
    fails_with(&then(|_, _| Answer::status(404)), "it changed while it was read");
}

#[test]
fn a_file_without_a_tag_is_held_to_its_date_and_length() {
    const DATES: [&str; 2] = ["Sat, 28 Nov 2026 10:00:00 GMT", "Sun, 29 Nov 2026 10:00:00 GMT"];
    let dated = |tag: &'static str, dates: [&'static str; 2]| {
        let (file, count) = (unknown(), AtomicUsize::new(0));
        Web::serve(move |request| {
            let date = dates[count.fetch_add(1, Ordering::Relaxed).min(1)];
            assert_eq!(request.header("if-match"), "");
            let mut answer = good(&file, request);
            answer.headers[0] = ("last-modified", date.to_owned());
            if tag.is_empty() { answer } else { answer.header("etag", tag) }
        })
    };
    fails_with(&dated("", DATES), "it changed while it was read");
    let web = dated("W/\"1\"", [DATES[0]; 2]);
    assert_eq!(scan(&web).json()["files"][0]["status"], "inconclusive");
    let asked = web.requests();
    assert!(
        asked.len() > 1 && asked[1..].iter().all(|r| r.header("if-unmodified-since") == DATES[0]),
        "{asked:?}"
    );
}

#[test]
fn a_server_that_is_overwhelmed_is_asked_again() {
    let (file, count) = (unknown(), AtomicUsize::new(0));
    let web = Web::serve(move |request| match count.fetch_add(1, Ordering::Relaxed) % 2 {
        0 => Answer::status(503),
        _ => good(&file, request),
    });
    assert_eq!(scan(&web).json()["files"][0]["status"], "inconclusive");
}

#[test]
fn a_refusal_that_never_ends_is_not_read_to_its_end() {
    let web =
        Web::serve(|_| Answer { status: 404, claimed: Some(1 << 40), endless: true, ..Answer::default() });
    let run = scan(&web);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("there is nothing of this name"), "{run:?}");
    assert!(web.sent() < 16 * MEGABYTE, "{}", web.sent());
}
