//! `name` and `label`: what they give, in which language, and what is refused.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Environment, Expression, Field, Options, Scope, Type};
use crate::text::Text;

fn both(zh: &str, en: &str) -> Text {
    serde_json::from_value(json!({ "zh": zh, "en": en })).expect("a text")
}

fn environment() -> Environment {
    let field =
        [("health".to_owned(), both("医疗健康", "Health")), ("tea".to_owned(), "茶".into())];
    let field = Type::Choice(Arc::new(Options::labelled(field)));
    let plan = Type::object(
        "plan",
        [
            ("field".to_owned(), Field::optional(field.clone())),
            ("fields".to_owned(), Field::optional(field.list())),
            ("company".to_owned(), Field::optional(Type::Id)),
            ("code".to_owned(), Field::optional(Type::choice(["a", "b"]))),
            ("size".to_owned(), Field::optional(Type::Int)),
        ],
    );
    Environment::new().with("plan", plan).with("panel", Type::Id.list()).with_directory()
}

struct Case;

impl Scope for Case {
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        Some(Cow::Owned(match name {
            "plan" => {
                json!({ "field": "health", "fields": ["tea", "health"], "company": "zhiShu" })
            }
            _ => json!(["zhiShu", "nobody"]),
        }))
    }

    fn name_of(&self, id: &str) -> Option<Text> {
        (id == "zhiShu").then(|| both("智数公司", "Zhi Shu"))
    }
}

#[test]
fn ids_and_words_are_told_as_people_call_them() {
    for (source, expected) in [
        ("label(plan.field)", json!("医疗健康")),
        ("plan.field.label('en')", json!("Health")),
        ("label(plan.fields, 'en')", json!(["茶", "Health"])),
        ("name(plan.company)", json!("智数公司")),
        ("'拟授权单位公示：' + name(plan.company)", json!("拟授权单位公示：智数公司")),
        ("'role:operator@' + plan.company", json!("role:operator@zhiShu")),
        ("name(plan.company, 'en')", json!("Zhi Shu")),
        ("join(name(panel), '、')", json!("智数公司、nobody")),
        ("panel.map(one, one.name('en'))", json!(["Zhi Shu", "nobody"])),
        ("name(null)", Value::Null),
    ] {
        let compiled = Expression::compile(source, &environment(), None);
        let compiled = compiled.unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
        assert_eq!(compiled.evaluate(&Case), Ok(expected), "{source}");
    }
}

#[test]
fn what_has_no_name_or_label_is_refused() {
    for (source, code) in [
        ("name(plan.size)", "wrongType"),
        ("name(plan.field)", "wrongType"),
        ("name(plan)", "wrongType"),
        ("label(plan.company)", "wrongType"),
        ("label(plan.code)", "wrongType"),
        ("label('health')", "wrongType"),
        ("label(plan.field, 'fr')", "badLiteral"),
        ("name()", "wrongArguments"),
        ("name(plan.company, 'en', 1)", "wrongArguments"),
    ] {
        let problems = Expression::compile(source, &environment(), None).expect_err(source);
        let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [code], "{source}: {problems:?}");
    }
    let alone = Environment::new().with("company", Type::Id);
    let problems = Expression::compile("name(company)", &alone, None).expect_err("nobody is known");
    assert_eq!(problems[0].code, "noDirectory");
}
