//! Turns the rules' YAML files into the closed vocabulary `Rule` and its texts. A rule that is not a file does not
//! compile; nothing of it is parsed at run time.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

/// One rule as it is written down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    title: String,
    explanation: String,
    recommendation: String,
    #[serde(default)]
    cves: Vec<String>,
    references: BTreeMap<String, Vec<String>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("rules");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut rules = BTreeMap::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let rule: Rule = serde_saphyr::from_str(&fs::read_to_string(&path)?)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let id = path.file_stem().ok_or("a file without a name")?.to_string_lossy().into_owned();
            rules.insert(id, rule);
        }
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("rules.rs"), generated(&rules)?)?;
    Ok(())
}

fn generated(rules: &BTreeMap<String, Rule>) -> Result<String, std::fmt::Error> {
    let mut code =
        String::from("casemate_core::vocabulary! {\n/// What a finding is about.\n\"rule\" Rule {\n");
    for (id, rule) in rules {
        writeln!(code, "#[doc = {:?}] {} = {id:?},", rule.title, variant(id))?;
    }
    code.push_str("}\n}\nimpl Rule {\nconst fn text(self) -> &'static Text {\nmatch self {\n");
    for (id, rule) in rules {
        let references: Vec<(&String, &Vec<String>)> = rule.references.iter().collect();
        let listed: Vec<String> =
            references.iter().map(|(framework, items)| format!("({framework:?}, &{items:?})")).collect();
        writeln!(
            code,
            "Self::{} => &Text {{ title: {:?}, explanation: {:?}, recommendation: {:?}, cves: &{:?}, references: &[{}] }},",
            variant(id),
            rule.title,
            rule.explanation,
            rule.recommendation,
            rule.cves,
            listed.join(", ")
        )?;
    }
    code.push_str("}\n}\n}\n");
    Ok(code)
}

/// `zip-name-mismatch` as `ZipNameMismatch`.
fn variant(id: &str) -> String {
    id.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect::<String>())
                .unwrap_or_default()
        })
        .collect()
}
