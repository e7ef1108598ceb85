//! The built-in catalogue is consistent, and every threat behaves on its own examples.

use casemate_assess::examples;
use casemate_catalog::Catalog;

#[test]
fn every_threat_catches_what_it_must_and_nothing_else() {
    let catalog = Catalog::load(&[]).unwrap_or_else(|error| panic!("{error}"));
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    let problems: Vec<String> =
        catalog.threats().values().flat_map(|entry| examples::check(entry, &catalog, now)).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_control_an_import_claims_is_in_the_catalogue() {
    let controls = crate::common::catalog().controls();
    for control in casemate_system::import::claimable() {
        assert!(controls.contains_key(control), "{control}");
    }
}
