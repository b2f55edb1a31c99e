//! Time limits of phases and of whole cases, and intakes of lots: what people have to know of a case beside
//! its tasks.

use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, on_both, pack};

const PROCESS: &str = "process: limited
name: Limited
startedBy: [clerk]
documents: { bids: { form: comment, list: true } }
nodes:
  look:
    type: userTask
    name: Look
    role: reviewer
    outcomes: { fine: Fine, ask: { label: Ask, to: supplement } }
    to: lots
  supplement: { type: userTask, name: Supplement, assign: initiator, to: look }
  soon: { type: boundaryEvent, name: Soon, attachedTo: look, interrupting: false, timer: { in: 5 workdays }, to: remark }
  remark: { type: userTask, name: Remark, role: clerk, to: over }
  over: { type: endEvent }
  lots:
    type: subProcess
    name: Lots
    forEach: { in: \"=['A', 'B']\", as: lot, label: =lot }
    nodes:
      bid: { type: intake, name: Bids, from: public, into: bids, closes: 5 days }
  limit:
    type: eventSubProcess
    name: Limit of the case
    nodes:
      begin: { type: startEvent, name: Twenty days, interrupting: false, timer: { in: 20 workdays, pausedBy: supplement } }
      late: { type: userTask, name: Late, role: clerk }
";

const LIMITS: &str = "query($id: ID!) { instance(id: $id) { timeLimits { node label withinLabel clock { until working \
    overdue paused { ground since } remaining { amount } } } } }";

async fn limits(api: &Api, who: &str, case: &Value) -> Value {
    let found = api.ask(who, LIMITS, json!({ "id": case })).await;
    found["instance"]["timeLimits"].clone()
}

#[test]
fn until_when_a_phase_may_take_is_told_and_why_its_clock_stands_still() {
    on_both(|api| async move {
        let mut files = pack();
        files.push(("processes/limited.yaml".to_owned(), PROCESS.to_owned()));
        let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
        api.store.deploy(files.collect(), "deployer").await.expect("it is right");
        let start =
            "mutation { startInstance(input: { process: \"limited\" }) { instance { id } } }";
        let begun = api.ask("wu", start, json!({})).await;
        let case = begun["startInstance"]["instance"]["id"].clone();

        let told = limits(&api, "wu", &case).await;
        let all = told.as_array().expect("a list");
        let of = |name: &str| all.iter().find(|one| one["label"] == name).expect(name).clone();
        let soon = of("Soon");
        assert_eq!(
            (&soon["withinLabel"], &soon["clock"]["remaining"]["amount"]),
            (&json!("Look"), &json!(5))
        );
        let whole = all.iter().find(|one| one["withinLabel"].is_null()).expect("that of the case");
        assert_eq!(whole["clock"]["until"], "2026-02-03T00:00:00+08:00", "{told}");
        assert_eq!(
            (&whole["clock"]["paused"], &whole["clock"]["overdue"]),
            (&Value::Null, &json!(false))
        );

        let task = api.own_task("li").await;
        api.ask("li", COMPLETE, json!({ "input": { "task": task, "outcome": "ask" } })).await;
        let told = limits(&api, "wu", &case).await;
        let all = told.as_array().expect("a list");
        assert_eq!(all.len(), 1, "the edge is left: {told}");
        assert_eq!(all[0]["clock"]["paused"]["ground"], "Supplement", "{told}");
        assert_eq!(all[0]["clock"]["remaining"]["amount"], 20);

        let task = api.own_task("wu").await;
        api.ask("wu", COMPLETE, json!({ "input": { "task": task } })).await;
        let task = api.own_task("li").await;
        api.ask("li", COMPLETE, json!({ "input": { "task": task, "outcome": "fine" } })).await;
        let open =
            api.raw(None, "{ openIntakes { label item { number count label } } }", json!({})).await;
        let lot = |number: u32, label: &str| json!({ "label": "Bids", "item": { "number": number, "count": 2, "label": label } });
        assert_eq!(open["data"]["openIntakes"], json!([lot(1, "A"), lot(2, "B")]));
    });
}
