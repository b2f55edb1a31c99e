//! No list makes a statement per row: each is read with one row and with fifty, by as many statements.

use serde_json::{Value, json};

use crate::harness::{Api, BEGIN, COMPLETE, on_both};

/// Rows of the longer page.
const MANY: usize = 50;

/// While the tasks are open: who reads which list, with fields that other tables have. Branches of a
/// query that read the same table may be read together or one after the other, so that each has a
/// line of its own: then the number is exact.
const OPEN: &[(&str, &str, &str)] = &[
    (
        "li",
        "inbox",
        "id label secretBallot item { number label } basis assignee { name } outcomes { name } clock { working } draft",
    ),
    ("li", "inbox", "documents { content files { url } form { label } }"),
    ("li", "inbox", "form { document values }"),
    ("li", "inbox", "allowedOperations { name allowed targets { name } }"),
    ("li", "inbox", "instance { title number initiator { name } currentNodes { label } }"),
    ("li", "inbox", "instance { forecast { node } }"),
    ("li", "inbox", "instance { allowedOperations { name allowed targets { name } } }"),
    ("li", "inbox", "instance { comments { edges { node { text person { name } } } } }"),
    ("wu", "started", "id title initiator { name } children { id } parent { id } pages { title }"),
    ("wu", "started", "intakes { label } registerEntries { number } pausedClocks { node }"),
    (
        "wu",
        "started",
        "tasks(first: 5) { edges { node { label assignee { name } completedBy { name } } } }",
    ),
    ("wu", "started", "history(first: 5) { edges { node { actor person { name } reached } } }"),
    ("wu", "started", "documents { content } timeLimits { label clock { until } }"),
    ("wu", "started", "history(first: 5) { edges { node { happened { item { label } } } } }"),
    ("wu", "started", "title choices { name activities { allowed } }"),
    ("wu", "started", "intakes { label refused { code message } }"),
    ("wu", "started", "copies { readAt person { name } }"),
    (
        "wu",
        "started",
        "history(first: 5) { edges { node { happened { label person { name } from { name } } } } }",
    ),
    (
        "wu",
        "started",
        "documentVersions(document: \"application\", first: 3) { edges { node { content person { \
         name } } } }",
    ),
    (
        "boss",
        "instances",
        "id pausedClocks { node } comments(first: 2) { edges { node { text } } }",
    ),
    ("nobody", "copied", "id title documents { name } history(first: 2) { edges { node { at } } }"),
    ("li", "processDefinitions", "id yaml nodes { name } diagnostics { code }"),
    ("li", "people", "id name unit"),
];

/// When all is done.
const ENDED: &[(&str, &str, &str)] = &[
    ("li", "done", "id label outcome completedBy { name } clock { until }"),
    ("li", "done", "instance { title status }"),
    ("li", "done", "closed { because reason outcomeLabel }"),
    ("nobody", "pages", "id title files { url } intakes { label closesAt }"),
];

async fn rows_and_statements(api: &Api, who: &str, list: &str, query: &str) -> (usize, u64) {
    let before = api.store.statements();
    let answer = api.ask(who, query, json!({})).await;
    let edges = answer.pointer(&format!("/{list}/edges")).and_then(Value::as_array);
    (edges.expect("a list").len(), api.store.statements() - before)
}

async fn check(api: &Api, lists: &[(&str, &str, &str)]) {
    for (who, list, fields) in lists {
        let query = |first: usize| {
            format!("{{ {list}(first: {first}) {{ edges {{ node {{ {fields} }} }} }} }}")
        };
        // Definitions and statements are kept once they are known.
        rows_and_statements(api, who, list, &query(MANY)).await;
        let (one, few) = rows_and_statements(api, who, list, &query(1)).await;
        let (many, statements) = rows_and_statements(api, who, list, &query(MANY)).await;
        let least = if *list == "people" { 2 } else { MANY };
        assert_eq!((one, many >= least), (1, true), "{list} has {many} rows");
        assert_eq!(
            statements, few,
            "{list} {{ {fields} }}: {many} rows cost {statements} statements, one {few}"
        );
    }
}

/// `nodes` reads objects of a kind together, however many ids are asked for.
async fn ids_are_read_together(api: &Api) {
    for (who, list, ids, fields) in [
        ("wu", "started", "id", "... on Instance { title initiator { name } }"),
        ("li", "inbox", "id", "... on Task { label instance { title } }"),
        ("li", "people", "id", "... on Person { name }"),
        (
            "wu",
            "started",
            "documentVersions(document: \"application\") { edges { node { id } } }",
            "... on DocumentVersion { content }",
        ),
    ] {
        let query = format!("{{ {list}(first: 50) {{ edges {{ node {{ {ids} }} }} }} }}");
        let found = api.ask(who, &query, json!({})).await;
        let edges = found[list]["edges"].as_array().expect("a list").clone();
        let id = |edge: &Value| match &edge["node"]["id"] {
            Value::Null => edge.pointer("/node/documentVersions/edges/0/node/id").cloned(),
            id => Some(id.clone()),
        };
        let all: Vec<Value> = edges.iter().filter_map(id).collect();
        same_for_many(api, who, &all, fields).await;
    }
}

/// One id costs as many statements as many.
async fn same_for_many(api: &Api, who: &str, all: &[Value], fields: &str) {
    let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {fields} }} }}");
    let mut costs = Vec::new();
    for ids in [all, &all[..1], all] {
        let before = api.store.statements();
        let found = api.raw(Some(who), &query, json!({ "ids": ids })).await;
        let nodes = found["data"]["nodes"].as_array().expect("nodes").clone();
        assert!(nodes.len() == ids.len() && nodes.iter().all(|node| !node.is_null()), "{found}");
        costs.push(api.store.statements() - before);
    }
    assert!(all.len() > 1, "{fields}: there are several");
    assert_eq!(costs[2], costs[1], "{fields}: {} ids cost more than one", all.len());
}

/// The ids of open intakes and public pages: read together, too.
async fn outward_ids_are_read_together(api: &Api) {
    let intakes = api.raw(None, "{ openIntakes { id } }", json!({})).await;
    let intakes = intakes["data"]["openIntakes"].as_array().expect("intakes").clone();
    let intakes: Vec<Value> = intakes.iter().map(|intake| intake["id"].clone()).collect();
    same_for_many(api, "nobody", &intakes, "... on Intake { label closesAt }").await;
}

/// The same for pages.
async fn page_ids_are_read_together(api: &Api) {
    let pages = "{ pages(first: 50) { edges { node { id } } } }";
    let pages = api.raw(None, pages, json!({})).await;
    let pages = pages["data"]["pages"]["edges"].as_array().expect("pages").clone();
    let pages: Vec<Value> = pages.iter().map(|edge| edge["node"]["id"].clone()).collect();
    same_for_many(api, "nobody", &pages, "... on Page { title files { url } }").await;
}

/// The entries of many registers are read together, each register's own.
async fn registers_are_read_together(api: &Api) {
    let query = |first: usize| {
        format!(
            "{{ registers(first: {first}) {{ edges {{ node {{ name entries(first: 2) {{ edges {{ \
             cursor node {{ register number }} }} pageInfo {{ hasNextPage }} }} }} }} }} }}"
        )
    };
    let (one, few) = rows_and_statements(api, "li", "registers", &query(1)).await;
    let (all, statements) = rows_and_statements(api, "li", "registers", &query(10)).await;
    assert_eq!((one, all, statements), (1, 2, few));
    let found = api.ask("li", &query(10), json!({})).await;
    let entries = |place: usize| found["registers"]["edges"][place]["node"]["entries"].clone();
    assert_eq!(entries(0)["edges"], json!([]), "notes");
    let numbers = ["/edges/0/node/number", "/edges/1/node/number"].map(|place| {
        let number = entries(1).pointer(place).and_then(Value::as_str).map(str::to_owned);
        number.expect("a number")
    });
    assert_eq!(numbers, ["许〔2026〕0050号", "许〔2026〕0049号"], "the highest first");
    assert_eq!(entries(1)["pageInfo"]["hasNextPage"], true);
    let after = "query($after: String!) { register(name: \"permits\") { entries(first: 1, after: \
                 $after) { edges { node { number } } } } }";
    let after = api.ask("li", after, json!({ "after": entries(1)["edges"][1]["cursor"] })).await;
    let next = after.pointer("/register/entries/edges/0/node/number");
    assert_eq!(next, Some(&json!("许〔2026〕0048号")));
}

/// A pack of many small processes.
fn processes() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        (
            "pack.yaml".to_owned(),
            "pack: many\nname: Many\nversion: \"1\"\ncalendar: cn\n".to_owned(),
        ),
        ("roles.yaml".to_owned(), "roles:\n  clerk: { name: Clerk }\n".to_owned()),
        ("calendars/cn.yaml".to_owned(), "calendar: cn\nzone: Asia/Shanghai\n".to_owned()),
    ];
    files.extend((0..MANY).map(|n| {
        let text = format!(
            "process: p{n:02}\nname: P{n}\nstartedBy: [clerk]\nnodes:\n  do: {{ type: userTask, \
             name: Do, role: clerk }}\n"
        );
        (format!("processes/p{n:02}.yaml"), text)
    }));
    files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect()
}

#[test]
fn a_list_of_fifty_costs_no_more_statements_than_one_row() {
    on_both(|api| async move {
        let nobody = api.ask("nobody", "{ me { id } }", json!({})).await["me"]["id"].clone();
        api.store.deploy(processes(), "deployer").await.expect("the pack is right");
        let mut cases = Vec::new();
        for number in 0..MANY {
            let case = api.applied(&format!("Road {number}")).await;
            let comment = "mutation($case: ID!, $people: [ID!]!) { addComment(input: { instance: \
                           $case, text: \"x\" }) { revision } copyInstance(input: { instance: $case, \
                           people: $people }) { revision } }";
            api.ask("li", comment, json!({ "case": case, "people": [nobody] })).await;
            cases.push(case);
        }
        check(&api, OPEN).await;
        ids_are_read_together(&api).await;
        for case in &cases {
            let task = api.open_task("li", case).await;
            let documents = json!([{ "document": "review", "content": { "text": "fine" } }]);
            let input = json!({ "task": task, "outcome": "accept", "documents": documents });
            api.ask("li", COMPLETE, json!({ "input": input })).await;
        }
        outward_ids_are_read_together(&api).await;
        api.store.clock().set(BEGIN.plus_ms(8 * 86_400_000));
        api.store.settle().await.expect("the intakes close");
        check(&api, ENDED).await;
        page_ids_are_read_together(&api).await;
        let entries = |first: usize| {
            format!(
                "{{ register(name: \"permits\") {{ entries(first: {first}) {{ edges {{ node {{ id \
                 number columns }} }} }} }} }}"
            )
        };
        let list = "register/entries";
        let (one, few) = rows_and_statements(&api, "nobody", list, &entries(1)).await;
        let (many, statements) = rows_and_statements(&api, "nobody", list, &entries(MANY)).await;
        assert_eq!((one, many, statements), (1, MANY, few));
        registers_are_read_together(&api).await;
    });
}
