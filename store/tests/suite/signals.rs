//! Signals, errors and escalations between cases.

use engine::command::Command;
use engine::instance::Status;
use store::Submit;

use crate::harness::{begin, clerk, complete, on_both, open_task};

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
        let fail = Command::FailJob { key, error, code };
        store.submit(Submit::to(case, clerk("li"), fail)).await.expect("it fails");
        assert_eq!(place.number("SELECT count(*) FROM job").await, 0);
        assert_eq!(place.number("SELECT count(*) FROM timer").await, 0);
        open_task(&store, case).await;
    });
}
