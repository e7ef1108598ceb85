//! What a file says of itself that is no finding: what other files, a bill of materials or a comparison need to know.
//! Names and shapes only; never the content of a tensor, never a secret.

use casemate_core::vocabulary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What a fact is about.
    "fact" About {
        /// A global that a pickle uses: `module name`.
        Global = "global",
        /// A tensor: its name; detail is `dtype [shape]`.
        Tensor = "tensor",
        /// Data of tensors that a PyTorch pickle asks for: its key; detail is its length in bytes, if that is known.
        Storage = "storage",
        /// A part of an archive or of a file: its name; detail is its format.
        Member = "member",
        /// Something the file says in its own metadata; detail is the value.
        Metadata = "metadata",
        /// Python code that a loader is told to run: `module.Class`, or `repository--module.Class`; detail is the folder
        /// it lies in, if that is not the file's own.
        RemoteCode = "remote-code",
        /// Another file that this one needs: its path as written, or the digest of a blob.
        NeedsFile = "needs-file",
        /// A package that this file asks for: its name; detail is the version range.
        NeedsPackage = "needs-package",
        /// Code that runs when the file is loaded or built; detail is what it does.
        Code = "code",
        /// A licence by its SPDX id or name.
        Licence = "licence",
        /// A model this one was made from.
        BaseModel = "base-model",
        /// A data set.
        Dataset = "dataset",
        /// A field of a model card; detail is the value.
        Card = "card",
        /// The content lies elsewhere: a Git LFS pointer; detail is the digest.
        Pointer = "pointer",
    }
}

/// One fact about a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// What it is about.
    pub about: About,
    /// The part of the file that says it, from the outermost to the innermost; empty for the file itself.
    pub member: Vec<String>,
    /// What it names.
    pub name: String,
    /// What is said of that.
    pub detail: String,
}
