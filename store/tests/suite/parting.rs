//! What goes wrong in one place stops nothing elsewhere: a case that a fault of ours breaks, two
//! nodes at one outbox, ids of a block whose transaction was rolled back.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use store::{Store, StoreError, Submit, SubmitError};

use crate::harness::{Place, begin, claim, clerk, on, on_both, open_task, start};

/// Breaks a case behind the store's back, so that every step on it ends in a fault; or repairs it.
async fn damage(place: &Place, case: i64, repair: bool) {
    let (whole, broken) = ("\"lastKey\":1", "\"lastKey\":0");
    let (from, to) = if repair { (broken, whole) } else { (whole, broken) };
    place
        .sql(&format!(
            "UPDATE instance SET body = replace(body, '{from}', '{to}') WHERE id = {case}"
        ))
        .await;
    let found = format!("SELECT count(*) FROM instance WHERE id = {case} AND body LIKE '%{to}%'");
    assert_eq!(place.number(&found).await, 1, "the body is as it was expected");
}

/// Closes a store and opens its database again: what was cached is gone.
async fn again(store: Store, place: &Place) -> Store {
    store.close().await;
    drop(store);
    Store::open(place.settings()).await.expect("it opens")
}

#[test]
fn a_fault_sets_one_case_aside_until_it_is_lifted() {
    on_both(|store, place| async move {
        let (broken, sound) = (begin(&store, "three").await, begin(&store, "three").await);
        let key = open_task(&store, broken).await;
        damage(&place, broken.0, false).await;
        let store = again(store, &place).await;
        let both =
            [broken, sound].map(|case| store.submit(Submit::to(case, clerk("li"), claim(key))));
        let outcomes = join_all(both).await;
        assert_eq!(outcomes[0].as_ref().err(), Some(&SubmitError::SetAside(broken)));
        assert!(outcomes[1].is_ok(), "the other one of the batch goes on: {:?}", outcomes[1]);
        let aside = store.cases_aside().await.expect("rows");
        assert_eq!(aside.len(), 1);
        assert_eq!(aside[0].instance_id, broken.0);
        assert!(aside[0].message.contains("numbered out of order"), "{}", aside[0].message);

        // It stays aside over a restart, and lifting too early sets it aside again.
        let store = again(store, &place).await;
        let claiming = || store.submit(Submit::to(broken, clerk("li"), claim(key)));
        assert_eq!(claiming().await.err(), Some(SubmitError::SetAside(broken)));
        store.lift(broken, "boss").await.expect("lifted");
        assert_eq!(claiming().await.err(), Some(SubmitError::SetAside(broken)));
        assert_eq!(store.cases_aside().await.expect("rows").len(), 1);

        damage(&place, broken.0, true).await;
        let store = again(store, &place).await;
        store.lift(broken, "boss").await.expect("lifted");
        assert_eq!(store.cases_aside().await.expect("rows"), []);
        let claimed = store.submit(Submit::to(broken, clerk("li"), claim(key))).await;
        assert_eq!(claimed.expect("it goes on").revision, 2);
        let lifted = store.cases_lifted().await.expect("rows");
        let by = lifted.iter().map(|row| (row.instance_id, row.person.as_str()));
        assert_eq!(by.collect::<Vec<_>>(), [(broken.0, "boss")], "on a clock that stands still");
        assert!(lifted[0].message.contains("numbered out of order"), "{}", lifted[0].message);
        let nothing = store.lift(broken, "boss").await;
        assert!(matches!(nothing, Err(StoreError::NotFound(_))), "{nothing:?}");
        let verdict = store.verify(|_, _| ()).await.expect("it can be read");
        assert_eq!(verdict.broken, None);
    });
}

#[test]
fn two_nodes_at_one_outbox_take_each_notice_once() {
    on(Place::postgres(), &|store, place| async move {
        let other = Store::open(place.settings()).await.expect("a second node");
        place
            .sql(
                "INSERT INTO outbox (id, event, instance_id, key, notice, recipient, status, \
                 attempts, next_try_at, created_at) SELECT '1.' || n || '.0', '1.' || n, 1, 0, \
                 'task', 'mailto:x' || n || '@example.org', 'pending', 0, 0, n \
                 FROM generate_series(1, 300) AS n",
            )
            .await;
        let node = |store: Store| async move {
            let mut taken = Vec::new();
            loop {
                let leased = store.outbox_lease(7, 60_000).await.expect("a lease");
                if leased.is_empty() {
                    return taken;
                }
                let ids: Vec<String> = leased.into_iter().map(|row| row.id).collect();
                store.mark_sent(&ids).await.expect("noted");
                taken.extend(ids);
            }
        };
        let taken = join_all([&store, &other, &store, &other].map(|one| node(one.clone()))).await;
        let taken: Vec<String> = taken.into_iter().flatten().collect();
        let once: BTreeSet<&String> = taken.iter().collect();
        assert_eq!((taken.len(), once.len()), (300, 300), "each is taken once");
        let sent = "SELECT count(*) FROM outbox WHERE status = 'sent' AND attempts = 1";
        assert_eq!(place.number(sent).await, 300);
    });
}

#[test]
fn ids_of_a_block_that_was_rolled_back_are_given_to_one_node_only() {
    on(Place::postgres(), &|store, place| async move {
        // The first case of a node takes a block of ids, in the transaction that then fails.
        place.sql("ALTER TABLE journal ADD CONSTRAINT never CHECK (at < 0) NOT VALID").await;
        let refused = store.submit(Submit::new(clerk("li"), start("three"))).await;
        assert!(matches!(refused, Err(SubmitError::Internal(_))), "{refused:?}");
        place.sql("ALTER TABLE journal DROP CONSTRAINT never").await;
        let other = Store::open(place.settings()).await.expect("a second node");
        let mut cases = BTreeSet::new();
        for _ in 0..5 {
            cases.insert(begin(&other, "three").await);
            cases.insert(begin(&store, "three").await);
        }
        assert_eq!(cases.len(), 10);
        assert_eq!(place.number("SELECT count(*) FROM instance").await, 10);
        assert_eq!(store.verify(|_, _| ()).await.expect("it can be read").broken, None);
    });
}
