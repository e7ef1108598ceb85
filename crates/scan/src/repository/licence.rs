//! Models and what one may do with them: whether anybody said so. What a licence means is for others.

use casemate_core::{Confidence, Severity};

use super::{Told, Tree};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::rule::Rule;
use crate::verdict::FileReport;

/// Names under which licences lie beside a model.
const NAMES: &[&str] = &["license", "licence", "copying", "use_policy", "unlicense"];

/// Tells of the outermost models that no licence lies with or above.
pub(super) fn judge(tree: &Tree<'_>) -> Told {
    let mut told: Told = Vec::new();
    let mut judged: Vec<&str> = Vec::new();
    for folder in tree.by_folder.keys() {
        let is_below = judged.iter().any(|above| is_within(folder, above));
        let model = tree.within(folder).find(|(_, report, _)| is_configuration(report));
        let has_weights = tree.within(folder).any(|(_, report, _)| is_weights(report.format));
        let (Some((number, _, _)), true, false) = (model, has_weights, is_below) else { continue };
        judged.push(folder);
        if !is_licensed(tree, folder) {
            let title = "No licence is stated for this model";
            told.push((
                number,
                Finding::new(Rule::LicenceMissing, Severity::Low, Confidence::High, title, 0),
            ));
        }
    }
    told
}

fn is_within(folder: &str, above: &str) -> bool {
    above.is_empty()
        || folder == above
        || folder.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether something in a folder or above it states a licence.
fn is_licensed(tree: &Tree<'_>, folder: &str) -> bool {
    let above = tree.by_folder.keys().filter(|above| is_within(folder, above));
    let mut files = above.flat_map(|above| tree.within(above));
    files.any(|(_, report, name)| {
        let name = name.to_lowercase();
        let states = |report: &FileReport| report.facts.iter().any(|fact| fact.about == About::Licence);
        NAMES.iter().any(|known| name.starts_with(known)) || states(report)
    })
}

fn is_configuration(report: &FileReport) -> bool {
    matches!(report.format, Format::Json | Format::HfConfig)
        && report.facts.iter().any(|fact| {
            fact.about == About::Metadata
                && matches!(&*fact.name, "architectures" | "model_type" | "_class_name")
        })
}

fn is_weights(format: Format) -> bool {
    matches!(
        format,
        Format::Safetensors
            | Format::TorchZip
            | Format::TorchLegacy
            | Format::Pickle
            | Format::Gguf
            | Format::Onnx
            | Format::KerasH5
            | Format::Hdf5
            | Format::FlaxMsgpack
            | Format::LfsPointer
            | Format::ShardIndex
    )
}
