//! What is kept for a time, or counted: messages as long as a process says, start events that begin so
//! many cases, signals for cases that stand still, and the ids of what comes from outside.

use engine::command::Command;
use engine::ids::InstanceId;
use engine::instance::Status;
use engine::time::Timestamp;
use serde_json::json;
use store::{Store, StoreError, Submit};

use crate::harness::{BEGIN, Place, begin, on, on_both, open_task, pack, person};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

const PAYS: &str = "process: pays
name: Sends a payment, kept for two hours, and waits for a receipt
startedBy: [clerk]
nodes:
  pay: { type: sendTask, message: payment, key: k }
  also: { type: sendTask, message: other, key: k }
  receipt: { type: receiveTask, message: receipt, key: =\"r-1\" }
  one: { type: userTask, role: clerk }
messages: { payment: { keep: 2 hours }, receipt: { keep: 3 days } }
";

const HOURLY: &str = "process: hourly
name: Begins three cases, an hour apart
nodes:
  tick: { type: startEvent, timer: 1 hour, repeat: 3, to: read }
  read: { type: userTask, role: clerk }
";

async fn with(store: &Store, path: &str, process: &str) {
    let mut files = pack();
    files.push((path.into(), process.into()));
    store.deploy(files, "boss").await.expect("it is deployed");
}

#[test]
fn a_message_is_kept_as_long_as_a_process_says() {
    on_both(|store, place| async move {
        with(&store, "processes/pays.yaml", PAYS).await;
        let expires = async |message: &str| {
            let sql =
                format!("SELECT expires_at FROM buffered_message WHERE message = '{message}'");
            Timestamp(place.number(&sql).await)
        };
        let case = begin(&store, "pays").await;
        assert_eq!(expires("payment").await, BEGIN.plus_ms(2 * HOUR_MS));
        assert_eq!(expires("other").await, BEGIN.plus_ms(30 * DAY_MS));
        // The third day after the 1st is a Sunday, and so it is the end of the Monday.
        let until = store.send_message("m-1", "receipt", "r-2", None).await.expect("it is kept");
        assert_eq!(until, BEGIN.plus_ms(5 * DAY_MS));
        assert_eq!(expires("receipt").await, until);
        store.clock().set(BEGIN.plus_ms(DAY_MS));
        let again = store.send_message("m-1", "receipt", "r-2", None).await.expect("the same");
        assert_eq!(again, until, "the same id is the same message, and no longer kept");
        let plain = store.send_message("m-2", "unknown", "k", None).await.expect("it is kept");
        assert_eq!(plain, BEGIN.plus_ms(31 * DAY_MS));
        // What was kept too long reaches nobody; what was not, does.
        store.send_message("m-3", "receipt", "r-1", None).await.expect("it is kept");
        store.settle().await.expect("it settles");
        open_task(&store, case).await;
        let late = begin(&store, "pays").await;
        store.send_message("m-4", "receipt", "r-9", None).await.expect("it is kept");
        store.clock().set(BEGIN.plus_ms(40 * DAY_MS));
        store.settle().await.expect("it settles");
        assert!(store.tasks_of(&[late.0]).await.expect("tasks").is_empty());
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
}

const BEGUN: &str = "SELECT count(*) FROM instance WHERE process = 'hourly'";

#[test]
fn a_start_event_begins_so_many_cases_over_restarts() {
    on_both(|store, place| async move {
        with(&store, "processes/hourly.yaml", HOURLY).await;
        let mut store = Some(store);
        for (hours, expected) in [(1, 1), (2, 2), (3, 3), (4, 3), (50, 3)] {
            // A node that begins anew knows only what the database has.
            if let Some(node) = store.take() {
                node.close().await;
            }
            let node = Store::open(place.settings()).await.expect("it opens again");
            node.clock().set(BEGIN.plus_ms(hours * HOUR_MS));
            for _ in 0..2 {
                node.settle().await.expect("it settles");
            }
            assert_eq!(place.number(BEGUN).await, expected, "after {hours} hours");
            store = Some(node);
        }
        let store = store.expect("it is open");
        assert_eq!(store.next_timer().await.expect("timers"), None);
        let row = "SELECT count(*) FROM start_event WHERE node = 'tick' AND next_at IS NULL";
        assert_eq!(place.number(row).await, 1);
        // Published anew, it counts anew.
        let anew = HOURLY.replace("an hour apart", "an hour apart each");
        with(&store, "processes/hourly.yaml", &anew).await;
        store.clock().set(BEGIN.plus_ms(51 * HOUR_MS));
        store.settle().await.expect("it settles");
        assert_eq!(place.number(BEGUN).await, 4);
    });
}

#[test]
fn two_nodes_count_the_times_of_a_start_event_once() {
    on(Place::postgres(), &|store, place| async move {
        with(&store, "processes/hourly.yaml", HOURLY).await;
        let other = Store::open(place.settings()).await.expect("a second node");
        for (hours, expected) in [(1, 1), (2, 2), (3, 3), (4, 3), (9, 3)] {
            let now = BEGIN.plus_ms(hours * HOUR_MS);
            store.clock().set(now);
            other.clock().set(now);
            let both = tokio::join!(store.settle(), other.settle(), store.run_due(now));
            assert!(both.0.is_ok() && both.1.is_ok() && both.2.is_ok(), "{both:?}");
            assert_eq!(place.number(BEGUN).await, expected, "after {hours} hours");
        }
    });
}

#[test]
fn a_start_event_that_nobody_looked_at_begins_one_case_late_and_then_the_rest() {
    on_both(|store, place| async move {
        with(&store, "processes/hourly.yaml", HOURLY).await;
        for (minutes, expected) in [(390, 1), (419, 1), (420, 2), (480, 3), (900, 3)] {
            store.clock().set(BEGIN.plus_ms(minutes * 60_000));
            store.settle().await.expect("it settles");
            assert_eq!(place.number(BEGUN).await, expected, "after {minutes} minutes");
        }
    });
}

#[test]
fn a_row_from_before_anybody_counted_is_counted_from_there() {
    on_both(|store, place| async move {
        let endless = HOURLY.replace("repeat: 3", "repeat: true");
        with(&store, "processes/hourly.yaml", &endless).await;
        place.sql("UPDATE start_event SET cycle = NULL").await;
        for hours in 1..4 {
            store.clock().set(BEGIN.plus_ms(hours * HOUR_MS));
            store.settle().await.expect("it settles");
            assert_eq!(place.number(BEGUN).await, hours);
        }
    });
}

async fn status(store: &Store, case: InstanceId) -> Status {
    store.states(&[case.0]).await.expect("states")[&case.0].status()
}

#[test]
fn a_signal_reaches_a_case_that_stood_still_when_it_goes_on() {
    on_both(|store, place| async move {
        let boss = |case, command| Submit::to(case, person("boss", &["admin"]), command);
        let (still, awake) = (begin(&store, "listens").await, begin(&store, "listens").await);
        let suspend = Command::Suspend { reason: "a lawsuit".into() };
        store.submit(boss(still, suspend)).await.expect("boss is an admin");
        for _ in 0..2 {
            store.send_signal("s-1", "bell", Some(json!(7))).await.expect("it is sent");
            store.settle().await.expect("it settles");
        }
        assert_eq!(status(&store, awake).await, Status::Completed);
        assert_eq!(status(&store, still).await, Status::Active);
        let held = "SELECT count(*) FROM journal WHERE command = 'deliverSignal' \
                    AND refused IS NULL";
        assert_eq!(place.number(held).await, 2);
        store.submit(boss(still, Command::Resume)).await.expect("boss is an admin");
        assert_eq!(status(&store, still).await, Status::Completed);
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
}

#[test]
fn a_signals_id_that_comes_again_with_another_signal_is_refused() {
    on_both(|store, place| async move {
        begin(&store, "listens").await;
        let send = async |id: &str, signal: &str, payload: serde_json::Value| {
            store.send_signal(id, signal, Some(payload)).await
        };
        send("s-1", "bell", json!(1)).await.expect("it is sent");
        send("s-1", "bell", json!(1)).await.expect("the same again is the same signal");
        store.settle().await.expect("it settles");
        send("s-1", "bell", json!(1)).await.expect("also when it was handed out");
        for (signal, payload) in [("horn", json!(1)), ("bell", json!(2))] {
            let reused = send("s-1", signal, payload).await;
            assert!(matches!(reused, Err(StoreError::KeyReused)), "{reused:?}");
        }
        // A message under the same id is something else.
        store.send_message("s-1", "paid", "k", None).await.expect("it is kept");
        store.settle().await.expect("it settles");
        let delivered = "SELECT count(*) FROM journal WHERE command = 'deliverSignal'";
        assert_eq!(place.number(delivered).await, 1);
        let begun = "SELECT count(*) FROM instance WHERE process = 'letters'";
        assert_eq!(place.number(begun).await, 0, "the horn was not blown");
    });
}
