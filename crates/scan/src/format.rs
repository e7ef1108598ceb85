//! The formats there are, by the words that reports use.

use casemate_core::vocabulary;

vocabulary! {
    /// What a file is.
    "format" Format {
        /// Nobody knows.
        Unknown = "unknown",
        /// Nothing is in it.
        Empty = "empty",
        /// Text without a meaning that is known.
        Text = "text",
        /// Python pickle streams.
        Pickle = "pickle",
        /// A zip archive that is nothing more special.
        Zip = "zip",
        /// PyTorch since 1.6: a zip with `data.pkl`.
        TorchZip = "torch-zip",
        /// TorchScript: a torch zip with code.
        TorchScript = "torchscript",
        /// PyTorch before 1.6: pickles one after the other.
        TorchLegacy = "torch-legacy",
        /// PyTorch before 0.1.10: a tar of pickles.
        TorchTar = "torch-tar",
        /// A TorchServe model archive.
        Mar = "mar",
        /// joblib, raw or compressed.
        Joblib = "joblib",
        /// One NumPy array.
        Npy = "npy",
        /// A zip of NumPy arrays.
        Npz = "npz",
        /// HDF5 that is no Keras model.
        Hdf5 = "hdf5",
        /// Keras 1 and 2, in HDF5.
        KerasH5 = "keras-h5",
        /// Keras 3, a zip.
        Keras = "keras",
        /// The configuration of a Keras model, by itself.
        KerasConfig = "keras-config",
        /// TensorFlow SavedModel.
        SavedModel = "tf-savedmodel",
        /// A TensorFlow graph by itself.
        GraphDef = "tf-graphdef",
        /// A TensorFlow checkpoint's graph.
        MetaGraph = "tf-metagraph",
        /// The index of a TensorFlow checkpoint.
        TfCheckpoint = "tf-checkpoint",
        /// What Keras writes beside a SavedModel.
        KerasMetadata = "keras-metadata",
        /// Numbers of a model that another file describes.
        Weights = "weights",
        /// TensorFlow Lite.
        TfLite = "tflite",
        /// ONNX.
        Onnx = "onnx",
        /// safetensors.
        Safetensors = "safetensors",
        /// The index of a model in shards.
        ShardIndex = "shard-index",
        /// GGUF.
        Gguf = "gguf",
        /// The formats before GGUF.
        Ggml = "ggml",
        /// OpenVINO IR.
        OpenVino = "openvino",
        /// Core ML.
        CoreMl = "coreml",
        /// PMML.
        Pmml = "pmml",
        /// XGBoost as JSON.
        XgboostJson = "xgboost-json",
        /// XGBoost as UBJSON.
        XgboostUbj = "xgboost-ubj",
        /// XGBoost's old binary form.
        XgboostBinary = "xgboost-binary",
        /// LightGBM.
        LightGbm = "lightgbm",
        /// CatBoost.
        CatBoost = "catboost",
        /// Flax, as MessagePack.
        FlaxMsgpack = "flax-msgpack",
        /// skops, a zip with a schema.
        Skops = "skops",
        /// PaddlePaddle.
        Paddle = "paddle",
        /// ExecuTorch.
        ExecuTorch = "executorch",
        /// TensorRT: opaque.
        TensorRt = "tensorrt",
        /// NVIDIA NeMo, a tar.
        Nemo = "nemo",
        /// R data, one object.
        Rds = "rds",
        /// R data, a workspace.
        Rda = "rda",
        /// Torch of the Lua days.
        Torch7 = "torch7",
        /// MXNet parameters.
        MxNet = "mxnet",
        /// Rockchip RKNN: opaque.
        Rknn = "rknn",
        /// A llamafile: an executable with a model in it.
        Llamafile = "llamafile",
        /// A program or library.
        Executable = "executable",
        /// A tar archive.
        Tar = "tar",
        /// 7-Zip.
        SevenZip = "7z",
        /// RAR: not read.
        Rar = "rar",
        /// gzip.
        Gzip = "gzip",
        /// bzip2.
        Bzip2 = "bzip2",
        /// xz.
        Xz = "xz",
        /// LZMA alone.
        Lzma = "lzma",
        /// LZ4 frames.
        Lz4 = "lz4",
        /// Zstandard.
        Zstd = "zstd",
        /// zlib.
        Zlib = "zlib",
        /// An OCI image or artefact.
        Oci = "oci",
        /// A Jinja template.
        Jinja = "jinja",
        /// JSON.
        Json = "json",
        /// YAML.
        Yaml = "yaml",
        /// TOML.
        Toml = "toml",
        /// XML.
        Xml = "xml",
        /// A Hugging Face configuration with something to look at.
        HfConfig = "hf-config",
        /// Python source.
        Python = "python",
        /// A Jupyter notebook.
        Notebook = "notebook",
        /// A Dockerfile.
        Dockerfile = "dockerfile",
        /// A shell script.
        Shell = "shell",
        /// An MLflow model description.
        MlModel = "mlmodel",
        /// A Triton model configuration.
        TritonConfig = "triton-config",
        /// Python requirements.
        Requirements = "requirements",
        /// A Python project file.
        PyProject = "pyproject",
        /// A lock file.
        LockFile = "lock-file",
        /// A model card.
        ModelCard = "model-card",
        /// A Git LFS pointer.
        LfsPointer = "lfs-pointer",
        /// An image.
        Image = "image",
    }
}
