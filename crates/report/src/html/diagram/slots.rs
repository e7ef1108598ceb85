//! Reading and writing lists by position without ever going out of bounds.

/// The value at a position; the default where there is none.
pub(crate) fn at<T: Copy + Default>(values: &[T], index: usize) -> T {
    values.get(index).copied().unwrap_or_default()
}

/// Writes the value at a position, if there is one.
pub(crate) fn put<T>(values: &mut [T], index: usize, value: T) {
    if let Some(slot) = values.get_mut(index) {
        *slot = value;
    }
}
