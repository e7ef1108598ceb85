//! `Pipfile.lock`, from the values of its JSON. It sees one value at a time.

use super::{Address, Dependencies};
use crate::format::Format;
use crate::json::Path;
use crate::scan::Scan;

/// What a JSON file would say if it is a `Pipfile.lock`.
#[derive(Default)]
pub(crate) struct Pipfile {
    is_one: bool,
    packages: Vec<(String, String, u64)>,
    sources: Vec<(String, u64)>,
}

/// How many packages are kept.
const MOST: usize = 20_000;

impl Pipfile {
    pub(crate) fn text(&mut self, path: &Path, text: &str, at: u64) {
        match path {
            [meta, hash, _] if meta == "_meta" && hash == "hash" => self.is_one = true,
            [meta, sources, _, url] if meta == "_meta" && sources == "sources" && url == "url" => {
                self.is_one = true;
                self.sources.push((text.to_owned(), at));
            }
            [group, name, version]
                if version == "version"
                    && (group == "default" || group == "develop")
                    && self.packages.len() < MOST =>
            {
                self.packages.push((name.clone(), text.to_owned(), at));
            }
            _ => {}
        }
    }

    pub(crate) fn finish(self, scan: &mut Scan) {
        if !self.is_one {
            return;
        }
        scan.format(Format::LockFile);
        let mut dependencies = Dependencies::default();
        for (name, version, at) in self.packages {
            dependencies.locked(&name, &version, at, scan);
        }
        for (place, (url, at)) in self.sources.into_iter().enumerate() {
            Address::parse(&url).index("source", place == 0, at, scan);
        }
        dependencies.finish(scan);
    }
}
