//! Templates: what they may name, how they fail, and that they cannot do harm.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::notice::NoticeSource;
use engine::text::Language;

use super::*;

pub(crate) fn context() -> Context {
    let plan = serde_json::json!({ "name": "医疗数据授权运营方案", "months": 60 });
    Context {
        site: Site { name: "数据局".to_owned(), url: "https://example.org".to_owned() },
        case: Case {
            number: "授运〔2026〕0001号".to_owned(),
            title: "医疗数据".to_owned(),
            process: "公共数据资源授权运营".to_owned(),
            starter: None,
            outcome: None,
            outcome_label: None,
            url: "https://example.org/cases/1".to_owned(),
        },
        task: Some(Task {
            name: "初审".to_owned(),
            item: None,
            basis: None,
            due: Some("2026-03-16".to_owned()),
            working: None,
            assignee: None,
            absent: None,
            absent_reason: None,
            outcome: None,
            comment: None,
            url: "https://example.org/tasks/1-4".to_owned(),
        }),
        submission: None,
        extension: None,
        stopped: None,
        recipient: Reader { name: "李明".to_owned() },
        documents: BTreeMap::from([("plan".to_owned(), plan)]),
        variables: BTreeMap::from([("number".to_owned(), "备0001".into())]),
    }
}

fn source(subject: &str, body: &str) -> NoticeSource {
    NoticeSource {
        notice: "test".into(),
        documentation: None,
        subject: subject.into(),
        body: body.into(),
    }
}

fn render(subject: &str, body: &str) -> Result<Rendered, RenderError> {
    let templates = Templates::compile([&source(subject, body)]).expect("good templates");
    templates.render(&"test".into(), Language::Zh, &context(), &Arc::default())
}

/// As a person writes it: no point where it is whole, however it came to be.
#[test]
fn numbers_are_written_as_people_write_them() {
    let mut context = context();
    let numbers = [("whole", 1500.0), ("half", 1500.5), ("much", 2.5e16)];
    context.variables.extend(numbers.map(|(name, number)| (name.to_owned(), number.into())));
    let body =
        "{{ variables.whole }} {{ variables.half }} {{ variables.much }} {{ 3 * 0.5 * 2 }} {{ 7 }}";
    let templates = Templates::compile([&source("s", body)]).expect("good templates");
    let filled = templates.render(&"test".into(), Language::Zh, &context, &Arc::default());
    assert_eq!(filled.expect("it can be filled").body, "1500 1500.5 25000000000000000 3 7");
}

#[test]
fn a_template_is_filled_in_the_readers_language() {
    let yaml = r#"
notice: taskCreated
subject: { zh: "待办:{{ task.name }}({{ case.title }})", en: "To do: {{ task.name }}" }
body:
  zh: |
    {{ recipient.name }},您好:
    请办理「{{ documents.plan.name }}」的{{ task.name }}{% if task.due %},期限 {{ task.due }}{% endif %}。
    {% if task.basis %}依据:{{ task.basis }}{% endif %}
  en: "{{ recipient.name }}, please see {{ task.url }}"
"#;
    let source: NoticeSource = serde_yaml::from_str(yaml).unwrap();
    let templates = Templates::compile([&source]).unwrap();
    let zh =
        templates.render(&"taskCreated".into(), Language::Zh, &context(), &Arc::default()).unwrap();
    assert_eq!(zh.subject, "待办:初审(医疗数据)");
    assert_eq!(zh.body, "李明,您好:\n请办理「医疗数据授权运营方案」的初审,期限 2026-03-16。");
    let en =
        templates.render(&"taskCreated".into(), Language::En, &context(), &Arc::default()).unwrap();
    assert_eq!(en.body, "李明, please see https://example.org/tasks/1-4");
}

#[test]
fn bad_templates_are_refused_when_the_pack_is_read() {
    for (subject, body, code, hint) in [
        ("{{ task.nme }}", "x", "unknownName", Some("did you mean `task.name`?")),
        ("x", "{{ user }}", "unknownName", None),
        ("x", "{% if task %}", "badTemplate", None),
        ("{{ }}", "x", "badTemplate", None),
    ] {
        let problems = Templates::compile([&source(subject, body)]).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!((problems[0].code, problems[0].hint.as_deref()), (code, hint), "{problems:?}");
    }
    let twice = source("x", "x");
    let problems = Templates::compile([&twice, &twice]).unwrap_err();
    assert_eq!(problems[0].code, "duplicateNotice");
}

#[test]
fn what_is_missing_is_an_error_and_the_fallback_still_tells() {
    let error = render("x", "\n{{ task.comment }}").unwrap_err().to_string();
    assert!(error.starts_with("the body of notice `test` cannot be filled: undefined"), "{error}");
    assert!(error.contains("line 2"), "{error}");
    let fallback = fallback(Language::Zh, &context());
    assert_eq!(fallback.subject, "[数据局] 医疗数据:初审");
    assert!(fallback.body.contains("https://example.org/tasks/1-4"));
}

#[test]
fn endless_templates_run_out_of_fuel() {
    let body = "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}";
    let error = render("x", body).unwrap_err().to_string();
    assert!(error.contains("fuel"), "{error}");
}

#[test]
fn a_subject_is_one_line_and_text_is_not_escaped() {
    let rendered = render("a\r\nBcc: evil@example.org", "<b> & {{ documents.plan.name }}").unwrap();
    assert_eq!(rendered.subject, "a Bcc: evil@example.org");
    assert_eq!(rendered.body, "<b> & 医疗数据授权运营方案");
}

/// A case with a chosen field, its company and rows, and the words of its form.
fn chosen() -> (Context, Words) {
    let form = "form: paper\nname: Paper\nfields:\n  field: { type: choice, options: { health: { zh: 医疗健康, en: Health }, tea: 茶 } }\n  both: { type: choices, options: { health: { zh: 医疗健康, en: Health }, tea: 茶 } }\n  company: { type: unit }\n  rows: { type: table, columns: { of: { type: choice, options: { a: { zh: 甲, en: A } } } } }\n";
    let form = serde_yaml::from_str(form).unwrap();
    let form = engine::form::Form::compile(&form, &mut Vec::new());
    let values = serde_json::json!({
        "field": "health", "both": ["tea", "health"], "company": "zhiShu",
        "rows": [{ "of": "a" }, { "of": "b" }],
    });
    let documents = BTreeMap::from([
        ("chosen".to_owned(), values.clone()),
        ("all".to_owned(), serde_json::json!([values])),
    ]);
    let form = Arc::new(form);
    let forms = ["chosen", "all"].map(|name| (name.to_owned(), Arc::clone(&form)));
    (Context { documents, ..context() }, Words::new(forms.into()))
}

#[test]
fn words_of_choices_and_ids_are_told_as_people_call_them() {
    let body = "{{ documents.chosen.field | label }} {{ documents.chosen.both | label }}\n\
                {% for one in documents.all %}{{ one.field | label }}{% endfor %}\n\
                {% for row in documents.chosen.rows %}{{ row.of | label }} {% endfor %}\n\
                {% if documents.chosen.field == 'health' %}{{ documents.chosen.company | name }}{% endif %}";
    let templates = Templates::compile([&source("x", body)]).expect("good templates");
    let (context, words) = chosen();
    let render = |language, words: &Arc<Words>| {
        templates.render(&"test".into(), language, &context, words).expect("it is filled").body
    };
    let words = Arc::new(words);
    assert_eq!(render(Language::Zh, &words), "医疗健康 茶、医疗健康\n医疗健康\n甲 b \nzhiShu");
    assert_eq!(words.asked(), ["zhiShu"]);
    let name = serde_json::from_value(serde_json::json!({ "zh": "智数公司", "en": "Zhi Shu" }));
    let names = BTreeMap::from([("zhiShu".to_owned(), name.unwrap())]);
    let words = Arc::new(words.with_names(names));
    assert_eq!(render(Language::Zh, &words), "医疗健康 茶、医疗健康\n医疗健康\n甲 b \n智数公司");
    assert_eq!(render(Language::En, &words), "Health 茶, Health\nHealth\nA b \nZhi Shu");
    assert!(words.asked().is_empty());
}
