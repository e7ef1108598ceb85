//! A bucket, on an S3 server in this process.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::dto::{
    GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input,
    ListObjectsV2Output,
};
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::casemate::{Run, casemate};

const KEY: &str = "ACCESSKEY";
const SECRET: &str = "hush-hush";

/// Folders of fixtures, with something of every family that is read in another way.
const FIXTURES: &[&str] = &[
    "archive-traversal",
    "archive-link",
    "gguf-overlap",
    "pickle-process",
    "safetensors-overlap",
    "template-sandbox-escape",
    "torch-storage-size",
];

/// What is asked of a server when files are read. To ask for a folder as if it were an object makes the one of `s3s_fs`
/// fail; in a real bucket there are no folders.
struct Server {
    files: FileSystem,
    root: PathBuf,
}

#[async_trait::async_trait]
impl S3 for Server {
    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        if self.root.join(&req.input.bucket).join(&req.input.key).is_dir() {
            return Err(s3_error!(NoSuchKey));
        }
        self.files.head_object(req).await
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        self.files.get_object(req).await
    }

    async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.files.list_objects_v2(req).await
    }
}

/// A bucket `models` that holds what a folder of the same name does.
struct Bucket {
    root: TempDir,
    endpoint: String,
}

impl Bucket {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("models")).unwrap();
        let files = FileSystem::new(root.path()).unwrap();
        let mut service = S3ServiceBuilder::new(Server { files, root: root.path().to_path_buf() });
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = service.build();
        let (ready, address) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.unwrap().block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                ready.send(listener.local_addr().unwrap()).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    let service = service.clone();
                    tokio::spawn(async move {
                        let server = Builder::new(TokioExecutor::new());
                        // Whoever hangs up has heard enough.
                        let _ = server.serve_connection(TokioIo::new(stream), service).await;
                    });
                }
            });
        });
        Self { root, endpoint: format!("http://{}", address.recv().unwrap()) }
    }

    /// A bucket of fixtures, below `a b/`.
    fn of_fixtures() -> Self {
        let bucket = Self::new();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scan/fixtures/catch");
        for name in FIXTURES {
            for file in fs::read_dir(fixtures.join(name)).unwrap() {
                let file = file.unwrap();
                let key = format!("a b/{name}/{}", file.file_name().to_str().unwrap());
                bucket.put(&key, &fs::read(file.path()).unwrap());
            }
        }
        bucket
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("models")
    }

    fn put(&self, key: &str, bytes: &[u8]) -> &Self {
        let path = self.folder().join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    fn run_as(&self, secret: &str, args: &[&str]) -> Run {
        let environment = [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", secret),
        ];
        let run = casemate(self.root.path(), &environment, args);
        assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{run:?}");
        run
    }

    fn run(&self, args: &[&str]) -> Run {
        self.run_as(SECRET, args)
    }

    fn paths(&self, args: &[&str]) -> Vec<String> {
        let report = self.run(&[&["scan", "--format", "json"], args].concat()).json();
        let files = report["files"].as_array().unwrap().clone();
        files.iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_bucket_is_judged_as_the_folder_is() {
    let bucket = Bucket::of_fixtures();
    // What only files together show.
    bucket.put("a b/code/config.json", br#"{"auto_map": {"AutoModel": "code.Model"}}"#);
    let local = bucket.run(&["scan", "--format", "json", "models/a b"]);
    assert!(local.stdout.contains("missing-code"), "{local:?}");
    let remote = bucket.run(&["scan", "--format", "json", "s3://models/a b"]);
    assert_eq!(local.code, 10, "{local:?}");
    assert_eq!(remote.code, 10, "{remote:?}");
    let renamed: Value =
        serde_json::from_str(&local.stdout.replace("models/a b/", "s3://models/a b/")).unwrap();
    assert_eq!(remote.json(), renamed);
    let formats = ["pickle", "zip", "torch-zip", "safetensors", "gguf", "tar"];
    let files = renamed["files"].as_array().unwrap();
    for format in formats {
        assert!(files.iter().any(|file| file["format"] == format), "no {format} among the fixtures");
    }
}

#[test]
fn large_objects_are_read_by_parts_and_judged_the_same() {
    let bucket = Bucket::new();
    let harmful = b"cos\nsystem\n(S'echo casemate'\ntR.";
    // Too large to be asked for at once: a pickle, a tar around it, and bytes that nobody knows.
    let pickle = [&b"(lp0\n"[..], &b"I123456\na".repeat(40_000), b"0", harmful].concat();
    let mut tar = vec![0; 512];
    tar[..5].copy_from_slice(b"m.pkl");
    tar[100..108].copy_from_slice(b"0000644\0");
    tar[124..136].copy_from_slice(format!("{:011o}\0", pickle.len()).as_bytes());
    tar[156] = b'0';
    tar[257..265].copy_from_slice(b"ustar\x0000");
    tar[148..156].copy_from_slice(b"        ");
    let sum: u32 = tar.iter().map(|byte| u32::from(*byte)).sum();
    tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    tar.extend(&pickle);
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    bucket.put("m.pkl", &pickle).put("m.tar", &tar).put("unknown", &b"\x01\x02\x03".repeat(3_000_000));
    let local = bucket.run(&["scan", "--digests", "--format", "json", "models"]).stdout;
    let remote = bucket.run(&["scan", "--digests", "--format", "json", "s3://models"]).stdout;
    assert_eq!(remote, local.replace("\"models/", "\"s3://models/"));
    assert_eq!(local.matches("pickle-process").count(), 2, "{local}");
}

#[test]
fn a_digest_that_costs_much_is_taken_only_if_asked_for() {
    let bucket = Bucket::new();
    bucket.put("little", &b"text\n".repeat(1000)).put("much", &b"text\n".repeat(1_000_000));
    let digests = |args: &[&str]| {
        let report = bucket.run(&[&["scan", "--format", "json", "s3://models"], args].concat()).json();
        let files = report["files"].as_array().unwrap().clone();
        files.iter().map(|file| file["digests"]["sha256"].is_string()).collect::<Vec<_>>()
    };
    assert_eq!(digests(&[]), [true, false]);
    assert_eq!(digests(&["--digests"]), [true, true]);
}

#[test]
fn keys_and_prefixes_are_named_like_files_and_folders() {
    let bucket = Bucket::new();
    for key in ["v1/m.pkl", "v1/config.json", "v1/sub/n.pkl", "v10/m.pkl", "v1.txt"] {
        bucket.put(key, b"(lp0\nI1\naI2\na.");
    }
    let v1 = ["s3://models/v1/config.json", "s3://models/v1/m.pkl", "s3://models/v1/sub/n.pkl"];
    assert_eq!(bucket.paths(&["s3://models/v1"]), v1);
    assert_eq!(bucket.paths(&["s3://models/v1/"]), v1);
    assert_eq!(bucket.paths(&["s3://models/v1/m.pkl"]), ["s3://models/v1/m.pkl"]);
    assert_eq!(bucket.paths(&["s3a://models"]).len(), 5);
    assert_eq!(bucket.paths(&["s3://models/v1", "--exclude", "*.pkl"]), v1[..1]);
    assert_eq!(bucket.paths(&["s3://models/v1", "--shard", "2/2"]), v1[1..2]);
    let both = bucket.paths(&["models/v10", "s3://models/v10"]);
    assert_eq!(both, ["models/v10/m.pkl", "s3://models/v10/m.pkl"]);
    assert_eq!(bucket.run(&["scan", "s3://models/v1", "--exclude", "**"]).code, 3);
}

#[test]
fn mistakes_are_answered_with_what_to_do() {
    let bucket = Bucket::new();
    bucket.put("m.pkl", b"(lp0\nI1\na.");
    for (address, message) in [
        ("s3://models/v", "s3://models/v: there is nothing of this name"),
        ("s3://models/m.pk", "s3://models/m.pk: there is nothing of this name"),
        ("s3://nothing", "s3://nothing: there is nothing of this name"),
        ("s3://models/a//b", "a key has no empty parts"),
        ("s3://key:hush@models/m.pkl", "s3://models/m.pkl: credentials come from the environment"),
        ("nfs://models/m.pkl", "nothing is read from `nfs` addresses"),
    ] {
        let run = bucket.run(&["scan", address]);
        assert_eq!(run.code, 3, "{run:?}");
        assert!(run.stderr.contains(message), "{run:?}");
        assert!(run.stderr.contains("\nhint: ") && !run.stderr.contains("hush"), "{run:?}");
    }
    let run = bucket.run_as("a-wrong-secret", &["scan", "s3://models/m.pkl"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("access is denied"), "{run:?}");
    assert!(run.stderr.contains("AWS_ACCESS_KEY_ID"), "{run:?}");
}

#[test]
fn versions_in_a_bucket_are_compared() {
    let bucket = Bucket::new();
    bucket.put("v1/m.pkl", b"(lp0\nI1\na.").put("v2/m.pkl", b"cos\nsystem\n(S'echo casemate'\ntR.");
    for (old, new) in [("s3://models/v1", "s3://models/v2"), ("models/v1", "s3://models/v2/")] {
        let run = bucket.run(&["scan", "--diff", old, new]);
        assert_eq!(run.code, 10, "{run:?}");
        assert!(run.stdout.contains("[CRITICAL] `os.system` is called (m.pkl)"), "{run:?}");
        assert!(run.stdout.contains("~ m.pkl"), "{run:?}");
    }
    assert_eq!(bucket.run(&["scan", "--diff", "s3://models/v1", "models/v1"]).code, 0);
}

#[test]
fn bills_of_materials_and_conversions_read_from_buckets_too() {
    let bucket = Bucket::new();
    let npy = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    let header = [b"\x93NUMPY\x01\x00\x76\x00", format!("{npy:<117}\n").as_bytes(), &[0; 8]].concat();
    bucket.put("scorer/a.npy", &header);
    let bom = bucket.run(&["bom", "s3://models/scorer/"]);
    assert_eq!(bom.code, 0, "{bom:?}");
    assert_eq!(bom.json()["metadata"]["component"]["name"], "scorer", "{bom:?}");
    let run = bucket.run(&["convert", "s3://models/scorer/a.npy", "out.safetensors"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(bucket.run(&["scan", "out.safetensors"]).code, 0);
    let run = bucket.run(&["convert", "s3://models/scorer/b.npy", "other.safetensors"]);
    assert_eq!(run.code, 3, "{run:?}");
}
