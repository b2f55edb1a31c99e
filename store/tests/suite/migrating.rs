//! Cases that go over to another version of their process, with their rows.

use engine::command::{Command, NodePlan, Plan};
use engine::ids::InstanceId;
use engine::instance::Status;
use futures_util::future::join_all;
use store::{Store, Submit, SubmitError};

use crate::harness::{begin, claim, clerk, complete, on_both, open_task, pack, person};

const LATER: &str = "process: three
name: Three tasks, called otherwise
startedBy: [clerk]
nodes:
  first: { type: userTask, role: clerk, due: 4 hours }
  second: { type: userTask, role: clerk }
";

/// The test pack with the process `three` as it is later.
async fn deploy_later(store: &Store) {
    let mut files = pack();
    let own = files.iter_mut().find(|(path, _)| path == "processes/three.yaml");
    own.expect("it is there").1 = LATER.into();
    store.deploy(files, "deployer").await.expect("it is right");
}

fn migrate(from: &str, to: &str, anew: bool) -> Command {
    let node = NodePlan { from: from.into(), to: Some(to.into()), anew };
    let plan = Plan { nodes: vec![node], ..Plan::default() };
    Command::Migrate { version: 2, plan, reason: "the rules changed".into() }
}

#[test]
fn a_case_goes_over_with_its_tasks_and_goes_on() {
    on_both(|store, _place| async move {
        let cases = join_all((0..3).map(|_| begin(&store, "three"))).await;
        let [keeps, again, stays] = cases[..] else { panic!("three were begun") };
        let task = open_task(&store, keeps).await;
        store.submit(Submit::to(keeps, clerk("li"), claim(task))).await.expect("it is free");
        let boss = |case, command| Submit::to(case, person("boss", &["admin"]), command);
        let early = store.submit(boss(keeps, migrate("one", "first", false))).await;
        assert!(matches!(early, Err(SubmitError::Rejected(_))), "there is no version 2: {early:?}");
        deploy_later(&store).await;
        store.submit(boss(keeps, migrate("one", "first", false))).await.expect("it fits");
        store.submit(boss(again, migrate("one", "second", true))).await.expect("it begins anew");
        let node = async |case: InstanceId, key: i64| {
            let rows = store.tasks(&[(case.0, key)]).await.expect("it can be read");
            let row = rows.into_iter().next().expect("it is there");
            (row.node, row.state)
        };
        let claimed = ("first".to_owned(), "claimed".to_owned());
        assert_eq!(node(keeps, task).await, claimed, "the row tells the name that it has now");
        let other = open_task(&store, again).await;
        assert_eq!(node(again, other).await, ("second".into(), "open".into()));
        let old = open_task(&store, stays).await;
        assert_eq!(node(stays, old).await, ("one".into(), "open".into()));
        store.submit(Submit::to(keeps, clerk("li"), complete(task))).await.expect("it is theirs");
        let key = open_task(&store, keeps).await;
        for command in [claim(key), complete(key)] {
            store.submit(Submit::to(keeps, clerk("li"), command)).await.expect("it is done");
        }
        let ended = &store.states(&[keeps.0]).await.expect("it can be read")[&keeps.0];
        assert_eq!(ended.version(), 2);
        assert_eq!(ended.status(), Status::Completed, "after two tasks");
        let verdict = store.verify(|_, _| ()).await.expect("it can be read");
        assert_eq!(verdict.broken, None);
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!(comparison.differences, []);
    });
}
