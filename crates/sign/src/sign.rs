//! A manifest becomes a bundle (OMS v1.0, sections 6.6 to 6.8).

use casemate_keys::{KeyError, Signer};

use crate::bundle::{BadBundle, Bundle, Material};
use crate::certificate::Certificate;
use crate::manifest::Manifest;
use crate::{dsse, statement};

/// Why a manifest was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The certificate is of another key.
    #[error("the signing certificate is not of this private key")]
    OtherKey,
    /// The bundle could not be written.
    #[error("cannot write the bundle")]
    Bundle(#[from] BadBundle),
    /// The statement could not be written.
    #[error("cannot write the statement")]
    Statement(#[from] serde_json::Error),
}

/// Signs a manifest. `chain` begins with the certificate of the key, and is empty where verifiers know the key.
///
/// # Errors
/// The certificate is of another key, or the key does not sign.
pub fn sign(manifest: &Manifest, signer: &dyn Signer, chain: &[Certificate]) -> Result<Bundle, SignError> {
    bundle(statement::write(manifest)?, signer, chain)
}

/// Whether a key is that of the certificate a chain begins with.
///
/// # Errors
/// The certificate is of another key, or of one that signs no models.
pub fn check_chain(signer: &dyn Signer, chain: &[Certificate]) -> Result<(), SignError> {
    match chain.first().map(Certificate::public_key).transpose()? {
        Some(certified) if certified != *signer.public_key() => Err(SignError::OtherKey),
        _ => Ok(()),
    }
}

/// Signs a payload, whatever it says.
pub(crate) fn bundle(
    payload: Vec<u8>,
    signer: &dyn Signer,
    chain: &[Certificate],
) -> Result<Bundle, SignError> {
    check_chain(signer, chain)?;
    let material = match chain {
        [] => Material::Key { hint: Some(signer.public_key().hint()) },
        chain => Material::Certificates(chain.iter().map(|certificate| certificate.der().to_vec()).collect()),
    };
    let signature = signer.sign(&dsse::pae(&payload))?;
    Ok(Bundle::new(material, payload, signature)?)
}
