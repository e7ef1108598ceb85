//! What an attacker reaches in the support bot: paths that share their beginning, one that joins two, an assumed start,
//! and goals that controls hold off.

use casemate_core::{Attack, Exposure, Likelihood, Search, Step, Worlds};

use super::steps::{answered, held, moves, next, reached, start, threat};

fn then(steps: &[Step], more: Vec<Step>) -> Vec<Step> {
    steps.iter().cloned().chain(more).collect()
}

/// A visitor's question, as far as the agent.
fn asked() -> Vec<Step> {
    vec![
        start("`visitor` sends to `chat-app`", "chat-app/flow-2", &["query@chat-app"]),
        moves(
            "`chat-app` passes requests on to `gateway`",
            "gateway/flow-3",
            &["query@chat-app"],
            &["query@gateway"],
        ),
        moves(
            "`gateway` passes requests on to `support-agent`",
            "support-agent/flow-4",
            &["query@gateway"],
            &["query@support-agent"],
        ),
        moves(
            "whoever may ask `support-agent` puts content before it",
            "support-agent",
            &["query@support-agent"],
            &["feed@support-agent"],
        ),
    ]
}

fn injected() -> Vec<Step> {
    let inject = threat(
        "text that the agent reads is taken as an instruction",
        "indirect-prompt-injection@support-agent",
        &["AML.T0051", "AML.T0051.001"],
        &["feed@support-agent"],
        &["inject@support-agent"],
    );
    then(&asked(), vec![answered(inject, &["system-prompt-hardening"], &["audit-logging"], &[])])
}

fn vendor() -> Vec<Step> {
    vec![
        start(
            "`model-vendor` supplies `model-registry` and is hostile or taken over",
            "model-registry/flow-13",
            &["supply@model-registry"],
        ),
        moves(
            "`model-registry` delivers to `llama-on-vllm`",
            "llama-on-vllm/flow-14",
            &["supply@model-registry"],
            &["supply@llama-on-vllm"],
        ),
        threat(
            "a tampered model is served, because nothing tells it from the real one",
            "unsigned-model@llama-on-vllm",
            &["AML.T0010.003"],
            &["supply@llama-on-vllm"],
            &["poison@llama-on-vllm"],
        ),
    ]
}

/// The attack on the support bot.
#[expect(clippy::too_many_lines, reason = "a list of paths")]
pub(crate) fn bot() -> Attack {
    use Exposure::{Anyone, Inside};
    use Likelihood::{Likely, Possible, Unlikely};
    let tool = threat(
        "the agent pays out what it was told to",
        "tool-abuse@refund",
        &["AML.T0053"],
        &["control@refund"],
        &["abuse-tool@refund"],
    );
    let refund = vec![
        moves(
            "`support-agent` calls `refund` with what it was told",
            "refund/flow-7",
            &["inject@support-agent"],
            &["control@refund"],
        ),
        answered(tool, &[], &["anomaly-detection"], &["incident-response-plan"]),
    ];
    let override_it = vec![
        moves(
            "`support-agent` passes content on to `llama-on-vllm`",
            "llama-on-vllm/flow-5",
            &["feed@support-agent"],
            &["feed@llama-on-vllm"],
        ),
        threat(
            "a question overrides the instructions of the model",
            "prompt-injection@llama-on-vllm",
            &["AML.T0051.000"],
            &["feed@llama-on-vllm"],
            &["inject@llama-on-vllm", "corrupt-decision@llama-on-vllm"],
        ),
    ];
    let tickets = vec![
        threat(
            "personal data that the agent puts into prompts comes back in answers",
            "data-in-prompts@support-agent",
            &["AML.T0057"],
            &["inject@support-agent"],
            &["leak-data@support-agent"],
        ),
        moves(
            "what `support-agent` has to do with includes `tickets`",
            "tickets",
            &["leak-data@support-agent"],
            &["leak-data@tickets"],
        ),
    ];
    let poison = vec![
        start("an attacker writes what `flow-11` carries", "ticket-search/flow-11", &["feed@ticket-search"]),
        threat(
            "a ticket that anyone can open is retrieved as fact",
            "rag-poisoning@ticket-search",
            &["AML.T0070"],
            &["feed@ticket-search"],
            &["write@ticket-search", "corrupt-decision@ticket-search"],
        ),
    ];
    let shadow = vec![
        start(
            "whoever runs `order-lookup` is hostile or taken over",
            "order-lookup",
            &["supply@order-lookup"],
        ),
        threat(
            "a changed description of the tool changes what the agent does with it",
            "mcp-tool-shadowing@order-lookup",
            &[],
            &["supply@order-lookup", "inject@support-agent"],
            &["abuse-tool@order-lookup"],
        ),
    ];
    let steered = vec![moves(
        "the answers of `llama-on-vllm` steer `support-agent`",
        "support-agent/flow-6",
        &["poison@llama-on-vllm"],
        &["harm-group@support-agent"],
    )];
    let wallet = vec![
        moves(
            "`support-agent` passes requests on to `llama-on-vllm`",
            "llama-on-vllm/flow-5",
            &["query@support-agent"],
            &["query@llama-on-vllm"],
        ),
        threat(
            "one caller asks for more than the owner can pay",
            "unbounded-use@llama-on-vllm",
            &["AML.T0034"],
            &["query@llama-on-vllm"],
            &["drain-cost@llama-on-vllm"],
        ),
    ];
    let way = |likelihood, exposure, length| (likelihood, exposure, length);
    Attack {
        possible: 14,
        reachable: Worlds { bare: 11, claimed: 7, verified: 9 },
        goals: vec![
            reached(
                "abuse-tool@order-lookup",
                way(Unlikely, Inside, 3),
                then(&injected(), shadow),
                Search::Greedy,
                &[&[
                    "tool-pinning@order-lookup",
                    "human-approval@support-agent",
                    "content-isolation@support-agent",
                    "mtls@order-lookup",
                ]],
            ),
            reached(
                "abuse-tool@refund",
                way(Likely, Anyone, 2),
                then(&injected(), refund),
                Search::Exact,
                &[&["human-approval@refund"], &["content-isolation@support-agent"]],
            ),
            reached(
                "corrupt-decision@llama-on-vllm",
                way(Likely, Anyone, 1),
                then(&asked(), override_it),
                Search::Exact,
                &[],
            ),
            reached(
                "corrupt-decision@ticket-search",
                way(Possible, Anyone, 1),
                poison,
                Search::Exact,
                &[&["data-validation@ticket-search", "content-isolation@ticket-search"]],
            ),
            held("deny-service@gateway", false, &["rate-limiting@gateway", "~tls@flow-3"], &[]),
            reached(
                "drain-cost@llama-on-vllm",
                way(Possible, Anyone, 1),
                then(&asked(), wallet),
                Search::Exact,
                &[&["rate-limiting@llama-on-vllm"]],
            ),
            reached(
                "harm-group@support-agent",
                way(Unlikely, Inside, 2),
                then(&vendor(), steered),
                Search::Exact,
                &[&["model-signing@llama-on-vllm"]],
            ),
            held(
                "leak-data@conversation-memory",
                true,
                &["api-authentication@gateway"],
                &["api-authentication@gateway"],
            ),
            reached(
                "leak-data@tickets",
                way(Possible, Anyone, 2),
                then(&injected(), tickets),
                Search::Exact,
                &[&["content-isolation@support-agent"]],
            ),
            held(
                "leak-data@tickets-database",
                false,
                &["~network-isolation@tickets-database"],
                &["~network-isolation@tickets-database"],
            ),
            held("steal-model@llama-on-vllm", true, &["rate-limiting@gateway"], &["rate-limiting@gateway"]),
        ],
        next: vec![
            next(
                "content-isolation@support-agent",
                "Keep content apart from instructions",
                "medium",
                &["abuse-tool@order-lookup", "abuse-tool@refund", "leak-data@tickets"],
                3,
            ),
            next(
                "rate-limiting@llama-on-vllm",
                "Limits on requests and tokens",
                "low",
                &["drain-cost@llama-on-vllm"],
                1,
            ),
            next("model-signing@llama-on-vllm", "Signed models", "medium", &["harm-group@support-agent"], 1),
            next("human-approval@refund", "Approval by a person", "low", &["abuse-tool@refund"], 1),
        ],
        ..Attack::default()
    }
}

/// A partner's data on its long way into decisions.
pub(crate) fn pipeline() -> Attack {
    let service = "scoring-service-with-a-very-long-name";
    let mut steps = vec![
        start(
            "`credit-bureau` supplies `bureau-feed` and is hostile or taken over",
            "bureau-feed/flow-1",
            &["feed@bureau-feed"],
        ),
        moves(
            "`bureau-feed` passes content on to `ingest`",
            "ingest/flow-2",
            &["feed@bureau-feed"],
            &["feed@ingest"],
        ),
        threat(
            "records that teach the wrong thing are taken in",
            "data-poisoning@ingest",
            &["AML.T0020"],
            &["feed@ingest"],
            &["poison@ingest"],
        ),
    ];
    let way = [
        ("ingest", "cleaning", 3),
        ("cleaning", "lake", 4),
        ("lake", "feature-store", 5),
        ("feature-store", "training-job", 6),
        ("training-job", "evaluation", 11),
        ("evaluation", "mlflow-registry", 12),
        ("mlflow-registry", "ci", 13),
        ("ci", service, 14),
    ];
    for (from, to, flow) in way {
        let gain = if to == service { format!("corrupt-decision@{to}") } else { format!("poison@{to}") };
        let how = format!("`{from}` delivers to `{to}`");
        steps.push(moves(how, &format!("{to}/flow-{flow}"), &[&format!("poison@{from}")], &[&gain]));
    }
    let goal = format!("corrupt-decision@{service}");
    let way = (Likelihood::Possible, Exposure::Inside, 2);
    Attack {
        possible: 6,
        reachable: Worlds { bare: 1, claimed: 1, verified: 1 },
        goals: vec![reached(&goal, way, steps, Search::Exact, &[&["data-validation@ingest"]])],
        ..Attack::default()
    }
}

/// One goal on each part of a large system, each a little further away.
pub(crate) fn large(components: usize) -> Attack {
    let user = start("`user` sends to `part-0`", &format!("part-0/flow-{components}"), &["query@part-0"]);
    let path = |goal: usize| {
        let mut line = vec![goal];
        while let Some(&part) = line.last().filter(|part| **part > 0) {
            line.push((part - 1) / 3);
        }
        let mut steps = vec![user.clone()];
        for part in line.into_iter().rev().skip(1) {
            let from = (part - 1) / 3;
            let how = format!("`part-{from}` passes requests on to `part-{part}`");
            let (need, gain) = (format!("query@part-{from}"), format!("query@part-{part}"));
            steps.push(moves(how, &format!("part-{part}/flow-{part}"), &[&need], &[&gain]));
        }
        let (name, need) = (format!("extraction@part-{goal}"), format!("query@part-{goal}"));
        let gain = format!("steal-model@part-{goal}");
        steps.push(threat("whoever can ask can copy", &name, &["AML.T0024.002"], &[&need], &[&gain]));
        let way = (Likelihood::Likely, Exposure::Users, 1);
        reached(&gain, way, steps, Search::Exact, &[&[&format!("rate-limiting@part-{goal}")]])
    };
    let goals: Vec<_> = (0..components).map(path).collect();
    let count = goals.len();
    Attack {
        possible: 2 * count,
        reachable: Worlds { bare: count, claimed: count, verified: count },
        goals,
        ..Attack::default()
    }
}
