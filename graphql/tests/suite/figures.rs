//! Figures, exactly, of cases whose times are known.

use serde_json::{Value, json};

use crate::harness::{Api, BEGIN, COMPLETE, on_both};

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
                          \"2026-03-01T00:00:00Z\") { node week completed p50Ms p90Ms maxMs } }";
        let row = |node: &str, week: &str, completed: i64, times: [i64; 3]| {
            json!({ "node": node, "week": week, "completed": completed, "p50Ms": times[0],
                "p90Ms": times[1], "maxMs": times[2] })
        };
        let first = "2026-01-04T16:00:00+00:00";
        let expected = [
            row("apply", first, 4, [0, 0, 0]),
            row("review", first, 3, [3 * HOUR_MS, 10 * HOUR_MS, 10 * HOUR_MS]),
            row("review", "2026-01-11T16:00:00+00:00", 1, [8 * DAY_MS; 3]),
        ];
        let found = api.ask("board", throughput, json!({})).await;
        assert_eq!(found["throughput"], json!(expected));

        let (late, _claimed) = (api.applied("E").await, api.applied("F").await);
        api.store.clock().set(BEGIN.plus_ms(30 * DAY_MS));
        let fresh = api.applied("G").await;
        assert_ne!(late, fresh);
        let open = "{ openWork(process: \"permit\") { process node role open overdue } }";
        let before = api.store.statements();
        api.ask("board", open, json!({})).await;
        let statements = api.store.statements() - before;
        assert_eq!(statements, 3, "two say who asks, one is the figures");
        let found = api.ask("board", open, json!({})).await;
        let expected = json!({ "process": "permit", "node": "review", "role": "reviewer",
            "open": 3, "overdue": 2 });
        assert_eq!(found["openWork"], json!([expected]));

        let overdue = "{ instances(filter: { overdue: true }) { edges { node { title } } } }";
        let overdue = api.ask("eye", overdue, json!({})).await;
        let titles: Vec<&Value> = overdue["instances"]["edges"]
            .as_array()
            .expect("cases")
            .iter()
            .map(|edge| &edge["node"]["title"])
            .collect();
        assert_eq!(titles, ["F", "E"]);
    });
}
