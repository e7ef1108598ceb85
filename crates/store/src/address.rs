//! Addresses as a user writes them, and as they are shown: without passwords and queries, which may give access. It
//! contacts nothing.

use object_store::path::Path;
use url::Url;

use crate::error::StoreError;

/// Who is spoken to, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    S3,
    Google,
    Azure,
    Http,
}

/// A checked address.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) scheme: Scheme,
    /// As it was written. For a bucket it has no secrets; for a web server it may.
    pub(crate) url: Url,
    /// As it is shown, without a slash at its end.
    pub(crate) shown: String,
    /// The key or prefix within a bucket.
    pub(crate) path: Path,
    /// Whether it can only be a prefix.
    pub(crate) is_prefix: bool,
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, StoreError> {
        let refuse = |why: &str| Err(StoreError::address(&shown(text), why));
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return refuse(&format!("it is no address: {error}")),
        };
        let scheme = match url.scheme() {
            "s3" | "s3a" => Scheme::S3,
            "gs" => Scheme::Google,
            "az" | "adl" | "azure" | "abfs" | "abfss" => Scheme::Azure,
            "http" | "https" => Scheme::Http,
            other => return refuse(&format!("nothing is read from `{other}` addresses")),
        };
        if url.host_str().is_none_or(str::is_empty) {
            return refuse("it names no bucket or host");
        }
        let shown = shown(text);
        if scheme == Scheme::Http {
            return Ok(Self { scheme, url, shown, path: Path::default(), is_prefix: false });
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("a key with `?` or `#` is written with %3F or %23");
        }
        // What stands before an `@` is a container of Azure, and else would be a secret.
        if url.password().is_some() || (scheme != Scheme::Azure && !url.username().is_empty()) {
            return refuse("credentials come from the environment, not from the address");
        }
        match Path::from_url_path(url.path()) {
            Ok(path) => {
                let is_prefix = path.as_ref().is_empty() || url.path().ends_with('/');
                Ok(Self { scheme, url, shown, path, is_prefix })
            }
            Err(_) => refuse("a key has no empty parts, and none named `.` or `..`"),
        }
    }
}

/// An address as it is shown: without what may give access.
#[must_use]
pub fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = match host.rsplit_once('@') {
        // What stands before the `@` is a container.
        Some((user, name)) if scheme.starts_with(['a', 'A']) && !user.contains(':') => {
            format!("{user}@{name}")
        }
        Some((_, name)) => name.to_owned(),
        None => host.to_owned(),
    };
    let path = path.map(|path| format!("/{path}")).unwrap_or_default();
    format!("{scheme}://{host}{}", path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_kind_are_told_apart() {
        for (text, scheme, path, is_prefix) in [
            ("s3://bucket", Scheme::S3, "", true),
            ("s3://bucket/models/", Scheme::S3, "models", true),
            ("s3a://bucket/m.pt", Scheme::S3, "m.pt", false),
            ("gs://bucket/a%20b/c d.bin", Scheme::Google, "a b/c d.bin", false),
            ("az://container/m.pt", Scheme::Azure, "m.pt", false),
            ("abfss://files@account.dfs.core.windows.net/m.pt", Scheme::Azure, "m.pt", false),
            ("http://localhost:8000/m.pt?token=1", Scheme::Http, "", false),
            ("https://bucket.s3.amazonaws.com/m.pt", Scheme::Http, "", false),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.scheme, address.path.as_ref(), address.is_prefix), (scheme, path, is_prefix));
        }
    }

    #[test]
    fn what_gives_access_is_never_shown() {
        for (text, safe) in [
            ("https://me:secret@host:8000/a/b.pt?X-Amz-Signature=secret#secret", "https://host:8000/a/b.pt"),
            ("https://secret@host", "https://host"),
            ("s3://key:secret@bucket/m", "s3://bucket/m"),
            ("az://files@account/m/", "az://files@account/m"),
            ("az://files:secret@account/m", "az://account/m"),
            ("s3://bucket/", "s3://bucket"),
        ] {
            assert_eq!(shown(text), safe);
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_its_secrets() {
        for (text, why) in [
            ("ftp://me:secret@host/x", "nothing is read from `ftp` addresses"),
            ("s3:///x", "it names no bucket or host"),
            ("http://me:secret@[x/y", "it is no address: "),
            ("s3://key:secret@bucket/m", "credentials come from the environment, not from the address"),
            ("s3://bucket/m?versionId=secret", "a key with `?` or `#` is written with %3F or %23"),
            ("s3://bucket/a//b", "a key has no empty parts, and none named `.` or `..`"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{error}");
        }
    }
}
