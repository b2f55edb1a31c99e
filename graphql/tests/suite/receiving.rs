//! What comes in to an open intake, for the office that is going to handle it.

use engine::actor::Grant;
use serde_json::{Value, json};
use store::directory::Person;

use crate::harness::{Api, BEGIN, COMPLETE, on_both, pack, people};

const HEARING: &str = "process: hearing
name: Hearing
startedBy: [clerk]
documents:
  review: { form: review }
  comments: { form: comment, list: true }
nodes:
  call: { type: userTask, assign: initiator, edit: review }
  comment: { type: intake, from: [public, clerk], closes: 20 days, into: comments }
  sort: { type: userTask, role: worker, show: { document: comments, fields: { annexes: hidden } } }
  local: { type: userTask, role: dashboard, unit: =review.text, show: comments }
  decide: { type: userTask, role: reviewer }
";

const RECEIVED: &str = "query($id: ID!) { instance(id: $id) { intakes { received { nodes { number person { handle } \
    content hash } } } } }";
const HAND_IN: &str = "mutation($intake: ID!, $text: String!, $replaces: Int) { submitToIntake(input: { intake: $intake, \
    content: { text: $text }, replaces: $replaces }) { submission } }";
const READABLE: &str = "{ readableIntakes { id } }";

/// Begins a hearing with two comments, one of which was replaced; its case and its intake.
async fn heard(api: &Api, hearing: &str) -> (Value, Value) {
    let (case, intake) = heard_by(api, hearing).await;
    let given = |text: &str| json!({ "intake": intake, "text": text });
    api.ask("zhao", HAND_IN, given("too wide")).await;
    let public = api.raw(None, HAND_IN, given("too narrow")).await;
    assert!(public.get("errors").is_none(), "{public}");
    let anew = json!({ "intake": intake, "text": "far too wide", "replaces": 1 });
    api.ask("zhao", HAND_IN, anew).await;
    (case, intake)
}

/// Begins a hearing; its case and its intake.
async fn heard_by(api: &Api, hearing: &str) -> (Value, Value) {
    let mut files = pack();
    files.push(("processes/hearing.yaml".to_owned(), hearing.to_owned()));
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
    let local = |id: &str, unit: &str| Person {
        grants: vec![Grant { role: "dashboard".into(), unit: Some(unit.into()) }],
        ..Person { id: id.into(), ..people().remove(7) }
    };
    let local = [local("east", "east"), local("west", "west")];
    api.store.load_people(&[], &local).await.expect("people");
    let start = "mutation { startInstance(input: { process: \"hearing\" }) { instance { id } } }";
    let begun = api.ask("wu", start, json!({})).await;
    let case = begun["startInstance"]["instance"]["id"].clone();
    let task = api.open_task("wu", case.as_str().expect("an id")).await;
    let documents = json!([{ "document": "review", "content": { "text": "east" } }]);
    api.ask("wu", COMPLETE, json!({ "input": { "task": task, "documents": documents } })).await;
    let open = "query($id: ID!) { instance(id: $id) { intakes { id } } }";
    let open = api.ask("eye", open, json!({ "id": case })).await;
    let intake = open["instance"]["intakes"][0]["id"].clone();
    (case, intake)
}

/// What somebody reads of the first intake's submissions: number, whose and text.
async fn received(api: &Api, who: &str, case: &Value) -> Value {
    let found = api.ask(who, RECEIVED, json!({ "id": case })).await;
    let nodes = &found["instance"]["intakes"][0]["received"]["nodes"];
    let told = nodes
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| json!([one["number"], one["person"]["handle"], one["content"]["text"]]));
    Value::Array(told.collect())
}

#[test]
fn the_office_that_is_going_to_handle_what_comes_in_reads_it_as_it_comes() {
    on_both(|api| async move {
        let (case, intake) = heard(&api, HEARING).await;
        let all = json!([[2, null, "too narrow"], [3, "zhao", "far too wide"]]);
        for who in ["robot", "east", "eye"] {
            assert_eq!(received(&api, who, &case).await, all, "{who}");
            let listed = api.ask(who, READABLE, json!({})).await;
            assert_eq!(listed["readableIntakes"], json!([{ "id": intake }]), "{who}");
        }
        let hashes = "query($id: ID!) { node(id: $id) { ... on Intake { received(first: 1) { nodes { hash } \
                      pageInfo { hasNextPage endCursor } } } } }";
        let found = async |who: &str| {
            let found = api.ask(who, hashes, json!({ "id": intake })).await;
            found["node"]["received"].clone()
        };
        let robots = found("robot").await;
        assert_eq!(robots["nodes"], json!([{ "hash": null }]), "a field is hidden from it");
        assert_eq!(robots["pageInfo"]["hasNextPage"], true);
        assert!(found("east").await["nodes"][0]["hash"].is_string());
        // Who began the case has no right to the list, and who handed something in sees no case.
        assert_eq!(received(&api, "wu", &case).await, json!([]));
        assert_eq!(found("zhao").await["nodes"], json!([]));
        for who in ["west", "li", "zhao"] {
            let answer = api.code(Some(who), RECEIVED, json!({ "id": case })).await;
            assert_eq!(answer, "NOT_FOUND", "{who}");
        }
        for who in ["west", "li", "zhao", "wu"] {
            assert_eq!(api.ask(who, READABLE, json!({})).await["readableIntakes"], json!([]));
        }
        // Once it has closed, the document has it.
        api.store.clock().set(BEGIN.plus_ms(30 * 24 * 60 * 60 * 1_000));
        api.store.settle().await.expect("the intake closes");
        assert_eq!(received(&api, "robot", &case).await, json!([]));
        let read = "query($id: ID!) { instance(id: $id) { documents { content } } }";
        let read = api.ask("robot", read, json!({ "id": case })).await;
        let texts = json!([{ "text": "too narrow" }, { "text": "far too wide" }]);
        assert_eq!(read["instance"]["documents"][0]["content"], texts);
    });
}

#[test]
fn of_a_sealed_intake_nobody_reads_what_comes_in() {
    on_both(|api| async move {
        let (case, _) = heard(&api, &HEARING.replace("closes:", "sealed: true, closes:")).await;
        assert_eq!(received(&api, "eye", &case).await, json!([]));
        for who in ["robot", "east"] {
            let answer = api.code(Some(who), RECEIVED, json!({ "id": case })).await;
            assert_eq!(answer, "NOT_FOUND", "{who}");
        }
        assert_eq!(api.ask("eye", READABLE, json!({})).await["readableIntakes"], json!([]));
    });
}

#[test]
fn the_readers_of_the_list_who_are_of_the_case_read_it_as_it_comes() {
    on_both(|api| async move {
        let readers = "list: true, readers: [initiator]";
        let (case, _) = heard(&api, &HEARING.replace("list: true", readers)).await;
        let all = json!([[2, null, "too narrow"], [3, null, "far too wide"]]);
        assert_eq!(received(&api, "wu", &case).await, all, "without the names of others");
    });
}

#[test]
fn many_intakes_are_read_together() {
    on_both(|api| async move {
        let mut costs = Vec::new();
        for _ in 0..2 {
            heard(&api, HEARING).await;
            api.ask("robot", READABLE, json!({})).await;
            let before = api.store.statements();
            let found = api.ask("robot", READABLE, json!({})).await;
            let found = found["readableIntakes"].as_array().map(Vec::len);
            costs.push((found, api.store.statements() - before));
        }
        assert_eq!((costs[0].0, costs[1].0), (Some(1), Some(2)));
        assert_eq!(costs[0].1, costs[1].1, "two cost more than one");
    });
}

/// Whoever may take back what a colleague handed in has to learn that there is something, and its number.
#[test]
fn who_may_take_back_what_their_unit_handed_in_is_told_of_it() {
    on_both(|api| async move {
        let once = HEARING
            .replace("[public, clerk]", "dashboard")
            .replace("closes:", "sealed: true, once: unit, closes:");
        let (case, intake) = heard_by(&api, &once).await;
        let colleague = Person {
            grants: vec![Grant { role: "dashboard".into(), unit: Some("east".into()) }],
            ..Person { id: "east2".into(), ..people().remove(7) }
        };
        api.store.load_people(&[], &[colleague]).await.expect("people");
        api.ask("east", HAND_IN, json!({ "intake": intake, "text": "ours" })).await;
        api.ask("west", HAND_IN, json!({ "intake": intake, "text": "theirs" })).await;
        let asked = "{ openIntakes { own { number person { handle } } } }";
        let own =
            async |who: &str| api.ask(who, asked, json!({})).await["openIntakes"][0]["own"].clone();
        let easts = json!([{ "number": 1, "person": { "handle": "east" } }]);
        assert_eq!(own("east").await, easts);
        assert_eq!(own("east2").await, easts);
        assert_eq!(own("west").await, json!([{ "number": 2, "person": { "handle": "west" } }]));
        assert_eq!(own("board").await, json!([]));
        let withdraw = "mutation($intake: ID!) { withdrawSubmission(input: { intake: $intake, submission: 1 }) { \
                        repeated } }";
        api.ask("east2", withdraw, json!({ "intake": intake })).await;
        assert_eq!(own("east").await, json!([]));
        assert_eq!(received(&api, "eye", &case).await, json!([]), "it is sealed");
    });
}
