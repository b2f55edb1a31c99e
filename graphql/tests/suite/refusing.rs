//! What is refused: each error with its code, everything to everybody who may not, and without a
//! word on what they may not see.

use serde_json::{Value, json};

use crate::harness::{Api, CLAIM, COMPLETE, PEOPLE, id_of, id_within, journalled, on_both};

#[test]
fn each_mistake_is_told_by_its_code_and_changes_nothing() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        let review = json!([{ "document": "review", "content": { "text": "fine" } }]);
        let empty = json!([{ "document": "review", "content": {} }]);
        let long = "x".repeat(10_001);
        let table = [
            (
                json!({ "outcome": "maybe", "documents": review }),
                "UNKNOWN_OUTCOME",
                "input.outcome",
            ),
            (json!({ "documents": review }), "UNKNOWN_OUTCOME", "input.outcome"),
            (json!({ "outcome": "correct" }), "COMMENT_REQUIRED", "input.comment"),
            (json!({ "outcome": "accept", "comment": long }), "TOO_LONG", "input.comment"),
            (json!({ "outcome": "accept" }), "DOCUMENT_MISSING", "review"),
            (json!({ "outcome": "accept", "documents": empty }), "INVALID_DOCUMENT", "review.text"),
        ];
        for (mut variables, code, field) in table {
            variables["task"] = task.clone();
            let answer = api.raw(Some("li"), COMPLETE, json!({ "input": variables })).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
            assert_eq!(answer["errors"][0]["extensions"]["field"], field, "{answer}");
            if code == "INVALID_DOCUMENT" {
                let path = &answer["errors"][0]["extensions"]["fields"][0]["path"];
                assert_eq!(path, &json!(["review", "text"]), "{answer}");
            }
        }
        let accept = json!({ "task": task, "outcome": "accept", "documents": review });
        let accept = json!({ "input": accept });
        let done = api.ask("li", COMPLETE, accept.clone()).await;
        assert_eq!(done["completeTask"]["revision"], 3, "nothing had changed");
        let late = api.raw(Some("li"), COMPLETE, accept).await;
        let said = &late["errors"][0]["extensions"];
        assert_eq!((&said["code"], &said["field"]), (&json!("NOT_OPEN"), &json!("input.task")));
    });
}

#[test]
fn each_refusal_names_the_argument_that_it_is_about() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        let person = api.person("nobody").await;
        let given = json!({ "case": case, "task": task, "person": person,
            "nowhere": id_of("Instance:77"),
            "intake": id_of("Intake:77/1"), "page": id_of("Page:77/1") });
        for (who, query, code, field) in [
            (
                "wu",
                "addComment(input: { instance: $case, text: \" \" })",
                "BAD_ARGUMENT",
                "input.text",
            ),
            (
                "boss",
                "cancelInstance(input: { instance: $case, reason: \" \" })",
                "BAD_ARGUMENT",
                "input.reason",
            ),
            (
                "li",
                "cancelInstance(input: { instance: $case, reason: \"x\" })",
                "NOT_INITIATOR",
                "input.instance",
            ),
            ("wu", "claimTask(input: { task: $task })", "NOT_CANDIDATE", "input.task"),
            (
                "wu",
                "addComment(input: { instance: $nowhere, text: \"x\" })",
                "NOT_FOUND",
                "input.instance",
            ),
            (
                "nobody",
                "addComment(input: { instance: $case, text: \"x\" })",
                "NOT_FOUND",
                "input.instance",
            ),
            ("nobody", "saveDraft(input: { task: $task, body: {} })", "NOT_FOUND", "input.task"),
            (
                "wu",
                "submitToIntake(input: { intake: $intake, content: {} })",
                "NOT_FOUND",
                "input.intake",
            ),
            ("wu", "startInstance(input: { process: \"nix\" })", "NOT_FOUND", "input.process"),
            ("li", "startInstance(input: { process: \"permit\" })", "NOT_STARTER", "input.process"),
            ("boss", "retryNode(input: { instance: $case, key: 2 })", "NO_INCIDENT", "input.key"),
            (
                "boss",
                "reopenInstance(input: { instance: $case, to: \"apply\", reason: \"x\" })",
                "OPERATION_NOT_ALLOWED",
                "input.instance",
            ),
        ] {
            let answer = api.asked_with(Some(who), "mutation", query, &given).await;
            let said = &answer["errors"][0]["extensions"];
            assert_eq!(
                (&said["code"], &said["field"]),
                (&json!(code), &json!(field)),
                "{query}: {answer}"
            );
        }
        queries_name_theirs(&api, &given).await;
    });
}

/// What a query does not find, it tells by its argument.
async fn queries_name_theirs(api: &Api, given: &Value) {
    for (query, field) in [
        ("instance(id: $nowhere)", "id"),
        ("task(id: $task)", "id"),
        ("node(id: $nowhere)", "id"),
        ("page(id: $page)", "id"),
        ("register(name: \"none\")", "name"),
    ] {
        let answer = api.asked_with(Some("nobody"), "query", query, given).await;
        let said = &answer["errors"][0]["extensions"];
        assert_eq!(
            (&said["code"], &said["field"]),
            (&json!("NOT_FOUND"), &json!(field)),
            "{answer}"
        );
    }
}

/// Everybody, the public included.
const PUBLIC: &[&str] = &["wu", "li", "zhao", "boss", "eye", "board", "robot", "nobody", "public"];

/// Everybody who is signed in.
const SIGNED_IN: &[&str] = &["wu", "li", "zhao", "boss", "eye", "board", "robot", "nobody"];
/// Whoever began the case, may do its task, or oversees.
const OF_CASE: &[&str] = &["wu", "li", "zhao", "boss", "eye"];

/// Whoever began the case, may do its task, or is an admin; the engine has the last word.
const PARTAKERS: &[&str] = &["wu", "li", "zhao", "boss"];

/// What is asked, and who may.
const FIELDS: &[(&str, &[&str])] = &[
    ("{ inboxCount }", SIGNED_IN),
    ("{ inbox { edges { node { id } } } }", SIGNED_IN),
    ("{ choices { nodes { key } } }", SIGNED_IN),
    ("{ done { edges { node { id } } } }", SIGNED_IN),
    ("{ started { edges { node { id } } } }", SIGNED_IN),
    ("{ copied { edges { node { id } } } }", SIGNED_IN),
    ("{ mySubmissions { nodes { number } } }", SIGNED_IN),
    ("{ processDefinitions { edges { node { process } } } }", SIGNED_IN),
    ("{ people { edges { node { name } } } }", SIGNED_IN),
    ("query($case: ID!) { instance(id: $case) { id } }", OF_CASE),
    ("query($case: ID!) { node(id: $case) { id } }", OF_CASE),
    ("query($task: ID!) { node(id: $task) { id } }", OF_CASE),
    ("query($task: ID!) { task(id: $task) { id } }", OF_CASE),
    ("{ instances { edges { node { id } } } }", &["boss", "eye"]),
    ("{ openWork { open } }", &["boss", "eye", "board"]),
    ("{ noticesFailed { edges { cursor } } }", &["boss"]),
    ("{ noticesResent { edges { cursor } } }", &["boss", "eye"]),
    ("mutation { resendNotice(input: { notice: \"Tm90aWNlOng\" }) { repeated } }", &["boss"]),
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
    ("mutation($task: ID!) { saveDraft(input: { task: $task, body: {} }) { savedAt } }", PARTAKERS),
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
    ("mutation($task: ID!) { claimTask(input: { task: $task }) { revision } }", PARTAKERS),
    ("mutation($task: ID!) { releaseTask(input: { task: $task }) { revision } }", PARTAKERS),
    ("mutation($task: ID!) { completeTask(input: { task: $task }) { revision } }", PARTAKERS),
    ("mutation($task: ID!) { takeBackTask(input: { task: $task }) { revision } }", PARTAKERS),
    ("mutation($task: ID!) { handBackTask(input: { task: $task }) { revision } }", PARTAKERS),
    (
        "mutation($task: ID!) { returnTask(input: { task: $task, to: [\"apply\"], reason: \"x\" }) \
         { revision } }",
        PARTAKERS,
    ),
    (
        "mutation($task: ID!) { extendTask(input: { task: $task, by: \"1 day\", reason: \"x\" }) { \
         revision } }",
        PARTAKERS,
    ),
    (
        "mutation($task: ID!, $person: ID!) { transferTask(input: { task: $task, to: $person }) { \
         revision } }",
        PARTAKERS,
    ),
    (
        "mutation($task: ID!, $person: ID!) { delegateTask(input: { task: $task, to: $person }) { \
         revision } }",
        PARTAKERS,
    ),
    (
        "mutation($case: ID!) { beginActivity(input: { instance: $case, key: 1, activity: \"x\" }) { \
         revision } }",
        PARTAKERS,
    ),
    (
        "mutation($case: ID!) { correctData(input: { instance: $case, reason: \"x\" }) { revision } }",
        &["boss"],
    ),
    (
        "mutation($case: ID!) { retryNode(input: { instance: $case, key: 1 }) { revision } }",
        &["boss"],
    ),
    (
        "mutation($case: ID!) { modifyInstance(input: { instance: $case, changes: [], reason: \"x\" \
         }) { revision } }",
        &["boss"],
    ),
    (
        "mutation($case: ID!) { migrateInstances(input: { instances: [$case], version: 9, reason: \
         \"x\" }) { results { id } } }",
        &["boss"],
    ),
    (
        "mutation($case: ID!) { suspendInstance(input: { instance: $case, reason: \"\" }) { revision \
         } }",
        &["boss"],
    ),
    (
        "mutation($case: ID!) { recountDeadlines(input: { instance: $case, reason: \"x\" }) { revision \
         } }",
        &["boss"],
    ),
    ("mutation($case: ID!) { resumeInstance(input: { instance: $case }) { revision } }", &["boss"]),
    ("mutation { passTime(input: {}) { done } }", &["boss"]),
    (
        "mutation { sendSignal(input: { signal: \"s\", idempotencyKey: \"k\" }) { signal } }",
        &["robot"],
    ),
    ("mutation($job: ID!) { completeJob(input: { job: $job }) { job } }", &["robot"]),
    (
        "mutation($job: ID!) { failJob(input: { job: $job, error: \"x\" }) { job { id } } }",
        &["robot"],
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
        let refusals = ["DENIED", "NOT_SIGNED_IN", "NOT_STARTER", "NOT_FOUND"];
        let job = id_within(&case, "Job", 1);
        for (query, allowed) in FIELDS {
            let mut given = json!({});
            let values =
                [("case", &json!(case)), ("task", &task), ("person", &person), ("job", &job)];
            for (name, value) in values {
                if query.contains(&format!("${name}:")) {
                    given[name] = value.clone();
                }
            }
            // An admin finds no case that was set aside, and no notice.
            let has_none = query.contains("liftInstance") || query.contains("resendNotice");
            let of_none = if has_none { "NOT_FOUND" } else { "" };
            let is_refusal = |code: &str| refusals.contains(&code) && code != of_none;
            for who in everybody {
                let code = api.code(Some(who), query, given.clone()).await;
                let is_refused = is_refusal(&code);
                assert_eq!(is_refused, !allowed.contains(&who), "{who}: {query}: {code}");
            }
            let code = api.code(None, query, given.clone()).await;
            let is_refused = is_refusal(&code);
            assert_eq!(is_refused, *allowed != PUBLIC, "the public: {query}: {code}");
        }
    });
}

#[test]
fn a_task_is_its_candidates_and_a_case_its_initiators() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        for (who, code) in [("wu", "NOT_CANDIDATE"), ("boss", "NOT_CANDIDATE"), ("eye", "DENIED")] {
            assert_eq!(api.code(Some(who), CLAIM, json!({ "task": task })).await, code, "{who:?}");
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
                    ["DENIED", "NOT_INITIATOR", "NOT_FOUND"].contains(&code.as_str()),
                    "{who}: {query}: {code}"
                );
            }
        }
    });
}

/// Mutations of what is somebody's, with the case and the task as variables.
const OF_SOMEBODY: &[&str] = &[
    "claimTask(input: { task: $task })",
    "releaseTask(input: { task: $task })",
    "completeTask(input: { task: $task, outcome: \"nix\" })",
    "takeBackTask(input: { task: $task })",
    "handBackTask(input: { task: $task })",
    "returnTask(input: { task: $task, to: [\"apply\"], reason: \"x\" })",
    "extendTask(input: { task: $task, by: \"1 day\", reason: \"x\" })",
    "urgeTask(input: { task: $task })",
    "saveDraft(input: { task: $task, body: {} })",
    "transferTask(input: { task: $task, to: $person })",
    "copyInstance(input: { instance: $case, people: [$person] })",
    "addComment(input: { instance: $case, text: \"x\" })",
    "cancelInstance(input: { instance: $case, reason: \"x\" })",
    "withdrawInstance(input: { instance: $case, reason: \"x\" })",
    "terminateInstance(input: { instance: $case, task: $task, reason: \"x\" })",
    "beginActivity(input: { instance: $case, key: 1, activity: \"x\" })",
    "markRead(input: { instance: $case })",
    "submitToIntake(input: { intake: $intake, content: {} })",
    "withdrawSubmission(input: { intake: $intake, submission: 1 })",
];

#[test]
fn who_may_not_see_a_case_learns_nothing_of_it_and_leaves_nothing_in_the_journal() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let task = api.open_task("li", &case).await;
        api.ask("li", CLAIM, json!({ "task": task })).await;
        let person = api.person("nobody").await;
        let there = json!({ "case": case, "task": task, "person": person,
            "intake": id_within(&case, "Intake", 2) });
        let nowhere = json!({ "case": id_of("Instance:77"), "task": id_of("Task:77/2"),
            "person": person, "intake": id_of("Intake:77/2") });
        let before = journalled(&api).await;
        for mutation in OF_SOMEBODY {
            for who in [Some("nobody"), Some("board"), Some("robot"), None] {
                let told = api.asked_with(who, "mutation", mutation, &there).await;
                let code = told["errors"][0]["extensions"]["code"].as_str().unwrap_or("OK");
                let expected = if who.is_some() { "NOT_FOUND" } else { "NOT_SIGNED_IN" };
                assert_eq!(code, expected, "{who:?}: {mutation}: {told}");
                let of_none = api.asked_with(who, "mutation", mutation, &nowhere).await;
                assert_eq!(told, of_none, "{who:?}: {mutation}");
            }
        }
        assert_eq!(journalled(&api).await, before, "nothing of it is journalled");
    });
}

#[test]
fn a_public_comment_that_does_not_fit_is_not_journalled() {
    on_both(|api| async move {
        let given = json!({ "intake": api.open_intake("Road").await["id"] });
        let hand_in = |key: &str| {
            format!(
                "mutation($intake: ID!) {{ submitToIntake(input: {{ intake: $intake, content: {{}}{key} \
                 }}) {{ hash }} }}"
            )
        };
        let before = journalled(&api).await;
        for key in ["", ", idempotencyKey: \"k\"", ", idempotencyKey: \"k\""] {
            let code = api.code(None, &hand_in(key), given.clone()).await;
            assert_eq!(code, "INVALID_DOCUMENT");
        }
        assert_eq!(journalled(&api).await, before);
        let code = api.code(Some("li"), &hand_in(""), given).await;
        assert_eq!(code, "INVALID_DOCUMENT");
        assert_eq!(journalled(&api).await, before + 1, "of somebody it is");
    });
}
