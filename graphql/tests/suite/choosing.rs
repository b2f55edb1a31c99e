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
