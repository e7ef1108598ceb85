//! Tests of the reader of ONNX: whatever the bytes, reading ends; links are told from files.

use proptest::prelude::*;

use super::*;
use crate::Rule;
use crate::testing::reads_to_an_end;

const MODEL: &[u8] = include_bytes!("../../../fixtures/spare/graphs-onnx/nested.onnx");

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let input = Input::from(bytes.to_vec());
    reads_to_an_end(&input, |input, scan| {
        read(input, scan)?;
        read_tensor(input, scan)
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes)?;
    }

    #[test]
    fn any_mutation_is_read_to_an_end(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = MODEL.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes)?;
        bytes.truncate(cut.index(bytes.len()));
        check(&bytes)?;
    }
}

#[test]
fn graphs_in_each_other_are_not_followed_for_ever() {
    let mut graph = Vec::new();
    for _ in 0..400 {
        let wrap = |tag: u8, inner: &[u8]| {
            let len = inner.len();
            [&[tag, (len & 0x7f) as u8 | 0x80, (len >> 7) as u8 | 0x80, 0][..], inner].concat()
        };
        graph = wrap(0x0a, &wrap(0x2a, &wrap(0x32, &graph)));
    }
    let model =
        [&[0x08, 8, 0x3a, (graph.len() & 0x7f) as u8 | 0x80, (graph.len() >> 7) as u8][..], &graph].concat();
    check(&model).unwrap();
}

#[cfg(unix)]
#[test]
fn links_are_told_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path(), outside.path());
    std::fs::write(there.join("secret"), "x").unwrap();
    std::fs::write(here.join("plain"), "x").unwrap();
    std::fs::write(here.join("two"), "x").unwrap();
    std::fs::hard_link(here.join("two"), here.join("other")).unwrap();
    std::os::unix::fs::symlink(there.join("secret"), here.join("link")).unwrap();
    std::os::unix::fs::symlink(there, here.join("way")).unwrap();
    let cves =
        |location: &str| external_link(here, location).unwrap().map(|finding| (finding.rule, finding.cves));
    assert_eq!(cves("plain"), None);
    assert_eq!(cves("missing/file"), None);
    assert_eq!(
        cves("link"),
        Some((Rule::OnnxExternalLink, vec!["CVE-2026-27489".into(), "CVE-2026-34447".into()]))
    );
    assert_eq!(cves("way/secret"), Some((Rule::OnnxExternalLink, vec!["CVE-2026-34447".into()])));
    assert_eq!(cves("other"), Some((Rule::OnnxExternalLink, vec!["CVE-2026-34446".into()])));
}
