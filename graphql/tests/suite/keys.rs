//! Idempotency keys: the same command again is answered again, another one is refused, and anonymous
//! senders do not take each other's.

use serde_json::{Value, json};

use crate::harness::{BEGIN, CLAIM, COMPLETE, on_both};

#[test]
fn a_key_of_another_command_is_refused_and_named() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let comment = "mutation($case: ID!) { addComment(input: { instance: $case, text: \"x\", \
                       idempotencyKey: \"page1\" }) { repeated } }";
        api.ask("wu", comment, json!({ "case": case })).await;
        let start = "mutation { startInstance(input: { process: \"permit\", idempotencyKey: \
                     \"page1\" }) { repeated instance { id } } }";
        let refused = api.raw(Some("wu"), start, json!({})).await;
        let said = &refused["errors"][0]["extensions"];
        assert_eq!(
            (&said["code"], &said["field"], &said["retryable"]),
            (&json!("KEY_REUSED"), &json!("input.idempotencyKey"), &json!(false)),
            "{refused}"
        );
        let again = api.ask("wu", comment, json!({ "case": case })).await;
        assert_eq!(again["addComment"]["repeated"], true);
        // Of somebody else it is another key.
        assert_eq!(api.code(Some("zhao"), start, json!({})).await, "OK");

        let task = api.open_task("li", &case).await;
        let review = json!([{ "document": "review", "content": { "text": "fine" } }]);
        let decide = |text: &str| {
            let mut input = json!({ "task": task, "outcome": "accept", "documents": review,
                "idempotencyKey": "k" });
            input["documents"][0]["content"]["text"] = json!(text);
            json!({ "input": input })
        };
        api.ask("li", CLAIM, json!({ "task": task })).await;
        api.ask("li", COMPLETE, decide("fine")).await;
        assert_eq!(api.ask("li", COMPLETE, decide("fine")).await["completeTask"]["repeated"], true);
        assert_eq!(api.code(Some("li"), COMPLETE, decide("bad")).await, "KEY_REUSED");
    });
}

#[test]
fn two_anonymous_comments_with_the_same_key_are_both_kept() {
    on_both(|api| async move {
        let intake = api.open_intake("Road").await["id"].clone();
        let hand_in = "mutation($intake: ID!, $content: JSON!) { submitToIntake(input: { intake: \
            $intake, content: $content, idempotencyKey: \"same\" }) { hash receivedAt repeated \
            intake { submissions } } }";
        let given = |text: &str| json!({ "intake": intake, "content": { "text": text } });
        let told = |answer: Value| answer["data"]["submitToIntake"].clone();
        let one = told(api.raw(None, hand_in, given("I like it")).await);
        api.store.clock().set(BEGIN.plus_ms(60_000));
        let two = told(api.raw(None, hand_in, given("I do not")).await);
        assert_eq!((&two["repeated"], &two["intake"]["submissions"]), (&json!(false), &json!(2)));
        assert_ne!(one["hash"], two["hash"]);
        let again = told(api.raw(None, hand_in, given("I like it")).await);
        assert_eq!(
            (&again["repeated"], &again["hash"], &again["receivedAt"]),
            (&json!(true), &one["hash"], &one["receivedAt"]),
            "the first receipt: {again}"
        );
        assert_eq!(again["intake"]["submissions"], 2);
    });
}

#[test]
fn a_message_tells_until_when_it_is_kept_and_a_signals_key_is_its_own() {
    on_both(|api| async move {
        let send = "mutation($key: String!, $sum: JSON) { sendMessage(input: { message: \"m\", \
                    correlation: \"c\", payload: $sum, idempotencyKey: $key }) { keptUntil } }";
        let kept = api.ask("robot", send, json!({ "key": "k", "sum": 1 })).await;
        let until: chrono::DateTime<chrono::Utc> = {
            let text = kept["sendMessage"]["keptUntil"].as_str().expect("an instant");
            text.parse().expect("an instant")
        };
        assert_eq!(until.timestamp_millis(), BEGIN.plus_ms(30 * 86_400_000).0);
        api.store.clock().set(BEGIN.plus_ms(86_400_000));
        let again = api.ask("robot", send, json!({ "key": "k", "sum": 1 })).await;
        assert_eq!(again, kept, "the same message");
        assert_eq!(
            api.code(Some("robot"), send, json!({ "key": "k", "sum": 2 })).await,
            "KEY_REUSED"
        );

        let ring = "mutation($signal: String!) { sendSignal(input: { signal: $signal, \
                    idempotencyKey: \"k\" }) { signal } }";
        for (signal, code) in [("bell", "OK"), ("bell", "OK"), ("horn", "KEY_REUSED")] {
            let answer = api.code(Some("robot"), ring, json!({ "signal": signal })).await;
            assert_eq!(answer, code, "{signal}");
        }
    });
}
