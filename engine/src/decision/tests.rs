//! Decision tables as a pack writes them: every hit policy, every kind of cell, and what is wrong.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Decided, Decision, DecisionSource};
use crate::diagnostic::Severity;
use crate::expression::{Environment, Field, Type};
use crate::problem::Problem;

fn environment() -> Environment {
    let announcement = Type::object(
        "announcement",
        [
            ("method".to_owned(), Field::optional(Type::choice(["open", "invited", "single"]))),
            ("fee".to_owned(), Field::optional(Type::Double)),
            ("closes".to_owned(), Field::optional(Type::Date)),
            ("urgent".to_owned(), Field::optional(Type::Bool)),
            ("town".to_owned(), Field::optional(Type::Text)),
        ],
    );
    Environment::new().with("announcement", announcement).with("applications", Type::Any.list())
}

fn compile(yaml: &str) -> (Decision, Vec<Problem>) {
    let source: DecisionSource =
        serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    let mut problems = Vec::new();
    let decision = Decision::compile(&source, &environment(), &mut problems);
    (decision, problems)
}

fn decide(
    decision: &Decision,
    announcement: &Value,
    applications: usize,
) -> Result<Decided, String> {
    let scope: Map<String, Value> = Map::from_iter([
        ("announcement".to_owned(), announcement.clone()),
        ("applications".to_owned(), Value::from(vec![1; applications])),
    ]);
    decision.decide(&scope).map_err(|error| error.to_string())
}

const ROUTE: &str = "
decision: selectionRoute
name: 路径
hit: first
inputs: { method: =announcement.method, responses: =size(applications) }
outputs: { route: { type: text, values: [proceed, reannounce] } }
rules:
  - { when: { method: open, responses: '< 3' }, then: { route: reannounce }, note: 第二十八条 }
  - { when: { method: [invited, single], responses: 0 }, then: { route: reannounce } }
  - { then: { route: proceed } }
";

#[test]
fn the_first_rule_that_holds_decides_and_explains() {
    let (decision, problems) = compile(ROUTE);
    assert_eq!(problems, []);
    for (method, responses, route, fired) in [
        ("open", 2, "reannounce", 1),
        ("open", 3, "proceed", 3),
        ("single", 0, "reannounce", 2),
        ("single", 1, "proceed", 3),
    ] {
        let decided = decide(&decision, &json!({ "method": method }), responses).unwrap();
        assert_eq!(decided.output, json!({ "route": route }), "{method} {responses}");
        assert_eq!(decided.fired, [fired]);
        assert_eq!(decided.inputs, json!({ "method": method, "responses": responses }));
        let stored = serde_json::to_value(&decided).unwrap();
        assert_eq!(stored["hit"], json!("first"));
        assert_eq!(serde_json::from_value::<Decided>(stored).unwrap(), decided);
    }
    let names: Vec<_> = decision.references().into_iter().collect();
    assert_eq!(names, ["announcement", "applications"]);
}

/// A table on one number, `n`, whose rules give `o`.
fn table(hit: &str, output: &str, rules: &[(&str, &str)]) -> String {
    let mut yaml = format!(
        "decision: d\nname: D\nhit: {hit}\ninputs: {{ n: =size(applications) }}\n\
         outputs: {{ o: {output} }}\nrules:\n"
    );
    for (when, then) in rules {
        let _ = writeln!(yaml, "  - {{ when: {{ n: {when} }}, then: {{ o: {then} }} }}");
    }
    yaml
}

/// Runs a table of one number, and compares what it gives and which rules gave it.
fn check(hit: &str, output: &str, rules: &[(&str, &str)], expected: &Value, fired: &[usize]) {
    let (decision, problems) = compile(&table(hit, output, rules));
    assert!(problems.iter().all(|p| p.severity == Severity::Warning), "{hit} {problems:#?}");
    let decided = decide(&decision, &json!({}), 3).unwrap();
    assert_eq!((&decided.output, decided.fired.as_slice()), (expected, fired), "{hit} {rules:?}");
}

const TEXT: &str = "{ type: text, values: [high, mid, low] }";

#[test]
fn a_policy_of_one_result_picks_in_its_own_way() {
    let low = json!({ "o": "low" });
    let high = json!({ "o": "high" });
    check("unique", TEXT, &[("'< 3'", "low"), ("'>= 3'", "high")], &high, &[2]);
    check("unique", TEXT, &[("'< 3'", "low"), ("'> 3'", "mid")], &Value::Null, &[]);
    check("any", TEXT, &[("'< 5'", "low"), ("'> 2'", "low")], &low, &[1, 2]);
    check("first", TEXT, &[("'> 1'", "low"), ("'-'", "mid")], &low, &[1]);
    check("priority", TEXT, &[("'-'", "low"), ("'> 2'", "high")], &high, &[2]);
}

#[test]
fn a_policy_of_several_results_lists_or_adds_them() {
    let rules = [("'> 1'", "low"), ("'-'", "high")];
    let (low, high) = (json!({ "o": "low" }), json!({ "o": "high" }));
    check("ruleOrder", TEXT, &rules, &json!([low, high]), &[1, 2]);
    check("outputOrder", TEXT, &rules, &json!([high, low]), &[2, 1]);
    check("collect", TEXT, &rules, &json!([low, high]), &[1, 2]);
    check("collect", TEXT, &[("'> 9'", "low")], &json!([]), &[]);
    check("{ collect: count }", TEXT, &rules, &json!({ "o": 2 }), &[1, 2]);
    let number = "{ type: integer }";
    let rules = [("'> 1'", "2"), ("'-'", "=n * 2")];
    check("{ collect: sum }", number, &rules, &json!({ "o": 8 }), &[1, 2]);
    check("{ collect: min }", number, &rules, &json!({ "o": 2 }), &[1, 2]);
    check("{ collect: max }", number, &rules, &json!({ "o": 6 }), &[1, 2]);
    check("{ collect: max }", number, &[("'> 9'", "2")], &json!({ "o": null }), &[]);
}

#[test]
fn rules_that_may_not_hold_together_are_refused() {
    for (hit, rules, expected) in [
        ("unique", vec![("=value > 1", "low"), ("=value > 2", "low")], "rules 1, 2 do"),
        ("any", vec![("=value > 1", "low"), ("=value > 2", "mid")], "rules 1, 2 do not"),
    ] {
        let (decision, _) = compile(&table(hit, "{ type: text }", &rules));
        let error = decide(&decision, &json!({}), 3).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let yaml = table("first", "{ type: text, values: [a] }", &[("'-'", "='x' + 'y'")]);
    let error = decide(&compile(&yaml).0, &json!({}), 3).unwrap_err();
    assert!(error.contains("not one of its values"), "{error}");
}

#[test]
fn cells_ask_what_they_say() {
    for (input, cell, value, expected) in [
        ("fee", "'3..5'", json!(3), true),
        ("fee", "'3..5'", json!(5.01), false),
        ("fee", "3.0", json!(3), true),
        ("fee", "'>= 2.5'", json!(2.5), true),
        ("fee", "'!= 3'", json!(3.0), false),
        ("fee", "'not(3, 4..5)'", json!(4.5), false),
        ("fee", "'not(3, 4..5)'", json!(6), true),
        ("fee", "['< 1', 7]", json!(7), true),
        ("fee", "'< 3'", Value::Null, false),
        ("fee", "=value == null", Value::Null, true),
        ("fee", "=value > 1 && i == value", json!(2), true),
        ("fee", "'-'", Value::Null, true),
        ("fee", "~", json!(1), true),
        ("closes", "'> 2026-03-01'", json!("2026-03-02"), true),
        ("closes", "2026-03-01..2026-03-31", json!("2026-03-31"), true),
        ("closes", "2026-03-01", json!("2026-03-01"), true),
        ("urgent", "true", json!(true), true),
        ("urgent", "true", json!(false), false),
        ("town", "普洱", json!("普洱"), true),
        ("town", "not(普洱)", json!("昆明"), true),
        ("town", "\"'< 3'\"", json!("< 3"), true),
        ("method", "[open, invited]", json!("invited"), true),
    ] {
        let yaml = format!(
            "decision: d\nname: D\nhit: first\ninputs: {{ i: =announcement.{input} }}\n\
             outputs: {{ o: {{ type: boolean }} }}\n\
             rules: [{{ when: {{ i: {cell} }}, then: {{ o: true }} }}]"
        );
        let (decision, problems) = compile(&yaml);
        let errors: Vec<_> = problems.iter().filter(|p| p.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{cell}: {errors:#?}");
        let decided = decide(&decision, &json!({ input: value }), 0).unwrap();
        assert_eq!(!decided.fired.is_empty(), expected, "{input} {value}: {cell}");
    }
}

fn found(yaml: &str) -> Vec<String> {
    compile(yaml).1.iter().map(|p| format!("{} {}", p.path.join("."), p.code)).collect()
}

#[test]
fn gaps_overlaps_and_dead_rules_are_seen_beforehand() {
    let text = "{ type: text }";
    for (hit, rules, expected) in [
        ("unique", vec![("'< 3'", "a"), ("'>= 3'", "b")], vec![]),
        ("unique", vec![("'< 3'", "a"), ("'> 3'", "b")], vec!["rules decisionGap"]),
        ("unique", vec![("'<= 3'", "a"), ("'>= 3'", "b")], vec!["rules.1 decisionOverlap"]),
        ("any", vec![("'<= 3'", "a"), ("'>= 3'", "a")], vec![]),
        ("any", vec![("'<= 3'", "a"), ("'>= 3'", "b")], vec!["rules.1 decisionOverlap"]),
        (
            "first",
            vec![("'<= 3'", "a"), ("2", "b"), ("'-'", "c")],
            vec!["rules.1 decisionUnreachable"],
        ),
        ("collect", vec![("'<= 3'", "a")], vec![]),
        ("unique", vec![("=value > 3", "a")], vec![]),
    ] {
        assert_eq!(found(&table(hit, text, &rules)), expected, "{hit} {rules:?}");
    }
    let two = "
decision: d
name: D
inputs: { m: =announcement.method, u: =announcement.urgent }
outputs: { o: { type: integer } }
rules:
  - { when: { m: open }, then: { o: 1 } }
  - { when: { m: not(open), u: true }, then: { o: 2 } }
  - { when: { m: invited, u: false }, then: { o: 3 } }
";
    let problems = compile(two).1;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0].message, "no rule covers m = single, u = false");
}

#[test]
fn every_mistake_in_a_table_has_a_code_and_a_place() {
    let base = "decision: d\nname: D\n";
    let inputs = "inputs: { m: =announcement.method }\n";
    let outputs = "outputs: { o: { type: integer } }\n";
    let rule = "rules: [{ then: { o: 1 } }]";
    for (yaml, expected) in [
        (
            format!("{base}inputs: {{ m: announcement.method }}\n{outputs}{rule}"),
            "inputs.m notAnExpression",
        ),
        (
            format!("{base}inputs: {{ m: =anouncement.method }}\n{outputs}{rule}"),
            "inputs.m unknownName",
        ),
        (format!("{base}inputs: {{ value: =1 }}\n{outputs}{rule}"), "inputs.value badName"),
        (format!("{base}{inputs}{outputs}rules: []"), "rules wrongCount"),
        (
            format!("{base}{inputs}{outputs}rules: [{{ then: {{ o: x }} }}]"),
            "rules.0.then.o wrongType",
        ),
        (
            format!("{base}{inputs}{outputs}rules: [{{ then: {{ p: 1 }} }}]"),
            "rules.0.then.p unknownColumn",
        ),
        (
            format!("{base}{inputs}{outputs}rules: [{{ when: {{ n: 1 }}, then: {{ o: 1 }} }}]"),
            "rules.0.when.n unknownColumn",
        ),
        (
            format!("{base}{inputs}{outputs}rules: [{{ when: {{ m: opn }}, then: {{ o: 1 }} }}]"),
            "rules.0.when.m unknownOption",
        ),
        (
            format!(
                "{base}{inputs}{outputs}rules: [{{ when: {{ m: [open, 3] }}, then: {{ o: 1 }} }}]"
            ),
            "rules.0.when.m.1 wrongType",
        ),
        (
            format!(
                "{base}{inputs}{outputs}rules: [{{ when: {{ m: =value }}, then: {{ o: 1 }} }}]"
            ),
            "rules.0.when.m wrongResult",
        ),
        (
            format!("{base}{inputs}{outputs}rules: [{{ then: {{ o: =m }} }}]"),
            "rules.0.then.o wrongResult",
        ),
        (format!("{base}hit: priority\n{inputs}{outputs}{rule}"), "hit missingOption"),
        (
            format!(
                "{base}hit: {{ collect: sum }}\n{inputs}outputs: {{ o: {{ type: text }} }}\nrules: [{{ then: {{ o: a }} }}]"
            ),
            "hit wrongType",
        ),
    ] {
        assert_eq!(found(&yaml), [expected], "{yaml}");
    }
    for yaml in ["hit: frist", "hti: first", "rules: [{ wehn: {}, then: {} }]"] {
        let yaml = format!("{base}{inputs}{outputs}{yaml}");
        serde_yaml::from_str::<DecisionSource>(&yaml).unwrap_err();
    }
}
