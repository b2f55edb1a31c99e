//! What goes between cases and the outside: messages, jobs, called cases that are cancelled.

use engine::command::Command;
use engine::ids::{InstanceId, Key};
use engine::instance::Status;
use serde_json::json;
use store::{Store, StoreError, Submit, SubmitError};

use crate::harness::{BEGIN, begin, clerk, on_both, open_task, person};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const LEASE_MS: i64 = 60_000;

async fn node(store: &Store, case: InstanceId) -> String {
    let states = store.states(&[case.0]).await.expect("states");
    let active = states[&case.0].activations().values();
    active.map(|activation| activation.node.to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_message_waits_for_its_receiver_and_arrives_once() {
    on_both(|store, place| async move {
        let send = |id: &'static str, key: &'static str| {
            let store = store.clone();
            async move { store.send_message(id, "paid", key, Some(json!({ "sum": 5 }))).await }
        };
        send("m1", "invoice-7").await.expect("kept");
        send("m1", "invoice-7").await.expect("the same again is the same message");
        let reused = send("m1", "invoice-9").await;
        assert!(matches!(reused, Err(StoreError::KeyReused)), "{reused:?}");
        send("other", "invoice-8").await.expect("kept");
        store.settle().await.expect("it settles");
        assert_eq!(place.number("SELECT count(*) FROM buffered_message").await, 2);

        let (one, two) = (begin(&store, "receives").await, begin(&store, "receives").await);
        store.settle().await.expect("it settles");
        let mut at = [node(&store, one).await, node(&store, two).await];
        at.sort();
        assert_eq!(at, ["one", "paid"], "one message is for one receiver");
        // What was delivered is not delivered again under the same id, though the row is gone.
        send("m1", "invoice-7").await.expect("taken");
        store.settle().await.expect("it settles");
        let mut at = [node(&store, one).await, node(&store, two).await];
        at.sort();
        assert_eq!(at, ["one", "paid"], "an id arrives once");
        send("m2", "invoice-7").await.expect("kept");
        store.settle().await.expect("it settles");
        assert_eq!([node(&store, one).await, node(&store, two).await], ["one", "one"]);
        assert_eq!(place.number("SELECT count(*) FROM subscription").await, 0);
    });
}

#[test]
fn a_message_that_nobody_comes_for_is_not_delivered_later() {
    on_both(|store, _place| async move {
        store.send_message("m1", "paid", "invoice-7", None).await.expect("kept");
        store.clock().set(BEGIN.plus_ms(400 * DAY_MS));
        let case = begin(&store, "receives").await;
        store.settle().await.expect("it settles");
        assert_eq!(node(&store, case).await, "paid");
    });
}

async fn fetch(store: &Store, worker: &str) -> Vec<store::workers::JobLease> {
    store.fetch_jobs("letter", worker, 10, LEASE_MS).await.expect("jobs")
}

async fn finish(store: &Store, case: InstanceId, command: Command) -> Result<(), SubmitError> {
    let worker = person("robot", &["worker"]);
    store.submit(Submit::to(case, worker, command)).await.map(|_| ())
}

#[test]
fn a_job_is_one_workers_until_its_lease_is_over_and_done_once() {
    on_both(|store, place| async move {
        let case = begin(&store, "works").await;
        assert_eq!(store.fetch_jobs("other", "a", 10, LEASE_MS).await.expect("jobs"), []);
        let jobs = fetch(&store, "a").await;
        assert_eq!((jobs.len(), &jobs[0].input, jobs[0].retries), (1, &json!({ "to": "wu" }), 2));
        assert_eq!(fetch(&store, "b").await, [], "it is a's");
        store.clock().set(BEGIN.plus_ms(LEASE_MS));
        assert_eq!(fetch(&store, "b").await.len(), 1, "a's lease is over");
        let key = Key(u32::try_from(jobs[0].key).expect("a key"));
        let done = Command::CompleteJob { key, result: json!({}) };
        finish(&store, case, done.clone()).await.expect("it is done");
        let again = finish(&store, case, done).await.expect_err("it is done already");
        assert!(
            matches!(&again, SubmitError::Rejected(why) if why.code() == "NOT_OPEN"),
            "{again}"
        );
        assert_eq!(node(&store, case).await, "one");
        assert_eq!(place.number("SELECT count(*) FROM job").await, 0);
    });
}

#[test]
fn a_job_is_answered_for_only_while_the_worker_has_it_when_the_command_is_carried_out() {
    on_both(|store, place| async move {
        let case = begin(&store, "works").await;
        let job = fetch(&store, "a").await.remove(0);
        let key = Key(u32::try_from(job.key).expect("a key"));
        // Another fetches it between the moment at which `a` was asked and the command.
        store.clock().set(BEGIN.plus_ms(LEASE_MS));
        assert_eq!(fetch(&store, "b").await.len(), 1, "a's lease is over");
        let before = store.verify(|_, _| ()).await.expect("it can be read").rows;
        let failed = Command::FailJob {
            key,
            error: "no paper".into(),
            code: None,
            retries: None,
            retry_after_ms: None,
        };
        let done = Command::CompleteJob { key, result: json!({}) };
        let answer = async |worker: &str, command: &Command| {
            let robot = person("robot", &["worker"]);
            let submit = Submit::to(case, robot, command.clone()).held_by(key, worker);
            store.submit(submit).await.map(|_| ())
        };
        for command in [&failed, &done] {
            assert_eq!(answer("a", command).await, Err(SubmitError::NotLeased(case)));
        }
        let after = store.verify(|_, _| ()).await.expect("it can be read").rows;
        assert_eq!(after, before, "nothing of it is journalled");
        answer("b", &done).await.expect("it is b's");
        assert_eq!(place.number("SELECT count(*) FROM job").await, 0);
        let again = answer("b", &done).await.expect_err("it is done already");
        assert!(
            matches!(&again, SubmitError::Rejected(why) if why.code() == "NOT_OPEN"),
            "of a job that is no more the case tells: {again}"
        );
    });
}

#[test]
fn a_job_that_fails_is_tried_again_then_an_incident_then_repaired() {
    on_both(|store, _place| async move {
        let case = begin(&store, "works").await;
        let mut now = BEGIN;
        let mut retries = Vec::new();
        let key = loop {
            let jobs = fetch(&store, "a").await;
            if let Some(job) = jobs.first() {
                retries.push(job.retries);
                let key = Key(u32::try_from(job.key).expect("a key"));
                let failed = Command::FailJob {
                    key,
                    error: "no paper".into(),
                    code: None,
                    retries: None,
                    retry_after_ms: None,
                };
                finish(&store, case, failed).await.expect("noted");
                assert_eq!(fetch(&store, "a").await, [], "not at once");
                let states = store.states(&[case.0]).await.expect("states");
                let incident = states[&case.0].activation(key).and_then(|it| it.incident.clone());
                if let Some(incident) = incident {
                    assert_eq!(incident.code, "JOB_FAILED");
                    break key;
                }
            }
            now = now.plus_ms(HOUR_MS);
            assert!(now < BEGIN.plus_ms(10 * HOUR_MS), "it fails for good at some time");
            store.clock().set(now);
            store.settle().await.expect("it settles");
        };
        assert_eq!(retries, [2, 1], "as often as its definition says");
        let retry = Command::Retry { key };
        store.submit(Submit::to(case, clerk("li"), retry)).await.expect("tried again");
        let jobs = fetch(&store, "a").await;
        assert_eq!(jobs.len(), 1, "it is there again");
        let done = Command::CompleteJob { key, result: json!({}) };
        finish(&store, case, done).await.expect("it is done");
        assert_eq!(node(&store, case).await, "one");
    });
}

#[test]
fn who_is_cancelled_cancels_whom_it_called() {
    on_both(|store, place| async move {
        let case = begin(&store, "calls").await;
        store.settle().await.expect("it settles");
        let child = store.children_of(&[case.0]).await.expect("children")[0].id;
        let cancel = Command::Cancel { reason: "not needed".into() };
        let boss = person("boss", &["admin"]);
        store.submit(Submit::to(case, boss, cancel)).await.expect("cancelled");
        store.settle().await.expect("it settles");
        let states = store.states(&[case.0, child]).await.expect("states");
        assert_eq!(states[&case.0].status(), Status::Cancelled);
        assert_eq!(states[&child].status(), Status::Cancelled);
        for table in ["timer", "follow_up", "inbox"] {
            let rows = place.number(&format!("SELECT count(*) FROM {table}")).await;
            assert_eq!(rows, 0, "{table}");
        }
        // Its hour comes and goes, and nothing happens.
        store.clock().set(BEGIN.plus_ms(2 * HOUR_MS));
        assert_eq!(store.settle().await.expect("it settles"), 0);
        assert!(store.tasks_of(&[child]).await.expect("tasks").is_empty());
    });
}

#[test]
fn the_open_task_of_a_caller_waits_for_whom_it_called() {
    on_both(|store, _place| async move {
        let case = begin(&store, "calls").await;
        store.settle().await.expect("it settles");
        assert_eq!(node(&store, case).await, "call");
        store.clock().set(BEGIN.plus_ms(HOUR_MS));
        store.settle().await.expect("it settles");
        assert_eq!(node(&store, case).await, "call", "the called case has a task left");
        let child = InstanceId(store.children_of(&[case.0]).await.expect("children")[0].id);
        open_task(&store, child).await;
    });
}
