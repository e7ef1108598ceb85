//! Who made a model, and is it untouched: OpenSSF Model Signing (OMS) v1.0, signed and verified.
//!
//! A model is listed ([`Tree`]), hashed ([`manifest`]) and signed ([`sign`]); a bundle is read ([`Bundle`]), its
//! signature checked ([`authenticate`]), and only then is what it says held against the files ([`compare`]). Nothing
//! here decides whom to trust: keys, roots and policies are handed in.

mod algorithm;
mod authenticate;
mod bundle;
mod cache;
pub mod certificate;
mod claims;
mod compare;
mod dsse;
mod evidence;
mod hashing;
mod historical;
mod history;
mod ignore;
mod manifest;
mod path;
mod policy;
mod report;
mod sign;
#[cfg(feature = "sigstore")]
pub mod sigstore;
mod statement;
mod tree;

pub use algorithm::Algorithm;
pub use authenticate::{Authentic, Authorities, Refusal, SignedBy, Trust, authenticate, refuses_alteration};
pub use bundle::{BadBundle, Bundle, MAX_BUNDLE, Material};
pub use cache::{BadCache, Cache};
pub use claims::{BadClaim, Claim, claim, sign_claim, verify_claims};
pub use compare::{Comparing, Comparison, Mismatch, Scope, compare};
pub use evidence::{evidence, version_evidence};
pub use hashing::{HashError, Hashing, Known, manifest};
pub use history::{HISTORY_SCHEMA, History, Standing, Version, history_schema};
pub use ignore::{BadIgnore, Ignore};
pub use manifest::{BadManifest, Manifest, Method, Range, Resource, Serialization};
pub use path::{BadPath, ModelPath};
pub use policy::{NotAllowed, Policy, Signer};
pub use report::{Difference, Signed, VERIFICATION_SCHEMA, Verification, verification_schema};
pub use sign::{SignError, check_chain, sign};
pub use statement::{BadStatement, PREDICATE_TYPE};
pub use tree::{Entry, Odd, Stamp, Tree, TreeError, model_name};
