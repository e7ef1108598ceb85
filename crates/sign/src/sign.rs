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

/// Signs a manifest with a key, which verifiers must know.
///
/// # Errors
/// The key does not sign.
pub fn sign(manifest: &Manifest, signer: &dyn Signer) -> Result<Bundle, SignError> {
    with(manifest, signer, Material::Key { hint: Some(signer.public_key().hint()) })
}

/// Signs a manifest with a key that a certificate vouches for. `chain` begins with the certificate of the key.
///
/// # Errors
/// The certificate is of another key, or the key does not sign.
pub fn sign_certified(
    manifest: &Manifest,
    signer: &dyn Signer,
    chain: &[Certificate],
) -> Result<Bundle, SignError> {
    let certified = chain.first().map(Certificate::public_key).transpose()?;
    if certified.as_ref() != Some(signer.public_key()) {
        return Err(SignError::OtherKey);
    }
    let chain = chain.iter().map(|certificate| certificate.der().to_vec()).collect();
    with(manifest, signer, Material::Certificates(chain))
}

fn with(manifest: &Manifest, signer: &dyn Signer, material: Material) -> Result<Bundle, SignError> {
    let payload = statement::write(manifest)?;
    let signature = signer.sign(&dsse::pae(&payload))?;
    Ok(Bundle::new(material, payload, signature)?)
}
