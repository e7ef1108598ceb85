//! Keys that never leave a PKCS#11 token (smart card, HSM, SoftHSM): one signs, one wraps data keys. Nothing is linked;
//! the module is opened when a token is used, and only a module that the user named: it is native code.

mod der;
mod error;
mod objects;
mod pin;
mod query;
mod signer;
mod token;
mod uri;
mod wrapper;

pub use error::TokenError;
pub use pin::Pin;
pub use signer::TokenSigner;
pub use token::Token;
pub use uri::{ObjectType, Uri, UriError};
pub use wrapper::TokenWrapper;
