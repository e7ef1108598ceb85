//! What a name in a Keras configuration stands for: part of Keras, something that reaches outside the model, or code that
//! the model does not bring. The answer depends on the name alone.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::capability::Capability;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symbol {
    /// A part of a model that Keras has.
    BuiltIn,
    /// A function of Keras that no model needs; whether it is known to do harm.
    Gadget(bool),
    /// The wrapper around a pickled PyTorch module.
    TorchModule,
    /// Something that does harm when it is called.
    Dangerous(Capability),
    /// A package that extends Keras.
    Extension,
    /// Code of someone else.
    Custom,
}

/// Packages whose modules hold what Keras has.
const KERAS: &[&str] = &["keras", "tf_keras", "keras_core", "tensorflow.keras", "tensorflow.python.keras"];
/// Packages that extend Keras with layers and models.
const EXTENSIONS: &[&str] = &[
    "keras_hub",
    "keras_nlp",
    "keras_cv",
    "keras_rs",
    "tensorflow_addons",
    "tensorflow_probability",
    "tensorflow_hub",
    "tensorflow_decision_forests",
    "tensorflow_model_optimization",
    "tensorflow_recommenders",
    "autokeras",
    "qkeras",
    "larq",
    "spektral",
];
/// Functions and classes that fetch, load or write files, or turn protection off.
const GADGETS: &[&str] = &[
    "get_file",
    "enable_unsafe_deserialization",
    "load_model",
    "load_weights",
    "save_model",
    "save_weights",
    "model_from_json",
    "model_from_yaml",
    "model_from_config",
    "deserialize_keras_object",
    "audio_dataset_from_directory",
    "image_dataset_from_directory",
    "text_dataset_from_directory",
    "load_img",
    "save_img",
    "plot_model",
    "func_load",
    "extract_archive",
    "run_command",
    "TFSMLayer",
    "FileProgbar",
    "OrderedEnqueuer",
];
/// Parts of Keras whose functions are parts of models.
const FUNCTIONS: &[&str] = &[
    "activations",
    "losses",
    "metrics",
    "initializers",
    "regularizers",
    "constraints",
    "ops",
    "quantizers",
    "operations",
    "backend",
];

static NAMES: LazyLock<(HashSet<&'static str>, HashSet<&'static str>)> = LazyLock::new(|| {
    let (mut classes, mut functions) = (HashSet::new(), HashSet::new());
    let mut in_functions = false;
    for line in include_str!("names.txt").lines().filter(|line| !line.starts_with('#')) {
        match line {
            "[classes]" => in_functions = false,
            "[functions]" => in_functions = true,
            names if in_functions => functions.extend(names.split_whitespace()),
            names => classes.extend(names.split_whitespace()),
        }
    }
    (classes, functions)
});

/// What a name of a module stands for; without one, Keras looks among its own.
pub(super) fn symbol(module: Option<&str>, name: &str) -> Symbol {
    match module {
        None => built_in(name),
        Some("builtins") => match built_in(name) {
            Symbol::Custom => dangerous("builtins", name),
            known => known,
        },
        Some(module) if within(module, KERAS) => of_keras(module, name),
        Some(module) if within(module, EXTENSIONS) => Symbol::Extension,
        Some(module) => dangerous(module, name),
    }
}

/// A name that Keras looks for among its own.
fn built_in(name: &str) -> Symbol {
    let (classes, functions) = &*NAMES;
    if name == "TorchModuleWrapper" {
        Symbol::TorchModule
    } else if name == "TFSMLayer" {
        Symbol::Gadget(true)
    } else if classes.contains(name) || functions.contains(name) {
        Symbol::BuiltIn
    } else {
        Symbol::Custom
    }
}

/// A name in a module of Keras.
fn of_keras(module: &str, name: &str) -> Symbol {
    // Modules of Keras hold what they import: `keras.src.utils.file_utils` has `os`.
    let reached = module.rsplit('.').next().unwrap_or(module);
    let direct = Capability::of(reached, name).max(Capability::of(module, name));
    let (classes, functions) = &*NAMES;
    let last = name.rsplit('.').next().unwrap_or(name);
    if last == "TorchModuleWrapper" {
        Symbol::TorchModule
    } else if GADGETS.contains(&last) {
        Symbol::Gadget(true)
    } else if name.contains('.') {
        Symbol::Gadget(false)
    } else if classes.contains(name)
        || is_class(name) && !within(module, &["keras.utils", "keras.src.utils"])
        || module.split('.').any(|part| FUNCTIONS.contains(&part)) && functions.contains(name)
    {
        Symbol::BuiltIn
    } else if direct.is_dangerous() && !module.split('.').any(|part| FUNCTIONS.contains(&part)) {
        Symbol::Dangerous(direct)
    } else {
        Symbol::Gadget(false)
    }
}

fn dangerous(module: &str, name: &str) -> Symbol {
    let capability = Capability::of(module, name);
    if capability.is_dangerous() { Symbol::Dangerous(capability) } else { Symbol::Custom }
}

fn is_class(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|first: char| first.is_ascii_uppercase())
}

fn within(module: &str, packages: &[&str]) -> bool {
    packages.iter().any(|package| {
        module.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// TensorFlow functions that reach outside the model, by their names in its public interface.
pub(super) fn reaches_outside(function: &str) -> bool {
    const BEGINNINGS: &[&str] =
        &["io.", "raw_ops.", "py_func", "numpy_func", "load_", "saved_model.", "print", "compat.", "data."];
    let function = function.strip_prefix("tf.").unwrap_or(function);
    BEGINNINGS.iter().any(|beginning| function.starts_with(beginning))
}

/// Operations of a TensorFlow graph that reach outside the model.
pub(super) const OUTSIDE_OPS: &[&str] = &[
    "ReadFile",
    "WriteFile",
    "PyFunc",
    "MatchingFiles",
    "PrintV2",
    "LoadLibrary",
    "MergeV2Checkpoints",
    "LoadAndRemapMatrix",
    "SaveV2",
    "ShardedFilename",
];
