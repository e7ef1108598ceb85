//! Finding the one object that is meant, and reading what it says of itself.

use casemate_core::{hex, printable};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};

use super::token::{SHOWN, Token, listed};
use super::{ObjectType, TokenError};

/// A key of a token, with how it is called in messages.
pub(super) struct Key {
    pub(super) handle: ObjectHandle,
    pub(super) class: ObjectClass,
    pub(super) kind: Option<KeyType>,
    pub(super) id: Vec<u8>,
    pub(super) name: String,
}

impl Token {
    /// The one key of these classes that the URI names. `type` of the URI narrows the classes down, or names another
    /// part of a pair (private key, public key, certificate), which means the pair.
    pub(super) fn key(&self, classes: &[ObjectClass], wanted: &'static str) -> Result<Key, TokenError> {
        let narrowed = match self.uri.kind {
            Some(ObjectType::Private) if classes.contains(&ObjectClass::PRIVATE_KEY) => {
                Some(ObjectClass::PRIVATE_KEY)
            }
            Some(ObjectType::SecretKey) => Some(ObjectClass::SECRET_KEY),
            _ => None,
        };
        let classes = classes.iter().copied().filter(|class| narrowed.is_none_or(|it| it == *class));
        let mut matching = Vec::new();
        for class in classes.clone() {
            let mut template = vec![Attribute::Class(class)];
            template
                .extend(self.uri.object.as_ref().map(|label| Attribute::Label(label.clone().into_bytes())));
            template.extend(self.uri.id.clone().map(Attribute::Id));
            matching.extend(self.find(&template)?.into_iter().map(|handle| (class, handle)));
        }
        let uri = || self.uri.to_string();
        let token = || self.label.clone();
        match matching.as_slice() {
            [(class, handle)] => self.describe(*class, *handle),
            [] => {
                let mut there = Vec::new();
                for class in classes {
                    let all = self.find(&[Attribute::Class(class)])?;
                    there.extend(all.into_iter().map(|handle| (class, handle)));
                }
                let there = (!there.is_empty()).then(|| self.names(&there));
                Err(TokenError::NoObject { token: token(), wanted, uri: uri(), there })
            }
            several => {
                Err(TokenError::SeveralObjects { token: token(), uri: uri(), there: self.names(several) })
            }
        }
    }

    /// The objects that match a template.
    pub(super) fn find(&self, template: &[Attribute]) -> Result<Vec<ObjectHandle>, TokenError> {
        self.session.find_objects(template).map_err(|error| self.refused("list its objects", &error))
    }

    /// One attribute of an object; none where the object has none or keeps it to itself.
    pub(super) fn attribute(&self, handle: ObjectHandle, which: AttributeType) -> Option<Attribute> {
        self.session.get_attributes(handle, &[which]).ok()?.pop()
    }

    /// Refuses a key whose attribute says that it may not.
    pub(super) fn must_be_allowed(
        &self,
        key: &Key,
        which: AttributeType,
        operation: &'static str,
        attribute: &'static str,
    ) -> Result<(), TokenError> {
        let allowed = match self.attribute(key.handle, which) {
            Some(Attribute::Sign(allowed) | Attribute::Encrypt(allowed) | Attribute::Decrypt(allowed)) => {
                allowed
            }
            // The token does not say; it will, when it is asked to.
            _ => true,
        };
        if allowed {
            return Ok(());
        }
        Err(TokenError::MayNot { key: key.name.clone(), operation, attribute })
    }

    fn describe(&self, class: ObjectClass, handle: ObjectHandle) -> Result<Key, TokenError> {
        let wanted = [AttributeType::Label, AttributeType::Id, AttributeType::KeyType];
        let attributes = self.session.get_attributes(handle, &wanted);
        let attributes = attributes.map_err(|error| self.refused("describe its key", &error))?;
        let (mut label, mut id, mut kind) = (Vec::new(), Vec::new(), None);
        for attribute in attributes {
            match attribute {
                Attribute::Label(bytes) => label = bytes,
                Attribute::Id(bytes) => id = bytes,
                Attribute::KeyType(found) => kind = Some(found),
                _ => {}
            }
        }
        let name = match (label.as_slice(), id.as_slice()) {
            ([], []) => "without label and id".to_owned(),
            ([], id) => format!("id {}", hex(id)),
            (label, _) => printable(&String::from_utf8_lossy(label)),
        };
        Ok(Key { handle, class, kind, id, name })
    }

    fn names(&self, objects: &[(ObjectClass, ObjectHandle)]) -> String {
        let described = objects.iter().take(SHOWN).filter_map(|(class, handle)| {
            let key = self.describe(*class, *handle).ok()?;
            Some(format!("`{}` (id {})", key.name, hex(&key.id)))
        });
        listed(described.collect(), objects.len())
    }
}
