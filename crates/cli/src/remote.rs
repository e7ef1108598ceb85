//! What lies in buckets and on web servers, or why this build does not read it. Without the feature `object-store` there is
//! no network code in the binary at all.

use casemate_scan::Input;
use casemate_scan::walk::Entry;
use globset::GlobSet;

use crate::exit::Failure;

/// The text of a path that is an address: a scheme and what it leads to.
pub(crate) fn address(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    // A letter alone is a drive of Windows.
    (scheme.len() > 1 && scheme.chars().all(is_scheme)).then_some(text)
}

#[cfg(feature = "object-store")]
mod built {
    use super::{Entry, Failure, GlobSet, Input};

    pub(crate) use casemate_store::shown;

    /// What there is to scan at an address.
    pub(crate) fn list(address: &str, exclude: &GlobSet) -> Result<Vec<Entry>, Failure> {
        casemate_store::list(address, exclude).map_err(missing)
    }

    /// The bytes of one object.
    pub(crate) fn open(address: &str) -> Result<Input, Failure> {
        casemate_store::open(address).map_err(missing)
    }

    fn missing(error: casemate_store::StoreError) -> Failure {
        Failure::NoInput { message: error.to_string(), hint: error.hint.to_owned() }
    }
}

#[cfg(not(feature = "object-store"))]
mod built {
    use super::{Entry, Failure, GlobSet, Input};

    /// An address without anything that may be a secret.
    pub(crate) fn shown(address: &str) -> String {
        let scheme = address.split_once("://").map_or("", |(scheme, _)| scheme);
        format!("{scheme}://…")
    }

    pub(crate) fn list(address: &str, _exclude: &GlobSet) -> Result<Vec<Entry>, Failure> {
        Err(missing(address))
    }

    pub(crate) fn open(address: &str) -> Result<Input, Failure> {
        Err(missing(address))
    }

    fn missing(address: &str) -> Failure {
        Failure::NoInput {
            message: format!("{}: this build of casemate contacts nothing", shown(address)),
            hint: "download the files and scan those, or build casemate with the feature `object-store`"
                .to_owned(),
        }
    }
}

pub(crate) use built::{list, open, shown};

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_is_told_from_a_path() {
        for text in ["s3://bucket/key", "https://host/file", "gs://b", "unknown+scheme://x"] {
            assert!(address(text).is_some(), "{text}");
        }
        for text in ["models/a", "C:\\models", "c://x", "./s3://x", "-", "://x", "s3:/x"] {
            assert!(address(text).is_none(), "{text}");
        }
    }
}
