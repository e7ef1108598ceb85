//! One object, read by the parts that are asked for, all of one version. The first failure is final: what cannot be read
//! in one place is not read in others.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use casemate_scan::walk::Remote;
use casemate_scan::{Input, Source};
use object_store::ObjectMeta;
use object_store::path::Path;

use crate::cache::Cache;
use crate::error::Cause;
use crate::store::Store;

/// How much is asked for first: all of most files, and the headers of others.
const FIRST: u64 = 128 * 1024;
/// Up to which length an object is read whole for a digest.
const CHEAP: u64 = 4 * 1024 * 1024;

/// An object that was listed.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) store: Arc<Store>,
    pub(crate) path: Path,
    /// Whether it is said to hold nothing, which cannot be asked for.
    pub(crate) is_empty: bool,
}

impl Object {
    pub(crate) fn read(&self) -> Result<Input, Cause> {
        if self.is_empty {
            return Ok(Input::from(Vec::new()));
        }
        let (meta, bytes) = self.store.part(&self.path, 0..FIRST, None)?;
        if bytes.len() as u64 == meta.size {
            return Ok(Input::from(Vec::from(bytes)));
        }
        let len = meta.size;
        let state = Mutex::new(State { cache: Cache::new(len, bytes), failed: None });
        let open = Open { store: Arc::clone(&self.store), path: self.path.clone(), meta, state };
        Ok(Input::new(Arc::new(open), len))
    }
}

impl Remote for Object {
    fn open(&self) -> io::Result<Input> {
        self.read().map_err(io::Error::other)
    }
}

/// An object that is being read.
struct Open {
    store: Arc<Store>,
    path: Path,
    /// What was said of it first, and must stay so.
    meta: ObjectMeta,
    state: Mutex<State>,
}

struct State {
    cache: Cache,
    failed: Option<Cause>,
}

impl Open {
    /// Some bytes from an offset on, at least one.
    fn bytes(&self, state: &mut State, offset: u64, count: usize) -> Result<Bytes, Cause> {
        if let Some(bytes) = state.cache.get(offset) {
            return Ok(bytes);
        }
        let wanted = state.cache.wanted(offset, count);
        match self.store.part(&self.path, wanted, Some(&self.meta)) {
            Ok((_, bytes)) => {
                state.cache.put(offset, bytes.clone());
                Ok(bytes)
            }
            // It was there a moment ago.
            Err(Cause::Missing) => Err(Cause::Changed),
            Err(cause) => Err(cause),
        }
    }
}

impl Source for Open {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        if offset >= self.meta.size || into.is_empty() {
            return Ok(0);
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cause) = &state.failed {
            return Err(io::Error::other(cause.clone()));
        }
        match self.bytes(&mut state, offset, into.len()) {
            Ok(bytes) => {
                let count = bytes.len().min(into.len());
                if let (Some(into), Some(bytes)) = (into.get_mut(..count), bytes.get(..count)) {
                    into.copy_from_slice(bytes);
                }
                Ok(count)
            }
            Err(cause) => {
                state.failed = Some(cause.clone());
                Err(io::Error::other(cause))
            }
        }
    }

    fn cheap(&self) -> u64 {
        CHEAP
    }
}
