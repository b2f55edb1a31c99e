//! Cases that a fault of Mandate's own stopped: they are found, lifted, and who did it is kept.

use serde_json::json;

use crate::harness::{BEGIN, CLAIM, on_both};

#[test]
fn a_case_that_was_set_aside_is_lifted_and_who_did_it_is_kept() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = json!({ "task": api.open_task("li", &case).await });
        let aside = "INSERT INTO set_aside (instance_id, at, message) SELECT id, 1, 'a broken wheel' \
                     FROM instance";
        let api = api.after_sql(aside).await;
        assert_eq!(api.code(Some("li"), CLAIM, task.clone()).await, "SET_ASIDE");
        let found = api.ask("boss", "{ instancesAside { instance message } }", json!({})).await;
        let expected = json!([{ "instance": case, "message": "a broken wheel" }]);
        assert_eq!(found["instancesAside"], expected);

        api.store.clock().set(BEGIN.plus_ms(60_000));
        let lift = "mutation($case: ID!) { liftInstance(input: { instance: $case }) { instance lifted \
                    { person { handle } liftedAt } } }";
        let by_boss =
            json!({ "person": { "handle": "boss" }, "liftedAt": "2026-01-05T01:01:00+00:00" });
        let lifted = api.ask("boss", lift, json!({ "case": case })).await;
        assert_eq!(lifted["liftInstance"], json!({ "instance": case, "lifted": by_boss }));
        assert_eq!(api.code(Some("boss"), lift, json!({ "case": case })).await, "NOT_FOUND");
        assert_eq!(api.code(Some("li"), CLAIM, task).await, "OK");

        let kept = "{ instancesLifted { instance message person { handle } } }";
        let kept = api.ask("eye", kept, json!({})).await;
        let expected = json!([{ "instance": case, "message": "a broken wheel", "person": {
            "handle": "boss" } }]);
        assert_eq!(kept["instancesLifted"], expected);
    });
}
