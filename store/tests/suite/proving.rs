//! The journal proves itself: a changed row shows, and the tables can be made from it again.

use std::collections::BTreeMap;

use engine::command::{Change, Command, Content};
use futures_util::future::join_all;
use store::attachments::Files;
use store::{Settings, Store, Submit};

use crate::harness::{
    Place, begin, claim, clerk, complete, on_both, open_task, person, run_through,
};

async fn work(store: &Store) {
    let cases = join_all((0..12).map(|_| begin(store, "three"))).await;
    for case in &cases[..4] {
        run_through(store, *case).await;
    }
    for case in &cases[4..8] {
        let key = open_task(store, *case).await;
        store.submit(Submit::to(*case, clerk("li"), claim(key))).await.expect("claimed");
        let other = Submit::to(*case, person("wu", &[]), complete(key));
        store.submit(other).await.expect_err("not theirs");
    }
    begin(store, "numbered").await;
    let waits = begin(store, "waits").await;
    let correct = Command::Correct {
        documents: BTreeMap::new(),
        variables: [("note".to_owned(), "checked".into())].into(),
        retry: None,
        reason: "it was missing".into(),
    };
    let corrected = Submit::to(waits, person("boss", &["admin"]), correct);
    store.submit(corrected).await.expect("corrected");
    let boss = |command| Submit::to(waits, person("boss", &["admin"]), command);
    for command in [
        Command::Suspend { reason: "a lawsuit".into() },
        Command::Resume,
        Command::Modify {
            changes: vec![Change::StartBefore { node: "one".into(), scope: None }],
            reason: "it hurries".into(),
        },
    ] {
        store.submit(boss(command)).await.expect("boss is an admin");
    }
    begin(store, "calls").await;
    store.settle().await.expect("it settles");
}

#[test]
fn a_sound_journal_verifies_and_gives_the_same_tables() {
    on_both(|store, _place| async move {
        work(&store).await;
        let mut heard = 0;
        let verdict = store.verify(|done, _| heard = done).await.expect("it can be read");
        assert_eq!(verdict.broken, None);
        assert_eq!(verdict.cases, 16);
        assert_eq!(heard, verdict.rows);
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
        assert_eq!(comparison.cases, 16);
    });
}

#[test]
fn whatever_is_changed_behind_the_store_shows() {
    for (what, sql) in [
        ("content", "UPDATE journal SET content = content || ' ' WHERE pos = 3"),
        ("actor", "UPDATE journal SET actor = 'person:zhao' WHERE pos = 2"),
        ("time", "UPDATE journal SET at = at + 1 WHERE pos = 2"),
        ("left out", "DELETE FROM journal WHERE pos = 2"),
        ("cut off", "DELETE FROM journal WHERE pos = (SELECT max(pos) FROM journal)"),
        ("case row", "UPDATE instance SET revision = revision + 1 WHERE id = 1"),
        ("case gone", "DELETE FROM instance WHERE id = 1"),
    ] {
        on_both(|store, place: std::sync::Arc<Place>| async move {
            for _ in 0..4 {
                let case = begin(&store, "three").await;
                run_through(&store, case).await;
            }
            place.sql(sql).await;
            let verdict = store.verify(|_, _| ()).await.expect("it can be read");
            assert!(verdict.broken.is_some(), "{what} does not show");
        });
    }
}

#[test]
fn a_changed_table_shows_against_the_journal() {
    for (table, sql) in [
        ("task", "UPDATE task SET assignee = 'zhao'"),
        ("inbox", "DELETE FROM inbox WHERE instance_id = 1"),
        ("instance", "UPDATE instance SET starter = 'zhao'"),
        ("timer", "INSERT INTO timer (at, instance_id, key, timer) VALUES (5, 1, 1, 9)"),
        ("counter", "UPDATE counter SET value = 9"),
    ] {
        on_both(|store, place: std::sync::Arc<Place>| async move {
            begin(&store, "three").await;
            begin(&store, "numbered").await;
            place.sql(sql).await;
            let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
            let tables: Vec<_> = comparison.differences.iter().map(|own| own.table).collect();
            assert!(tables.contains(&table), "{table}: {tables:?}");
        });
    }
}
