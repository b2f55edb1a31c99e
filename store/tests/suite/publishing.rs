//! Packs that are published one after the other: what begins cases, on every node, and what no more.

use store::{DeployError, PackFiles, Store, Submit, SubmitError};

use crate::harness::{BEGIN, Place, begin, clerk, on, on_both, pack, start};

/// A register of the test pack.
const LEDGER: &str = "registers/ledger.yaml";
const HOUR_MS: i64 = 3_600_000;

const HOURLY: &str = "process: hourly
name: Begins three cases, an hour apart
nodes:
  tick: { type: startEvent, timer: 1 hour, repeat: 3, to: read }
  read: { type: userTask, role: clerk }
";

/// A second pack, with `three`, which the first one has, and with a process of its own.
fn county(more: &str) -> PackFiles {
    let meta = format!("pack: county\nname: 县\nversion: \"1\"\n{more}");
    let one = "nodes:\n  one: { type: userTask, role: clerk }\n";
    [
        ("pack.yaml", meta),
        ("roles.yaml", "roles: { clerk: { name: 经办人 } }\n".to_owned()),
        (
            "processes/three.yaml",
            format!("process: three # the county's\nname: T\nstartedBy: [clerk]\n{one}"),
        ),
        ("processes/own.yaml", format!("process: own\nname: O\nstartedBy: [clerk]\n{one}")),
    ]
    .map(|(path, text)| (path.to_owned(), text.into_bytes()))
    .into()
}

fn with_hourly() -> PackFiles {
    let mut files = pack();
    files.push(("processes/hourly.yaml".into(), HOURLY.into()));
    files
}

async fn is_known(store: &Store, process: &str) -> bool {
    match store.submit(Submit::new(clerk("li"), start(process))).await {
        Ok(_) => true,
        Err(SubmitError::UnknownProcess(unknown)) if unknown.as_str() == process => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_process_that_another_pack_has_is_refused() {
    on_both(|store, place| async move {
        let refused = store.deploy(county(""), "boss").await.expect_err("`three` is taken");
        let DeployError::Diagnostics(problems) = refused else { panic!("{refused}") };
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "processes/three.yaml:1:1: processOfAnotherPack: expected a process that no other pack on \
              this server has, found `three`, which the pack `test` publishes (rename it, serve this \
              pack by a server of its own, or say `replaces: [test]` in pack.yaml: then this pack \
              takes the place of that one)"
            ]
        );
        assert!(!is_known(&store, "own").await, "nothing of it is published");
        assert_eq!(place.number("SELECT count(*) FROM pack WHERE name = 'county'").await, 0);
        begin(&store, "three").await;
        assert_eq!(place.number("SELECT version FROM instance").await, 1);
    });
}

#[test]
fn a_register_is_the_same_in_all_packs_or_refused() {
    on_both(|store, _place| async move {
        let with = |series: &str| {
            let text =
                format!("register: ledger\nname: L\nseries: {series}\ncolumns: {{ a: A }}\n");
            let mut files = county("");
            files.retain(|(path, _)| !path.ends_with("three.yaml"));
            files.push(("registers/ledger.yaml".into(), text.into_bytes()));
            files
        };
        let refused = store.deploy(with("'L{number}'"), "boss").await.expect_err("it is another");
        let DeployError::Diagnostics(problems) = refused else { panic!("{refused}") };
        let told: Vec<String> = problems
            .iter()
            .map(|own| format!("{} {}:{}", own.code, own.place.file, own.place.line))
            .collect();
        assert_eq!(told, ["registerOfAnotherPack registers/ledger.yaml:1"]);
        let mut files = with("");
        let (_, own) =
            pack().into_iter().find(|(path, _)| path == LEDGER).expect("the pack has one");
        files.last_mut().expect("the register").1 = own;
        store.deploy(files, "boss").await.expect("they are alike");
    });
}

#[test]
fn a_pack_takes_the_place_of_another() {
    on_both(|store, place| async move {
        store.deploy(with_hourly(), "boss").await.expect("it is deployed");
        let old = begin(&store, "three").await;
        store.deploy(county("replaces: [test]\n"), "boss").await.expect("it takes its place");
        let new = begin(&store, "three").await;
        let version = async |case: i64| {
            place.number(&format!("SELECT version FROM instance WHERE id = {case}")).await
        };
        assert_eq!((version(old.0).await, version(new.0).await), (2, 3));
        assert!(is_known(&store, "own").await);
        assert!(!is_known(&store, "waits").await, "the county has none");
        store.clock().set(BEGIN.plus_ms(2 * HOUR_MS));
        store.settle().await.expect("it settles");
        let begun = "SELECT count(*) FROM instance WHERE process = 'hourly'";
        assert_eq!(place.number(begun).await, 0, "its clock runs no more");
        let files = store.pack_files("test", None).await.expect("packs can be read");
        assert!(files.is_none(), "no version of it is published");
    });
}

#[test]
fn a_process_that_the_next_version_leaves_out_begins_no_more_cases() {
    on_both(|store, place| async move {
        store.deploy(with_hourly(), "boss").await.expect("it is deployed");
        store.deploy(pack(), "boss").await.expect("it is deployed");
        assert!(!is_known(&store, "hourly").await);
        store.clock().set(BEGIN.plus_ms(2 * HOUR_MS));
        store.settle().await.expect("it settles");
        let begun = "SELECT count(*) FROM instance WHERE process = 'hourly'";
        assert_eq!(place.number(begun).await, 0);
        store.close().await;
        drop(store);
        let store = Store::open(place.settings()).await.expect("it opens again");
        assert!(!is_known(&store, "hourly").await, "nor after a restart");
    });
}

#[test]
fn what_one_node_publishes_begins_cases_on_all() {
    on(Place::postgres(), &|store, place| async move {
        let other = Store::open(place.settings()).await.expect("a second node");
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let working = tokio::spawn({
            let other = other.clone();
            async move { other.run(async { drop(ended.await) }).await }
        });
        store.deploy(with_hourly(), "boss").await.expect("it is deployed");
        // NOTIFY wakes the other node; how soon is not said.
        let newest =
            |store: &Store| store.newest_definition(&"three".into()).map(|own| own.version);
        while newest(&other) != Some(2) {
            tokio::task::yield_now().await;
        }
        assert!(other.newest_definition(&"hourly".into()).is_some());
        store.deploy(pack(), "boss").await.expect("it is deployed");
        while newest(&other) != Some(3) {
            tokio::task::yield_now().await;
        }
        assert!(!is_known(&other, "hourly").await);
        end.send(()).expect("it works");
        working.await.expect("it ends");
    });
}

#[test]
fn whom_the_next_version_leaves_out_is_out() {
    on_both(|store, _place| async move {
        let deploy = async |people: &str| {
            let mut files = pack();
            files.push(("people.yaml".into(), people.into()));
            store.deploy(files, "boss").await.expect("it is deployed");
            let packs = store.newest_packs();
            store.load_pack_people(&packs[0]).await.expect("they are loaded");
        };
        let ids = async || -> Vec<(String, usize)> {
            let people = store.people().await.expect("people");
            people.into_iter().map(|own| (own.id, own.grants.len())).collect()
        };
        let known = |ids: &[(&str, usize)]| -> Vec<(String, usize)> {
            ids.iter().map(|(id, roles)| ((*id).to_owned(), *roles)).collect()
        };
        deploy("people:\n  li: { name: 李, roles: [clerk, chief] }\n  wu: { name: 吴, roles: [clerk] }\n").await;
        assert_eq!(ids().await, known(&[("li", 2), ("wu", 1)]));
        deploy("people:\n  li: { name: 李, roles: [clerk] }\n").await;
        assert_eq!(ids().await, known(&[("li", 1)]));
        assert_eq!(store.who_asks("wu").await.expect("a read"), None);
        // Back again, with just what they hold now.
        deploy("people:\n  li: { name: 李, roles: [clerk] }\n  wu: { name: 吴, roles: [chief] }\n")
            .await;
        assert_eq!(ids().await, known(&[("li", 1), ("wu", 1)]));
    });
}
