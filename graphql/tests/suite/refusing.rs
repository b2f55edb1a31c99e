//! What is refused: each error with its code, and everything to everybody who may not.

use serde_json::{Value, json};

use crate::harness::{COMPLETE, PEOPLE, on_both};

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
            let answer = api.raw(Some("li"), COMPLETE, variables).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
            if code == "INVALID_DOCUMENT" {
                let path = &answer["errors"][0]["extensions"]["fields"][0]["path"];
                assert_eq!(path, &json!(["review", "text"]), "{answer}");
            }
        }
        let accept = json!({ "task": task, "outcome": "accept", "documents": review });
        let done = api.ask("li", COMPLETE, accept.clone()).await;
        assert_eq!(done["complete"]["revision"], 3, "nothing had changed");
        assert_eq!(api.code(Some("li"), COMPLETE, accept).await, "NOT_OPEN");
    });
}

/// For each field: what is asked, and who may. Everybody else, the public included, is refused.
#[test]
fn each_field_is_denied_to_everybody_who_may_not() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        let everybody = PEOPLE.map(|(id, _)| id);
        let own = everybody.as_slice();
        let of_case: &[&str] = &["wu", "li", "zhao", "boss", "eye"];
        let table: &[(&str, &[&str])] = &[
            ("{ inboxCount }", own),
            ("{ inbox { edges { node { id } } } }", own),
            ("{ done { edges { node { id } } } }", own),
            ("{ started { edges { node { id } } } }", own),
            ("{ copied { edges { node { id } } } }", own),
            ("{ processDefinitions { process } }", own),
            ("query($case: ID!) { case(id: $case) { id } }", of_case),
            ("query($task: ID!) { task(id: $task) { id } }", of_case),
            ("{ cases { edges { node { id } } } }", &["boss", "eye"]),
            ("{ openWork { open } }", &["boss", "eye", "board"]),
            ("{ caseCounts(process: \"permit\") { count } }", &["boss", "eye", "board"]),
            ("mutation { deploy(files: []) { version } }", &["boss"]),
            ("mutation { start(process: \"permit\") { revision } }", &["wu", "zhao"]),
            (
                "mutation($case: ID!) { comment(case: $case, text: \"x\") { revision } }",
                &["wu", "li", "zhao", "boss"],
            ),
            ("mutation { fetchJobs(topic: \"none\") { id } }", &["robot"]),
            (
                "mutation { sendMessage(message: \"m\", correlation: \"c\", idempotencyKey: \"k\") }",
                &["robot"],
            ),
        ];
        let refusals = ["DENIED", "NOT_SIGNED_IN", "NOT_STARTER", "NOT_CANDIDATE"];
        for (query, allowed) in table {
            let mut given = json!({});
            for (name, value) in [("case", json!(case)), ("task", task.clone())] {
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
            assert!(refusals.contains(&code.as_str()), "the public: {query}: {code}");
        }
    });
}

#[test]
fn a_task_is_its_candidates_and_a_case_its_initiators() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        let claim = "mutation($task: ID!) { claim(task: $task) { revision } }";
        for who in
            ["wu", "boss", "eye", "board", "robot", "nobody"].map(Some).into_iter().chain([None])
        {
            assert_eq!(
                api.code(who, claim, json!({ "task": task })).await,
                "NOT_CANDIDATE",
                "{who:?}"
            );
        }
        assert_eq!(api.code(Some("zhao"), claim, json!({ "task": task })).await, "OK");
        assert_eq!(
            api.code(Some("li"), claim, json!({ "task": task })).await,
            "CLAIMED_BY_ANOTHER"
        );
        let actions: [(&str, Value); 2] = [
            (
                "mutation($case: ID!) { cancel(case: $case, reason: \"x\") { revision } }",
                json!({ "case": case }),
            ),
            ("mutation { retry(activation: \"Task:1.1\") { revision } }", json!({})),
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
