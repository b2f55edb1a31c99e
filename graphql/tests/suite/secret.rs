//! Secret rounds that are not decided: what was voted, said and entered there stays with who gave it, also
//! where the round was undone, runs beside another of its node, or goes over to another version.

use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, on_both, pack};

/// Two sign while somebody else may send it all back.
const PANEL: &str = "process: panel
name: Panel
startedBy: [clerk]
operations: [withdraw, void, terminate, reopen]
documents: { sheets: { form: comment, list: true, readers: [worker] } }
nodes:
  apply: { type: userTask, name: Apply, role: clerk }
  fork: { type: parallelGateway, to: [rate, check] }
  rate:
    type: userTask
    name: Rate
    people: =['li', 'zhao']
    edit: sheets
    sign: { rule: vote }
    outcomes: { agree: Agree, stop: Stop }
    to: join
  check: { type: userTask, name: Check, role: dashboard, show: sheets, operations: [return], to: join }
  join: { type: parallelGateway }
  after: { type: userTask, name: After, role: worker }
";

/// The same for each of two lots.
const LOTS: &str = "process: lots
name: Lots
startedBy: [clerk]
documents: { sheets: { form: comment, list: true } }
nodes:
  apply: { type: userTask, name: Apply, role: clerk }
  each:
    type: subProcess
    forEach: { in: \"=['A', 'B']\", as: lot }
    nodes:
      rate:
        type: userTask
        name: Rate
        people: =['li', 'zhao']
        edit: sheets
        sign: { rule: vote }
        outcomes: { agree: Agree, stop: Stop }
  after: { type: userTask, name: After, role: worker }
";

const CASE: &str = "query($id: ID!) { instance(id: $id) { status currentNodes { key name } \
    tasks { nodes { outcome comment documents { content } } } documents { name content } \
    documentVersions(document: \"sheets\") { nodes { hash content } } \
    history { nodes { command outcome comment happened { kind outcome comment weight } hash } } } }";

const RETURN: &str = "mutation($task: ID!) { returnTask(input: { task: $task, to: [\"apply\"], reason: \
    \"anew\" }) { revision } }";

async fn deploy(api: &Api, process: &str) {
    let mut files = pack();
    files.push(("processes/own.yaml".to_owned(), process.to_owned()));
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
}

/// A case of a process that `wu` began.
async fn begun(api: &Api, process: &str) -> Value {
    let start = "mutation($process: String!) { startInstance(input: { process: $process }) { instance \
                 { id } } }";
    let begun = api.ask("wu", start, json!({ "process": process })).await;
    let case = begun["startInstance"]["instance"]["id"].clone();
    complete(api, "wu", &open_of(api, &case, "wu").await[0], json!({})).await;
    case
}

/// The open tasks of a case in somebody's inbox, the first created first.
async fn open_of(api: &Api, case: &Value, who: &str) -> Vec<Value> {
    let inbox = "{ inbox { nodes { id createdAt instance { id } } } }";
    let found = api.ask(who, inbox, json!({})).await;
    let all = found["inbox"]["nodes"].as_array().expect("a list").iter();
    let mine = all.filter(|task| task["instance"]["id"] == *case);
    mine.map(|task| task["id"].clone()).collect()
}

async fn complete(api: &Api, who: &str, task: &Value, rest: Value) {
    let mut input = json!({ "task": task });
    let rest = rest.as_object().expect("the rest").clone();
    input.as_object_mut().expect("the input").extend(rest);
    api.ask(who, COMPLETE, json!({ "input": input })).await;
}

async fn vote(api: &Api, who: &str, task: &Value, outcome: &str, text: &str) {
    let sheet = json!([{ "document": "sheets", "content": { "text": text } }]);
    let rest =
        json!({ "outcome": outcome, "documents": sheet, "comment": format!("{text} indeed") });
    complete(api, who, task, rest).await;
}

/// All that somebody reads of a case; nothing of it where they see it no more.
async fn read(api: &Api, who: &str, case: &Value) -> String {
    api.raw(Some(who), CASE, json!({ "id": case })).await.to_string()
}

/// Some read what was given, and others read nothing of it.
async fn is_told(api: &Api, case: &Value, text: &str, (to, not): (&[&str], &[&str])) {
    for who in to {
        let seen = read(api, who, case).await;
        assert!(seen.contains(&format!("{text} indeed")), "{who}: {text}: {seen}");
    }
    for who in not {
        let seen = read(api, who, case).await;
        assert!(!seen.contains(text), "{who}: {text}: {seen}");
    }
}

#[test]
fn what_was_voted_in_a_round_that_was_undone_stays_secret_while_and_after_they_vote_anew() {
    on_both(|api| async move {
        deploy(&api, PANEL).await;
        let case = begun(&api, "panel").await;
        vote(&api, "li", &open_of(&api, &case, "li").await[0], "stop", "badly made").await;
        let who: (&[&str], &[&str]) = (&["li", "eye", "boss", "robot"], &["zhao", "wu", "board"]);
        // Whoever reads the list without signing reads on, once they see the case.
        let before = (&["li", "eye", "boss"][..], who.1);
        is_told(&api, &case, "badly made", before).await;
        let check = open_of(&api, &case, "board").await[0].clone();
        api.ask("board", RETURN, json!({ "task": check })).await;
        is_told(&api, &case, "badly made", before).await;
        complete(&api, "wu", &open_of(&api, &case, "wu").await[0], json!({})).await;
        is_told(&api, &case, "badly made", before).await;
        vote(&api, "zhao", &open_of(&api, &case, "zhao").await[0], "agree", "well mended").await;
        is_told(&api, &case, "well mended", (&["zhao", "eye"], &["li", "wu", "board"])).await;
        vote(&api, "li", &open_of(&api, &case, "li").await[0], "agree", "now fine").await;
        for text in ["well mended", "now fine"] {
            is_told(&api, &case, text, (&["li", "zhao", "wu", "board"], &[])).await;
        }
        is_told(&api, &case, "badly made", before).await;
        complete(&api, "board", &open_of(&api, &case, "board").await[0], json!({})).await;
        is_told(&api, &case, "badly made", who).await;
        for who in who.1 {
            assert!(!read(&api, who, &case).await.contains("\"stop\""), "{who}");
        }
    });
}

#[test]
fn however_a_round_ends_undecided_it_stays_secret() {
    on_both(|api| async move {
        deploy(&api, PANEL).await;
        for end in [
            "withdrawInstance(input: { instance: $id, reason: \"x\" })",
            "voidInstance(input: { instance: $id, reason: \"x\" })",
            "terminateInstance(input: { instance: $id, reason: \"x\" })",
            "modifyInstance(input: { instance: $id, changes: [{ move: { key: KEY, to: \"rate\" } }], reason: \
             \"x\" })",
        ] {
            let case = begun(&api, "panel").await;
            vote(&api, "li", &open_of(&api, &case, "li").await[0], "stop", "badly made").await;
            let seen = api.ask("boss", CASE, json!({ "id": case })).await;
            let nodes = seen["instance"]["currentNodes"].as_array().expect("a list");
            let rate = nodes.iter().find(|node| node["name"] == "rate").expect("it runs");
            let end = end.replace("KEY", &rate["key"].to_string());
            let who = if end.contains("withdraw") || end.contains("void") { "wu" } else { "boss" };
            let end = format!("mutation($id: ID!) {{ {end} {{ __typename }} }}");
            api.ask(who, &end, json!({ "id": case })).await;
            let who: (&[&str], &[&str]) = (&["li", "eye"], &["zhao", "wu"]);
            is_told(&api, &case, "badly made", who).await;
            if end.contains("terminate") {
                let wake = "mutation($id: ID!) { reopenInstance(input: { instance: $id, to: \"apply\", \
                            reason: \"x\" }) { __typename } }";
                api.ask("boss", wake, json!({ "id": case })).await;
                complete(&api, "wu", &open_of(&api, &case, "wu").await[0], json!({})).await;
                is_told(&api, &case, "badly made", who).await;
            }
        }
    });
}

#[test]
fn each_of_several_rounds_of_a_node_is_secret_until_it_is_decided_itself() {
    on_both(|api| async move {
        deploy(&api, LOTS).await;
        let case = begun(&api, "lots").await;
        let tasks = [open_of(&api, &case, "li").await, open_of(&api, &case, "zhao").await];
        let secret: (&[&str], &[&str]) = (&["li", "eye"], &["zhao", "wu"]);
        vote(&api, "li", &tasks[0][0], "stop", "badly made").await;
        is_told(&api, &case, "badly made", secret).await;
        // The other lot is decided.
        vote(&api, "li", &tasks[0][1], "agree", "well made").await;
        is_told(&api, &case, "well made", secret).await;
        vote(&api, "zhao", &tasks[1][1], "agree", "fine").await;
        is_told(&api, &case, "well made", (&["li", "zhao", "wu"], &[])).await;
        is_told(&api, &case, "badly made", secret).await;
        vote(&api, "zhao", &tasks[1][0], "agree", "why not").await;
        is_told(&api, &case, "badly made", (&["li", "zhao", "wu"], &[])).await;
    });
}

#[test]
fn a_round_stays_secret_in_a_version_in_which_its_node_has_another_name() {
    on_both(|api| async move {
        deploy(&api, PANEL).await;
        let (case, other) = (begun(&api, "panel").await, begun(&api, "panel").await);
        let secret: (&[&str], &[&str]) = (&["li", "eye"], &["zhao", "wu"]);
        for case in [&case, &other] {
            vote(&api, "li", &open_of(&api, case, "li").await[0], "stop", "badly made").await;
        }
        let later = PANEL.replace("  rate:", "  vote:").replace("[rate, check]", "[vote, check]");
        deploy(&api, &later).await;
        let migrate = "mutation($ids: [ID!]!, $plan: MigrationPlanInput) { migrateInstances(input: { \
            instances: $ids, version: 2, plan: $plan, reason: \"x\" }) { results { refused { code } } } }";
        for (case, anew) in [(&case, false), (&other, true)] {
            let plan = json!({ "nodes": [{ "from": "rate", "to": "vote", "anew": anew }] });
            let done = api.ask("boss", migrate, json!({ "ids": [case], "plan": plan })).await;
            assert_eq!(done["migrateInstances"]["results"][0]["refused"], Value::Null);
            is_told(&api, case, "badly made", secret).await;
        }
        vote(&api, "zhao", &open_of(&api, &case, "zhao").await[0], "agree", "fine").await;
        is_told(&api, &case, "badly made", (&["li", "zhao", "wu"], &[])).await;
        assert_eq!(open_of(&api, &other, "li").await.len(), 1, "who votes anew");
        is_told(&api, &other, "badly made", secret).await;
    });
}

/// Of two outcomes it could be tried out which it was.
#[test]
fn the_hash_of_a_secret_vote_is_its_voters() {
    on_both(|api| async move {
        deploy(&api, PANEL).await;
        let case = begun(&api, "panel").await;
        vote(&api, "li", &open_of(&api, &case, "li").await[0], "stop", "badly made").await;
        let hash = async |who: &str| {
            let seen = api.ask(who, CASE, json!({ "id": case })).await;
            let entries = seen["instance"]["history"]["nodes"].as_array().expect("a list").clone();
            assert!(entries[0]["hash"].is_string(), "{who}: how it began is no secret");
            entries.last().expect("a vote")["hash"].is_string()
        };
        assert_eq!((hash("li").await, hash("eye").await), (true, true));
        assert_eq!((hash("zhao").await, hash("wu").await), (false, false));
        vote(&api, "zhao", &open_of(&api, &case, "zhao").await[0], "agree", "fine").await;
        assert_eq!((hash("zhao").await, hash("wu").await), (true, true), "it is decided");
    });
}

/// What an admin enters anew of a list is still whose it was.
#[test]
fn what_an_admin_corrects_in_the_list_of_a_secret_round_stays_secret() {
    on_both(|api| async move {
        deploy(&api, PANEL).await;
        let case = begun(&api, "panel").await;
        vote(&api, "li", &open_of(&api, &case, "li").await[0], "stop", "badly made").await;
        let correct = "mutation($id: ID!, $content: JSON!) { correctData(input: { instance: $id, documents: \
            [{ document: \"sheets\", content: $content }], reason: \"x\" }) { __typename } }";
        let content = json!([{ "text": "badly mended" }]);
        api.ask("boss", correct, json!({ "id": case, "content": content })).await;
        assert!(read(&api, "li", &case).await.contains("badly mended"));
        for who in ["zhao", "board"] {
            let seen = read(&api, who, &case).await;
            assert!(!seen.contains("badly"), "{who}: {seen}");
        }
        vote(&api, "zhao", &open_of(&api, &case, "zhao").await[0], "agree", "fine").await;
        assert!(read(&api, "zhao", &case).await.contains("badly mended"), "it is decided");
    });
}
