//! The rules that findings come from: a word for each, why it matters and what to do. When a rule applies is for
//! the reader of each format to say.

use casemate_core::vocabulary;

use crate::capability::Capability;

vocabulary! {
    /// What a finding is about.
    "rule" Rule {
        /// A call that runs code it is given.
        CodeExecution = "pickle-code-execution",
        /// A call that runs a process or reaches into the operating system.
        Process = "pickle-process",
        /// A call that imports a module by name.
        Import = "pickle-import",
        /// A call that writes files.
        FileWrite = "pickle-file-write",
        /// A call that reads files.
        FileRead = "pickle-file-read",
        /// A call that uses the network.
        Network = "pickle-network",
        /// A call that reaches attributes or interpreter state by name.
        Introspection = "pickle-introspection",
        /// A call that loads another serialised object.
        NestedLoad = "pickle-nested-load",
        /// A dangerous global that is imported and not called.
        DangerousImport = "pickle-dangerous-import",
        /// A call of something nobody has vouched for.
        UnknownCall = "pickle-unknown-call",
        /// An import of something nobody has vouched for.
        UnknownImport = "pickle-unknown-import",
        /// A global of `__main__`.
        MainGlobal = "pickle-main-global",
        /// A call whose target cannot be worked out.
        UnresolvedCallable = "pickle-unresolved-callable",
        /// A global whose name is computed.
        ComputedName = "pickle-computed-name",
        /// A name that leads behind an object.
        HiddenAttribute = "pickle-hidden-attribute",
        /// State that is given to a module, class or function.
        StateOnGlobal = "pickle-state-on-global",
        /// State that is given to something unknown.
        StateOnUnknown = "pickle-state-on-unknown",
        /// A persistent id that is not a PyTorch storage.
        PersistentId = "pickle-persistent-id",
        /// A global named by an extension code.
        ExtensionCode = "pickle-extension-code",
        /// Frames that do not fit the opcodes.
        FrameMismatch = "pickle-frame-mismatch",
        /// A protocol that is declared twice.
        ProtoRepeated = "pickle-proto-repeated",
        /// A protocol that is declared late.
        ProtoMisplaced = "pickle-proto-misplaced",
        /// A protocol that does not exist.
        ProtoUnknown = "pickle-proto-unknown",
        /// A value that grows without measure.
        Expansion = "pickle-expansion",
        /// A stream that cannot be loaded to its end.
        BrokenStream = "pickle-broken-stream",
        /// A stream that ends too early.
        TruncatedStream = "pickle-truncated-stream",
        /// A length that points behind the end.
        FalseLength = "pickle-false-length",
        /// Bytes after the last stream.
        TrailingData = "pickle-trailing-data",
        /// A second stream after the first.
        FurtherStream = "pickle-further-stream",
        /// A pickle inside a value.
        NestedPickle = "pickle-nested-pickle",
    }
}

const SAFER: &str = "Do not load this file; ask its author for safetensors";
const REVIEW: &str = "Load it only where you trust its author, or ask for safetensors";

impl Rule {
    /// The rule about calls of a dangerous kind.
    pub(crate) const fn of_call(capability: Capability) -> Self {
        match capability {
            Capability::CodeExecution => Self::CodeExecution,
            Capability::Process => Self::Process,
            Capability::Import => Self::Import,
            Capability::FileWrite => Self::FileWrite,
            Capability::FileRead => Self::FileRead,
            Capability::Network => Self::Network,
            Capability::Introspection => Self::Introspection,
            Capability::NestedDeserialise => Self::NestedLoad,
            Capability::Inert | Capability::TensorRebuild | Capability::Unknown => Self::UnknownCall,
        }
    }

    /// Why it matters.
    pub(crate) const fn explanation(self) -> &'static str {
        match self {
            Self::CodeExecution => "Loading the file runs code that its author chose",
            Self::Process => "Loading the file acts on the operating system of whoever loads it",
            Self::Import => "Loading the file imports modules, and with them whatever they hold",
            Self::FileWrite => "Loading the file changes files of whoever loads it",
            Self::FileRead => "Loading the file reads files of whoever loads it",
            Self::Network => "Loading the file contacts other machines, or waits for them",
            Self::Introspection => "Loading the file reaches objects by name, a way around lists of names",
            Self::NestedLoad => "Loading the file loads another one that such a check may not have seen",
            Self::DangerousImport => {
                "The file refers to a callable that models do not need; it does not call it itself"
            }
            Self::UnknownCall => "Loading the file calls something that is not known to be harmless",
            Self::UnknownImport => "The file refers to something that is not known to be harmless",
            Self::MainGlobal => "The file needs code of the script that loads it, which is not in the file",
            Self::UnresolvedCallable => {
                "What is called is computed while loading, so nobody can say beforehand what it is"
            }
            Self::ComputedName => "The name of a global is computed while loading, which no pickler does",
            Self::HiddenAttribute => "Names like this lead from harmless objects to the whole interpreter",
            Self::StateOnGlobal => {
                "Loading the file changes a module, class or function for the whole process"
            }
            Self::StateOnUnknown => {
                "Loading the file gives state to an object that is only known while loading"
            }
            Self::PersistentId => "What a persistent id stands for is up to the program that loads the file",
            Self::ExtensionCode => "Extension codes hide which global is meant",
            Self::FrameMismatch => {
                "Unpicklers disagree on frames that do not fit, so they may see different files"
            }
            Self::ProtoRepeated | Self::ProtoMisplaced => {
                "No pickler writes this; it confuses checks that look for patterns"
            }
            Self::ProtoUnknown => "No unpickler loads this protocol",
            Self::Expansion => "A few bytes stand for a value too large for memory once it is walked through",
            Self::BrokenStream => "The unpickler stops here, after everything before has taken effect",
            Self::TruncatedStream => {
                "The unpickler stops where the file ends, after everything before has taken effect"
            }
            Self::FalseLength => "A length field asks for more than the file has",
            Self::TrailingData => "Something follows that is not a pickle; a loader may still read it",
            Self::FurtherStream => "A loader that reads on runs the further streams too",
            Self::NestedPickle => {
                "A value holds a pickle of its own, which takes effect if something loads it"
            }
        }
    }

    /// What to do.
    pub(crate) const fn recommendation(self) -> &'static str {
        match self {
            Self::UnknownImport | Self::UnknownCall => {
                "Look at what the named code does before loading the file"
            }
            Self::MainGlobal => "Ask for the code that defines it, or for weights only",
            Self::TruncatedStream | Self::FalseLength => "Fetch the file again and compare digests",
            Self::TrailingData | Self::FurtherStream | Self::NestedPickle | Self::PersistentId => REVIEW,
            _ => SAFER,
        }
    }
}

/// Published vulnerabilities in which a global plays the main part.
pub(crate) fn cves(module: &str, name: &str) -> Vec<&'static str> {
    let within =
        |tree: &str| module.strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let mut cves = Vec::new();
    if within("pip") {
        cves.push("CVE-2025-1716");
    }
    if within("torch.jit.annotations") && name == "parse_type_line" {
        cves.push("CVE-2022-45907");
    }
    if within("asyncio") && module != "asyncio" {
        cves.push("CVE-2025-10157");
    }
    if within("torch.distributed.rpc") {
        cves.push("CVE-2024-5480");
    }
    if within("torch.distributed.nn") {
        cves.push("CVE-2024-48063");
    }
    cves
}
