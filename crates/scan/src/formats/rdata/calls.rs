//! What functions of R can do, by their names. Only those count that reach beyond the session; R code calls all others.

use crate::capability::Capability;

const PROCESS: &[&str] =
    &["system", "system2", "shell", "shell.exec", "pipe", "processx_run", "Sys.kill", "pskill", "mcfork"];
const NETWORK: &[&str] = &[
    "download.file",
    "url",
    "socketConnection",
    "serverSocket",
    "make.socket",
    "browseURL",
    "curl_fetch_memory",
    "install.packages",
    "url.show",
    "nsl",
];
const CODE: &[&str] = &[
    "source",
    "sys.source",
    "dyn.load",
    "library.dynam",
    "eval.parent",
    "parse",
    "str2lang",
    "str2expression",
];
const NESTED: &[&str] = &["unserialize", "readRDS", "loadRDS", "load", "attach"];
const WRITE: &[&str] = &[
    "unlink",
    "file.remove",
    "file.rename",
    "file.copy",
    "file.create",
    "file.append",
    "writeLines",
    "writeBin",
    "dput",
    "sink",
    "saveRDS",
    "Sys.chmod",
    "Sys.setenv",
];
const READ: &[&str] = &["readLines", "readBin", "readChar", "scan", "read.csv", "read.table", "Sys.getenv"];

/// What calling a function does, if it reaches beyond the session.
pub(super) fn capability(name: &str) -> Option<Capability> {
    [
        (PROCESS, Capability::Process),
        (CODE, Capability::CodeExecution),
        (NETWORK, Capability::Network),
        (WRITE, Capability::FileWrite),
        (NESTED, Capability::NestedDeserialise),
        (READ, Capability::FileRead),
    ]
    .into_iter()
    .find(|(names, _)| names.contains(&name))
    .map(|(_, does)| does)
}

/// Packages that come with R.
pub(super) fn is_standard(package: &str) -> bool {
    let standard = [
        "base",
        "compiler",
        "datasets",
        "grDevices",
        "graphics",
        "grid",
        "methods",
        "parallel",
        "splines",
        "stats",
        "stats4",
        "tcltk",
        "tools",
        "utils",
    ];
    standard.contains(&package)
}
