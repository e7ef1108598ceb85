//! Key slots: the data key, wrapped for each of those who may open the model. A slot says how it was wrapped and never
//! what runs to unwrap it: programs and modules come from whoever opens.

mod age_key;
mod passphrase;
mod plugin;
mod token;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use self::age_key::{Identity, Recipient};
pub use self::passphrase::{Cost, Passphrase};
pub use self::plugin::{PROTOCOL, Plugin};
pub use self::token::Token;
use crate::base64::Base64;
use crate::tuple::Tuple;
use crate::{DataKey, FORMAT, ModelId};

/// The most slots that a sealed model has.
pub(crate) const MOST_SLOTS: usize = 32;
/// The most of them that are tried with a passphrase, each of which costs what deriving a key costs.
const MOST_PASSPHRASES: usize = 4;
/// The most bytes that a wrapped key takes.
const MOST_WRAPPED: usize = 16 * 1024;
/// The most bytes that a name of a key, a recipient or a plugin takes.
const MOST_TEXT: usize = 2048;

/// A data key, wrapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// What it is called among its like: `age-1`.
    pub name: String,
    /// How the key was wrapped.
    pub method: Method,
    /// The wrapped key.
    pub(crate) wrapped: Base64,
}

/// How a key was wrapped, with what is needed to do it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Method {
    /// For an age recipient; the wrapped key is an age file.
    Age {
        /// The public key.
        recipient: String,
    },
    /// Under a key derived from a passphrase by Argon2id.
    Passphrase {
        /// What deriving it costs.
        argon2id: Cost,
        /// The salt.
        salt: Base64,
    },
    /// By a key in a PKCS#11 token.
    Pkcs11 {
        /// The key's URI (RFC 7512), without a PIN.
        uri: String,
    },
    /// By a key service, through a program.
    Kms {
        /// What the user who sealed called the program; whoever opens says which program that is.
        plugin: String,
        /// The service's name for the key.
        key: String,
    },
}

impl Method {
    /// One word for it, which begins the names of its slots.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Age { .. } => "age",
            Self::Passphrase { .. } => "passphrase",
            Self::Pkcs11 { .. } => "pkcs11",
            Self::Kms { .. } => "kms",
        }
    }

    /// Which key it is, as far as that may be known.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Age { recipient } => recipient.clone(),
            Self::Passphrase { argon2id, .. } => argon2id.to_string(),
            Self::Pkcs11 { uri } => uri.clone(),
            Self::Kms { plugin, key } => format!("{plugin}={key}"),
        }
    }

    /// What is bound by the mark on the seal.
    pub(crate) fn fields(&self) -> Vec<Vec<u8>> {
        let text = |text: &String| text.clone().into_bytes();
        let fields = match self {
            Self::Age { recipient } => vec![text(recipient)],
            Self::Passphrase { argon2id, salt } => {
                let Cost { memory_kib, passes, lanes } = argon2id;
                let mut fields = [memory_kib, passes, lanes].map(|cost| cost.to_be_bytes().to_vec()).to_vec();
                fields.push(salt.0.clone());
                fields
            }
            Self::Pkcs11 { uri } => vec![text(uri)],
            Self::Kms { plugin, key } => vec![text(plugin), text(key)],
        };
        [vec![self.word().into()], fields].concat()
    }

    /// What is wrong with it, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        let texts: &[&String] = match self {
            Self::Age { recipient } => &[recipient],
            Self::Passphrase { argon2id, salt } => {
                return argon2id.problem().or_else(|| {
                    (!(8..=64).contains(&salt.0.len())).then(|| "its salt is not of 8 to 64 bytes".to_owned())
                });
            }
            Self::Pkcs11 { uri } => &[uri],
            Self::Kms { plugin, key } => &[plugin, key],
        };
        let good = |text: &&&String| {
            (1..=MOST_TEXT).contains(&text.len()) && casemate_core::printable(text) == ***text
        };
        (!texts.iter().all(|text| good(&text)))
            .then(|| format!("a name in it is not 1 to {MOST_TEXT} bytes of printable text"))
    }
}

impl Slot {
    /// What is wrong with it, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        let character = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=64).contains(&self.name.len()) || !self.name.chars().all(character) {
            return Some("its name is not of 1 to 64 small letters, digits and hyphens".to_owned());
        }
        if !(1..=MOST_WRAPPED).contains(&self.wrapped.0.len()) {
            return Some(format!("its wrapped key is not of 1 to {MOST_WRAPPED} bytes"));
        }
        self.method.problem()
    }
}

/// Why a slot could not be made or did not open. Never says anything of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// The key that was given is not the one it was wrapped for.
    #[error("it was wrapped for another key")]
    OtherKey,
    /// The passphrase is not the one.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// What came out is no data key.
    #[error("what it holds is no data key")]
    NoKey,
    /// What wrapped or unwraps failed.
    #[error("{0}")]
    Failed(String),
}

/// Somebody who shall be able to open a model.
#[derive(Debug, Clone)]
pub enum Holder {
    /// Whoever has the identity that belongs to an age recipient.
    Age(Recipient),
    /// Whoever knows a passphrase.
    Passphrase(Passphrase, Cost),
    /// Whoever may use a key in a token.
    Token(Rc<dyn Token>),
    /// Whoever may use a key of a key service, by the name of the plugin and the service's name for the key.
    Kms(Plugin, String),
}

impl Holder {
    /// Wraps a data key for this holder.
    ///
    /// # Errors
    /// What wraps it failed.
    pub(crate) fn wrap(&self, key: &DataKey, model: &ModelId, name: &str) -> Result<Slot, SlotError> {
        let bound = Bound { model, slot: name };
        let (method, wrapped) = match self {
            Self::Age(recipient) => recipient.wrap(key)?,
            Self::Passphrase(passphrase, cost) => passphrase.wrap(*cost, key, bound)?,
            Self::Token(token) => token::wrap(&**token, key, bound)?,
            Self::Kms(plugin, id) => plugin.wrap(id, key, bound)?,
        };
        Ok(Slot { name: name.to_owned(), method, wrapped: Base64(wrapped) })
    }

    /// The word that begins the names of its slots.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Age(_) => "age",
            Self::Passphrase(..) => "passphrase",
            Self::Token(_) => "pkcs11",
            Self::Kms(..) => "kms",
        }
    }
}

/// What a wrapped key belongs to; bound where the method can.
#[derive(Debug, Clone, Copy)]
struct Bound<'a> {
    model: &'a ModelId,
    slot: &'a str,
}

impl Bound<'_> {
    /// It as bytes, for methods that bind bytes.
    fn context(self) -> Vec<u8> {
        Tuple::default().with(FORMAT).with("slot").with(self.model.as_str()).with(self.slot).into_bytes()
    }
}

/// What somebody has who opens a model.
#[derive(Debug, Default, Clone)]
pub struct Keys {
    /// Age identities.
    pub identities: Vec<Identity>,
    /// A passphrase.
    pub passphrase: Option<Passphrase>,
    /// Keys in tokens.
    pub tokens: Vec<Rc<dyn Token>>,
    /// Programs that speak with key services, by the name that slots call them by.
    pub plugins: BTreeMap<String, Plugin>,
}

impl Keys {
    /// The data keys that these keys unwrap, slot by slot; nothing for a slot that needs a key of another kind. Whether
    /// it is the key of the model is for the mark on the seal to say.
    pub(crate) fn unwrap<'a>(
        &'a self,
        slots: &'a [Slot],
        model: &'a ModelId,
    ) -> impl Iterator<Item = (&'a Slot, Result<DataKey, SlotError>)> {
        let mut passphrases = 0;
        // Cheap ones first: deriving a key from a passphrase costs seconds, and asking a service may cost more.
        let mut slots: Vec<&Slot> = slots.iter().collect();
        slots.sort_by_key(|slot| match slot.method {
            Method::Age { .. } => 0,
            Method::Pkcs11 { .. } => 1,
            Method::Kms { .. } => 2,
            Method::Passphrase { .. } => 3,
        });
        slots.into_iter().filter_map(move |slot| {
            if matches!(slot.method, Method::Passphrase { .. }) {
                passphrases += 1;
                if passphrases > MOST_PASSPHRASES {
                    return None;
                }
            }
            Some((slot, self.unwrap_one(slot, model)?))
        })
    }

    fn unwrap_one(&self, slot: &Slot, model: &ModelId) -> Option<Result<DataKey, SlotError>> {
        let bound = Bound { model, slot: &slot.name };
        let wrapped = &slot.wrapped.0;
        match &slot.method {
            Method::Age { .. } if self.identities.is_empty() => None,
            Method::Age { .. } => Some(age_key::unwrap(&self.identities, wrapped)),
            Method::Passphrase { argon2id, salt } => {
                let passphrase = self.passphrase.as_ref()?;
                Some(passphrase.unwrap(*argon2id, &salt.0, wrapped, bound))
            }
            Method::Pkcs11 { uri } => token::unwrap(&self.tokens, uri, wrapped, bound),
            Method::Kms { plugin, key } => Some(self.plugins.get(plugin)?.unwrap(key, wrapped, bound)),
        }
    }

    /// Who can be given a new data key in place of a slot, by what these keys and the slot itself say.
    pub(crate) fn holder(&self, slot: &Slot) -> Option<Holder> {
        match &slot.method {
            Method::Age { recipient } => Some(Holder::Age(recipient.parse().ok()?)),
            Method::Passphrase { argon2id, .. } => {
                Some(Holder::Passphrase(self.passphrase.clone()?, *argon2id))
            }
            Method::Pkcs11 { uri } => {
                Some(Holder::Token(Rc::clone(self.tokens.iter().find(|token| token.uri() == uri)?)))
            }
            Method::Kms { plugin, key } => Some(Holder::Kms(self.plugins.get(plugin)?.clone(), key.clone())),
        }
    }
}

fn data_key(bytes: Zeroizing<Vec<u8>>) -> Result<DataKey, SlotError> {
    DataKey::from_slice(&bytes).ok_or(SlotError::NoKey)
}
