//! A case from its beginning to its end through the API alone.

use serde_json::json;

use crate::harness::{Api, BEGIN, CLAIM, COMPLETE, on_both};

#[test]
fn a_case_runs_from_application_to_register() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let inbox = "{ inboxCount inbox { edges { node { id label instance { number title } clock { \
                     overdue working } outcomes { name commentRequired documentsRequired requiredFields { document path } } documents { name content \
                     editable } } } } }";
        let inbox = api.ask("li", inbox, json!({})).await;
        let task = &inbox["inbox"]["edges"][0]["node"];
        assert_eq!((&inbox["inboxCount"], &task["label"]), (&json!(1), &json!("Review")));
        assert_eq!(task["instance"], json!({ "number": "P2026-0001", "title": "Road" }));
        assert_eq!(task["clock"]["overdue"], false);
        assert_eq!(
            task["outcomes"][1],
            json!({ "name": "correct", "commentRequired": true, "documentsRequired": false, "requiredFields": [] })
        );
        let needed = json!([{ "document": "review", "path": "text" }]);
        assert_eq!(task["outcomes"][0]["requiredFields"], needed);
        let shown = &task["documents"][1];
        assert_eq!(shown["content"], json!({ "name": "Road" }), "what is hidden is left out");

        let ahead = "query($id: ID!) { instance(id: $id) { forecast { node certain } } }";
        let ahead = api.ask("wu", ahead, json!({ "id": case })).await;
        assert_eq!(ahead["instance"]["forecast"][0]["node"], "hearing", "{ahead}");

        let claimed = api.ask("li", CLAIM, json!({ "task": task["id"] })).await;
        let claimed = &claimed["claimTask"]["task"];
        assert_eq!(claimed, &json!({ "state": "CLAIMED", "assignee": { "handle": "li" } }));
        let documents = json!([{ "document": "review", "content": { "text": "fine" } }]);
        let decision = json!({ "input": { "task": task["id"], "outcome": "accept", "documents":
            documents, "idempotencyKey": "once", "clientMutationId": "mine" } });
        let done = api.ask("li", COMPLETE, decision.clone()).await;
        let done = &done["completeTask"];
        assert_eq!(done["instance"]["currentNodes"], json!([{ "name": "hearing" }]));
        assert_eq!(done["task"]["state"], "COMPLETED");
        assert_eq!(done["clientMutationId"], "mine");
        let again = api.ask("li", COMPLETE, decision).await;
        assert_eq!(again["completeTask"]["repeated"], true);

        let open = api.raw(None, "{ openIntakes { id sealed } }", json!({})).await;
        let intake = open["data"]["openIntakes"][0]["id"].clone();
        let hand_in = "mutation($intake: ID!, $content: JSON!) { submitToIntake(input: { intake: \
                       $intake, content: $content }) { hash } }";
        let given = json!({ "intake": intake, "content": { "text": "I like it" } });
        let got = api.raw(None, hand_in, given.clone()).await;
        assert!(got["data"]["submitToIntake"]["hash"].is_string(), "{got}");

        api.store.clock().set(BEGIN.plus_ms(8 * 86_400_000));
        api.store.settle().await.expect("the intake closes");
        assert_eq!(api.code(None, hand_in, given).await, "INTAKE_CLOSED");
        let entries = "{ register(name: \"permits\") { entries { edges { node { columns } } } } }";
        let entries = api.raw(None, entries, json!({})).await;
        let entry = &entries["data"]["register"]["entries"]["edges"][0]["node"];
        assert_eq!(entry["columns"]["name"], "Road", "{entries}");

        let fetch = "mutation { fetchJobs(input: { topic: \"letter\" }) { jobs { id retries } } }";
        let jobs = api.ask("robot", fetch, json!({})).await;
        let job = json!({ "job": jobs["fetchJobs"]["jobs"][0]["id"] });
        let finish = "mutation($job: ID!) { completeJob(input: { job: $job }) { job } }";
        api.ask("robot", finish, job.clone()).await;
        assert_eq!(api.code(Some("robot"), finish, job).await, "INSTANCE_CLOSED");

        is_told_afterwards(&api, &case).await;
    });
}

/// What a case that has ended tells whom.
async fn is_told_afterwards(api: &Api, case: &str) {
    let whole = "query($id: ID!) { instance(id: $id) { status documents { name content } history { \
                     edges { node { command actor label outcomeLabel events } } } } }";
    let end = api.ask("wu", whole, json!({ "id": case })).await;
    assert_eq!(end["instance"]["status"], "COMPLETED");
    let history = end["instance"]["history"]["edges"].as_array().expect("a history");
    let decided = history.iter().find(|one| one["node"]["outcomeLabel"] == "通过");
    assert_eq!(decided.expect("it was decided")["node"]["label"], "Review");
    assert!(history.iter().all(|one| one["node"]["events"].is_null()), "raw events are not wu's");
    let audited = api.ask("eye", whole, json!({ "id": case })).await;
    assert!(audited["instance"]["history"]["edges"][0]["node"]["events"].is_array());
    let seen = api.ask("li", whole, json!({ "id": case })).await;
    let seen = seen["instance"]["documents"].as_array().expect("documents").clone();
    assert!(seen.iter().any(|one| one["name"] == "application"), "{seen:?}");
    assert!(seen.iter().all(|one| one["content"].get("secret").is_none()), "{seen:?}");

    let figures = "{ instanceCounts(process: \"permit\") { status count } }";
    let figures = api.ask("board", figures, json!({})).await;
    assert_eq!(figures["instanceCounts"], json!([{ "status": "COMPLETED", "count": 1 }]));
}
