//! Files: who may refer to one, and who may have its bytes.

use serde_json::{Value, json};

use crate::harness::{Api, COMPLETE, on_both};

const START: &str = "mutation($documents: [DocumentInput!]) { startInstance(input: { process: \
    \"permit\", documents: $documents }) { instance { id } } }";
const HAND_IN: &str = "mutation($intake: ID!, $content: JSON!) { submitToIntake(input: { intake: \
    $intake, content: $content }) { hash } }";

/// Uploads a file with these words; answers what a document refers to it by.
async fn upload(api: &Api, who: &str, words: &str) -> Value {
    let bytes = futures_util::stream::iter([Ok(format!("%PDF-1.7 {words}").into_bytes())]);
    let file = api.store.upload("proof.pdf", "application/pdf", who, bytes).await.expect("kept");
    json!({ "hash": file.hash, "name": file.name, "type": file.media_type, "size": file.size })
}

/// Where and why an answer refuses a file; nothing where it is taken.
fn refused(answer: &Value) -> Value {
    let Some(error) = answer["errors"].get(0) else { return Value::Null };
    assert_eq!(error["extensions"]["code"], "INVALID_DOCUMENT", "{answer}");
    let field = &error["extensions"]["fields"][0];
    json!([field["code"], field["path"]])
}

#[test]
fn who_knows_the_hash_of_a_file_of_another_may_not_refer_to_it() {
    on_both(|api| async move {
        let theirs = upload(&api, "wu", "theirs").await;
        let unknown = json!({ "hash": "a".repeat(64), "name": "proof.pdf", "type":
            "application/pdf", "size": 14 });
        let begin = |proof: &Value| {
            let content = json!({ "name": "Bridge", "proof": proof });
            json!({ "documents": [{ "document": "application", "content": content }] })
        };
        let not_yours = json!(["FILE_NOT_YOURS", ["application", "proof"]]);
        for file in [&theirs, &unknown] {
            let answer = api.raw(Some("zhao"), START, begin(file)).await;
            assert_eq!(refused(&answer), not_yours, "a case cannot begin with it");
        }
        let begun = api.ask("zhao", START, json!({})).await;
        let case = begun["startInstance"]["instance"]["id"].as_str().expect("an id").to_owned();
        let task = api.open_task("zhao", &case).await;
        let complete = |file: &Value| {
            let content = json!({ "name": "Bridge", "proof": file });
            let documents = json!([{ "document": "application", "content": content }]);
            json!({ "input": { "task": task, "documents": documents } })
        };
        for file in [&theirs, &unknown] {
            let answer = api.raw(Some("zhao"), COMPLETE, complete(file)).await;
            assert_eq!(refused(&answer), not_yours, "nor can a task be decided with it");
            let same = answer["errors"][0]["extensions"]["fields"][0]["message"].clone();
            assert!(same.as_str().expect("words").contains("upload it first"), "{same}");
        }
        // Who has the same bytes may refer to them.
        let own = upload(&api, "zhao", "theirs").await;
        assert_eq!(own["hash"], theirs["hash"]);
        let answer = api.raw(Some("zhao"), COMPLETE, complete(&own)).await;
        assert_eq!(refused(&answer), Value::Null);
    });
}

#[test]
fn a_file_that_the_case_has_is_for_those_who_see_it_there() {
    on_both(|api| async move {
        let (seen, hidden) = (upload(&api, "wu", "seen").await, upload(&api, "wu", "hidden").await);
        let content = json!({ "name": "Road", "proof": seen, "working": hidden });
        let case = api.applied_with(content).await;
        let task = api.open_task("li", &case).await;
        let review = json!([{ "document": "review", "content": { "text": "fine" } }]);
        let accept = json!({ "task": task, "outcome": "accept", "documents": review });
        api.ask("li", COMPLETE, json!({ "input": accept })).await;
        let open = api.raw(None, "{ openIntakes { id } }", json!({})).await;
        let intake = open["data"]["openIntakes"][0]["id"].clone();
        let refusal = json!(["FILE_NOT_YOURS", ["comments", "annexes", "1"]]);
        for (who, file, taken) in [
            (Some("li"), &hidden, false),
            (Some("zhao"), &seen, false),
            (Some("nobody"), &seen, false),
            (None, &seen, false),
            (Some("li"), &seen, true),
            (Some("wu"), &hidden, true),
        ] {
            let own = match who {
                Some(who) => upload(&api, who, who).await,
                None => json!({}),
            };
            let content = json!({ "text": "see there", "annexes": [own, file] });
            let given = json!({ "intake": intake, "content": content });
            let expected = if taken { Value::Null } else { refusal.clone() };
            assert_eq!(refused(&api.raw(who, HAND_IN, given).await), expected, "{who:?}");
        }
    });
}

#[test]
fn a_machine_refers_to_its_own_files_only() {
    on_both(|api| async move {
        let theirs = upload(&api, "wu", "theirs").await;
        let own = upload(&api, "robot", "own").await;
        let message = "mutation($payload: JSON!) { sendMessage(input: { message: \"m\", correlation: \
                       \"c\", payload: $payload, idempotencyKey: \"k\" }) { message } }";
        let signal = "mutation($payload: JSON!) { sendSignal(input: { signal: \"s\", \
                      payload: $payload, idempotencyKey: \"k\" }) { signal } }";
        let payload = |file: &Value| json!({ "payload": { "letters": [file] } });
        for send in [message, signal] {
            let answer = api.raw(Some("robot"), send, payload(&theirs)).await;
            let said = &answer["errors"][0]["extensions"];
            assert_eq!(said["code"], "BAD_ARGUMENT", "{answer}");
            assert_eq!(said["field"], "input.payload.letters.0", "{answer}");
            assert_eq!(api.code(Some("robot"), send, payload(&own)).await, "OK");
            assert_eq!(api.code(Some("li"), send, payload(&own)).await, "DENIED");
        }
    });
}
