//! Whoever has a task and does not decide it: they return it, end the case from it, pass it on, or let
//! another prepare it. Each is answered what became of it, and finds again what they did.

use serde_json::{Value, json};

use crate::harness::{Api, CLAIM, COMPLETE, on_both, pack};

const REFERRAL: &str = "process: referral
name: Referral
startedBy: [clerk]
documents: { plan: { form: review }, note: { form: review } }
nodes:
  apply: { type: userTask, name: Apply, assign: initiator, edit: plan }
  look:
    type: userTask
    name: Look
    ASKED
    show: plan
    edit: note
    operations: [return, terminate, transfer, delegate]
  last: { type: userTask, name: Last, role: auditor }
";

/// A case at `look`: its id, and the task.
async fn at_look(api: &Api, asked: &str) -> (Value, Value) {
    let mut files = pack();
    files.push(("processes/referral.yaml".to_owned(), REFERRAL.replace("ASKED", asked)));
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
    let start = "mutation { startInstance(input: { process: \"referral\" }) { instance { id } } }";
    let begun = api.ask("wu", start, json!({})).await;
    let case = begun["startInstance"]["instance"]["id"].clone();
    let task = api.open_task("wu", case.as_str().expect("an id")).await;
    let plan = json!([{ "document": "plan", "content": { "text": "a plan" } }]);
    api.ask("wu", COMPLETE, json!({ "input": { "task": task, "documents": plan } })).await;
    (case, api.own_task("li").await)
}

const SEEN: &str = "query($id: ID!) { instance(id: $id) { status documents { name } tasks { nodes { \
    nodeName comment completedBy { handle } } } } \
    done(first: 5) { nodes { id state comment closed { because } instance { id } } } }";

#[test]
fn whoever_returns_a_task_or_ends_the_case_from_it_did_it() {
    on_both(|api| async move {
        for (field, because, status) in [
            (
                "returnTask(input: { task: $task, to: [\"apply\"], reason: \"x\" })",
                "RETURNED",
                "ACTIVE",
            ),
            (
                "returnTask(input: { task: $task, to: [\"apply\"], then: COME_BACK, reason: \"x\" })",
                "RETURNED",
                "ACTIVE",
            ),
            (
                "terminateInstance(input: { instance: $case, task: $task, reason: \"x\" })",
                "CANCELLED",
                "CANCELLED",
            ),
        ] {
            let (case, task) = at_look(&api, "role: reviewer").await;
            let of = if field.contains("$case") { "$case: ID!, " } else { "" };
            let own = if of.is_empty() { "task { id state }" } else { "" };
            let query = format!(
                "mutation({of}$task: ID!) {{ {field} {{ instance {{ id status }} {own} }} }}"
            );
            let mut given = json!({ "task": task });
            if !of.is_empty() {
                given["case"] = case.clone();
            }
            let answer = api.ask("li", &query, given).await;
            let answer = answer.as_object().expect("an answer").values().next().expect("one");
            assert_eq!(answer["instance"], json!({ "id": case, "status": status }), "{field}");
            let seen = api.ask("li", SEEN, json!({ "id": case })).await;
            let done = json!({ "id": task, "state": "CANCELLED", "comment": "x",
                "closed": { "because": because }, "instance": { "id": case } });
            let mut listed = seen["done"]["nodes"].as_array().expect("tasks").iter();
            let own = listed.find(|one| one["id"] == task).expect("it is listed");
            assert_eq!(*own, done, "{field}");
            assert_eq!(seen["instance"]["documents"], json!([{ "name": "plan" }]), "{field}");
            let look = json!({ "nodeName": "look", "comment": "x",
                "completedBy": { "handle": "li" } });
            assert_eq!(seen["instance"]["tasks"]["nodes"][1], look, "{field}");
            // Whom it was only offered to stands outside.
            let code = api.code(Some("zhao"), SEEN, json!({ "id": case })).await;
            assert_eq!(code, "NOT_FOUND", "{field}");
        }
        let rebuilt = api.store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!((rebuilt.differing, rebuilt.differences), (0, Vec::new()));
    });
}

#[test]
fn whoever_passes_a_task_on_is_answered_and_sees_no_more_of_it() {
    on_both(|api| async move {
        let (case, task) = at_look(&api, "people: =['li']\n    sign: all").await;
        let transfer = "mutation($task: ID!, $to: ID!) { transferTask(input: { task: $task, to: $to }) \
                        { instance { id documents { name } } task { id state instance { id } } } }";
        let nobody = api.person("nobody").await;
        let answer = api.ask("li", transfer, json!({ "task": task, "to": nobody })).await;
        let expected = json!({ "instance": { "id": case, "documents": [] },
            "task": { "id": task, "state": "CLAIMED", "instance": { "id": case } } });
        assert_eq!(answer["transferTask"], expected);
        assert_eq!(api.code(Some("li"), SEEN, json!({ "id": case })).await, "NOT_FOUND");
    });
}

#[test]
fn what_another_prepared_comes_back_with_the_task() {
    on_both(|api| async move {
        let (_, task) = at_look(&api, "role: reviewer").await;
        api.ask("li", CLAIM, json!({ "task": task })).await;
        let save = "mutation($task: ID!, $body: JSON!) { saveDraft(input: { task: $task, body: $body }) { \
                    savedAt } }";
        let draft = async |who: &str| {
            let asked = "query($id: ID!) { task(id: $id) { draft } }";
            api.ask(who, asked, json!({ "id": task })).await["task"]["draft"].clone()
        };
        let begun = json!({ "note": { "text": "begun" } });
        api.ask("li", save, json!({ "task": task, "body": begun })).await;
        let delegate = "mutation($task: ID!, $to: ID!) { delegateTask(input: { task: $task, to: $to }) { \
                        revision } }";
        let nobody = api.person("nobody").await;
        api.ask("li", delegate, json!({ "task": task, "to": nobody })).await;
        assert_eq!(draft("nobody").await, begun, "who prepares it goes on from there");
        let prepared = json!({ "note": { "text": "prepared" } });
        api.ask("nobody", save, json!({ "task": task, "body": prepared })).await;
        assert_eq!(draft("li").await, begun);
        let back = "mutation($task: ID!) { handBackTask(input: { task: $task }) { revision } }";
        api.ask("nobody", back, json!({ "task": task })).await;
        assert_eq!(draft("li").await, prepared);
        // Who takes it back themselves keeps their own.
        api.ask("li", delegate, json!({ "task": task, "to": nobody })).await;
        let other = json!({ "note": { "text": "half" } });
        api.ask("nobody", save, json!({ "task": task, "body": other })).await;
        api.ask("li", back, json!({ "task": task })).await;
        assert_eq!(draft("li").await, prepared);
    });
}

#[test]
fn whoever_was_too_late_is_told_that_it_is_done() {
    on_both(|api| async move {
        let (_, task) = at_look(&api, "role: reviewer").await;
        let note = json!([{ "document": "note", "content": { "text": "seen" } }]);
        let decide = json!({ "input": { "task": task, "documents": note } });
        api.ask("li", COMPLETE, decide.clone()).await;
        assert_eq!(api.code(Some("zhao"), COMPLETE, decide.clone()).await, "NOT_OPEN");
        assert_eq!(api.code(Some("nobody"), COMPLETE, decide).await, "NOT_FOUND");
    });
}

#[test]
fn who_reads_no_names_is_told_none_by_a_refusal() {
    on_both(|api| async move {
        let (_, task) = at_look(&api, "role: reviewer").await;
        api.ask("li", CLAIM, json!({ "task": task })).await;
        let asked = "query($id: ID!) { task(id: $id) { allowedOperations { reasonCode reason } } }";
        let named =
            |text: String| text.contains("li the") || text.contains(" li ") || text.contains(":li");
        let told = api.raw(Some("wu"), asked, json!({ "id": task })).await;
        assert!(!named(told.to_string()), "{told:#}");
        let release = "mutation($task: ID!) { releaseTask(input: { task: $task }) { revision } }";
        let refused = api.raw(Some("wu"), release, json!({ "task": task })).await;
        let error = &refused["errors"][0];
        assert_eq!(error["extensions"]["code"], "CLAIMED_BY_ANOTHER");
        assert_eq!(error["extensions"]["person"], "another person");
        assert!(!named(refused.to_string()), "{refused:#}");
        // Whoever stands inside reads names.
        let inside = api.raw(Some("zhao"), release, json!({ "task": task })).await;
        assert_eq!(inside["errors"][0]["extensions"]["person"], "li");
    });
}

#[test]
fn a_file_stands_in_a_document_as_it_was_uploaded_or_as_the_upload_answered_it() {
    on_both(|api| async move {
        let bytes = futures_util::stream::iter([Ok(b"%PDF-1.7 proof".to_vec())]);
        let file = api.store.upload("proof.pdf", "application/pdf", "wu", bytes).await;
        let hash = file.expect("it is kept").hash;
        let answered = json!({ "hash": hash, "name": "proof.pdf", "mediaType": "application/pdf",
            "size": 14, "url": "/attachments/x" });
        let case = api.applied_with(json!({ "name": "Road", "proof": answered })).await;
        let held = "query($id: ID!) { instance(id: $id) { documents { content } } }";
        let held = api.ask("boss", held, json!({ "id": case })).await;
        let plain = json!({ "hash": hash, "name": "proof.pdf", "type": "application/pdf",
            "size": 14 });
        assert_eq!(held["instance"]["documents"][0]["content"]["proof"], plain);
        let begin =
            "mutation { startInstance(input: { process: \"permit\" }) { instance { id } } }";
        let begun = api.ask("wu", begin, json!({})).await;
        let id = begun["startInstance"]["instance"]["id"].as_str().expect("an id").to_owned();
        let task = api.open_task("wu", &id).await;
        for (name, media_type, size) in [
            ("proof.pdf", "application/pdf", 12),
            ("proof.pdf", "text/plain", 14),
            ("proof.txt", "application/pdf", 14),
        ] {
            let proof = json!({ "hash": hash, "name": name, "type": media_type, "size": size });
            let application = json!([{ "document": "application", "content": { "name": "Road",
                "proof": proof } }]);
            let given = json!({ "input": { "task": task, "documents": application } });
            let refused = api.raw(Some("wu"), COMPLETE, given).await;
            let field = &refused["errors"][0]["extensions"]["fields"][0];
            assert_eq!(field["code"], "FILE_ALTERED", "{refused:#}");
            assert_eq!(field["field"], "application.proof");
        }
    });
}
