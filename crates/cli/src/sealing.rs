//! From arguments to keys and holders: what `seal`, `open` and `seal-key` share. Keys are read here and shown nowhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
#[cfg(feature = "pkcs11")]
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use casemate_core::printable;
use casemate_seal::{Cost, Holder, Identity, Keys, Passphrase, Plugin, Recipient, SealError};
use zeroize::Zeroizing;

use crate::args::{HolderArgs, KeyArgs, Pair, ProgramArgs};
use crate::exit::Failure;
use crate::secret;

/// Key files are small; what is larger is something else.
const MOST_KEY_FILE: u64 = 1024 * 1024;

/// The keys that arguments name.
pub(crate) fn keys(args: &KeyArgs) -> Result<Keys, Failure> {
    let mut keys = Keys { plugins: plugins(&args.programs.kms)?, ..Keys::default() };
    for path in &args.identity {
        let text = small(path)?;
        let identities = Identity::file(&text)
            .with_context(|| format!("{} is no file of age identities", path.display()))?;
        keys.identities.extend(identities);
    }
    keys.passphrase = passphrase(args.passphrase, args.passphrase_file.as_deref())?;
    #[cfg(feature = "pkcs11")]
    if let Some(uri) = &args.pkcs11_uri {
        keys.tokens.push(token::open(uri, &args.programs)?);
    }
    Ok(keys)
}

/// The holders that arguments name.
pub(crate) fn holders(args: &HolderArgs, programs: &ProgramArgs) -> Result<Vec<Holder>, Failure> {
    let mut holders: Vec<Holder> = args.recipient.iter().cloned().map(Holder::Age).collect();
    for path in &args.recipients_file {
        for (number, line) in (1..).zip(small(path)?.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let recipient: Recipient =
                line.parse().with_context(|| format!("{}, line {number}", path.display()))?;
            holders.push(Holder::Age(recipient));
        }
    }
    let plugins = plugins(&programs.kms)?;
    for Pair { name, value } in &args.kms_key {
        let plugin = plugins.get(name).ok_or_else(|| {
            Failure::Usage(format!("no program speaks for `{name}`; give --kms {name}=PROGRAM"))
        })?;
        holders.push(Holder::Kms(plugin.clone(), value.clone()));
    }
    Ok(holders)
}

/// A holder who knows a passphrase, if there is one.
pub(crate) fn knowing(asked: bool, file: Option<&Path>) -> Result<Option<Holder>, Failure> {
    Ok(passphrase(asked, file)?.map(|passphrase| Holder::Passphrase(passphrase, Cost::default())))
}

fn passphrase(asked: bool, file: Option<&Path>) -> Result<Option<Passphrase>, Failure> {
    if !asked && file.is_none() {
        return Ok(None);
    }
    let text = secret::passphrase(file, "the sealed model")?;
    let empty = || Failure::Usage("the passphrase is empty".to_owned());
    Passphrase::new(text).map(Some).ok_or_else(empty)
}

fn plugins(pairs: &[Pair]) -> Result<BTreeMap<String, Plugin>, Failure> {
    let mut plugins = BTreeMap::new();
    for Pair { name, value } in pairs {
        if plugins.insert(name.clone(), Plugin::new(name, value)).is_some() {
            return Err(Failure::Usage(format!("--kms names two programs for `{name}`")));
        }
    }
    Ok(plugins)
}

fn small(path: &PathBuf) -> Result<Zeroizing<String>, Failure> {
    let file = File::open(path).map_err(|error| Failure::NoInput {
        message: format!("cannot read {}: {error}", path.display()),
        hint: "`casemate seal-key new FILE` makes an identity and prints its recipient".to_owned(),
    })?;
    let mut text = Zeroizing::new(String::new());
    file.take(MOST_KEY_FILE)
        .read_to_string(&mut text)
        .with_context(|| format!("{} is no key file", path.display()))?;
    Ok(text)
}

/// A flag that the first interrupt sets, so that what is half-done is removed; the second ends the process at once.
pub(crate) fn interrupted() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .context("cannot listen to interrupts")?;
    }
    Ok(stop)
}

/// What to say about a failure: no input where there is none, and what to do where that is known.
pub(crate) fn failure(error: SealError) -> Failure {
    let hint = match &error {
        SealError::NotSealed(_) => {
            return Failure::NoInput {
                message: error.to_string(),
                hint: "`casemate seal PATH --to DIR --recipient AGE1...` makes one".to_owned(),
            };
        }
        SealError::Io { error: cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
            return Failure::NoInput {
                message: error.to_string(),
                hint: "give the folder or file of a model".to_owned(),
            };
        }
        SealError::NoKey { tried, .. } if tried.is_empty() => {
            "`casemate seal-key list DIR` shows whose keys open it; give one with --identity, --passphrase-file, --kms or --pkcs11-uri"
        }
        SealError::Kind { what: "a link", .. } => "--follow-links seals what links to files lead to",
        SealError::Mark | SealError::File { .. } | SealError::Missing(_) | SealError::Extra(_) => {
            "`casemate open DIR --check` lists all that is wrong; `casemate verify DIR` says whether it is what was signed"
        }
        SealError::Rotation(_) => {
            "`casemate seal-key rotate DIR --abandon` gives it up; the model stays as it is"
        }
        SealError::NotKept(_) => {
            "give what it was wrapped with (--passphrase-file, --kms, --pkcs11-uri), or name all new holders, or `seal-key remove` it first"
        }
        SealError::Exists(_) => "name another folder, or remove this one first",
        // What it says may quote names from folders and files.
        _ => return Failure::Other(anyhow::anyhow!(printable(&error.to_string()))),
    };
    Failure::Other(anyhow::anyhow!("{}\n\nhint: {hint}", printable(&error.to_string())))
}

/// A key in a token, as the slots see it.
#[cfg(feature = "pkcs11")]
mod token {
    use super::*;
    use casemate_keys::pkcs11::TokenWrapper;

    use crate::signing;

    #[derive(Debug)]
    struct Wrapper {
        uri: String,
        wrapper: TokenWrapper,
    }

    impl casemate_seal::Token for Wrapper {
        fn uri(&self) -> &str {
            &self.uri
        }

        fn wrap(&self, secret: &[u8], context: &[u8]) -> Result<Vec<u8>, String> {
            self.wrapper.wrap(secret, context).map_err(|error| error.to_string())
        }

        fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
            self.wrapper.unwrap(wrapped, context).map_err(|error| error.to_string())
        }
    }

    pub(super) fn open(uri: &str, programs: &ProgramArgs) -> Result<Rc<dyn casemate_seal::Token>, Failure> {
        let (uri, token) = signing::open_token(uri, programs.pkcs11_module.as_deref())?;
        let wrapper = token.wrapper().context("the token cannot wrap keys")?;
        Ok(Rc::new(Wrapper { uri: uri.without_access().to_string(), wrapper }))
    }
}

/// A holder who may use a key in a token.
#[cfg(feature = "pkcs11")]
pub(crate) fn token_holder(uri: &str, programs: &ProgramArgs) -> Result<Holder, Failure> {
    token::open(uri, programs).map(Holder::Token)
}
