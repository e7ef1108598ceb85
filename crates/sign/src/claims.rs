//! What else is said of a model, in statements whose subject is its root digest: where it comes from (SLSA provenance), what
//! it consists of (CycloneDX), or anything else that in-toto knows. Each is signed like the model, one bundle to a line.

use std::collections::BTreeMap;

use casemate_core::hex;
use casemate_keys::Signer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::authenticate::{Refusal, Trust, prove};
use crate::bundle::{BadBundle, Bundle};
use crate::certificate::Certificate;
use crate::manifest::Manifest;
use crate::sign::{self, SignError};
use crate::statement::{STATEMENT_TYPE, Wire, WireSubject};

const SLSA: &str = "https://slsa.dev/provenance/v1";
const CYCLONEDX: &str = "https://cyclonedx.org/bom";
/// More lines than that are no claims about one model.
const MAX_CLAIMS: usize = 1000;

/// A statement about a model, whatever it says of it.
type Statement = Wire<Value>;

/// Why a document makes no claim about a model.
#[derive(Debug, thiserror::Error)]
pub enum BadClaim {
    /// It is none of the documents that are known.
    #[error("it is neither a CycloneDX BOM, nor a SLSA provenance predicate, nor an in-toto statement")]
    Unknown,
    /// It is not JSON.
    #[error("it is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It is about something else.
    #[error("it is about another model: it names {found}, the model has the root digest {root}")]
    OtherModel {
        /// The digests it names.
        found: String,
        /// The model's.
        root: String,
    },
    /// There are too many.
    #[error("there are more than {MAX_CLAIMS} claims")]
    TooMany,
    /// A line is no bundle.
    #[error("line {0} is no bundle: {1}")]
    Bundle(usize, #[source] BadBundle),
}

/// A claim that was held against a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Claim {
    /// What is claimed: the type of the predicate. Nothing where the signature does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// Why it does not hold; nothing where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

/// The payload of a claim: a CycloneDX BOM, a SLSA provenance predicate, or a statement about this very model.
///
/// # Errors
/// The document is something else, or about another model.
pub fn claim(document: &[u8], manifest: &Manifest) -> Result<Vec<u8>, BadClaim> {
    let document: Value = serde_json::from_slice(document)?;
    let root = hex(&manifest.root());
    if document.get("predicateType").is_some() {
        let statement: Statement = serde_json::from_value(document)?;
        about(&statement, &root)?;
        return Ok(serde_json::to_vec(&statement)?);
    }
    let predicate_type = if document.get("bomFormat").is_some_and(|format| format == "CycloneDX") {
        same_model(&document, &root)?;
        CYCLONEDX
    } else if document.get("buildDefinition").is_some() && document.get("runDetails").is_some() {
        SLSA
    } else {
        return Err(BadClaim::Unknown);
    };
    let subject = WireSubject {
        name: manifest.name().to_owned(),
        digest: BTreeMap::from([("sha256".to_owned(), root)]),
    };
    Ok(serde_json::to_vec(&Statement {
        kind: STATEMENT_TYPE.to_owned(),
        subject: vec![subject],
        predicate_type: predicate_type.to_owned(),
        predicate: document,
    })?)
}

/// Signs a claim. `chain` begins with the certificate of the key, and is empty where verifiers know the key.
///
/// # Errors
/// The certificate is of another key, or the key does not sign.
pub fn sign_claim(payload: Vec<u8>, signer: &dyn Signer, chain: &[Certificate]) -> Result<Bundle, SignError> {
    sign::bundle(payload, signer, chain)
}

/// Holds claims, one bundle to a line, against a model.
///
/// # Errors
/// A line is no bundle, or there are too many. A claim that does not hold is no error, but a result.
pub fn verify_claims(text: &[u8], manifest: &Manifest, trust: &Trust) -> Result<Vec<Claim>, BadClaim> {
    let lines =
        text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty());
    let mut claims = Vec::new();
    for (number, line) in lines {
        if claims.len() == MAX_CLAIMS {
            return Err(BadClaim::TooMany);
        }
        let bundle = Bundle::parse(line.to_vec()).map_err(|error| BadClaim::Bundle(number + 1, error))?;
        claims.push(match held(&bundle, manifest, trust) {
            Ok(predicate) => Claim { predicate: Some(predicate), refusal: None },
            Err(refusal) => Claim { predicate: None, refusal: Some(refusal) },
        });
    }
    Ok(claims)
}

fn held(bundle: &Bundle, manifest: &Manifest, trust: &Trust) -> Result<String, String> {
    let (payload, _) = prove(bundle, trust).map_err(|refusal: Refusal| refusal.to_string())?;
    let statement: Statement =
        serde_json::from_slice(&payload.bytes).map_err(|error| format!("it is no statement: {error}"))?;
    about(&statement, &hex(&manifest.root())).map_err(|error| error.to_string())?;
    Ok(statement.predicate_type)
}

/// Whether a statement is about the model, and about nothing else that a reader might take it for.
fn about(statement: &Statement, root: &str) -> Result<(), BadClaim> {
    let digests: Vec<&String> =
        statement.subject.iter().filter_map(|subject| subject.digest.get("sha256")).collect();
    if digests.contains(&&root.to_owned()) {
        return Ok(());
    }
    Err(other(digests, root))
}

/// A BOM that names a digest of the model must name this one.
fn same_model(bom: &Value, root: &str) -> Result<(), BadClaim> {
    let hashes = bom.pointer("/metadata/component/hashes").and_then(Value::as_array);
    let named: Vec<String> = hashes
        .into_iter()
        .flatten()
        .filter(|hash| hash.get("alg").is_some_and(|algorithm| algorithm == "SHA-256"))
        .filter_map(|hash| Some(hash.get("content")?.as_str()?.to_owned()))
        .collect();
    if named.is_empty() || named.iter().any(|digest| digest == root) {
        return Ok(());
    }
    Err(other(named.iter().collect(), root))
}

fn other(found: Vec<&String>, root: &str) -> BadClaim {
    let found: Vec<String> = found.into_iter().map(|digest| casemate_core::printable(digest)).collect();
    let found = if found.is_empty() { "no SHA-256".to_owned() } else { found.join(", ") };
    BadClaim::OtherModel { found, root: root.to_owned() }
}
