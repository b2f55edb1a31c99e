//! What is wrong with a question itself: each has its code.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Executor as _, Request, Variables};
use engine::text::Language;
use graphql::attachments::{By, readable};
use serde_json::{Value, json};

use crate::harness::{id_of, journalled, on_both};

#[test]
fn what_is_wrong_with_a_query_is_told_by_its_code() {
    on_both(|api| async move {
        let deep = format!("{{ me {}", "{ x ".repeat(30)) + &"}".repeat(31);
        let nested = "instance { tasks(first: 200) { edges { node { ".repeat(4);
        let complex = format!(
            "{{ inbox(first: 200) {{ edges {{ node {{ {nested} id {} }} }} }} }}",
            "} } } }".repeat(4)
        );
        let literal = |open: &str, close: &str| {
            format!("{{ node(id: {}1{}) {{ id }} }}", open.repeat(400), close.repeat(400))
        };
        let (objects, lists) = (literal("{a:", "}"), literal("[", "]"));
        let table = [
            (objects.as_str(), "QUERY_TOO_DEEP"),
            (lists.as_str(), "QUERY_TOO_DEEP"),
            ("{ me {", "GRAPHQL_PARSE_FAILED"),
            ("", "GRAPHQL_PARSE_FAILED"),
            (deep.as_str(), "QUERY_TOO_DEEP"),
            (complex.as_str(), "QUERY_TOO_COMPLEX"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ inbox(first: \"x\") { edges { cursor } } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ inbox(first: 0) { edges { cursor } } }", "BAD_ARGUMENT"),
            ("{ inbox(first: 201) { edges { cursor } } }", "BAD_ARGUMENT"),
            ("{ inbox(after: \"x\") { edges { cursor } } }", "BAD_ARGUMENT"),
            ("{ instance(id: \"x\") { id } }", "BAD_ID"),
            ("{ register(name: \"none\") { name } }", "NOT_FOUND"),
            ("mutation { claimTask(input: { task: \"x\" }) { revision } }", "BAD_ID"),
        ];
        for (query, code) in table {
            let answer = api.raw(Some("li"), query, json!({})).await;
            let extensions = &answer["errors"][0]["extensions"];
            assert_eq!(extensions["code"], code, "{query}: {answer}");
            assert_eq!(extensions["retryable"], false, "{query}: {answer}");
            let is_read = !code.starts_with("GRAPHQL") && !code.starts_with("QUERY");
            let path = &answer["errors"][0]["path"];
            assert_eq!(
                is_read,
                path.is_array(),
                "{query}: a resolver's error has a path: {answer}"
            );
        }
        let field = |answer: &Value| answer["errors"][0]["extensions"]["field"].clone();
        let bad = "mutation { copyInstance(input: { instance: \"x\", people: [] }) { revision } }";
        assert_eq!(field(&api.raw(Some("li"), bad, json!({})).await), "input.instance");
    });
}

#[test]
fn an_operation_has_at_most_a_hundred_fields_at_its_top() {
    on_both(|api| async move {
        let fields = |count: usize| (0..count).map(|n| format!("a{n}: openIntakes {{ id }} "));
        let plain = |count| format!("{{ {} }}", fields(count).collect::<String>());
        let fragment = |count| {
            let fields = fields(count).collect::<String>();
            format!("{{ ...many }} fragment many on Query {{ ... on Query {{ {fields} }} }}")
        };
        for (query, code) in [
            (plain(100), "OK"),
            (plain(101), "QUERY_TOO_COMPLEX"),
            (fragment(90), "OK"),
            (fragment(101), "QUERY_TOO_COMPLEX"),
            ("{ ...a } fragment a on Query { ...a }".to_owned(), "QUERY_TOO_COMPLEX"),
        ] {
            assert_eq!(api.code(None, &query, json!({})).await, code, "{query}");
        }
    });
}

/// Counts what is logged at `WARN` or worse.
struct Counting(Arc<AtomicUsize>);

impl tracing::Subscriber for Counting {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::WARN && metadata.target().starts_with("graphql")
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn a_store_that_does_not_answer_is_logged_once_a_request() {
    on_both(|api| async move {
        let li = api.viewing(Some("li")).await;
        api.store.close().await;
        let count = Arc::new(AtomicUsize::new(0));
        let logging = tracing::subscriber::set_default(Counting(Arc::clone(&count)));
        let ten: Vec<String> = (0..10).map(|n| format!("a{n}: inboxCount")).collect();
        let asked = Request::new(format!("{{ {} }}", ten.join(" "))).data(li);
        let answer = serde_json::to_value(api.schema.execute(asked).await).expect("plain data");
        drop(logging);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
        assert_eq!(count.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_pack_is_checked_without_being_published() {
    on_both(|api| async move {
        let check = "query($files: [FileInput!]!) { checkPack(files: $files) { deployable processes \
                     diagnostics { code severity file line } } }";
        let files = |wrong: bool| -> Vec<Value> {
            let pack = crate::harness::pack().into_iter();
            pack.map(|(path, text)| {
                let wrong = wrong && path == "processes/permit.yaml";
                let text =
                    if wrong { text.replace("role: reviewer", "role: nobodyAtAll") } else { text };
                json!({ "path": path, "text": text })
            })
            .collect()
        };
        let fine = api.ask("boss", check, json!({ "files": files(false) })).await;
        assert_eq!(fine["checkPack"]["deployable"], true, "{fine}");
        assert_eq!(fine["checkPack"]["processes"], json!(["leave", "permit"]));
        let wrong = api.ask("boss", check, json!({ "files": files(true) })).await;
        let wrong = &wrong["checkPack"];
        assert_eq!(wrong["deployable"], false);
        let first = &wrong["diagnostics"][0];
        assert_eq!(first["code"], "unknownRole", "{wrong}");
        assert_eq!(first["file"], "processes/permit.yaml");
        let newest = "{ processDefinition(process: \"permit\") { version } }";
        let newest = api.ask("li", newest, json!({})).await;
        assert_eq!(newest["processDefinition"]["version"], 1, "nothing was published");
    });
}

#[test]
fn a_variable_that_may_be_null_may_be_left_out() {
    on_both(|api| async move {
        let query = "query($first: Int, $after: String) { inbox(first: $first, after: $after) { edges { cursor } } }";
        for given in [json!({}), json!({ "first": null }), json!({ "first": 3 })] {
            assert_eq!(api.ask("li", query, given).await["inbox"]["edges"], json!([]));
        }
        assert_eq!(api.code(Some("li"), query, json!({ "first": 0 })).await, "BAD_ARGUMENT");
    });
}

#[test]
fn a_document_that_is_given_twice_is_refused_by_its_place() {
    on_both(|api| async move {
        let start = "mutation { startInstance(input: { process: \"permit\", documents: [{ document: \
                     \"request\", content: {} }, { document: \"request\", content: {} }] }) { instance { \
                     id } } }";
        let answer = api.raw(Some("wu"), start, json!({})).await;
        let said = &answer["errors"][0]["extensions"];
        let expected = (json!("BAD_ARGUMENT"), json!("input.documents.1.document"));
        assert_eq!((&said["code"], &said["field"]), (&expected.0, &expected.1), "{answer}");
    });
}

#[test]
fn a_time_that_cannot_be_read_names_its_argument() {
    on_both(|api| async move {
        let (good, bad) = ("\"2026-01-01T00:00:00Z\"", "\"2026-13-01\"");
        let throughput = |from: &str, until: &str| {
            format!("{{ throughput(from: {from}, until: {until}) {{ completed }} }}")
        };
        for (query, field) in [
            (throughput(bad, good), "from"),
            (throughput(good, bad), "until"),
            (throughput("7", good), "from"),
            (throughput("\"2026-01-01T00:00:00\"", good), "from"),
        ] {
            let answer = api.raw(Some("board"), &query, json!({})).await;
            let error = &answer["errors"][0];
            let said = &error["extensions"];
            assert_eq!((&said["code"], &said["field"]), (&json!("BAD_ARGUMENT"), &json!(field)));
            assert_eq!(
                (&said["retryable"], &error["path"]),
                (&json!(false), &json!(["throughput"]))
            );
            let found = if field == "from" { "found" } else { "2026-13-01" };
            assert!(error["message"].as_str().is_some_and(|text| text.contains(found)), "{error}");
        }
        let query =
            "query($from: DateTime!) { throughput(from: $from, until: $from) { completed } }";
        let answer = api.raw(Some("board"), query, json!({ "from": "soon" })).await;
        assert_eq!(answer["errors"][0]["extensions"]["field"], "from", "{answer}");
        assert_eq!(api.code(Some("board"), &throughput(good, good), json!({})).await, "OK");
        // Only a demonstration lets time pass; whether it may is asked first.
        let pass = "mutation { passTime(input: { until: \"never\" }) { done } }";
        assert_eq!(api.code(Some("wu"), pass, json!({})).await, "DENIED");
    });
}

#[test]
fn an_argument_of_another_type_is_named_with_its_path() {
    on_both(|api| async move {
        let fail = "mutation($input: FailJobInput!) { failJob(input: $input) { job { id } } }";
        let job = |more: Value| {
            let mut input = json!({ "job": "x", "error": "y" });
            input.as_object_mut().expect("one").extend(more.as_object().expect("one").clone());
            json!({ "input": input })
        };
        for (given, field) in [
            (job(json!({ "retries": -1 })), "input.retries"),
            (job(json!({ "retries": 4_294_967_296_u64 })), "input.retries"),
            (job(json!({ "error": null })), "input.error"),
            (json!({ "input": { "error": "y" } }), "input.job"),
            (json!({ "input": 7 }), "input"),
        ] {
            let answer = api.raw(Some("robot"), fail, given.clone()).await;
            let error = &answer["errors"][0];
            let code = error["extensions"]["code"].as_str().unwrap_or_default();
            assert!(["BAD_ARGUMENT", "GRAPHQL_VALIDATION_FAILED"].contains(&code), "{answer}");
            assert_eq!(error["extensions"]["field"], field, "{given}: {answer}");
            let message = error["message"].as_str().unwrap_or_default();
            assert!(message.starts_with(&format!("`{field}`: expected ")), "{message}");
        }
    });
}

#[test]
fn a_text_with_the_character_0_is_refused_at_the_door_and_changes_nothing() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let before = journalled(&api).await;
        let comment = "mutation($id: ID!, $text: String!) { addComment(input: { instance: $id, text: \
                       $text }) { revision } }";
        let given = json!({ "id": case, "text": "a\u{0}b" });
        for (who, language, says) in [
            (Some("wu"), Language::Zh, "U+0000"),
            (None, Language::En, "`text`: expected a text without the character U+0000"),
        ] {
            let asked = Request::new(comment).variables(Variables::from_json(given.clone()));
            let asked = asked.data(api.viewing_in(who, language).await);
            let answer = serde_json::to_value(api.schema.execute(asked).await).expect("plain data");
            let error = &answer["errors"][0];
            let said = json!({ "code": "BAD_ARGUMENT", "retryable": false, "field": "text" });
            assert_eq!(error["extensions"], said);
            assert!(error["message"].as_str().is_some_and(|text| text.contains(says)), "{error}");
        }
        let written = "{ register(name: \"a\\u0000\") { name } }";
        assert_eq!(api.code(None, written, json!({})).await, "BAD_ARGUMENT");
        // Nor is it hidden in an id, or in the address of a file.
        let id = json!({ "id": id_of("Person:a\0b") });
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(api.code(Some("wu"), node, id).await, "BAD_ID");
        let viewing = api.viewing(Some("wu")).await;
        for hash in ["a\0b", "", "../x"] {
            let found = readable(&api.store, &viewing, hash, &By::default()).await;
            assert_eq!(found.map_err(|error| error.to_string()), Ok(None), "{hash:?}");
        }
        assert_eq!(journalled(&api).await, before);
    });
}
