//! What a task shows: forms without hidden fields, operations with their reasons, the clock; files;
//! and every object by its id.

use async_graphql::{Executor as _, Request};
use engine::text::Language;
use graphql::attachments::{By, readable};
use serde_json::{Value, json};

use crate::harness::{Api, CLAIM, on_both};

const TASK: &str = "query($id: ID!) { task(id: $id) { form { document label sections { fields { name \
    label kind right required visible } } values } documents { name editable form { sections { \
    fields { name right } } } } allowedOperations { name allowed reasonCode reason targets { name } \
    } clock { until zone remaining { amount unit text } paused { ground } overdue } } }";

/// The reason code of each operation of a task for a person; `on` where it is allowed.
async fn operations(api: &Api, who: &str, task: &Value) -> Value {
    let answer = api.ask(who, TASK, json!({ "id": task })).await;
    let all = answer["task"]["allowedOperations"].as_array().expect("operations").clone();
    let one = |operation: &Value| {
        let name = operation["name"].as_str().expect("a name").to_owned();
        let code = operation["reasonCode"].as_str().unwrap_or("on").to_owned();
        let sentence = operation["reason"].as_str().unwrap_or_default();
        assert_eq!(operation["allowed"], code == "on");
        assert_eq!(sentence.is_empty(), code == "on", "a reason is a sentence: {operation}");
        (name, Value::from(code))
    };
    Value::Object(all.iter().map(one).collect())
}

#[test]
fn a_task_shows_its_form_without_hidden_fields_and_its_clock() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        let shown = api.ask("li", TASK, json!({ "id": task })).await["task"].clone();
        let text = json!({ "name": "text", "label": "text", "kind": "TEXT", "right": "EDIT",
            "required": true, "visible": true });
        assert_eq!(shown["form"][0]["sections"], json!([{ "fields": [text] }]));
        let application = &shown["documents"][1];
        assert_eq!(application["name"], "application");
        let fields =
            json!([{ "name": "name", "right": "READ" }, { "name": "proof", "right": "READ" }]);
        assert_eq!(application["form"]["sections"][0]["fields"], fields, "`secret` is not there");
        assert_eq!(
            shown["clock"],
            json!({ "until": "2026-01-20T00:00:00+08:00", "zone":
            "Asia/Shanghai", "remaining": { "amount": 10, "unit": "WORKDAYS", "text": "10 working \
            days" }, "paused": null, "overdue": false })
        );
        // Who only began the case does not get the reviewer's form.
        let others = api.ask("wu", TASK, json!({ "id": task })).await;
        assert_eq!(others["task"]["form"], json!([]));
    });
}

#[test]
fn operations_say_why_they_are_off() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        let own = operations(&api, "li", &task).await;
        for name in ["claimTask", "completeTask", "saveDraft", "extendTask", "addComment"] {
            assert_eq!(own[name], "on", "{name}: {own}");
        }
        assert_eq!(
            (&own["releaseTask"], &own["cancelInstance"]),
            (&json!("NOT_CLAIMED"), &json!("NOT_INITIATOR"))
        );
        let theirs = operations(&api, "wu", &task).await;
        for name in ["claimTask", "completeTask", "saveDraft", "extendTask"] {
            assert_eq!(theirs[name], "NOT_CANDIDATE", "{name}: {theirs}");
        }
        assert_eq!(theirs["cancelInstance"], "OPERATION_NOT_ALLOWED");
        let auditors = operations(&api, "eye", &task).await;
        for name in ["addComment", "cancelInstance"] {
            assert_eq!(auditors[name], "DENIED", "{name}: {auditors}");
        }
        api.ask("zhao", CLAIM, json!({ "task": task })).await;
        assert_eq!(operations(&api, "zhao", &task).await["claimTask"], "DONE_ALREADY");
        assert_eq!(operations(&api, "zhao", &task).await["releaseTask"], "on");
        assert_eq!(operations(&api, "li", &task).await["claimTask"], "CLAIMED_BY_ANOTHER");
    });
}

#[test]
fn a_file_is_for_its_uploader_and_for_whom_a_document_shows_it() {
    on_both(|api| async move {
        let bytes = futures_util::stream::iter([Ok(b"%PDF-1.7 proof".to_vec())]);
        let file = api.store.upload("proof.pdf", "application/pdf", "wu", bytes).await;
        let file = file.expect("it is kept");
        let proof = json!({ "hash": file.hash, "name": "证明.pdf", "type": file.media_type,
            "size": file.size });
        let case = api.applied_with(json!({ "name": "Road", "proof": proof })).await;
        let by_case = By { instance: Some(case.clone()), page: None };
        for (who, by, may) in [
            (Some("wu"), By::default(), true),
            (Some("eye"), By::default(), true),
            (Some("li"), By::default(), false),
            (Some("li"), by_case.clone(), true),
            (Some("board"), by_case.clone(), false),
            (Some("nobody"), by_case.clone(), false),
            (None, by_case.clone(), false),
            (Some("li"), By { instance: Some("x".into()), page: None }, false),
        ] {
            let viewing = api.viewing(who).await;
            let found = readable(&api.store, &viewing, &file.hash, &by).await;
            let found = found.expect("the store answers");
            assert_eq!(found.is_some(), may, "{who:?} {by:?}");
            // What its uploader called it is theirs; the case has its own name for it.
            let name = if by.instance.is_some() { "证明.pdf" } else { "proof.pdf" };
            assert!(found.is_none_or(|file| file.name == name), "{who:?} {by:?}");
        }
        let files = "query($id: ID!) { instance(id: $id) { documents { files { id name url } } } }";
        let mut files = api.ask("li", files, json!({ "id": case })).await;
        let id = files["instance"]["documents"][0]["files"][0]["id"].take();
        let node = "query($id: ID!) { node(id: $id) { id } }";
        let again = api.ask("li", node, json!({ "id": id })).await;
        assert_eq!(again["node"]["id"], id, "an id is taken from an answer as it is");
        for who in ["board", "nobody"] {
            assert_eq!(api.code(Some(who), node, json!({ "id": id })).await, "NOT_FOUND", "{who}");
        }
        let url = format!("/attachments/{}?instance={case}", file.hash);
        let expected = json!([{ "id": null, "name": "证明.pdf", "url": url }]);
        assert_eq!(files["instance"]["documents"][0]["files"], expected, "{files}");
    });
}

/// A hash of all tells what is hidden to whoever tries what it might be.
#[test]
fn whom_something_is_hidden_from_reads_no_hash_of_it() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let asked = "query($id: ID!) { instance(id: $id) { documentVersions(document: \"application\") { \
                     nodes { hash content } } } }";
        let hash = async |who: &str| {
            let found = api.ask(who, asked, json!({ "id": case })).await;
            found["instance"]["documentVersions"]["nodes"][0]["hash"].clone()
        };
        assert_eq!(hash("li").await, serde_json::Value::Null, "the secret is hidden from li");
        assert!(hash("wu").await.is_string(), "wu wrote it");
    });
}

#[test]
fn each_object_is_found_by_its_id_by_those_who_may() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        let ids = "query($id: ID!) { me { id } register(name: \"notes\") { id } processDefinition(\
                   process: \"permit\") { id } instance(id: $id) { documentVersions(document: \
                   \"application\") { edges { node { id } } } } }";
        let found = api.ask("li", ids, json!({ "id": case })).await;
        let version = &found["instance"]["documentVersions"]["edges"][0]["node"]["id"];
        let all = [
            ("Instance", json!(case), false),
            ("Task", task, false),
            ("Person", found["me"]["id"].clone(), true),
            ("Register", found["register"]["id"].clone(), false),
            ("ProcessDefinition", found["processDefinition"]["id"].clone(), true),
            ("DocumentVersion", version.clone(), false),
        ];
        let node = "query($id: ID!) { node(id: $id) { __typename id } }";
        for (kind, id, for_all) in &all {
            let own = api.ask("li", node, json!({ "id": id })).await;
            assert_eq!(own["node"], json!({ "__typename": kind, "id": id }));
            let code = api.code(Some("nobody"), node, json!({ "id": id })).await;
            assert_eq!(code == "OK", *for_all, "{kind}: {code}");
            assert_ne!(api.code(None, node, json!({ "id": id })).await, "OK", "{kind}");
        }
        let ids: Vec<&Value> = all.iter().map(|(_, id, _)| id).collect();
        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }";
        let found = api.ask("nobody", nodes, json!({ "ids": ids })).await;
        let found: Vec<bool> =
            found["nodes"].as_array().expect("a list").iter().map(|node| !node.is_null()).collect();
        assert_eq!(found, [false, false, true, false, true, false]);
        assert_eq!(api.code(Some("li"), node, json!({ "id": "Instance:1" })).await, "BAD_ID");
    });
}

#[test]
fn a_case_without_a_title_is_called_as_its_process_with_its_number() {
    on_both(|api| async move {
        let begin = |process: &str| {
            format!(
                "mutation {{ startInstance(input: {{ process: \"{process}\" }}) {{ instance {{ id }} }} }}"
            )
        };
        for process in ["permit", "leave"] {
            api.ask("wu", &begin(process), json!({})).await;
        }
        for (language, expected) in [
            (Language::Zh, json!(["许可 P2026-0001", "Leave"])),
            (Language::En, json!(["Permit P2026-0001", "Leave"])),
        ] {
            let asked = Request::new("{ inbox { nodes { instance { title } } } }");
            let asked = asked.data(api.viewing_in(Some("wu"), language).await);
            let answer = serde_json::to_value(api.schema.execute(asked).await).expect("plain data");
            let nodes = answer["data"]["inbox"]["nodes"].as_array().expect("a list").iter();
            let titles: Value = nodes.map(|node| node["instance"]["title"].clone()).collect();
            assert_eq!(titles, expected, "{answer}");
        }
        api.applied("Road").await;
        let titled = api.ask("wu", "{ started { nodes { title } } }", json!({})).await;
        let titles = titled["started"]["nodes"].as_array().expect("a list");
        assert!(titles.iter().any(|node| node["title"] == "Road"), "{titles:?}");
    });
}
