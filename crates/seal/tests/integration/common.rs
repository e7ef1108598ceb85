//! A small model in a folder of its own, sealed for one identity.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use casemate_seal::{
    CHUNK, Holder, Identity, Keys, Passphrase, SealError, SealRequest, Unlocked, Watch, seal,
};
use tempfile::TempDir;

pub(crate) struct Model {
    pub(crate) folder: TempDir,
    pub(crate) identity: Identity,
}

/// Files at the borders of chunks, in folders, and an empty one.
pub(crate) fn files() -> BTreeMap<&'static str, Vec<u8>> {
    BTreeMap::from([
        ("config.json", b"{\"layers\": 2}".to_vec()),
        ("empty", Vec::new()),
        ("weights/a.safetensors", safetensors()),
        ("weights/one-chunk.bin", vec![1; CHUNK]),
        ("weights/more.bin", (0..3 * CHUNK + 7).map(|at| (at % 251) as u8).collect()),
    ])
}

/// Two tensors, of which the second lies across a border of chunks.
pub(crate) fn safetensors() -> Vec<u8> {
    let header = concat!(
        r#"{"__metadata__":{"format":"pt"},"first":{"dtype":"U8","shape":[2,8000],"data_offsets":[0,16000]},"#,
        r#""second":{"dtype":"F32","shape":[1000],"data_offsets":[16000,20000]}}"#
    );
    let data = (0..20000_u32).map(|at| (at % 253) as u8);
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat().into_iter().chain(data).collect()
}

impl Model {
    /// The plain model in `plain`, sealed in `sealed`.
    pub(crate) fn sealed() -> Self {
        let model = Self::plain();
        model.seal(&[Holder::Age(model.identity.recipient())]).unwrap();
        model
    }

    pub(crate) fn plain() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files() {
            let path = folder.path().join("plain").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self { folder, identity: Identity::generate() }
    }

    pub(crate) fn seal(&self, holders: &[Holder]) -> Result<(), SealError> {
        let (from, to) = (self.at("plain"), self.at("sealed"));
        let model = "demo".parse().unwrap();
        let request = SealRequest { from: &from, to: &to, model, holders, follow_links: false };
        seal(&request, Watch::NOBODY).map(drop)
    }

    pub(crate) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn keys(&self) -> Keys {
        keys(&self.identity)
    }

    pub(crate) fn unlock(&self) -> Result<Unlocked, SealError> {
        Unlocked::open(&self.at("sealed"), &self.keys())
    }

    /// Opens the whole model and compares it with what was sealed.
    #[track_caller]
    pub(crate) fn assert_opens(&self) {
        self.assert_opens_with(&self.keys());
    }

    #[track_caller]
    pub(crate) fn assert_opens_with(&self, keys: &Keys) {
        let out = self.at("out");
        let _ = fs::remove_dir_all(&out);
        let unlocked = Unlocked::open(&self.at("sealed"), keys).unwrap();
        unlocked.extract(&out, Watch::NOBODY).unwrap();
        for (path, content) in files() {
            assert!(fs::read(out.join(path)).unwrap() == content, "{path}");
        }
        assert!(unlocked.check(Watch::NOBODY).unwrap().passed());
    }

    /// Opens the whole model, which must be refused and leave nothing.
    #[track_caller]
    pub(crate) fn refusal(&self) -> String {
        let opened = self.unlock().and_then(|unlocked| {
            assert!(!unlocked.check(Watch::NOBODY).unwrap().passed(), "the check passed");
            unlocked.extract(&self.at("out"), Watch::NOBODY)
        });
        let error = opened.expect_err("it opened").to_string();
        assert_eq!(self.names("."), ["plain", "sealed"], "something is left");
        error
    }

    /// What is in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let children = fs::read_dir(self.at(folder)).unwrap();
        let mut names: Vec<String> =
            children.map(|child| child.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Changes `seal.json` as JSON.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let path = self.at("sealed/seal.json");
        let mut seal = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut seal);
        fs::write(path, serde_json::to_vec_pretty(&seal).unwrap()).unwrap();
    }
}

pub(crate) fn keys(identity: &Identity) -> Keys {
    Keys { identities: vec![identity.clone()], ..Keys::default() }
}

pub(crate) fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(zeroize::Zeroizing::new(text.as_bytes().to_vec())).unwrap()
}
