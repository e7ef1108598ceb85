//! What is really signed: the pre-authentication encoding of a DSSE envelope (DSSE v1.0, protocol).

/// The type of the payload of every model signature.
pub(crate) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The bytes that a signature over `payload` covers.
pub(crate) fn pae(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    #[test]
    fn lengths_stand_before_what_they_measure() {
        assert_eq!(super::pae(b"{}"), b"DSSEv1 28 application/vnd.in-toto+json 2 {}");
    }
}
