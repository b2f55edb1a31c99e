//! What is not told: of a round to its signers before it is decided; of names, votes and opinions to
//! whoever only began a case or was let know of it; of a called case to those who called it.

use graphql::attachments::{By, readable};
use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, on_both, pack};

/// Two sign, and each writes an entry of a list with a file. `ROUND` is how.
const PANEL: &str = "process: panel
name: Panel
startedBy: [clerk]
documents:
  plan: { form: review }
  sheets: { form: comment, list: true, readers: [reviewer] }
nodes:
  apply: { type: userTask, name: Apply, assign: initiator, edit: plan }
  rate:
    type: userTask
    name: Rate
    people: =['li', 'zhao']
    edit: sheets
    sign: { rule: vote, pass: 2/3, ROUND }
    outcomes: { agree: Agree, stop: Stop }
  after: { type: userTask, name: After, role: reviewer }
";

const CALLER: &str = "process: caller
name: Caller
startedBy: [clerk]
documents: { plan: { form: review } }
nodes:
  apply: { type: userTask, assign: initiator, edit: plan }
  ask: { type: callActivity, process: called, in: { plan: =plan } }
";

const CALLED: &str = "process: called
name: Called
documents: { plan: { form: review } }
nodes:
  check: { type: userTask, name: Check, role: reviewer, show: plan, due: 5 days, outcomes: { good: Good } }
  last: { type: userTask, name: Last, role: reviewer }
  end: { type: endEvent, outcome: good }
";

const CASE: &str = "query($id: ID!) { instance(id: $id) { outcome \
    tasks { nodes { nodeName state outcome comment assignee { handle } completedBy { handle } } } \
    documents { name content } documentVersions(document: \"sheets\") { nodes { person { handle } \
    content } } comments { nodes { text } } copies { person { handle } } \
    history { nodes { actor outcome comment person { handle } happened { kind outcome weight comment \
    count person { handle } } } } } }";

async fn begun(api: &Api, processes: &[(&str, &str)], process: &str) -> Value {
    let mut files = pack();
    for (name, text) in processes {
        files.push((format!("processes/{name}.yaml"), (*text).to_owned()));
    }
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
    let start = "mutation($process: String!) { startInstance(input: { process: $process }) { instance \
                 { id } } }";
    let begun = api.ask("wu", start, json!({ "process": process })).await;
    let case = begun["startInstance"]["instance"]["id"].clone();
    let task = api.open_task("wu", case.as_str().expect("an id")).await;
    let plan = json!([{ "document": "plan", "content": { "text": "a plan" } }]);
    api.ask("wu", COMPLETE, json!({ "input": { "task": task, "documents": plan } })).await;
    api.store.settle().await.expect("what it calls begins");
    case
}

/// The round runs, and `li` has voted with an entry that has a file: the case, and the file's hash.
async fn voted(api: &Api, round: &str) -> (Value, String) {
    let panel = PANEL.replace("ROUND", round);
    let case = begun(api, &[("panel", &panel)], "panel").await;
    let bytes = futures_util::stream::iter([Ok(b"%PDF-1.7 sheet".to_vec())]);
    let file = api.store.upload("sheet.pdf", "application/pdf", "li", bytes).await;
    let file = file.expect("it is kept");
    let annex = json!({ "hash": file.hash, "name": "评分.pdf", "type": file.media_type,
        "size": file.size });
    vote(api, "li", "agree", "li's", json!([annex])).await;
    (case, file.hash)
}

async fn vote(api: &Api, who: &str, outcome: &str, text: &str, annexes: Value) {
    let task = api.own_task(who).await;
    let sheet = json!([{ "document": "sheets", "content": { "text": text, "annexes": annexes } }]);
    let input = json!({ "task": task, "outcome": outcome, "documents": sheet,
        "comment": format!("{text} opinion") });
    api.ask(who, COMPLETE, json!({ "input": input })).await;
}

async fn may_read(api: &Api, who: &str, case: &Value, hash: &str) -> bool {
    let by = By { instance: case.as_str().map(str::to_owned), page: None };
    let viewing = api.viewing(Some(who)).await;
    readable(&api.store, &viewing, hash, &by).await.expect("the store answers").is_some()
}

#[test]
fn who_signs_reads_nothing_of_others_before_the_round_is_decided() {
    on_both(|api| async move {
        let (case, file) = voted(&api, "open: false").await;
        let id = json!({ "id": case });
        let own = api.ask("zhao", CASE, id.clone()).await["instance"].clone();
        for word in ["li's", "agree"] {
            assert!(!own.to_string().contains(word), "{word}: {own:#}");
        }
        let sheets = &own["documents"].as_array().expect("documents")[0];
        assert_eq!(*sheets, json!({ "name": "sheets", "content": [] }));
        assert_eq!(own["documentVersions"]["nodes"], json!([]));
        assert!(!may_read(&api, "zhao", &case, &file).await, "nor its file");
        let mine = api.ask("li", CASE, id.clone()).await["instance"].clone();
        assert_eq!(mine["tasks"]["nodes"][1]["outcome"], "agree");
        assert_eq!(mine["tasks"]["nodes"][1]["comment"], "li's opinion");
        assert_eq!(mine["documents"][0]["content"][0]["text"], "li's");
        assert!(may_read(&api, "li", &case, &file).await);
        let all = api.ask("eye", CASE, id.clone()).await["instance"].clone();
        assert_eq!(all["tasks"]["nodes"][1]["comment"], "li's opinion", "who oversees sees all");
        // What they wrote themselves is theirs, also while the others' is not.
        vote(&api, "zhao", "stop", "zhao's", json!([])).await;
        let told = api.ask("zhao", CASE, id).await["instance"].clone();
        let texts: Vec<&Value> = told["documents"][0]["content"]
            .as_array()
            .expect("entries")
            .iter()
            .map(|entry| &entry["text"])
            .collect();
        assert_eq!(texts, ["li's", "zhao's"], "the round is decided");
        assert_eq!(told["tasks"]["nodes"][1]["outcome"], "agree");
        assert_eq!(told["documentVersions"]["nodes"][0]["person"]["handle"], "li");
        assert!(may_read(&api, "zhao", &case, &file).await);
    });
}

#[test]
fn who_does_not_sign_learns_no_vote_before_the_round_is_decided_but_for_readers_of_its_list() {
    on_both(|api| async move {
        let before = "  check: { type: userTask, name: Check, role: dashboard }
  file: { type: userTask, name: File, role: worker }
  rate:";
        let panel = PANEL.replace("  rate:", before).replace("[reviewer]", "[worker]");
        let panel = panel.replace("ROUND", "open: false");
        let case = begun(&api, &[("panel", &panel)], "panel").await;
        for who in ["board", "robot"] {
            let task = api.own_task(who).await;
            api.ask(who, COMPLETE, json!({ "input": { "task": task } })).await;
        }
        vote(&api, "li", "agree", "li's", json!([])).await;
        let id = json!({ "id": case });
        let told = api.ask("board", CASE, id.clone()).await["instance"].clone();
        assert_eq!(told["tasks"]["nodes"][3]["completedBy"]["handle"], "li", "who has voted");
        for word in ["li's", "agree"] {
            assert!(!told.to_string().contains(word), "{word}: {told:#}");
        }
        let reads = api.ask("robot", CASE, id.clone()).await["instance"].clone();
        assert_eq!(reads["tasks"]["nodes"][3]["comment"], "li's opinion");
        assert_eq!(reads["documents"][0]["content"][0]["text"], "li's");
        vote(&api, "zhao", "agree", "zhao's", json!([])).await;
        let told = api.ask("board", CASE, id).await["instance"].clone();
        assert_eq!(told["tasks"]["nodes"][3]["comment"], "li's opinion", "it is decided");
    });
}

#[test]
fn an_open_round_is_read_by_its_signers() {
    on_both(|api| async move {
        let (case, file) = voted(&api, "open: true").await;
        let seen = api.ask("zhao", CASE, json!({ "id": case })).await["instance"].clone();
        assert_eq!(seen["tasks"]["nodes"][1]["comment"], "li's opinion");
        assert_eq!(seen["documents"][0]["content"][0]["text"], "li's");
        assert!(may_read(&api, "zhao", &case, &file).await);
    });
}

/// Nothing of who did it, nor what they said.
fn is_closed(seen: &Value) {
    let text = seen.to_string();
    for word in ["\"li\"", "\"zhao\"", "person:li", "person:zhao", "opinion", "\"agree\":", "talk"]
    {
        assert!(!text.contains(word), "{word}: {seen:#}");
    }
}

#[test]
fn who_began_a_case_or_was_let_know_reads_no_names_votes_or_opinions() {
    on_both(|api| async move {
        let (case, _) = voted(&api, "open: false").await;
        let id = json!({ "id": case });
        let (nobody, talk) = (
            api.person("nobody").await,
            "mutation($id: ID!, $text: String!) { \
            addComment(input: { instance: $id, text: $text }) { revision } }",
        );
        let copy = "mutation($id: ID!, $people: [ID!]!) { copyInstance(input: { instance: $id, people: \
                    $people }) { revision } }";
        let people = json!({ "id": case, "people": [nobody] });
        assert_eq!(api.code(Some("wu"), copy, people.clone()).await, "NOT_INSIDE");
        api.ask("zhao", copy, people).await;
        let others = json!({ "id": case, "people": [api.person("board").await] });
        assert_eq!(api.code(Some("nobody"), copy, others).await, "NOT_INSIDE");
        api.ask("zhao", talk, json!({ "id": case, "text": "talk" })).await;
        api.ask("wu", talk, json!({ "id": case, "text": "mine" })).await;
        vote(&api, "zhao", "agree", "zhao's", json!([])).await;
        for who in ["wu", "nobody"] {
            let seen = api.ask(who, CASE, id.clone()).await["instance"].clone();
            is_closed(&seen);
            let rate = &seen["tasks"]["nodes"][1];
            assert_eq!((&rate["state"], &rate["outcome"]), (&json!("COMPLETED"), &Value::Null));
            let facts = seen["history"]["nodes"].as_array().expect("entries").iter();
            let facts: Vec<&Value> =
                facts.flat_map(|entry| entry["happened"].as_array().expect("facts")).collect();
            let of =
                |kind: &str| *facts.iter().find(|fact| fact["kind"] == kind).expect("it is there");
            assert_eq!(of("voteCast")["outcome"], Value::Null);
            assert_eq!(of("signDecided")["outcome"], "agree", "what the round decided is told");
            assert_eq!(of("signDecided")["count"], Value::Null);
        }
        let own = api.ask("wu", CASE, id.clone()).await["instance"].clone();
        assert_eq!(own["comments"]["nodes"], json!([{ "text": "mine" }]));
        assert_eq!(own["copies"], json!([]));
        let inside = api.ask("li", CASE, id).await["instance"].clone();
        assert_eq!(inside["tasks"]["nodes"][2]["comment"], "zhao's opinion");
        assert_eq!(inside["comments"]["nodes"][0]["text"], "talk");
        assert_eq!(inside["copies"], json!([{ "person": { "handle": "nobody" } }]));
    });
}

#[test]
fn who_began_a_case_reads_why_it_comes_back_to_them() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        let input = json!({ "task": task, "outcome": "correct", "comment": "no map" });
        api.ask("li", COMPLETE, json!({ "input": input })).await;
        let asked = "query($id: ID!) { instance(id: $id) { tasks { nodes { nodeName outcome comment \
                     completedBy { handle } } } history { nodes { actor comment } } } }";
        let seen = api.ask("wu", asked, json!({ "id": case })).await["instance"].clone();
        let review = json!({ "nodeName": "review", "outcome": "correct", "comment": "no map",
            "completedBy": null });
        assert_eq!(seen["tasks"]["nodes"][1], review);
        let last = &seen["history"]["nodes"].as_array().expect("entries")[2];
        assert_eq!(*last, json!({ "actor": "person", "comment": "no map" }));
    });
}

#[test]
fn a_process_may_open_its_opinions() {
    on_both(|api| async move {
        let open = PANEL.replace("startedBy", "opinions: open\nstartedBy").replace(", ROUND", "");
        let case = begun(&api, &[("panel", &open)], "panel").await;
        vote(&api, "li", "agree", "li's", json!([])).await;
        let seen = api.ask("wu", CASE, json!({ "id": case })).await["instance"].clone();
        let rate = &seen["tasks"]["nodes"][1];
        assert_eq!(rate["comment"], "li's opinion");
        assert_eq!(rate["completedBy"]["handle"], "li");
    });
}

#[test]
fn people_of_the_calling_case_see_how_the_called_one_stands() {
    on_both(|api| async move {
        let case = begun(&api, &[("caller", CALLER), ("called", CALLED)], "caller").await;
        let children = "query($id: ID!) { instance(id: $id) { children { id process status outcome \
            currentNodes { name } tasks { nodes { dueAt } } documents { name } } } }";
        let seen = api.ask("wu", children, json!({ "id": case })).await;
        let child = &seen["instance"]["children"][0];
        let expected = json!([{ "id": child["id"], "process": "called", "status": "ACTIVE",
            "outcome": null, "currentNodes": [{ "name": "check" }],
            "tasks": { "nodes": [{ "dueAt": "2026-01-12T16:00:00+00:00" }] }, "documents": [] }]);
        assert_eq!(seen["instance"]["children"], expected);
        let input = json!({ "task": api.own_task("li").await, "outcome": "good",
            "comment": "an opinion" });
        api.ask("li", COMPLETE, json!({ "input": input })).await;
        let called = json!({ "id": child["id"] });
        let seen = "query($id: ID!) { instance(id: $id) { tasks { nodes { nodeName outcome comment \
            completedBy { handle } } } } }";
        let done = json!({ "nodeName": "check", "outcome": "good", "comment": null,
            "completedBy": null });
        let told = api.ask("wu", seen, called.clone()).await;
        assert_eq!(told["instance"]["tasks"]["nodes"][0], done);
        let talk = "mutation($id: ID!) { addComment(input: { instance: $id, text: \"x\" }) { \
                    revision } }";
        assert_eq!(api.code(Some("wu"), talk, called.clone()).await, "DENIED");
        assert_eq!(api.code(Some("nobody"), seen, called).await, "NOT_FOUND");
    });
}
