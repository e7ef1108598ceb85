//! Why something cannot be read, in words for whoever named it. What a server says is shown in one short line; addresses
//! come without their secrets.

use std::error::Error;

use casemate_core::printable;
use object_store::client::{HttpError, HttpErrorKind};

use crate::address::{Address, Scheme};

/// How much of what a server says is shown.
const MOST_SHOWN: usize = 200;

/// Why an address cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {cause}")]
pub struct StoreError {
    place: String,
    cause: Cause,
    /// What to do about it.
    pub hint: &'static str,
}

impl StoreError {
    pub(crate) fn at(address: &Address, cause: Cause) -> Self {
        Self { place: address.shown.clone(), hint: hint(address.scheme, &cause), cause }
    }

    /// It is no address that anything is read from.
    pub(crate) fn address(shown: &str, why: &str) -> Self {
        Self { place: printable(shown), cause: Cause::Other(why.to_owned()), hint: ADDRESSES }
    }
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Cause {
    #[error("there is nothing of this name")]
    Missing,
    #[error("access is denied")]
    Denied,
    #[error("it changed while it was read")]
    Changed,
    #[error("the server does not send parts of a file")]
    Whole,
    #[error("the server sent other bytes than were asked for")]
    Length,
    #[error("there are more than {0} objects")]
    TooMany(usize),
    #[error("there is no connection: {0}")]
    Unreachable(String),
    #[error("{0}")]
    Other(String),
}

impl From<object_store::Error> for Cause {
    fn from(error: object_store::Error) -> Self {
        use object_store::Error as E;
        match &error {
            E::NotFound { .. } => Self::Missing,
            E::PermissionDenied { .. } | E::Unauthenticated { .. } => Self::Denied,
            E::Precondition { .. } | E::NotModified { .. } => Self::Changed,
            E::NotSupported { .. } => Self::Whole,
            _ => Self::of(&error),
        }
    }
}

impl Cause {
    /// What `object_store` has no kind for, by its first cause.
    fn of(error: &(dyn Error + 'static)) -> Self {
        let (last, connects) = last(error);
        if connects {
            return Self::Unreachable(last);
        }
        if last.contains("non-partial response") {
            return Self::Whole;
        }
        // Of an answer to a listing only the text says what it was.
        let answer = last.strip_prefix("Server returned non-2xx status code: ");
        match answer.map(|answer| (answer, answer.get(..3).unwrap_or_default())) {
            Some((_, "404")) => Self::Missing,
            Some((_, "401" | "403")) => Self::Denied,
            Some((answer, _)) => Self::Other(format!("the server answers {}", answer.trim_end_matches(": "))),
            None => Self::Other(last),
        }
    }
}

/// The first cause of an error in one line, and whether it is that nobody answers. What wraps it repeats it, with
/// addresses.
fn last(error: &(dyn Error + 'static)) -> (String, bool) {
    let mut error = error;
    let mut connects = false;
    loop {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            connects |= matches!(http.kind(), HttpErrorKind::Connect | HttpErrorKind::Timeout);
        }
        match error.source() {
            Some(source) => error = source,
            None => break,
        }
    }
    let text = printable(&error.to_string());
    let mut line: String = text.chars().take(MOST_SHOWN).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    (line, connects)
}

const ADDRESSES: &str =
    "files are read from s3://BUCKET/KEY, gs://BUCKET/KEY, az://CONTAINER/KEY, http:// and https://";

fn hint(scheme: Scheme, cause: &Cause) -> &'static str {
    match (cause, scheme) {
        (Cause::Whole | Cause::Length, _) => "download the file and scan that",
        (Cause::TooMany(_), _) => "name a longer prefix, or one below it after the other",
        (Cause::Changed, _) => "scan it again once nothing writes to it",
        (Cause::Missing, Scheme::Http) => "look for a mistake in the address",
        (Cause::Missing, _) => {
            "look for a mistake in the names of bucket and key; a key is matched whole, or up to a `/`"
        }
        (Cause::Denied, Scheme::Http) => {
            "an address may carry what gives access: https://USER:PASSWORD@HOST/FILE"
        }
        (Cause::Denied, Scheme::S3) => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public bucket"
        }
        (Cause::Denied, Scheme::Google) => {
            "set GOOGLE_SERVICE_ACCOUNT, or GOOGLE_SKIP_SIGNATURE=true for a public bucket"
        }
        (Cause::Denied, Scheme::Azure) => {
            "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or AZURE_SKIP_SIGNATURE=true for a public container"
        }
        (_, Scheme::Http) => "look for a mistake in the address; HTTP_PROXY and HTTPS_PROXY name a proxy",
        (_, Scheme::S3) => {
            "AWS_ENDPOINT, AWS_REGION and AWS_ALLOW_HTTP say where the bucket is; AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true, give access"
        }
        (_, Scheme::Google) => "GOOGLE_SERVICE_ACCOUNT or GOOGLE_SKIP_SIGNATURE=true gives access",
        (_, Scheme::Azure) => {
            "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ENDPOINT say where the container is; \
             AZURE_STORAGE_ACCOUNT_KEY or AZURE_SKIP_SIGNATURE=true gives access"
        }
    }
}
