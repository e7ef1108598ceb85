//! What is called, through aliases and tricks, and when.

use super::*;
use crate::capability::Capability;

fn dangerous(text: &str) -> Vec<(String, Capability, When)> {
    let source = read(text).unwrap();
    let calls = source.calls.into_iter().filter(|call| call.capability.is_dangerous());
    calls.map(|call| (call.path, call.capability, call.when)).collect()
}

#[test]
fn a_call_is_found_however_it_is_named() {
    for text in [
        "import os\nos.system('x')",
        "import os as o\no.system('x')",
        "from os import system\nsystem('x')",
        "from os import system as s\ns('x')",
        "__import__('os').system('x')",
        "import importlib\nimportlib.import_module('o' + 's').system('x')",
        "import os\ngetattr(os, 'sys' + 'tem')('x')",
        "import os\nf = os.system\nf('x')",
        "import sys\nsys.modules['os'].system('x')",
        "import os\nos.__dict__['system']('x')",
    ] {
        let found = dangerous(text);
        let system = ("os.system".to_owned(), Capability::Process, When::Import);
        assert!(found.contains(&system), "{text}: {found:?}");
    }
}

#[test]
fn what_functions_call_happens_later() {
    let text = "import subprocess\ndef f():\n    subprocess.run(['x'])\nif __name__ == '__main__':\n    subprocess.run(['y'])\nclass C:\n    subprocess.run(['z'])\n";
    let when: Vec<When> = dangerous(text).into_iter().map(|(_, _, when)| when).collect();
    assert_eq!(when, [When::Later, When::Later, When::Import]);
}

#[test]
fn code_that_is_decoded_first_is_told() {
    for text in [
        "import base64\nexec(base64.b64decode('eA=='))",
        "import zlib, base64\nexec(zlib.decompress(base64.b64decode(b'eA==')).decode())",
        "exec(bytes.fromhex('78').decode())",
    ] {
        let source = read(text).unwrap();
        assert!(source.calls.iter().any(|call| call.path == "builtins.exec" && call.decoded), "{text}");
    }
}

#[test]
fn ordinary_modelling_code_calls_nothing_dangerous() {
    let text = "import os\nimport torch\nfrom torch import nn\nfrom transformers import PreTrainedModel\n\
        path = os.path.join('a', 'b')\nname = os.environ.get('X')\n\
        class M(PreTrainedModel):\n    def __init__(self, config):\n        super().__init__(config)\n        self.l = nn.Linear(1, 1)\n    def forward(self, x):\n        return getattr(self, 'l')(x)\n";
    assert_eq!(dangerous(text), []);
    assert_eq!(read(text).unwrap().role, Role::Loaded);
}

#[test]
fn what_is_no_python_is_nothing() {
    assert!(read("{% if x %}").is_none());
    assert!(read("hello world, this is text").is_none());
    assert!(read(&"(".repeat(100_000)).is_none());
}
