//! Cases that go over to another version of their process: seen before, done together, told after.

use serde_json::{Value, json};

use crate::harness::{Api, CLAIM, COMPLETE, on_both, pack};

const SEE: &str = "query($id: ID!, $plan: MigrationPlanInput) { instance(id: $id) { migrated(version: 2, \
    plan: $plan) { fits fates { what nodeType before after becomes problem } currentNodes { name } \
    waitingTokens { name } } } }";

const MIGRATE: &str = "mutation($ids: [ID!]!, $plan: MigrationPlanInput, $key: String) { \
    migrateInstances(input: { instances: $ids, version: 2, plan: $plan, reason: \"the rules changed\", \
    idempotencyKey: $key }) { results { id instance { version currentNodes { name label } } refused { \
    code message } } } }";

/// Publishes the process of permits as it is later: who reviews it does so under another name, and a
/// clerk checks it before.
async fn deploy_later(api: &Api) {
    let files = pack().into_iter().map(|(path, text)| {
        let text = match path.as_str() {
            "processes/permit.yaml" => {
                let text = text.replace("  review:\n    type:", "  assess:\n    type:");
                text.replace("zh: 审查, en: Review", "zh: 评估, en: Assess")
            }
            _ => text,
        };
        (path, text.into_bytes())
    });
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
}

#[test]
fn an_admin_sees_what_would_become_of_a_case_and_lets_several_go_over() {
    on_both(|api| async move {
        let (one, two) = (api.applied("Road").await, api.applied("Bridge").await);
        let task = api.open_task("li", &one).await;
        api.ask("li", CLAIM, json!({ "task": task })).await;
        deploy_later(&api).await;

        let bare = json!({ "id": one });
        assert_eq!(api.code(Some("wu"), SEE, bare.clone()).await, "DENIED");
        let seen = api.ask("boss", SEE, bare).await;
        let fates = &seen["instance"]["migrated"];
        assert_eq!(fates["fits"], false);
        assert_eq!(fates["currentNodes"], json!([]));
        let node = fates["fates"].as_array().expect("fates").iter();
        let node: Vec<&Value> = node.filter(|fate| fate["what"] == "node").collect();
        assert_eq!(
            node,
            [&json!({
                "what": "node", "nodeType": "userTask", "before": "review", "after": null,
                "becomes": "unfit",
                "problem": "expected the other version to have `review`; name the node it becomes, or end it",
            })]
        );
        let refused = api.ask("boss", MIGRATE, json!({ "ids": [one, two] })).await;
        for (place, id) in [&one, &two].into_iter().enumerate() {
            let result = &refused["migrateInstances"]["results"][place];
            assert_eq!((&result["id"], &result["instance"]), (&json!(id), &Value::Null));
            assert_eq!(result["refused"]["code"], "CANNOT_MIGRATE");
        }

        let plan = json!({ "nodes": [{ "from": "review", "to": "assess" }] });
        let seen = api.ask("boss", SEE, json!({ "id": one, "plan": plan })).await;
        let migrated = &seen["instance"]["migrated"];
        assert_eq!(migrated["fits"], true, "{migrated:#}");
        assert_eq!(migrated["currentNodes"], json!([{ "name": "assess" }]));
        let all = json!({ "ids": [one, two], "plan": plan, "key": "batch-1" });
        assert_eq!(api.code(Some("wu"), MIGRATE, all.clone()).await, "DENIED");
        let done = api.ask("boss", MIGRATE, all.clone()).await;
        for result in done["migrateInstances"]["results"].as_array().expect("results") {
            assert_eq!(result["refused"], Value::Null);
            let expected =
                json!({ "version": 2, "currentNodes": [{ "name": "assess", "label": "Assess" }] });
            assert_eq!(result["instance"], expected);
        }
        assert_eq!(api.ask("boss", MIGRATE, all).await, done, "the same key changes nothing");

        let versions =
            "{ instances(filter: { process: \"permit\", version: 2 }) { edges { node { id } } } }";
        let found = api.ask("boss", versions, json!({})).await;
        let expected = json!([{ "node": { "id": two } }, { "node": { "id": one } }]);
        assert_eq!(found["instances"]["edges"], expected);
        let history = "query($id: ID!) { instance(id: $id) { history { edges { node { command reached \
             happened { kind comment } } } } } }";
        let told = api.ask("boss", history, json!({ "id": one })).await;
        let entries = told["instance"]["history"]["edges"].as_array().expect("entries").clone();
        let reached: Vec<&Value> = entries.iter().map(|entry| &entry["node"]["reached"]).collect();
        assert!(
            reached.contains(&&json!(["Review"])),
            "it is told as it was called then: {reached:?}"
        );
        let last = &entries.last().expect("an entry")["node"];
        assert_eq!(
            last["happened"],
            json!([{ "kind": "instanceMigrated", "comment": "the rules changed" }])
        );

        let task = api.open_task("li", &one).await;
        let review = json!([{ "document": "review", "content": { "text": "fine" } }]);
        let input = json!({ "input": { "task": task, "outcome": "accept", "documents": review } });
        assert_eq!(api.code(Some("zhao"), COMPLETE, input.clone()).await, "CLAIMED_BY_ANOTHER");
        api.ask("li", COMPLETE, input).await;
    });
}
