//! What custom operators of TensorFlow Lite can do, by their names. Flex operators are those of TensorFlow under another
//! name; a name that nobody knows is not judged here.

use casemate_core::Severity;

use crate::capability::Capability;

/// Operators that run code they are given.
const CODE: &[&str] = &["PyFunc", "PyFuncStateless", "EagerPyFunc", "LoadLibrary", "RemoteCall"];

/// Operators that read what a path or pattern names.
const READ: &[&str] = &[
    "CacheDataset",
    "CacheDatasetV2",
    "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2",
    "FixedLengthRecordReader",
    "FixedLengthRecordReaderV2",
    "InitializeTableFromTextFile",
    "InitializeTableFromTextFileV2",
    "LoadAndRemapMatrix",
    "LoadDataset",
    "MatchingFiles",
    "MatchingFilesDataset",
    "ReadFile",
    "SqlDataset",
    "TFRecordDataset",
    "TFRecordReader",
    "TextLineDataset",
    "TextLineReader",
    "WholeFileReader",
    "WholeFileReaderV2",
];

/// Operators that write to what a path names.
const WRITE: &[&str] = &[
    "CreateSummaryFileWriter",
    "DebugIdentity",
    "DebugIdentityV2",
    "MergeV2Checkpoints",
    "PrintV2",
    "SaveDataset",
    "SnapshotDataset",
    "WriteFile",
];

/// Operators that use the network.
const NETWORK: &[&str] = &["CreateSummaryDbWriter", "DataServiceDataset", "RegisterDataset"];

/// Operators of models that are trained on a device, whose caller gives the path.
const CHECKPOINT: &[&str] =
    &["Restore", "RestoreSlice", "RestoreV2", "Save", "SaveSlices", "SaveV2", "ShardedFilename"];

/// Operators that come with the interpreter or with MediaPipe.
const KNOWN: &[&str] = &[
    "Atan2",
    "AudioMicrofrontend",
    "AudioSpectrogram",
    "Convolution2DTransposeBias",
    "Cumsum",
    "ExtractFeatures",
    "Irfft2d",
    "Landmarks2TransformMatrix",
    "MaxPoolingWithArgmax2D",
    "MaxUnpooling2D",
    "Mfcc",
    "Multinomial",
    "NGrams",
    "NonMaxSuppression",
    "Normalize",
    "NumericVerify",
    "ParseExample",
    "Predict",
    "RFFT2D",
    "RandomStandardNormal",
    "RandomUniform",
    "Resampler",
    "Roll",
    "SentencepieceDecoder",
    "SentencepieceEncodeSparse",
    "Sign",
    "TFLite_Detection_PostProcess",
    "TFSentencepieceTokenizeOp",
    "TransformLandmarks",
    "TransformTensorBilinear",
    "edgetpu-custom-op",
    "ethos-u",
];

/// What a custom operator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It reaches beyond the model.
    Reaches(Capability, Severity),
    /// It is one of TensorFlow's that computes.
    Flex,
    /// It comes with the interpreter or a well-known library.
    Known,
    /// Nobody has said what it does.
    Unknown,
}

/// What the operator of a name is.
pub(super) fn kind(name: &str) -> Kind {
    let Some(flex) = name.strip_prefix("Flex") else {
        return if KNOWN.contains(&name) { Kind::Known } else { Kind::Unknown };
    };
    if CODE.contains(&flex) {
        Kind::Reaches(Capability::CodeExecution, Severity::Critical)
    } else if READ.contains(&flex) {
        Kind::Reaches(Capability::FileRead, Severity::High)
    } else if WRITE.contains(&flex) {
        Kind::Reaches(Capability::FileWrite, Severity::High)
    } else if NETWORK.contains(&flex) {
        Kind::Reaches(Capability::Network, Severity::High)
    } else if CHECKPOINT.contains(&flex) {
        Kind::Reaches(Capability::FileWrite, Severity::Low)
    } else {
        Kind::Flex
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_told_by_what_they_reach() {
        assert_eq!(kind("FlexReadFile"), Kind::Reaches(Capability::FileRead, Severity::High));
        assert_eq!(kind("FlexPyFunc"), Kind::Reaches(Capability::CodeExecution, Severity::Critical));
        assert_eq!(kind("FlexErf"), Kind::Flex);
        assert_eq!(kind("ReadFile"), Kind::Unknown);
        assert_eq!(kind("TFLite_Detection_PostProcess"), Kind::Known);
    }
}
