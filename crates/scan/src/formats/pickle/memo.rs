//! The memo of a stream: numbered values. Numbers that follow one another lie side by side; a number far away
//! costs one entry and not the room up to it.

use std::collections::HashMap;

use super::value::Value;

/// How far a number may jump ahead and still be kept side by side with the others.
const GAP: usize = 1024;

#[derive(Default)]
pub(crate) struct Memo {
    near: Vec<Option<Value>>,
    far: HashMap<u64, Value>,
    len: usize,
}

impl Memo {
    /// How many entries there are; `MEMOIZE` uses this as its number.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Sets an entry.
    #[inline]
    pub(crate) fn put(&mut self, number: u64, value: Value) {
        let near = usize::try_from(number).ok().filter(|&number| number < self.near.len() + GAP);
        let Some(at) = near else {
            self.len += usize::from(self.far.insert(number, value).is_none());
            return;
        };
        if at >= self.near.len() {
            self.near.resize(at + 1, None);
        }
        // An entry that was far when it was set counts once.
        let was_far = !self.far.is_empty() && self.far.remove(&number).is_some();
        if let Some(slot) = self.near.get_mut(at) {
            self.len += usize::from(slot.is_none() && !was_far);
            *slot = Some(value);
        }
    }

    /// The value of an entry.
    #[inline]
    pub(crate) fn get(&self, number: u64) -> Option<&Value> {
        let near = usize::try_from(number).ok().and_then(|at| self.near.get(at));
        match near {
            Some(Some(value)) => Some(value),
            _ => self.far.get(&number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_whether_near_or_far() {
        let mut memo = Memo::default();
        for number in [0, 5, u64::from(u32::MAX), 1500, 900, 1500] {
            memo.put(number, Value::Int(i64::try_from(number).unwrap()));
        }
        assert_eq!(memo.len(), 5);
        for number in [0, 5, u64::from(u32::MAX), 1500, 900] {
            assert!(matches!(memo.get(number), Some(Value::Int(n)) if u64::try_from(*n) == Ok(number)));
        }
        assert!(memo.get(1).is_none());
    }
}
