//! The extensions of a certificate that are understood (RFC 5280, section 4.2). What is critical and not understood is kept
//! by name, so that the certificate can be refused when it is used.

use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{self, Decode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName,
    SubjectKeyIdentifier,
};

use super::parsed::shown;

const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
/// Which policies a certificate was issued under. No policy is asked for here, so any will do.
const POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");
const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");

/// What the extensions say.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions {
    basic: Option<BasicConstraints>,
    usage: Option<KeyUsage>,
    extended: Option<ExtendedKeyUsage>,
    pub(super) names: Vec<String>,
    pub(super) subject_key: Option<Vec<u8>>,
    pub(super) authority_key: Option<Vec<u8>>,
    pub(super) restricts_names: bool,
    pub(super) unknown_critical: Option<String>,
}

impl Extensions {
    pub(super) fn read(extensions: &[Extension]) -> Result<Self, String> {
        let mut read = Self::default();
        for (at, extension) in extensions.iter().enumerate() {
            let id = extension.extn_id;
            if extensions.iter().take(at).any(|before| before.extn_id == id) {
                return Err(format!("the extension {id} stands twice"));
            }
            read.take(extension).map_err(|error| format!("the extension {id}: {error}"))?;
        }
        Ok(read)
    }

    fn take(&mut self, extension: &Extension) -> Result<(), der::Error> {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            BasicConstraints::OID => self.basic = Some(Decode::from_der(value)?),
            KeyUsage::OID => self.usage = Some(Decode::from_der(value)?),
            ExtendedKeyUsage::OID => self.extended = Some(Decode::from_der(value)?),
            SubjectAltName::OID => {
                let names = SubjectAltName::from_der(value)?;
                self.names = names.0.iter().filter_map(written).collect();
            }
            SubjectKeyIdentifier::OID => {
                let identifier = SubjectKeyIdentifier::from_der(value)?;
                self.subject_key = Some(identifier.0.as_bytes().to_vec());
            }
            AuthorityKeyIdentifier::OID => {
                let identifier = AuthorityKeyIdentifier::from_der(value)?.key_identifier;
                self.authority_key = identifier.map(|identifier| identifier.as_bytes().to_vec());
            }
            // The standard wants it critical; whoever issued it meant it, critical or not.
            NAME_CONSTRAINTS => self.restricts_names = true,
            POLICIES => {}
            other if extension.critical => self.unknown_critical = Some(other.to_string()),
            _ => {}
        }
        Ok(())
    }

    /// Whether it is an authority's.
    pub(super) fn is_authority(&self) -> bool {
        self.basic.as_ref().is_some_and(|basic| basic.ca)
    }

    /// How many authorities may stand below it, if it says.
    pub(super) fn path_length(&self) -> Option<u8> {
        self.basic.as_ref().and_then(|basic| basic.path_len_constraint)
    }

    /// Whether its key may sign certificates, as far as its key usage goes.
    pub(super) fn may_issue(&self) -> bool {
        self.usage.is_none_or(|usage| usage.key_cert_sign())
    }

    /// Whether it may vouch for those who sign, as far as the purposes go that it was issued for. RFC 5280, section 4.2.1.12,
    /// restricts what the key does; that an authority hands on no purpose that it has not is how everybody reads it.
    pub(super) fn may_vouch_for_signers(&self) -> bool {
        self.extended.as_ref().is_none_or(|purposes| purposes.0.contains(&ANY)) || self.is_for_code()
    }

    /// Whether its key may sign models: either permission is enough (OMS v1.0, section 8.2).
    pub(super) fn may_sign(&self) -> bool {
        self.usage.is_some_and(|usage| usage.digital_signature()) || self.is_for_code()
    }

    /// Whether it was issued for signing code.
    pub(super) fn is_for_code(&self) -> bool {
        self.extended.as_ref().is_some_and(|extended| extended.0.contains(&CODE_SIGNING))
    }
}

/// An alternative name with its kind before it; none for kinds that name nobody who signs.
fn written(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Rfc822Name(address) => Some(format!("email:{address}")),
        GeneralName::DnsName(name) => Some(format!("dns:{name}")),
        GeneralName::UniformResourceIdentifier(uri) => Some(format!("uri:{uri}")),
        GeneralName::DirectoryName(name) => Some(format!("name:{}", shown(name))),
        _ => None,
    }
}
