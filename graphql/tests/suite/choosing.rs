//! Ad-hoc sub-processes: who may begin what is told, and done, and kept in the history.

use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, on_both, pack};

const PROCESS: &str = "process: inspection
name: Inspection
startedBy: [clerk]
nodes:
  inspect:
    type: adHocSubProcess
    name: { zh: 检查, en: Inspect }
    role: reviewer
    ordering: sequential
    until: rounds.visit > 0
    nodes:
      call: { type: userTask, name: { zh: 电话核实, en: Call }, role: reviewer }
      visit: { type: userTask, name: { zh: 现场核查, en: Visit }, role: reviewer }
  report: { type: userTask, role: clerk }
";

const CHOICES: &str = "query($id: ID!) { instance(id: $id) { choices { key name label candidates \
    activities { name label rounds allowed reasonCode } } currentNodes { name } } }";

const BEGIN: &str = "mutation($id: ID!, $key: Int!, $activity: String!) { beginActivity(input: { \
    instance: $id, key: $key, activity: $activity }) { instance { currentNodes { name } } } }";

async fn begun(api: &Api) -> Value {
    let mut files = pack();
    files.push(("processes/inspection.yaml".to_owned(), PROCESS.to_owned()));
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
    let start =
        "mutation { startInstance(input: { process: \"inspection\" }) { instance { id } } }";
    api.ask("wu", start, json!({})).await["startInstance"]["instance"]["id"].clone()
}

#[test]
fn people_see_what_they_may_begin_and_begin_it() {
    on_both(|api| async move {
        let case = begun(&api).await;
        let see = json!({ "id": case });
        let seen = api.ask("li", CHOICES, see.clone()).await;
        let activity = |name: &str, label: &str, rounds: u32, code: Option<&str>| {
            json!({ "name": name, "label": label, "rounds": rounds, "allowed": code.is_none(),
                "reasonCode": code })
        };
        let expected = json!([{
            "key": 1, "name": "inspect", "label": "Inspect", "candidates": ["role:reviewer"],
            "activities": [activity("call", "Call", 0, None), activity("visit", "Visit", 0, None)],
        }]);
        assert_eq!(seen["instance"]["choices"], expected);
        let seen = api.ask("wu", CHOICES, see.clone()).await;
        let off = Some("NOT_CANDIDATE");
        let expected =
            json!([activity("call", "Call", 0, off), activity("visit", "Visit", 0, off)]);
        assert_eq!(seen["instance"]["choices"][0]["activities"], expected);
        assert_eq!(api.code(Some("robot"), CHOICES, see.clone()).await, "NOT_FOUND");

        let begin = |activity: &str| json!({ "id": case, "key": 1, "activity": activity });
        assert_eq!(api.code(Some("wu"), BEGIN, begin("call")).await, "NOT_CANDIDATE");
        assert_eq!(api.code(Some("li"), BEGIN, begin("report")).await, "BAD_ARGUMENT");
        let done = api.ask("li", BEGIN, begin("call")).await;
        let now = &done["beginActivity"]["instance"]["currentNodes"];
        assert_eq!(*now, json!([{ "name": "inspect" }, { "name": "call" }]));
        assert_eq!(api.code(Some("zhao"), BEGIN, begin("visit")).await, "ONE_AT_A_TIME");
        let seen = api.ask("zhao", CHOICES, see.clone()).await;
        let off = Some("ONE_AT_A_TIME");
        let expected =
            json!([activity("call", "Call", 1, off), activity("visit", "Visit", 0, off)]);
        assert_eq!(seen["instance"]["choices"][0]["activities"], expected);

        for (who, next) in [("li", Some("visit")), ("zhao", None)] {
            let task = api.open_task(who, case.as_str().expect("an id")).await;
            api.ask(who, COMPLETE, json!({ "input": { "task": task } })).await;
            if let Some(next) = next {
                api.ask(who, BEGIN, begin(next)).await;
            }
        }
        let seen = api.ask("wu", CHOICES, see.clone()).await;
        assert_eq!(
            seen["instance"],
            json!({ "choices": [], "currentNodes": [{ "name": "report" }] })
        );

        let history = "query($id: ID!) { instance(id: $id) { history { edges { node { happened { \
             kind node nodeLabel from { name } } } } } } }";
        let told = api.ask("wu", history, see).await;
        let entries = told["instance"]["history"]["edges"].as_array().expect("entries").clone();
        let facts = entries
            .iter()
            .flat_map(|entry| entry["node"]["happened"].as_array().expect("facts").clone());
        let chosen: Vec<Value> = facts.filter(|fact| fact["kind"] == "activityChosen").collect();
        let fact = |node: &str, label: &str| {
            json!({ "kind": "activityChosen", "node": node, "nodeLabel": label,
                "from": { "name": "li the person" } })
        };
        assert_eq!(chosen, [fact("call", "Call"), fact("visit", "Visit")]);
    });
}

const MINE: &str = "query($after: String, $first: Int) { choices(after: $after, first: $first) { edges { \
    cursor node { name instance { id title } activities { name allowed reasonCode } } } pageInfo { \
    hasNextPage } } }";

/// What somebody may begin is no task, and was in no list of theirs.
#[test]
fn people_find_the_cases_in_which_they_may_begin_something() {
    on_both(|api| async move {
        let mut cases = Vec::new();
        for _ in 0..3 {
            cases.push(begun(&api).await);
        }
        let mine = async |api: &Api, who: &str, page: Value| {
            let found = api.ask(who, MINE, page).await["choices"].clone();
            let edges = found["edges"].as_array().expect("edges").clone();
            let ids = edges.iter().map(|edge| edge["node"]["instance"]["id"].clone());
            let last = edges.last().map(|edge| edge["cursor"].clone());
            (ids.collect::<Vec<_>>(), last, found["pageInfo"]["hasNextPage"].clone())
        };
        let mut sorted = cases.clone();
        sorted.sort_by_key(ToString::to_string);
        let all = async |api: &Api| {
            let mut ids = mine(api, "li", json!({})).await.0;
            ids.sort_by_key(ToString::to_string);
            ids
        };
        assert_eq!(all(&api).await, sorted);
        assert!(mine(&api, "wu", json!({})).await.0.is_empty(), "a clerk begins none");
        let (first, cursor, more) = mine(&api, "li", json!({ "first": 2 })).await;
        assert_eq!((first.len(), more), (2, json!(true)));
        let (rest, _, more) = mine(&api, "li", json!({ "first": 2, "after": cursor })).await;
        assert_eq!((rest.len(), more), (1, json!(false)));
        assert!(!first.contains(&rest[0]), "each once");

        let statements = async |first: u32| {
            let before = api.store.statements();
            mine(&api, "li", json!({ "first": first })).await;
            api.store.statements() - before
        };
        statements(3).await;
        assert_eq!(statements(3).await, statements(1).await, "no statement per row");

        // Cases of before there was this list are found as well.
        let api = api
            .after_sql(
                "DROP TABLE choice; DELETE FROM seaql_migrations WHERE version = 'm0026_choices'",
            )
            .await;
        assert_eq!(all(&api).await, sorted);
        let rebuilt = api.store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(rebuilt.differing, 0, "{rebuilt:?}");

        // One that stands still, and one in which all is done, are there no more.
        let suspend = "mutation($id: ID!) { suspendInstance(input: { instance: $id, reason: \"wait\" }) { \
             instance { id } } }";
        api.ask("boss", suspend, json!({ "id": cases[0] })).await;
        let cancel = "mutation($id: ID!) { cancelInstance(input: { instance: $id, reason: \"no\" }) { \
             instance { id } } }";
        api.ask("boss", cancel, json!({ "id": cases[1] })).await;
        assert_eq!(mine(&api, "li", json!({})).await.0, [cases[2].clone()]);
        let rebuilt = api.store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(rebuilt.differing, 0, "{rebuilt:?}");
    });
}
