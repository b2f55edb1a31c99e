//! Conditions of intakes and rules that compare documents, as the API tells them.

use async_graphql::{Executor as _, Request, Variables};
use engine::text::Language;
use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, journalled, on_both};

const HAND_IN: &str = "mutation($intake: ID!, $text: JSON!) { submitToIntake(input: { intake: $intake, \
    content: $text }) { submission } }";

/// The first error of a request in a language.
async fn refused(api: &Api, who: Option<&str>, language: Language, given: &Value) -> Value {
    let asked = Request::new(HAND_IN).variables(Variables::from_json(given.clone()));
    let asked = asked.data(api.viewing_in(who, language).await);
    let answer = serde_json::to_value(api.schema.execute(asked).await).expect("plain data");
    answer["errors"][0].clone()
}

#[test]
fn what_an_intake_does_not_take_is_refused_with_the_reason_that_the_pack_gives() {
    on_both(|api| async move {
        let intake = api.open_intake("Road").await["id"].clone();
        let given = json!({ "intake": intake, "text": { "text": "Road" } });
        let before = journalled(&api).await;
        for (language, reason) in
            [(Language::Zh, "意见不能只写名称"), (Language::En, "Say more than its name")]
        {
            let error = refused(&api, None, language, &given).await;
            assert_eq!(error["message"], reason, "{error}");
            let expected = json!({ "code": "SUBMISSION_REFUSED", "retryable": false, "reason": reason,
                "field": "input.intake" });
            assert_eq!(error["extensions"], expected);
        }
        assert_eq!(journalled(&api).await, before, "of the public nothing is journalled");
        let error = refused(&api, Some("wu"), Language::En, &given).await;
        assert_eq!(error["extensions"]["code"], "SUBMISSION_REFUSED");
        assert_eq!(journalled(&api).await, before + 1, "of somebody it is");
        let count = "query($id: ID!) { node(id: $id) { ... on Intake { submissions } } }";
        let id = json!({ "id": intake });
        assert_eq!(api.ask("wu", count, id.clone()).await["node"]["submissions"], 0);
        let given = json!({ "intake": intake, "text": { "text": "Road, but narrower" } });
        assert_eq!(refused(&api, None, Language::En, &given).await, Value::Null);
        assert_eq!(api.ask("wu", count, id).await["node"]["submissions"], 1);
    });
}

#[test]
fn a_rule_that_compares_with_what_is_hidden_tells_only_its_own_text() {
    on_both(|api| async move {
        let given = json!({ "name": "Road", "secret": "the price is 7" });
        let case = api.applied_with(given).await;
        let task = api.open_task("li", &case).await;
        let review = |text: &str| {
            let review = json!([{ "document": "review", "content": { "text": text } }]);
            json!({ "input": { "task": task, "outcome": "accept", "documents": review } })
        };
        let answer = api.raw(Some("li"), COMPLETE, review("the price is 7")).await;
        let said = &answer["errors"][0]["extensions"];
        let field = json!({ "field": "review.text", "path": ["review", "text"],
            "code": "RULE_BROKEN", "message": "Do not copy" });
        assert_eq!((&said["code"], &said["fields"]), (&json!("INVALID_DOCUMENT"), &json!([field])));
        assert!(!answer.to_string().contains("price"), "{answer}");
        api.ask("li", COMPLETE, review("fine")).await;
    });
}

const OWN: &str = "{ mySubmissions { nodes { intake { label open } number receivedAt hash content state \
    replacedBy instanceTitle instanceStatus instanceOutcome } } }";

#[test]
fn who_handed_something_in_finds_it_again() {
    on_both(|api| async move {
        let intake = api.open_intake("Road").await["id"].clone();
        let hand_in = "mutation($intake: ID!, $given: JSON!, $replaces: Int) { submitToIntake(input: { \
            intake: $intake, content: $given, replaces: $replaces }) { submission hash } }";
        let given = |text: &str, replaces: Option<u32>| json!({ "intake": intake, "given": { "text": text }, "replaces": replaces });
        let first = api.ask("nobody", hand_in, given("one", None)).await;
        api.ask("nobody", hand_in, given("two", Some(1))).await;
        api.ask("nobody", hand_in, given("three", None)).await;
        api.ask("wu", hand_in, given("others", None)).await;
        let withdraw = "mutation($intake: ID!) { withdrawSubmission(input: { intake: $intake, \
                        submission: 3 }) { repeated } }";
        api.ask("nobody", withdraw, json!({ "intake": intake })).await;
        let own = api.ask("nobody", OWN, json!({})).await["mySubmissions"]["nodes"].clone();
        let told: Vec<Value> = own
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| {
                json!([one["number"], one["content"]["text"], one["state"], one["replacedBy"]])
            })
            .collect();
        assert_eq!(
            json!(told),
            json!([
                [3, "three", "WITHDRAWN", null],
                [2, "two", "VALID", null],
                [1, "one", "REPLACED", 2]
            ])
        );
        assert_eq!(own[2]["hash"], first["submitToIntake"]["hash"]);
        assert_eq!(own[0]["receivedAt"], "2026-01-05T01:00:00+00:00");
        assert_eq!(own[0]["instanceTitle"], "Road");
        assert_eq!(own[0]["instanceStatus"], "ACTIVE");
        let paged = "query($after: String) { mySubmissions(first: 2, after: $after) { nodes { number } \
                     pageInfo { hasNextPage endCursor } } }";
        let two = api.ask("nobody", paged, json!({})).await["mySubmissions"].clone();
        assert_eq!(two["nodes"], json!([{ "number": 3 }, { "number": 2 }]));
        assert_eq!(two["pageInfo"]["hasNextPage"], true);
        let behind = json!({ "after": two["pageInfo"]["endCursor"] });
        let last = api.ask("nobody", paged, behind).await["mySubmissions"].clone();
        assert_eq!(last["nodes"], json!([{ "number": 1 }]));
        // When it has closed too; nobody else gets them.
        api.store.clock().set(crate::harness::BEGIN.plus_ms(30 * 24 * 60 * 60 * 1_000));
        let own = api.ask("nobody", OWN, json!({})).await["mySubmissions"]["nodes"].clone();
        assert_eq!((&own[1]["state"], &own[1]["intake"]["open"]), (&json!("VALID"), &json!(false)));
        let none = api.ask("li", OWN, json!({})).await;
        assert_eq!(none["mySubmissions"]["nodes"], json!([]));
        assert_eq!(api.code(None, OWN, json!({})).await, "NOT_SIGNED_IN");
    });
}
