//! Environments of conda (`conda.yaml`, `environment.yml`) and of MLflow (`python_env.yaml`).

use crate::dependency::{Dependencies, Line};
use crate::scan::Scan;

/// How many packages are kept.
const MOST: usize = 20_000;

/// What a YAML file would say if it is an environment.
#[derive(Default)]
pub(super) struct Environment {
    is_conda: bool,
    is_python: bool,
    own: Vec<(String, u64)>,
    pip: Vec<(String, u64)>,
}

impl Environment {
    pub(super) fn scalar(&mut self, path: &[String], text: &str, at: u64) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match *path {
            ["channels", "[]"] | ["name" | "prefix"] => self.is_conda = true,
            ["python"] => self.is_python = true,
            ["dependencies", "[]"] if self.own.len() < MOST => self.own.push((text.to_owned(), at)),
            ["dependencies", "[]", "pip", "[]"] | ["build_dependencies", "[]"] if self.pip.len() < MOST => {
                self.pip.push((text.to_owned(), at));
            }
            _ => {}
        }
    }

    pub(super) fn finish(mut self, scan: &mut Scan) {
        if self.is_python {
            self.pip.append(&mut self.own);
        } else if !self.is_conda && self.pip.is_empty() {
            return;
        }
        let mut dependencies = Dependencies::default();
        for (text, at) in self.own {
            conda(&text, at, &mut dependencies, scan);
        }
        for (text, at) in self.pip {
            if dependencies.line(&text, at, scan) == Line::Other {
                scan.gap(format!("the package at offset {at} is named in a way that is not known"));
            }
        }
        dependencies.finish(scan);
    }
}

/// A package as conda names it: `channel::name=version=build`, or with a range.
fn conda(text: &str, at: u64, dependencies: &mut Dependencies, scan: &mut Scan) {
    let text = text.rsplit_once("::").map_or(text, |(_, text)| text).trim();
    let end = text.find(['=', '<', '>', '!', '~', ' ', '[']).unwrap_or(text.len());
    let (name, version) = text.split_at_checked(end).unwrap_or((text, ""));
    if name.is_empty() {
        return;
    }
    let version = version.trim();
    dependencies.elsewhere(name, version, scan);
    if !version.starts_with('=') && name != "pip" && name != "python" {
        dependencies.loose(name, at);
    }
}
