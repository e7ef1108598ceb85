//! `casemate history` and `casemate rollback-check`: the signed versions of a model in the ledger, and where a deployed one
//! stands among them.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use casemate_core::{Timestamp, printable};
use casemate_ledger::{Approval, Entry, Hash, Kind, ModelSigned, ModelStatus, Record};
use casemate_report::VerificationFormat;
use casemate_sign::{
    Algorithm, Bundle, Hashing, History, Ignore, Manifest, Method, ModelPath, Standing, Tree, Version,
    manifest, model_name, version_evidence,
};

use crate::args::{HistoryArgs, RollbackCheckArgs};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::ledger::Place;
use crate::output::Terminal;
use crate::{record, signing};

pub(crate) fn run(args: &HistoryArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let place = Place::at(&args.ledger);
    let model = model_name(&args.model);
    let history = history(&place, &model)?;
    let decided = [(&args.approve, Approval::Approved), (&args.withdraw, Approval::Withdrawn)];
    for (version, status) in decided.into_iter().filter_map(|(version, to)| Some((version.as_ref()?, to))) {
        let Some(version) = history.named(version) else {
            return Err(not_there(&history, version));
        };
        let status = ModelStatus { model: model.clone(), status, reason: args.reason.clone() };
        let entry = Entry::new(clock::now(args.now), version.root, Record::ModelStatus(status));
        place.writer()?.append(&[entry.to_bytes()?])?;
    }
    let history = self::history(&place, &model)?;
    let text = match args.format {
        VerificationFormat::Json => serde_json::to_string_pretty(&history)? + "\n",
        VerificationFormat::Plain => plain(&history),
    };
    terminal.data(&text, None)?;
    Ok(Exit::Success)
}

pub(crate) fn rollback_check(args: &RollbackCheckArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let place = Place::at(&args.ledger);
    let (root, model) = deployed(args)?;
    let history = history(&place, &model)?;
    let standing = history.standing(root);
    terminal.data(&said(&model, root, &standing), None)?;
    if let Some(element) = &args.evidence_for {
        let document = version_evidence(&history, root, element, clock::now(args.now));
        record::evidence(document.as_slice(), &args.evidence_dir, terminal)?;
    }
    Ok(match standing {
        Standing::Latest(_) => Exit::Success,
        Standing::Older { .. } if args.allow_older => Exit::Success,
        _ => Exit::Findings,
    })
}

/// Records a version that was just signed.
pub(super) fn record_version(
    manifest: &Manifest,
    bundle: &Bundle,
    version: &str,
    ledger: &Path,
    now: Timestamp,
    status: Approval,
) -> Result<u64, Failure> {
    let (mut writer, _) = Place::at(ledger).writer_or_begin()?;
    let signed = ModelSigned {
        model: manifest.name().to_owned(),
        version: Some(version.to_owned()),
        signature: Hash::of(bundle.text()),
        status,
    };
    let entry = Entry::new(now, manifest.root().into(), Record::ModelSigned(signed));
    Ok(writer.append(&[entry.to_bytes()?])?.first)
}

fn history(place: &Place, model: &str) -> Result<History, Failure> {
    if !place.is_there() {
        return Err(Failure::NoInput {
            message: format!("there is no ledger in {}", place.folder.display()),
            hint: "`casemate sign --record VERSION` begins one; name another with --ledger".to_owned(),
        });
    }
    let ledger = place.read()?;
    let of_models = |entry: &Entry| matches!(entry.kind(), Kind::ModelSigned | Kind::ModelStatus);
    let entries = ledger
        .records()
        .filter(|entry| entry.as_ref().map_or(true, |(_, entry)| of_models(entry)))
        .collect::<Result<Vec<_>, _>>()
        .context("the ledger was altered; `casemate ledger verify` says where")?;
    Ok(History::of(model, entries))
}

fn deployed(args: &RollbackCheckArgs) -> Result<(Hash, String), Failure> {
    if args.deployed.exists() {
        let model = args.model.clone().unwrap_or_else(|| model_name(&args.deployed));
        return Ok((root(&args.deployed, args.signature.as_deref())?, model));
    }
    let text = args.deployed.to_string_lossy();
    let root = text.parse::<Hash>().map_err(|_| Failure::NoInput {
        message: format!("there is no model at {}, and it is no digest either", args.deployed.display()),
        hint: "give the path of what is deployed, or its root digest as `sha256:HEX`".to_owned(),
    })?;
    let model = args.model.clone();
    Ok((
        root,
        model
            .ok_or_else(|| Failure::Usage("a digest needs the name of the model: --model NAME".to_owned()))?,
    ))
}

/// The root digest that the files have now. The signature only says how they are hashed: it need not be believed, since
/// what comes out is looked up in the ledger.
fn root(model: &Path, signature: Option<&Path>) -> Result<Hash, Failure> {
    let path = signing::signature(signature, model);
    let how = match path.exists() {
        true => Some(
            Bundle::read(&path)
                .map_err(anyhow::Error::from)
                .and_then(|bundle| bundle.claimed().map_err(anyhow::Error::from))
                .with_context(|| format!("cannot tell from {} how the model is hashed", path.display()))?,
        ),
        false => None,
    };
    let (method, algorithm, links, ignored) = match &how {
        Some(how) => (how.method, how.algorithm, how.allow_symlinks, &*how.ignore_paths),
        None => (Method::Files, Algorithm::Sha256, false, &[][..]),
    };
    let ignored = ignored.iter().filter_map(|path| ModelPath::parse(path).ok());
    let mut ignore = Ignore::new(ignored)?;
    for path in signing::ignored(model, &[], &[&path])?.iter() {
        ignore.add(path.clone());
    }
    let tree = Tree::list(model, &ignore, links)?;
    let hashing = Hashing { method, algorithm, known: &(), progress: &|_| {} };
    Ok(manifest(&tree, &ignore, hashing)?.root().into())
}

fn not_there(history: &History, version: &str) -> Failure {
    let known: Vec<&str> = history.versions.iter().filter_map(|known| known.version.as_deref()).collect();
    let nearest = casemate_core::nearest(version, known.iter().copied());
    let hint = nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    anyhow!(
        "there is no version `{}` of {} in the ledger{hint}",
        printable(version),
        printable(&history.model)
    )
    .into()
}

fn plain(history: &History) -> String {
    let model = printable(&history.model);
    if history.versions.is_empty() {
        return format!("no version of {model} is in the ledger\n");
    }
    let latest = history.latest().map(|version| version.index);
    let width =
        history.versions.iter().map(|version| called(version).chars().count()).max().unwrap_or_default();
    let mut text = format!("{model}\n");
    for version in history.versions.iter().rev() {
        let mark = if Some(version.index) == latest { "latest" } else { version.status.as_str() };
        let _ = write!(
            text,
            "  {:width$}  {mark:9}  {}  sha256:{}",
            called(version),
            version.when,
            version.root.to_hex()
        );
        if let Some(reason) = &version.reason {
            let _ = write!(text, "  {}", printable(reason));
        }
        text.push('\n');
    }
    text
}

fn said(model: &str, root: Hash, standing: &Standing<'_>) -> String {
    let line = match standing {
        Standing::Latest(version) => format!("latest: {} is the newest approved version", called(version)),
        Standing::Older { deployed, latest } => {
            format!("older: {} is approved, and {} is newer", called(deployed), called(latest))
        }
        Standing::Pending(version) => format!("pending: nobody approved {} yet", called(version)),
        Standing::Withdrawn(version) => {
            let reason = version
                .reason
                .as_deref()
                .map(|reason| format!(": {}", printable(reason)))
                .unwrap_or_default();
            format!("withdrawn: {} must not be deployed any more{reason}", called(version))
        }
        Standing::Unknown => "unknown: the ledger knows no version with this digest".to_owned(),
    };
    format!("{}: {line}\n  sha256:{}\n", printable(model), root.to_hex())
}

/// What a version is called.
fn called(version: &Version) -> String {
    match &version.version {
        Some(name) => printable(name).to_string(),
        None => format!("entry {}", version.index),
    }
}
