//! Standing deputies: what is refused, what is shown to a deputy and in which processes, and whose a task
//! that they take becomes.

use engine::deputy::Deputy;
use engine::ids::Key;
use engine::instance::Waiting;
use store::directory::Person;
use store::read::Page;
use store::{Store, Submit};

use crate::harness::{BEGIN, claim, complete, on_both, open_task, pack, person, start};

const HOUR_MS: i64 = 3_600_000;

fn holder(id: &str, roles: &[&str]) -> Person {
    let engine::actor::Actor::Person { grants, .. } = person(id, roles) else { panic!("a person") };
    Person {
        id: id.into(),
        name: id.to_uppercase(),
        unit: None,
        email: None,
        language: None,
        fields: serde_json::Map::new(),
        grants,
    }
}

fn deputy(processes: &[&str]) -> Deputy {
    Deputy {
        person: "li".into(),
        to: "wu".into(),
        from: BEGIN,
        until: BEGIN.plus_ms(HOUR_MS),
        processes: processes.iter().map(|name| (*name).into()).collect(),
        reason: "away".into(),
        grants: Vec::new(),
    }
}

/// What a person sees in their inbox, and how much.
async fn inbox(store: &Store, who: &Person) -> (usize, u32) {
    let lent = store.lent(&who.id).await.expect("what is lent");
    let own = who.principals();
    let rows = store.inbox_of(&own, &lent, Page::first(10)).await.expect("tasks").rows;
    (rows.len(), store.inbox_count_of(&own, &lent).await.expect("a count"))
}

#[test]
fn what_is_offered_to_who_is_away_is_shown_to_the_deputy_for_a_time() {
    on_both(|store, _place| async move {
        let (li, wu) = (holder("li", &["clerk"]), holder("wu", &[]));
        store.load_people(&[], &[li.clone(), wu.clone()]).await.expect("people");
        let begun = Submit::new(person("li", &["clerk"]), start("three"));
        let case = store.submit(begun).await.expect("a case").instance;
        assert_eq!((inbox(&store, &li).await, inbox(&store, &wu).await), ((1, 1), (0, 0)));

        for (wrong, why) in [
            (Deputy { to: "li".into(), ..deputy(&[]) }, "another person"),
            (Deputy { to: "nobody".into(), ..deputy(&[]) }, "a person of the directory"),
            (Deputy { until: BEGIN, ..deputy(&[]) }, "an end after"),
            (deputy(&["nowhere"]), "a process that is published"),
        ] {
            let refused = store.set_deputy(&wrong, "li").await.expect_err(why).to_string();
            assert!(refused.contains(why), "{refused}");
        }
        let narrow = store.set_deputy(&deputy(&["numbered"]), "li").await.expect("it is set");
        assert_eq!(inbox(&store, &wu).await, (0, 0), "of another process");
        assert!(store.end_deputy(&narrow.id, "li").await.expect("it ends"));
        let set = store.set_deputy(&deputy(&["three"]), "li").await.expect("it is set");
        let twice = store.set_deputy(&deputy(&[]), "li").await.expect_err("in the same time");
        assert!(twice.to_string().contains("no other deputy in that time"), "{twice}");
        assert_eq!(inbox(&store, &wu).await, (1, 1));

        let task = store.inbox(&li.principals(), Page::first(1)).await.expect("tasks").rows;
        let taken = Submit::to(case, person("wu", &[]), claim(task[0].key));
        let after = store.submit(taken).await.expect("the deputy takes it").after;
        let key = Key(u32::try_from(task[0].key).expect("a key"));
        let Some(Waiting::Task { assignee, away, .. }) =
            after.activation(key).map(|one| one.waiting.clone())
        else {
            panic!("a task")
        };
        assert_eq!(assignee, Some("wu".into()));
        assert_eq!(away.map(|away| away.person), Some("li".into()));

        let rows = store.deputies_of("li", Page::first(9)).await.expect("rows").rows;
        assert!(rows.len() == 2 && rows.iter().any(|row| row.id == set.id), "{rows:?}");
        let rows = store.deputy_for("wu", Page::first(9)).await.expect("rows").rows;
        assert!(rows.len() == 2 && rows.iter().any(|row| row.id == set.id), "{rows:?}");
        store.clock().set(BEGIN.plus_ms(HOUR_MS));
        let begun = Submit::new(person("li", &["clerk"]), start("three"));
        store.submit(begun).await.expect("another case");
        assert_eq!(inbox(&store, &wu).await, (1, 1), "theirs stays, and nothing more is lent");
        assert!(!store.end_deputy(&set.id, "li").await.expect("it is over"), "by itself");
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
}

/// Whoever looks first finds nobody: what is written has to be asked once more.
#[test]
fn of_deputies_that_are_set_at_one_moment_one_counts() {
    on_both(|store, place| async move {
        let people = [holder("li", &["clerk"]), holder("wu", &[]), holder("zhao", &[])];
        store.load_people(&[], &people).await.expect("people");
        let set = async |new: Deputy| store.set_deputy(&new, "li").await;
        let same = (0..16).map(|n| {
            let to = if n % 2 == 0 { "wu" } else { "zhao" };
            set(Deputy { to: to.into(), ..deputy(if n < 8 { &[] } else { &["three"] }) })
        });
        let done = futures_util::future::join_all(same).await;
        for refused in done.iter().filter_map(|one| one.as_ref().err()) {
            let why = refused.to_string();
            assert!(why.contains("no other deputy in that time"), "{why}");
        }
        assert!(done.iter().any(Result::is_ok));
        let all = place.number("SELECT count(*) FROM deputy").await;
        assert_eq!((all, done.iter().filter(|one| one.is_ok()).count()), (1, 1));
        for one in done.into_iter().flatten() {
            assert!(store.end_deputy(&one.id, "li").await.expect("it ends"));
        }
        // Of different processes both count, and so they do one after the other.
        let apart = [deputy(&["three"]), deputy(&["numbered"])].map(set);
        for one in futures_util::future::join_all(apart).await {
            one.expect("they are of different processes");
        }
        let later = BEGIN.plus_ms(HOUR_MS);
        let next = Deputy { from: later, until: later.plus_ms(HOUR_MS), ..deputy(&[]) };
        set(next).await.expect("when the first is over");
    });
}

const KEPT: &str = "process: kept
name: Kept
startedBy: [clerk]
nodes:
  own: { type: userTask, role: clerk, deputies: never }
  each: { type: userTask, role: clerk }
";

#[test]
fn what_goes_to_no_deputy_is_not_shown_to_one() {
    on_both(|store, _place| async move {
        let mut files = pack();
        files.push(("processes/kept.yaml".to_owned(), KEPT.as_bytes().to_vec()));
        store.deploy(files, "deployer").await.expect("it is right");
        let (li, wu) = (holder("li", &["clerk"]), holder("wu", &[]));
        let zhao = holder("zhao", &["clerk"]);
        store.load_people(&[], &[li.clone(), wu.clone(), zhao]).await.expect("people");
        let begun = Submit::new(person("li", &["clerk"]), start("kept"));
        let case = store.submit(begun).await.expect("a case").instance;
        let set = store.set_deputy(&deputy(&[]), "li").await.expect("it is set");
        assert_eq!((inbox(&store, &li).await, inbox(&store, &wu).await), ((1, 1), (0, 0)));
        store.end_deputy(&set.id, "li").await.expect("it ends");
        store.set_deputy(&deputy(&["kept"]), "li").await.expect("it is set");
        assert_eq!(inbox(&store, &wu).await, (0, 0), "nor in a process that is named");
        // Somebody had it and gave it back: it is the same task.
        let key = open_task(&store, case).await;
        let clerk = || person("li", &["clerk"]);
        let release =
            engine::command::Command::ReleaseTask { task: Key(u32::try_from(key).expect("a key")) };
        for command in [claim(key), release] {
            store.submit(Submit::to(case, clerk(), command)).await.expect("li is a clerk");
        }
        assert_eq!(inbox(&store, &wu).await, (0, 0));
        for command in [claim(key), complete(key)] {
            store.submit(Submit::to(case, clerk(), command)).await.expect("li is a clerk");
        }
        assert_eq!(inbox(&store, &wu).await, (1, 1), "what follows may be theirs");
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
}
