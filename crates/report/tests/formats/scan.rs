//! Reports on scanned files: what people read as it is, and what programs read by its official schema.

use std::collections::BTreeSet;

use casemate_report::{Detail, ScanFormat, Style, render_bom, render_scan};
use casemate_scan::{Input, Options, ScanReport, scan};
use serde_json::Value;

use crate::schema::assert_valid;

/// Files of every kind of outcome. The pickles are text and never loaded.
fn report() -> ScanReport {
    let files: [(&str, &[u8]); 5] = [
        ("model/evil.bin", b"cos\nsystem\n(S'echo casemate'\ntR."),
        ("model/ok.pkl", b"(lp0\nI1\naI2\na."),
        ("model/main.pkl", b"c__main__\nNet\n)\x81."),
        ("model/weights.bin", b"\x01\x02\x03 no format"),
        (
            "model/\x1b[2Jconfig.json",
            b"{\"auto_map\": {\"AutoModel\": \"org/name--code.\x1bModel\"}, \"license\": \"mit\"}",
        ),
    ];
    let options = Options::default();
    ScanReport::new(
        files.iter().map(|(path, bytes)| scan(path, &Input::from(bytes.to_vec()), &options)).collect(),
    )
}

fn plain(detail: Detail) -> String {
    render_scan(&report(), ScanFormat::Plain, Style { colour: false, detail })
}

#[test]
fn the_plain_report_reads_well() {
    insta::assert_snapshot!("scan-plain", plain(Detail::Normal));
    insta::assert_snapshot!("scan-brief", plain(Detail::Brief));
    insta::assert_snapshot!("scan-full", plain(Detail::Full));
}

#[test]
fn no_format_lets_a_file_steer_the_terminal() {
    for format in ScanFormat::ALL {
        let text = render_scan(&report(), *format, Style::default());
        assert!(!text.contains('\u{1b}'), "{format}");
    }
    assert!(!render_bom(&report(), "x\u{1b}y", now()).contains('\u{1b}'));
}

#[test]
fn sarif_obeys_the_official_schema_and_its_places_resolve() {
    let log: Value =
        serde_json::from_str(&render_scan(&report(), ScanFormat::Sarif, Style::default())).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3, "{results:#?}");
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(result["ruleId"], rule["id"]);
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        let artefact = &run["artifacts"][place["index"].as_u64().unwrap() as usize];
        assert_eq!(place["uri"], artefact["location"]["uri"]);
    }
    let prints: BTreeSet<&str> = results
        .iter()
        .map(|result| result["partialFingerprints"]["casemateScan/v1"].as_str().unwrap())
        .collect();
    assert_eq!(prints.len(), results.len());
    assert_valid(&[log], "sarif-schema-2.1.0.json", &[]);
}

#[test]
fn the_json_report_obeys_the_published_schema() {
    let document: Value =
        serde_json::from_str(&render_scan(&report(), ScanFormat::Json, Style::default())).unwrap();
    let schema = casemate_scan::scan_schema();
    let validator = jsonschema::options().offline().build(&schema).unwrap();
    let problems: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn the_bill_of_materials_obeys_the_official_schema_and_its_references_resolve() {
    let bom: Value = serde_json::from_str(&render_bom(&report(), "model", now())).unwrap();
    let refs: BTreeSet<&str> =
        bom["components"].as_array().unwrap().iter().filter_map(|part| part["bom-ref"].as_str()).collect();
    for below in bom["dependencies"][0]["dependsOn"].as_array().unwrap() {
        assert!(refs.contains(below.as_str().unwrap()), "{below}");
    }
    let model = &bom["metadata"]["component"];
    assert_eq!(model["type"], "machine-learning-model");
    assert_eq!(model["hashes"][0]["content"].as_str().unwrap().len(), 64);
    assert_eq!(model["licenses"][0]["license"]["name"], "mit");
    let beside = ["spdx.schema.json", "jsf-0.82.schema.json", "cryptography-defs.schema.json"];
    assert_valid(&[bom], "bom-1.7.schema.json", &beside);
}

fn now() -> casemate_core::Timestamp {
    "2026-11-25T00:00:00Z".parse().unwrap()
}
