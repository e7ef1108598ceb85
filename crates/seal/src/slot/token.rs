//! Slots for keys in PKCS#11 tokens, seen from here: something that wraps and unwraps a few bytes with a key it keeps.
//! How a token is spoken to is for others.

use std::rc::Rc;

use zeroize::Zeroizing;

use super::{Bound, Method, SlotError, data_key};
use crate::DataKey;

/// A key in a token, ready to be used.
pub trait Token: std::fmt::Debug {
    /// The URI that slots name it by (RFC 7512), without a PIN.
    fn uri(&self) -> &str;

    /// Wraps a few bytes. They open again for the same context only.
    ///
    /// # Errors
    /// The token refuses; in words, without a secret.
    fn wrap(&self, secret: &[u8], context: &[u8]) -> Result<Vec<u8>, String>;

    /// Unwraps what it wrapped for the same context.
    ///
    /// # Errors
    /// The token refuses, or it was wrapped by another key; in words, without a secret.
    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, String>;
}

pub(super) fn wrap(
    token: &dyn Token,
    key: &DataKey,
    bound: Bound<'_>,
) -> Result<(Method, Vec<u8>), SlotError> {
    let wrapped = token.wrap(key.bytes(), &bound.context()).map_err(SlotError::Failed)?;
    Ok((Method::Pkcs11 { uri: token.uri().to_owned() }, wrapped))
}

/// Asks the token whose key the slot names, or each there is if none has that name: a token may have been moved.
pub(super) fn unwrap(
    tokens: &[Rc<dyn Token>],
    uri: &str,
    wrapped: &[u8],
    bound: Bound<'_>,
) -> Option<Result<DataKey, SlotError>> {
    let context = bound.context();
    let named = tokens.iter().find(|token| token.uri() == uri);
    let asked: Vec<&Rc<dyn Token>> = named.map_or_else(|| tokens.iter().collect(), |token| vec![token]);
    let mut outcomes = asked
        .into_iter()
        .map(|token| token.unwrap(wrapped, &context).map_err(SlotError::Failed).and_then(data_key));
    let first = outcomes.next()?;
    Some(first.or_else(|error| outcomes.find_map(Result::ok).ok_or(error)))
}
