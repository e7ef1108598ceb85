//! The one way in which several values become bytes that are bound or marked: each with its length before it, so that
//! no two lists of values give the same bytes. It is written only, never read.

/// Values, one after the other: for each its length in eight bytes, the highest first, and then its bytes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tuple(Vec<u8>);

impl Tuple {
    /// Adds bytes or text.
    #[must_use]
    pub(crate) fn with(mut self, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        self.0.extend((value.len() as u64).to_be_bytes());
        self.0.extend(value);
        self
    }

    /// Adds a number, as eight bytes, the highest first.
    #[must_use]
    pub(crate) fn number(self, value: u64) -> Self {
        self.with(value.to_be_bytes())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tuple(values: &[Vec<u8>]) -> Vec<u8> {
        values.iter().fold(Tuple::default(), Tuple::with).into_bytes()
    }

    #[test]
    fn a_value_has_its_length_before_it() {
        let bytes = Tuple::default().with("ab").number(258).into_bytes();
        assert_eq!(bytes, b"\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\x01\x02");
    }

    proptest! {
        #[test]
        fn different_values_give_different_bytes(
            a in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..6), 0..5),
            b in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..6), 0..5),
        ) {
            prop_assert_eq!(a == b, tuple(&a) == tuple(&b));
        }
    }
}
