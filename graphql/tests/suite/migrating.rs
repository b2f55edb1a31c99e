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

/// Publishes the process of permits as it is later: its documents and their fields are called otherwise.
async fn deploy_renamed(api: &Api) {
    let files = pack().into_iter().map(|(path, text)| {
        let text = match path.as_str() {
            "processes/permit.yaml" => text
                .replace("application: { form: application }", "request: { form: application }")
                .replace("  review:\n    form: review", "  opinion:\n    form: review")
                .replace("application.name", "request.title")
                .replace("application.secret", "request.inner")
                .replace("edit: application", "edit: request")
                .replace("edit: review", "edit: opinion")
                .replace("require: review.text", "require: opinion.text")
                .replace(
                    "document: application, fields: { secret:",
                    "document: request, fields: { inner:",
                ),
            "forms/application.yaml" => {
                text.replace("  name: {", "  title: {").replace("  secret:", "  inner:")
            }
            _ => text,
        };
        (path, text.into_bytes())
    });
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
}

const READ: &str = "query($id: ID!, $name: String!) { instance(id: $id) { documents { name version content } \
    documentVersions(document: $name) { edges { node { id document version content person { handle } } } } } }";

/// A permit whose application was written twice, and whose review is a draft: the case and its task.
async fn half_reviewed(api: &Api) -> (String, Value) {
    let case = api.applied("Road").await;
    let task = api.open_task("li", &case).await;
    let correct = json!({ "task": task, "outcome": "correct", "comment": "say more" });
    api.ask("li", COMPLETE, json!({ "input": correct })).await;
    let task = api.open_task("wu", &case).await;
    let again =
        json!([{ "document": "application", "content": { "name": "Long road", "secret": "s" } }]);
    api.ask("wu", COMPLETE, json!({ "input": { "task": task, "documents": again } })).await;
    let task = api.open_task("li", &case).await;
    let save = "mutation($task: ID!, $body: JSON!) { saveDraft(input: { task: $task, body: $body }) { \
                savedAt } }";
    let typed = json!({ "review": { "text": "half" } });
    api.ask("li", save, json!({ "task": task, "body": typed })).await;
    (case, task)
}

/// Versions and pages of the request are those of the application that it was before.
async fn reads_as_it_is_called_now(api: &Api, case: &str, before: &Value) {
    let read = api.ask("boss", READ, json!({ "id": case, "name": "request" })).await;
    let request = read["instance"]["documents"].as_array().expect("documents").iter();
    let request = request.clone().find(|one| one["name"] == "request").expect("it is there");
    assert_eq!(request["version"], 2);
    assert_eq!(request["content"], json!({ "title": "Long road", "inner": "s" }));
    let versions = |read: &Value| {
        let edges = read["instance"]["documentVersions"]["edges"].as_array().expect("edges");
        edges.iter().map(|edge| edge["node"].clone()).collect::<Vec<_>>()
    };
    let (old, new) = (versions(before), versions(&read));
    assert_eq!((old.len(), new.len()), (2, 2), "{read:#}");
    for (place, title) in ["Road", "Long road"].into_iter().enumerate() {
        assert_eq!(new[place]["content"]["title"], title);
        assert_eq!(new[place]["document"], "request");
        assert_eq!(new[place]["person"], old[place]["person"], "who wrote it stays");
        let node = "query($id: ID!) { node(id: $id) { ... on DocumentVersion { content } } }";
        let found = api.ask("boss", node, json!({ "id": new[place]["id"] })).await;
        assert_eq!(found["node"]["content"]["title"], title);
    }
    let page = "query($id: ID!, $after: String) { instance(id: $id) { documentVersions(document: \
         \"request\", first: 1, after: $after) { edges { node { version } } pageInfo { hasNextPage \
         endCursor } } } }";
    let first = api.ask("boss", page, json!({ "id": case })).await;
    let info = &first["instance"]["documentVersions"]["pageInfo"];
    assert_eq!(info["hasNextPage"], true);
    let second = api.ask("boss", page, json!({ "id": case, "after": info["endCursor"] })).await;
    assert_eq!(second["instance"]["documentVersions"]["edges"][0]["node"]["version"], 2);
}

#[test]
fn documents_and_fields_that_are_called_otherwise_do_not_fit_until_the_plan_maps_them() {
    on_both(|api| async move {
        let (case, task) = half_reviewed(&api).await;
        deploy_renamed(&api).await;

        let seen = async |plan: Value| {
            let seen = api.ask("boss", SEE, json!({ "id": case, "plan": plan })).await;
            let migrated = seen["instance"]["migrated"].clone();
            let fates = migrated["fates"].as_array().expect("fates").iter();
            let data = fates.filter(|fate| fate["what"] == "document" || fate["what"] == "field");
            let line = |fate: &Value| {
                let word = |key: &str| fate[key].as_str().unwrap_or("-").to_owned();
                [word("what"), word("before"), word("after"), word("becomes")].join(" ")
            };
            (migrated["fits"].clone(), data.map(line).collect::<Vec<_>>())
        };
        assert_eq!(
            seen(json!({})).await,
            (json!(false), vec!["document application - unfit".to_owned()])
        );
        let refused = api.ask("boss", MIGRATE, json!({ "ids": [case] })).await;
        let refused = &refused["migrateInstances"]["results"][0]["refused"];
        assert_eq!(refused["code"], "CANNOT_MIGRATE");
        let message = refused["message"].as_str().expect("a message");
        assert!(message.contains("`application`: expected the other version to have"), "{message}");

        let documents = json!([{ "from": "application", "to": "request" }, { "from": "review", "to": "opinion" }]);
        let half = json!({ "documents": documents });
        assert_eq!(
            seen(half).await,
            (
                json!(false),
                [
                    "document application request stays",
                    "field application.name - unfit",
                    "field application.secret - unfit"
                ]
                .map(str::to_owned)
                .to_vec()
            )
        );
        let fields = json!([{ "document": "application", "from": "name", "to": "title" },
            { "document": "application", "from": "secret", "to": "inner" }]);
        let plan = json!({ "documents": documents, "fields": fields });
        let (fits, fates) = seen(plan.clone()).await;
        assert_eq!(fits, true, "{fates:?}");
        let before = api.ask("boss", READ, json!({ "id": case, "name": "application" })).await;
        let done = api.ask("boss", MIGRATE, json!({ "ids": [case], "plan": plan })).await;
        assert_eq!(done["migrateInstances"]["results"][0]["refused"], Value::Null, "{done:#}");

        reads_as_it_is_called_now(&api, &case, &before).await;
        let draft = "query($id: ID!) { task(id: $id) { draft } }";
        let draft = api.ask("li", draft, json!({ "id": task })).await;
        assert_eq!(draft["task"]["draft"], json!({ "opinion": { "text": "half" } }));
        let opinion = json!([{ "document": "opinion", "content": { "text": "fine" } }]);
        let accept = json!({ "task": task, "outcome": "accept", "documents": opinion });
        api.ask("li", COMPLETE, json!({ "input": accept })).await;
        api.store.settle().await.expect("it settles");
        let verdict = api.store.verify(|_, _| ()).await.expect("it can be read");
        assert_eq!(verdict.broken, None);
        let rebuilt = api.store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!((rebuilt.differing, rebuilt.differences), (0, Vec::new()));
    });
}
