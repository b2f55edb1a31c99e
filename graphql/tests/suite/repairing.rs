//! What admins set right: cases that a fault of Mandate's own stopped are lifted, notices that were
//! given up are sent again, and who did it is kept.

use serde_json::{Value, json};

use crate::harness::{BEGIN, CLAIM, id_of, on_both};

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

/// Notices of a case that were given up: to a person, a role and an address, two at the same time.
const GIVEN_UP: &str = "INSERT INTO outbox (id, event, instance_id, key, notice, recipient, status, \
    attempts, next_try_at, created_at, last_error) \
    SELECT '1.1.0.' || n, 'e' || n, id, 0, 'told', recipient, 'failed', 16, at, 1000, error FROM instance, \
    (SELECT 0 AS n, 'person:li' AS recipient, 60000 AS at, '550 <li@example.org> is gone' AS error \
    UNION ALL SELECT 1, 'role:clerk@north', 60000, 'nobody holds the role' \
    UNION ALL SELECT 2, 'mailto:zhang@example.org', 30000, NULL) AS notices";

#[test]
fn notices_that_were_given_up_are_listed_and_sent_again_once() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let api = api.after_sql(GIVEN_UP).await;
        let list = "query($after: String) { noticesFailed(first: 2, after: $after) { pageInfo { \
                    hasNextPage endCursor } nodes { id template instance state attempts requestedAt \
                    failedAt lastError person { handle } role } } }";
        let notice = |n: u32, second: u32, error: Value, person: Value, role: Value| {
            json!({ "id": id_of(&format!("Notice:1.1.0.{n}")), "template": "told",
                "instance": case, "state": "FAILED", "attempts": 16,
                "requestedAt": "1970-01-01T00:00:01+00:00",
                "failedAt": format!("1970-01-01T00:0{}:{:02}+00:00", second / 60, second % 60),
                "lastError": error, "person": person, "role": role })
        };
        let li = json!({ "handle": "li" });
        let of_li = notice(0, 60, json!("550 <…> is gone"), li, json!(null));
        let of_role =
            notice(1, 60, json!("nobody holds the role"), json!(null), json!("clerk@north"));
        let of_address = notice(2, 30, json!(null), json!(null), json!(null));
        let mut found = api.ask("boss", list, json!({})).await;
        assert_eq!(found["noticesFailed"]["nodes"], json!([of_role, of_li]));
        assert_eq!(found["noticesFailed"]["pageInfo"]["hasNextPage"], true);
        let after = found["noticesFailed"]["pageInfo"]["endCursor"].take();
        let found = api.ask("boss", list, json!({ "after": after })).await;
        assert_eq!(found["noticesFailed"]["nodes"], json!([of_address]));
        assert_eq!(found["noticesFailed"]["pageInfo"]["hasNextPage"], false);

        let given = json!({ "id": of_li["id"] });
        let node = "query($id: ID!) { node(id: $id) { ... on Notice { state } } }";
        assert_eq!(api.code(Some("eye"), node, given.clone()).await, "DENIED");
        let resend = "mutation($id: ID!) { resendNotice(input: { notice: $id }) { repeated notice { \
                      state attempts failedAt lastError } } }";
        for repeated in [false, true] {
            let resent = api.ask("boss", resend, given.clone()).await;
            let expected =
                json!({ "state": "PENDING", "attempts": 0, "failedAt": null, "lastError": null });
            let expected = json!({ "repeated": repeated, "notice": expected });
            assert_eq!(resent["resendNotice"], expected);
        }
        assert_eq!(api.ask("boss", node, given).await["node"]["state"], "PENDING");
        let leased = api.store.outbox_lease(10, 1_000).await.expect("the store answers");
        assert_eq!(leased.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["1.1.0.0"]);

        let kept =
            "{ noticesResent { nodes { notice instance failedAt error person { handle } } } }";
        let kept = api.ask("eye", kept, json!({})).await;
        let expected = json!([{ "notice": of_li["id"], "instance": case, "error": "550 <…> is gone",
            "failedAt": "1970-01-01T00:01:00+00:00", "person": { "handle": "boss" } }]);
        assert_eq!(kept["noticesResent"]["nodes"], expected);
        let answer = api.raw(Some("boss"), resend, json!({ "id": id_of("Notice:none") })).await;
        let said = &answer["errors"][0]["extensions"];
        let expected = (&json!("NOT_FOUND"), &json!("input.notice"));
        assert_eq!((&said["code"], &said["field"]), expected, "{answer}");
    });
}
