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

const WRITTEN: &str = "process: written
name: Written
startedBy: [clerk]
documents: { note: { form: note } }
nodes:
  write: { type: userTask, role: clerk, edit: note }
";

#[test]
fn what_the_journal_points_at_shows_when_it_is_changed_or_gone() {
    for (what, sql) in [
        ("every content", "DELETE FROM content"),
        ("the rules", "UPDATE pack SET files = replace(files, 'clerk', 'chief')"),
        ("a process", "UPDATE definition SET source = replace(source, 'clerk', 'chief')"),
        ("a hash", "UPDATE definition SET hash = pack || '1'"),
        ("a version", "DELETE FROM definition WHERE process = 'written'"),
        ("a file", ""),
        ("a file that is gone", ""),
    ] {
        on_both(|store, place: std::sync::Arc<Place>| async move {
            let mut files = crate::harness::pack();
            let form = "form: note\nname: Note\nfields:\n  text: { type: text }\n";
            files.push(("forms/note.yaml".into(), form.into()));
            files.push(("processes/written.yaml".into(), WRITTEN.into()));
            store.deploy(files, "boss").await.expect("it is deployed");
            let case = begin(&store, "written").await;
            let mut written = complete(open_task(&store, case).await);
            if let Command::CompleteTask { documents, .. } = &mut written {
                let note = Content::new(serde_json::json!({ "text": "a note" }));
                documents.insert("note".into(), note);
            }
            store.submit(Submit::to(case, clerk("li"), written)).await.expect("written");
            let bytes = futures_util::stream::iter([Ok(b"%PDF-1.7 plan".to_vec())]);
            let kept = store.upload("a.pdf", "application/pdf", "li", bytes).await.expect("kept");
            let verdict = store.verify(|_, _| ()).await.expect("it can be read");
            assert_eq!(verdict.broken, None);
            let Files::Folder(folder) = place.settings().files else { unreachable!() };
            let file = folder.join(&kept.hash[..2]).join(&kept.hash);
            match what {
                "a file" => std::fs::write(file, "%PDF-1.7 plot").expect("it is written"),
                "a file that is gone" => std::fs::remove_file(file).expect("it is removed"),
                _ => place.sql(sql).await,
            }
            let verdict = store.verify(|_, _| ()).await.expect("it can be read");
            assert!(verdict.broken.is_some(), "{what} does not show");
        });
    }
}

#[test]
fn a_pack_that_is_not_what_was_published_is_not_used() {
    on_both(|store, place: std::sync::Arc<Place>| async move {
        let case = begin(&store, "three").await;
        store.close().await;
        drop(store);
        place.sql("UPDATE pack SET files = replace(files, 'clerk', 'chief')").await;
        let store = Store::open(place.settings()).await.expect("the store opens");
        assert!(store.newest_definitions().is_empty(), "nothing runs by it");
        let process = "three".into();
        let error = store.definition(&process, 1).await.expect_err("it is another");
        assert!(error.to_string().contains("not those that were published"), "{error}");
        let key = open_task(&store, case).await;
        store.submit(Submit::to(case, clerk("li"), claim(key))).await.expect_err("nor its cases");
    });
}

#[test]
fn of_a_journal_that_does_not_hold_nothing_is_rebuilt() {
    for sql in [
        "UPDATE journal SET refused = 'X' WHERE pos = 3",
        "UPDATE journal SET instance_id = instance_id + 1 WHERE pos = 3",
    ] {
        on_both(|store, place: std::sync::Arc<Place>| async move {
            for _ in 0..3 {
                let case = begin(&store, "three").await;
                run_through(&store, case).await;
            }
            place.sql(sql).await;
            let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
            assert!(comparison.broken.is_some(), "{sql}");
        });
    }
}

#[test]
fn cases_take_numbers_in_no_order_of_their_ids() {
    let place = Place::postgres();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let settings = Settings { lanes: 3, ..place.settings() };
        let store = Store::open(settings).await.expect("the store opens");
        store.deploy(crate::harness::pack(), "boss").await.expect("it is right");
        let mut ids = Vec::new();
        // Until the newest case, with the last number, is not that of the highest id.
        while ids.last() == ids.iter().max() {
            ids.push(begin(&store, "numbered").await);
            assert!(ids.len() < 20, "lanes give ids in turn: {ids:?}");
        }
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
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

#[test]
fn a_case_from_before_may_say_less_and_nothing_else() {
    let says = r#""status":"active","#;
    let less = format!("replace(body, '{says}', '')");
    let now = serde_json::to_string(&engine::instance::Fold::NOW).expect("it is a number");
    let older = |body: &str| format!(r#"replace({body}, '"fold":{now},', '')"#);
    let other = format!("replace(body, '{says}', '\"status\":\"completed\",')");
    for (body, differing) in [(older(&less), 0), (less, 1), (older(&other), 1), (older("body"), 0)]
    {
        let body = &body;
        on_both(|store, place: std::sync::Arc<Place>| async move {
            begin(&store, "three").await;
            place.sql(&format!("UPDATE instance SET body = {body}")).await;
            let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
            assert_eq!(comparison.differing, differing, "{body}: {:?}", comparison.differences);
        });
    }
}

/// Deadlines and pages of what stands still are at no time; that was not always so.
#[test]
fn what_stood_still_before_may_tell_the_time_it_had() {
    for (process, is_older, differing) in
        [("three", true, 0), ("three", false, 3), ("shows", true, 0), ("shows", false, 1)]
    {
        on_both(|store, place: std::sync::Arc<Place>| async move {
            let case = begin(&store, process).await;
            let due = place.number("SELECT coalesce(max(due_at), 0) FROM task").await;
            let until = place.number("SELECT coalesce(max(published_until), 0) FROM page").await;
            let boss = person("boss", &["admin"]);
            let suspend = Command::Suspend { reason: "a lawsuit".into() };
            store.submit(Submit::to(case, boss, suspend)).await.expect("boss is an admin");
            if process == "three" {
                for table in ["task", "inbox", "instance"] {
                    place.sql(&format!("UPDATE {table} SET due_at = {due}")).await;
                }
            }
            place.sql(&format!("UPDATE page SET published_until = {until}")).await;
            if is_older {
                let now = serde_json::to_string(&engine::instance::Fold::NOW).expect("a number");
                let older = format!(r#"replace(body, '"fold":{now},', '"fold":1,')"#);
                place.sql(&format!("UPDATE instance SET body = {older}")).await;
            }
            let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
            let found: Vec<_> = comparison.differences.iter().map(|own| own.table).collect();
            let tables: std::collections::BTreeSet<_> = found.iter().collect();
            assert_eq!(tables.len(), differing, "{process}, {is_older}: {found:?}");
            place.sql("UPDATE task SET due_at = 5").await;
            place.sql("UPDATE page SET published_until = 5").await;
            let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
            assert!(comparison.differing > 0, "another time is told: {process}, {is_older}");
        });
    }
}
