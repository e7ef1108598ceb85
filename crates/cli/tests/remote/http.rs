//! One file of a web server, read by its parts.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::casemate::casemate;
use crate::web::{Answer, File, Web, good};

const GIGABYTE: u64 = 1 << 30;
/// A pickle of protocol 0 that would print a word.
const HARMFUL: &[u8] = b"cos\nsystem\n(S'echo casemate'\ntR.";

fn scan(args: &[&str]) -> crate::casemate::Run {
    casemate(Path::new("."), &[], &[&["scan", "--format", "json"], args].concat())
}

/// A safetensors file of one tensor of a gigabyte.
fn safetensors() -> File {
    let header = format!(r#"{{"w":{{"dtype":"U8","shape":[{GIGABYTE}],"data_offsets":[0,{GIGABYTE}]}}}}"#);
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes());
    File { len: bytes.len() as u64 + GIGABYTE, bytes: BTreeMap::from([(0, bytes)]) }
}

/// A zip of stored members, with zeros for those that are only a length.
fn zip(members: &[(&str, Result<&[u8], u32>)]) -> File {
    let (mut file, mut directory) = (File::default(), Vec::new());
    for (name, content) in members {
        let (len, crc) = match content {
            Ok(bytes) => (u32::try_from(bytes.len()).unwrap(), crc32(bytes)),
            Err(len) => (*len, 0),
        };
        let mut header = vec![20, 0, 0, 8, 0, 0, 0, 0, 0, 0];
        for number in [crc, len, len] {
            header.extend(number.to_le_bytes());
        }
        header.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&header);
        directory.extend([0; 10]);
        directory.extend(u32::try_from(file.len).unwrap().to_le_bytes());
        directory.extend(name.bytes());
        let mut local = b"PK\x03\x04".to_vec();
        local.extend(header);
        local.extend(name.bytes());
        local.extend(content.unwrap_or_default());
        let len = local.len() as u64 + content.map_or_else(u64::from, |_| 0);
        file.bytes.insert(file.len, local);
        file.len += len;
    }
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend([count, count].concat());
    end.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    end.extend(u32::try_from(file.len).unwrap().to_le_bytes());
    end.extend([0, 0]);
    directory.extend(end);
    let len = directory.len() as u64;
    file.bytes.insert(file.len, directory);
    file.len += len;
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

#[test]
fn a_gigabyte_of_tensors_costs_a_few_requests() {
    let web = Web::file(safetensors());
    let report = scan(&[&format!("{}/model.safetensors", web.address)]).json();
    assert_eq!(report["files"][0]["status"], "complete", "{report}");
    assert_eq!(report["files"][0]["verdict"], "clean", "{report}");
    assert!(report["files"][0]["coverage"]["total"].as_u64().unwrap() > GIGABYTE);
    assert!(web.requests().len() <= 12, "{:#?}", web.requests());
    assert!(web.sent() < 400_000, "{}", web.sent());
}

#[test]
fn a_gigabyte_of_storages_costs_a_few_requests_and_its_pickle_is_read() {
    let storage = u32::try_from(GIGABYTE / 4).unwrap();
    let names: Vec<String> = (0..4).map(|number| format!("m/data/{number}")).collect();
    let mut members: Vec<(&str, Result<&[u8], u32>)> = vec![("m/data.pkl", Ok(HARMFUL))];
    members.extend(names.iter().map(|name| (name.as_str(), Err(storage - 100))));
    members.push(("m/version", Ok(b"3\n")));
    let web = Web::file(zip(&members));
    let run = scan(&[&format!("{}/model.pt", web.address)]);
    let report = run.json();
    assert_eq!(run.code, 10, "{report}");
    assert_eq!(report["files"][0]["format"], "torch-zip", "{report}");
    assert_eq!(report["files"][0]["findings"][0]["rule"], "pickle-process", "{report}");
    assert!(web.requests().len() <= 20, "{:#?}", web.requests());
    assert!(web.sent() < 400_000, "{}", web.sent());
}

#[test]
fn a_report_tells_the_address_without_its_secrets_and_the_server_gets_them() {
    let web = Web::file(File::of(HARMFUL));
    let address = web.address.replace("http://", "http://me:pass%20word@");
    let run = scan(&[&format!("{address}/a%2Fb/model.bin?token=secret")]);
    assert_eq!(run.code, 10, "{run:?}");
    assert_eq!(run.json()["files"][0]["path"], format!("{}/a%2Fb/model.bin", web.address));
    let shown = run.stdout + &run.stderr;
    assert!(!shown.contains("secret") && !shown.contains("word"), "{shown}");
    let [request] = &*web.requests() else { panic!("{:?}", web.requests()) };
    assert_eq!(request.target, "/a%2Fb/model.bin?token=secret");
    assert_eq!(request.header("authorization"), "Basic bWU6cGFzcyB3b3Jk");
}

#[test]
fn an_empty_file_is_a_file() {
    let web = Web::file(File::default());
    let report = scan(&[&format!("{}/empty.txt", web.address)]).json();
    assert_eq!(report["files"][0]["coverage"], json!({ "understood": 0, "total": 0, "gaps": [] }));
}

#[test]
fn a_redirection_is_followed() {
    let file = File::of(HARMFUL);
    let web = Web::serve(move |request| match request.target.as_str() {
        "/latest" => Answer::status(302).header("location", "/v1"),
        _ => good(&file, request),
    });
    assert_eq!(scan(&[&format!("{}/latest", web.address)]).code, 10);
}

#[test]
fn what_is_not_to_be_had_is_said_with_what_to_do() {
    for (status, message, hint) in [
        (404, "there is nothing of this name", "look for a mistake in the address"),
        (403, "access is denied", "https://USER:PASSWORD@HOST/FILE"),
        (401, "access is denied", "https://USER:PASSWORD@HOST/FILE"),
        (400, "400 Bad Request", "look for a mistake in the address"),
    ] {
        let web = Web::serve(move |_| Answer::status(status));
        let run = scan(&[&format!("{}/m.bin?token=secret", web.address)]);
        assert_eq!(run.code, 3, "{run:?}");
        assert!(run.stderr.starts_with(&format!("error: {}/m.bin: ", web.address)), "{run:?}");
        assert!(run.stderr.contains(message) && run.stderr.contains(hint), "{run:?}");
        assert!(!run.stderr.contains("secret"), "{run:?}");
    }
    let run = scan(&["http://127.0.0.1:1/m.bin"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("there is no connection: Connection refused"), "{run:?}");
}

#[test]
fn offline_means_offline() {
    let web = Web::file(File::of(HARMFUL));
    for command in [&["scan"][..], &["bom"], &["scan", "--diff", "."]] {
        let address = format!("{}/m.bin?token=secret", web.address);
        let run = casemate(Path::new("."), &[], &[&["--offline"], command, &[&address]].concat());
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("--offline: http://127.0.0.1"), "{run:?}");
        assert!(!run.stderr.contains("secret"), "{run:?}");
    }
    assert!(web.requests().is_empty());
}
