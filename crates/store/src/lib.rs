//! Objects in buckets and files on web servers, for a scan: listed by name, and read by the parts that are asked for.
//!
//! This is the one crate that contacts anything, and it contacts only what an address names. It writes nothing, anywhere.

mod address;
mod cache;
mod error;
mod guard;
mod object;
mod store;

use std::io;
use std::sync::Arc;

use casemate_scan::Input;
use casemate_scan::walk::{Entry, Kind, Remote};
use globset::GlobSet;
use object_store::path::Path;

pub use address::shown;
pub use error::StoreError;

use crate::address::{Address, Scheme};
use crate::error::Cause;
use crate::object::Object;
use crate::store::Store;

/// How many objects are listed at most.
const MOST_OBJECTS: usize = 1_000_000;

/// What there is to scan at an address: one file of a web server, or the object of this key and all below it. What is
/// excluded is told by keys below.
///
/// # Errors
/// If there is nothing, or it may not be read.
pub fn list(address: &str, exclude: &GlobSet) -> Result<Vec<Entry>, StoreError> {
    let address = Address::parse(address)?;
    let store = Arc::new(Store::connect(&address)?);
    if address.scheme == Scheme::Http {
        let file = file(store).map_err(|cause| StoreError::at(&address, cause))?;
        return Ok(vec![Entry { name: address.shown, kind: Kind::Remote(Arc::new(Opened(file))) }]);
    }
    objects(&address, &store, exclude).map_err(|cause| StoreError::at(&address, cause))
}

/// The bytes of one object or file.
///
/// # Errors
/// If there is none, or it may not be read.
pub fn open(address: &str) -> Result<Input, StoreError> {
    let address = Address::parse(address)?;
    let store = Arc::new(Store::connect(&address)?);
    let input = match address.scheme {
        Scheme::Http => file(store),
        _ => store.head(&address.path).and_then(|meta| {
            Object { store: Arc::clone(&store), path: address.path.clone(), is_empty: meta.size == 0 }.read()
        }),
    };
    input.map_err(|cause| StoreError::at(&address, cause))
}

/// A file that was opened already, to see whether it is there.
#[derive(Debug)]
struct Opened(Input);

impl Remote for Opened {
    fn open(&self) -> io::Result<Input> {
        Ok(self.0.clone())
    }
}

/// The file of a web server. Its store knows no other.
fn file(store: Arc<Store>) -> Result<Input, Cause> {
    let mut object = Object { store, path: Path::default(), is_empty: false };
    match object.read() {
        // No part of nothing can be asked for. Not every server that sends parts answers this question.
        Err(Cause::Other(why)) => {
            object.is_empty = object.store.head(&object.path).is_ok_and(|meta| meta.size == 0);
            if object.is_empty { object.read() } else { Err(Cause::Other(why)) }
        }
        result => result,
    }
}

fn objects(address: &Address, store: &Arc<Store>, exclude: &GlobSet) -> Result<Vec<Entry>, Cause> {
    let mut entries = Vec::new();
    let entry = |name: String, path: Path, size: u64| {
        let object = Object { store: Arc::clone(store), path, is_empty: size == 0 };
        Entry { name, kind: Kind::Remote(Arc::new(object)) }
    };
    let mut missing = Cause::Missing;
    if !address.is_prefix {
        match store.head(&address.path) {
            Ok(meta) => entries.push(entry(address.shown.clone(), meta.location, meta.size)),
            // Who may read what is below a prefix may often not ask for the prefix itself.
            Err(cause @ (Cause::Missing | Cause::Denied)) => missing = cause,
            Err(cause) => return Err(cause),
        }
    }
    let found = entries.len();
    let below = address.path.as_ref().len();
    let listed = store.list(&address.path, |object| {
        let key = object.location.as_ref().get(below..).unwrap_or_default().trim_start_matches('/');
        // A key that ends with a slash stands for a folder, and holds nothing.
        if key.is_empty() || exclude.is_match(key) {
            return Ok(());
        }
        if entries.len() >= MOST_OBJECTS {
            return Err(Cause::TooMany(MOST_OBJECTS));
        }
        entries.push(entry(format!("{}/{key}", address.shown), object.location.clone(), object.size));
        Ok(())
    });
    match listed {
        // Who may read an object may often not list the bucket.
        Err(Cause::Denied) if found > 0 => {}
        Err(cause) => return Err(cause),
        Ok(()) => {}
    }
    if entries.is_empty() { Err(missing) } else { Ok(entries) }
}
