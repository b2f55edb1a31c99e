//! The readers of a process: they read its cases and figures, and take no part in them.

use engine::actor::Grant;
use serde_json::{Value, json};
use store::directory::Person;

use crate::harness::{Api, COMPLETE, on_both, pack, people};

const VISIT: &str = "process: visit
name: Visit
startedBy: [clerk]
readers:
  - dashboard
  - { role: worker, ownUnit: true, show: { document: application, fields: { name: hidden } } }
documents:
  application: { form: application }
  notes: { form: comment, list: true, apart: true }
  votes: { form: comment, list: true }
nodes:
  apply: { type: userTask, assign: initiator, edit: application }
  look:
    type: userTask
    people: =['li', 'zhao']
    sign: { rule: vote, pass: 1/2 }
    show: { document: application, fields: { secret: hidden } }
    edit: [notes, votes]
    outcomes: { agree: 同意, disagree: 不同意 }
  check: { type: userTask, role: clerk }
";

const LIST: &str = "{ instances { nodes { id } } }";
const CASE: &str = "query($id: ID!) { instance(id: $id) { title documents { name content } tasks { nodes { \
    outcome completedBy { handle } } } } }";

async fn deploy(api: &Api, visit: &str) {
    let mut files = pack();
    files.push(("processes/visit.yaml".to_owned(), visit.to_owned()));
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
    let of = |id: &str, role: &str, unit: &str| Person {
        grants: vec![Grant { role: role.into(), unit: Some(unit.into()) }],
        unit: Some(unit.into()),
        ..Person { id: id.into(), ..people().remove(7) }
    };
    let people = [
        of("eastern", "clerk", "east"),
        of("eastOffice", "worker", "east"),
        of("westOffice", "worker", "west"),
        of("audit", "dashboard", "audit"),
    ];
    api.store.load_people(&[], &people).await.expect("people");
}

/// Begins a visit and hands the application in; its case.
async fn visited(api: &Api, who: &str) -> Value {
    let start = "mutation { startInstance(input: { process: \"visit\" }) { instance { id } } }";
    let begun = api.ask(who, start, json!({})).await;
    let case = begun["startInstance"]["instance"]["id"].clone();
    let content = json!({ "name": "Bridge", "secret": "7" });
    complete(
        api,
        who,
        &case,
        json!({}),
        json!([{ "document": "application", "content": content }]),
    )
    .await;
    case
}

async fn complete(api: &Api, who: &str, case: &Value, rest: Value, documents: Value) {
    let tasks = "query($id: ID!) { instance(id: $id) { tasks { nodes { id state assignee { handle } } } } }";
    let found = api.ask("eye", tasks, json!({ "id": case })).await;
    let nodes = found["instance"]["tasks"]["nodes"].as_array().expect("tasks").clone();
    let own = |one: &&Value| {
        ["OPEN", "CLAIMED"].iter().any(|state| one["state"] == *state)
            && (one["assignee"]["handle"] == who || one["assignee"].is_null())
    };
    let mut input =
        json!({ "task": nodes.iter().find(own).expect("a task")["id"], "documents": documents });
    for (name, value) in rest.as_object().expect("more") {
        input[name] = value.clone();
    }
    api.ask(who, COMPLETE, json!({ "input": input })).await;
}

async fn listed(api: &Api, who: &str) -> Vec<Value> {
    let found = api.ask(who, LIST, json!({})).await;
    let nodes = found["instances"]["nodes"].as_array().expect("a list");
    nodes.iter().map(|one| one["id"].clone()).collect()
}

#[test]
fn the_readers_of_a_process_read_its_cases_and_change_nothing() {
    on_both(|api| async move {
        deploy(&api, VISIT).await;
        let (east, other) = (visited(&api, "eastern").await, visited(&api, "wu").await);
        let permit = json!(api.applied("Road").await);
        assert_eq!(listed(&api, "audit").await.len(), 2);
        assert!(!listed(&api, "audit").await.contains(&permit), "another process");
        assert_eq!(listed(&api, "eastOffice").await, std::slice::from_ref(&east));
        assert_eq!(listed(&api, "westOffice").await, [] as [Value; 0]);
        for who in ["wu", "nobody"] {
            assert_eq!(api.code(Some(who), LIST, json!({})).await, "DENIED");
        }
        let of = "{ instances(filter: { process: \"permit\" }) { nodes { id } } }";
        assert_eq!(api.ask("audit", of, json!({})).await["instances"]["nodes"], json!([]));
        for (who, case, code) in [
            ("audit", &east, "OK"),
            ("audit", &other, "OK"),
            ("eastOffice", &east, "OK"),
            ("eastOffice", &other, "NOT_FOUND"),
            ("westOffice", &east, "NOT_FOUND"),
            ("audit", &permit, "NOT_FOUND"),
        ] {
            assert_eq!(api.code(Some(who), CASE, json!({ "id": case })).await, code, "{who}");
        }
        let comment = "mutation($id: ID!) { addComment(input: { instance: $id, text: \"hm\" }) { repeated } }";
        assert_eq!(api.code(Some("audit"), comment, json!({ "id": east })).await, "DENIED");
    });
}

#[test]
fn readers_are_shown_what_is_not_hidden() {
    on_both(|api| async move {
        deploy(&api, VISIT).await;
        let case = visited(&api, "eastern").await;
        let read = async |who: &str| {
            api.ask(who, CASE, json!({ "id": case })).await["instance"]["documents"].clone()
        };
        let application = |content: Value| json!([{ "name": "application", "content": content }]);
        assert_eq!(read("audit").await, application(json!({ "name": "Bridge" })));
        assert_eq!(read("eastOffice").await, application(json!({ "secret": "7" })));
        let entries = |text: &str| {
            let entry = json!({ "text": text });
            json!([{ "document": "notes", "content": entry }, { "document": "votes", "content": entry }])
        };
        complete(&api, "li", &case, json!({ "outcome": "agree" }), entries("good")).await;
        let found = api.ask("audit", CASE, json!({ "id": case })).await;
        let documents = found["instance"]["documents"].as_array().expect("a list");
        assert!(documents[1..].iter().all(|one| one["content"] == json!([])), "the round runs");
        let tasks = found["instance"]["tasks"]["nodes"].as_array().expect("tasks");
        assert!(tasks.iter().all(|one| one["outcome"] != "agree"), "and so do its votes");
        complete(&api, "zhao", &case, json!({ "outcome": "agree" }), entries("fine")).await;
        let found = api.ask("audit", CASE, json!({ "id": case })).await;
        for list in [1, 2] {
            let content = &found["instance"]["documents"][list]["content"];
            assert_eq!(content, &json!([{ "text": "good" }, { "text": "fine" }]));
        }
        let tasks = found["instance"]["tasks"]["nodes"].as_array().expect("tasks");
        let by = tasks.iter().map(|one| one["completedBy"]["handle"].clone());
        assert_eq!(
            by.collect::<Vec<_>>(),
            [json!("eastern"), json!("li"), json!("zhao"), Value::Null]
        );
    });
}

#[test]
fn readers_see_the_figures_of_what_they_read() {
    on_both(|api| async move {
        deploy(&api, VISIT).await;
        visited(&api, "eastern").await;
        visited(&api, "wu").await;
        api.applied("Road").await;
        let figures = "{ instanceCounts { status count } openWork { process open } throughput(from: \
                       \"2026-01-01T00:00:00Z\", until: \"2026-02-01T00:00:00Z\") { process completed } }";
        let counted = async |who: &str| {
            let found = api.ask(who, figures, json!({})).await;
            let work = found["openWork"].as_array().expect("a list").iter();
            let work: Vec<Value> = work.map(|one| json!([one["process"], one["open"]])).collect();
            let done = found["throughput"].as_array().expect("a list").iter();
            let done: i64 = done.filter_map(|one| one["completed"].as_i64()).sum();
            json!([found["instanceCounts"], work, done])
        };
        let active = |count: i64| json!([{ "status": "ACTIVE", "count": count }]);
        assert_eq!(counted("audit").await, json!([active(2), [["visit", 4]], 2]));
        assert_eq!(counted("eastOffice").await, json!([active(1), [["visit", 2]], 1]));
        assert_eq!(counted("westOffice").await, json!([[], [], 0]));
        assert_eq!(api.code(Some("wu"), figures, json!({})).await, "DENIED");
        let of = "{ openWork(process: \"permit\") { open } }";
        assert_eq!(api.code(Some("audit"), of, json!({})).await, "DENIED");
    });
}

#[test]
fn a_case_that_began_before_there_were_readers_is_read_as_well() {
    on_both(|api| async move {
        let (head, rest) = VISIT.split_once("readers:").expect("it has");
        let (_, rest) = rest.split_once("documents:").expect("it has");
        deploy(&api, &format!("{head}documents:{rest}")).await;
        let case = visited(&api, "eastern").await;
        assert_eq!(api.code(Some("audit"), LIST, json!({})).await, "DENIED");
        deploy(&api, VISIT).await;
        assert_eq!(listed(&api, "audit").await, std::slice::from_ref(&case));
        let found = api.ask("audit", CASE, json!({ "id": case })).await;
        let expected = json!([{ "name": "application", "content": { "name": "Bridge" } }]);
        assert_eq!(found["instance"]["documents"], expected);
    });
}
