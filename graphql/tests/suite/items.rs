//! Tasks of a list: which item each is about, and who is told what it is called.

use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, on_both, pack};

const ROWS: &str = "=[{'who': '甲公司', 'name': 'A'}, {'who': '乙公司', 'name': 'B'}]";

fn process() -> String {
    format!(
        "process: items
name: Items
startedBy: [clerk]
documents: {{ review: {{ form: application }} }}
nodes:
  fork: {{ type: parallelGateway, to: [said, found, hidden, outer, panel, each] }}
  said: {{ type: userTask, name: 初审, role: reviewer, forEach: {{ in: \"{ROWS}\", as: one, label: =one.who }}, to: join }}
  found: {{ type: userTask, name: 初审, role: reviewer, forEach: {{ in: \"{ROWS}\", as: one }}, to: join }}
  hidden:
    type: userTask
    name: 盲审
    role: reviewer
    forEach: {{ in: \"{ROWS}\", as: one }}
    show: {{ document: review, fields: {{ name: hidden }} }}
    to: join
  outer:
    type: subProcess
    forEach: {{ in: \"=['li', 'wu']\", as: one }}
    nodes:
      inner: {{ type: userTask, name: 内审, role: reviewer, forEach: {{ in: '=[7.5, 8]', as: two, label: \"='第' + one + string(loop.index)\" }} }}
    to: join
  panel: {{ type: userTask, name: 会签, people: \"=['li', 'zhao']\", sign: all, to: join }}
  each: {{ type: userTask, name: 各填, role: reviewer, loop: {{ while: 'false' }}, to: join }}
  join: {{ type: parallelGateway }}
  end: {{ type: endEvent }}
"
    )
}

const ITEM: &str =
    "nodeName item { number count label within { number count label within { label } } }";

/// Items of a case's tasks as somebody reads them, by node.
async fn read(api: &Api, who: &str, case: &Value, node: &str) -> Vec<Value> {
    let query = format!(
        "query($id: ID!) {{ instance(id: $id) {{ tasks(first: 50) {{ nodes {{ {ITEM} }} }} }} }}"
    );
    let found = api.ask(who, &query, json!({ "id": case })).await;
    let tasks = found["instance"]["tasks"]["nodes"].as_array().expect("tasks").clone();
    let own = tasks.into_iter().filter(|task| task["nodeName"] == node);
    own.map(|task| task["item"].clone()).collect()
}

fn one(number: u32, label: Option<&str>) -> Value {
    json!({ "number": number, "count": 2, "label": label, "within": null })
}

/// Who does five tasks of one name has to know which is about whom.
#[test]
fn a_task_of_a_list_tells_its_item_to_those_who_may_know() {
    on_both(|api| async move {
        let mut files = pack();
        files.push(("processes/items.yaml".to_owned(), process()));
        let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
        api.store.deploy(files.collect(), "deployer").await.expect("it is right");
        let start = "mutation { startInstance(input: { process: \"items\" }) { instance { id } } }";
        let begun = api.ask("wu", start, json!({})).await;
        let case = begun["startInstance"]["instance"]["id"].clone();

        let both = |first, second| vec![one(1, first), one(2, second)];
        let read = async |who: &'static str, node| read(&api, who, &case, node).await;
        for who in ["li", "eye", "boss"] {
            assert_eq!(read(who, "said").await, both(Some("甲公司"), Some("乙公司")), "{who}");
        }
        assert_eq!(read("wu", "said").await, both(None, None), "who only began it");
        assert_eq!(read("li", "found").await, both(Some("A"), Some("B")), "by its name");
        assert_eq!(read("li", "hidden").await, both(None, None), "nothing says what may be told");
        assert_eq!(read("eye", "hidden").await, both(Some("A"), Some("B")), "who oversees");
        assert_eq!(read("li", "panel").await, [Value::Null, Value::Null], "signers are no items");
        assert_eq!(read("li", "each").await, [Value::Null], "nor are passes of a loop");
        let inner = read("li", "inner").await;
        assert_eq!(inner.len(), 4);
        assert_eq!(inner[0]["label"], "第li0", "what the definition says");
        assert_eq!(inner[0]["within"], one(1, Some("li the person")), "by the directory");
        assert_eq!(inner[3]["label"], "第wu1");

        let active = "query($id: ID!) { instance(id: $id) { currentNodes { name runs { item { label } } } } }";
        let active = api.ask("li", active, json!({ "id": case })).await;
        let nodes = active["instance"]["currentNodes"].as_array().expect("nodes").clone();
        let said = nodes.iter().find(|node| node["name"] == "said").expect("it is active");
        assert_eq!(
            said["runs"],
            json!([{ "item": { "label": "甲公司" } }, { "item": { "label": "乙公司" } }])
        );

        // What is done still tells.
        let mine = "{ inbox(first: 50) { nodes { id nodeName item { label } } } }";
        let inbox = api.ask("li", mine, json!({})).await;
        let inbox = inbox["inbox"]["nodes"].as_array().expect("tasks").clone();
        let second =
            |task: &&Value| task["nodeName"] == "said" && task["item"]["label"] == "乙公司";
        let task = inbox.iter().find(second).expect("it is offered").clone();
        api.ask("li", COMPLETE, json!({ "input": { "task": task["id"] } })).await;
        let done =
            api.ask("li", "{ done { nodes { id item { number label } } } }", json!({})).await;
        let told = json!([{ "id": task["id"], "item": { "number": 2, "label": "乙公司" } }]);
        assert_eq!(done["done"]["nodes"], told);
        let history = "query($id: ID!) { instance(id: $id) { history(first: 50) { nodes { happened { kind item { \
             number label } } } } } }";
        let told = api.ask("eye", history, json!({ "id": case })).await;
        let fact = json!({ "kind": "taskCompleted", "item": { "number": 2, "label": "乙公司" } });
        assert!(told.to_string().contains(&fact.to_string()), "{told}");
        let rebuilt = api.store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(rebuilt.differing, 0, "{rebuilt:?}");
    });
}
