//! Commands, pipeline by pipeline: code that is fetched or decoded and run, shells that are handed out, credentials that
//! are sent away.

use casemate_core::{Confidence, Severity};

use super::syntax::{Command, Pipeline};
use super::{Issue, Snippet, Told, is_shell, packages};
use crate::rule::Rule;

/// Hosts that install well-known programs by a script. Their owners can be held to account; a check of the script is
/// still better.
const INSTALLERS: &[&str] = &[
    "aka.ms",
    "astral.sh",
    "bootstrap.pypa.io",
    "bun.sh",
    "deb.nodesource.com",
    "deno.land",
    "developer.download.nvidia.com",
    "dl.yarnpkg.com",
    "get.docker.com",
    "get.helm.sh",
    "get.pnpm.io",
    "install.python-poetry.org",
    "micro.mamba.pm",
    "nvidia.github.io",
    "ollama.com",
    "ollama.ai",
    "packagecloud.io",
    "pyenv.run",
    "repo.anaconda.com",
    "repo.continuum.io",
    "rpm.nodesource.com",
    "sdk.cloud.google.com",
    "sh.rustup.rs",
    "static.rust-lang.org",
];

/// How many pieces of Python are kept.
const MOST_PYTHON: usize = 200;

pub(super) fn judge(pipelines: &[Pipeline]) -> Told {
    let mut judge = Judge::default();
    judge.pipelines(pipelines, 0);
    Told { issues: judge.issues, python: judge.python }
}

#[derive(Default)]
struct Judge {
    issues: Vec<Issue>,
    python: Vec<Snippet>,
    /// Files that were fetched, and from where.
    fetched: Vec<(String, String)>,
    pipes: bool,
}

impl Judge {
    fn pipelines(&mut self, pipelines: &[Pipeline], depth: usize) {
        for pipeline in pipelines {
            self.pipeline(pipeline);
            for command in &pipeline.commands {
                self.command(command, depth);
                self.pipelines(&command.inner, depth);
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        let mut source: Option<&Command> = None;
        let (mut decoder, mut secret) = (false, false);
        for command in &pipeline.commands {
            let (program, args) = command.program();
            if (source.is_some() || decoder) && reads_code(program, args) {
                self.runs_code(command, source, decoder);
            }
            if secret && sends(program) {
                self.sends_secret(command.at, "the environment or credentials");
            }
            if fetches(command) || command.inner.iter().any(any_fetches) {
                source = Some(command);
            }
            decoder |= decodes(program, args);
            secret |= matches!(program, "env" | "printenv") || shows_secret(program, args) || is_env(command);
        }
    }

    fn command(&mut self, command: &Command, depth: usize) {
        let (program, args) = command.program();
        let evaluates = is_interpreter(program) || matches!(program, "eval" | "source" | ".");
        if evaluates {
            let source = command.inner.iter().flat_map(|p| &p.commands).find(|inner| fetches(inner));
            let decoder = command.inner.iter().any(any_decodes);
            if source.is_some() || decoder {
                self.runs_code(command, source, decoder);
            }
        }
        self.fetched_file(command, program, args);
        self.reverse_shell(command, program, args);
        self.sends_file(command, program, args);
        self.lasting(command, program, args);
        if program == "rm" && args.iter().any(|arg| arg.starts_with('-') && arg.contains(['r', 'R'])) {
            const ROOTS: &[&str] =
                &["/", "/*", "~", "~/", "~/*", "$HOME", "$HOME/*", "/home", "/etc", "/usr"];
            if let Some(root) = args.iter().find(|arg| ROOTS.contains(&arg.as_str())) {
                let title = format!("Everything in `{root}` is removed");
                self.tell(command.at, Rule::ShellDestructive, Severity::High, Confidence::High, title);
            }
        }
        if let Some((severity, title)) = packages::judged(program, args) {
            self.tell(command.at, Rule::ShellPackageSource, severity, Confidence::High, title);
        }
        if let Some(code) = python(command, program, args).filter(|_| self.python.len() < MOST_PYTHON) {
            self.python.push(Snippet { at: command.at, code });
        }
        // `sh -c "…"` and `eval "…"`.
        let script = match program {
            "eval" => Some(args.join(" ")),
            _ if is_shell(program) => after_flag(args, 'c').cloned(),
            _ => None,
        };
        if let Some(script) = script.filter(|script| depth < 3 && script.contains(' ')) {
            let (issues, python) = (self.issues.len(), self.python.len());
            self.pipelines(&super::syntax::parse(&script), depth + 1);
            // Offsets in the script mean nothing outside of it.
            self.issues.iter_mut().skip(issues).for_each(|issue| issue.at = command.at);
            self.python.iter_mut().skip(python).for_each(|snippet| snippet.at = command.at);
        }
    }

    /// Code that comes from elsewhere, or is decoded first, is run.
    fn runs_code(&mut self, command: &Command, source: Option<&Command>, decoder: bool) {
        let program = command.program().0;
        if decoder {
            let title = format!("What `{program}` runs is decoded first");
            self.tell(command.at, Rule::ShellHiddenCode, Severity::High, Confidence::High, title);
        }
        if let Some(source) = source {
            let url = url_of(source);
            let (severity, how) = trust(url.as_deref(), source);
            let from = url.map_or_else(
                || "an address that is not known".to_owned(),
                |url| format!("`{}`", shown(&url)),
            );
            let title = format!("What is fetched from {from} is run by `{program}`{how}");
            let confidence = if severity == Severity::High { Confidence::Medium } else { Confidence::High };
            self.tell(command.at, Rule::ShellFetchedCode, severity, confidence, title);
        }
    }

    /// A file is fetched, and run later.
    fn fetched_file(&mut self, command: &Command, program: &str, args: &[String]) {
        let run =
            if program.is_empty() { None } else { command.words.iter().find(|word| word.contains(program)) };
        let by_name = |file: &str| {
            let base = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
            run.is_some_and(|word| word.contains('/') && base(word) == base(file))
                || is_interpreter(program) && args.iter().any(|arg| base(arg) == base(file))
        };
        if let Some((file, url)) = self.fetched.iter().find(|(file, _)| by_name(file)).cloned() {
            let (severity, how) = trust(Some(&url), command);
            let title = format!("`{file}`, fetched from `{}`, is run{how}", shown(&url));
            let confidence = if severity == Severity::High { Confidence::Medium } else { Confidence::High };
            self.tell(command.at, Rule::ShellFetchedCode, severity, confidence, title);
        }
        if fetches(command)
            && let Some(url) = url_of(command)
            && self.fetched.len() < 256
        {
            let last =
                url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
            let named = args
                .iter()
                .position(|arg| matches!(arg.as_str(), "-o" | "--output" | "-O" | "--output-document"));
            let named = named
                .and_then(|at| args.get(at + 1))
                .filter(|name| !name.starts_with('-') && !name.contains("://"));
            let file = named.or(command.redirects.first()).map_or(last, String::as_str);
            if file.len() >= 2 {
                self.fetched.push((file.to_owned(), url));
            }
        }
    }

    fn reverse_shell(&mut self, command: &Command, program: &str, args: &[String]) {
        let mentions =
            |part: &str| command.words.iter().chain(&command.redirects).any(|word| word.contains(part));
        let socket = mentions("/dev/tcp/") || mentions("/dev/udp/");
        let interactive = is_shell(program) && args.iter().any(|arg| arg == "-i");
        let listens = matches!(program, "nc" | "ncat" | "netcat");
        let hands_out = listens
            && args.iter().any(|arg| matches!(arg.as_str(), "-e" | "-c" | "--exec" | "--sh-exec"))
            || program == "socat" && args.iter().any(|arg| arg.to_lowercase().contains("exec:"));
        let piped = listens && std::mem::replace(&mut self.pipes, false);
        self.pipes |= program == "mkfifo" || program == "mknod";
        let exec = command.words.first().is_some_and(|word| word == "exec") && socket;
        if socket && (interactive || exec) || hands_out || piped {
            let title = format!(
                "`{}` hands a shell to another machine",
                if program.is_empty() { "exec" } else { program }
            );
            self.tell(command.at, Rule::ShellReverseShell, Severity::Critical, Confidence::High, title);
        }
    }

    fn sends_file(&mut self, command: &Command, program: &str, args: &[String]) {
        if !sends(program) {
            return;
        }
        let inner = command.inner.iter().flat_map(|pipeline| &pipeline.commands);
        let reads = inner.clone().any(|inner| {
            let (program, args) = inner.program();
            matches!(program, "env" | "printenv") || is_env(inner) || shows_secret(program, args)
        });
        let file = args.iter().chain(&command.redirects).find(|arg| holds_secret(arg));
        if let Some(file) = file {
            self.sends_secret(command.at, &format!("`{file}`"));
        } else if reads {
            self.sends_secret(command.at, "the environment or credentials");
        }
    }

    fn sends_secret(&mut self, at: usize, what: &str) {
        let title = format!("{what} are sent to another machine");
        let title = title.replacen("` are", "` is", 1).replacen("the env", "The env", 1);
        self.tell(at, Rule::ShellExfiltration, Severity::High, Confidence::High, title);
    }

    /// What is set up to run again.
    fn lasting(&mut self, command: &Command, program: &str, args: &[String]) {
        let crontab = program == "crontab" && !args.iter().any(|arg| matches!(arg.as_str(), "-l" | "-r"));
        let key = command.redirects.iter().chain(args.iter().filter(|_| program == "tee"));
        let target = key.clone().find(|file| {
            file.contains("authorized_keys") || file.contains("/etc/cron") || file.contains("ld.so.preload")
        });
        if crontab || target.is_some() {
            let what = target.map_or("crontab", String::as_str);
            let title = format!("`{what}` is changed, so that something runs or logs in later");
            self.tell(command.at, Rule::ShellPersistence, Severity::Medium, Confidence::Medium, title);
        }
    }

    fn tell(&mut self, at: usize, rule: Rule, severity: Severity, confidence: Confidence, title: String) {
        if self.issues.len() < 500 {
            self.issues.push(Issue { at, rule, severity, confidence, title });
        }
    }
}

fn is_interpreter(program: &str) -> bool {
    is_shell(program)
        || program.starts_with("python")
        || matches!(program, "perl" | "ruby" | "node" | "php" | "pwsh")
}

/// The Python that a command runs: after `-c`, or from the script itself. What the shell puts together is not known here.
fn python(command: &Command, program: &str, args: &[String]) -> Option<String> {
    if !program.starts_with("python") {
        return None;
    }
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.strip_prefix('-') {
            Some("W" | "X") => drop(args.next()),
            Some(flags) if !flags.starts_with(['-', 'm', 'W', 'X']) && flags.contains('c') => {
                let (_, code) = flags.split_once('c')?;
                return if code.is_empty() { args.next().cloned() } else { Some(code.to_owned()) };
            }
            Some("") => break,
            Some(flags) if !flags.starts_with('m') => {}
            _ => return None,
        }
    }
    (!command.given.is_empty()).then(|| command.given.clone())
}

/// Whether a program runs the code that it reads, rather than reading it as data: `python -m json.tool` does not.
fn reads_code(program: &str, args: &[String]) -> bool {
    let given =
        args.iter().find(|arg| !matches!(arg.as_str(), "-" | "-s" | "--" | "-e" | "-x" | "-u" | "-ex"));
    match program {
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" => {
            args.iter().any(|arg| arg == "-s" || arg == "-")
                || given.is_none_or(|arg| arg.starts_with('-') && !arg.starts_with("-c"))
        }
        _ => is_interpreter(program) && given.is_none(),
    }
}

fn fetches(command: &Command) -> bool {
    matches!(
        command.program().0,
        "curl" | "wget" | "aria2c" | "fetch" | "lwp-request" | "http" | "iwr" | "wget2"
    )
}

fn any_fetches(pipeline: &Pipeline) -> bool {
    pipeline.commands.iter().any(fetches)
}

fn sends(program: &str) -> bool {
    matches!(program, "curl" | "wget" | "nc" | "ncat" | "netcat" | "telnet" | "socat" | "scp" | "http")
}

fn decodes(program: &str, args: &[String]) -> bool {
    let has = |flags: &[&str]| args.iter().any(|arg| flags.contains(&arg.as_str()));
    match program {
        "base64" | "base32" => has(&["-d", "-D", "--decode", "-di", "-id"]),
        "xxd" => args.iter().any(|arg| arg.starts_with("-r")),
        "openssl" => has(&["-d"]),
        "rev" | "uudecode" => true,
        _ => false,
    }
}

fn any_decodes(pipeline: &Pipeline) -> bool {
    pipeline.commands.iter().any(|command| {
        let (program, args) = command.program();
        decodes(program, args)
    })
}

fn is_env(command: &Command) -> bool {
    matches!(command.words.as_slice(), [only] if only == "env" || only == "set")
}

fn holds_secret(path: &str) -> bool {
    const PARTS: &[&str] = &[
        ".ssh/id_",
        ".aws/credentials",
        ".netrc",
        ".git-credentials",
        ".docker/config.json",
        ".kube/config",
        "/etc/shadow",
        "/etc/passwd",
        "huggingface/token",
        ".gnupg",
        ".pypirc",
    ];
    PARTS.iter().any(|part| path.contains(part))
}

fn shows_secret(program: &str, args: &[String]) -> bool {
    matches!(program, "cat" | "tar" | "head" | "base64" | "gzip" | "zip")
        && args.iter().any(|arg| holds_secret(arg))
}

fn after_flag(args: &[String], flag: char) -> Option<&String> {
    let at =
        args.iter().position(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with(flag))?;
    args.get(at + 1)
}

fn url_of(command: &Command) -> Option<String> {
    let all =
        || command.words.iter().chain(command.inner.iter().flat_map(|p| &p.commands).flat_map(|c| &c.words));
    let scheme = all().find(|word| word.contains("://"));
    let bare =
        || all().skip(1).find(|word| !word.starts_with('-') && word.contains('.') && !word.starts_with('/'));
    scheme.or_else(bare).cloned()
}

/// How bad it is to run what comes from an address, and what of it makes it so.
fn trust(url: Option<&str>, command: &Command) -> (Severity, &'static str) {
    let unchecked = command.words.iter().any(|word| {
        matches!(word.as_str(), "-k" | "--insecure" | "--no-check-certificate")
            || word.starts_with("-k") && word.len() < 6
    });
    if unchecked {
        return (Severity::High, ", and nobody checks whom it comes from");
    }
    let Some(url) = url else { return (Severity::Medium, "") };
    let host = host_of(url);
    let number = host.chars().all(|c| c.is_ascii_digit() || c == '.') && host.contains('.');
    let github = [
        "github.com/conda-forge/",
        "github.com/astral-sh/",
        "raw.githubusercontent.com/nvm-sh/",
        "raw.githubusercontent.com/Homebrew/",
        "raw.githubusercontent.com/pyenv/",
    ];
    if number {
        (Severity::High, ", from a machine without a name")
    } else if INSTALLERS.contains(&host) || github.iter().any(|known| url.contains(known)) {
        (Severity::Low, "")
    } else if url.starts_with("http://") {
        (Severity::High, ", and anybody on the way can change it")
    } else {
        (Severity::Medium, "")
    }
}

pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = host.rsplit('@').next().unwrap_or(host);
    host.split(':').next().unwrap_or(host)
}

/// An address without what may be a secret in it.
pub(super) fn shown(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or(url);
    match plain.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit('@').next().unwrap_or(host);
            if path.is_empty() { format!("{scheme}://{host}") } else { format!("{scheme}://{host}/{path}") }
        }
        None => plain.to_owned(),
    }
}
