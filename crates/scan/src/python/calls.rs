//! What a call in Python source can do. Source that is read calls much that is ordinary, so that only modules that reach
//! out of the program count; what they do is told by the one table of capabilities.

use crate::capability::Capability;

/// Modules that reach out of the program, with everything below them.
const WATCHED: &[&str] = &[
    "_posixsubprocess",
    "_pickle",
    "_winapi",
    "aiohttp",
    "bdb",
    "cffi",
    "cloudpickle",
    "code",
    "codeop",
    "commands",
    "ctypes",
    "dill",
    "ensurepip",
    "fabric",
    "ftplib",
    "http.client",
    "httplib",
    "httpx",
    "imp",
    "importlib",
    "joblib",
    "marshal",
    "nt",
    "os",
    "paramiko",
    "pexpect",
    "pickle",
    "pip",
    "posix",
    "pty",
    "requests",
    "runpy",
    "sh",
    "shutil",
    "smtplib",
    "socket",
    "subprocess",
    "telnetlib",
    "torch.load",
    "torch.hub",
    "urllib",
    "urllib2",
    "urllib3",
    "webbrowser",
    "websocket",
    "winreg",
    "zipimport",
];

/// Functions of `os` that do something to processes.
const OS_PROCESS: &[&str] = &[
    "abort",
    "fork",
    "forkpty",
    "kill",
    "killpg",
    "popen",
    "popen2",
    "popen3",
    "posix_spawn",
    "posix_spawnp",
    "startfile",
    "system",
    "dup2",
];
/// Functions of `os` that change files.
const OS_WRITE: &[&str] = &[
    "chmod",
    "chown",
    "link",
    "makedirs",
    "mkdir",
    "remove",
    "removedirs",
    "rename",
    "renames",
    "replace",
    "rmdir",
    "symlink",
    "truncate",
    "unlink",
    "write",
];

/// What calling a global can do, where that is worth a note.
pub(super) fn capability(path: &str) -> Option<Capability> {
    let (module, name) = path.rsplit_once('.').unwrap_or(("builtins", path));
    let found = match (module, name) {
        ("builtins", "eval" | "exec" | "execfile") => Capability::CodeExecution,
        ("builtins", "open") | ("io" | "codecs", "open") => Capability::FileRead,
        ("builtins", "__import__") => Capability::Import,
        ("builtins", _) => return None,
        ("os" | "posix" | "nt", name) if OS_PROCESS.contains(&name) => Capability::Process,
        ("os" | "posix", name) if name.starts_with("exec") || name.starts_with("spawn") => {
            Capability::Process
        }
        ("os", name) if OS_WRITE.contains(&name) => Capability::FileWrite,
        ("types", "FunctionType" | "CodeType" | "LambdaType") => Capability::CodeExecution,
        _ if ordinary(path) => return None,
        _ if WATCHED.iter().any(|watched| is_within(path, watched)) => special(path, module, name),
        _ => return None,
    };
    (found > Capability::Unknown).then_some(found)
}

fn special(path: &str, module: &str, name: &str) -> Capability {
    match path {
        "pip.main" | "pip._internal.main" => Capability::Process,
        "importlib.import_module" | "importlib.__import__" => Capability::Import,
        _ if is_within(path, "aiohttp") || is_within(path, "websocket") || is_within(path, "paramiko") => {
            Capability::Network
        }
        _ => Capability::of(module, name),
    }
}

/// What is everyday in these modules.
fn ordinary(path: &str) -> bool {
    const EVERYDAY: &[&str] = &[
        "ctypes.util",
        "ctypes.sizeof",
        "ctypes.Structure",
        "ctypes.POINTER",
        "ctypes.c_",
        "http.client.responses",
        "importlib.metadata",
        "importlib.reload",
        "importlib.resources",
        "importlib.util.find_spec",
        "importlib.invalidate_caches",
        "joblib.Parallel",
        "joblib.delayed",
        "joblib.cpu_count",
        "joblib.Memory",
        "shutil.which",
        "shutil.get_terminal_size",
        "shutil.disk_usage",
        "socket.gethostname",
        "socket.getfqdn",
        "subprocess.list2cmdline",
        "urllib.parse",
        "urllib3.disable_warnings",
        "urllib3.util",
        "requests.exceptions",
        "requests.adapters",
        "urllib.error",
        "requests.utils",
    ];
    const MODULES: &[&str] = &["os", "posix", "nt"];
    let (module, name) = path.rsplit_once('.').unwrap_or(("", path));
    MODULES.contains(&module.split('.').next().unwrap_or_default())
        || EVERYDAY.iter().any(|everyday| path.starts_with(everyday))
        || name.ends_with("Error")
        || name.ends_with("Exception")
        || name.ends_with("Expired")
        || path.starts_with("pickle.") && name.starts_with("HIGHEST")
}

fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a name is that of a module that leads on, wherever it stands.
pub(super) fn is_module(name: &str) -> bool {
    matches!(
        name,
        "os" | "sys" | "subprocess" | "socket" | "importlib" | "builtins" | "posix" | "pty" | "ctypes"
    )
}

/// Whether a call brings something over the network.
pub(super) fn fetches(path: &str) -> bool {
    const NAMES: &[&str] =
        &["get", "post", "put", "request", "urlopen", "urlretrieve", "open", "recv", "read", "stream"];
    let name = path.rsplit('.').next().unwrap_or_default();
    NAMES.contains(&name) && capability(path) == Some(Capability::Network)
}

/// Whether a call unpacks or decodes what it is given.
pub(super) fn decodes(path: &str) -> bool {
    const MODULES: &[&str] = &["base64", "binascii", "zlib", "gzip", "bz2", "lzma", "brotli", "zstandard"];
    const NAMES: &[&str] = &[
        "a2b_base64",
        "a2b_hex",
        "a2b_uu",
        "a85decode",
        "b16decode",
        "b32decode",
        "b64decode",
        "b85decode",
        "decodebytes",
        "decodestring",
        "decompress",
        "standard_b64decode",
        "unhexlify",
        "urlsafe_b64decode",
    ];
    let (module, name) = path.split_once('.').unwrap_or(("", path));
    MODULES.contains(&module) && NAMES.contains(&name)
        || matches!(path, "codecs.decode" | "builtins.bytes.fromhex" | "builtins.bytearray.fromhex")
        || name.ends_with("Fernet.decrypt")
}

/// Whether a file of this path holds credentials.
pub(super) fn holds_secrets(path: &str) -> bool {
    const PARTS: &[&str] = &[
        ".ssh/id_",
        ".ssh/config",
        ".aws/credentials",
        ".netrc",
        ".git-credentials",
        ".config/gcloud",
        ".azure/",
        ".kube/config",
        ".docker/config.json",
        ".pypirc",
        ".npmrc",
        "/etc/shadow",
        "/etc/passwd",
        "wallet.dat",
        "Login Data",
        "/proc/self/environ",
        ".gnupg/",
    ];
    let slashed = path.replace('\\', "/");
    PARTS.iter().any(|part| slashed.contains(part))
}

/// Whether a file of this name is run at the next login, start or import.
pub(super) fn is_run_later(path: &str) -> bool {
    const PARTS: &[&str] = &[
        "authorized_keys",
        "/etc/cron",
        "/var/spool/cron",
        "/etc/rc.local",
        "/etc/profile",
        "/etc/ld.so.preload",
        "systemd/system/",
        "systemd/user/",
        "LaunchAgents",
        "LaunchDaemons",
        "sitecustomize.py",
        "usercustomize.py",
        "Start Menu/Programs/Startup",
    ];
    const ENDS: &[&str] = &[".bashrc", ".bash_profile", ".zshrc", ".profile", ".bash_login", ".zshenv"];
    let slashed = path.replace('\\', "/");
    PARTS.iter().any(|part| slashed.contains(part))
        || ENDS.iter().any(|end| slashed.ends_with(end))
        || slashed.contains("site-packages") && slashed.ends_with(".pth")
}

/// Whether a command is one that scripts run to look around or to build, and harms nobody.
pub(super) fn is_everyday(command: &str) -> bool {
    const PROGRAMS: &[&str] = &[
        "apt",
        "apt-get",
        "cat",
        "clang",
        "cmake",
        "conda",
        "date",
        "df",
        "du",
        "espeak",
        "ffmpeg",
        "ffprobe",
        "free",
        "g++",
        "gcc",
        "git",
        "head",
        "hostname",
        "ldconfig",
        "lscpu",
        "ls",
        "lspci",
        "make",
        "mkdir",
        "mpirun",
        "ninja",
        "nproc",
        "nvcc",
        "nvidia-smi",
        "pdm",
        "pip",
        "pip3",
        "poetry",
        "protoc",
        "pwd",
        "rocm-smi",
        "rustc",
        "sox",
        "sysctl",
        "tail",
        "taskset",
        "tensorboard",
        "torchrun",
        "accelerate",
        "deepspeed",
        "tar",
        "touch",
        "uname",
        "unzip",
        "uv",
        "wc",
        "which",
        "where",
        "whoami",
        "huggingface-cli",
        "hf",
        "rocminfo",
        "xcrun",
        "black",
        "isort",
        "ruff",
        "pytest",
        "twine",
        "clear",
        "cls",
        "java",
        "tesseract",
    ];
    let risky = |c: char| matches!(c, ';' | '|' | '`' | '>' | '<' | '$') || c == '\n';
    if command.contains(risky) || command.contains("&&") && command.matches("&&").count() > 3 {
        return false;
    }
    command.split("&&").all(|part| {
        let mut words = part.split_whitespace();
        let first = words.next().unwrap_or_default();
        let first = first.rsplit('/').next().unwrap_or_default();
        let python = matches!(first, "python" | "python3" | super::value::UNKNOWN_WORD);
        PROGRAMS.contains(&first) || python && words.next() == Some("-m")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_calls_are_no_note() {
        for path in [
            "os.path.join",
            "os.environ.get",
            "os.getenv",
            "os.listdir",
            "torch.nn.Linear",
            "numpy.vectorize",
            "importlib.util.find_spec",
            "urllib.parse.urlparse",
            "shutil.which",
            "builtins.print",
            "builtins.getattr",
            "subprocess.CalledProcessError",
            "torch.distributed.init_process_group",
            "builtins.compile",
        ] {
            assert_eq!(capability(path), None, "{path}");
        }
    }

    #[test]
    fn calls_that_reach_out_are() {
        for (path, expected) in [
            ("os.system", Capability::Process),
            ("os.execvp", Capability::Process),
            ("subprocess.run", Capability::Process),
            ("builtins.eval", Capability::CodeExecution),
            ("requests.get", Capability::Network),
            ("socket.socket", Capability::Network),
            ("urllib.request.urlopen", Capability::Network),
            ("pickle.loads", Capability::NestedDeserialise),
            ("torch.load", Capability::NestedDeserialise),
            ("ctypes.CDLL", Capability::CodeExecution),
            ("importlib.import_module", Capability::Import),
            ("shutil.rmtree", Capability::FileWrite),
            ("aiohttp.ClientSession", Capability::Network),
        ] {
            assert_eq!(capability(path), Some(expected), "{path}");
        }
    }
}
