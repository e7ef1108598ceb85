//! What operations of TensorFlow reach beyond their graph, by name, and the names of its data types.

/// What an operation does beyond computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Runs Python, a library or a function elsewhere.
    Code,
    Read,
    Write,
    Network,
    /// Reads the data of a training.
    Input,
    /// Sends values where an attribute says.
    Debug,
    /// Prints where an attribute says.
    Print,
    /// Reads a schema where an attribute says.
    Schema,
    /// Saves or restores weights.
    Checkpoint,
}

const CODE: &[&str] = &["EagerPyFunc", "LoadLibrary", "PyFunc", "PyFuncStateless", "RemoteCall"];

const READ: &[&str] = &[
    "LoadAndRemapMatrix",
    "LoadDataset",
    "MatchingFiles",
    "MatchingFilesDataset",
    "ExperimentalMatchingFilesDataset",
    "ReadFile",
    "SqlDataset",
    "ExperimentalSqlDataset",
];

const WRITE: &[&str] = &[
    "DatasetToTFRecord",
    "ExperimentalDatasetToTFRecord",
    "SaveDataset",
    "SaveDatasetV2",
    "SnapshotDataset",
    "SnapshotDatasetV2",
    "DistributedSave",
    "WriteFile",
];

const NETWORK: &[&str] = &[
    "BigQueryReader",
    "BigtableClient",
    "CreateSummaryDbWriter",
    "DataServiceDataset",
    "DataServiceDatasetV2",
    "DataServiceDatasetV3",
    "DataServiceDatasetV4",
    "GcsConfigureCredentials",
    "IgniteDataset",
    "KafkaDataset",
    "KinesisDataset",
    "PubSubDataset",
    "RegisterDataset",
    "RegisterDatasetV2",
    "Rpc",
    "RpcCall",
    "RpcServer",
    "TryRpc",
];

const INPUT: &[&str] = &[
    "CSVDataset",
    "CSVDatasetV2",
    "CreateSummaryFileWriter",
    "ExperimentalCSVDataset",
    "ExperimentalLMDBDataset",
    "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2",
    "FixedLengthRecordReader",
    "FixedLengthRecordReaderV2",
    "GenerateVocabRemapping",
    "LMDBDataset",
    "LMDBReader",
    "TFRecordDataset",
    "TFRecordDatasetV2",
    "TFRecordReader",
    "TFRecordReaderV2",
    "TextLineDataset",
    "TextLineReader",
    "TextLineReaderV2",
    "WholeFileReader",
    "WholeFileReaderV2",
];

const CHECKPOINT: &[&str] = &[
    "MergeV2Checkpoints",
    "Restore",
    "RestoreSlice",
    "RestoreV2",
    "Save",
    "SaveSlices",
    "SaveV2",
    "ShardedFilename",
];

/// What the operation of a name reaches; none if it only computes.
pub(super) fn reach(op: &str) -> Option<Reach> {
    let table = [
        (CODE, Reach::Code),
        (READ, Reach::Read),
        (WRITE, Reach::Write),
        (NETWORK, Reach::Network),
        (INPUT, Reach::Input),
        (CHECKPOINT, Reach::Checkpoint),
    ];
    if let Some((_, reach)) = table.iter().find(|(names, _)| names.contains(&op)) {
        return Some(*reach);
    }
    match op {
        "PrintV2" => Some(Reach::Print),
        "DecodeProtoV2" | "EncodeProto" => Some(Reach::Schema),
        _ if op.starts_with("DebugIdentity")
            || op.starts_with("DebugNumericSummary")
            || op == "DebugNanCount" =>
        {
            Some(Reach::Debug)
        }
        // TensorFlow I/O names its operations so.
        _ if op.starts_with("IO>") => Some(Reach::Input),
        _ => None,
    }
}

/// The name of a data type; references count as what they refer to.
pub(super) fn dtype(code: u64) -> &'static str {
    match code % 100 {
        1 => "float32",
        2 => "float64",
        3 => "int32",
        4 => "uint8",
        5 => "int16",
        6 => "int8",
        7 => "string",
        8 => "complex64",
        9 => "int64",
        10 => "bool",
        11 => "qint8",
        12 => "quint8",
        13 => "qint32",
        14 => "bfloat16",
        15 => "qint16",
        16 => "quint16",
        17 => "uint16",
        18 => "complex128",
        19 => "float16",
        20 => "resource",
        21 => "variant",
        22 => "uint32",
        23 => "uint64",
        24 => "float8e5m2",
        25 => "float8e4m3fn",
        29 => "int4",
        30 => "uint4",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_told_by_name() {
        assert_eq!(reach("ReadFile"), Some(Reach::Read));
        assert_eq!(reach("SaveV2"), Some(Reach::Checkpoint));
        assert_eq!(reach("MatMul"), None);
        assert_eq!(reach("ReadVariableOp"), None);
    }
}
