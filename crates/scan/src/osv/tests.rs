//! Advisories written for the purpose, in a folder and in a zip, against what files ask for.

use std::io::Write as _;

use proptest::prelude::*;

use super::*;
use crate::{Options, scan};

const ADVISORIES: &[(&str, &str)] = &[
    (
        "GHSA-aaaa.json",
        r#"{"id": "GHSA-aaaa", "aliases": ["CVE-2099-0001"],
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            "affected": [{"package": {"ecosystem": "PyPI", "name": "Example_Net"},
              "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}, {"introduced": "2.0rc1"}, {"last_affected": "2.1"}]},
                         {"type": "GIT", "events": [{"introduced": "0"}]}]}]}"#,
    ),
    (
        "PYSEC-1.json",
        r#"{"id": "PYSEC-2099-1", "aliases": ["CVE-2099-0001", "GHSA-aaaa"], "modified": "x",
            "affected": [{"package": {"ecosystem": "PyPI", "name": "example-net"}, "versions": ["1.0", "1.1"]}]}"#,
    ),
    (
        "MAL-1.json",
        r#"{"id": "MAL-2099-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "example-bad"},
              "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]}"#,
    ),
    (
        "GHSA-bbbb.json",
        r#"{"id": "GHSA-bbbb", "withdrawn": "2099-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "PyPI", "name": "example-net"}, "versions": ["1.0"]}]}"#,
    ),
    (
        "GHSA-cccc.json",
        r#"{"id": "GHSA-cccc", "database_specific": {"severity": "LOW"}, "affected": [{"package": {"ecosystem": "npm", "name": "example-net"}, "versions": ["1.0"]}]}"#,
    ),
    ("broken.json", "{"),
];

fn told(osv: &Osv, requirements: &str) -> (Vec<String>, Read) {
    let input = Input::from(requirements.as_bytes().to_vec());
    let mut files = [scan("requirements.txt", &input, &Options::default())];
    let before = files[0].findings.len();
    let read = osv.check(&mut files).unwrap();
    let findings = &files[0].findings;
    assert!(findings.len() >= before);
    let told =
        findings.iter().filter(|finding| finding.rule.as_str().starts_with("dependency-")).map(|finding| {
            format!("{} {} {}", finding.severity, finding.title, finding.cves.join(" ")).trim_end().to_owned()
        });
    (told.collect(), read)
}

fn in_folder() -> (tempfile::TempDir, Osv) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in ADVISORIES {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let osv = Osv::open(folder.path()).unwrap();
    (folder, osv)
}

#[test]
fn versions_are_held_against_ranges_and_lists() {
    let (_folder, osv) = in_folder();
    let first = "critical `example-net` 1.1: GHSA-aaaa, fixed in 1.2.3 CVE-2099-0001";
    let second = "critical `example-net` 2.1: GHSA-aaaa, no version is fixed CVE-2099-0001";
    for (requirement, expected) in [
        ("example-net==1.1", vec![first]),
        ("Example.Net == 1.2.3", vec![]),
        ("example-net==2.1", vec![second]),
        ("example-net==2.1.1", vec![]),
        ("example-bad==0.1", vec!["critical `example-bad` 0.1 was reported as malicious: MAL-2099-1"]),
        ("other==1.0", vec![]),
    ] {
        let (told, read) = told(&osv, requirement);
        assert_eq!(told, expected, "{requirement}");
        assert_eq!((read.advisories, read.broken), (3, 1));
    }
    let (loose, _) = told(&osv, "example-net>=1\nexample-bad\n");
    assert!(loose.iter().any(|title| title.contains("`example-bad` was reported as malicious")), "{loose:?}");
    assert!(!loose.iter().any(|title| title.contains("GHSA")), "{loose:?}");
}

#[test]
fn a_zip_reads_as_a_folder_does() {
    let (folder, osv) = in_folder();
    let path = folder.path().join("all.zip");
    fs::write(&path, zipped(ADVISORIES)).unwrap();
    let from_zip = Osv::open(&path).unwrap();
    let requirements = "example-net==1.1\nexample-bad==1\n";
    assert_eq!(told(&from_zip, requirements), told(&osv, requirements));
    assert!(Osv::open(&folder.path().join("broken.json")).is_err());
    assert!(Osv::open(&folder.path().join("nothing")).is_err());
}

/// An archive of deflated members.
fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(text.as_bytes()).unwrap();
        let packed = packer.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        let mut fields = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        fields.extend(crc.sum().to_le_bytes());
        fields.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        fields.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        fields.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        fields.extend([0, 0]);
        let at = u32::try_from(bytes.len()).unwrap();
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&fields);
        bytes.extend(name.bytes());
        bytes.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.bytes());
    }
    let start = u32::try_from(bytes.len()).unwrap();
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

proptest! {
    #[test]
    fn any_advisory_is_read_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Advisory::parse(&bytes);
    }

    #[test]
    fn whatever_is_changed_in_an_advisory_it_is_read_or_none(
        which in 0..ADVISORIES.len(),
        at in any::<prop::sample::Index>(),
        put in any::<u8>(),
    ) {
        let mut bytes = ADVISORIES[which].1.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = put;
        if let Some(advisory) = Advisory::parse(&bytes) {
            let ask = |version| (String::from("example-net"), vec![Ask::new(0, Vec::new(), version)]);
            for version in ["==1.1", "==99999999999999999999.1", ">=1", ""] {
                findings(matches(&advisory, &BTreeMap::from([ask(version)])).into_iter().map(|(_, one)| one).collect());
            }
        }
    }
}
