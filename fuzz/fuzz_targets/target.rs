//! Every target: the library knows by its name what it does with its bytes. The name is that of the program that runs.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

static NAME: LazyLock<String> = LazyLock::new(|| {
    let program = std::env::args_os().next().unwrap_or_default();
    Path::new(&program).file_name().unwrap_or_default().to_string_lossy().into_owned()
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| casemate_fuzz::run(&NAME, bytes));
