//! Google's and Azure's buckets, on servers that answer as their documentation says: enough for a listing, an object and a
//! refusal. The real ones are not contacted.

use std::path::Path;

use crate::casemate::casemate;
use crate::web::{Answer, File, Request, Web, good};

/// A pickle of protocol 0 that would print a word.
const HARMFUL: &[u8] = b"cos\nsystem\n(S'echo casemate'\ntR.";
const DATE: &str = "Sat, 28 Nov 2026 10:00:00 GMT";

/// Serves one object, a listing of the bucket, and a refusal of anything that is signed.
fn cloud(object: &'static str, listing: &'static str) -> Web {
    Web::serve(move |request: &Request| {
        if request.headers.contains_key("authorization") {
            return Answer::status(403);
        }
        match request.target.split_once('?') {
            Some((_, query)) if query.contains("prefix=models") => {
                Answer { status: 200, body: listing.as_bytes().to_vec(), ..Answer::default() }
            }
            Some(_) => Answer::status(404),
            None if request.target == object => {
                good(&File::of(HARMFUL), request).header("last-modified", DATE)
            }
            None => Answer::status(404),
        }
    })
}

fn check(environment: &[(&str, &str)], bucket: &str) {
    let scan = |address: &str| {
        casemate(Path::new("."), environment, &["scan", "--format", "json", &format!("{bucket}{address}")])
    };
    for address in ["/models", "/models/m.pkl"] {
        let run = scan(address);
        assert_eq!(run.code, 10, "{run:?}");
        let file = &run.json()["files"][0];
        assert_eq!(file["path"], format!("{bucket}/models/m.pkl"));
        assert_eq!(file["findings"][0]["rule"], "pickle-process");
    }
    let run = scan("/nothing");
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("/nothing: there is nothing of this name"), "{run:?}");
}

#[test]
fn objects_of_google_are_read() {
    let web = cloud(
        "/bucket/models%2Fm%2Epkl",
        "<ListBucketResult><Contents><Key>models/m.pkl</Key><Size>32</Size>\
         <LastModified>2026-11-28T10:00:00.000Z</LastModified><ETag>\"1\"</ETag></Contents></ListBucketResult>",
    );
    let environment = [("GOOGLE_BASE_URL", web.address.as_str()), ("GOOGLE_ALLOW_HTTP", "true")];
    check(&[&environment[..], &[("GOOGLE_SKIP_SIGNATURE", "true")]].concat(), "gs://bucket");
    let token = [("GOOGLE_BEARER_TOKEN", "hush-hush")];
    let run = casemate(Path::new("."), &[&environment[..], &token].concat(), &["scan", "gs://bucket/models"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("access is denied") && !run.stderr.contains("hush"), "{run:?}");
}

#[test]
fn objects_of_azure_are_read() {
    let web = cloud(
        "/container/models/m.pkl",
        "<EnumerationResults><Blobs><Blob><Name>models/m.pkl</Name><Properties>\
         <Last-Modified>Sat, 28 Nov 2026 10:00:00 GMT</Last-Modified><Etag>1</Etag>\
         <Content-Length>32</Content-Length><Content-Type>a/b</Content-Type></Properties></Blob></Blobs>\
         <NextMarker/></EnumerationResults>",
    );
    let environment = [
        ("AZURE_STORAGE_ACCOUNT_NAME", "account"),
        ("AZURE_STORAGE_ENDPOINT", web.address.as_str()),
        ("AZURE_ALLOW_HTTP", "true"),
    ];
    let open = [&environment[..], &[("AZURE_SKIP_SIGNATURE", "true")]].concat();
    for bucket in ["az://container", "abfs://container", "azure://container"] {
        check(&open, bucket);
    }
    let key = [("AZURE_STORAGE_ACCOUNT_KEY", "aHVzaC1odXNo")];
    let run =
        casemate(Path::new("."), &[&environment[..], &key].concat(), &["scan", "az://container/models"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("access is denied") && !run.stderr.contains("aHVz"), "{run:?}");
}

#[test]
fn what_is_missing_in_the_environment_is_said() {
    let run = casemate(Path::new("."), &[], &["scan", "az://container/models"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("AZURE_STORAGE_ACCOUNT_NAME"), "{run:?}");
}
