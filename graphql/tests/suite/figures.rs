//! Figures, exactly, of cases whose times are known.

use async_graphql::{Executor as _, Request};
use engine::text::Language;
use serde_json::{Value, json};

use crate::harness::{Api, BEGIN, COMPLETE, on_both, pack};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Decides the review of a case.
async fn review(api: &Api, case: &str) {
    let task = api.open_task("li", case).await;
    let documents = json!([{ "document": "review", "content": { "text": "fine" } }]);
    let input = json!({ "task": task, "outcome": "accept", "documents": documents });
    api.ask("li", COMPLETE, json!({ "input": input })).await;
}

#[test]
fn figures_say_what_was_done_when_and_what_is_late() {
    on_both(|api| async move {
        let mut cases = Vec::new();
        for name in ["A", "B", "C", "D"] {
            cases.push(api.applied(name).await);
        }
        // Three in the first week, after 1, 3 and 10 hours; one in the second, after 8 days.
        for (case, after) in cases.iter().zip([HOUR_MS, 3 * HOUR_MS, 10 * HOUR_MS, 8 * DAY_MS]) {
            api.store.clock().set(BEGIN.plus_ms(after));
            review(&api, case).await;
        }
        let throughput = "{ throughput(process: \"permit\", from: \"2026-01-01T00:00:00Z\", until: \
                          \"2026-03-01T00:00:00Z\") { process processLabel node nodeLabel role roleLabel week \
                          completed p50Ms p90Ms maxMs } }";
        let row = |node: &str, week: &str, completed: i64, times: [i64; 3]| {
            let (label, role) = match node {
                "review" => ("Review", Some("reviewer")),
                _ => ("申请", None),
            };
            let role_label = role.map(|_| "Reviewer");
            json!({ "process": "permit", "processLabel": "Permit", "node": node, "nodeLabel": label,
                "role": role, "roleLabel": role_label, "week": week, "completed": completed,
                "p50Ms": times[0], "p90Ms": times[1], "maxMs": times[2] })
        };
        let first = "2026-01-04T16:00:00+00:00";
        let expected = [
            row("apply", first, 4, [0, 0, 0]),
            row("review", first, 3, [3 * HOUR_MS, 10 * HOUR_MS, 10 * HOUR_MS]),
            row("review", "2026-01-11T16:00:00+00:00", 1, [8 * DAY_MS; 3]),
        ];
        // There are no others, so that those of all processes are the same.
        for of in ["process: \"permit\", ", ""] {
            let throughput = throughput.replace("process: \"permit\", ", of);
            let found = api.ask("board", &throughput, json!({})).await;
            assert_eq!(found["throughput"], json!(expected), "{throughput}");
        }

        let (late, _claimed) = (api.applied("E").await, api.applied("F").await);
        api.store.clock().set(BEGIN.plus_ms(30 * DAY_MS));
        let fresh = api.applied("G").await;
        assert_ne!(late, fresh);
        let open = "{ openWork(process: \"permit\") { process processLabel node nodeLabel role \
                    roleLabel open overdue } }";
        let before = api.store.statements();
        api.ask("board", open, json!({})).await;
        let statements = api.store.statements() - before;
        assert_eq!(statements, 3, "two say who asks, one is the figures");
        let found = api.ask("board", open, json!({})).await;
        let expected = json!({ "process": "permit", "processLabel": "Permit", "node": "review",
            "nodeLabel": "Review", "role": "reviewer", "roleLabel": "Reviewer", "open": 3,
            "overdue": 2 });
        assert_eq!(found["openWork"], json!([expected]));

        assert_eq!(overdue(&api).await, ["F", "E"]);

        let suspend = "mutation($id: ID!) { suspendInstance(input: { instance: $id, reason: \"a lawsuit\" }) \
             { instance { id } } }";
        api.ask("boss", suspend, json!({ "id": late })).await;
        assert_eq!(overdue(&api).await, ["F"], "while it stands still, nothing is late");
        let found = api.ask("board", open, json!({})).await;
        assert_eq!(found["openWork"][0]["overdue"], 1);
        let clock = "query($id: ID!) { instance(id: $id) { tasks { nodes { nodeName clock { overdue paused { \
             ground } } } } } }";
        let seen = api.ask("boss", clock, json!({ "id": late })).await;
        let tasks = seen["instance"]["tasks"]["nodes"].as_array().expect("tasks").clone();
        let review = tasks.iter().find(|task| task["nodeName"] == "review").expect("it is there");
        let stands = json!({ "overdue": false, "paused": { "ground": "the case is suspended" } });
        assert_eq!(review["clock"], stands);
        let resume = "mutation($id: ID!) { resumeInstance(input: { instance: $id }) { revision } }";
        api.ask("boss", resume, json!({ "id": late })).await;
        assert_eq!(overdue(&api).await, ["F", "E"]);
    });
}

/// The titles of cases in which something is late.
async fn overdue(api: &Api) -> Vec<Value> {
    let overdue = "{ instances(filter: { overdue: true }) { edges { node { title } } } }";
    let overdue = api.ask("eye", overdue, json!({})).await;
    let edges = overdue["instances"]["edges"].as_array().expect("cases").clone();
    edges.iter().map(|edge| edge["node"]["title"].clone()).collect()
}

/// The counts of cases by state.
async fn counts(api: &Api, of: &str) -> Value {
    let query = format!("{{ instanceCounts{of} {{ status count }} }}");
    api.ask("board", &query, json!({})).await["instanceCounts"].take()
}

#[test]
fn figures_are_of_one_process_or_of_all_in_the_language_that_is_asked_for() {
    on_both(|api| async move {
        api.applied("A").await;
        let leave = "mutation { startInstance(input: { process: \"leave\" }) { revision } }";
        api.ask("wu", leave, json!({})).await;
        let active = |count: i64| json!([{ "status": "ACTIVE", "count": count }]);
        assert_eq!(counts(&api, "(process: \"permit\")").await, active(1));
        assert_eq!(counts(&api, "").await, active(2));

        let open = "{ openWork { processLabel nodeLabel roleLabel } }";
        let asked = Request::new(open).data(api.viewing_in(Some("board"), Language::Zh).await);
        let answer = serde_json::to_value(api.schema.execute(asked).await).expect("plain data");
        let expected = json!([
            { "processLabel": "Leave", "nodeLabel": "申请", "roleLabel": null },
            { "processLabel": "许可", "nodeLabel": "审查", "roleLabel": "Reviewer" },
        ]);
        assert_eq!(answer["data"]["openWork"], expected, "{answer}");
    });
}

#[test]
fn figures_of_a_process_that_there_is_not_are_refused() {
    on_both(|api| async move {
        let nix = |field: &str| format!("{{ {field} {{ __typename }} }}");
        let of = |times: &str| nix(&format!("throughput(process: \"nix\", {times})"));
        let (early, late) = ("\"2026-01-01T00:00:00Z\"", "\"2026-03-01T00:00:00Z\"");
        let never = nix(&format!("throughput(from: {late}, until: {early})"));
        let once = nix(&format!("throughput(from: {late}, until: {late})"));
        for (query, code, field) in [
            (nix("openWork(process: \"nix\")"), "NOT_FOUND", "process"),
            (nix("instanceCounts(process: \"nix\")"), "NOT_FOUND", "process"),
            (of(&format!("from: {early}, until: {late}")), "NOT_FOUND", "process"),
            (never, "BAD_ARGUMENT", "from"),
        ] {
            let answer = api.raw(Some("board"), &query, json!({})).await;
            let said = &answer["errors"][0]["extensions"];
            let expected = (&json!(code), &json!(field));
            assert_eq!((&said["code"], &said["field"]), expected, "{query}: {answer}");
        }
        assert_eq!(api.code(Some("board"), &once, json!({})).await, "OK");
    });
}

#[test]
fn a_node_that_the_newest_version_lacks_is_called_as_it_was() {
    on_both(|api| async move {
        api.applied("A").await;
        let renamed = pack().into_iter().map(|(path, text)| {
            let text = match path.as_str() {
                "processes/permit.yaml" => {
                    text.replace("  review:\n    type:", "  assess:\n    type:")
                }
                _ => text,
            };
            (path, text.into_bytes())
        });
        api.store.deploy(renamed.collect(), "deployer").await.expect("it is right");
        let open = "{ openWork(process: \"permit\") { node nodeLabel processLabel roleLabel } }";
        for (language, process, label) in
            [(Language::Zh, "许可", "审查"), (Language::En, "Permit", "Review")]
        {
            let asked = Request::new(open).data(api.viewing_in(Some("board"), language).await);
            let answer = serde_json::to_value(api.schema.execute(asked).await).expect("plain data");
            let expected = json!([{ "node": "review", "nodeLabel": label, "processLabel": process,
                "roleLabel": "Reviewer" }]);
            assert_eq!(answer["data"]["openWork"], expected, "{answer}");
        }
        let done = "{ throughput(from: \"2026-01-01T00:00:00Z\", until: \"2026-03-01T00:00:00Z\") { \
                    node nodeLabel } }";
        let done = api.ask("board", done, json!({})).await;
        assert_eq!(done["throughput"], json!([{ "node": "apply", "nodeLabel": "申请" }]));
    });
}
