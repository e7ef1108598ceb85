//! How fast text and unknown bytes are looked at for credentials and programs, on one core. It prints figures and judges
//! nothing: machines differ.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::time::{Duration, Instant};

use casemate_scan::{Input, Options, scan};

const LEN: usize = 64 * 1024 * 1024;
const RUNS: usize = 5;

fn main() {
    for (name, bytes) in
        [("prose", prose()), ("code", code()), ("vocabulary", vocabulary()), ("random", random())]
    {
        let len = bytes.len() as f64;
        let input = Input::from(bytes);
        let best = (0..RUNS).map(|_| time(&input)).min().unwrap_or_default();
        println!("{name}: {:.2} GB/s", len / best.as_secs_f64() / 1e9);
    }
}

fn time(input: &Input) -> Duration {
    let start = Instant::now();
    let report = scan("file", input, &Options::default());
    assert!(report.coverage.total > 0);
    start.elapsed()
}

fn repeated(text: &str) -> Vec<u8> {
    text.bytes().cycle().take(LEN).collect()
}

fn prose() -> Vec<u8> {
    repeated(
        "The model was trained on public text and answers questions about the weather, about trains and about cooking. \
         It should not be used for medical advice; see the section on limits below. Results differ between languages, \
         and the evaluation covers English only. We thank everybody who contributed to the data set and to the code.\n",
    )
}

fn code() -> Vec<u8> {
    repeated(
        "    def call(self, inputs, training=None, mask=None):\n        outputs = self.attention(inputs, inputs, key=mask)\n\
         \x20       if self.dropout is not None and training:\n            outputs = self.dropout(outputs)\n\
         \x20       return ops.add(inputs, self.norm(outputs))  # https://example.org/paper\n\n",
    )
}

fn vocabulary() -> Vec<u8> {
    let mut text = String::with_capacity(LEN + 64);
    let words = ["ing", "the", "password", "http", "import", "token", "▁secret", "tion", "##key", "日本"];
    for at in 0.. {
        let word = words.get(at % words.len()).copied().unwrap_or_default();
        text.push_str(&format!("\"{word}{at}\": {at}, "));
        if text.len() > LEN {
            break;
        }
    }
    text.into_bytes()
}

fn random() -> Vec<u8> {
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut bytes = Vec::with_capacity(LEN + 8);
    while bytes.len() < LEN {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes
}
