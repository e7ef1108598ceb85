//! A token, found by its URI and logged in to. What its keys are used for is for the signer and the wrapper.

use std::path::Path;

use casemate_core::printable;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::RawAuthPin;

use super::error::{brief, code};
use super::{Pin, TokenError, TokenSigner, TokenWrapper, Uri, signer};
use crate::PublicKey;

/// How many tokens or objects a message names.
pub(super) const SHOWN: usize = 8;

/// A token with a session on it, logged in where it asks for that.
pub struct Token {
    pub(super) session: Session,
    pub(super) uri: Uri,
    pub(super) label: String,
    // Keys that ask for the PIN before every use need it again.
    pub(super) pin: Option<Pin>,
}

impl Token {
    /// Opens the module, finds the one token that `uri` names and logs in. `module` and `pin` go before those of the URI.
    ///
    /// The module is native code and can do anything: it must come from the user, never from what is being verified or
    /// opened. The module stays open until the process ends, as other tokens may use it.
    ///
    /// # Errors
    /// No or several tokens match, or the PIN is missing or wrong.
    pub fn open(uri: &Uri, module: Option<&Path>, pin: Option<Pin>) -> Result<Self, TokenError> {
        let pin = pin.map_or_else(|| uri.pin(), |pin| Ok(Some(pin)))?;
        let (mut token, module, slot, info) = Self::begin(uri, module)?;
        token.pin = pin;
        if info.login_required() {
            token.log_in(&module, slot, &info)?;
        }
        Ok(token)
    }

    /// The public key that the URI names, or that of the certificate it names. Nobody needs a PIN to verify.
    ///
    /// # Errors
    /// No or several tokens or keys match, or the token shows its public keys only to those who log in.
    pub fn public_key(uri: &Uri, module: Option<&Path>) -> Result<PublicKey, TokenError> {
        let (token, ..) = Self::begin(uri, module)?;
        signer::shown_public_key(&token)
    }

    fn begin(uri: &Uri, module: Option<&Path>) -> Result<(Self, Pkcs11, Slot, TokenInfo), TokenError> {
        let module = load(module.or(uri.module()).ok_or(TokenError::NoModule)?)?;
        let (slot, info) = find(&module, uri)?;
        let label = name(&info);
        let session = module.open_ro_session(slot).map_err(|error| TokenError::Refused {
            token: label.clone(),
            operation: "open a session",
            why: brief(&error),
        })?;
        Ok((Self { session, uri: uri.without_access(), label, pin: None }, module, slot, info))
    }

    fn log_in(&self, module: &Pkcs11, slot: Slot, info: &TokenInfo) -> Result<(), TokenError> {
        let answer = match &self.pin {
            Some(pin) => login(&self.session, UserType::User, pin),
            // The PIN is typed on the reader.
            None if info.protected_authentication_path() => self.session.login(UserType::User, None),
            None => return Err(TokenError::NeedsPin(self.label.clone())),
        };
        let Err(error) = answer else { return Ok(()) };
        match code(&error) {
            Some(RvError::UserAlreadyLoggedIn) => Ok(()),
            Some(RvError::PinLocked) => Err(TokenError::PinLocked(self.label.clone())),
            Some(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange) => {
                let last_try = module.get_token_info(slot).is_ok_and(|info| info.user_pin_final_try());
                Err(TokenError::WrongPin { token: self.label.clone(), last_try })
            }
            _ => Err(self.refused("log in", &error)),
        }
    }

    /// The label that the token gives itself.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The private key that the URI names, to sign with.
    ///
    /// # Errors
    /// No or several keys match, it is no ECDSA key on one of the three curves, it may not sign, or its public half is
    /// missing.
    pub fn signer(self) -> Result<TokenSigner, TokenError> {
        TokenSigner::find(self)
    }

    /// The AES key or RSA private key that the URI names, to wrap data keys with.
    ///
    /// # Errors
    /// No or several keys match, or it may not decrypt.
    pub fn wrapper(self) -> Result<TokenWrapper, TokenError> {
        TokenWrapper::find(self)
    }

    /// What a failed call is for the user.
    pub(super) fn refused(&self, operation: &'static str, error: &Error) -> TokenError {
        TokenError::Refused { token: self.label.clone(), operation, why: brief(error) }
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({}, {})", self.label, self.uri)
    }
}

pub(super) fn login(session: &Session, user: UserType, pin: &Pin) -> Result<(), Error> {
    session.login_with_raw(user, &RawAuthPin::new(Box::new(pin.as_bytes().to_vec())))
}

fn load(path: &Path) -> Result<Pkcs11, TokenError> {
    let failed = |why| TokenError::Module { module: path.display().to_string(), why };
    // The loader searches its own folders for a bare name, which is what users of `opensc-pkcs11.so` expect.
    let module = Pkcs11::new(path).map_err(|error| failed(brief(&error)))?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) => Ok(module),
        Err(error) if code(&error) == Some(RvError::CryptokiAlreadyInitialized) => Ok(module),
        Err(error) => Err(failed(brief(&error))),
    }
}

fn find(module: &Pkcs11, uri: &Uri) -> Result<(Slot, TokenInfo), TokenError> {
    let slots = module.get_slots_with_initialized_token().unwrap_or_default();
    let tokens: Vec<(Slot, TokenInfo)> =
        slots.into_iter().filter_map(|slot| Some((slot, module.get_token_info(slot).ok()?))).collect();
    let mut matching: Vec<&(Slot, TokenInfo)> =
        tokens.iter().filter(|(slot, info)| matches(uri, *slot, info)).collect();
    let uri = || uri.to_string();
    match (matching.pop(), matching.is_empty()) {
        (Some((slot, info)), true) => Ok((*slot, info.clone())),
        (None, _) => Err(TokenError::NoToken { uri: uri(), there: shown(tokens.iter()) }),
        (Some(last), false) => {
            matching.push(last);
            Err(TokenError::SeveralTokens { uri: uri(), there: shown(matching.into_iter()) })
        }
    }
}

fn matches(uri: &Uri, slot: Slot, info: &TokenInfo) -> bool {
    let same = |wanted: &Option<String>, there: &str| {
        wanted.as_ref().is_none_or(|wanted| wanted.trim_end() == there.trim_end())
    };
    same(&uri.token, info.label())
        && same(&uri.manufacturer, info.manufacturer_id())
        && same(&uri.serial, info.serial_number())
        && same(&uri.model, info.model())
        && uri.slot_id.is_none_or(|id| id == slot.id())
}

fn name(info: &TokenInfo) -> String {
    printable(info.label().trim_end())
}

fn shown<'a>(tokens: impl ExactSizeIterator<Item = &'a (Slot, TokenInfo)>) -> String {
    let count = tokens.len();
    let names = tokens
        .take(SHOWN)
        .map(|(_, info)| format!("`{}` (serial {})", name(info), printable(info.serial_number().trim_end())));
    listed(names.collect(), count)
}

/// Names with commas between them, or `none`, or how many more there are.
pub(super) fn listed(mut names: Vec<String>, count: usize) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    if let Some(more) = count.checked_sub(names.len()).filter(|more| *more > 0) {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}
