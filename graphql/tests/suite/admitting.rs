//! Which intakes a person is shown: those that would look at what they hand in.

use async_graphql::{Executor as _, Request, Variables};
use engine::text::Language;
use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, on_both, pack};

const TENDER: &str = "process: tender
name: Tender
startedBy: [clerk]
documents:
  review: { form: review }
  comments: { form: comment, list: true }
nodes:
  call: { type: userTask, assign: initiator, edit: review }
  offers:
    type: intake
    name: Offers
    from: [public, reviewer]
    where:
      - check: review.text == 'open' || 'reviewer' in submitter.roles
        message: { zh: 仅限受邀单位, en: Only who was invited }
      - { check: size(submitted.text) > 2, message: Too short }
    closes: 20 days
    into: comments
";

const OPEN: &str = "query($all: Boolean) { openIntakes(refusing: $all) { id refused { code message \
    retryable } } }";

async fn deploy(api: &Api) {
    deploy_as(api, TENDER).await;
}

async fn deploy_as(api: &Api, tender: &str) {
    let mut files = pack();
    files.push(("processes/tender.yaml".to_owned(), tender.to_owned()));
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
}

/// Begins a call with this text; its case.
async fn called(api: &Api, text: &str) -> Value {
    let start = "mutation { startInstance(input: { process: \"tender\" }) { instance { id } } }";
    let begun = api.ask("wu", start, json!({})).await;
    let case = begun["startInstance"]["instance"]["id"].clone();
    let task = api.open_task("wu", case.as_str().expect("an id")).await;
    let documents = json!([{ "document": "review", "content": { "text": text } }]);
    api.ask("wu", COMPLETE, json!({ "input": { "task": task, "documents": documents } })).await;
    case
}

async fn open(api: &Api, who: Option<&str>, language: Language, all: bool) -> Vec<Value> {
    let asked = Request::new(OPEN).variables(Variables::from_json(json!({ "all": all })));
    let asked = asked.data(api.viewing_in(who, language).await);
    let answer = serde_json::to_value(api.schema.execute(asked).await).expect("plain data");
    assert!(answer.get("errors").is_none(), "{answer:#}");
    answer["data"]["openIntakes"].as_array().expect("a list").clone()
}

#[test]
fn an_intake_that_would_refuse_whoever_asks_is_listed_only_with_why() {
    on_both(|api| async move {
        deploy(&api).await;
        called(&api, "open").await;
        let closed = called(&api, "closed").await;
        let public = open(&api, None, Language::En, false).await;
        assert_eq!(public.len(), 1, "{public:?}");
        assert_eq!(public[0]["refused"], Value::Null);
        assert_eq!(open(&api, Some("nobody"), Language::En, false).await, public);
        assert_eq!(open(&api, Some("li"), Language::En, false).await.len(), 2, "a reviewer may");

        for (language, why) in
            [(Language::Zh, "仅限受邀单位"), (Language::En, "Only who was invited")]
        {
            let all = open(&api, None, language, true).await;
            assert_eq!(all.len(), 2);
            let refused =
                json!({ "code": "SUBMISSION_REFUSED", "message": why, "retryable": false });
            let with_why: Vec<_> = all.iter().filter(|one| one["refused"] == refused).collect();
            assert_eq!(with_why.len(), 1, "{all:?}");
            // What is listed so is refused so.
            let submit = "mutation($intake: ID!) { submitToIntake(input: { intake: $intake, content: \
                          { text: \"long enough\" } }) { hash } }";
            let given = json!({ "intake": with_why[0]["id"] });
            assert_eq!(api.code(None, submit, given.clone()).await, "SUBMISSION_REFUSED");
            assert_eq!(api.code(Some("li"), submit, given).await, "OK");
        }

        let suspend = "mutation($id: ID!) { suspendInstance(input: { instance: $id, reason: \"x\" }) \
                       { revision } }";
        api.ask("boss", suspend, json!({ "id": closed })).await;
        assert_eq!(open(&api, Some("li"), Language::En, false).await.len(), 1);
        let all = open(&api, Some("li"), Language::En, true).await;
        let codes: Vec<_> = all.iter().map(|one| one["refused"]["code"].as_str()).collect();
        assert!(codes.contains(&Some("INSTANCE_SUSPENDED")) && codes.contains(&None), "{codes:?}");
    });
}

/// Names and numbers of those who have bid are secret until the opening, to whoever runs the tender and
/// to who audits it as to everybody else.
#[test]
fn nobody_reads_who_has_handed_in_to_a_sealed_intake_before_it_closes() {
    on_both(|api| async move {
        deploy_as(&api, &TENDER.replace("closes: 20 days", "closes: 20 days\n    sealed: true"))
            .await;
        let case = called(&api, "open").await;
        let intake = open(&api, Some("li"), Language::En, false).await[0]["id"].clone();
        let submit = "mutation($intake: ID!) { submitToIntake(input: { intake: $intake, content: \
                      { text: \"long enough\" } }) { hash } }";
        for bidder in [Some("li"), None] {
            assert_eq!(api.code(bidder, submit, json!({ "intake": intake })).await, "OK");
        }
        // An attempt tells as much as what was taken.
        let short = submit.replace("long enough", "no");
        let refused = api.code(Some("li"), &short, json!({ "intake": intake })).await;
        assert_eq!(refused, "SUBMISSION_REFUSED");
        // A page at a time, so that one holds nothing but what is not told.
        let told = async |who: &str| {
            let asked = "query($id: ID!, $after: String) { instance(id: $id) { intakes { submissions } \
                         history(first: 1, after: $after) { pageInfo { hasNextPage endCursor } \
                         nodes { command actor } } } }";
            let (mut commands, mut after) = (Vec::new(), Value::Null);
            loop {
                let page = api.ask(who, asked, json!({ "id": case, "after": after })).await;
                let page = &page["instance"];
                let nodes = page["history"]["nodes"].as_array().expect("a list");
                commands.extend(nodes.iter().map(|one| one["command"].clone()));
                after = page["history"]["pageInfo"]["endCursor"].clone();
                if page["history"]["pageInfo"]["hasNextPage"] == false {
                    return (commands, page["intakes"][0]["submissions"].clone());
                }
            }
        };
        for who in ["wu", "eye", "boss"] {
            let (commands, submissions) = told(who).await;
            assert_eq!(
                (commands, submissions),
                (vec![json!("start"), json!("completeTask")], Value::Null)
            );
        }
        api.store.clock().set(api.store.clock().now().plus_ms(30 * 86_400_000));
        api.store.settle().await.expect("the intake closes");
        let (commands, _) = told("wu").await;
        assert_eq!(commands.iter().filter(|one| *one == "submit").count(), 2, "{commands:?}");
        let (commands, _) = told("eye").await;
        assert_eq!(commands.iter().filter(|one| *one == "submit").count(), 3, "{commands:?}");
    });
}

/// Whoever holds the role by which a deadline may be extended need have nothing else to do with the case.
#[test]
fn who_may_extend_an_intake_sees_its_case_and_extends_it() {
    on_both(|api| async move {
        let closes =
            "closes: { in: 20 days, extend: once }\n    extendedBy: worker\n    sealed: true";
        deploy_as(&api, &TENDER.replace("closes: 20 days", closes)).await;
        let case = called(&api, "open").await;
        let intake = open(&api, Some("li"), Language::En, false).await[0]["id"].clone();
        let extend = "mutation($intake: ID!) { extendIntake(input: { intake: $intake, by: \"2 days\", \
                      reason: \"a holiday\" }) { intake { id } } }";
        let given = json!({ "intake": intake });
        assert_eq!(
            api.code(Some("li"), extend, given.clone()).await,
            "NOT_FOUND",
            "another's role"
        );
        assert_eq!(api.code(Some("wu"), extend, given.clone()).await, "NOT_CANDIDATE");
        let seen =
            api.ask("robot", "query($id: ID!) { instance(id: $id) { id } }", json!({ "id": case }));
        assert_eq!(seen.await["instance"]["id"], case);
        assert_eq!(api.code(Some("robot"), extend, given).await, "OK");
    });
}

/// A role that many units have: only who holds it for the unit of the case sees it and extends it, and a
/// page of the case says until when it may be answered then.
#[test]
fn an_intake_is_extended_by_the_head_of_its_unit_and_its_page_says_until_when() {
    on_both(|api| async move {
        let grant = "UPDATE role_grant SET unit = 'open' WHERE person = 'robot'";
        let api = api.after_sql(grant).await;
        let closes =
            "closes: { in: 20 days, extend: { once: true, by: worker, unit: =review.text } }";
        let page = "  announce: { type: publish, title: Call }\n  offers:\n";
        let tender = TENDER.replace("closes: 20 days", closes).replace("  offers:\n", page);
        deploy_as(&api, &tender).await;
        let extend = "mutation($intake: ID!) { extendIntake(input: { intake: $intake, by: \"2 days\", \
                      reason: \"a holiday\" }) { intake { id } } }";
        for (text, seen) in [("closed", "NOT_FOUND"), ("open", "OK")] {
            let case = called(&api, text).await;
            let instance = "query($id: ID!) { instance(id: $id) { intakes { id } } }";
            let intakes = api.ask("wu", instance, json!({ "id": case })).await;
            let intake = json!({ "intake": intakes["instance"]["intakes"][0]["id"] });
            assert_eq!(api.code(Some("robot"), instance, json!({ "id": case })).await, seen);
            assert_eq!(api.code(Some("robot"), extend, intake).await, seen);
        }
        let pages = "{ pages { nodes { intakes { label closesAt } } } }";
        let pages = api.raw(None, pages, json!({})).await;
        let until = |at| json!({ "intakes": [{ "label": "Offers", "closesAt": at }] });
        assert_eq!(
            pages["data"]["pages"]["nodes"],
            json!([until("2026-01-28T16:00:00+00:00"), until("2026-01-26T16:00:00+00:00")])
        );
        let later = api.store.clock().now().plus_ms(30 * 86_400_000);
        api.store.clock().set(later);
        api.store.settle().await.expect("the intakes close");
        let pages = api.raw(None, "{ pages { nodes { intakes { label } } } }", json!({})).await;
        let closed = json!({ "intakes": [] });
        assert_eq!(pages["data"]["pages"]["nodes"], json!([closed, closed]));
    });
}

#[test]
fn many_intakes_are_asked_together() {
    on_both(|api| async move {
        deploy(&api).await;
        called(&api, "open").await;
        let mut costs = Vec::new();
        for more in [0, 12] {
            for n in 0..more {
                called(&api, &format!("closed {n}")).await;
            }
            // Definitions and statements are kept once they are known.
            open(&api, None, Language::En, true).await;
            let before = api.store.statements();
            let found = open(&api, None, Language::En, true).await.len();
            costs.push((found, api.store.statements() - before));
        }
        assert_eq!((costs[0].0, costs[1].0), (1, 13));
        assert_eq!(costs[0].1, costs[1].1, "thirteen cost more than one");
    });
}

#[test]
fn what_was_handed_in_to_an_intake_that_is_undone_counts_no_more() {
    on_both(|api| async move {
        let operations = "startedBy: [clerk]\noperations: [withdraw]";
        deploy_as(&api, &TENDER.replace("startedBy: [clerk]", operations)).await;
        let case = called(&api, "open").await;
        let intake = open(&api, Some("li"), Language::En, false).await[0]["id"].clone();
        let submit = "mutation($intake: ID!) { submitToIntake(input: { intake: $intake, content: \
                      { text: \"long enough\" } }) { hash } }";
        api.ask("li", submit, json!({ "intake": intake })).await;
        let own = "{ mySubmissions { nodes { state } } }";
        let state = async || api.ask("li", own, json!({})).await["mySubmissions"]["nodes"].clone();
        assert_eq!(state().await, json!([{ "state": "VALID" }]));
        let withdraw = "mutation($id: ID!) { withdrawInstance(input: { instance: $id, reason: \"x\" \
                        }) { revision } }";
        api.ask("wu", withdraw, json!({ "id": case })).await;
        assert_eq!(state().await, json!([{ "state": "UNDONE" }]));
    });
}
