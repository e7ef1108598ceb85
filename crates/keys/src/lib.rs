//! Keys: the public ones that verify, the private ones that sign and unwrap, in PEM files or in a PKCS#11 token.
//! It holds keys and uses them; what is signed or wrapped, and what a signature is worth, is for others to say.

mod curve;
mod error;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
mod private;
mod public;
#[cfg(test)]
mod tests;

pub use curve::Curve;
pub use error::KeyError;
pub use private::PrivateKey;
pub use public::PublicKey;

/// Something that signs with an ECDSA key it does not hand out.
pub trait Signer {
    /// The public half of the key.
    fn public_key(&self) -> &PublicKey;

    /// An ECDSA signature over `message` in ASN.1 DER, with the digest that belongs to the curve (P-256 and SHA-256,
    /// P-384 and SHA-384, P-521 and SHA-512).
    ///
    /// # Errors
    /// The key could not be used: the token refused it or is gone.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}
