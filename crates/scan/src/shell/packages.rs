//! Where `pip` and its kin are told to take packages from. The list names indexes that are everyday for models.

use casemate_core::Severity;

use super::judge::{host_of, shown};

const INDEXES: &[&str] = &[
    "pypi.org",
    "files.pythonhosted.org",
    "download.pytorch.org",
    "pypi.nvidia.com",
    "pypi.ngc.nvidia.com",
    "developer.download.nvidia.com",
    "data.pyg.org",
    "wheels.vllm.ai",
    "flashinfer.ai",
    "storage.googleapis.com",
    "github.com",
    "gitlab.com",
    "huggingface.co",
    "dl.fbaipublicfiles.com",
    "pytorch.s3.amazonaws.com",
    "repo.radeon.com",
    "mirrors.aliyun.com",
    "pypi.tuna.tsinghua.edu.cn",
    "pytorch-extension.intel.com",
    "test.pypi.org",
];

/// What an installation takes from somewhere else than the index everybody uses.
pub(super) fn judged(program: &str, args: &[String]) -> Option<(Severity, String)> {
    let args = installs(program, args)?;
    let mut worst: Option<(Severity, String)> = None;
    let mut take = |severity: Severity, title: String| {
        if worst.as_ref().is_none_or(|(before, _)| severity > *before) {
            worst = Some((severity, title));
        }
    };
    for (at, arg) in args.iter().enumerate() {
        let (flag, value) = match arg.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
            _ => (arg.as_str(), args.get(at + 1).map(String::as_str)),
        };
        match flag {
            "--extra-index-url" | "--index-url" | "-i" | "--find-links" | "-f" | "--index" => {
                let Some(url) = value.filter(|value| value.contains("://")) else { continue };
                let what = if flag == "--extra-index-url" { "also come from" } else { "come from" };
                take(severity(url), format!("Packages {what} `{}`", shown(url)));
            }
            "--trusted-host" => {
                let host = value.unwrap_or_default();
                take(Severity::Medium, format!("Packages come from `{host}` without a check of who it is"));
            }
            _ if arg.starts_with("git+") || arg.contains("@git+") || arg.contains("@ git+") => {
                let url = arg.split_once("git+").map_or(arg.as_str(), |(_, url)| url);
                take(severity(url), format!("A package is built from the repository `{}`", shown(url)));
            }
            _ if arg.starts_with("http://") || arg.starts_with("https://") => {
                let behind_flag = at
                    .checked_sub(1)
                    .and_then(|before| args.get(before))
                    .is_some_and(|before| before.starts_with('-'));
                if !behind_flag {
                    take(severity(arg), format!("A package comes from `{}`", shown(arg)));
                }
            }
            _ => {}
        }
    }
    worst
}

/// The arguments of an installation; none if it is something else.
fn installs<'a>(program: &str, args: &'a [String]) -> Option<&'a [String]> {
    let pip = program.starts_with("pip") || matches!(program, "%pip" | "uv" | "pipx" | "%uv");
    let args = match args {
        [m, pip, rest @ ..] if program.starts_with("python") && m == "-m" && pip == "pip" => rest,
        [first, rest @ ..] if pip && first == "pip" => rest,
        _ if pip => args,
        _ => return None,
    };
    match args {
        [first, rest @ ..] if matches!(first.as_str(), "install" | "download" | "wheel" | "add") => {
            Some(rest)
        }
        _ => None,
    }
}

fn severity(url: &str) -> Severity {
    if INDEXES.contains(&host_of(url)) && !url.starts_with("http://") {
        Severity::Low
    } else {
        Severity::Medium
    }
}
