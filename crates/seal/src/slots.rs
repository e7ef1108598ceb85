//! Changing who can open a sealed model. Only `seal.json` is written, however large the model is: the data key stays.

use std::path::Path;

use crate::folder::Folder;
use crate::manifest::Manifest;
use crate::slot::Holder;
use crate::{Keys, SealError, Slot, Unlocked};

/// Lets more holders open the model: the names of their slots.
///
/// # Errors
/// None of the keys opens it, or the data key cannot be wrapped.
pub fn add(folder: &Path, keys: &Keys, holders: &[Holder]) -> Result<Vec<String>, SealError> {
    change(folder, keys, |unlocked| {
        let Manifest { slots, model, .. } = &unlocked.manifest;
        let new = Manifest::wrap_for(holders, slots, &unlocked.key, model)?;
        let names = new.iter().map(|slot| slot.name.clone()).collect();
        Ok(([slots.clone(), new].concat(), names))
    })
}

/// Takes a slot away. Whoever held it may have kept the data key: only a new data key shuts them out of what is sealed
/// from then on.
///
/// # Errors
/// None of the keys opens it, there is no such slot, or it is the last one.
pub fn remove(folder: &Path, keys: &Keys, name: &str) -> Result<Vec<String>, SealError> {
    change(folder, keys, |unlocked| {
        let slots = &unlocked.manifest.slots;
        let kept: Vec<Slot> = slots.iter().filter(|slot| slot.name != name).cloned().collect();
        if kept.len() == slots.len() {
            let slots = slots.iter().map(|slot| slot.name.clone()).collect();
            return Err(SealError::NoSlot { name: casemate_core::printable(name), slots });
        }
        if kept.is_empty() {
            return Err(SealError::LastSlot(name.to_owned()));
        }
        let names = kept.iter().map(|slot| slot.name.clone()).collect();
        Ok((kept, names))
    })
}

/// Wraps the data key anew: for the holders that are given, who take the place of all before them; if none is given, for
/// the same as before, as when a key service has turned to a new version of its key.
///
/// # Errors
/// None of the keys opens it, or the data key cannot be wrapped for one of them.
pub fn rewrap(folder: &Path, keys: &Keys, holders: &[Holder]) -> Result<Vec<String>, SealError> {
    change(folder, keys, |unlocked| {
        let slots = if holders.is_empty() {
            again(&unlocked.manifest, keys, &unlocked.key)?
        } else {
            Manifest::wrap_for(holders, &[], &unlocked.key, &unlocked.manifest.model)?
        };
        let names = slots.iter().map(|slot| slot.name.clone()).collect();
        Ok((slots, names))
    })
}

/// A key wrapped for all who have a slot now, under the same names.
pub(crate) fn again(manifest: &Manifest, keys: &Keys, key: &crate::DataKey) -> Result<Vec<Slot>, SealError> {
    let wrap = |slot: &Slot| {
        let holder = keys.holder(slot).ok_or_else(|| SealError::NotKept(slot.name.clone()))?;
        let wrapped = holder.wrap(key, &manifest.model, &slot.name);
        wrapped.map_err(|error| SealError::Wrap { slot: slot.name.clone(), error })
    };
    manifest.slots.iter().map(wrap).collect()
}

fn change(
    folder: &Path,
    keys: &Keys,
    slots: impl FnOnce(&Unlocked) -> Result<(Vec<Slot>, Vec<String>), SealError>,
) -> Result<Vec<String>, SealError> {
    let _lock = Folder::new(folder).lock()?;
    let unlocked = Unlocked::open(folder, keys)?;
    let (slots, names) = slots(&unlocked)?;
    let Manifest { model, generation, files, .. } = unlocked.manifest;
    let manifest = Manifest::new(model, generation, slots, files, &unlocked.key)?;
    // Nobody must find a seal.json that does not open.
    if manifest.slots.len() > crate::slot::MOST_SLOTS {
        return Err(SealError::Slots);
    }
    unlocked.folder.write_manifest(&manifest)?;
    Ok(names)
}
