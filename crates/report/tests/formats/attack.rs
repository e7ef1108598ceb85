//! What an attacker reaches in the case of `build.rs`: every kind of goal, path, cut and depth.

use casemate_core::{Attack, Exposure, Likelihood, Search, Step, Worlds};

use crate::build::Text;
use crate::steps::{answered, held, moves, next, reached, start, threat};

/// The attack, its free texts as `text` tells them.
pub(crate) fn attack(text: Text<'_>) -> Attack {
    use Exposure::{Anyone, Inside, Users};
    use Likelihood::{Likely, Possible, Unlikely};
    let query = threat(
        text("whoever can connect asks the model without saying who they are"),
        "unauthenticated-inference@llm",
        &["AML.T0040"],
        &["reach@llm"],
        &["query@llm", "leak-data@llm", "drain-cost@llm"],
    );
    let query = answered(query, &["rate-limiting"], &["audit-log"], &["response-plan"]);
    let open = [start(text("anyone on the internet can connect to `llm`"), "llm", &["reach@llm"]), query];
    let inject = threat(
        text("text in a question is taken as an instruction"),
        "prompt-injection@agent",
        &["AML.T0051", "AML.T0051.000"],
        &["feed@agent"],
        &["inject@agent", "corrupt-decision@agent"],
    );
    let injected = [
        start(text("`customer` sends to `agent`"), "agent/ask", &["query@agent"]),
        moves(
            text("whoever may ask `agent` puts content before it"),
            "agent",
            &["query@agent"],
            &["feed@agent"],
        ),
        inject,
    ];
    let then = |steps: &[Step], more: Vec<Step>| -> Vec<Step> { steps.iter().cloned().chain(more).collect() };
    let tickets = moves(
        text("what `llm` has to do with includes `tickets`"),
        "tickets",
        &["leak-data@llm"],
        &["leak-data@tickets"],
    );
    let refund = moves(
        text("`agent` calls `refund` with what it was told"),
        "refund",
        &["inject@agent"],
        &["abuse-tool@refund"],
    );
    let supplier = [
        start(text("whoever supplies `tickets` is hostile or taken over"), "tickets", &["poison@tickets"]),
        moves(text("`agent` learns from `tickets`"), "agent", &["poison@tickets"], &["deny-service@agent"]),
    ];
    let greedy: &[&[&str]] = &[&["rate-limiting@llm", "quota@llm", "budget@llm", "mtls@llm"]];
    Attack {
        possible: 10,
        reachable: Worlds { bare: 9, claimed: 6, verified: 7 },
        goals: vec![
            reached(
                "abuse-tool@refund",
                (Likely, Users, 1),
                then(&injected, vec![refund]),
                Search::Exact,
                &[&["human-approval@refund"], &["input-screening@agent", "privilege-separation@agent"]],
            ),
            reached("corrupt-decision@agent", (Likely, Users, 1), injected.to_vec(), Search::Exact, &[]),
            held("corrupt-decision@llm", false, &["model-signing@llm", "~tls@call"], &[]),
            reached(
                "deny-service@agent",
                (Unlikely, Inside, 1),
                supplier.to_vec(),
                Search::Exact,
                &[&["data-validation@tickets"]],
            ),
            reached("drain-cost@llm", (Possible, Anyone, 1), open.to_vec(), Search::Greedy, greedy),
            held("harm-group@agent", false, &["~human-approval@agent"], &["~human-approval@agent"]),
            reached(
                "leak-data@llm",
                (Likely, Anyone, 1),
                open.to_vec(),
                Search::Exact,
                &[&["api-authentication@llm"]],
            ),
            reached(
                "leak-data@tickets",
                (Likely, Anyone, 1),
                then(&open, vec![tickets]),
                Search::Exact,
                &[&["api-authentication@llm"]],
            ),
            held("steal-model@llm", true, &["rate-limiting@llm"], &["rate-limiting@llm", "audit-log@llm"]),
        ],
        next: vec![
            next(
                "api-authentication@llm",
                text("Authentication of callers"),
                text("low"),
                &["leak-data@llm", "leak-data@tickets"],
                3,
            ),
            next(
                "human-approval@refund",
                text("Approval by a person"),
                text("medium"),
                &["abuse-tool@refund"],
                1,
            ),
        ],
        ..Attack::default()
    }
}
