//! A case from its beginning to its end through the API alone.

use serde_json::json;

use crate::harness::{BEGIN, COMPLETE, on_both};

#[test]
fn a_case_runs_from_application_to_register() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let inbox = "{ inboxCount inbox { edges { node { id label case { number title } clock { \
                     overdue working } outcomes { name commentRequired } documents { name content \
                     editable } } } } }";
        let inbox = api.ask("li", inbox, json!({})).await;
        let task = &inbox["inbox"]["edges"][0]["node"];
        assert_eq!((&inbox["inboxCount"], &task["label"]), (&json!(1), &json!("Review")));
        assert_eq!(task["case"], json!({ "number": "P2026-0001", "title": "Road" }));
        assert_eq!(task["clock"]["overdue"], false);
        assert_eq!(task["outcomes"][1], json!({ "name": "correct", "commentRequired": true }));
        let shown = &task["documents"][1];
        assert_eq!(shown["content"], json!({ "name": "Road" }), "what is hidden is left out");

        let ahead = "query($id: ID!) { case(id: $id) { forecast { node certain } } }";
        let ahead = api.ask("wu", ahead, json!({ "id": case })).await;
        assert_eq!(ahead["case"]["forecast"][0]["node"], "hearing", "{ahead}");

        let claim = "mutation($task: ID!) { claim(task: $task) { revision } }";
        api.ask("li", claim, json!({ "task": task["id"] })).await;
        let documents = json!([{ "document": "review", "content": { "text": "fine" } }]);
        let decision = json!({ "task": task["id"], "outcome": "accept", "documents": documents,
            "key": "once" });
        let done = api.ask("li", COMPLETE, decision.clone()).await;
        assert_eq!(done["complete"]["case"]["currentNodes"], json!([{ "name": "hearing" }]));
        let again = api.ask("li", COMPLETE, decision).await;
        assert_eq!(again["complete"]["repeated"], true);

        let open = api.raw(None, "{ openIntakes { id sealed } }", json!({})).await;
        let intake = open["data"]["openIntakes"][0]["id"].clone();
        let hand_in = "mutation($intake: ID!, $content: JSON!) { submit(intake: $intake, \
                       content: $content) { hash } }";
        let given = json!({ "intake": intake, "content": { "text": "I like it" } });
        let got = api.raw(None, hand_in, given.clone()).await;
        assert!(got["data"]["submit"]["hash"].is_string(), "{got}");

        api.store.clock().set(BEGIN.plus_ms(8 * 86_400_000));
        api.store.settle().await.expect("the intake closes");
        assert_eq!(api.code(None, hand_in, given).await, "INTAKE_CLOSED");
        let entries = "{ registerEntries(register: \"permits\") { edges { node { columns } } } }";
        let entries = api.raw(None, entries, json!({})).await;
        let entry = &entries["data"]["registerEntries"]["edges"][0]["node"];
        assert_eq!(entry["columns"]["name"], "Road", "{entries}");

        let fetch = "mutation { fetchJobs(topic: \"letter\") { id retries } }";
        let jobs = api.ask("robot", fetch, json!({})).await;
        let job = json!({ "job": jobs["fetchJobs"][0]["id"] });
        let finish = "mutation($job: ID!) { completeJob(job: $job) }";
        api.ask("robot", finish, job.clone()).await;
        assert_eq!(api.code(Some("robot"), finish, job).await, "INSTANCE_CLOSED");

        let whole = "query($id: ID!) { case(id: $id) { status documents { name content } history { \
                     edges { node { command actor label outcomeLabel events } } } } }";
        let end = api.ask("wu", whole, json!({ "id": case })).await;
        assert_eq!(end["case"]["status"], "completed");
        let history = end["case"]["history"]["edges"].as_array().expect("a history");
        let decided = history.iter().find(|one| one["node"]["outcomeLabel"] == "通过");
        assert_eq!(decided.expect("it was decided")["node"]["label"], "Review");
        assert!(
            history.iter().all(|one| one["node"]["events"].is_null()),
            "raw events are not wu's"
        );
        let audited = api.ask("eye", whole, json!({ "id": case })).await;
        assert!(audited["case"]["history"]["edges"][0]["node"]["events"].is_array());
        let seen = api.ask("li", whole, json!({ "id": case })).await;
        let seen = seen["case"]["documents"].as_array().expect("documents").clone();
        assert!(seen.iter().any(|one| one["name"] == "application"), "{seen:?}");
        assert!(seen.iter().all(|one| one["content"].get("secret").is_none()), "{seen:?}");

        let figures = "{ caseCounts(process: \"permit\") { status count } }";
        let figures = api.ask("board", figures, json!({})).await;
        assert_eq!(figures["caseCounts"], json!([{ "status": "completed", "count": 1 }]));
    });
}
