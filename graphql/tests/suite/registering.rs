//! Entries of registers that change, as the API shows them: to the public the last version, with what it
//! was before; the case that wrote it to those who see that.

use serde_json::{Value, json};

use crate::harness::{Api, on_both, pack};

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
