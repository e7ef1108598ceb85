//! X.509 certificates that vouch for signing keys (OMS v1.0, section 8.2; RFC 5280): read, and followed to a root that the
//! user gave. No root is built in, the web's are never used, and no revocation is looked up. Whom a certificate names is
//! for a policy to judge.

mod chain;
mod error;
mod extensions;
mod parsed;
mod roots;
mod signature;

pub use chain::verify_chain;
pub use error::{CertificateError, Problem};
pub use parsed::Certificate;
pub use roots::Roots;
