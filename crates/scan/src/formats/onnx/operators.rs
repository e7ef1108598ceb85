//! What operators of ONNX are, by domain and name. A name that nobody knows is not judged here.

/// Domains whose operators come with ONNX or its Runtime and compute.
const KNOWN: &[&str] = &[
    "",
    "ai.onnx",
    "ai.onnx.ml",
    "ai.onnx.preview",
    "ai.onnx.preview.training",
    "ai.onnx.training",
    "com.microsoft",
    "com.microsoft.dml",
    "com.microsoft.experimental",
    "com.microsoft.mlfeaturizers",
    "com.microsoft.nchwc",
    "com.ms.internal.nhwc",
    "com.microsoft.internal.nhwc",
    "org.pytorch.aten",
    "org.pytorch._caffe2",
];

/// Domains of well-known libraries, which have to be loaded.
const LIBRARIES: &[(&str, &str)] = &[
    ("ai.onnx.contrib", "onnxruntime-extensions"),
    ("com.microsoft.extensions", "onnxruntime-extensions"),
    ("mmdeploy", "mmdeploy"),
    ("mmcv", "mmcv"),
    ("trt", "TensorRT plugins"),
    ("trt.plugins", "TensorRT plugins"),
    ("com.amd.quark", "amd-quark"),
    ("qonnx.custom_op.general", "qonnx"),
    ("com.intel.ai", "OpenVINO"),
    ("org.openvinotoolkit", "OpenVINO"),
    ("paddle", "paddle2onnx"),
];

/// Operators that call Python.
const PYTHON: &[&str] = &["PyOp", "PyCustomOp", "PyCustomOpDef", "PythonOp", "PythonOpGrad", "PyFunc"];

/// What an operator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// It computes.
    Known,
    /// It calls Python.
    Python,
    /// It runs a program for an accelerator.
    Compiled,
    /// A well-known library brings it.
    Library(&'static str),
    /// Nobody has said what it does.
    Custom,
}

/// What the operator of a name is.
pub(super) fn kind(domain: &str, op: &str) -> Operator {
    if PYTHON.contains(&op) {
        return Operator::Python;
    }
    if op == "EPContext" {
        return Operator::Compiled;
    }
    if KNOWN.contains(&domain) {
        return Operator::Known;
    }
    let library = LIBRARIES.iter().find(|(name, _)| *name == domain);
    library.map_or(Operator::Custom, |(_, library)| Operator::Library(library))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_told_by_domain_and_name() {
        assert_eq!(kind("", "Conv"), Operator::Known);
        assert_eq!(kind("com.microsoft", "FusedMatMul"), Operator::Known);
        assert_eq!(kind("ai.onnx.contrib", "BertTokenizer"), Operator::Library("onnxruntime-extensions"));
        assert_eq!(kind("ai.onnx.contrib", "PyOp"), Operator::Python);
        assert_eq!(kind("com.example", "Conv"), Operator::Custom);
    }
}
