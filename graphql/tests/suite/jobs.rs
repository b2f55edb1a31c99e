//! Workers: how a failed job is tried again, and which case a message has reached.

use serde_json::{Value, json};

use crate::harness::{Api, BEGIN, journalled, on_both, pack};

const STAMP: &str = "process: stamp
name: Stamp
startedBy: [clerk]
nodes:
  stamp: { type: serviceTask, topic: stamp, retries: 5 }
  end: { type: endEvent }
";

const WAITS: &str = "process: waits
name: Waits
startedBy: [clerk]
nodes:
  paid: { type: receiveTask, message: paid, key: =\"invoice-7\" }
  check: { type: userTask, role: clerk }
";

const BEGINS: &str = "process: begins
name: Begins
nodes:
  told: { type: startEvent, message: told }
  check: { type: userTask, role: clerk }
";

const FETCH: &str = "mutation { fetchJobs(input: { topic: \"stamp\" }) { jobs { id retries } } }";
const FAIL: &str = "mutation($job: ID!, $retries: Int, $after: Int, $code: String) { failJob(input: { job: \
    $job, error: \"no ink\", retries: $retries, retryAfterMs: $after, code: $code }) { job { retries } } }";
const SEND: &str = "mutation($message: String!, $key: String!, $correlation: String!) { \
    sendMessage(input: { message: $message, correlation: $correlation, idempotencyKey: $key }) { message \
    delivery instance { id process } } }";

async fn deploy(api: &Api) {
    let mut files = pack();
    for (name, text) in [("stamp", STAMP), ("waits", WAITS), ("begins", BEGINS)] {
        files.push((format!("processes/{name}.yaml"), text.to_owned()));
    }
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
}

async fn start(api: &Api, process: &str) -> Value {
    let start = "mutation($process: String!) { startInstance(input: { process: $process }) { instance { \
                 id } } }";
    let begun = api.ask("wu", start, json!({ "process": process })).await;
    begun["startInstance"]["instance"]["id"].clone()
}

/// The jobs that a worker gets now.
async fn fetched(api: &Api) -> Vec<Value> {
    let fetched = api.ask("robot", FETCH, json!({})).await;
    fetched["fetchJobs"]["jobs"].as_array().expect("a list").clone()
}

#[test]
fn a_worker_says_how_often_and_when_a_job_is_tried_again() {
    on_both(|api| async move {
        deploy(&api).await;
        let case = start(&api, "stamp").await;
        let job = fetched(&api).await[0].clone();
        assert_eq!(job["retries"], 5);
        let fail = |more: Value| {
            let mut given = json!({ "job": job["id"] });
            given.as_object_mut().expect("fields").extend(more.as_object().expect("more").clone());
            given
        };
        let before = journalled(&api).await;
        for (given, code, field) in [
            (json!({ "after": -1 }), "BAD_ARGUMENT", json!("input.retryAfterMs")),
            (json!({ "after": 86_400_001 }), "BAD_ARGUMENT", json!("input.retryAfterMs")),
            (json!({ "code": "NO_INK", "retries": 2 }), "BAD_ARGUMENT", json!("input.retries")),
            (json!({ "code": "NO_INK", "after": 2 }), "BAD_ARGUMENT", json!("input.retryAfterMs")),
        ] {
            let answer = api.raw(Some("robot"), FAIL, fail(given.clone())).await;
            let said = &answer["errors"][0]["extensions"];
            assert_eq!(
                (&said["code"], &said["field"]),
                (&json!(code), &field),
                "{given}: {answer}"
            );
        }
        let refused = journalled(&api).await - before;
        assert_eq!(refused, 2, "what the engine refused is journalled");

        // Three are left of four, and the worker chooses the pause.
        let given = fail(json!({ "retries": 3, "after": 120_000 }));
        let failed = api.ask("robot", FAIL, given).await;
        assert_eq!(failed["failJob"]["job"]["retries"], 3);
        let at = |ms: i64| {
            let api = api.clone();
            async move {
                api.store.clock().set(BEGIN.plus_ms(ms));
                api.store.settle().await.expect("it settles");
                fetched(&api).await
            }
        };
        assert_eq!(at(119_000).await, Vec::<Value>::new(), "not before the pause is over");
        let again = at(120_000).await;
        assert_eq!((&again[0]["id"], &again[0]["retries"]), (&job["id"], &json!(3)));
        // A worker cannot try more often than is left; at once is possible.
        let failed = api.ask("robot", FAIL, fail(json!({ "retries": 9, "after": 0 }))).await;
        assert_eq!(failed["failJob"]["job"]["retries"], 2);
        assert_eq!(at(120_000).await.len(), 1);
        let failed = api.ask("robot", FAIL, fail(json!({ "retries": 0 }))).await;
        assert_eq!(failed["failJob"]["job"], Value::Null);
        let see = "query($id: ID!) { instance(id: $id) { currentNodes { incidentCode } } }";
        let seen = api.ask("boss", see, json!({ "id": case })).await;
        let nodes = json!([{ "incidentCode": "JOB_FAILED" }]);
        assert_eq!(seen["instance"]["currentNodes"], nodes);
    });
}

#[test]
fn a_message_tells_which_case_it_reached() {
    on_both(|api| async move {
        deploy(&api).await;
        // A worker who oversees cases as well sees which one; another only that there is one.
        let mut people = crate::harness::people();
        let boss = people.iter_mut().find(|person| person.id == "boss").expect("there");
        boss.grants.push(engine::actor::Grant { role: "worker".into(), unit: None });
        api.store.load_people(&[], &people).await.expect("people");
        let sent = |who: &'static str, message: &'static str, key: &'static str| {
            let api = api.clone();
            let given = json!({ "message": message, "key": key, "correlation": "invoice-7" });
            async move { api.ask(who, SEND, given).await["sendMessage"].take() }
        };
        let told = |delivery: &str, instance: Value| json!([delivery, instance]);
        let of = |answer: Value| json!([answer["delivery"], answer["instance"]]);

        assert_eq!(of(sent("boss", "paid", "early").await), told("KEPT", Value::Null));
        let first = start(&api, "waits").await;
        api.store.settle().await.expect("it settles");
        let own = |id: &Value, process: &str| json!({ "id": id, "process": process });
        let reached = told("RECEIVED", own(&first, "waits"));
        assert_eq!(of(sent("boss", "paid", "early").await), reached, "by now");

        let second = start(&api, "waits").await;
        assert_eq!(of(sent("robot", "paid", "two").await), told("RECEIVED", Value::Null));
        let see = "query($id: ID!) { instance(id: $id) { currentNodes { name } } }";
        let seen = api.ask("boss", see, json!({ "id": second })).await;
        assert_eq!(seen["instance"]["currentNodes"], json!([{ "name": "check" }]), "at once");

        let begun = sent("boss", "told", "three").await;
        assert_eq!(
            (&begun["delivery"], &begun["instance"]["process"]),
            (&json!("BEGAN"), &json!("begins"))
        );
        assert_eq!(of(sent("boss", "told", "three").await), of(begun), "and begins no other");
        let all = "{ instances(filter: { process: \"begins\" }) { edges { node { id } } } }";
        let all = api.ask("boss", all, json!({})).await;
        assert_eq!(all["instances"]["edges"].as_array().map(Vec::len), Some(1));
        let given = json!({ "message": "paid", "key": "three", "correlation": "x" });
        assert_eq!(api.code(Some("boss"), SEND, given).await, "KEY_REUSED");
    });
}

#[test]
fn a_message_lets_an_earlier_one_go_first_and_an_old_key_is_a_new_message() {
    on_both(|api| async move {
        deploy(&api).await;
        let send = |key: &'static str| {
            let api = api.clone();
            let given = json!({ "message": "paid", "key": key, "correlation": "invoice-7" });
            async move { api.ask("robot", SEND, given).await["sendMessage"]["delivery"].take() }
        };
        assert_eq!(send("one").await, "KEPT");
        start(&api, "waits").await;
        // The worker has not looked yet: the first message is for this case.
        assert_eq!(send("two").await, "KEPT");
        api.store.settle().await.expect("it settles");
        assert_eq!((send("one").await, send("two").await), (json!("RECEIVED"), json!("KEPT")));
        // Two months later the keys are forgotten, and the same again is another message.
        api.store.clock().set(BEGIN.plus_ms(60 * 86_400_000));
        api.store.clean().await.expect("what is old goes");
        api.store.settle().await.expect("it settles");
        assert_eq!(send("one").await, "KEPT");
        start(&api, "waits").await;
        api.store.settle().await.expect("it settles");
        assert_eq!(send("one").await, "RECEIVED");
    });
}

#[test]
fn a_job_is_answered_for_by_who_fetched_it_last() {
    const FETCH: &str = "mutation($worker: String) { fetchJobs(input: { topic: \"stamp\", worker: $worker, \
        leaseMs: 60000 }) { jobs { id } } }";
    const DONE: &str = "mutation($job: ID!, $worker: String) { completeJob(input: { job: $job, worker: \
        $worker }) { job } }";
    const FAILED: &str = "mutation($job: ID!, $worker: String) { failJob(input: { job: $job, error: \"no \
        ink\", worker: $worker, retryAfterMs: 60000 }) { job { retries } } }";
    on_both(|api| async move {
        deploy(&api).await;
        start(&api, "stamp").await;
        let fetch = |worker: &'static str| {
            let api = api.clone();
            async move {
                let fetched = api.ask("robot", FETCH, json!({ "worker": worker })).await;
                fetched["fetchJobs"]["jobs"][0]["id"].clone()
            }
        };
        let job = fetch("one").await;
        let by = |worker: Value| json!({ "job": job, "worker": worker });
        for (worker, code) in
            [(json!("two"), "NOT_LEASED"), (Value::Null, "NOT_LEASED"), (json!(""), "BAD_ARGUMENT")]
        {
            for query in [DONE, FAILED] {
                assert_eq!(api.code(Some("robot"), query, by(worker.clone())).await, code);
            }
        }

        // Its time is over, and another has it now.
        api.store.clock().set(BEGIN.plus_ms(61_000));
        assert_eq!(fetch("two").await, job);
        assert_eq!(api.code(Some("robot"), DONE, by(json!("one"))).await, "NOT_LEASED");

        // Who failed has it no more, until it is fetched again.
        api.ask("robot", FAILED, by(json!("two"))).await;
        assert_eq!(api.code(Some("robot"), DONE, by(json!("two"))).await, "NOT_LEASED");
        api.store.clock().set(BEGIN.plus_ms(122_000));
        api.store.settle().await.expect("it settles");
        assert_eq!(fetch("two").await, job);

        // Its time is over, but nobody else has fetched it: the work was done, and counts.
        api.store.clock().set(BEGIN.plus_ms(300_000));
        api.ask("robot", DONE, by(json!("two"))).await;
        assert_eq!(api.code(Some("robot"), DONE, by(json!("two"))).await, "INSTANCE_CLOSED");
    });
}
