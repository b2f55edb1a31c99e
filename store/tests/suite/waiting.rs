//! What the store does by itself: timers, called cases, notices, jobs.

use engine::command::Command;
use engine::instance::Status;
use store::Submit;
use store::directory::Person;

use crate::harness::{BEGIN, begin, claim, clerk, complete, on_both, open_task, person};

const HOUR_MS: i64 = 3_600_000;

#[test]
fn a_timer_fires_when_its_time_has_come_and_once() {
    on_both(|store, place| async move {
        let case = begin(&store, "waits").await;
        let due = store.next_timer().await.expect("timers").expect("a timer");
        assert_eq!(due, BEGIN.plus_ms(HOUR_MS));
        assert_eq!(store.settle().await.expect("it settles"), 0);
        store.clock().set(due);
        assert_eq!(store.settle().await.expect("it settles"), 1);
        assert_eq!(store.settle().await.expect("it settles"), 0);
        open_task(&store, case).await;
        assert_eq!(place.number("SELECT count(*) FROM timer").await, 0);
    });
}

#[test]
fn nothing_happens_to_a_case_that_stands_still_and_its_clocks_go_on_later() {
    on_both(|store, place| async move {
        let boss = |case, command| Submit::to(case, person("boss", &["admin"]), command);
        let (waits, works) = (begin(&store, "waits").await, begin(&store, "works").await);
        let receives = begin(&store, "receives").await;
        for case in [waits, works, receives] {
            let suspend = Command::Suspend { reason: "a lawsuit".into() };
            store.submit(boss(case, suspend)).await.expect("boss is an admin");
        }
        let suspended = "SELECT count(*) FROM instance WHERE status = 'suspended'";
        assert_eq!(place.number(suspended).await, 3);
        store.clock().set(BEGIN.plus_ms(2 * HOUR_MS));
        store.send_message("m-1", "paid", "invoice-7", None).await.expect("it is kept");
        assert_eq!(store.next_timer().await.expect("timers"), None);
        assert_eq!(store.settle().await.expect("it settles"), 0);
        assert_eq!(store.fetch_jobs("letter", "w", 1, 60_000).await.expect("jobs"), []);
        for case in [waits, works, receives] {
            store.submit(boss(case, Command::Resume)).await.expect("boss is an admin");
        }
        assert_eq!(store.settle().await.expect("it settles"), 1, "the message was kept");
        open_task(&store, receives).await;
        let due = store.next_timer().await.expect("timers").expect("a timer");
        assert_eq!(due, BEGIN.plus_ms(3 * HOUR_MS), "its hour begins");
        assert_eq!(store.fetch_jobs("letter", "w", 1, 60_000).await.expect("jobs").len(), 1);
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
}

#[test]
fn a_late_task_that_somebody_has_is_to_do_for_whom_it_is_escalated_to() {
    on_both(|store, place| async move {
        let case = begin(&store, "late").await;
        let key = open_task(&store, case).await;
        store.submit(Submit::to(case, clerk("li"), claim(key))).await.expect("li is a clerk");
        let to_do = async |principal: &str| {
            let sql = format!("SELECT count(*) FROM inbox WHERE principal = '{principal}'");
            place.number(&sql).await
        };
        assert_eq!((to_do("person:li").await, to_do("role:chief").await), (1, 0));
        store.clock().set(BEGIN.plus_ms(HOUR_MS));
        assert_eq!(store.settle().await.expect("it settles"), 1);
        assert_eq!((to_do("person:li").await, to_do("role:chief").await), (1, 1));
        let boss = person("boss", &["chief"]);
        store.submit(Submit::to(case, boss, claim(key))).await.expect("it is late");
        let both = (to_do("person:li").await, to_do("role:chief").await);
        assert_eq!((both, to_do("person:boss").await), ((0, 0), 1), "it is theirs alone");
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
}

#[test]
fn a_page_stays_as_long_as_its_case_waits_and_no_longer() {
    on_both(|store, _place| async move {
        let boss = |case, command| Submit::to(case, person("boss", &["admin"]), command);
        let shown = async |at: engine::time::Timestamp| {
            let cursor = store::read::Page::first(10);
            let pages = store.pages(at.0, cursor).await.expect("pages").rows;
            pages.into_iter().map(|page| (page.title, page.published_until)).collect::<Vec<_>>()
        };
        let case = begin(&store, "shows").await;
        let before = shown(BEGIN).await;
        assert_eq!(before.len(), 1);
        let suspend = Command::Suspend { reason: "a lawsuit".into() };
        store.submit(boss(case, suspend)).await.expect("boss is an admin");
        store.clock().set(BEGIN.plus_ms(21 * 24 * HOUR_MS));
        let held = shown(BEGIN.plus_ms(21 * 24 * HOUR_MS)).await;
        assert_eq!(held.len(), 1, "the public does not lose it meanwhile: {held:?}");
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
        store.submit(boss(case, Command::Resume)).await.expect("boss is an admin");
        let until = before[0].1 + 21 * 24 * HOUR_MS;
        let now = BEGIN.plus_ms(21 * 24 * HOUR_MS);
        assert_eq!(shown(now).await, [("Shown".to_owned(), until)], "three weeks later");
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
        let cancel = Command::Cancel { reason: "an error".into() };
        store.submit(boss(case, cancel)).await.expect("boss is an admin");
        assert_eq!(shown(now).await, [], "it is taken down at once");
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
}

#[test]
fn how_late_things_are_is_told() {
    on_both(|store, _place| async move {
        let lag = async || store.lag().await.expect("a lag");
        begin(&store, "waits").await;
        store.clock().set(BEGIN.plus_ms(HOUR_MS));
        assert_eq!(lag().await.timers_ms, 0, "what is due just now is not late");
        store.clock().set(BEGIN.plus_ms(HOUR_MS + 1500));
        assert_eq!(lag().await.timers_ms, 1500);
        store.settle().await.expect("it settles");
        assert_eq!(lag().await.timers_ms, 0);
        begin(&store, "calls").await;
        store.clock().set(BEGIN.plus_ms(2 * HOUR_MS));
        assert_eq!(lag().await.follow_ups_ms, HOUR_MS - 1500, "the called case has not begun");
        assert_eq!(lag().await.outbox_ms, 0);
    });
}

#[test]
fn workers_wake_by_themselves() {
    on_both(|store, _place| async move {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = store.clone();
        let workers = tokio::spawn(async move {
            running.run(async { drop(stopped.await) }).await;
        });
        let case = begin(&store, "waits").await;
        let mut changes = store.changes();
        store.clock().set(BEGIN.plus_ms(HOUR_MS));
        let changed = changes.recv().await.expect("the timer changes the case");
        assert_eq!(changed.instance, case);
        stop.send(()).expect("the workers run");
        workers.await.expect("they end");
    });
}

#[test]
fn a_called_case_reports_back() {
    on_both(|store, place| async move {
        let case = begin(&store, "calls").await;
        store.settle().await.expect("it settles");
        let children = store.children_of(&[case.0]).await.expect("children");
        assert_eq!(children.len(), 1);
        let child = engine::ids::InstanceId(children[0].id);
        store.clock().set(BEGIN.plus_ms(HOUR_MS));
        store.settle().await.expect("it settles");
        let key = open_task(&store, child).await;
        store.submit(Submit::to(child, clerk("li"), claim(key))).await.expect("claimed");
        store.submit(Submit::to(child, clerk("li"), complete(key))).await.expect("completed");
        store.settle().await.expect("it settles");
        open_task(&store, case).await;
        let states = store.states(&[child.0]).await.expect("states");
        assert_eq!(states[&child.0].status(), Status::Completed);
        assert_eq!(place.number("SELECT count(*) FROM follow_up").await, 0);
    });
}

#[test]
fn a_notice_to_a_role_reaches_each_holder_once() {
    on_both(|store, place| async move {
        let people: Vec<Person> = ["li", "wang"].map(|id| holder(id, &["clerk", "chief"])).to_vec();
        store.load_people(&[], &people).await.expect("people");
        for (id, recipient) in [("1.1.0.0", "role:clerk"), ("1.1.0.1", "role:chief")] {
            place
                .sql(&format!(
                    "INSERT INTO outbox (id, event, instance_id, key, notice, recipient, status, \
                     attempts, next_try_at, created_at) VALUES \
                     ('{id}', '1.1.0', 1, 0, 'task', '{recipient}', 'pending', 0, 0, 0)"
                ))
                .await;
        }
        let leased = store.outbox_lease(10, 60_000).await.expect("a lease");
        let mut to: Vec<&str> = leased.iter().map(|own| own.recipient.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["person:li", "person:wang"]);
        assert_eq!(store.outbox_lease(10, 60_000).await.expect("a lease"), [], "they are leased");
        store.mark_sent(&[leased[0].id.clone()]).await.expect("noted");
        store.mark_failed(&leased[1].id, Some(BEGIN.0 + 5), "later").await.expect("noted");
        store.clock().set(BEGIN.plus_ms(5));
        let again = store.outbox_lease(10, 60_000).await.expect("a lease");
        assert_eq!(again.len(), 1);
        assert_eq!((&again[0].id, again[0].attempt), (&leased[1].id, 2));
        store.mark_failed(&again[0].id, None, "no such address").await.expect("noted");
        store.clock().set(BEGIN.plus_ms(HOUR_MS));
        assert_eq!(store.outbox_lease(10, 60_000).await.expect("a lease"), []);
    });
}

fn holder(id: &str, roles: &[&str]) -> Person {
    let engine::actor::Actor::Person { grants, .. } = crate::harness::person(id, roles) else {
        panic!("a person")
    };
    Person {
        id: id.into(),
        name: id.to_uppercase(),
        unit: None,
        email: Some(format!("{id}@example.org")),
        language: None,
        fields: serde_json::Map::new(),
        grants,
    }
}

#[test]
fn the_directory_gives_members_and_principals() {
    on_both(|store, _place| async move {
        let people = [holder("li", &["clerk"]), holder("wang", &["chief"])];
        store.load_people(&[], &people).await.expect("people");
        let li = store.person("li").await.expect("a read").expect("li");
        assert_eq!(li, people[0]);
        assert_eq!(li.principals(), ["person:li", "role:clerk", "role:clerk@*"]);
        let members = store.members(&"chief".into()).await.expect("members");
        assert_eq!(members.iter().map(|own| own.id.as_str()).collect::<Vec<_>>(), ["wang"]);
        store.load_people(&[], &[holder("wang", &["clerk"])]).await.expect("people");
        assert_eq!(store.members(&"chief".into()).await.expect("members"), []);
    });
}

const DAILY: &str = "process: daily
name: Begins every day at nine, and once at a date
nodes:
  nine: { type: startEvent, timer: { cron: 0 9 * * * }, repeat: true, to: read }
  once: { type: startEvent, timer: '2026-01-02 10:00', to: read }
  read: { type: userTask, role: clerk }
";

#[test]
fn a_clock_begins_cases_and_each_once() {
    on_both(|store, place| async move {
        let deploy = async |process: &str| {
            let mut files = crate::harness::pack();
            files.push(("processes/daily.yaml".into(), process.into()));
            store.deploy(files, "boss").await.expect("it is deployed");
        };
        let at = async |hours: i64| {
            store.clock().set(BEGIN.plus_ms(hours * HOUR_MS));
            store.settle().await.expect("it settles")
        };
        let begun = "SELECT count(*) FROM instance WHERE process = 'daily' AND starter IS NULL";
        deploy(DAILY).await;
        let next = store.next_timer().await.expect("timers").expect("a timer");
        assert_eq!(next, BEGIN.plus_ms(9 * HOUR_MS));
        assert_eq!(at(8).await, 0);
        assert_eq!(at(9).await, 1);
        assert_eq!(at(9).await, 0);
        assert_eq!(place.number(begun).await, 1);
        // As after a crash between the case and the time that is moved on.
        let nine = BEGIN.plus_ms(9 * HOUR_MS).0;
        place.sql(&format!("UPDATE start_event SET next_at = {nine} WHERE node = 'nine'")).await;
        let twice = tokio::join!(store.run_due(BEGIN.plus_ms(9 * HOUR_MS)), at(9));
        assert!(twice.0.is_ok(), "{twice:?}");
        assert_eq!(place.number(begun).await, 1, "the same time begins no second case");
        // Nobody looked for three days: the date, and nine o'clock once.
        assert_eq!(at(24 * 4).await, 2);
        assert_eq!(place.number(begun).await, 3);
        assert_eq!(at(24 * 4 + 9).await, 1);
        let once = "SELECT count(*) FROM start_event WHERE node = 'once' AND next_at IS NULL";
        assert_eq!(place.number(once).await, 1);
        deploy(&DAILY.replace("0 9", "0 12")).await;
        assert_eq!(at(24 * 4 + 11).await, 0);
        assert_eq!(at(24 * 4 + 12).await, 1);
        assert_eq!(at(24 * 5 + 11).await, 0, "the newest version counts");
        assert_eq!(place.number(begun).await, 5);
        let verdict = store.verify(|_, _| ()).await.expect("it can be read");
        assert_eq!(verdict.broken, None);
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
}
