//! `casemate verify`: whether a model is what somebody trusted signed.

use std::path::Path;

use anyhow::Context as _;
use casemate_report::{Detail, Style, render_verification};
use casemate_sign::{
    Authentic, BadBundle, Bundle, Comparing, Known, Policy, Scope, Trust, Verification, authenticate,
    compare, evidence, refuses_alteration, verify_claims,
};

use crate::args::VerifyArgs;
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::{progress, record, signing};

pub(crate) fn run(args: &VerifyArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    signing::there(&args.path)?;
    let signature = signing::signature(args.signature.as_deref(), &args.path);
    if !signature.exists() {
        return Err(Failure::NoInput {
            message: format!("there is no signature at {}", signature.display()),
            hint: "name it with --signature".to_owned(),
        });
    }
    let trust = trust(args)?;
    let (verification, refuses) = verification(args, &signature, &trust)?;
    let detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Brief,
        (_, true) => Detail::Full,
        _ => Detail::Normal,
    };
    let style = Style { colour: terminal.colour && args.output.is_none(), detail };
    terminal.data(&render_verification(&verification, args.format, style), args.output.as_deref())?;
    if let Some(element) = &args.evidence_for {
        let document = evidence(&verification, refuses, element, clock::now(args.now));
        record::evidence(document.as_slice(), &args.evidence_dir, terminal)?;
    }
    Ok(if verification.verified { Exit::Success } else { Exit::Failed })
}

/// What came out, and whether the same check refuses an altered signature.
fn verification(
    args: &VerifyArgs,
    signature: &Path,
    trust: &Trust,
) -> Result<(Verification, Option<bool>), Failure> {
    let (model, named) = (args.path.display().to_string(), signature.display().to_string());
    let refused = |why: String| Verification::refused(model.clone(), named.clone(), why);
    let bundle = match Bundle::read(signature) {
        Ok(bundle) => bundle,
        Err(error @ BadBundle::Unreadable(_)) => {
            return Err(anyhow::Error::new(error).context(format!("cannot read {named}")).into());
        }
        Err(error) => return Ok((refused(format!("{named} is no model signature: {error}")), None)),
    };
    let authentic = match authenticate(&bundle, trust) {
        Ok(authentic) => authentic,
        Err(refusal) => return Ok((refused(refusal.to_string()), None)),
    };
    let refuses = Some(refuses_alteration(&bundle, trust));
    let policy = args.policy.as_deref().map(policy).transpose()?;
    if let Some(policy) = &policy
        && let Err(not_allowed) = policy.allows(&authentic)
    {
        return Ok((refused(not_allowed.to_string()), refuses));
    }
    let mut comparison = compared(args, signature, &authentic)?;
    if let Some(policy) = &policy {
        policy.excuse(&mut comparison)?;
    }
    let mut verification = Verification::compared(model, named, &authentic, &comparison);
    if let Some(path) = &args.claims {
        let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let claims = verify_claims(&text, authentic.manifest(), trust)
            .with_context(|| format!("cannot use the claims in {}", path.display()))?;
        verification.with_claims(claims);
    }
    Ok((verification, refuses))
}

fn compared(
    args: &VerifyArgs,
    signature: &Path,
    authentic: &Authentic,
) -> Result<casemate_sign::Comparison, Failure> {
    let only =
        args.only.iter().map(|path| signing::in_model(&args.path, path)).collect::<Result<Vec<_>, _>>()?;
    let scope = match (only.is_empty(), args.ignore_unsigned_files) {
        (false, _) => Scope::Only(only),
        (true, true) => Scope::Signed,
        (true, false) => Scope::Whole,
    };
    let mut beside = vec![signature];
    beside.extend(args.claims.as_deref());
    let ignore = signing::ignored(&args.path, &args.ignore, &beside)?;
    let cache = match &args.cache {
        Some(path) => Some(signing::cache(path, clock::now(None), false)?),
        None => None,
    };
    let known: &dyn Known = match &cache {
        Some(cache) => cache,
        None => &(),
    };
    let bar = progress::bytes(0, args.quiet);
    let comparison = compare(
        authentic.manifest(),
        &args.path,
        Comparing {
            scope: &scope,
            ignore: &ignore,
            known,
            total: &|bytes| bar.set_length(bytes),
            progress: &|bytes| bar.inc(bytes),
        },
    );
    bar.finish_and_clear();
    Ok(comparison?)
}

fn trust(args: &VerifyArgs) -> Result<Trust, Failure> {
    #[cfg(feature = "pkcs11")]
    if let Some(uri) = &args.pkcs11_uri {
        return Ok(Trust::Key(signing::token_key(uri, args.pkcs11_module.as_deref())?));
    }
    #[cfg(feature = "sigstore")]
    if let (Some(identity), Some(issuer)) = (&args.identity, &args.issuer) {
        let root = trusted_root(args.trusted_root.as_deref())?;
        return Ok(Trust::Keyless { root, identity: identity.clone(), issuer: issuer.clone() });
    }
    if let Some(path) = &args.public_key {
        return Ok(Trust::Key(signing::public_key(path)?));
    }
    if args.root.is_empty() && args.chain.is_empty() && args.certificate.is_none() {
        return Err(Failure::Usage(
            "say whom to trust: --public-key KEY.pub, or --root ROOT.pem for certificates".to_owned(),
        ));
    }
    let at = clock::now(args.now);
    let authorities = signing::authorities(&args.root, &args.chain, args.certificate.as_deref(), at)?;
    Ok(Trust::Certificates(authorities))
}

#[cfg(feature = "sigstore")]
pub(crate) fn trusted_root(path: Option<&Path>) -> Result<casemate_sign::sigstore::TrustedRoot, Failure> {
    use casemate_sign::sigstore::TrustedRoot;
    Ok(match path {
        Some(path) => TrustedRoot::from_json(&signing::small(path, "trusted root")?)
            .with_context(|| format!("cannot use {}", path.display()))?,
        None => TrustedRoot::public()?,
    })
}

fn policy(path: &Path) -> Result<Policy, Failure> {
    let text = String::from_utf8(signing::small(path, "signature policy")?)
        .with_context(|| format!("{} is not text", path.display()))?;
    Ok(serde_saphyr::from_str(&text).with_context(|| format!("{} is no signature policy", path.display()))?)
}
