//! What a case has worked out, for those who decide on it.

use serde_json::json;

use crate::harness::{COMPLETE, on_both, pack};

const FEE: &str = "process: fee
name: Fee
startedBy: [clerk]
documents: { request: { form: review } }
variables:
  length: { type: integer, label: { zh: 字数, en: Letters } }
  long: { type: boolean, label: { zh: 是否过长, en: Too long } }
  inner: { type: integer }
  later: { type: text, label: Later }
nodes:
  ask: { type: userTask, assign: initiator, edit: request }
  work: { type: scriptTask, set: { length: =size(request.text), inner: \"=7\", long: =size(request.text) > 9 } }
  decide: { type: userTask, role: reviewer }
";

#[test]
fn what_a_case_worked_out_is_shown_to_those_inside() {
    on_both(|api| async move {
        let mut files = pack();
        files.push(("processes/fee.yaml".to_owned(), FEE.to_owned()));
        let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
        api.store.deploy(files.collect(), "deployer").await.expect("it is right");
        let start = "mutation { startInstance(input: { process: \"fee\" }) { instance { id } } }";
        let begun = api.ask("wu", start, json!({})).await;
        let case = begun["startInstance"]["instance"]["id"].clone();
        let asked = "query($id: ID!) { instance(id: $id) { results { name label { zh en } value text { zh en } } } }";
        let results = async |who: &str| {
            let found = api.ask(who, asked, json!({ "id": case })).await;
            found["instance"]["results"].clone()
        };
        assert_eq!(results("eye").await, json!([]), "nothing yet");
        let task = api.open_task("wu", case.as_str().expect("an id")).await;
        let documents = json!([{ "document": "request", "content": { "text": "a bridge" } }]);
        api.ask("wu", COMPLETE, json!({ "input": { "task": task, "documents": documents } })).await;
        let expected = json!([
            { "name": "length", "label": { "zh": "字数", "en": "Letters" }, "value": 8,
                "text": { "zh": "8", "en": "8" } },
            { "name": "long", "label": { "zh": "是否过长", "en": "Too long" }, "value": false,
                "text": { "zh": "否", "en": "No" } },
        ]);
        for who in ["li", "eye", "boss"] {
            assert_eq!(results(who).await, expected, "{who}");
        }
        assert_eq!(results("wu").await, json!([]), "who only began it stands outside");
    });
}
