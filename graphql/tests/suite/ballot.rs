//! Secret ballots: that somebody voted is told, and the count; whose vote was which to nobody.

use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, on_both, pack};

const PROCESS: &str = "process: ballot
name: Ballot
startedBy: [clerk]
opinions: open
nodes:
  apply: { type: userTask, name: Apply, role: clerk }
  vote:
    type: userTask
    name: Vote
    people: =['li', 'zhao', 'nobody']
    operations: [takeBack]
    sign: { rule: vote, secret: true }
    outcomes: { agree: Agree, refuse: { label: Refuse, comment: required } }
  after: { type: userTask, name: After, assign: =\"zhao\", dedupe: everyTime, outcomes: { fine: Fine } }
";

const CASE: &str = "query($id: ID!) { instance(id: $id) { tasks { nodes { nodeName secretBallot outcome \
    comment completedBy { handle } } } history { nodes { command actor outcome comment refused events hash happened { \
    kind outcome comment weight count person { handle } } } } } }";

async fn read(api: &Api, who: &str, case: &Value) -> Value {
    let found = api.raw(Some(who), CASE, json!({ "id": case })).await;
    found["data"]["instance"].clone()
}

async fn complete(api: &Api, who: &str, outcome: Option<&str>, comment: Option<&str>) -> Value {
    let task = api.own_task(who).await;
    let input = json!({ "task": task, "outcome": outcome, "comment": comment });
    api.ask(who, COMPLETE, json!({ "input": input })).await;
    task
}

/// Who votes, began it, or oversees reads that `li` voted, and never how another than they did.
async fn is_untold(api: &Api, case: &Value) {
    for who in ["wu", "zhao", "eye", "boss"] {
        let seen = read(api, who, case).await;
        let told = seen.to_string();
        assert!(told.contains("\"handle\":\"li\""), "{who} reads that li voted: {told}");
        assert!(!told.contains("too dear") && !told.contains("by mistake"), "{who}: {told}");
        let history = seen["history"]["nodes"].as_array().expect("entries").clone();
        let votes = history.iter().flat_map(|entry| entry["happened"].as_array().expect("facts"));
        let votes: Vec<&Value> = votes
            .filter(|fact| {
                ["voteCast", "voteWithdrawn", "taskCompleted"]
                    .iter()
                    .any(|kind| fact["kind"] == *kind)
            })
            .filter(|fact| fact["person"]["handle"] != "wu" && fact["person"]["handle"] != who)
            .collect();
        assert!(votes.len() >= 3, "{who}: {told}");
        assert!(votes.iter().all(|fact| fact["outcome"].is_null()), "{who}: {votes:#?}");
        let raw = history.iter().filter(|entry| !entry["events"].is_null());
        assert!(
            raw.clone().all(|entry| !entry["events"].to_string().contains("\"refuse\"")
                || entry["actor"] == format!("person:{who}")),
            "{who}: {told}"
        );
        let tasks = seen["tasks"]["nodes"].as_array().expect("tasks").iter();
        let mut others =
            tasks.filter(|task| task["nodeName"] == "vote" && task["completedBy"]["handle"] != who);
        assert!(
            others.all(|task| task["outcome"].is_null() && task["secretBallot"] == true),
            "{who}: {told}"
        );
    }
}

#[test]
fn nobody_is_told_whose_vote_in_a_secret_ballot_was_which() {
    on_both(|api| async move {
        let mut files = pack();
        files.push(("processes/ballot.yaml".to_owned(), PROCESS.to_owned()));
        let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
        api.store.deploy(files.collect(), "deployer").await.expect("it is right");
        let start =
            "mutation { startInstance(input: { process: \"ballot\" }) { instance { id } } }";
        let begun = api.ask("wu", start, json!({})).await;
        let case = begun["startInstance"]["instance"]["id"].clone();
        complete(&api, "wu", None, None).await;

        let task = complete(&api, "li", Some("agree"), Some("by mistake")).await;
        let back = "mutation($task: ID!) { takeBackTask(input: { task: $task, reason: \"anew\" }) { revision } }";
        api.ask("li", back, json!({ "task": task })).await;
        let input = json!({ "task": api.own_task("li").await, "outcome": "refuse" });
        let refused = api.raw(Some("li"), COMPLETE, json!({ "input": input })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "COMMENT_REQUIRED");
        let seen = read(&api, "eye", &case).await["history"]["nodes"].to_string();
        let is_told = |code: &str| seen.contains(&format!("\"refused\":\"{code}\""));
        assert!(
            is_told("SECRET") && !is_told("COMMENT_REQUIRED"),
            "what it lacked tells what it was: {seen}"
        );
        complete(&api, "li", Some("refuse"), Some("too dear")).await;
        complete(&api, "nobody", Some("agree"), None).await;
        is_untold(&api, &case).await;
        complete(&api, "zhao", Some("agree"), None).await;
        is_untold(&api, &case).await;

        let seen = read(&api, "eye", &case).await;
        let facts = seen["history"]["nodes"].as_array().expect("entries").iter();
        let mut facts = facts.flat_map(|entry| entry["happened"].as_array().expect("facts"));
        let decided = facts.find(|fact| fact["kind"] == "signDecided").expect("it is counted");
        assert_eq!(
            (&decided["outcome"], &decided["count"]["for"], &decided["count"]["against"]),
            (&json!("agree"), &json!(2), &json!(1))
        );
        let own = read(&api, "li", &case).await.to_string();
        assert!(own.contains("too dear"), "who voted reads their own: {own}");
        let still = api.own_task("zhao").await;
        assert!(!still.is_null(), "nobody is passed since they agreed in a ballot");
    });
}
