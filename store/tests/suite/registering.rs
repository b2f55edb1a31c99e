//! Entries of registers that change, and expressions that look for them, on both databases.

use engine::event::Event;
use engine::ids::InstanceId;
use store::read::Page;
use store::{Store, Submit};

use crate::harness::{begin, claim, clerk, complete, on_both, open_task, pack, start};

/// The text variable of a case.
async fn variable(store: &Store, case: InstanceId, name: &str) -> serde_json::Value {
    let states = store.states(&[case.0]).await.expect("a read");
    states[&case.0].variables()[name].clone()
}

/// Completes the one open task of a case, and answers what happened.
async fn go_on(store: &Store, case: InstanceId) -> Vec<Event> {
    let key = open_task(store, case).await;
    store.submit(Submit::to(case, clerk("li"), claim(key))).await.expect("it is taken");
    let done = store.submit(Submit::to(case, clerk("li"), complete(key))).await;
    done.expect("it is done").events.to_vec()
}

#[test]
fn a_change_by_another_case_is_the_last_version_and_the_first_one_stays() {
    on_both(|store, place| async move {
        let made = begin(&store, "enters").await;
        assert_eq!(variable(&store, made, "number").await, "E1");
        let changes = begin(&store, "changes").await;
        let events = go_on(&store, changes).await;
        let version = events.iter().find_map(|event| match event {
            Event::RegisterChanged { version, number, .. } => Some((*version, number.as_str())),
            _ => None,
        });
        assert_eq!(version, Some((2, "E1")));
        let entry = store.entry(&"ledger".into(), "E1").await.expect("a read").expect("an entry");
        assert_eq!((entry.version, &entry.columns["state"]), (2, &"over".into()));
        assert_eq!(entry.columns["unit"], "acme", "what is not named stays");
        let rows = store.register_entries_of(&[made.0]).await.expect("a read");
        assert!(rows[0].body.contains("valid"), "{rows:?}");
        let key = || ("ledger".to_owned(), "E1".to_owned());
        let last = store.last_versions(&[key()]).await.expect("a read");
        assert_eq!((last[&key()].version, last[&key()].instance_id), (2, changes.0));
        let all = store.register_versions_of_each(&[key()], Page::first(10)).await.expect("a read");
        assert_eq!(all[&key()].rows.len(), 1);
        let compared = store.rebuild(|_, _| {}).await.expect("it is rebuilt");
        assert_eq!(compared.differing, 0, "{:?}", compared.differences);
        let rows = place.number("SELECT count(*) FROM register_version").await;
        assert_eq!(rows, 1);
    });
}

#[test]
fn entries_are_found_by_a_column_as_they_are_now() {
    on_both(|store, _| async move {
        let found = async |store: &Store| {
            let case = begin(store, "looks").await;
            variable(store, case, "found").await
        };
        assert_eq!(found(&store).await, serde_json::json!([]));
        for _ in 0..2 {
            begin(&store, "enters").await;
        }
        assert_eq!(found(&store).await, serde_json::json!(["E1", "E2"]));
        let changes = begin(&store, "changes").await;
        go_on(&store, changes).await;
        assert_eq!(found(&store).await, serde_json::json!(["E2"]));
        let by = async |column: &str, sought: &str| {
            let found = store.entries_found(&"ledger".into(), column, sought).await;
            found.expect("a read").expect("not too many").len()
        };
        assert_eq!((by("amount", "7").await, by("amount", "70").await), (2, 0));
        assert_eq!((by("unit", "\"acm\"").await, by("unit", "\"acme\"").await), (0, 2));
    });
}

#[test]
fn commands_of_one_batch_see_what_the_earlier_ones_wrote() {
    on_both(|store, _| async move {
        let commands = ["enters", "looks", "enters", "looks"];
        let sent = commands.map(|process| store.submit(Submit::new(clerk("li"), start(process))));
        let done = futures_util::future::join_all(sent).await;
        let cases: Vec<InstanceId> =
            done.into_iter().map(|one| one.expect("it begins").instance).collect();
        let compared = store.rebuild(|_, _| {}).await.expect("it is rebuilt");
        assert_eq!(compared.differing, 0, "{:?}", compared.differences);
        // Two cases that change one entry at the same time change it one after the other.
        let mut changing = Vec::new();
        for _ in 0..2 {
            let case = begin(&store, "changes").await;
            let key = open_task(&store, case).await;
            store.submit(Submit::to(case, clerk("li"), claim(key))).await.expect("it is taken");
            changing.push((case, key));
        }
        let sent = changing
            .into_iter()
            .map(|(case, key)| store.submit(Submit::to(case, clerk("li"), complete(key))));
        for one in futures_util::future::join_all(sent).await {
            one.expect("both change it");
        }
        let entry = store.entry(&"ledger".into(), "E1").await.expect("a read").expect("an entry");
        assert_eq!(entry.version, 3);
        assert_eq!(cases.len(), 4);
    });
}

#[test]
fn what_is_given_of_registers_is_in_the_journal() {
    on_both(|store, _| async move {
        begin(&store, "enters").await;
        let begun =
            store.submit(Submit::new(clerk("li"), start("looks"))).await.expect("it begins");
        let read = begun.events.iter().find_map(|event| match event {
            Event::RegisterRead { found, .. } => Some(found.clone()),
            _ => None,
        });
        assert_eq!(read, Some(vec![("E1".to_owned(), 1)]));
    });
}

#[test]
fn a_register_that_no_version_has_is_looked_for_once_until_a_pack_is_published() {
    on_both(|store, place| async move {
        begin(&store, "enters").await;
        let later = || -> store::PackFiles {
            let gone = ["ledger", "enters", "changes", "looks"];
            let mut files = pack();
            files.retain(|(path, _)| !gone.iter().any(|name| path.contains(&format!("/{name}."))));
            files
        };
        store.deploy(later(), "deployer").await.expect("it is right");
        let rename = async |from: &str, to: &str| {
            let set = format!("UPDATE pack SET files = replace(files, '{from}', '{to}')");
            place.sql(&format!("{set} WHERE active = 0")).await;
        };
        let found = async || store.register(&"ledger".into()).await.expect("a read").is_some();
        rename("register: ledger", "register: letter").await;
        assert!(!found().await, "no version has it");
        rename("register: letter", "register: ledger").await;
        assert!(!found().await, "it is not looked for anew for each row that asks");
        let mut other = later();
        let pack = other.iter_mut().find(|(path, _)| path == "pack.yaml").expect("it is there");
        pack.1.extend_from_slice(b"# once more\n");
        store.deploy(other, "deployer").await.expect("it is right");
        assert!(found().await, "since a pack was published it is looked for again");
    });
}
