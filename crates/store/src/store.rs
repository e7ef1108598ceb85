//! A connection to a bucket or a web server, with the threads that wait on it. Whoever calls waits; nothing here does long
//! work on those threads.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{
    ClientOptions, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _, RetryConfig,
};
use tokio::runtime::{Builder, Runtime};
use url::{Host, Position, Url};

use crate::address::{Address, Scheme};
use crate::error::{Cause, StoreError};
use crate::guard::{Guarded, authorisation};

/// How often and how long something is tried again.
const RETRIES: usize = 3;
const RETRYING: Duration = Duration::from_secs(20);
/// Threads that move bytes; the work is done by those that ask.
const THREADS: usize = 2;

#[derive(Debug)]
pub(crate) struct Store {
    objects: Box<dyn ObjectStore>,
    runtime: Runtime,
    /// Why nobody answers any more: asking again for every object of a long listing would take hours.
    down: OnceLock<String>,
}

impl Store {
    /// Gets ready to speak to whoever an address names, with what the environment says. Nothing is sent yet.
    pub(crate) fn connect(address: &Address) -> Result<Self, StoreError> {
        // Fails if there is one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let refused = |cause: Cause| StoreError::at(address, cause);
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .enable_all()
            .build()
            .map_err(|error| refused(Cause::Other(error.to_string())))?;
        let objects = objects(address).map_err(|error| refused(error.into()))?;
        Ok(Self { objects, runtime, down: OnceLock::new() })
    }

    /// What is said of an object.
    pub(crate) fn head(&self, path: &Path) -> Result<ObjectMeta, Cause> {
        self.wait(async { Ok(self.objects.head(path).await?) })
    }

    /// Every object below a prefix, as long as `each` takes them.
    pub(crate) fn list(
        &self,
        prefix: &Path,
        mut each: impl FnMut(ObjectMeta) -> Result<(), Cause>,
    ) -> Result<(), Cause> {
        self.wait(async {
            let mut listing = self.objects.list(Some(prefix));
            while let Some(object) = listing.try_next().await? {
                each(object)?;
            }
            Ok(())
        })
    }

    /// A part of an object, all of it; and what is said of the object. If it was looked at before, it is still the same.
    pub(crate) fn part(
        &self,
        path: &Path,
        range: std::ops::Range<u64>,
        before: Option<&ObjectMeta>,
    ) -> Result<(ObjectMeta, Bytes), Cause> {
        let mut options =
            GetOptions { range: Some(GetRange::Bounded(range.clone())), ..GetOptions::default() };
        if let Some(before) = before {
            // A weak tag never matches, by the letter of HTTP.
            options.if_match = before.e_tag.clone().filter(|tag| !tag.starts_with("W/"));
            if options.if_match.is_none() && before.last_modified.timestamp() > 0 {
                options.if_unmodified_since = Some(before.last_modified);
            }
        }
        self.wait(async {
            let answer = self.objects.get_opts(path, options).await?;
            let meta = answer.meta.clone();
            // Not every server heeds a condition.
            if before.is_some_and(|before| !same(before, &meta)) {
                return Err(Cause::Changed);
            }
            let wanted =
                usize::try_from(range.end.min(meta.size) - range.start).map_err(|_| Cause::Length)?;
            let mut bytes = BytesMut::with_capacity(wanted);
            let mut stream = answer.into_stream();
            while let Some(piece) = stream.try_next().await? {
                if piece.len() > wanted - bytes.len() {
                    return Err(Cause::Length);
                }
                bytes.extend_from_slice(&piece);
            }
            if bytes.len() < wanted { Err(Cause::Length) } else { Ok((meta, bytes.freeze())) }
        })
    }

    fn wait<T>(&self, future: impl Future<Output = Result<T, Cause>>) -> Result<T, Cause> {
        if let Some(why) = self.down.get() {
            return Err(Cause::Unreachable(why.clone()));
        }
        let result = self.runtime.block_on(future);
        if let Err(Cause::Unreachable(why)) = &result {
            // Whoever was first said it.
            let _ = self.down.set(why.clone());
        }
        result
    }
}

fn same(before: &ObjectMeta, now: &ObjectMeta) -> bool {
    let tagged = before.e_tag.is_some() || now.e_tag.is_some();
    before.size == now.size
        && before.e_tag == now.e_tag
        && (tagged || before.last_modified == now.last_modified)
}

fn objects(address: &Address) -> object_store::Result<Box<dyn ObjectStore>> {
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRYING, ..RetryConfig::default() };
    let guarded = Guarded::default();
    Ok(match address.scheme {
        Scheme::S3 => {
            let mut builder = AmazonS3Builder::from_env();
            if is_here(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"]) {
                builder = builder.with_allow_http(true);
            }
            let builder = builder.with_url(address.url.as_str()).with_retry(retry);
            Box::new(builder.with_http_connector(guarded).build()?)
        }
        Scheme::Google => Box::new(
            GoogleCloudStorageBuilder::from_env()
                .with_url(address.url.as_str())
                .with_retry(retry)
                .with_http_connector(guarded)
                .build()?,
        ),
        Scheme::Azure => Box::new(
            MicrosoftAzureBuilder::from_env()
                .with_url(address.url.as_str())
                .with_retry(retry)
                .with_http_connector(guarded)
                .build()?,
        ),
        Scheme::Http => {
            let mut url = address.url.clone();
            let headers = authorisation(&mut url);
            // Nothing of a file that was asked for by https ever comes by http.
            let options =
                ClientOptions::new().with_allow_http(url.scheme() == "http").with_default_headers(headers);
            Box::new(
                HttpBuilder::new()
                    .with_url(&url[..Position::BeforePath])
                    .with_client_options(options)
                    .with_retry(retry)
                    .with_http_connector(Guarded { exact: Some(url.clone()) })
                    .build()?,
            )
        }
    })
}

/// Whether the environment names a server on this machine, such as an emulator: nobody overhears what goes there, so it
/// need not be encrypted.
fn is_here(variables: &[&str]) -> bool {
    let named = variables.iter().find_map(|variable| std::env::var(variable).ok());
    named.and_then(|url| Url::parse(&url).ok()).is_some_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_answers_nobody_is_asked_again() {
        let store = Store::connect(&Address::parse("http://127.0.0.1:1/m.bin").unwrap()).unwrap();
        let Err(Cause::Unreachable(why)) = store.part(&Path::default(), 0..10, None) else {
            panic!("somebody answers");
        };
        assert_eq!(store.down.get(), Some(&why));
        assert!(matches!(store.head(&Path::default()), Err(Cause::Unreachable(again)) if again == why));
    }
}
