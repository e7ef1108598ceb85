//! From a signing certificate to a root that the user gave (RFC 5280, section 6, as far as model signatures need it). Every
//! certificate on the way must be valid at the given time. The search is bounded: certificates come from the attacker.

use casemate_core::Timestamp;
use casemate_keys::PublicKey;

use super::signature::{self, Outcome};
use super::{Certificate, CertificateError, Problem, Roots};

/// The longest chain, with the signing certificate and the root.
const MAX_DEPTH: usize = 8;
/// How many signatures are checked before the search is given up.
const MAX_SIGNATURES: usize = 100;
/// How many certificates may come with a signature.
const MAX_INTERMEDIATES: usize = 64;

/// Follows a signing certificate to one of the roots, and gives the key that the chain vouches for. `intermediates` may be in
/// any order and hold more than is needed.
///
/// # Errors
/// No chain holds at the time `at`. The error names the certificate that is to blame; if there are several, the one that
/// came nearest to a root.
pub fn verify_chain(
    leaf: &Certificate,
    intermediates: &[Certificate],
    roots: &Roots,
    at: Timestamp,
) -> Result<PublicKey, CertificateError> {
    if intermediates.len() > MAX_INTERMEDIATES {
        return Err(CertificateError::TooMuch("the signature comes with more than 64 certificates"));
    }
    let refused = |problem| refused(leaf, problem);
    usable(leaf, at).map_err(refused)?;
    if !leaf.extensions().may_sign() {
        return Err(refused(Problem::MayNotSign));
    }
    let key = leaf.public_key().map_err(|error| refused(Problem::Key(error)))?;
    // The user trusts this very certificate; it may be signed by itself or by anybody.
    if roots.certificates().contains(leaf) {
        return Ok(key);
    }
    let mut search = Search { intermediates, roots: roots.certificates(), at, signatures: 0, blame: None };
    if search.climb(&mut vec![leaf]) {
        return Ok(key);
    }
    Err(search.why(leaf))
}

struct Search<'a> {
    intermediates: &'a [Certificate],
    roots: &'a [Certificate],
    at: Timestamp,
    signatures: usize,
    // The refusal that came nearest to a root, and how near.
    blame: Option<(usize, CertificateError)>,
}

impl<'a> Search<'a> {
    /// Whether a root can be reached from the last certificate of the path.
    fn climb(&mut self, path: &mut Vec<&'a Certificate>) -> bool {
        let Some(subject) = path.last().copied() else { return false };
        if path.len() >= MAX_DEPTH {
            self.refuse(path.len(), refused(subject, Problem::TooDeep(MAX_DEPTH)));
            return false;
        }
        let mut not_by = None;
        for (issuer, trusted) in self.candidates(subject) {
            // No certificate vouches for itself on the way up.
            if path.contains(&issuer) {
                continue;
            }
            if self.signatures >= MAX_SIGNATURES {
                return false;
            }
            self.signatures += 1;
            match signature::check(subject, issuer) {
                Outcome::Holds => {}
                Outcome::Fails => {
                    not_by = not_by.or_else(|| Some(issuer.subject()));
                    continue;
                }
                Outcome::Algorithm(name) => {
                    self.refuse(path.len() + 1, refused(subject, Problem::Algorithm(name)));
                    return false;
                }
            }
            // What the user trusts, they trust for this purpose.
            let purpose = trusted || issuer.extensions().may_vouch_for_signers();
            let allowed = if purpose { may_issue(issuer, path, self.at) } else { Err(Problem::OtherPurpose) };
            if let Err(problem) = allowed {
                self.refuse(path.len() + 1, refused(issuer, problem));
                continue;
            }
            if trusted {
                return true;
            }
            path.push(issuer);
            if self.climb(path) {
                return true;
            }
            path.pop();
        }
        self.refuse(path.len(), untrusted(subject, not_by));
        false
    }

    /// Certificates with the name of the issuer, roots first, and among them those that the key identifier points at. The
    /// identifier is a hint: who wrote it may have erred, and the signature decides.
    fn candidates(&self, subject: &Certificate) -> Vec<(&'a Certificate, bool)> {
        let roots = self.roots.iter().map(|root| (root, true));
        let others = self.intermediates.iter().map(|other| (other, false));
        let mut candidates: Vec<_> =
            roots.chain(others).filter(|(issuer, _)| issuer.name() == subject.issuer_name()).collect();
        let hinted = |issuer: &Certificate| {
            let (wanted, there) = (&subject.extensions().authority_key, &issuer.extensions().subject_key);
            wanted.is_none() || there.is_none() || wanted == there
        };
        candidates.sort_by_key(|(issuer, trusted)| (!trusted, !hinted(issuer)));
        candidates
    }

    /// Remembers a refusal if none came nearer; of equals the first, as the likeliest candidates are tried first.
    fn refuse(&mut self, depth: usize, error: CertificateError) {
        if self.blame.as_ref().is_none_or(|(nearest, _)| *nearest < depth) {
            self.blame = Some((depth, error));
        }
    }

    fn why(self, leaf: &Certificate) -> CertificateError {
        if self.signatures >= MAX_SIGNATURES {
            return CertificateError::TooManyWays(MAX_SIGNATURES);
        }
        self.blame.map_or_else(|| untrusted(leaf, None), |(_, error)| error)
    }
}

/// What every certificate must be.
fn usable(certificate: &Certificate, at: Timestamp) -> Result<(), Problem> {
    if at < certificate.valid_from() {
        return Err(Problem::NotYetValid(certificate.valid_from()));
    }
    if at > certificate.valid_until() {
        return Err(Problem::Expired(certificate.valid_until()));
    }
    if let Some(extension) = &certificate.extensions().unknown_critical {
        return Err(Problem::Critical(extension.clone()));
    }
    if certificate.extensions().restricts_names {
        return Err(Problem::NameConstraints);
    }
    Ok(())
}

/// Whether a certificate may vouch for the last one of the path.
fn may_issue(issuer: &Certificate, path: &[&Certificate], at: Timestamp) -> Result<(), Problem> {
    usable(issuer, at)?;
    let extensions = issuer.extensions();
    if issuer.name().is_empty() {
        return Err(Problem::Nameless);
    }
    if !extensions.is_authority() {
        let subject = path.last().map(|subject| subject.subject()).unwrap_or_default();
        return Err(Problem::NotAuthority(subject));
    }
    if !extensions.may_issue() {
        return Err(Problem::MayNotIssue);
    }
    // RFC 5280, section 4.2.1.9: the signing certificate does not count, whatever it says of itself, and neither do
    // authorities that renew their own certificate.
    let below =
        path.iter().skip(1).filter(|certificate| certificate.name() != certificate.issuer_name()).count();
    match extensions.path_length() {
        Some(allowed) if below > usize::from(allowed) => Err(Problem::PathLength { allowed, found: below }),
        _ => Ok(()),
    }
}

fn refused(certificate: &Certificate, problem: Problem) -> CertificateError {
    CertificateError::Refused { subject: certificate.subject(), problem }
}

/// A chain ends here, and not at a root. `not_by` is an authority that bears the right name and did not sign it.
fn untrusted(certificate: &Certificate, not_by: Option<String>) -> CertificateError {
    let subject = certificate.subject();
    // Names alone do not tell: an authority and what it issues may bear one name.
    let own = certificate.name() == certificate.issuer_name()
        && matches!(signature::check(certificate, certificate), Outcome::Holds);
    if own {
        return CertificateError::SelfSigned { subject };
    }
    match not_by {
        Some(issuer) => refused(certificate, Problem::Signature(issuer)),
        None => CertificateError::Untrusted { subject, issuer: certificate.issuer() },
    }
}
