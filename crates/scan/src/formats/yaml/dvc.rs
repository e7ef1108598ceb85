//! Pointers of DVC: files that lie in a cache or a remote, by their digests.

use casemate_core::{Confidence, Severity};

use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::rule::Rule;
use crate::scan::Scan;

/// What a YAML file would say if it is a pointer.
#[derive(Default)]
pub(super) struct Outputs {
    digest: Option<String>,
    path: Option<String>,
    size: Option<String>,
}

impl Outputs {
    pub(super) fn scalar(&mut self, path: &[String], text: &str) {
        let [outs, _, key] = path else { return };
        if outs == "outs" {
            match &**key {
                "md5" | "etag" | "checksum" => self.digest = Some(text.to_owned()),
                "path" => self.path = Some(text.to_owned()),
                "size" => self.size = Some(text.to_owned()),
                _ => {}
            }
        }
    }

    pub(super) fn finish(self, scan: &mut Scan) {
        let (Some(digest), Some(path)) = (self.digest, self.path) else { return };
        scan.format(Format::LfsPointer);
        scan.fact(About::Pointer, &path, digest);
        if let Some(size) = self.size {
            scan.fact(About::Metadata, "size", size);
        }
        let title = format!("It points to `{path}`, whose content lies elsewhere");
        scan.find(Finding::new(Rule::ContentElsewhere, Severity::Low, Confidence::High, title, 0));
    }
}
