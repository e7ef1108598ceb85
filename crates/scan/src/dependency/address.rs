//! Where packages come from: indexes and addresses. It fetches nothing, and shows no credentials.

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::rule::Rule;
use crate::scan::Scan;

/// Indexes of the Python Package Index itself and of those who build what is asked for there.
const KNOWN: &[&str] = &[
    "pypi.org",
    "pypi.python.org",
    "files.pythonhosted.org",
    "download.pytorch.org",
    "data.pyg.org",
    "data.dgl.ai",
    "pypi.nvidia.com",
    "pypi.ngc.nvidia.com",
    "developer.download.nvidia.com",
    "storage.googleapis.com/jax-releases",
    "storage.googleapis.com/libtpu-releases",
    "abetlen.github.io/llama-cpp-python",
    "flashinfer.ai/whl",
    "wheels.vllm.ai",
    "download.openmmlab.com",
    "www.paddlepaddle.org.cn",
    "conda.anaconda.org",
    "repo.anaconda.com",
];

/// An address as a file writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address<'t> {
    /// `https`, or `git+ssh`; empty for a path.
    scheme: &'t str,
    /// Host and path, without credentials.
    rest: &'t str,
}

impl<'t> Address<'t> {
    pub(crate) fn parse(text: &'t str) -> Self {
        let text = text.trim().trim_matches(['"', '\'']);
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let host = rest.split('/').next().unwrap_or(rest);
        let rest = match host.rsplit_once('@') {
            Some((credentials, _)) if !scheme.is_empty() => rest.get(credentials.len() + 1..).unwrap_or(rest),
            _ => rest,
        };
        Self { scheme, rest }
    }

    /// An index beside or in the place of the usual one. `only` if it is the only one.
    pub(crate) fn index(&self, option: &str, only: bool, at: u64, scan: &mut Scan) {
        if self.scheme.is_empty() || self.scheme == "file" {
            return;
        }
        if self.is_open() {
            return self.insecure(option, at, scan);
        }
        let known = KNOWN.iter().any(|known| {
            self.rest.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        if known && (only || self.rest.starts_with("pypi.org")) {
            return;
        }
        let severity = if known || only { Severity::Low } else { Severity::Medium };
        let place = if only { "only" } else { "also" };
        let title = format!("Packages {place} come from `{}` ({option})", self.shown());
        scan.find(Finding::new(Rule::DependencyIndex, severity, Confidence::Medium, title, at));
    }

    /// A package that comes from here, by its name if that is known.
    pub(crate) fn direct(&self, name: Option<&str>, at: u64, scan: &mut Scan) {
        let what = name.map_or_else(|| "A package".to_owned(), |name| format!("`{name}`"));
        if self.is_open() {
            return self.insecure(&what, at, scan);
        }
        if self.scheme.is_empty() || self.scheme == "file" || self.is_pinned() {
            return;
        }
        let title = format!("{what} comes from `{}`, whatever lies there", self.shown());
        scan.find(Finding::new(Rule::DependencyDirect, Severity::Low, Confidence::High, title, at));
    }

    fn insecure(&self, what: &str, at: u64, scan: &mut Scan) {
        let title = format!("{what}: `{}` is fetched without encryption", self.shown());
        scan.find(Finding::new(Rule::DependencyInsecure, Severity::Medium, Confidence::High, title, at));
    }

    /// Whether anybody on the way can change what comes from it. What never leaves the machine is none of theirs.
    fn is_open(&self) -> bool {
        let host = self.rest.split(['/', ':']).next().unwrap_or_default();
        let is_local = matches!(host, "localhost" | "127.0.0.1" | "[" | "0.0.0.0");
        matches!(self.scheme, "http" | "ftp" | "git" | "git+http" | "git+git" | "svn+http" | "hg+http")
            && !is_local
    }

    /// Whether what lies there cannot change: a commit of git, or a hash.
    fn is_pinned(&self) -> bool {
        let (address, fragment) = self.rest.split_once('#').unwrap_or((self.rest, ""));
        let hashed = ["sha256=", "sha384=", "sha512="].iter().any(|kind| fragment.contains(kind));
        let revision = address.rsplit_once('@').map(|(_, revision)| revision);
        let is_commit = |text: &str| text.len() >= 40 && text.chars().all(|c| c.is_ascii_hexdigit());
        hashed || revision.is_some_and(is_commit)
    }

    /// It without credentials and without what follows a question mark, which may hold some.
    pub(super) fn shown(&self) -> String {
        let end = self.rest.find(['?', '#']).unwrap_or(self.rest.len());
        let rest = self.rest.get(..end).unwrap_or(self.rest);
        if self.scheme.is_empty() { rest.to_owned() } else { format!("{}://{rest}", self.scheme) }
    }
}
