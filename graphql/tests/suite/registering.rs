//! Entries of registers that change, as the API shows them: to the public the last version, with what it
//! was before; the case that wrote it to those who see that.

use serde_json::{Value, json};

use crate::harness::{Api, CLAIM, COMPLETE, on_both, pack};

const GRANT: &str = "process: grant
name: Grant
startedBy: [clerk]
nodes:
  enter: { type: record, register: permits, columns: { name: Road } }
  end: { type: endEvent }
";

const REVOKE: &str = "process: revoke
name: Revoke
startedBy: [clerk]
nodes:
  change: { type: record, register: permits, number: 许〔2026〕0001号, columns: { name: Road (revoked) } }
  end: { type: endEvent }
";

async fn begun(api: &Api, process: &str) -> Value {
    let begin = format!(
        "mutation {{ startInstance(input: {{ process: \"{process}\" }}) {{ instance {{ id }} }} }}"
    );
    api.ask("wu", &begin, json!({})).await["startInstance"]["instance"]["id"].clone()
}

const VERSIONS: &str = "query($first: Int, $after: String) { register(name: \"permits\") { columns { \
    name type } entries { nodes { number columns version changedAt versions(first: $first, after: \
    $after) { nodes { version columns instance { id } } pageInfo { hasNextPage endCursor } } } } } }";

#[test]
fn the_public_reads_the_last_version_and_what_it_was_before() {
    on_both(|api| async move {
        let more = [("grant", GRANT), ("revoke", REVOKE)];
        let more = more.map(|(name, text)| (format!("processes/{name}.yaml"), text.to_owned()));
        let files = pack().into_iter().chain(more);
        let files = files.map(|(path, text)| (path, text.into_bytes())).collect();
        api.store.deploy(files, "deployer").await.expect("it is right");
        let granted = begun(&api, "grant").await;
        let read = async |who: Option<&str>, variables: Value| {
            let answer = api.raw(who, VERSIONS, variables).await;
            assert!(answer.get("errors").is_none(), "{answer:#}");
            answer["data"]["register"]["entries"]["nodes"][0].clone()
        };
        let entry = read(None, json!({})).await;
        assert_eq!((&entry["version"], &entry["changedAt"]), (&json!(1), &Value::Null));
        assert_eq!(entry["versions"]["nodes"].as_array().map(Vec::len), Some(1));
        let revoked = begun(&api, "revoke").await;
        let entry = read(None, json!({})).await;
        assert_eq!(entry["columns"], json!({ "name": "Road (revoked)" }));
        assert_eq!(entry["version"], 2);
        assert!(entry["changedAt"].is_string(), "{entry}");
        let told = json!([
            { "version": 1, "columns": { "name": "Road" }, "instance": null },
            { "version": 2, "columns": { "name": "Road (revoked)" }, "instance": null },
        ]);
        assert_eq!(entry["versions"]["nodes"], told, "the public sees no case");
        let entry = read(Some("wu"), json!({})).await;
        let ids = entry["versions"]["nodes"].as_array().expect("a list").iter();
        let ids: Vec<&Value> = ids.map(|node| &node["instance"]["id"]).collect();
        assert_eq!(ids, [&granted, &revoked]);
        // A page at a time.
        let first = read(None, json!({ "first": 1 })).await["versions"].clone();
        assert_eq!(first["nodes"], json!([told[0]]));
        assert_eq!(first["pageInfo"]["hasNextPage"], true);
        let after = first["pageInfo"]["endCursor"].clone();
        let second = read(None, json!({ "first": 1, "after": after })).await["versions"].clone();
        assert_eq!(second["nodes"], json!([told[1]]));
        assert_eq!(second["pageInfo"]["hasNextPage"], false);
    });
}

#[test]
fn a_column_that_a_register_has_no_more_is_read_by_who_reads_the_journal() {
    on_both(|api| async move {
        let deploy = async |columns: &str, entered: &str| {
            let grant = GRANT.replace("name: Road", entered);
            let files = pack().into_iter().map(|(path, text)| match path.as_str() {
                "registers/permits.yaml" => (path, text.replace("name: 名称", columns)),
                _ => (path, text),
            });
            let files = files.chain([("processes/grant.yaml".to_owned(), grant)]);
            let files = files.map(|(path, text)| (path, text.into_bytes())).collect();
            api.store.deploy(files, "deployer").await.expect("it is right");
        };
        let read = async |who: Option<&str>| {
            let answer = api.raw(who, VERSIONS, json!({})).await;
            answer["data"]["register"]["entries"]["nodes"][0].to_string()
        };
        deploy("name: 名称, ident: 身份", "name: Road, ident: 'A 17'").await;
        begun(&api, "grant").await;
        assert!(read(None).await.contains("A 17"), "it is a public register's");
        deploy("name: 名称", "name: Road").await;
        let told = read(None).await;
        assert!(told.contains("Road") && !told.contains("A 17"), "{told}");
        assert!(read(Some("eye")).await.contains("A 17"));
    });
}

/// Publishes the test pack with these processes, its register with these columns or without it.
async fn published(api: &Api, columns: Option<&str>, process: (&str, &str)) {
    let own = |(path, text): (String, String)| match (path.as_str(), columns) {
        ("registers/permits.yaml", None) | ("processes/permit.yaml", _) => None,
        ("registers/permits.yaml", Some(columns)) => {
            Some((path, text.replace("name: 名称", columns)))
        }
        _ => Some((path, text)),
    };
    let process = (format!("processes/{}.yaml", process.0), process.1.to_owned());
    let files = pack().into_iter().filter_map(own).chain([process]);
    let files = files.map(|(path, text)| (path, text.into_bytes())).collect();
    api.store.deploy(files, "deployer").await.expect("it is right");
}

const LATER: &str = "process: later
name: Later
startedBy: [clerk]
nodes:
  wait: { type: userTask, role: clerk }
  enter: { type: record, register: permits, columns: { name: Bridge } }
";

const PLAIN: &str = "process: plain
name: Plain
startedBy: [clerk]
nodes:
  end: { type: endEvent }
";

const LISTED: &str = "{ registers { nodes { name } } }";
const ENTERED: &str = "{ register(name: \"permits\") { columns { name label } entries { nodes { \
    number columns cells { text { zh } } } } } }";

/// What was entered is there for ever; its columns are those of the last version that had the register.
#[test]
fn a_register_that_a_later_version_leaves_out_stays_readable() {
    on_both(|api| async move {
        let listed = async |api: &Api| {
            let answer = api.raw(None, LISTED, json!({})).await;
            let nodes = answer["data"]["registers"]["nodes"].as_array().expect("a list").clone();
            nodes.iter().any(|node| node["name"] == "permits")
        };
        let read = async |api: &Api| {
            let answer = api.raw(None, ENTERED, json!({})).await;
            assert!(answer.get("errors").is_none(), "{answer:#}");
            answer["data"]["register"].clone()
        };
        published(&api, Some("name: 名称"), ("grant", GRANT)).await;
        begun(&api, "grant").await;
        published(&api, Some("name: { zh: 名, en: Called }"), ("grant", GRANT)).await;
        published(&api, None, ("plain", PLAIN)).await;
        let told = read(&api).await;
        assert_eq!(told["columns"], json!([{ "name": "name", "label": "Called" }]));
        let cells = json!([{ "text": { "zh": "Road" } }]);
        assert_eq!(told["entries"]["nodes"][0]["cells"], cells, "{told}");
        assert_eq!(told["entries"]["nodes"][0]["columns"], json!({ "name": "Road" }));
        assert!(listed(&api).await);
        let api = api.after_sql("SELECT 1").await;
        assert_eq!(read(&api).await, told, "also after a start");
        assert!(listed(&api).await);
        // It is there again, and again it is not.
        published(&api, Some("name: Again"), ("grant", GRANT)).await;
        assert_eq!(read(&api).await["columns"][0]["label"], "Again");
        published(&api, None, ("plain", PLAIN)).await;
        assert_eq!(read(&api).await["columns"][0]["label"], "Again");
    });
}

#[test]
fn what_an_older_case_enters_into_a_register_that_is_left_out_is_read() {
    on_both(|api| async move {
        published(&api, Some("name: 名称"), ("later", LATER)).await;
        let case = begun(&api, "later").await;
        published(&api, None, ("plain", PLAIN)).await;
        let answer = api.raw(None, ENTERED, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "nothing is in it");
        let task = api.open_task("wu", case.as_str().expect("an id")).await;
        api.ask("wu", CLAIM, json!({ "task": task })).await;
        api.ask("wu", COMPLETE, json!({ "input": { "task": task } })).await;
        let entered = api.raw(None, ENTERED, json!({})).await;
        let entered = &entered["data"]["register"]["entries"]["nodes"];
        assert_eq!(entered[0]["columns"], json!({ "name": "Bridge" }), "{entered}");
    });
}
