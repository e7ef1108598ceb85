//! What `sign` and `verify` share: keys from files, paths in a model, where signatures lie.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use casemate_core::Timestamp;
#[cfg(feature = "pkcs11")]
use casemate_keys::pkcs11::{Pin, Token, TokenSigner, Uri};
use casemate_keys::{KeyError, PrivateKey, PublicKey};
use casemate_sign::certificate::{Certificate, Roots};
use casemate_sign::{Authorities, Cache, Ignore, ModelPath};

use crate::exit::Failure;
use crate::secret;

/// Keys and certificates are small; what is larger is something else.
const MAX_KEY: u64 = 1024 * 1024;

/// A small file, such as a key.
pub(crate) fn small(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::NoInput {
            message: format!("there is no {what} at {}", path.display()),
            hint: "keys are made with `openssl ecparam -name prime256v1 -genkey -noout -out KEY.pem`, and \
                   `openssl ec -in KEY.pem -pubout -out KEY.pub`"
                .to_owned(),
        },
        _ => Failure::Other(anyhow::Error::new(error).context(format!("cannot read {}", path.display()))),
    })?;
    file.take(MAX_KEY + 1)
        .read_to_end(&mut content)
        .with_context(|| format!("cannot read {}", path.display()))?;
    if content.len() as u64 > MAX_KEY {
        return Err(Failure::Other(anyhow::anyhow!("{} is too large to be a {what}", path.display())));
    }
    Ok(content)
}

/// A private key; whoever runs the command is asked for its passphrase if it has one.
pub(crate) fn private_key(path: &Path, passphrase: Option<&Path>) -> Result<PrivateKey, Failure> {
    let text = zeroize::Zeroizing::new(small(path, "private key")?);
    let key = match PrivateKey::from_pem(&text, None) {
        Err(KeyError::NeedsPassphrase) => {
            PrivateKey::from_pem(&text, Some(&secret::passphrase(passphrase, &path.display().to_string())?))
        }
        key => key,
    };
    Ok(key.with_context(|| format!("cannot sign with {}", path.display()))?)
}

/// A public key.
pub(crate) fn public_key(path: &Path) -> Result<PublicKey, Failure> {
    let text = small(path, "public key")?;
    Ok(PublicKey::from_pem(&text).with_context(|| format!("cannot verify with {}", path.display()))?)
}

/// The token that a PKCS#11 URI names, opened with the PIN in the environment if there is one.
#[cfg(feature = "pkcs11")]
pub(crate) fn open_token(uri: &str, module: Option<&Path>) -> Result<(Uri, Token), Failure> {
    let uri = Uri::parse(uri).context("this is no PKCS#11 URI")?;
    let pin = Pin::from_environment("CASEMATE_PIN")?;
    let token = Token::open(&uri, module, pin).context("the token cannot be used")?;
    Ok((uri, token))
}

/// A key in a PKCS#11 token.
#[cfg(feature = "pkcs11")]
pub(crate) fn token(uri: &str, module: Option<&Path>) -> Result<TokenSigner, Failure> {
    let (_, token) = open_token(uri, module)?;
    Ok(token.signer().context("the token cannot sign")?)
}

/// The public key in a PKCS#11 token, which shows it without a PIN.
#[cfg(feature = "pkcs11")]
pub(crate) fn token_key(uri: &str, module: Option<&Path>) -> Result<PublicKey, Failure> {
    let uri = Uri::parse(uri).context("this is no PKCS#11 URI")?;
    Ok(Token::public_key(&uri, module).context("the token cannot be used")?)
}

/// The certificates in a file.
pub(crate) fn certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let text = small(path, "certificate")?;
    Ok(Certificate::from_pem_many(&text).with_context(|| format!("cannot use {}", path.display()))?)
}

/// A certificate, and those that lead from it to a root.
pub(crate) fn chain(certificate: &Path, more: &[PathBuf]) -> Result<Vec<Certificate>, Failure> {
    let mut chain = certificates(certificate)?;
    for path in more {
        chain.extend(certificates(path)?);
    }
    Ok(chain)
}

/// Whom certificates are trusted by. Every file was named by the user, so one that is signed by itself is a root wherever
/// it stands; the others only lead to one.
pub(crate) fn authorities(
    roots: &[PathBuf],
    chain: &[PathBuf],
    signer: Option<&Path>,
    at: Timestamp,
) -> Result<Authorities, Failure> {
    let mut trusted = Vec::new();
    for path in roots {
        trusted.extend(certificates(path)?);
    }
    let signer = match signer {
        Some(path) => certificates(path)?.into_iter().next(),
        None => None,
    };
    let mut others: Vec<Certificate> = signer.iter().cloned().collect();
    for path in chain {
        others.extend(certificates(path)?);
    }
    let (own, intermediates): (Vec<_>, Vec<_>) = others.into_iter().partition(Certificate::is_self_signed);
    trusted.extend(own);
    let roots = Roots::new(trusted).map_err(|_| {
        Failure::Usage(
            "no root to trust: give --root ROOT.pem, the certificate of the signer's authority".to_owned(),
        )
    })?;
    Ok(Authorities { roots, intermediates, signer, at })
}

/// Where the signature of a model lies if nobody says.
pub(crate) fn signature(given: Option<&Path>, model: &Path) -> PathBuf {
    match given {
        Some(path) => path.to_owned(),
        None if model.is_dir() => model.join("model.sig"),
        None => {
            let mut name = model.as_os_str().to_owned();
            name.push(".sig");
            name.into()
        }
    }
}

/// What is left out: what the user names, and what signing itself writes.
pub(crate) fn ignored(model: &Path, named: &[PathBuf], written: &[&Path]) -> Result<Ignore, Failure> {
    let paths = named.iter().map(|path| in_model(model, path)).collect::<Result<Vec<_>, _>>()?;
    let mut ignore = Ignore::new(paths).map_err(|error| Failure::Usage(error.to_string()))?;
    for path in written.iter().filter_map(|path| written_in(model, path)) {
        ignore.add(path);
    }
    Ok(ignore)
}

/// Where in the model a file lies that may not be there yet: it has no real path, but its folder has.
fn written_in(model: &Path, file: &Path) -> Option<ModelPath> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (root, folder) = (fs::canonicalize(model).ok()?, fs::canonicalize(folder).ok()?);
    ModelPath::from_relative(folder.join(file.file_name()?).strip_prefix(root).ok()?).ok()
}

/// A path in the model: below its root, or as seen from where the command runs.
pub(crate) fn in_model(model: &Path, path: &Path) -> Result<ModelPath, Failure> {
    let outside = || Failure::Usage(format!("{} does not lie in {}", path.display(), model.display()));
    let root = fs::canonicalize(model).map_err(|_| outside())?;
    let inside = if path.is_relative() && (root.join(path).exists() || !path.exists()) {
        path.to_owned()
    } else {
        let full = std::path::absolute(path).map_err(|_| outside())?;
        let real = fs::canonicalize(&full).unwrap_or_else(|_| full.clone());
        let inside = full.strip_prefix(&root).or_else(|_| real.strip_prefix(&root)).map_err(|_| outside())?;
        inside.to_owned()
    };
    ModelPath::from_relative(&inside).map_err(|error| Failure::Usage(error.to_string()))
}

/// The digests that were remembered.
pub(crate) fn cache(path: &Path, now: Timestamp, recheck: bool) -> Result<Cache, Failure> {
    let listed = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
    let cache = Cache::open(path, listed, recheck);
    Ok(cache.with_context(|| format!("cannot use the digests in {}", path.display()))?)
}

/// Writes a file so that it is there wholly or not at all.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let written = fs::write(&partial, content).and_then(|()| fs::rename(&partial, path));
    Ok(written.with_context(|| format!("cannot write {}", path.display()))?)
}

/// The model must be there.
pub(crate) fn there(model: &Path) -> Result<(), Failure> {
    if model.exists() {
        return Ok(());
    }
    Err(Failure::NoInput {
        message: format!("there is no model at {}", model.display()),
        hint: "give the folder of a model, or a single file".to_owned(),
    })
}
