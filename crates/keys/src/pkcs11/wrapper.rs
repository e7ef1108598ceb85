//! A key in a token that wraps data keys: AES with GCM, or RSA with OAEP. The data key passes through this process; the
//! key that wraps it does not.
//!
//! The wrapped form is one byte that says how, and what belongs to it: `1`, a nonce of 12 bytes, AES-GCM ciphertext and
//! tag; `2` or `3`, an OAEP ciphertext with SHA-256 or SHA-1.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey,
    PublicKeyComponents,
};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use zeroize::Zeroizing;

use super::TokenError;
use super::error::code;
use super::objects::Key;
use super::token::Token;

const NONCE: usize = 12;
/// In bytes; the 128 bits below are the same.
const TAG: usize = 16;
const CONTEXT: usize = 32;

/// Data keys are short. The longest that fits into an OAEP message of a 2048-bit key beside its context.
const MAX_KEY: usize = 128;

const GCM: u8 = 1;

/// The hash of an OAEP message.
#[derive(Clone, Copy)]
enum Oaep {
    Sha256,
    /// Not broken where collisions do not matter, as here, and the only one that some tokens know.
    Sha1,
}

impl Oaep {
    const fn form(self) -> u8 {
        match self {
            Self::Sha256 => 2,
            Self::Sha1 => 3,
        }
    }

    fn mechanism(self) -> Mechanism<'static> {
        // The label stays empty: SoftHSM and others refuse another one.
        let (hash, mask) = match self {
            Self::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
            Self::Sha1 => (MechanismType::SHA1, PkcsMgfType::MGF1_SHA1),
        };
        Mechanism::RsaPkcsOaep(PkcsOaepParams::new(hash, mask, PkcsOaepSource::empty()))
    }
}

/// A key in a token that wraps and unwraps.
pub struct TokenWrapper {
    token: Token,
    key: Key,
    rsa: bool,
}

impl TokenWrapper {
    pub(super) fn find(token: Token) -> Result<Self, TokenError> {
        let key =
            token.key(&[ObjectClass::SECRET_KEY, ObjectClass::PRIVATE_KEY], "AES key or RSA private key")?;
        let rsa = match (key.class, key.kind) {
            (ObjectClass::SECRET_KEY, Some(KeyType::AES)) => false,
            (ObjectClass::PRIVATE_KEY, Some(KeyType::RSA)) => true,
            (_, kind) => {
                let found = kind.map_or_else(|| "of no known kind".to_owned(), |kind| kind.to_string());
                let wanted = "an AES key or an RSA private key";
                return Err(TokenError::WrongKind { key: key.name, found, wanted });
            }
        };
        token.must_be_allowed(&key, AttributeType::Decrypt, "decrypt", "CKA_DECRYPT")?;
        if !rsa {
            token.must_be_allowed(&key, AttributeType::Encrypt, "encrypt", "CKA_ENCRYPT")?;
        }
        Ok(Self { token, key, rsa })
    }

    /// Wraps a data key. It opens again for the same `context` only, which may be anything that says what the key is for.
    /// What is returned was unwrapped once by the token before.
    ///
    /// # Errors
    /// The token refuses, or `key` is longer than 128 bytes.
    pub fn wrap(&self, key: &[u8], context: &[u8]) -> Result<Vec<u8>, TokenError> {
        if key.len() > MAX_KEY {
            return Err(self.failed("wrap", "the data key is longer than 128 bytes"));
        }
        let wrapped =
            if self.rsa { self.wrap_by_rsa(key, context)? } else { self.wrap_by_aes(key, context)? };
        let again = self.unwrap(&wrapped, context)?;
        match verify_slices_are_equal(&again, key) {
            Ok(()) => Ok(wrapped),
            Err(_) => Err(self.failed("wrap", "what it wrapped does not open again")),
        }
    }

    /// Unwraps what `wrap` made for the same context.
    ///
    /// # Errors
    /// It was not wrapped by this key for this context, or was altered, or the token refuses.
    pub fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let (form, body) = wrapped.split_first().ok_or(TokenError::UnknownForm)?;
        let oaep = match *form {
            GCM if !self.rsa => return self.unwrap_by_aes(body, context),
            form if self.rsa && form == Oaep::Sha256.form() => Oaep::Sha256,
            form if self.rsa && form == Oaep::Sha1.form() => Oaep::Sha1,
            GCM | 2 | 3 => return Err(TokenError::NotOpened(self.key.name.clone())),
            _ => return Err(TokenError::UnknownForm),
        };
        self.unwrap_by_rsa(oaep, body, context)
    }

    fn wrap_by_aes(&self, key: &[u8], context: &[u8]) -> Result<Vec<u8>, TokenError> {
        let mut nonce = [0; NONCE];
        SystemRandom::new().fill(&mut nonce).map_err(|_| self.failed("wrap", "no random numbers"))?;
        let encrypted = GcmParams::new(&mut nonce, context, 128.into()).and_then(|parameters| {
            self.token.session.encrypt(&Mechanism::AesGcm(parameters), self.key.handle, key)
        });
        let encrypted = encrypted.map_err(|error| self.token.refused("encrypt by AES-GCM", &error))?;
        // Tokens in FIPS mode put a nonce of their own in its place.
        Ok([&[GCM][..], &nonce, &encrypted].concat())
    }

    fn unwrap_by_aes(&self, body: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let (nonce, encrypted) = body
            .split_first_chunk::<NONCE>()
            .filter(|(_, rest)| rest.len() >= TAG)
            .ok_or(TokenError::UnknownForm)?;
        let mut nonce = *nonce;
        GcmParams::new(&mut nonce, context, 128.into())
            .and_then(|parameters| {
                self.token.session.decrypt(&Mechanism::AesGcm(parameters), self.key.handle, encrypted)
            })
            .map(Zeroizing::new)
            .map_err(|error| self.not_opened(&error))
    }

    fn wrap_by_rsa(&self, key: &[u8], context: &[u8]) -> Result<Vec<u8>, TokenError> {
        let public = self.rsa_public()?;
        let message = Zeroizing::new([digest(&SHA256, context).as_ref(), key].concat());
        for oaep in [Oaep::Sha256, Oaep::Sha1] {
            let algorithm = match oaep {
                Oaep::Sha256 => &OAEP_SHA256_MGF1SHA256,
                Oaep::Sha1 => &OAEP_SHA1_MGF1SHA1,
            };
            let mut encrypted = vec![0; public.ciphertext_size()];
            let encrypted = public
                .encrypt(algorithm, &message, &mut encrypted, None)
                .map_err(|_| self.failed("wrap", "the RSA key is too short for OAEP"))?;
            let probe =
                self.token.session.decrypt(&oaep.mechanism(), self.key.handle, encrypted).map(Zeroizing::new);
            match probe {
                Ok(_) => return Ok([&[oaep.form()], &*encrypted].concat()),
                Err(error) if matches!(oaep, Oaep::Sha256) && does_not_know(&error) => {}
                Err(error) => return Err(self.token.refused("decrypt by RSA-OAEP", &error)),
            }
        }
        Err(self.failed("wrap", "it knows RSA-OAEP neither with SHA-256 nor with SHA-1"))
    }

    fn unwrap_by_rsa(
        &self,
        oaep: Oaep,
        body: &[u8],
        context: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let message =
            self.token.session.decrypt(&oaep.mechanism(), self.key.handle, body).map(Zeroizing::new);
        let message = message.map_err(|error| self.not_opened(&error))?;
        let not_opened = || TokenError::NotOpened(self.key.name.clone());
        let (bound, key) = message.split_at_checked(CONTEXT).ok_or_else(not_opened)?;
        // The context is bound inside the message, as tokens take no OAEP label.
        verify_slices_are_equal(bound, digest(&SHA256, context).as_ref()).map_err(|_| not_opened())?;
        Ok(Zeroizing::new(key.to_vec()))
    }

    /// The public half, from the private key or else from the public key object beside it.
    fn rsa_public(&self) -> Result<OaepPublicEncryptingKey, TokenError> {
        let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(self.key.id.clone())];
        let beside = self.token.find(&template)?;
        for object in [self.key.handle].into_iter().chain(beside) {
            let n = self.token.attribute(object, AttributeType::Modulus);
            let e = self.token.attribute(object, AttributeType::PublicExponent);
            let (Some(Attribute::Modulus(n)), Some(Attribute::PublicExponent(e))) = (n, e) else { continue };
            let strip =
                |number: Vec<u8>| number.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
            let components = PublicKeyComponents { n: strip(n), e: strip(e) };
            let public: Result<PublicEncryptingKey, _> = components.try_into();
            let public = public.and_then(OaepPublicEncryptingKey::new);
            return public
                .map_err(|_| self.failed("wrap", "its RSA public key is not valid or below 2048 bits"));
        }
        Err(TokenError::NoPublicKey(self.key.name.clone()))
    }

    fn not_opened(&self, error: &Error) -> TokenError {
        match code(error) {
            Some(RvError::KeyFunctionNotPermitted) => {
                TokenError::MayNot { key: self.key.name.clone(), operation: "decrypt", attribute: "CKA_DECRYPT" }
            }
            Some(
                RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                // CKR_AEAD_DECRYPT_FAILED of PKCS#11 3.0, which the crate has no name for.
                | RvError::UnknownErrorCode(0x42)
                // What SoftHSM and others say when the tag or the padding is wrong.
                | RvError::GeneralError
                | RvError::FunctionFailed,
            ) => TokenError::NotOpened(self.key.name.clone()),
            _ => self.token.refused("decrypt", error),
        }
    }

    fn failed(&self, operation: &'static str, why: &str) -> TokenError {
        TokenError::Refused { token: self.token.label.clone(), operation, why: why.to_owned() }
    }
}

impl std::fmt::Debug for TokenWrapper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenWrapper({:?}, {})", self.token, self.key.name)
    }
}

/// Whether the token's answer means that it does not know the parameters, and not that it could not open the message.
fn does_not_know(error: &Error) -> bool {
    let unknown = [RvError::ArgumentsBad, RvError::MechanismParamInvalid, RvError::MechanismInvalid];
    code(error).is_some_and(|code| unknown.contains(&code))
}
