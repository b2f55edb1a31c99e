//! A round that is decided while somebody's task is open: they see on the task why it ended.

use async_graphql::{Executor as _, Request};
use engine::text::Language;
use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, on_both, pack};

const BALLOT: &str = "process: ballot
name: { zh: 联合会签, en: Ballot }
startedBy: [clerk]
nodes:
  sign:
    type: userTask
    name: { zh: 会签, en: Sign }
    people: =['li', 'zhao', 'nobody']
    sign: { rule: any }
    outcomes: { agree: { zh: 同意, en: Agree }, disagree: 不同意 }
  check: { type: userTask, role: auditor }
";

const DONE: &str = "{ inboxCount done { edges { node { id state label outcome closed { because reason \
    outcome outcomeLabel } instance { title status } } } } }";

async fn begun(api: &Api) -> String {
    let start = "mutation { startInstance(input: { process: \"ballot\" }) { instance { id } } }";
    let begun = api.ask("wu", start, json!({})).await;
    begun["startInstance"]["instance"]["id"].as_str().expect("an id").to_owned()
}

async fn deploy(api: &Api) {
    let mut files = pack();
    files.push(("processes/ballot.yaml".to_owned(), BALLOT.to_owned()));
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
}

/// What is done of a person, in a language.
async fn done(api: &Api, who: &str, language: Language) -> Value {
    let asked = Request::new(DONE).data(api.viewing_in(Some(who), language).await);
    let answer = serde_json::to_value(api.schema.execute(asked).await).expect("plain data");
    assert!(answer.get("errors").is_none(), "{who}: {answer:#}");
    let edges = answer["data"]["done"]["edges"].as_array().expect("a list").iter();
    assert_eq!(answer["data"]["inboxCount"], 0, "nothing waits for {who}");
    edges.map(|edge| edge["node"].clone()).collect()
}

#[test]
fn a_voter_whose_round_was_decided_sees_why_in_both_languages() {
    on_both(|api| async move {
        deploy(&api).await;
        let case = begun(&api).await;
        let late = api.own_task("nobody").await;
        let own = api.own_task("li").await;
        let decide = |task: &Value| json!({ "input": { "task": task, "outcome": "agree" } });
        api.ask("li", COMPLETE, decide(&own)).await;
        assert_eq!(api.code(Some("nobody"), COMPLETE, decide(&late)).await, "NOT_OPEN");

        let closed = |reason: &str, label: &str| {
            json!({ "because": "ROUND_DECIDED", "reason": reason, "outcome": "agree",
                "outcomeLabel": label })
        };
        for (language, label, title, expected) in [
            (
                Language::Zh,
                "会签",
                "联合会签",
                closed("本轮已有结果“同意”，您的任务随之结束", "同意"),
            ),
            (
                Language::En,
                "Sign",
                "Ballot",
                closed("the round was decided, “Agree”, before this task was", "Agree"),
            ),
        ] {
            for who in ["zhao", "nobody"] {
                let found = done(&api, who, language).await;
                let id = if who == "nobody" { &late } else { &found[0]["id"] };
                let expected = json!([{ "id": id, "state": "CANCELLED", "label": label,
                    "outcome": null, "closed": expected,
                    "instance": { "title": title, "status": "ACTIVE" } }]);
                assert_eq!(found, expected, "{who}");
            }
        }
        let found = done(&api, "li", Language::En).await;
        assert_eq!((&found[0]["id"], &found[0]["closed"]), (&own, &Value::Null));
        assert_eq!(found.as_array().map(Vec::len), Some(1));
        // Whoever was never asked sees nothing of it.
        let see = "query($id: ID!) { instance(id: $id) { id } }";
        assert_eq!(api.code(Some("robot"), see, json!({ "id": case })).await, "NOT_FOUND");
        let rebuilt = api.store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!((rebuilt.differing, rebuilt.differences), (0, Vec::new()));
    });
}

#[test]
fn a_task_that_something_else_ended_says_what() {
    on_both(|api| async move {
        deploy(&api).await;
        let case = begun(&api).await;
        let cancel = "mutation($id: ID!) { cancelInstance(input: { instance: $id, reason: \"x\" }) { \
                      revision } }";
        api.ask("boss", cancel, json!({ "id": case })).await;
        let tasks = "query($id: ID!) { instance(id: $id) { tasks { edges { node { state closed { \
                     because reason outcome } } } } } }";
        let found = api.ask("wu", tasks, json!({ "id": case })).await;
        let edges = found["instance"]["tasks"]["edges"].as_array().expect("tasks");
        assert_eq!(edges.len(), 3);
        for edge in edges {
            assert_eq!(edge["node"]["state"], "CANCELLED");
            let closed = &edge["node"]["closed"];
            assert_ne!(closed["because"], "ROUND_DECIDED", "{closed}");
            assert!(closed["reason"].as_str().is_some_and(|why| !why.is_empty()), "{closed}");
            assert_eq!(closed["outcome"], Value::Null);
        }
        assert_eq!(
            done(&api, "nobody", Language::En).await,
            json!([]),
            "there was nothing to decide"
        );
    });
}

#[test]
fn a_page_of_what_is_done_goes_on_through_both_kinds() {
    on_both(|api| async move {
        deploy(&api).await;
        for round in 0..6_u32 {
            begun(&api).await;
            // In turns they decide first, each time a minute later.
            let (first, _) = if round % 2 == 0 { ("li", "zhao") } else { ("zhao", "li") };
            api.store.clock().set(crate::harness::BEGIN.plus_ms(i64::from(round + 1) * 60_000));
            let own = api.own_task(first).await;
            let decide = json!({ "input": { "task": own, "outcome": "agree" } });
            api.ask(first, COMPLETE, decide).await;
        }
        let query = "query($after: String) { done(first: 2, after: $after) { pageInfo { endCursor \
                     hasNextPage } edges { node { state completedAt } } } }";
        let (mut after, mut found, mut pages) = (Value::Null, Vec::new(), 0);
        loop {
            let page = api.ask("li", query, json!({ "after": after })).await["done"].take();
            found.extend(page["edges"].as_array().expect("a list").iter().map(|edge| {
                (edge["node"]["state"].clone(), edge["node"]["completedAt"].to_string())
            }));
            pages += 1;
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let states: Vec<_> = found.iter().map(|(state, _)| state.as_str().expect("one")).collect();
        let turns = ["CANCELLED", "COMPLETED"].repeat(3);
        assert_eq!((pages, states), (3, turns));
        assert!(found.windows(2).all(|two| two[0].1 > two[1].1), "the last first: {found:?}");
    });
}
