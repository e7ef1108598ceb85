//! How fast models are sealed and opened, against the cipher by itself on the same core in the same run, by CPU time; and
//! what changing keys costs, however large the model is. Fails when a bound of the project is passed.

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use casemate_seal::{
    CHUNK, Cost, DataKey, Holder, Identity, Keys, Passphrase, SealRequest, SealedFile, Unlocked, Watch, seal,
    seal_into, slots,
};

/// Fits into the caches of no processor this is run on, and into memory of all.
const SIZE: usize = 256 * 1024 * 1024;
const ROUNDS: usize = 5;
/// How much of the cipher's own rate must be left.
const SHARE: f64 = 0.8;
const MOST_REWRAP: Duration = Duration::from_millis(50);
/// A model that takes no room on a file system that knows holes.
const SPARSE: u64 = 2 * 1024 * 1024 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let mut passed = true;
    // One thread, so that a rate is that of a core.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let plain = vec![0x5a_u8; SIZE];
    let key = DataKey::generate().ok_or("no randomness")?;
    let mut sealed = Vec::with_capacity(SIZE + SIZE / 512);
    seal_into(&key, b"bench", &plain, &mut sealed)?;

    let mut out_of_it = vec![1_u8; SIZE];
    let (mut cached, mut cipher, mut sealing, mut opening) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // Taken in turns, so that whatever else runs on the machine disturbs all of them alike.
    for _ in 0..ROUNDS {
        cached.push(rate(in_cache)?);
        cipher.push(rate(|| by_itself(&plain, &mut out_of_it))?);
        sealing.push(rate(|| {
            sealed.clear();
            Ok(seal_into(&key, b"bench", &plain, &mut sealed)?)
        })?);
        opening.push(rate(|| {
            let file = SealedFile::new(&sealed, &key, b"bench", SIZE as u64)?;
            let mut sum = 0_u64;
            file.read(0..SIZE as u64, &mut |piece| {
                sum += piece.len() as u64;
                Ok(())
            })?;
            assert_eq!(sum, SIZE as u64);
            Ok(())
        })?);
    }
    let (cipher, sealing, opening) = (best(&cipher), best(&sealing), best(&opening));
    writeln!(
        out,
        "AES-256-GCM by itself, chunks of 16 KiB, by CPU time: {cipher:.2} GB/s from memory to memory; {:.2} GB/s on one chunk in the cache",
        best(&cached)
    )?;
    for (what, rate) in [("sealing", sealing), ("opening", opening)] {
        let share = rate / cipher;
        passed &= share >= SHARE;
        writeln!(
            out,
            "{what} in memory: {rate:.2} GB/s, {:.0} % of that (bound {:.0} %)",
            share * 100.0,
            SHARE * 100.0
        )?;
    }
    passed &= files(&plain, &mut out)?;
    if passed { Ok(()) } else { Err("a bound was passed".into()) }
}

/// The cipher over the same bytes from memory to memory, without header, commitment, or anything else around it.
fn by_itself(plain: &[u8], out: &mut [u8]) -> Result<(), Box<dyn Error>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(|_| "no key")?);
    let chunks = plain.chunks_exact(CHUNK).zip(out.chunks_exact_mut(CHUNK));
    for (number, (from, to)) in (0_u64..).zip(chunks) {
        to.copy_from_slice(from);
        let tag = key.seal_in_place_separate_tag(nonce(number), Aad::empty(), to).map_err(|_| "no tag")?;
        let _ = black_box(tag);
    }
    Ok(())
}

/// The cipher over as many chunks, always on the same one, which lies in the nearest cache: as fast as it can be.
fn in_cache() -> Result<(), Box<dyn Error>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(|_| "no key")?);
    let mut chunk = vec![0; CHUNK];
    for number in 0..(SIZE / CHUNK) as u64 {
        let tag = key.seal_in_place_separate_tag(nonce(number), Aad::empty(), &mut chunk);
        let _ = black_box(tag.map_err(|_| "no tag")?);
    }
    Ok(())
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce.iter_mut().rev().zip(number.to_le_bytes()).for_each(|(to, from)| *to = from);
    Nonce::assume_unique_for_key(nonce)
}

/// Whole models in files, and what changing keys costs.
fn files(plain: &[u8], out: &mut impl io::Write) -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let at = |name: &str| folder.path().join(name);
    let identity = Identity::generate();
    let keys = Keys { identities: vec![identity.clone()], ..Keys::default() };
    let holders = [Holder::Age(identity.recipient())];
    let seal_folder = |from: &Path, to: &Path| {
        let model = "bench".parse()?;
        let request = SealRequest { from, to, model, holders: &holders, follow_links: false };
        Ok::<_, Box<dyn Error>>(seal(&request, Watch::NOBODY)?)
    };
    fs::create_dir(at("model"))?;
    fs::write(at("model/weights.bin"), plain)?;
    let copied = rate(|| {
        fs::copy(at("model/weights.bin"), at("copy"))?;
        Ok(File::open(at("copy"))?.sync_all()?)
    })?;
    let sealed = rate(|| seal_folder(&at("model"), &at("sealed")).map(drop))?;
    let opened = rate(|| Ok(Unlocked::open(&at("sealed"), &keys)?.extract(&at("opened"), Watch::NOBODY)?))?;
    writeln!(
        out,
        "files: sealing {sealed:.2} GB/s, opening {opened:.2} GB/s, and the system's own copy {copied:.2} GB/s, by CPU time"
    )?;
    fs::remove_dir_all(at("opened"))?;

    fs::create_dir(at("sparse"))?;
    File::create(at("sparse/weights.bin"))?.set_len(SPARSE)?;
    seal_folder(&at("sparse"), &at("large"))?;
    let mut passed = true;
    for (name, size) in [("sealed", SIZE as u64), ("large", SPARSE)] {
        let time = timed(|| Ok(slots::rewrap(&at(name), &keys, &[]).map(drop)?))?;
        passed &= time < MOST_REWRAP;
        writeln!(
            out,
            "new key slot for a model of {} MiB: {time:?} (bound {MOST_REWRAP:?})",
            size / 1024 / 1024
        )?;
    }
    let words = Passphrase::new(zeroize::Zeroizing::new(b"words".to_vec())).ok_or("no passphrase")?;
    let holder = Holder::Passphrase(words, Cost::default());
    let time = timed(|| Ok(slots::add(&at("sealed"), &keys, &[holder]).map(drop)?))?;
    writeln!(out, "a slot for a passphrase: {time:?}, which is what {} costs", Cost::default())?;
    let unlocked = Unlocked::open(&at("large"), &keys)?;
    let time = timed(|| Ok(unlocked.write("weights.bin", Some(SPARSE - 100..SPARSE), &mut Vec::new())?))?;
    writeln!(out, "the last 100 bytes of 2 GiB: {time:?}")?;
    Ok(passed)
}

fn timed(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// GB/s by CPU time of this process.
fn rate(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let before = cpu()?;
    work()?;
    Ok(SIZE as f64 / 1e9 / (cpu()? - before).as_secs_f64())
}

/// The nearest to what the machine can do.
fn best(rates: &[f64]) -> f64 {
    rates.iter().copied().fold(0.0, f64::max)
}

/// Time on a processor, user and system, as Linux counts it for this process in nanoseconds.
fn cpu() -> Result<Duration, Box<dyn Error>> {
    // Threads other than this one do nothing but what is measured.
    let mut total = 0_u64;
    for task in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        total += text.split_whitespace().next().ok_or("no schedstat")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(total))
}
