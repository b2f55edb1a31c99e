//! What the writer promises: what it answers is on disk, what it refuses changes nothing, nothing
//! happens twice.

use engine::command::Command;
use engine::instance::Status;
use futures_util::future::join_all;
use store::directory::Person;
use store::{Store, Submit, SubmitError};

use crate::harness::{
    Place, begin, claim, clerk, complete, on, on_both, open_task, person, release, run_through,
    start,
};

#[test]
fn a_case_runs_from_start_to_end() {
    on_both(|store, _place| async move {
        let case = begin(&store, "three").await;
        run_through(&store, case).await;
        let states = store.states(&[case.0]).await.expect("states");
        assert_eq!(states[&case.0].status(), Status::Completed);
        let again = store.submit(Submit::to(case, clerk("li"), complete(1))).await;
        assert!(matches!(again, Err(SubmitError::Rejected(_))), "{again:?}");
    });
}

#[test]
fn what_is_answered_is_there_after_opening_again() {
    on_both(|store, place| async move {
        let case = begin(&store, "three").await;
        store.close().await;
        drop(store);
        let store = Store::open(place.settings()).await.expect("it opens again");
        let key = open_task(&store, case).await;
        let claimed = store.submit(Submit::to(case, clerk("li"), claim(key))).await;
        assert_eq!(claimed.expect("claimed").revision, 2);
    });
}

#[test]
fn a_refused_command_is_journalled_and_changes_nothing() {
    on_both(|store, _place| async move {
        let case = begin(&store, "three").await;
        let key = open_task(&store, case).await;
        let before = store.cases_by_id(&[case.0]).await.expect("rows");
        let stranger = Submit::to(case, person("wu", &["visitor"]), complete(key));
        let Err(SubmitError::Rejected(rejection)) = store.submit(stranger).await else {
            panic!("expected a rejection")
        };
        assert_eq!(store.cases_by_id(&[case.0]).await.expect("rows"), before);
        let page = store::read::Page::first(10);
        let refused = store::read::Refused::With;
        let history = store.history_of_each(&[case.0], page, refused).await.expect("history");
        let history = &history[&case.0].rows;
        let refused: Vec<_> =
            history.iter().filter_map(|entry| entry.record.rejection.as_ref()).collect();
        assert_eq!(refused, [&rejection]);
        assert_eq!(history[1].row.actor, "person:wu");
    });
}

#[test]
fn any_number_of_commands_on_one_case_may_each_ask_for_something() {
    on_both(|store, _place| async move {
        let ids: Vec<String> = (0..80).map(|number| format!("p{number}")).collect();
        let people: Vec<Person> = ids
            .iter()
            .map(|id| Person {
                id: id.clone(),
                name: id.clone(),
                unit: None,
                email: None,
                language: None,
                fields: serde_json::Map::new(),
                grants: Vec::new(),
            })
            .collect();
        store.load_people(&[], &people).await.expect("people");
        let case = begin(&store, "three").await;
        let all = join_all(ids.iter().map(|id| {
            let copy = Command::Copy { people: vec![id.as_str().into()], task: None };
            store.submit(Submit::to(case, person("boss", &["admin"]), copy))
        }));
        for (id, done) in ids.iter().zip(all.await) {
            assert!(done.is_ok(), "{id}: {done:?}");
        }
    });
}

#[test]
fn the_same_key_happens_once_and_is_answered_alike() {
    on_both(|store, _place| async move {
        let submit = || Submit::new(clerk("li"), start("three")).dedup("form-7");
        let all = join_all((0..20).map(|_| store.submit(submit()))).await;
        let all: Vec<_> = all.into_iter().map(|one| one.expect("it begins")).collect();
        let later = store.submit(submit()).await.expect("the same again");
        assert!(later.repeated);
        assert!(all.iter().all(|one| one.instance == later.instance && one.events == later.events));
        assert_eq!(all.iter().filter(|one| !one.repeated).count(), 1);
    });
}

#[test]
fn a_key_is_one_commands_and_another_with_it_is_refused() {
    on_both(|store, _place| async move {
        let (case, other) = (begin(&store, "three").await, begin(&store, "three").await);
        let key = open_task(&store, case).await;
        let of = |case, command| Submit::to(case, clerk("li"), command).dedup("k");
        store.submit(of(case, claim(key))).await.expect("claimed");
        let before = store.cases_by_id(&[case.0, other.0]).await.expect("rows");
        let others = [
            Submit::new(clerk("li"), start("three")).dedup("k"),
            of(case, complete(key)),
            of(other, claim(key)),
        ];
        for another in others {
            let said = format!("{another:?}");
            let answer = store.submit(another).await.err();
            assert_eq!(answer, Some(SubmitError::KeyReused), "{said}");
        }
        assert_eq!(store.cases_by_id(&[case.0, other.0]).await.expect("rows"), before);
        assert!(store.submit(of(case, claim(key))).await.expect("the same again").repeated);

        let together = [begin(&store, "three").await, begin(&store, "three").await];
        let together = together.map(|case| Submit::to(case, clerk("li"), claim(1)).dedup("both"));
        let outcomes = join_all(together.map(|submit| store.submit(submit))).await;
        let reused = outcomes.iter().filter_map(|one| one.as_ref().err());
        assert_eq!(reused.collect::<Vec<_>>(), [&SubmitError::KeyReused], "of one batch");
    });
}

/// What was refused is carried out under its key once it can be, and then it holds the key: the same
/// again, that would be refused by then, is answered what it was.
#[test]
fn a_refusal_holds_no_key() {
    on_both(|store, place| async move {
        let submit = || Submit::new(person("wu", &[]), start("three")).dedup("k");
        let first = store.submit(submit()).await.expect_err("wu may not");
        let again = store.submit(submit()).await.expect_err("nor later");
        assert_eq!(first, again);
        let case = begin(&store, "three").await;
        let key = open_task(&store, case).await;
        let li = || Submit::to(case, clerk("li"), complete(key)).dedup("form-9");
        store.submit(Submit::to(case, clerk("wu"), claim(key))).await.expect("wu has it");
        let refused = store.submit(li()).await.expect_err("wu has it");
        assert!(matches!(refused, SubmitError::Rejected(_)), "{refused:?}");
        store.submit(Submit::to(case, clerk("wu"), release(key))).await.expect("given back");
        let done = store.submit(li()).await.expect("li may now");
        assert!(!done.repeated);
        let both = join_all([store.submit(li()), store.submit(li())]).await;
        for repeated in both {
            let repeated = repeated.expect("it was done");
            assert!(repeated.repeated && repeated.revision == done.revision, "{repeated:?}");
        }
        let refusals = "SELECT count(*) FROM journal WHERE refused IS NOT NULL";
        assert_eq!(place.number(refusals).await, 3, "wu twice, li once, no repetition");
        let verdict = store.verify(|_, _| ()).await.expect("it can be read");
        assert_eq!(verdict.broken, None);
    });
}

#[test]
fn two_commands_on_one_case_see_each_other() {
    on_both(|store, _place| async move {
        let case = begin(&store, "three").await;
        let key = open_task(&store, case).await;
        let people = ["a", "b", "c", "d", "e", "f"];
        let claims = people.map(|own| store.submit(Submit::to(case, clerk(own), claim(key))));
        let outcomes = join_all(claims).await;
        assert_eq!(outcomes.iter().filter(|one| one.is_ok()).count(), 1, "one gets it");
        let tasks = store.tasks(&[(case.0, key)]).await.expect("tasks");
        assert_eq!(tasks[0].state, "claimed");
    });
}

#[test]
fn numbers_have_no_gap_whatever_is_refused() {
    on_both(|store, place| async move {
        let starts = (0..60).map(|n| {
            let actor = if n % 3 == 0 { person("wu", &[]) } else { clerk("li") };
            store.submit(Submit::new(actor, start("numbered")))
        });
        let begun = join_all(starts).await;
        let mut numbers: Vec<String> = begun
            .iter()
            .filter_map(|one| one.as_ref().ok()?.after.number().map(str::to_owned))
            .collect();
        numbers.sort();
        let expected: Vec<String> = (1..=40).map(|n| format!("N2026-{n:04}")).collect();
        assert_eq!(numbers, expected);
        assert_eq!(place.number("SELECT value FROM counter").await, 40);
    });
}

#[test]
fn a_large_batch_is_in_order_and_gives_the_tables_of_its_journal() {
    on_both(|store, _place| async move {
        let cases = join_all((0..150).map(|_| begin(&store, "three"))).await;
        let mut commands = Vec::new();
        for (n, case) in cases.iter().enumerate() {
            // Of one case claimed, decided and claimed again at once; of another the same key twice.
            let submit = |command| Submit::to(*case, clerk("li"), command);
            let key = format!("claim-{n}");
            commands.push(store.submit(submit(claim(1)).dedup(key.clone())));
            commands.push(store.submit(Submit::new(clerk("li"), start("numbered"))));
            commands.push(store.submit(submit(complete(1))));
            commands.push(store.submit(submit(claim(1)).dedup(key)));
            commands.push(store.submit(submit(claim(2))));
        }
        let outcomes = join_all(commands).await;
        assert_eq!(outcomes.iter().filter(|one| one.is_err()).count(), 0, "{outcomes:?}");
        let repeated = outcomes.iter().flatten().filter(|one| one.repeated).count();
        assert_eq!(repeated, 150, "each key happened once");
        let mut numbers: Vec<&str> =
            outcomes.iter().flatten().filter_map(|one| one.after.number()).collect();
        numbers.sort_unstable();
        let expected: Vec<String> = (1..=150).map(|n| format!("N2026-{n:04}")).collect();
        assert_eq!(numbers, expected);
        assert_eq!(store.verify(|_, _| ()).await.expect("it can be read").broken, None);
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!((comparison.differences, comparison.cases), (vec![], 300));
    });
}

#[test]
fn an_unknown_case_or_process_says_so() {
    on_both(|store, _place| async move {
        let unknown = store.submit(Submit::to(engine::ids::InstanceId(77), clerk("li"), claim(1)));
        assert!(matches!(unknown.await, Err(SubmitError::UnknownInstance(_))));
        let unknown = store.submit(Submit::new(clerk("li"), start("nothing"))).await;
        assert!(matches!(unknown, Err(SubmitError::UnknownProcess(_))));
    });
}

#[test]
fn a_file_has_one_writer() {
    on(Place::sqlite(), &|store, place| async move {
        let second = Store::open(place.settings()).await.expect_err("the first has it");
        assert!(second.to_string().contains("only Mandate"), "{second}");
        drop(store);
    });
}

#[test]
fn two_nodes_share_one_database() {
    on(Place::postgres(), &|store, place| async move {
        let other = Store::open(place.settings()).await.expect("a second node");
        let cases = join_all((0..20).map(|_| begin(&store, "three"))).await;
        let mut commands = Vec::new();
        for case in &cases {
            let key = open_task(&store, *case).await;
            for (node, own) in [(&store, "a"), (&other, "b"), (&store, "c"), (&other, "d")] {
                commands.push(node.submit(Submit::to(*case, clerk(own), claim(key))));
            }
        }
        let outcomes = join_all(commands).await;
        let claimed = outcomes.iter().filter(|one| one.is_ok()).count();
        let refused =
            outcomes.iter().filter(|one| matches!(one, Err(SubmitError::Rejected(_)))).count();
        assert_eq!((claimed, refused), (20, 60), "each task is one person's");
        let verdict = store.verify(|_, _| ()).await.expect("it can be read");
        assert_eq!(verdict.broken, None);
        assert!(verdict.lanes.len() >= 4, "each node has lanes of its own");
    });
}

#[test]
fn a_node_refuses_nothing_because_of_what_it_missed() {
    on(Place::postgres(), &|store, place| async move {
        let other = Store::open(place.settings()).await.expect("a second node");
        let case = begin(&store, "three").await;
        let key = open_task(&store, case).await;
        // The first node knows the case as it was before.
        for command in [claim(key), complete(key)] {
            other.submit(Submit::to(case, clerk("li"), command)).await.expect("the other node");
        }
        let next = open_task(&other, case).await;
        let claimed = store.submit(Submit::to(case, clerk("wang"), claim(next))).await;
        assert_eq!(claimed.expect("the next task is there").revision, 4);
        // Now the other one is late.
        let repeated = Submit::to(case, clerk("wang"), complete(next)).dedup("form-8");
        store.submit(repeated.clone()).await.expect("it is wang's");
        let again = other.submit(repeated).await.expect("answered again");
        let third = open_task(&other, case).await;
        assert!(again.repeated && i64::from(again.after.last_key().0) == third, "as it is now");
        let late = other.submit(Submit::to(case, clerk("li"), complete(next))).await;
        assert!(matches!(late, Err(SubmitError::Rejected(_))), "{late:?}");
    });
}

#[test]
fn a_node_hears_what_another_changed() {
    on(Place::postgres(), &|store, place| async move {
        let other = Store::open(place.settings()).await.expect("a second node");
        let mut changes = other.changes();
        loop {
            // The listener may still be connecting: what is told before that is not heard.
            let case = begin(&store, "three").await;
            let wait = std::time::Duration::from_millis(200);
            if let Ok(heard) = tokio::time::timeout(wait, changes.recv()).await {
                let heard = heard.expect("a change");
                assert!(heard.principals.contains("role:clerk"), "{heard:?}");
                assert!(heard.instance <= case);
                break;
            }
        }
    });
}

#[test]
fn deploying_the_same_pack_again_changes_nothing() {
    on_both(|store, _place| async move {
        let again = store.deploy(crate::harness::pack(), "deployer").await.expect("it is right");
        assert!(again.unchanged);
        let mut changed = crate::harness::pack();
        changed[0].1.extend_from_slice(b"# a remark\n");
        let next = store.deploy(changed, "deployer").await.expect("it is right");
        assert_eq!((next.version, next.unchanged), (2, false));
        let case = begin(&store, "three").await;
        let states = store.states(&[case.0]).await.expect("states");
        assert_eq!(states[&case.0].version(), 2);
    });
}
