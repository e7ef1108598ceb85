//! A key in a token that signs. The digest is made here and signed there; the key never comes out.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::UserType;
use x509_cert::der::{Decode as _, Encode as _};

use super::error::code;
use super::objects::Key;
use super::token::{Token, login};
use super::{TokenError, der};
use crate::{Curve, KeyError, PublicKey, Signer};

/// An ECDSA key in a token.
pub struct TokenSigner {
    token: Token,
    key: Key,
    public: PublicKey,
    certificate: Option<Vec<u8>>,
    // CKA_ALWAYS_AUTHENTICATE: the PIN is asked for before every signature.
    asks_again: bool,
}

impl TokenSigner {
    pub(super) fn find(token: Token) -> Result<Self, TokenError> {
        let key = token.key(&[ObjectClass::PRIVATE_KEY], "private key")?;
        if key.kind.is_some_and(|kind| kind != KeyType::EC) {
            return Err(TokenError::WrongKind {
                key: key.name,
                found: "no elliptic-curve key".to_owned(),
                wanted: "an ECDSA key on P-256, P-384 or P-521",
            });
        }
        token.must_be_allowed(&key, AttributeType::Sign, "sign", "CKA_SIGN")?;
        let certificate = certificate(&token, &key)?;
        let public = public_key(&token, &key, certificate.as_deref())?;
        let asks_again = matches!(
            token.attribute(key.handle, AttributeType::AlwaysAuthenticate),
            Some(Attribute::AlwaysAuthenticate(true))
        );
        Ok(Self { token, key, public, certificate, asks_again })
    }

    /// The certificate that lies beside the key under the same id, in DER, if there is exactly one.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Signs, and says in full what is wrong if that fails.
    ///
    /// # Errors
    /// The token refuses, or gives a signature that its public key does not verify.
    pub fn sign_in_token(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let raw = self.raw(message).map_err(|error| match code(&error) {
            Some(RvError::KeyFunctionNotPermitted) => {
                TokenError::MayNot { key: self.key.name.clone(), operation: "sign", attribute: "CKA_SIGN" }
            }
            Some(RvError::MechanismInvalid) if self.asks_again => {
                TokenError::AsksAgain { key: self.key.name.clone() }
            }
            _ => self.token.refused("sign", &error),
        })?;
        der::signature(self.public.curve(), &raw)
            // Whatever went wrong in the token, a signature that nobody can verify is not handed out.
            .filter(|signature| self.public.verifies(message, signature))
            .ok_or_else(|| TokenError::NotAPair(self.key.name.clone()))
    }

    fn raw(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let session = &self.token.session;
        let curve = self.public.curve();
        if !self.asks_again {
            let algorithm = match curve {
                Curve::P256 => &SHA256,
                Curve::P384 => &SHA384,
                Curve::P521 => &SHA512,
            };
            return session.sign(&Mechanism::Ecdsa, self.key.handle, digest(algorithm, message).as_ref());
        }
        // The PIN goes between the beginning and the end of one signature, so the mechanism must take it in parts.
        let mechanism = match curve {
            Curve::P256 => Mechanism::EcdsaSha256,
            Curve::P384 => Mechanism::EcdsaSha384,
            Curve::P521 => Mechanism::EcdsaSha512,
        };
        session.sign_init(&mechanism, self.key.handle)?;
        match &self.token.pin {
            Some(pin) => login(session, UserType::ContextSpecific, pin)?,
            None => session.login(UserType::ContextSpecific, None)?,
        }
        session.sign_update(message)?;
        session.sign_final()
    }
}

impl Signer for TokenSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.sign_in_token(message).map_err(|error| KeyError::Token(error.to_string()))
    }
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenSigner({:?}, {:?})", self.token, self.public)
    }
}

/// The public half: from the public key object, from the private one where it tells, or from the certificate.
fn public_key(token: &Token, key: &Key, certificate: Option<&[u8]>) -> Result<PublicKey, TokenError> {
    let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(key.id.clone())];
    let wrong = |error| TokenError::PublicKey { key: key.name.clone(), error };
    for object in token.find(&template)?.into_iter().chain([key.handle]) {
        if let Some(public) = point(token, object, key.handle) {
            return public.map_err(wrong);
        }
    }
    match certificate {
        Some(certificate) => of_certificate(certificate).map_err(wrong),
        None => Err(TokenError::NoPublicKey(key.name.clone())),
    }
}

/// What a token shows without a PIN: a public key, or else a certificate.
pub(super) fn shown_public_key(token: &Token) -> Result<PublicKey, TokenError> {
    let wanted = "public key or certificate that it shows without a PIN";
    let key = match token.key(&[ObjectClass::PUBLIC_KEY], wanted) {
        Err(TokenError::NoObject { .. }) => token.key(&[ObjectClass::CERTIFICATE], wanted)?,
        key => key?,
    };
    let wrong = |error| TokenError::PublicKey { key: key.name.clone(), error };
    if key.class == ObjectClass::CERTIFICATE {
        let certificate =
            value(token, key.handle)?.ok_or_else(|| TokenError::NoPublicKey(key.name.clone()))?;
        return of_certificate(&certificate).map_err(wrong);
    }
    point(token, key.handle, key.handle).unwrap_or(Err(KeyError::Unsupported)).map_err(wrong)
}

/// The public key of an object's attributes; none if it has not got them. Some tokens have the curve at `other` only.
fn point(token: &Token, object: ObjectHandle, other: ObjectHandle) -> Option<Result<PublicKey, KeyError>> {
    let Some(Attribute::EcPoint(point)) = token.attribute(object, AttributeType::EcPoint) else {
        return None;
    };
    let parameters = [object, other].into_iter().find_map(|at| token.attribute(at, AttributeType::EcParams));
    let Some(Attribute::EcParams(parameters)) = parameters else { return None };
    if point.is_empty() || parameters.is_empty() {
        return None;
    }
    Some(der::curve(&parameters).and_then(|curve| der::public_key(curve, &point)))
}

fn of_certificate(certificate: &[u8]) -> Result<PublicKey, KeyError> {
    let parsed = x509_cert::Certificate::from_der(certificate).map_err(|_| KeyError::Unsupported)?;
    let spki = parsed.tbs_certificate().subject_public_key_info().to_der();
    PublicKey::from_der(&spki.map_err(|_| KeyError::Unsupported)?)
}

fn certificate(token: &Token, key: &Key) -> Result<Option<Vec<u8>>, TokenError> {
    let template = [Attribute::Class(ObjectClass::CERTIFICATE), Attribute::Id(key.id.clone())];
    match token.find(&template)?.as_slice() {
        [one] => value(token, *one),
        _ => Ok(None),
    }
}

fn value(token: &Token, object: ObjectHandle) -> Result<Option<Vec<u8>>, TokenError> {
    let attributes = token.session.get_attributes(object, &[AttributeType::Value]);
    let attributes = attributes.map_err(|error| token.refused("give its certificate", &error))?;
    Ok(attributes.into_iter().find_map(|attribute| match attribute {
        Attribute::Value(der) => Some(der),
        _ => None,
    }))
}
