//! What screens read: pages without gaps or repeats, counts, figures, drafts and files.

use engine::actor::{Actor, Grant};
use engine::ids::InstanceId;
use engine::text::Language;
use futures_util::future::join_all;
use futures_util::{TryStreamExt, stream};
use store::attachments::Files;
use store::directory::Person;
use store::read::{CaseFilter, CaseScope, FiguresOf, Page};
use store::{Settings, Store, StoreError, Submit};

use crate::harness::{
    BEGIN, Place, begin, claim, clerk, complete, on_both, open_task, run_through, start,
};

#[test]
fn an_inbox_comes_page_by_page_without_gap_or_repeat() {
    on_both(|store, _place| async move {
        join_all((0..25).map(|_| begin(&store, "three"))).await;
        // The same role under two names of one person: each task is there once.
        let principals = ["role:clerk", "person:li", "role:nobody"].map(str::to_owned);
        let (mut page, mut seen) = (Page::first(10), Vec::new());
        loop {
            let slice = store.inbox(&principals, page).await.expect("an inbox");
            seen.extend(slice.rows.iter().map(|task| (task.due_at, task.instance_id, task.key)));
            page.after = seen.last().copied();
            if !slice.more {
                break;
            }
        }
        assert_eq!(seen.len(), 25);
        assert!(seen.is_sorted_by(|one, other| one < other));
        assert_eq!(store.inbox_count(&principals).await.expect("a count"), 25);
        assert_eq!(store.inbox_count(&[]).await.expect("a count"), 0);
    });
}

#[test]
fn a_claimed_task_is_in_its_holders_inbox_alone() {
    on_both(|store, _place| async move {
        let case = begin(&store, "three").await;
        let key = open_task(&store, case).await;
        store.submit(Submit::to(case, clerk("li"), claim(key))).await.expect("claimed");
        let count = async |who: &str| store.inbox_count(&[who.to_owned()]).await.expect("a count");
        assert_eq!((count("role:clerk").await, count("person:li").await), (0, 1));
    });
}

#[test]
fn a_count_sees_past_tasks_that_are_offered_twice() {
    on_both(|store, _place| async move {
        let cases = join_all((0..81).map(|_| begin(&store, "three"))).await;
        let key = open_task(&store, cases[0]).await;
        store.submit(Submit::to(cases[0], clerk("li"), claim(key))).await.expect("claimed");
        // The first two bring 160 rows of 80 tasks, more than a count reads at first.
        let principals = ["role:clerk", "role:clerk", "person:li"].map(str::to_owned);
        assert_eq!(store.inbox_count(&principals).await.expect("a count"), 81);
    });
}

#[test]
fn cases_are_found_by_what_is_asked() {
    on_both(|store, _place| async move {
        let cases = join_all((0..7).map(|_| begin(&store, "three"))).await;
        let numbered = begin(&store, "numbered").await;
        run_through(&store, cases[0]).await;
        let found = async |filter: CaseFilter| {
            let slice = store.cases(&filter, Page::first(100)).await.expect("cases");
            slice.rows.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let of = CaseFilter { process: Some("three".into()), ..CaseFilter::default() };
        assert_eq!(found(of.clone()).await.len(), 7);
        let active = CaseFilter { status: Some("active".into()), ..of };
        assert_eq!(found(active).await.len(), 6);
        let number = CaseFilter { number: Some("N2026-0001".into()), ..CaseFilter::default() };
        assert_eq!(found(number).await, [numbered.0]);
        let late = BEGIN.plus_ms(5 * 3_600_000).0;
        let overdue = CaseFilter { overdue_at: Some(late), ..CaseFilter::default() };
        assert_eq!(found(overdue).await.len(), 6);
        let first = store.cases(&CaseFilter::default(), Page::first(3)).await.expect("cases");
        let after = first.rows.last().map(|row| (row.started_at, row.id));
        let next = store.cases(&CaseFilter::default(), Page { after, first: 3 }).await;
        assert!(first.more && next.expect("cases").rows[0].id < after.expect("a row").1);
    });
}

#[test]
fn the_newest_case_is_the_first_whichever_lane_it_came_to() {
    let place = Place::postgres();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let settings = Settings { lanes: 3, ..place.settings() };
        let store = Store::open(settings).await.expect("the store opens");
        store.deploy(crate::harness::pack(), "boss").await.expect("it is right");
        let mut begun = Vec::new();
        for minute in 0..9 {
            store.clock().set(BEGIN.plus_ms(minute * 60_000));
            begun.push(begin(&store, "three").await.0);
        }
        assert!(!begun.is_sorted(), "lanes give ids in turn: {begun:?}");
        begun.reverse();
        let starter = Some("li".to_owned());
        let filter = CaseFilter { starter, ..CaseFilter::default() };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let slice = store.cases(&filter, Page { after, first: 4 }).await.expect("cases");
            found.extend(slice.rows.iter().map(|row| row.id));
            after = slice.rows.last().map(|row| (row.started_at, row.id));
            if !slice.more {
                break;
            }
        }
        assert_eq!(found, begun);
    });
}

#[test]
fn what_a_person_did_is_listed_and_counted() {
    on_both(|store, _place| async move {
        let case = begin(&store, "three").await;
        store.clock().set(BEGIN.plus_ms(60_000));
        run_through(&store, case).await;
        let done = store.done("li", Page::first(2)).await.expect("tasks");
        assert_eq!((done.rows.len(), done.more), (2, true));
        let last = done.rows.last().expect("a row");
        let after = last.completed_at.map(|at| (at, last.instance_id, last.key));
        let rest = store.done("li", Page { after, first: 2 }).await.expect("tasks");
        assert_eq!((rest.rows.len(), rest.more), (1, false));
        let zone = 8 * 3_600_000;
        let of_three = FiguresOf { process: Some("three"), within: None };
        let figures = store.throughput(of_three, 0, BEGIN.plus_ms(3_600_000).0, zone).await;
        let figures = figures.expect("figures");
        assert_eq!(figures.len(), 3);
        assert_eq!((figures[0].completed, figures[0].p50_ms), (1, 60_000));
        let begun = begin(&store, "three").await;
        let open = store.open_work(of_three, BEGIN.plus_ms(90_000_000).0).await.expect("work");
        assert_eq!((open[0].node.as_str(), open[0].open, open[0].overdue), ("one", 1, 1));
        assert!(begun > case);
        let counts = store.case_counts(of_three).await.expect("counts");
        assert_eq!(counts, [("active".to_owned(), 1), ("completed".to_owned(), 1)]);
    });
}

#[test]
fn readers_of_processes_are_given_what_is_theirs() {
    on_both(|store, _place| async move {
        let mut begun = Vec::new();
        for (process, unit) in [
            ("three", Some("east")),
            ("three", Some("west")),
            ("three", None),
            ("numbered", Some("east")),
        ] {
            let grants = vec![Grant { role: "clerk".into(), unit: unit.map(Into::into) }];
            let who = Actor::Person { id: "li".into(), unit: unit.map(Into::into), grants };
            let case = store.submit(Submit::new(who, start(process))).await.expect("it begins");
            begun.push(case.instance.0);
        }
        let all = |process: &str| CaseScope { process: process.into(), units: None };
        let of = |units: &[&str]| CaseScope {
            process: "three".into(),
            units: Some(units.iter().map(|unit| (*unit).to_owned()).collect()),
        };
        let far = BEGIN.plus_ms(3_600_000).0;
        for (within, expected) in [
            (vec![], vec![]),
            (vec![all("three")], vec![0, 1, 2]),
            (vec![of(&["east"])], vec![0]),
            (vec![of(&["east", "west"]), all("numbered")], vec![0, 1, 3]),
            (vec![of(&["north"])], vec![]),
        ] {
            let filter = CaseFilter { within: Some(within.clone()), ..CaseFilter::default() };
            let found = store.cases(&filter, Page::first(100)).await.expect("cases").rows;
            let mut found: Vec<i64> = found.iter().map(|row| row.id).collect();
            let mut wanted: Vec<i64> = expected.iter().map(|at| begun[*at]).collect();
            found.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{within:?}");
            let figures = FiguresOf { process: None, within: Some(&within) };
            let counts = store.case_counts(figures).await.expect("counts");
            let counted: i64 = counts.iter().map(|(_, n)| n).sum();
            let open = store.open_work(figures, far).await.expect("work");
            let open: i64 = open.iter().map(|row| row.open).sum();
            let wanted = i64::try_from(expected.len()).expect("few");
            assert_eq!((counted, open), (wanted, wanted), "{within:?}");
            let done = store.throughput(figures, 0, far, 0).await.expect("figures");
            assert!(done.is_empty(), "nothing is done yet");
        }
        let three = InstanceId(begun[0]);
        run_through(&store, three).await;
        let within = [of(&["east"])];
        let of_east = FiguresOf { process: Some("three"), within: Some(&within) };
        let done = store.throughput(of_east, 0, far, 0).await.expect("figures");
        assert_eq!(done.iter().map(|row| row.completed).sum::<i64>(), 3);
        let elsewhere = FiguresOf { process: Some("numbered"), within: Some(&within) };
        assert!(store.throughput(elsewhere, 0, far, 0).await.expect("figures").is_empty());
    });
}

#[test]
fn a_draft_is_kept_until_its_task_is_done() {
    on_both(|store, _place| async move {
        let case = begin(&store, "three").await;
        let key = open_task(&store, case).await;
        let body = serde_json::json!({ "plan": { "name": "交通" } });
        store.save_draft(case.0, key, "li", &serde_json::json!({})).await.expect("saved");
        let at = store.save_draft(case.0, key, "li", &body).await.expect("saved");
        let draft = async |who: &str| store.draft(case.0, key, who).await.expect("a read");
        store.clean().await.expect("cleaned");
        let kept = draft("li").await.expect("a draft");
        assert_eq!((kept.body, kept.saved_at), (body.to_string(), at));
        assert_eq!(draft("wang").await, None);
        store.submit(Submit::to(case, clerk("li"), complete(key))).await.expect("done");
        store.clean().await.expect("cleaned");
        assert_eq!(draft("li").await, None);
    });
}

#[test]
fn who_asks_is_known_anew_when_the_directory_changes() {
    on_both(|store, _place| async move {
        let mut li = Person {
            id: "li".into(),
            name: "李".into(),
            unit: None,
            email: None,
            language: None,
            fields: serde_json::Map::new(),
            grants: vec![Grant { role: "clerk".into(), unit: None }],
        };
        assert_eq!(store.who_asks("li2").await.expect("a read"), None);
        store.load_people(&[], std::slice::from_ref(&li)).await.expect("loaded");
        assert_eq!(store.who_asks("li").await.expect("a read").as_ref(), Some(&li));
        li.grants.clear();
        store.load_people(&[], std::slice::from_ref(&li)).await.expect("loaded");
        assert_eq!(store.who_asks("li").await.expect("a read").as_ref(), Some(&li));
    });
}

#[test]
fn a_file_comes_back_as_it_went() {
    on_both(|store, _place| async move {
        let parts = || [b"%PDF-1.7 ".to_vec(), vec![7; 200_000], b"end".to_vec()];
        let bytes = || stream::iter(parts().map(Ok));
        let pdf = "application/pdf";
        let one = store.upload("方案.pdf", pdf, "li", bytes()).await.expect("kept");
        let two = store.upload("b.pdf", pdf, "wang", bytes()).await.expect("kept");
        assert_eq!((&one.hash, one.size), (&two.hash, 200_012));
        let back: Vec<Vec<u8>> = store
            .download(&one.hash)
            .await
            .expect("it is there")
            .try_collect()
            .await
            .expect("it can be read");
        assert_eq!(back.concat(), parts().concat());
        assert_eq!(store.attachments(&[one.hash]).await.expect("rows").len(), 2);
    });
}

#[test]
fn a_file_that_was_changed_where_it_is_kept_does_not_come_back_whole() {
    on_both(|store, place| async move {
        let bytes = stream::iter([Ok(b"%PDF-1.7 plan".to_vec())]);
        let kept = store.upload("a.pdf", "application/pdf", "li", bytes).await.expect("kept");
        let Files::Folder(folder) = place.settings().files else { unreachable!() };
        let file = folder.join(&kept.hash[..2]).join(&kept.hash);
        std::fs::write(file, "%PDF-1.7 plot").expect("it is written");
        let back = store.download(&kept.hash).await.expect("it is there");
        let read: Result<Vec<Vec<u8>>, _> = back.try_collect().await;
        assert!(read.is_err(), "{read:?}");
    });
}

#[test]
fn settings_say_how_large_and_of_which_type_a_file_may_be() {
    let place = Place::sqlite();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let attachment_types = vec!["application/pdf".to_owned(), "image/webp".to_owned()];
        let settings = Settings { attachment_bytes_max: 10, attachment_types, ..place.settings() };
        let store = Store::open(settings).await.expect("the store opens");
        let upload = async |media_type: &str, bytes: &'static [u8]| {
            store.upload("a", media_type, "li", stream::iter([Ok(bytes.to_vec())])).await
        };
        upload("application/pdf", b"%PDF-1.7 x").await.expect("ten bytes");
        upload("image/webp", b"any bytes").await.expect("how such files begin is not known");
        for (media_type, bytes, says) in [
            ("application/pdf", b"%PDF-1.7 xx".as_slice(), "at most 10 bytes"),
            ("application/pdf", b"<html>", "first bytes"),
            ("image/png", b"x", "types application/pdf, image/webp, found `image/png`"),
        ] {
            let refused = upload(media_type, bytes).await.expect_err(says);
            let StoreError::Refused(why) = &refused else { panic!("{refused:?}") };
            assert!(why.message(Language::En).contains(says), "{}", why.message(Language::En));
        }
    });
}

#[test]
fn a_file_that_is_not_allowed_is_refused() {
    on_both(|store, _place| async move {
        let of = |bytes: &'static [u8]| stream::iter([Ok(bytes.to_vec())]);
        for (what, name, media_type, bytes) in [
            ("type", "a.exe", "application/x-msdownload", b"MZ".as_slice()),
            ("content", "a.pdf", "application/pdf", b"<html>"),
            ("empty", "a.pdf", "application/pdf", b""),
            ("name", "../a.pdf", "application/pdf", b"%PDF-1"),
        ] {
            let refused = store.upload(name, media_type, "li", of(bytes)).await;
            assert!(matches!(refused, Err(StoreError::Refused(_))), "{what}: {refused:?}");
        }
        let missing = store.download("../etc/passwd").await.err();
        assert!(matches!(missing, Some(StoreError::NotFound(_))), "{missing:?}");
    });
}
