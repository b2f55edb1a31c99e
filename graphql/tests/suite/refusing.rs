//! What is refused: each error with its code, and everything to everybody who may not.

use serde_json::{Value, json};

use crate::harness::{CLAIM, COMPLETE, PEOPLE, on_both};

#[test]
fn each_mistake_is_told_by_its_code_and_changes_nothing() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        let review = json!([{ "document": "review", "content": { "text": "fine" } }]);
        let empty = json!([{ "document": "review", "content": {} }]);
        let table = [
            (json!({ "outcome": "maybe", "documents": review }), "UNKNOWN_OUTCOME"),
            (json!({ "documents": review }), "UNKNOWN_OUTCOME"),
            (json!({ "outcome": "correct" }), "COMMENT_REQUIRED"),
            (json!({ "outcome": "accept" }), "DOCUMENT_MISSING"),
            (json!({ "outcome": "accept", "documents": empty }), "INVALID_DOCUMENT"),
        ];
        for (mut variables, code) in table {
            variables["task"] = task.clone();
            let answer = api.raw(Some("li"), COMPLETE, json!({ "input": variables })).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
            if code == "INVALID_DOCUMENT" {
                let path = &answer["errors"][0]["extensions"]["fields"][0]["path"];
                assert_eq!(path, &json!(["review", "text"]), "{answer}");
                assert_eq!(answer["errors"][0]["extensions"]["field"], "review.text", "{answer}");
            }
        }
        let accept = json!({ "task": task, "outcome": "accept", "documents": review });
        let accept = json!({ "input": accept });
        let done = api.ask("li", COMPLETE, accept.clone()).await;
        assert_eq!(done["completeTask"]["revision"], 3, "nothing had changed");
        assert_eq!(api.code(Some("li"), COMPLETE, accept).await, "NOT_OPEN");
    });
}

/// Everybody, the public included.
const PUBLIC: &[&str] = &["wu", "li", "zhao", "boss", "eye", "board", "robot", "nobody", "public"];

/// Everybody who is signed in.
const SIGNED_IN: &[&str] = &["wu", "li", "zhao", "boss", "eye", "board", "robot", "nobody"];
/// Whoever began the case, may do its task, or oversees.
const OF_CASE: &[&str] = &["wu", "li", "zhao", "boss", "eye"];

/// What is asked, and who may.
const FIELDS: &[(&str, &[&str])] = &[
    ("{ inboxCount }", SIGNED_IN),
    ("{ inbox { edges { node { id } } } }", SIGNED_IN),
    ("{ done { edges { node { id } } } }", SIGNED_IN),
    ("{ started { edges { node { id } } } }", SIGNED_IN),
    ("{ copied { edges { node { id } } } }", SIGNED_IN),
    ("{ processDefinitions { edges { node { process } } } }", SIGNED_IN),
    ("{ people { edges { node { name } } } }", SIGNED_IN),
    ("query($case: ID!) { instance(id: $case) { id } }", OF_CASE),
    ("query($case: ID!) { node(id: $case) { id } }", OF_CASE),
    ("query($task: ID!) { node(id: $task) { id } }", OF_CASE),
    ("query($task: ID!) { task(id: $task) { id } }", OF_CASE),
    ("{ instances { edges { node { id } } } }", &["boss", "eye"]),
    ("{ openWork { open } }", &["boss", "eye", "board"]),
    ("{ instanceCounts(process: \"permit\") { count } }", &["boss", "eye", "board"]),
    (
        "{ throughput(process: \"permit\", from: \"2026-01-01T00:00:00Z\", until: \
         \"2026-02-01T00:00:00Z\") { node } }",
        &["boss", "eye", "board"],
    ),
    ("{ checkPack(files: []) { deployable } }", &["boss"]),
    ("{ instancesAside { instance } }", &["boss"]),
    ("{ instancesLifted { instance } }", &["boss", "eye"]),
    ("mutation($case: ID!) { liftInstance(input: { instance: $case }) { instance } }", &["boss"]),
    ("{ register(name: \"permits\") { name } }", PUBLIC),
    ("{ register(name: \"notes\") { name } }", &["li", "zhao", "boss", "eye"]),
    ("mutation { deployPack(input: { files: [] }) { version } }", &["boss"]),
    ("mutation { startInstance(input: { process: \"permit\" }) { revision } }", &["wu", "zhao"]),
    (
        "mutation($case: ID!) { addComment(input: { instance: $case, text: \"x\" }) { \
         revision } }",
        &["wu", "li", "zhao", "boss"],
    ),
    (
        "mutation($task: ID!) { saveDraft(input: { task: $task, body: {} }) { savedAt } }",
        &["li", "zhao"],
    ),
    (
        "mutation($task: ID!) { urgeTask(input: { task: $task }) { revision } }",
        &["wu", "li", "zhao", "boss"],
    ),
    (
        "mutation($task: ID!, $person: ID!) { addSigners(input: { task: $task, people: [$person], \
         place: BEFORE }) { revision } }",
        &["wu", "li", "zhao", "boss"],
    ),
    (
        "mutation($task: ID!, $person: ID!) { removeSigner(input: { task: $task, person: $person \
         }) { revision } }",
        &["wu", "li", "zhao", "boss"],
    ),
    (
        "mutation($case: ID!) { withdrawInstance(input: { instance: $case, reason: \"x\" }) { \
         revision } }",
        &["wu", "li", "zhao", "boss"],
    ),
    (
        "mutation($case: ID!) { voidInstance(input: { instance: $case, reason: \"x\" }) { \
         revision } }",
        &["wu", "li", "zhao", "boss"],
    ),
    (
        "mutation($case: ID!) { terminateInstance(input: { instance: $case, reason: \"x\" }) { \
         revision } }",
        &["boss"],
    ),
    (
        "mutation($case: ID!, $task: ID!) { terminateInstance(input: { instance: $case, task: \
         $task, reason: \"x\" }) { revision } }",
        &["wu", "li", "zhao", "boss"],
    ),
    (
        "mutation($case: ID!) { reopenInstance(input: { instance: $case, to: \"apply\", reason: \
         \"x\" }) { revision } }",
        &["boss"],
    ),
    (
        "mutation($person: ID!) { handOver(input: { from: $person, to: $person, reason: \"x\" }) \
         { more } }",
        &["boss"],
    ),
    ("mutation($case: ID!) { markRead(input: { instance: $case }) { instance { id } } }", OF_CASE),
    ("mutation { fetchJobs(input: { topic: \"none\" }) { jobs { id } } }", &["robot"]),
    (
        "mutation { sendMessage(input: { message: \"m\", correlation: \"c\", \
         idempotencyKey: \"k\" }) { message } }",
        &["robot"],
    ),
];

/// Each field is given to those who may, and refused to everybody else, the public included.
#[test]
fn each_field_is_denied_to_everybody_who_may_not() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        let person = api.person("nobody").await;
        let everybody = PEOPLE.map(|(id, _)| id);
        let refusals = ["DENIED", "NOT_SIGNED_IN", "NOT_STARTER", "NOT_CANDIDATE"];
        for (query, allowed) in FIELDS {
            let mut given = json!({});
            let values =
                [("case", json!(case)), ("task", task.clone()), ("person", person.clone())];
            for (name, value) in values {
                if query.contains(&format!("${name}:")) {
                    given[name] = value;
                }
            }
            for who in everybody {
                let code = api.code(Some(who), query, given.clone()).await;
                let is_refused = refusals.contains(&code.as_str());
                assert_eq!(is_refused, !allowed.contains(&who), "{who}: {query}: {code}");
            }
            let code = api.code(None, query, given.clone()).await;
            let is_refused = refusals.contains(&code.as_str());
            assert_eq!(is_refused, *allowed != PUBLIC, "the public: {query}: {code}");
        }
    });
}

#[test]
fn a_task_is_its_candidates_and_a_case_its_initiators() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        for who in
            ["wu", "boss", "eye", "board", "robot", "nobody"].map(Some).into_iter().chain([None])
        {
            assert_eq!(
                api.code(who, CLAIM, json!({ "task": task })).await,
                "NOT_CANDIDATE",
                "{who:?}"
            );
        }
        assert_eq!(api.code(Some("zhao"), CLAIM, json!({ "task": task })).await, "OK");
        assert_eq!(
            api.code(Some("li"), CLAIM, json!({ "task": task })).await,
            "CLAIMED_BY_ANOTHER"
        );
        let actions: [(&str, Value); 2] = [
            (
                "mutation($case: ID!) { cancelInstance(input: { instance: $case, reason: \"x\" }) { \
                 revision } }",
                json!({ "case": case }),
            ),
            (
                "mutation($case: ID!) { retryNode(input: { instance: $case, key: 1 }) { revision } }",
                json!({ "case": case }),
            ),
        ];
        for (query, given) in actions {
            for who in ["li", "eye", "board", "robot", "nobody"] {
                let code = api.code(Some(who), query, given.clone()).await;
                assert!(
                    ["DENIED", "NOT_INITIATOR"].contains(&code.as_str()),
                    "{who}: {query}: {code}"
                );
            }
        }
    });
}
