//! Approval operations over the API: signers, withdrawal, reopening, handing over, copies, batches;
//! and how a case's history tells of them.

use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, on_both};

const ADD: &str = "mutation($task: ID!, $people: [ID!]!, $place: SignerPlacement!) { addSigners(\
    input: { task: $task, people: $people, place: $place, reason: \"second opinion\" }) { revision \
    task { id } } }";
const REMOVE: &str = "mutation($task: ID!, $person: ID!) { removeSigner(input: { task: $task, \
    person: $person, reason: \"not needed\" }) { revision } }";
const TAKE_BACK: &str = "mutation($task: ID!) { takeBackTask(input: { task: $task, reason: \
    \"a slip\" }) { instance { currentNodes { name round } } } }";
const HISTORY: &str = "query($id: ID!) { instance(id: $id) { history { edges { node { command label \
    outcome outcomeLabel happened { kind label node nodeLabel round person { handle } from { handle \
    } outcome outcomeLabel weight comment count } } } } } }";
const OPERATIONS: &str = "query($id: ID!) { instance(id: $id) { allowedOperations { name label \
    allowed reasonCode reason targets { name label } } } }";

/// Begins a leave as `wu` and asks for it; answers the case's id.
async fn asked(api: &Api) -> String {
    let begin = "mutation { startInstance(input: { process: \"leave\" }) { instance { id } } }";
    let begun = api.ask("wu", begin, json!({})).await;
    let case = begun["startInstance"]["instance"]["id"].as_str().expect("an id").to_owned();
    let task = api.open_task("wu", &case).await;
    let documents = json!([{ "document": "request", "content": { "text": "a week" } }]);
    api.ask("wu", COMPLETE, json!({ "input": { "task": task, "documents": documents } })).await;
    case
}

/// Decides the first task in a person's inbox.
async fn decide(api: &Api, who: &str, outcome: Option<&str>) -> Value {
    let task = api.own_task(who).await;
    let input = json!({ "input": { "task": task, "outcome": outcome } });
    api.ask(who, COMPLETE, input).await["completeTask"].clone()
}

/// An operation on a case as a whole, and what it is refused with.
async fn on_case(api: &Api, who: &str, mutation: &str, case: &str, more: &str) -> String {
    let query = format!(
        "mutation($id: ID!) {{ {mutation}(input: {{ instance: $id, reason: \"so it is\"{more} }}) \
         {{ revision instance {{ status currentNodes {{ name }} }} }} }}"
    );
    api.code(Some(who), &query, json!({ "id": case })).await
}

/// The reason code of each operation of a case for a person; `on` where it is allowed.
async fn operations(api: &Api, who: &str, case: &str) -> Value {
    let answer = api.ask(who, OPERATIONS, json!({ "id": case })).await;
    let all = answer["instance"]["allowedOperations"].as_array().expect("a list").clone();
    let one = |operation: &Value| {
        let name = operation["name"].as_str().expect("a name").to_owned();
        assert_ne!(operation["label"], operation["name"], "people call it something");
        let code = operation["reasonCode"].as_str().unwrap_or("on").to_owned();
        assert_eq!(operation["allowed"], code == "on");
        assert_eq!(operation["reason"].is_null(), code == "on", "{operation}");
        (name, Value::from(code))
    };
    Value::Object(all.iter().map(one).collect())
}

#[test]
fn signers_are_added_and_removed_and_every_vote_shows_with_its_round() {
    on_both(|api| async move {
        let case = asked(&api).await;
        let (task, boss) = (api.own_task("li").await, api.person("boss").await);
        let add = |place: &str| json!({ "task": task, "people": [boss], "place": place });
        assert_eq!(api.code(Some("nobody"), ADD, add("BEFORE")).await, "NOT_FOUND");
        let added = api.ask("li", ADD, add("ALONGSIDE")).await;
        assert_eq!(added["addSigners"]["task"]["id"], task);
        assert_eq!(api.code(Some("li"), ADD, add("BEFORE")).await, "ALREADY_SIGNER");
        let remove = json!({ "task": task, "person": boss });
        assert_eq!(api.code(Some("zhao"), REMOVE, remove.clone()).await, "NO_ADDED_SIGNER");
        api.ask("li", REMOVE, remove.clone()).await;
        assert_eq!(api.code(Some("li"), REMOVE, remove).await, "NO_ADDED_SIGNER");
        api.ask("li", ADD, add("BEFORE")).await;
        let early = json!({ "input": { "task": task, "outcome": "agree" } });
        assert_eq!(api.code(Some("li"), COMPLETE, early).await, "SIGNERS_PENDING");

        // The first round is against, the second one for.
        for who in ["boss", "li", "zhao"] {
            decide(&api, who, Some("disagree")).await;
        }
        decide(&api, "wu", None).await;
        decide(&api, "li", Some("agree")).await;
        let done = decide(&api, "zhao", Some("agree")).await;
        assert_eq!(done["instance"]["currentNodes"], json!([{ "name": "check" }]));

        let told = api.ask("wu", HISTORY, json!({ "id": case })).await;
        let edges = told["instance"]["history"]["edges"].as_array().expect("a history").clone();
        let facts = edges.iter().flat_map(|edge| {
            let facts = edge["node"]["happened"].as_array().expect("facts").clone();
            facts.into_iter().filter(|fact| {
                let kind = fact["kind"].as_str().expect("a kind");
                kind.starts_with("sign") || kind == "voteCast"
            })
        });
        let facts = facts.map(|fact| {
            assert_eq!((&fact["node"], &fact["nodeLabel"]), (&json!("sign"), &json!("Sign")));
            json!([fact["label"], fact["person"]["handle"], fact["round"], fact["outcomeLabel"]])
        });
        let none = Value::Null;
        let expected = json!([
            ["Signer added alongside", "boss", 1, none],
            ["Signer removed", "boss", 1, none],
            ["Signer added before", "boss", 1, none],
            ["Voted", "boss", 1, "不同意"],
            ["Voted", "li", 1, "不同意"],
            ["Voted", "zhao", 1, "不同意"],
            ["Decided together", none, 1, "不同意"],
            ["Voted", "li", 2, "Agree"],
            ["Voted", "zhao", 2, "Agree"],
            ["Decided together", none, 2, "Agree"],
        ]);
        assert_eq!(Value::Array(facts.collect()), expected);
    });
}

#[test]
fn a_case_is_taken_back_withdrawn_reopened_and_ended_by_those_who_may() {
    on_both(|api| async move {
        let case = asked(&api).await;
        decide(&api, "li", Some("agree")).await;
        decide(&api, "zhao", Some("agree")).await;
        let check = api.own_task("zhao").await;
        decide(&api, "zhao", Some("pass")).await;
        let task = json!({ "task": check });
        assert_eq!(api.code(Some("li"), TAKE_BACK, task.clone()).await, "NOT_CANDIDATE");
        let back = api.ask("zhao", TAKE_BACK, task).await;
        let nodes = &back["takeBackTask"]["instance"]["currentNodes"];
        assert_eq!(nodes, &json!([{ "name": "check", "round": 2 }]));

        let own = operations(&api, "wu", &case).await;
        let of_wu = json!({ "addComment": "on", "cancelInstance": "on", "copyInstance": "on",
            "handOver": "DENIED", "reopenInstance": "DENIED", "terminateInstance": "DENIED",
            "voidInstance": "on", "withdrawInstance": "on" });
        assert_eq!(own, of_wu);
        assert_eq!(operations(&api, "li", &case).await["withdrawInstance"], "NOT_INITIATOR");
        assert_eq!(operations(&api, "eye", &case).await["withdrawInstance"], "DENIED");
        let bosses = operations(&api, "boss", &case).await;
        assert_eq!(
            (&bosses["handOver"], &bosses["terminateInstance"]),
            (&json!("on"), &json!("on"))
        );
        assert_eq!(bosses["reopenInstance"], "STILL_RUNNING");

        assert_eq!(on_case(&api, "li", "withdrawInstance", &case, "").await, "NOT_INITIATOR");
        assert_eq!(on_case(&api, "wu", "withdrawInstance", &case, "").await, "OK");
        assert_eq!(on_case(&api, "wu", "withdrawInstance", &case, "").await, "NOTHING_BEFORE");
        assert_eq!(on_case(&api, "wu", "terminateInstance", &case, "").await, "DENIED");
        assert_eq!(on_case(&api, "boss", "terminateInstance", &case, "").await, "OK");
        assert_eq!(on_case(&api, "wu", "voidInstance", &case, "").await, "INSTANCE_CLOSED");
        let of_ended = operations(&api, "boss", &case).await;
        assert_eq!(
            (&of_ended["reopenInstance"], &of_ended["addComment"]),
            (&json!("on"), &json!("on"))
        );
        assert_eq!(
            (&of_ended["handOver"], &of_ended["copyInstance"]),
            (&json!("INSTANCE_CLOSED"), &json!("INSTANCE_CLOSED"))
        );
        let nowhere = ", to: \"nowhere\"";
        assert_eq!(on_case(&api, "boss", "reopenInstance", &case, nowhere).await, "CANNOT_RETURN");
        let to = ", to: \"confirm\"";
        assert_eq!(on_case(&api, "wu", "reopenInstance", &case, to).await, "DENIED");
        assert_eq!(on_case(&api, "boss", "reopenInstance", &case, to).await, "OK");
        assert_eq!(on_case(&api, "wu", "voidInstance", &case, "").await, "OK");

        let told = api.ask("wu", HISTORY, json!({ "id": case })).await;
        let edges = told["instance"]["history"]["edges"].as_array().expect("a history").clone();
        let labels: Vec<Value> = edges
            .iter()
            .flat_map(|edge| edge["node"]["happened"].as_array().expect("facts").clone())
            .filter(|fact| fact["comment"].is_string())
            .map(|fact| json!([fact["label"], fact["comment"]]))
            .collect();
        let expected = json!([
            ["Taken back", "a slip"],
            ["Withdrawn", "so it is"],
            ["Terminated", "so it is"],
            ["Reopened", "so it is"],
            ["Voided", "so it is"]
        ]);
        assert_eq!(Value::Array(labels), expected);
    });
}

#[test]
fn everything_of_one_who_leaves_becomes_another_s() {
    on_both(|api| async move {
        let (one, two) = (asked(&api).await, asked(&api).await);
        let (li, wu, zhao, boss) = (
            api.person("li").await,
            api.person("wu").await,
            api.person("zhao").await,
            api.person("boss").await,
        );
        let hand_over = "mutation($from: ID!, $to: ID!, $instances: [ID!]) { handOver(input: { from: \
            $from, to: $to, reason: \"leaves\", instances: $instances, idempotencyKey: \"k\" }) { \
            more results { id instance { id } refused { code retryable message } } } }";
        let twice = hand_over.replace("\"k\"", "\"twice\"");
        let signs = api.ask("boss", &twice, json!({ "from": li, "to": zhao })).await;
        let refused = &signs["handOver"]["results"][0]["refused"];
        assert_eq!(refused["code"], "ALREADY_SIGNER", "zhao would sign twice: {signs}");
        let given = json!({ "from": li, "to": boss });
        assert_eq!(api.code(Some("wu"), hand_over, given.clone()).await, "DENIED");
        let done = api.ask("boss", hand_over, given.clone()).await["handOver"].clone();
        assert_eq!(done["more"], false);
        let ids: Vec<&Value> = done["results"]
            .as_array()
            .expect("results")
            .iter()
            .map(|one| &one["instance"]["id"])
            .collect();
        assert_eq!(ids, [&json!(one), &json!(two)]);
        let count = api.ask("li", "{ inboxCount }", json!({})).await;
        assert_eq!(count["inboxCount"], 0, "li has nothing more");
        let named = json!({ "from": li, "to": boss, "instances": [one] });
        let again = api.ask("boss", hand_over, named).await["handOver"]["results"][0].clone();
        assert_eq!(again["instance"]["id"], json!(one), "the key was used for this case: {again}");
        let named = json!({ "from": wu, "to": boss, "instances": [one] });
        let reused = api.ask("boss", hand_over, named).await["handOver"]["results"][0].clone();
        assert_eq!(reused["refused"]["code"], "KEY_REUSED", "it was for another person: {reused}");
        let other = hand_over.replace("\"k\"", "\"other\"");
        let nobody = api.person("nobody").await;
        let named = json!({ "from": nobody, "to": boss, "instances": [one] });
        let refused = api.ask("boss", &other, named).await["handOver"]["results"][0].clone();
        assert_eq!(refused["refused"]["code"], "NOTHING_TO_HAND_OVER", "{refused}");
        assert_eq!((&refused["id"], &refused["instance"]), (&json!(one), &Value::Null));
    });
}

#[test]
fn a_delegate_to_whom_nothing_was_offered_prepares_the_task_or_its_owner_takes_it_back() {
    on_both(|api| async move {
        let case = json!({ "id": asked(&api).await });
        let (task, nobody) = (api.own_task("li").await, api.person("nobody").await);
        let task = json!({ "task": task, "person": nobody });
        let delegate = "mutation($task: ID!, $person: ID!) { delegateTask(input: { task: $task, to: \
                        $person }) { revision } }";
        let back = "mutation($task: ID!) { handBackTask(input: { task: $task }) { revision } }";
        let see = "query($id: ID!) { instance(id: $id) { id } }";
        for who in ["li", "nobody"] {
            assert_eq!(api.code(Some("nobody"), see, case.clone()).await, "NOT_FOUND");
            api.ask("li", delegate, task.clone()).await;
            api.ask("nobody", see, case.clone()).await;
            api.ask(who, back, json!({ "task": task["task"] })).await;
        }
    });
}

#[test]
fn a_copy_is_read_once_and_never_made_twice() {
    on_both(|api| async move {
        let case = asked(&api).await;
        let nobody = api.person("nobody").await;
        let see = "query($id: ID!) { instance(id: $id) { copies { person { handle } readAt } } }";
        let id = json!({ "id": case });
        assert_eq!(api.code(Some("nobody"), see, id.clone()).await, "NOT_FOUND");
        let copy = "mutation($id: ID!, $people: [ID!]!) { copyInstance(input: { instance: $id, people: \
                    $people }) { revision } }";
        let people = json!({ "id": case, "people": [nobody] });
        api.ask("wu", copy, people.clone()).await;
        assert_eq!(api.code(Some("wu"), copy, people).await, "ALREADY_COPIED");
        let unread = json!([{ "person": { "handle": "nobody" }, "readAt": null }]);
        assert_eq!(api.ask("wu", see, id.clone()).await["instance"]["copies"], unread);
        let read = "mutation($id: ID!) { markRead(input: { instance: $id }) { instance { copies { \
                    readAt } } } }";
        let first = api.ask("nobody", read, id.clone()).await;
        let at = first["markRead"]["instance"]["copies"][0]["readAt"].clone();
        assert_eq!(at, "2026-01-05T01:00:00+00:00");
        api.store.clock().set(crate::harness::BEGIN.plus_ms(60_000));
        let again = api.ask("nobody", read, id.clone()).await;
        assert_eq!(
            again["markRead"]["instance"]["copies"][0]["readAt"], at,
            "the first time counts"
        );
        // Who was not copied marks nothing.
        api.ask("wu", read, id.clone()).await;
        assert_eq!(api.ask("wu", see, id).await["instance"]["copies"][0]["readAt"], at);
    });
}

#[test]
fn several_decisions_are_answered_each_by_itself() {
    on_both(|api| async move {
        let (one, two) = (asked(&api).await, asked(&api).await);
        let query = "{ inbox { edges { node { id } } } }";
        let inbox = api.ask("li", query, json!({})).await;
        let tasks: Vec<Value> = inbox["inbox"]["edges"]
            .as_array()
            .expect("tasks")
            .iter()
            .map(|edge| edge["node"]["id"].clone())
            .collect();
        let batch = "mutation($tasks: [CompleteTaskInput!]!) { completeTasks(input: { tasks: $tasks, \
            clientMutationId: \"mine\" }) { clientMutationId results { id done { task { state } \
            instance { id } } refused { code message retryable extensions } } } }";
        let decision = |task: &Value, outcome: &str| json!({ "task": task, "outcome": outcome });
        let tasks = json!([
            decision(&tasks[0], "agree"),
            decision(&tasks[0], "agree"),
            decision(&tasks[1], "perhaps"),
            decision(&json!("x"), "agree"),
            decision(&tasks[1], "agree")
        ]);
        let done = api.ask("li", batch, json!({ "tasks": tasks })).await["completeTasks"].clone();
        let answers: Vec<Value> = done["results"]
            .as_array()
            .expect("results")
            .iter()
            .map(|result| json!([result["done"]["instance"]["id"], result["refused"]["code"]]))
            .collect();
        let none = Value::Null;
        assert_eq!(
            Value::Array(answers),
            json!([
                [one, none],
                [none, "NOT_OPEN"],
                [none, "UNKNOWN_OUTCOME"],
                [none, "BAD_ID"],
                [two, none]
            ])
        );
        assert_eq!(done["clientMutationId"], "mine");
        let many = json!({ "tasks": vec![decision(&json!("x"), "agree"); 101] });
        assert_eq!(api.code(Some("li"), batch, many).await, "BAD_ARGUMENT");
    });
}

#[test]
fn data_are_corrected_by_an_admin_and_the_history_says_why() {
    on_both(|api| async move {
        let case = asked(&api).await;
        let correct = "mutation($case: ID!, $documents: [DocumentInput!], $variables: JSON) { \
             correctData(input: { instance: $case, documents: $documents, variables: $variables, \
             reason: \"a slip of the pen\" }) { revision instance { currentNodes { name } } } }";
        let with = |content: Value| json!({ "case": case, "documents": [{ "document": "request", "content": content }] });
        let weeks = with(json!({ "text": "two weeks" }));
        for who in ["wu", "li", "eye"] {
            assert_eq!(api.code(Some(who), correct, weeks.clone()).await, "DENIED", "{who}");
        }
        for (given, code) in [
            (with(json!({ "text": 7 })), "INVALID_DOCUMENT"),
            (json!({ "case": case }), "BAD_ARGUMENT"),
            (json!({ "case": case, "variables": { "a": 1 } }), "BAD_ARGUMENT"),
            (json!({ "case": case, "variables": [1] }), "BAD_ARGUMENT"),
        ] {
            assert_eq!(api.code(Some("boss"), correct, given.clone()).await, code, "{given}");
        }
        let done = api.ask("boss", correct, weeks).await;
        // A round is one node, however many sign in it.
        let nodes = json!([{ "name": "sign" }]);
        assert_eq!(done["correctData"]["instance"]["currentNodes"], nodes);

        let history = api.ask("boss", HISTORY, json!({ "id": case })).await;
        let entries = history["instance"]["history"]["edges"].as_array().expect("entries").clone();
        let last = &entries.last().expect("an entry")["node"];
        assert_eq!(last["happened"][0]["kind"], "dataCorrected");
        assert_eq!(last["happened"][0]["from"]["handle"], "boss");
        assert_eq!(last["happened"][0]["comment"], "a slip of the pen");
        let read = "query($id: ID!) { instance(id: $id) { documents { name version content } } }";
        let documents = api.ask("boss", read, json!({ "id": case })).await;
        let expected =
            json!([{ "name": "request", "version": 2, "content": { "text": "two weeks" } }]);
        assert_eq!(documents["instance"]["documents"], expected);
    });
}

#[test]
fn an_admin_moves_tokens_by_hand_after_seeing_what_would_come_of_it() {
    on_both(|api| async move {
        let case = asked(&api).await;
        let nodes = "query($id: ID!) { instance(id: $id) { currentNodes { key name within asked answered runs { key name within } } waitingTokens { name } } }";
        let now = api.ask("boss", nodes, json!({ "id": case })).await;
        let body = &now["instance"]["currentNodes"][0];
        assert_eq!((&body["name"], &body["within"]), (&json!("sign"), &Value::Null));
        assert_eq!(now["instance"]["currentNodes"].as_array().map(Vec::len), Some(1), "once");
        assert_eq!((&body["asked"], &body["answered"]), (&json!(2), &json!(0)));
        let runs = body["runs"].as_array().expect("runs").iter();
        let of_round = |run: &Value| json!([run["name"], run["within"]]);
        let expected = vec![json!(["sign", body["key"]]); 2];
        assert_eq!(runs.map(of_round).collect::<Vec<_>>(), expected);
        let changes = json!([{ "move": { "key": body["key"], "to": "check" } }]);
        let see = "query($id: ID!, $changes: [TokenChange!]!) { instance(id: $id) { modified(changes: \
             $changes) { currentNodes { name } waitingTokens { name } } } }";
        let modify = "mutation($id: ID!, $changes: [TokenChange!]!) { modifyInstance(input: { instance: \
             $id, changes: $changes, reason: \"nobody signs in August\" }) { instance { currentNodes { \
             name } } } }";
        let with = |changes: Value| json!({ "id": case, "changes": changes });
        for query in [see, modify] {
            assert_eq!(api.code(Some("wu"), query, with(changes.clone())).await, "DENIED");
            let both = json!([{ "cancel": { "key": 1 }, "startBefore": { "node": "check" } }]);
            assert_ne!(api.code(Some("boss"), query, with(both)).await, "none", "one of them");
            let gone = json!([{ "cancel": { "key": 99 } }]);
            assert_eq!(api.code(Some("boss"), query, with(gone)).await, "BAD_ARGUMENT");
        }
        let seen = api.ask("boss", see, with(changes.clone())).await;
        let check = json!([{ "name": "check" }]);
        assert_eq!(seen["instance"]["modified"]["currentNodes"], check);
        assert_eq!(api.ask("boss", nodes, json!({ "id": case })).await, now, "nothing has changed");
        let done = api.ask("boss", modify, with(changes)).await;
        assert_eq!(done["modifyInstance"]["instance"]["currentNodes"], check);
        let history = api.ask("boss", HISTORY, json!({ "id": case })).await;
        let entries = history["instance"]["history"]["edges"].as_array().expect("entries").clone();
        let told = &entries.last().expect("an entry")["node"]["happened"][0];
        assert_eq!(
            (&told["kind"], &told["comment"]),
            (&json!("instanceModified"), &json!("nobody signs in August"))
        );
    });
}

#[test]
fn a_suspended_case_waits_and_says_why() {
    on_both(|api| async move {
        let case = asked(&api).await;
        let task = api.own_task("li").await;
        assert_eq!(on_case(&api, "wu", "suspendInstance", &case, "").await, "DENIED");
        let suspend = "mutation($id: ID!) { suspendInstance(input: { instance: $id, reason: \"a lawsuit\" \
             }) { instance { status suspended { person { handle } reason } } } }";
        let done = api.ask("boss", suspend, json!({ "id": case })).await;
        let expected = json!({ "status": "SUSPENDED", "suspended": { "person": { "handle": "boss" }, "reason": "a lawsuit" } });
        assert_eq!(done["suspendInstance"]["instance"], expected);
        let input = json!({ "input": { "task": task, "outcome": "agree" } });
        assert_eq!(api.code(Some("li"), COMPLETE, input.clone()).await, "INSTANCE_SUSPENDED");
        let list = "query { instances(filter: { status: SUSPENDED }, first: 5) { edges { node { id } } } }";
        let listed = api.ask("boss", list, json!({})).await;
        assert_eq!(listed["instances"]["edges"], json!([{ "node": { "id": case } }]));
        let resume = "mutation($id: ID!) { resumeInstance(input: { instance: $id }) { instance { status \
             suspended { reason } } } }";
        assert_eq!(api.code(Some("wu"), resume, json!({ "id": case })).await, "DENIED");
        let done = api.ask("boss", resume, json!({ "id": case })).await;
        assert_eq!(
            done["resumeInstance"]["instance"],
            json!({ "status": "ACTIVE", "suspended": null })
        );
        assert_eq!(api.code(Some("boss"), resume, json!({ "id": case })).await, "NOT_SUSPENDED");
        api.ask("li", COMPLETE, input).await;
    });
}
