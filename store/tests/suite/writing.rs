//! What the writer promises: what it answers is on disk, what it refuses changes nothing.

use store::{Store, Submit, SubmitError};

use crate::harness::{claim, clerk, complete, on_both, start};

#[test]
fn a_case_runs_from_start_to_end() {
    on_both(|store, _place| async move {
        let begun =
            store.submit(Submit::new(clerk("li"), start("three"))).await.expect("it begins");
        let case = begun.instance;
        for key in 1..=3 {
            store.submit(Submit::to(case, clerk("li"), claim(key))).await.expect("claimed");
            store.submit(Submit::to(case, clerk("li"), complete(key))).await.expect("completed");
        }
        let again = store.submit(Submit::to(case, clerk("li"), complete(3))).await;
        assert!(matches!(again, Err(SubmitError::Rejected(_))), "{again:?}");
    });
}

#[test]
fn what_is_answered_is_there_after_opening_again() {
    on_both(|store, place| async move {
        let begun =
            store.submit(Submit::new(clerk("li"), start("three"))).await.expect("it begins");
        store.close().await;
        drop(store);
        let store = Store::open(place.settings()).await.expect("it opens again");
        let claimed = store.submit(Submit::to(begun.instance, clerk("li"), claim(1))).await;
        assert_eq!(claimed.expect("claimed").revision, 2);
    });
}
