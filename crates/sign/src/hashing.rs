//! Files become digests: several at once, read once, in bounded memory. It knows no signature.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator as _, ParallelIterator as _};

use crate::algorithm::Algorithm;
use crate::ignore::Ignore;
use crate::manifest::{BadManifest, Manifest, Method, Range, Resource, Serialization};
use crate::path::ModelPath;
use crate::tree::{Entry, Odd, Stamp, Tree};

/// Small enough to stay in the second-level cache, large enough that calls do not count.
const PIECE: usize = 128 * 1024;
/// What BLAKE3 needs at once to keep several cores busy.
const WIDE_PIECE: usize = 4 * 1024 * 1024;

/// How digests are made.
#[derive(Clone, Copy)]
pub struct Hashing<'a> {
    /// Whole files or shards.
    pub method: Method,
    /// How content is hashed.
    pub algorithm: Algorithm,
    /// Digests that are known already.
    pub known: &'a dyn Known,
    /// Told how many bytes were done, as they are done.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

/// Digests that somebody has already: a cache, or a scan that read the same files.
pub trait Known: Sync {
    /// The digest of a file, or a range of it, if it is known for the very file that was listed.
    fn recall(&self, entry: &Entry, range: Option<Range>, algorithm: Algorithm) -> Option<Vec<u8>>;

    /// A digest that had to be computed.
    fn learn(&self, entry: &Entry, range: Option<Range>, algorithm: Algorithm, digest: &[u8]);
}

/// Nothing is known: every byte is read.
impl Known for () {
    fn recall(&self, _: &Entry, _: Option<Range>, _: Algorithm) -> Option<Vec<u8>> {
        None
    }

    fn learn(&self, _: &Entry, _: Option<Range>, _: Algorithm, _: &[u8]) {}
}

/// Why digests could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// A file cannot be read.
    #[error("cannot read `{0}`")]
    Unreadable(ModelPath, #[source] io::Error),
    /// A file changed between being listed and being read to its end.
    #[error("`{0}` changed while it was read; sign a model that nobody writes to")]
    Moved(ModelPath),
    /// A symbolic link stands in a model that is to be signed.
    #[error("`{0}` is a symbolic link; links are not signed unless --allow-symlinks follows them")]
    Link(ModelPath),
    /// A socket, a pipe, a device or a broken link stands in a model that is to be signed.
    #[error("`{0}` is no file and no folder; remove it or ignore it")]
    Special(ModelPath),
    /// The files make no manifest.
    #[error(transparent)]
    Manifest(#[from] BadManifest),
}

/// The manifest of a model.
///
/// # Errors
/// Something in the model cannot be signed or read, or there is nothing to sign.
pub fn manifest(tree: &Tree, ignore: &Ignore, hashing: Hashing<'_>) -> Result<Manifest, HashError> {
    match tree.odd.first() {
        Some(Odd::Link(path)) => return Err(HashError::Link(path.clone())),
        Some(Odd::Special(path)) => return Err(HashError::Special(path.clone())),
        None => {}
    }
    let work: Vec<(&Entry, Option<Range>)> = tree
        .entries
        .iter()
        .flat_map(|entry| hashing.method.ranges(entry.size).map(move |range| (entry, range)))
        .collect();
    let resources: Vec<Resource> = digests(&tree.root, work, hashing)
        .map(|(entry, range, digest)| Ok(Resource { path: entry.path.clone(), range, digest: digest? }))
        .collect::<Result<_, HashError>>()?;
    let serialization = Serialization {
        method: hashing.method,
        algorithm: hashing.algorithm,
        allow_symlinks: tree.allow_symlinks,
        ignore_paths: ignore.iter().map(|path| path.as_str().to_owned()).collect(),
    };
    Ok(Manifest::new(tree.name.clone(), serialization, resources)?)
}

/// The digest of each piece of work, in order.
pub(crate) fn digests<'e>(
    root: &Path,
    work: Vec<(&'e Entry, Option<Range>)>,
    hashing: Hashing<'_>,
) -> impl IndexedParallelIterator<Item = (&'e Entry, Option<Range>, Result<Vec<u8>, HashError>)> {
    // Several cores work on one file only where there are not enough files for them.
    let wide = work.len() < rayon::current_num_threads();
    work.into_par_iter()
        .map(move |(entry, range)| (entry, range, known_or_read(root, entry, range, hashing, wide)))
}

fn known_or_read(
    root: &Path,
    entry: &Entry,
    range: Option<Range>,
    hashing: Hashing<'_>,
    wide: bool,
) -> Result<Vec<u8>, HashError> {
    if let Some(digest) = hashing.known.recall(entry, range, hashing.algorithm) {
        (hashing.progress)(range.map_or(entry.size, |range| range.end - range.start));
        return Ok(digest);
    }
    let digest = read(root, entry, range, hashing, wide)?;
    hashing.known.learn(entry, range, hashing.algorithm, &digest);
    Ok(digest)
}

fn read(
    root: &Path,
    entry: &Entry,
    range: Option<Range>,
    hashing: Hashing<'_>,
    wide: bool,
) -> Result<Vec<u8>, HashError> {
    let unreadable = |error| HashError::Unreadable(entry.path.clone(), error);
    let mut file = File::open(entry.path.under(root)).map_err(unreadable)?;
    // The file that was opened must be the one that was listed: a link put in its place would lead elsewhere.
    let same = |file: &File| Ok::<_, io::Error>(Stamp::of(&file.metadata()?) == entry.stamp);
    if !same(&file).map_err(unreadable)? {
        return Err(HashError::Moved(entry.path.clone()));
    }
    let Range { start, end } = range.unwrap_or(Range { start: 0, end: entry.size });
    if start > 0 {
        file.seek(SeekFrom::Start(start)).map_err(unreadable)?;
    }
    let wide = wide && hashing.algorithm == Algorithm::Blake3;
    let most = if wide { WIDE_PIECE } else { PIECE };
    let mut piece = vec![0; usize::try_from(end - start).unwrap_or(most).clamp(1, most)];
    let mut hasher = hashing.algorithm.hasher();
    let mut left = end - start;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(piece.len()).min(piece.len());
        let part = piece.get_mut(..most).unwrap_or_default();
        file.read_exact(part).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => HashError::Moved(entry.path.clone()),
            _ => unreadable(error),
        })?;
        hasher.update(part, wide);
        left -= most as u64;
        (hashing.progress)(most as u64);
    }
    if !same(&file).map_err(unreadable)? {
        return Err(HashError::Moved(entry.path.clone()));
    }
    Ok(hasher.finish())
}
