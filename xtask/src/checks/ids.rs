//! `ids.lock` holds every threat and control id there has ever been. What it must hold is decided in `crate::ids`.

use anyhow::Result;

use crate::ids::{self, Lock};
use crate::repository::Repository;

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let lock =
        if repository.has(ids::FILE) { Lock::parse(&repository.read(ids::FILE)?)? } else { Lock::default() };
    Ok(lock.problems(&ids::in_use()?))
}
