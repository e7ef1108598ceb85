//! Horn rules: whoever holds all that a rule needs gains what it grants. Rules only ever add, which is why no control
//! can open a path and no flow that is taken away can either.

use casemate_core::{ActorKind, Exposure, StepKind};

use super::space::{Element, Node};

/// A rule of the graph.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) needs: Vec<Node>,
    pub(crate) gains: Vec<Node>,
    pub(crate) cause: Cause,
}

/// Why a rule holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cause {
    /// Somebody begins there.
    Start { origin: Origin, by: Element, at: Element, via: Option<Element> },
    /// It follows from how the system is built.
    Move { way: Way, from: Element, to: Element, via: Option<Element> },
    /// A threat applies: the judgement of that number, on the element.
    Threat { judgement: usize, at: Element },
}

impl Cause {
    pub(crate) const fn kind(self) -> StepKind {
        match self {
            Self::Start { .. } => StepKind::Start,
            Self::Move { .. } => StepKind::Move,
            Self::Threat { .. } => StepKind::Threat,
        }
    }

    /// The element where it happens.
    pub(crate) const fn at(self) -> Element {
        match self {
            Self::Start { at, .. } | Self::Threat { at, .. } => at,
            Self::Move { to, .. } => to,
        }
    }

    /// The flow that it takes.
    pub(crate) const fn via(self) -> Option<Element> {
        match self {
            Self::Start { via, .. } | Self::Move { via, .. } => via,
            Self::Threat { .. } => None,
        }
    }

    /// The number of the judgement, if it is a threat.
    pub(crate) const fn judgement(self) -> Option<usize> {
        match self {
            Self::Threat { judgement, .. } => Some(judgement),
            Self::Start { .. } | Self::Move { .. } => None,
        }
    }

    /// How much access it takes, if somebody begins there.
    pub(crate) const fn exposure(self) -> Option<Exposure> {
        match self {
            Self::Start { origin, .. } => Some(origin.exposure()),
            Self::Move { .. } | Self::Threat { .. } => None,
        }
    }

    /// Whether it counts for the length of a path: threats do, and starts that suppose somebody trusted turns.
    pub(crate) const fn counts(self) -> bool {
        match self {
            Self::Start { origin, .. } => origin.assumed(),
            Self::Move { .. } => false,
            Self::Threat { .. } => true,
        }
    }
}

/// Who begins, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A described actor sends to a component.
    Actor(ActorKind),
    /// Whoever takes over the account of somebody who works on the system.
    StolenAccount,
    /// An endpoint is open to the internet.
    Internet,
    /// Somebody with an account on what is open to the internet.
    Account,
    /// Nothing says who can reach an endpoint.
    Unsaid,
    /// Whoever stands before a device or holds it.
    Holder,
    /// Whoever writes to a public place that data comes from.
    PublicSource,
    /// Whoever writes what an untrusted flow carries.
    Writer,
    /// Whoever is on the way of a flow that crosses the internet.
    OnTheWay,
    /// Whoever supplies data.
    DataSupplier,
    /// Whoever supplies what a component is built from.
    Upstream,
    /// Whoever runs a component that somebody else runs.
    Operator,
    /// People inside.
    Inside,
}

impl Origin {
    /// How much access it takes to be there.
    pub(crate) const fn exposure(self) -> Exposure {
        match self {
            Self::Actor(kind) => match kind {
                ActorKind::Anonymous => Exposure::Anyone,
                ActorKind::User | ActorKind::Tenant | ActorKind::Agent => Exposure::Users,
                ActorKind::DataSupplier | ActorKind::ModelSupplier => Exposure::Inside,
                ActorKind::Operator | ActorKind::Developer | ActorKind::Insider => Exposure::Insider,
            },
            Self::Internet | Self::Unsaid | Self::PublicSource | Self::Writer | Self::OnTheWay => {
                Exposure::Anyone
            }
            Self::Account | Self::Holder => Exposure::Users,
            Self::DataSupplier | Self::Upstream | Self::Operator => Exposure::Inside,
            Self::StolenAccount | Self::Inside => Exposure::Insider,
        }
    }

    /// Whether it supposes that somebody trusted turns or is taken over, which is a step of its own.
    pub(crate) const fn assumed(self) -> bool {
        match self {
            Self::StolenAccount | Self::DataSupplier | Self::Upstream | Self::Operator | Self::Inside => true,
            Self::Actor(kind) => matches!(kind, ActorKind::DataSupplier | ActorKind::ModelSupplier),
            _ => false,
        }
    }

    /// What happens, where `by` begins at `at`.
    pub(crate) fn sentence(self, by: &str, at: &str, via: Option<&str>) -> String {
        match self {
            Self::Actor(ActorKind::DataSupplier | ActorKind::ModelSupplier) => {
                format!("`{by}` supplies `{at}` and is hostile or taken over")
            }
            Self::Actor(ActorKind::Insider) => format!("`{by}` has an account on `{at}`"),
            Self::Actor(_) => format!("`{by}` sends to `{at}`"),
            Self::StolenAccount => format!("somebody takes over the account of `{by}` on `{at}`"),
            Self::Internet => format!("anyone on the internet can connect to `{at}`"),
            Self::Account => {
                format!("somebody with an account can ask `{at}`, which is open to the internet")
            }
            Self::Unsaid => format!("nothing says who can connect to `{at}`, so anyone can"),
            Self::Holder => format!("somebody stands before `{at}` or holds it"),
            Self::PublicSource => format!("anyone can write to where `{at}` comes from"),
            Self::Writer => format!("an attacker writes what `{}` carries", via.unwrap_or(at)),
            Self::OnTheWay => format!("anyone on the way can get at `{at}`, which crosses the internet"),
            Self::DataSupplier => format!("whoever supplies `{at}` is hostile or taken over"),
            Self::Upstream => format!("a supplier of what `{at}` is built from is hostile or taken over"),
            Self::Operator => format!("whoever runs `{at}` is hostile or taken over"),
            Self::Inside => format!("somebody inside turns on `{at}`"),
        }
    }
}

/// How a foothold leads to the next without a threat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Whoever asks puts content before it.
    Asking,
    /// What instructs it is content before it.
    Instructs,
    /// An identity that is accepted lets one in.
    AcceptedIdentity,
    /// Requests are passed on.
    PassesOn,
    /// Content is passed on.
    Content,
    /// What a component holds comes back with its answers.
    Answers,
    /// What is stored is handed out.
    Stored,
    /// What is in the data is in what holds it.
    Held,
    /// The answers of a model steer the agent that asked.
    Steers,
    /// A server of tools tells the agent what they do.
    Describes,
    /// An agent calls its tools with what it was told.
    CallsTools,
    /// Whoever controls it sends what it sends.
    SendsAs,
    /// Code that runs in it can do what it can do.
    RunsIn,
    /// Code that runs in it uses its accounts.
    UsesAccounts,
    /// What lies in the same boundary can be connected to.
    Neighbour,
    /// Connections lead out of a boundary.
    LeadsOut,
    /// Whoever is in the boundary can get at the flow.
    OnTheWire,
    /// Changed data is learned from.
    Learns,
    /// The model comes from there.
    TrainedBy,
    /// What is made from it is changed with it.
    Delivers,
    /// What is true of it is true of what depends on it.
    Depends,
    /// Its data is what is lost.
    Holds,
    /// An agent calls its tools.
    Calls,
}

impl Way {
    /// What happens, from one element to another.
    pub(crate) fn sentence(self, from: &str, to: &str) -> String {
        match self {
            Self::Asking => format!("whoever asks `{from}` puts content before it"),
            Self::Instructs => format!("what instructs `{from}` goes on as content"),
            Self::AcceptedIdentity => format!("`{from}` takes the attacker for somebody it knows"),
            Self::PassesOn => format!("`{from}` passes requests on to `{to}`"),
            Self::Content => format!("`{from}` passes content on to `{to}`"),
            Self::Answers => format!("`{from}` answers `{to}` with what others put there"),
            Self::Stored => format!("`{from}` keeps it in `{to}`"),
            Self::Held => format!("`{to}` hands out what is in `{from}`"),
            Self::Steers => format!("the answers of `{from}` steer `{to}`"),
            Self::Describes => format!("`{from}` tells `{to}` what its tools do"),
            Self::CallsTools => format!("`{from}` calls `{to}` with what it was told"),
            Self::SendsAs => format!("`{from}` sends what the attacker wants to `{to}`"),
            Self::RunsIn => format!("code in `{from}` can do what `{from}` can do"),
            Self::UsesAccounts => format!("code in `{from}` uses its account on `{to}`"),
            Self::Neighbour => format!("from inside `{from}` one can connect to `{to}`"),
            Self::LeadsOut => format!("from `{from}` connections lead out to `{to}`"),
            Self::OnTheWire => format!("from inside `{from}` one can get at `{to}`"),
            Self::Learns => format!("`{to}` learns from `{from}`"),
            Self::TrainedBy => format!("the model of `{to}` comes from `{from}`"),
            Self::Delivers => format!("`{from}` delivers to `{to}`"),
            Self::Depends => format!("`{to}` depends on `{from}`"),
            Self::Calls => format!("`{from}` calls `{to}`"),
            Self::Holds => format!("what `{from}` has to do with includes `{to}`"),
        }
    }
}
