//! Witnesses (C2SP tlog-cosignature): others who saw a head, and that it followed from the one they saw before. This says
//! whether those who must have signed did; it asks nobody.

use casemate_core::Timestamp;

use crate::note::{Algorithm, Signature, SignerKey, Standing, VerifierKey};
use crate::{Head, KeyName};

/// Who must have seen a head.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    witnesses: Vec<VerifierKey>,
    required: usize,
}

/// Why a head is not witnessed as a policy wants it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A key is not a witness's.
    #[error("`{0}` is a key of a log, not of a witness: cosignatures have keys of type 0x04")]
    NotAWitness(KeyName),
    /// One witness stands twice.
    #[error("the witness `{0}` is named twice")]
    Twice(KeyName),
    /// More are required than there are.
    #[error("{required} witnesses are required, and {named} are named")]
    TooFew {
        /// How many must sign.
        required: usize,
        /// How many could.
        named: usize,
    },
    /// A cosignature does not verify.
    #[error("the cosignature of the witness `{0}` does not verify")]
    Broken(KeyName),
    /// Not enough witnesses signed.
    #[error("{signed} of {required} required witnesses signed; missing: {}", names(missing))]
    Missing {
        /// How many signed.
        signed: usize,
        /// How many must.
        required: usize,
        /// Those that did not.
        missing: Vec<KeyName>,
    },
}

/// That a witness saw a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// Who.
    pub witness: KeyName,
    /// When, by the witness's clock.
    pub at: Timestamp,
}

impl Policy {
    /// At least `required` of these witnesses; all of them if no number is given.
    ///
    /// # Errors
    /// A key is not a witness's, is named twice, or there are fewer than required.
    pub fn new(witnesses: Vec<VerifierKey>, required: Option<usize>) -> Result<Self, PolicyError> {
        for (at, key) in witnesses.iter().enumerate() {
            if key.algorithm() != Algorithm::Cosignature {
                return Err(PolicyError::NotAWitness(key.name().clone()));
            }
            // One key under two names is one witness: a cosignature does not commit to the name.
            let same = |known: &VerifierKey| known.name() == key.name() || known.has_key_of(key);
            if witnesses.iter().take(at).any(same) {
                return Err(PolicyError::Twice(key.name().clone()));
            }
        }
        let (required, named) = (required.unwrap_or(witnesses.len()), witnesses.len());
        if required > named {
            return Err(PolicyError::TooFew { required, named });
        }
        Ok(Self { witnesses, required })
    }

    /// Those that cosigned a head.
    ///
    /// # Errors
    /// A cosignature of a named witness is broken, or too few signed.
    pub fn check(&self, head: &Head) -> Result<Vec<Cosigned>, PolicyError> {
        let (mut signed, mut missing) = (Vec::new(), Vec::new());
        for key in &self.witnesses {
            match head.note().standing(key) {
                Standing::Signed => signed.extend(cosigned(head, key)),
                Standing::Broken => return Err(PolicyError::Broken(key.name().clone())),
                Standing::Absent => missing.push(key.name().clone()),
            }
        }
        if signed.len() < self.required {
            return Err(PolicyError::Missing { signed: signed.len(), required: self.required, missing });
        }
        Ok(signed)
    }
}

/// Signs a head as a witness. Whoever does so first makes sure that it follows from the last head they signed.
#[must_use]
pub fn cosign(head: &Head, key: &SignerKey, at: Timestamp) -> Signature {
    key.sign(head.note().text(), at)
}

fn cosigned(head: &Head, key: &VerifierKey) -> Option<Cosigned> {
    let signature = head.note().signatures().iter().find(|signature| signature.is_by(key))?;
    let (time, _) = signature.bytes().split_first_chunk()?;
    let second = i64::try_from(u64::from_be_bytes(*time)).ok()?;
    Some(Cosigned { witness: key.name().clone(), at: Timestamp::from_second(second).ok()? })
}

fn names(names: &[KeyName]) -> String {
    names.iter().map(KeyName::as_str).collect::<Vec<_>>().join(", ")
}
