//! Signals, errors and escalations between cases.

use engine::command::Command;
use engine::ids::InstanceId;
use engine::instance::{Instance, Status};
use engine::step::HOPS_MAX;
use store::{Submit, SubmitError};

use crate::harness::{BEGIN, begin, clerk, complete, on_both, open_task, pack, start};

#[test]
fn a_signal_reaches_every_case_that_waits_and_each_once() {
    on_both(|store, place| async move {
        let waiting = [begin(&store, "listens").await, begin(&store, "listens").await];
        assert_eq!(place.number("SELECT count(*) FROM signal_wait").await, 2);
        let thrower = begin(&store, "signals").await;
        store.settle().await.expect("it settles");
        for case in waiting {
            let state = store.states(&[case.0]).await.expect("states").remove(&case.0);
            assert_eq!(state.expect("it is there").status(), Status::Completed);
        }
        assert_eq!(place.number("SELECT count(*) FROM signal_wait").await, 0);
        assert_eq!(place.number("SELECT count(*) FROM follow_up").await, 0);
        let delivered = "SELECT count(*) FROM journal WHERE command = 'deliverSignal'";
        assert_eq!(place.number(delivered).await, 2);
        open_task(&store, thrower).await;
        let late = begin(&store, "listens").await;
        store.settle().await.expect("it settles");
        let state = store.states(&[late.0]).await.expect("states").remove(&late.0);
        let state = state.expect("it is there");
        assert_eq!(state.status(), Status::Active, "a signal is not kept for those who come later");
        for _ in 0..2 {
            store.send_signal("1", "bell", None).await.expect("it is sent");
        }
        store.settle().await.expect("it settles");
        assert_eq!(place.number(delivered).await, 3);
    });
}

#[test]
fn cases_begin_by_messages_that_nobody_waits_for_and_by_signals_and_once_each() {
    on_both(|store, place| async move {
        let send = async |id: &str, message: &str, key: &str| {
            let payload = Some(serde_json::json!({ "from": id }));
            store.send_message(id, message, key, payload).await.expect("it is sent");
            store.settle().await.expect("it settles");
        };
        for _ in 0..2 {
            send("m-1", "letter", "").await;
            store.send_signal("s-1", "horn", None).await.expect("it is sent");
            store.settle().await.expect("it settles");
        }
        let begun = "SELECT count(*) FROM instance WHERE process = 'letters' AND starter IS NULL";
        assert_eq!(place.number(begun).await, 2, "the same id is the same message");
        send("m-2", "letter", "another key").await;
        assert_eq!(place.number(begun).await, 3);
        // What a running case waits for begins none.
        let waiting = begin(&store, "receives").await;
        send("m-3", "paid", "invoice-7").await;
        open_task(&store, waiting).await;
        assert_eq!(place.number("SELECT count(*) FROM buffered_message").await, 0);
        let by_hand = store.submit(Submit::new(clerk("li"), start("letters"))).await;
        assert!(matches!(by_hand, Err(SubmitError::Rejected(_))), "{by_hand:?}");
        let verdict = store.verify(|_, _| ()).await.expect("it can be read");
        assert_eq!(verdict.broken, None);
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
}

#[test]
fn a_message_that_does_not_fit_waits_and_keeps_no_other_waiting() {
    on_both(|store, place| async move {
        let send = async |id: &str, message: &str, payload: serde_json::Value| {
            store.send_message(id, message, "invoice-7", Some(payload)).await.expect("it is kept");
        };
        let case = begin(&store, "takes").await;
        // More than are looked at at once.
        for number in 0..300 {
            send(&format!("bad-{number}"), "amount", serde_json::json!("much")).await;
        }
        assert_eq!(store.settle().await.expect("it settles"), 0);
        let waiting = "SELECT count(*) FROM buffered_message";
        assert_eq!(place.number(waiting).await, 300, "nothing is lost");
        send("good", "amount", serde_json::json!(7)).await;
        assert_eq!(store.settle().await.expect("it settles"), 1);
        open_task(&store, case).await;
        let refused = "SELECT count(*) FROM message_refused WHERE refusals = 1";
        assert!(place.number(refused).await > 0);

        // One that begins a case begins it all the same, with an incident.
        send("odd", "form", serde_json::json!("much")).await;
        assert_eq!(store.settle().await.expect("it settles"), 1);
        let incidents = "SELECT incidents FROM instance WHERE process = 'forms'";
        assert_eq!(place.number(incidents).await, 1);
        assert_eq!(place.number(waiting).await, 300);

        store.clock().set(BEGIN.plus_ms(40 * 86_400_000));
        store.clean().await.expect("it is cleaned");
        assert_eq!(place.number(waiting).await, 0, "they have expired");
        assert_eq!(place.number("SELECT count(*) FROM message_refused").await, 0);
    });
}

#[test]
fn a_message_that_came_too_early_begins_a_case_once_its_process_is_there() {
    on_both(|store, place| async move {
        store.send_message("m-1", "telegram", "", None).await.expect("it is kept");
        assert_eq!(store.settle().await.expect("it settles"), 0);
        let mut files = pack();
        let process = "process: telegrams\nname: T\nnodes:\n  \
                       begin: { type: startEvent, message: telegram }\n  \
                       read: { type: userTask, role: clerk }\n";
        files.push(("processes/telegrams.yaml".into(), process.into()));
        store.deploy(files, "boss").await.expect("it is deployed");
        assert_eq!(store.settle().await.expect("it settles"), 1);
        assert_eq!(place.number("SELECT count(*) FROM start_event").await, 4);
        let without = process.replace("message: telegram", "signal: telegram");
        let mut files = pack();
        files.push(("processes/telegrams.yaml".into(), without.into()));
        store.deploy(files, "boss").await.expect("it is deployed");
        store.send_message("m-2", "telegram", "", None).await.expect("it is kept");
        assert_eq!(store.settle().await.expect("it settles"), 0, "the newest version counts");
    });
}

#[test]
fn an_error_and_an_escalation_of_a_called_case_reach_its_caller() {
    on_both(|store, _place| async move {
        let case = begin(&store, "asks").await;
        store.settle().await.expect("it settles");
        let child = store.children_of(&[case.0]).await.expect("children")[0].id;
        let child = engine::ids::InstanceId(child);
        let told = open_task(&store, case).await;
        store.submit(Submit::to(case, clerk("li"), complete(told))).await.expect("it is done");
        let key = open_task(&store, child).await;
        store.submit(Submit::to(child, clerk("li"), complete(key))).await.expect("it is done");
        store.settle().await.expect("it settles");
        let states = store.states(&[child.0, case.0]).await.expect("states");
        assert_eq!(states[&child.0].status(), Status::Completed);
        assert_eq!(
            states[&case.0].outcome().map(engine::ids::OutcomeName::as_str),
            Some("refused")
        );
    });
}

#[test]
fn a_business_error_of_a_worker_is_not_tried_again() {
    on_both(|store, place| async move {
        let case = begin(&store, "seals").await;
        let jobs = store.fetch_jobs("seal", "w", 1, 60_000).await.expect("jobs");
        assert_eq!(jobs.len(), 1);
        let key = engine::ids::Key(1);
        let (error, code) = ("no ink".to_owned(), Some("NO_INK".into()));
        let fail = Command::FailJob { key, error, code, retries: None, retry_after_ms: None };
        store.submit(Submit::to(case, clerk("li"), fail)).await.expect("it fails");
        assert_eq!(place.number("SELECT count(*) FROM job").await, 0);
        assert_eq!(place.number("SELECT count(*) FROM timer").await, 0);
        open_task(&store, case).await;
    });
}

/// How many messages and signals came before one is kept with what waits to be delivered, so that cases
/// which answer each other for ever end at an incident, also after a restart.
#[test]
fn messages_and_signals_that_begin_each_other_for_ever_end_at_an_incident() {
    on_both(|store, place| async move {
        let state = async |case: InstanceId| {
            let state = store.states(&[case.0]).await.expect("states").remove(&case.0);
            state.expect("it is there")
        };
        let (pings, pongs) = (begin(&store, "pings").await, begin(&store, "pongs").await);
        begin(&store, "hears").await;
        begin(&store, "kicks").await;
        let most = i64::from(HOPS_MAX);
        for (table, first) in [("follow_up", 1), ("buffered_message", 2)] {
            let asked = format!("SELECT count(*) FROM {table} WHERE hops = 1");
            assert_eq!(place.number(&asked).await, first, "{table}");
            place.sql(&format!("UPDATE {table} SET hops = {}", most - 2)).await;
        }
        store.settle().await.expect("it settles");
        let stopped = |state: &Instance| {
            let incidents = state.activations().values().filter_map(|one| one.incident.as_ref());
            incidents.map(|incident| incident.code.clone()).collect::<Vec<_>>()
        };
        assert_eq!(stopped(&*state(pings).await), ["TOO_MANY_ANSWERS"]);
        assert_eq!(stopped(&*state(pongs).await), [] as [&str; 0]);
        // What nobody waits for is kept with it.
        for (message, hops) in [("ask", most - 2), ("heard", most - 1)] {
            let kept = format!("SELECT hops FROM buffered_message WHERE message = '{message}'");
            assert_eq!(place.number(&kept).await, hops, "{message}");
        }
        place.sql(&format!("UPDATE buffered_message SET hops = {most}")).await;
        let answers = begin(&store, "answers").await;
        store.settle().await.expect("it settles");
        assert_eq!(stopped(&*state(answers).await), ["TOO_MANY_ANSWERS"]);
    });
}
