//! Lists whose writers do not see each other's entries.

use serde_json::{Value, json};

use crate::harness::{COMPLETE, on_both, pack};

const OFFERS: &str = "process: offers
name: Offers
startedBy: [clerk]
documents:
  review: { form: review }
  offers: { form: comment, list: true, apart: true }
nodes:
  ask: { type: userTask, assign: initiator, edit: review }
  each: { type: userTask, forEach: { in: \"=['li', 'zhao']\", as: who }, assign: =who, edit: offers }
  look: { type: userTask, role: clerk, show: offers }
";

/// Bids, and opinions that are to be independent: also where no round of signers makes them secret.
#[test]
fn who_only_writes_a_list_that_is_apart_reads_only_what_is_their_own() {
    on_both(|api| async move {
        let mut files = pack();
        files.push(("processes/offers.yaml".to_owned(), OFFERS.to_owned()));
        let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
        api.store.deploy(files.collect(), "deployer").await.expect("it is right");
        let start =
            "mutation { startInstance(input: { process: \"offers\" }) { instance { id } } }";
        let begun = api.ask("wu", start, json!({})).await;
        let case = begun["startInstance"]["instance"]["id"].clone();
        let of_case = case.as_str().expect("an id");
        let complete = async |who: &str, document: &str, text: &str| {
            let task = api.open_task(who, of_case).await;
            let documents = json!([{ "document": document, "content": { "text": text } }]);
            let input = json!({ "input": { "task": task, "documents": documents } });
            api.ask(who, COMPLETE, input).await;
        };
        let read = async |who: &str| {
            let asked = "query($id: ID!) { instance(id: $id) { documents { name content } \
                         documentVersions(document: \"offers\") { nodes { content } } } }";
            let found = api.ask(who, asked, json!({ "id": case })).await;
            let found = &found["instance"];
            let documents = found["documents"].as_array().expect("a list");
            let offers = documents.iter().find(|one| one["name"] == "offers");
            let versions = found["documentVersions"]["nodes"].as_array().expect("a list").len();
            (offers.map_or(Value::Null, |offers| offers["content"].clone()), versions)
        };
        complete("wu", "review", "asked").await;
        complete("li", "offers", "nine hundred").await;
        assert_eq!(read("zhao").await, (json!([]), 0), "zhao has not offered yet");
        assert_eq!(read("li").await, (json!([{ "text": "nine hundred" }]), 1));
        complete("zhao", "offers", "eight hundred").await;
        assert_eq!(read("li").await, (json!([{ "text": "nine hundred" }]), 1), "nor afterwards");
        let all = json!([{ "text": "nine hundred" }, { "text": "eight hundred" }]);
        assert_eq!(read("wu").await, (all.clone(), 2), "whose task shows it");
        assert_eq!(read("eye").await, (all, 2), "who oversees");
    });
}
