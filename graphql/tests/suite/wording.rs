//! What is told in which language, and times as the pack's people read them.

use async_graphql::{Executor as _, Request, Variables};
use engine::text::Language;
use serde_json::{Value, json};
use store::directory::{Person, Unit};

use crate::harness::{Api, BEGIN, id_of, on_both, people};

/// The sentence of the first error in a language.
async fn told(
    api: &Api,
    language: Language,
    who: Option<&str>,
    query: &str,
    ids: &Value,
) -> String {
    let asked = Request::new(query).variables(Variables::from_json(ids.clone()));
    let asked = asked.data(api.viewing_in(who, language).await);
    let answer = serde_json::to_value(api.schema.execute(asked).await).expect("plain data");
    answer["errors"][0]["message"].as_str().expect("an error").to_owned()
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|one| ('一'..='龥').contains(&one))
}

#[test]
fn each_answer_is_in_the_language_that_is_asked_for() {
    on_both(|api| async move {
        let long = "x".repeat(201);
        let key = format!(
            "mutation {{ startInstance(input: {{ process: \"permit\", idempotencyKey: \"{long}\" }}) \
             {{ revision }} }}"
        );
        let queries = [
            "{ instance(id: \"x\") { id } }",
            "query($case: ID!) { instance(id: $case) { id } }",
            "{ inbox(first: 0) { edges { cursor } } }",
            "{ inbox(after: \"x\") { edges { cursor } } }",
            "{ register(name: \"none\") { name } }",
            "{ node(id: \"x\") { id } }",
            "mutation { startInstance(input: { process: \"none\" }) { revision } }",
            "mutation { claimTask(input: { task: \"x\" }) { revision } }",
            "mutation($case: ID!) { addComment(input: { instance: $case, text: \"x\" }) { revision } }",
            key.as_str(),
        ];
        let ids = json!({ "case": id_of("Instance:77") });
        for query in queries {
            let given = if query.contains("$case") { &ids } else { &json!({}) };
            let zh = told(&api, Language::Zh, Some("wu"), query, given).await;
            assert!(is_chinese(&zh) && !zh.contains("expected"), "{query}: {zh}");
            let en = told(&api, Language::En, Some("wu"), query, given).await;
            assert!(!is_chinese(&en), "{query}: {en}");
        }
    });
}

#[test]
fn a_late_comment_is_told_the_days_that_the_notice_names() {
    on_both(|api| async move {
        let intake = &api.open_intake("Road").await;
        assert_eq!(intake["closesAt"], "2026-01-12T16:00:00+00:00", "the end of a day in Beijing");
        api.store.clock().set(BEGIN.plus_ms(8 * 86_400_000));
        api.store.settle().await.expect("the intake closes");
        let hand_in = "mutation($intake: ID!) { submitToIntake(input: { intake: $intake, content: { \
                       text: \"late\" } }) { hash } }";
        let ids = json!({ "intake": intake["id"] });
        assert_eq!(
            told(&api, Language::Zh, None, hand_in, &ids).await,
            "提交时间为 2026-01-05 09:00 至 2026-01-12,您于 2026-01-13 09:00 提交"
        );
        assert_eq!(
            told(&api, Language::En, None, hand_in, &ids).await,
            "expected it from 2026-01-05 09:00 to 2026-01-12, but it came at 2026-01-13 09:00"
        );
    });
}

#[test]
fn a_task_says_what_people_call_the_role_that_it_is_offered_to() {
    on_both(|api| async move {
        api.applied("Road").await;
        let asked = "{ inbox { nodes { role roleLabel } } }";
        let told = api.ask("li", asked, json!({})).await;
        let node = json!({ "role": "reviewer", "roleLabel": "Reviewer" });
        assert_eq!(told["inbox"]["nodes"], json!([node]));
    });
}

#[test]
fn a_deputy_and_a_person_say_what_people_call_their_processes_and_units() {
    on_both(|api| async move {
        let mut fields = serde_json::Map::new();
        fields.insert("nameEn".to_owned(), json!("Roads"));
        let unit = Unit { id: "roads".into(), name: "路政".into(), parent: None, fields };
        let own = people().into_iter().find(|one| one.id == "li").expect("li is there");
        let li = Person { unit: Some("roads".into()), ..own };
        api.store.load_people(&[unit], &[li]).await.expect("the directory is written");
        let input = json!({ "input": { "deputy": api.person("wu").await, "processes": ["permit"],
            "until": "2026-02-01T00:00:00Z" } });
        let set = "mutation($input: SetDeputyInput!) { setDeputy(input: $input) { deputy { processes \
                   processLabels person { unit unitLabel } } } }";
        let told = api.ask("li", set, input).await["setDeputy"]["deputy"].clone();
        let person = json!({ "unit": "roads", "unitLabel": "Roads" });
        let deputy =
            json!({ "processes": ["permit"], "processLabels": ["Permit"], "person": person });
        assert_eq!(told, deputy);
    });
}
