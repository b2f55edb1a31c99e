//! Forms as a pack writes them: documents that fit, documents that do not, rights and drafts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{FieldError, Form, FormSource, Rights};
use crate::definition::source::FieldRight;
use crate::text::Language;
use crate::time::Timestamp;

/// 2026-03-29T16:00:00Z.
const NOW: Timestamp = Timestamp(1_774_800_000_000);

const PLAN: &str = "
form: implementationPlan
name: { zh: 实施方案, en: Implementation plan }
sections:
  - title: 基本情况
    fields:
      name: { type: text, label: 名称, required: true, min: 2, max: 10 }
      code: { type: text, pattern: '[A-Z]{2}[0-9]+' }
      mode: { type: choice, options: { whole: 整体, sector: 分领域 }, required: true }
      scope: { type: text, required: true, when: \"mode != 'whole'\" }
      termMonths: { type: integer, min: 1, max: 120 }
      exceptionDoc: { type: text, required: termMonths > 60, when: termMonths > 60 }
      fee: { type: decimal, places: 2, min: 0, max: =termMonths * 10 }
      startsOn: { type: date, min: =date(now) }
      holder: { type: uscc }
      mail: { type: email }
      kind: { type: text, default: plan }
      law: { type: text, mustBe: 条例 }
      tags: { type: choices, options: { a: 甲, b: 乙, c: 丙 }, max: 2 }
      paper: { type: file, accept: [pdf], maxSize: 1 MB }
      agreed: { type: declaration, when: mode == 'sector' }
  - title: 数据
    fields:
      contact:
        type: group
        fields:
          person: { type: text, required: true }
          phone: { type: phone }
      datasets:
        type: table
        max: 3
        columns:
          name: { type: text, required: true }
          rows: { type: integer }
          price: { type: decimal }
          cost: { type: computed, value: =rows * price, places: 2 }
          personalInfo: { type: boolean }
          pia: { type: text, when: row.personalInfo, required: true }
      total: { type: computed, value: '=sum(datasets.map(d, d.cost))', places: 2 }
rules:
  - { check: size(datasets) <= 2 || has(code), message: { zh: 需编码, en: Needs a code }, field: code }
";

fn form(yaml: &str) -> Form {
    let source: FormSource = serde_yaml::from_str(yaml).unwrap();
    let mut problems = Vec::new();
    let form = Form::compile(&source, &mut problems);
    assert_eq!(problems, [], "{yaml}");
    form
}

fn edit() -> Rights {
    Rights::all(FieldRight::Edit)
}

fn good() -> Value {
    json!({ "name": "方案", "mode": "whole" })
}

fn with(changes: &Value) -> Value {
    let mut value = good();
    for (name, change) in changes.as_object().unwrap() {
        value[name] = change.clone();
    }
    value
}

fn codes(errors: Vec<FieldError>) -> Vec<String> {
    errors
        .into_iter()
        .map(|error| {
            for language in [Language::Zh, Language::En] {
                assert!(!error.message.get(language).is_empty(), "{error:?}");
            }
            format!("{} {}", error.path.join("."), error.code)
        })
        .collect()
}

#[test]
fn documents_that_fit_come_back_in_normal_form() {
    let form = form(PLAN);
    for (given, expected) in [
        (json!({}), json!({})),
        (json!({ "code": "", "termMonths": null, "tags": [] }), json!({})),
        (json!({ "termMonths": 12.0, "fee": 12.50 }), json!({ "termMonths": 12, "fee": 12.5 })),
        // Hidden by its condition, so dropped, and its being required with it.
        (json!({ "scope": "x", "exceptionDoc": "y" }), json!({})),
        (
            json!({ "mode": "sector", "scope": "交通", "agreed": true }),
            json!({ "mode": "sector", "scope": "交通", "agreed": true }),
        ),
        (json!({ "startsOn": "2026-03-30" }), json!({ "startsOn": "2026-03-30" })),
        // A text is one line.
        (json!({ "law": "条例\n", "code": "\r\n" }), json!({ "law": "条例" })),
        (json!({ "name": "方案 \r\n 一\u{2028}二" }), json!({ "name": "方案 一 二" })),
        // What is computed is computed, whatever the client says.
        (
            json!({ "total": 7, "datasets": [
                { "name": "a", "rows": 3, "price": 0.1, "cost": 99 },
                { "name": "b", "rows": 1, "price": 0.2, "pia": "x" },
            ] }),
            json!({ "total": 0.5, "datasets": [
                { "name": "a", "rows": 3, "price": 0.1, "cost": 0.3 },
                { "name": "b", "rows": 1, "price": 0.2, "cost": 0.2 },
            ] }),
        ),
    ] {
        let mut expected = with(&expected);
        expected["kind"] = json!("plan");
        let total = expected.get("total").cloned().unwrap_or_else(|| json!(0));
        expected["total"] = total;
        let found = form.validate(&with(&given), &edit(), None, NOW);
        assert_eq!(found, Ok(expected), "{given}");
    }
}

#[test]
fn every_misfit_has_its_code_and_path() {
    let form = form(PLAN);
    let paper = |change: Value| {
        let mut file = json!({ "hash": "a".repeat(64), "name": "a.pdf", "type": "x/y", "size": 9 });
        for (name, change) in change.as_object().unwrap() {
            file[name] = change.clone();
        }
        json!({ "paper": file })
    };
    for (given, expected) in [
        (
            json!({ "name": null, "mode": null }),
            vec!["name REQUIRED", "mode REQUIRED", "scope REQUIRED"],
        ),
        (json!({ "name": "方" }), vec!["name TOO_SHORT"]),
        (json!({ "name": "方案方案方案方案方案方" }), vec!["name TOO_LONG"]),
        (json!({ "name": 3 }), vec!["name NOT_A_TEXT"]),
        (json!({ "code": "A1" }), vec!["code WRONG_PATTERN"]),
        (json!({ "code": "AB1x" }), vec!["code WRONG_PATTERN"]),
        (json!({ "mode": "holy", "scope": "x" }), vec!["mode NOT_AN_OPTION"]),
        (json!({ "mode": "sector" }), vec!["scope REQUIRED", "agreed NOT_ACCEPTED"]),
        (json!({ "termMonths": 1.5 }), vec!["termMonths NOT_AN_INTEGER"]),
        (json!({ "termMonths": 0 }), vec!["termMonths TOO_SMALL"]),
        (json!({ "termMonths": 61 }), vec!["exceptionDoc REQUIRED"]),
        (json!({ "fee": "1" }), vec!["fee NOT_A_NUMBER"]),
        (json!({ "fee": 1.005 }), vec!["fee TOO_PRECISE"]),
        (json!({ "fee": 121, "termMonths": 12 }), vec!["fee TOO_LARGE"]),
        (json!({ "startsOn": "30.3.2026" }), vec!["startsOn NOT_A_DATE"]),
        (json!({ "startsOn": "2026-02-30" }), vec!["startsOn NOT_A_DATE"]),
        (json!({ "startsOn": "2026-03-29" }), vec!["startsOn TOO_SMALL"]),
        (json!({ "holder": "91350100M000100Y4Z" }), vec!["holder BAD_USCC"]),
        (json!({ "mail": "a@b" }), vec!["mail NOT_AN_EMAIL"]),
        (json!({ "law": "办法" }), vec!["law MUST_BE"]),
        (json!({ "tags": ["a", "b", "c"] }), vec!["tags TOO_MANY"]),
        (json!({ "tags": ["a", "a"] }), vec!["tags NOT_AN_OPTION"]),
        (paper(json!({ "name": "a.exe" })), vec!["paper WRONG_FILE_TYPE"]),
        (paper(json!({ "size": 2_000_000 })), vec!["paper FILE_TOO_LARGE"]),
        (paper(json!({ "hash": "x" })), vec!["paper NOT_A_FILE"]),
        (paper(json!({ "more": 1 })), vec!["paper NOT_A_FILE"]),
        (json!({ "nmae": "x" }), vec!["nmae UNKNOWN_FIELD"]),
        (
            json!({ "contact": { "phone": "1" } }),
            vec!["contact.person REQUIRED", "contact.phone NOT_A_PHONE"],
        ),
        (json!({ "datasets": { "name": "x" } }), vec!["datasets NOT_A_TABLE"]),
        (json!({ "datasets": [1] }), vec!["datasets.0 NOT_A_ROW"]),
        (
            json!({ "datasets": [{ "name": "a" }, { "rows": "x", "personalInfo": true }] }),
            vec![
                "datasets.1.rows NOT_AN_INTEGER",
                "datasets.1.name REQUIRED",
                "datasets.1.pia REQUIRED",
            ],
        ),
        (
            json!({ "datasets": [{ "name": "a" }, { "name": "b" }, { "name": "c" }] }),
            vec!["code RULE_BROKEN"],
        ),
    ] {
        let errors = form.validate(&with(&given), &edit(), None, NOW);
        assert_eq!(codes(errors.unwrap_err()), expected, "{given}");
    }
    assert_eq!(
        codes(form.validate(&json!([]), &edit(), None, NOW).unwrap_err()),
        [" NOT_A_DOCUMENT"]
    );
    let huge = json!({ "name": "x".repeat(super::DOCUMENT_BYTES_MAX) });
    assert_eq!(
        codes(form.validate(&huge, &edit(), None, NOW).unwrap_err()),
        [" DOCUMENT_TOO_LARGE"]
    );
}

#[test]
fn a_draft_may_be_unfinished_but_not_malformed() {
    let form = form(PLAN);
    for (given, expected) in [
        (json!({}), vec![]),
        (json!({ "mail": "a@", "holder": "9", "termMonths": 999, "datasets": [{}] }), vec![]),
        (json!({ "termMonths": "x" }), vec!["termMonths NOT_AN_INTEGER"]),
        (json!({ "nmae": "x" }), vec!["nmae UNKNOWN_FIELD"]),
        (json!({ "name": "方".repeat(11) }), vec!["name TOO_LONG"]),
    ] {
        let errors = form.validate_draft(&given, &edit(), None).err().unwrap_or_default();
        assert_eq!(codes(errors), expected, "{given}");
    }
}

#[test]
fn only_what_a_step_may_edit_changes() {
    let form = form(PLAN);
    let rights = Rights::new(
        FieldRight::Read,
        BTreeMap::from([
            ("code".to_owned(), FieldRight::Edit),
            ("holder".to_owned(), FieldRight::Hidden),
            ("datasets.price".to_owned(), FieldRight::Edit),
        ]),
    );
    let previous = json!({
        "name": "方案", "holder": "91350100M000100Y43",
        "datasets": [{ "name": "a", "rows": 2, "price": 1 }]
    });
    let seen = form.redact(&previous, &rights);
    assert_eq!(seen["holder"], Value::Null);
    assert_eq!(seen["name"], json!("方案"));
    let mut answer = seen.clone();
    answer["code"] = json!("AB1");
    answer["datasets"][0]["price"] = json!(3);
    let kept = form.validate(&answer, &rights, Some(&previous), NOW).unwrap();
    assert_eq!(kept["holder"], previous["holder"]);
    assert_eq!(kept["datasets"][0], json!({ "name": "a", "rows": 2, "price": 3, "cost": 6 }));
    assert_eq!(kept["code"], json!("AB1"));
    for (change, expected) in [
        (json!({ "name": "另案" }), "name NOT_EDITABLE"),
        (json!({ "holder": "911" }), "holder NOT_EDITABLE"),
        (json!({ "datasets": [{ "name": "b", "rows": 2 }] }), "datasets.0.name NOT_EDITABLE"),
        (json!({ "datasets": [] }), "datasets NOT_EDITABLE"),
    ] {
        let mut answer = seen.clone();
        for (name, change) in change.as_object().unwrap() {
            answer[name] = change.clone();
        }
        let errors = form.validate(&answer, &rights, Some(&previous), NOW).unwrap_err();
        assert_eq!(codes(errors), [expected], "{change}");
    }
}

#[test]
fn rows_with_what_a_step_may_not_edit_stay_in_their_place() {
    let yaml = "form: f\nname: F\nfields: { rows: { type: table, columns: { k: { type: text }, \
                ok: { type: boolean }, twice: { type: computed, value: '=k + k' } } } }";
    let form = form(yaml);
    let row = |k: &str, ok: Option<bool>| match ok {
        Some(ok) => json!({ "k": k, "ok": ok }),
        None => json!({ "k": k }),
    };
    let marks = |rows: &[bool]| json!({ "rows": rows.iter().map(|ok| json!({ "ok": ok })).collect::<Vec<_>>() });
    for right in [FieldRight::Read, FieldRight::Hidden] {
        let rights = Rights::new(FieldRight::Edit, BTreeMap::from([("rows.k".to_owned(), right)]));
        let previous = json!({ "rows": [row("a", Some(true)), row("b", None)] });
        for gone in [marks(&[]), marks(&[false])] {
            let errors = form.validate(&gone, &rights, Some(&previous), NOW).unwrap_err();
            assert_eq!(codes(errors), ["rows NOT_EDITABLE"], "{gone}");
        }
        // Rows of one's own come behind them, and go again.
        let more = form.validate(&marks(&[false, true, true]), &rights, Some(&previous), NOW);
        let more = more.unwrap();
        let names: Vec<&Value> =
            more["rows"].as_array().unwrap().iter().map(|row| &row["k"]).collect();
        assert_eq!(names, [&json!("a"), &json!("b"), &Value::Null]);
        assert_eq!(more["rows"][1]["ok"], json!(true));
        let fewer = form.validate(&marks(&[true, false]), &rights, Some(&more), NOW);
        assert_eq!(fewer.unwrap()["rows"].as_array().map(Vec::len), Some(2));
    }
    // Whoever writes the rows takes them away, though another has nothing in them yet.
    let rights =
        Rights::new(FieldRight::Edit, BTreeMap::from([("rows.ok".to_owned(), FieldRight::Hidden)]));
    let previous = json!({ "rows": [row("a", Some(true)), row("b", None), row("c", None)] });
    let given = |names: &[&str]| json!({ "rows": names.iter().map(|k| json!({ "k": k })).collect::<Vec<_>>() });
    let kept = form.validate(&given(&["a", "c"]), &rights, Some(&previous), NOW).unwrap();
    assert_eq!(kept["rows"][1], json!({ "k": "c", "twice": "cc" }));
    let errors = form.validate(&given(&[]), &rights, Some(&previous), NOW).unwrap_err();
    assert_eq!(codes(errors), ["rows NOT_EDITABLE"]);
}

#[test]
fn a_screen_is_told_what_to_show() {
    let form = form(PLAN);
    let rights =
        Rights::new(FieldRight::Edit, BTreeMap::from([("holder".to_owned(), FieldRight::Hidden)]));
    let value = json!({ "mode": "whole", "datasets": [{ "personalInfo": true }] });
    let states = form.states(&value, &rights, NOW);
    let find = |path: &str| states.iter().find(|state| state.path.join(".") == path);
    for (path, visible, required) in [
        ("name", true, true),
        ("scope", false, false),
        ("exceptionDoc", false, false),
        ("datasets.0.pia", true, true),
        ("contact.person", true, true),
    ] {
        let state = find(path).unwrap();
        assert_eq!((state.visible, state.required), (visible, required), "{path}");
    }
    assert_eq!(find("holder"), None);
    assert_eq!(find("total").unwrap().right, FieldRight::Read);
}

#[test]
fn a_wrong_form_says_where() {
    for (fields, expected) in [
        ("a: { type: text, places: 2 }", "fields.a.places uselessOption"),
        ("a: { type: choice }", "fields.a missingOption"),
        ("a: { type: table }", "fields.a missingOption"),
        ("a: { type: text, when: 'b == 1' }", "fields.a.when unknownName"),
        ("a: { type: integer, required: a + 1 }", "fields.a.required wrongResult"),
        ("a: { type: text, pattern: '(' }", "fields.a.pattern badPattern"),
        ("a: { type: integer, min: 5, max: 1 }", "fields.a.min emptyRange"),
        ("a: { type: date, min: soon }", "fields.a.min wrongType"),
        ("a: { type: integer, max: =now }", "fields.a.max wrongResult"),
        ("a: { type: text, max: 1000000 }", "fields.a.max tooLarge"),
        ("a: { type: file, maxSize: big }", "fields.a.maxSize wrongType"),
        ("now: { type: text }", "fields.now badName"),
        ("'a b': { type: text }", "fields.a b badName"),
        ("a: { type: computed, value: 1 + 1 }", "fields.a.value notAnExpression"),
        ("a: { type: integer, default: x }", "fields.a.default wrongType"),
        (
            "a: { type: table, columns: { b: { type: text, when: row.c } } }",
            "fields.a.columns.b.when unknownField",
        ),
        (
            "a: { type: choice, options: { x: X } }, b: { type: text, when: \"a == 'y'\" }",
            "fields.b.when unknownOption",
        ),
    ] {
        let yaml = format!("form: f\nname: F\nfields: {{ {fields} }}");
        let source: FormSource = serde_yaml::from_str(&yaml).unwrap();
        let mut problems = Vec::new();
        Form::compile(&source, &mut problems);
        let found: Vec<_> =
            problems.iter().map(|p| format!("{} {}", p.path.join("."), p.code)).collect();
        assert_eq!(found, [expected], "{yaml}");
    }
    let yaml = "form: f\nname: F\nsections: [{ fields: { a: { type: text } } }, { fields: { a: { type: text } } }]\nrules: [{ check: a, message: M, field: b }]";
    let source: FormSource = serde_yaml::from_str(yaml).unwrap();
    let mut problems = Vec::new();
    Form::compile(&source, &mut problems);
    let found: Vec<_> =
        problems.iter().map(|p| format!("{} {}", p.path.join("."), p.code)).collect();
    assert_eq!(
        found,
        [
            "sections.1.fields.a duplicateField",
            "rules.0.field unknownField",
            "rules.0.check wrongResult"
        ]
    );
    serde_yaml::from_str::<FormSource>("form: f\nname: F\nfelds: {}").unwrap_err();
    serde_yaml::from_str::<FormSource>("form: f\nname: F\nfields: { a: { type: text, mx: 1 } }")
        .unwrap_err();
}

mod random {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{NOW, PLAN, edit, form};

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(|number| json!(number)),
            "[a-z方案 ]{0,6}".prop_map(Value::from),
            prop::sample::select(vec!["whole", "sector", "2026-03-30", "91350100M000100Y43"])
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let names = prop::sample::select(vec!["name", "rows", "price", "personalInfo", "x"]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map(names.prop_map(str::to_owned), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn document() -> impl Strategy<Value = Value> {
        let names = prop::sample::select(vec![
            "name",
            "mode",
            "scope",
            "termMonths",
            "fee",
            "startsOn",
            "holder",
            "tags",
            "paper",
            "agreed",
            "contact",
            "datasets",
            "total",
            "code",
            "zzz",
        ]);
        prop::collection::btree_map(names.prop_map(str::to_owned), value(), 0..8)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn no_document_panics_and_a_normal_one_stays_as_it_is(document in document()) {
            let form = form(PLAN);
            let _ = form.validate_draft(&document, &edit(), None);
            form.states(&document, &edit(), NOW);
            match form.validate(&document, &edit(), None, NOW) {
                Ok(normal) => {
                    prop_assert_eq!(form.validate(&normal, &edit(), None, NOW), Ok(normal));
                }
                Err(errors) => prop_assert!(!errors.is_empty()),
            }
        }
    }
}
