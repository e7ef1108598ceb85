//! Conversions of files that are put together here. Those of real files are in `tests/convert.rs`.

use proptest::prelude::*;

use super::{Refusal, convert};
use crate::Input;

fn converted(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    convert(&Input::from(bytes.to_vec()), &mut out)?;
    Ok(out)
}

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn an_array_becomes_a_tensor() {
    let bytes = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}", b"abcdef");
    let out = converted(&bytes).unwrap();
    let len = usize::try_from(u64::from_le_bytes(out[..8].try_into().unwrap())).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&out[8..8 + len]).unwrap();
    assert_eq!(header["array"]["shape"], serde_json::json!([2, 3]));
    assert_eq!(header["array"]["dtype"], "U8");
    assert_eq!(&out[8 + len..], b"abcdef");
}

#[test]
fn columns_first_becomes_rows_first() {
    let bytes = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", b"adbecf");
    assert!(converted(&bytes).unwrap().ends_with(b"abcdef"));
}

#[test]
fn what_is_no_plain_tensor_is_refused_with_the_reason() {
    let why = |bytes: &[u8]| converted(bytes).unwrap_err().to_string();
    assert!(why(b"\x80\x04cos\nsystem\n\x8c\x02id\x85R.").contains("os.system"));
    assert!(why(b"\x80\x04}\x8c\x01aK\x01s.").contains("no tensor"));
    assert!(why(b"\x80\x04ccollections\nCounter\n)R.").contains("collections.Counter"));
    assert!(
        why(&npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", b"abcd")).contains("big-endian")
    );
    assert!(
        why(&npy("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", b"abcd")).contains("no type")
    );
    assert!(why(b"{\"a\": 1}").contains("json"));
}

proptest! {
    #[test]
    fn any_pickle_is_converted_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = bytes;
        bytes.splice(0..0, *b"\x80\x04");
        let first = converted(&bytes).map_err(|error| error.to_string());
        prop_assert_eq!(first, converted(&bytes).map_err(|error| error.to_string()));
    }
}
