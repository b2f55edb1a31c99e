//! Decision tables as a pack writes them: every hit policy, every kind of cell, every mistake, and
//! what is seen before a table is asked.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{ALTERNATIVES_MAX, CELL_CHARS_MAX, Decision, DecisionSource, Explanation, RULES_MAX};
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
            ("notice".to_owned(), Field::optional(Type::Duration)),
            ("months".to_owned(), Field::optional(Type::Int)),
            ("at".to_owned(), Field::optional(Type::Timestamp)),
        ],
    );
    Environment::new()
        .with("announcement", announcement)
        .with("applications", Type::Any.list())
        .with("anything", Type::Any)
}

fn compile(yaml: &str) -> (Option<Decision>, Vec<Problem>) {
    let source: DecisionSource =
        serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    let mut problems = Vec::new();
    let decision = Decision::compile(&source, &environment(), &mut problems);
    let has_errors = problems.iter().any(|problem| problem.severity == Severity::Error);
    assert_eq!(decision.is_none(), has_errors, "{problems:#?}");
    (decision, problems)
}

fn good(yaml: &str) -> Decision {
    let (decision, problems) = compile(yaml);
    decision.unwrap_or_else(|| panic!("{problems:#?}\n{yaml}"))
}

/// Asks a table and reads the explanation back.
fn ask(
    decision: &Decision,
    announcement: &Value,
    applications: usize,
    anything: &Value,
) -> Result<Explanation, String> {
    let scope: Map<String, Value> = Map::from_iter([
        ("announcement".to_owned(), announcement.clone()),
        ("applications".to_owned(), Value::from(vec![1; applications])),
        ("anything".to_owned(), anything.clone()),
    ]);
    let decided = decision.decide(&scope).map_err(|error| error.to_string())?;
    let explanation: Explanation = serde_json::from_value(decided.explanation).unwrap();
    assert_eq!(explanation.output, decided.output);
    Ok(explanation)
}

fn fired(explanation: &Explanation) -> Vec<usize> {
    explanation.fired.iter().map(|fired| fired.rule).collect()
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
    let decision = decision.unwrap();
    for (method, responses, route, rule) in [
        ("open", 2, "reannounce", 1),
        ("open", 3, "proceed", 3),
        ("single", 0, "reannounce", 2),
        ("single", 1, "proceed", 3),
    ] {
        let why = ask(&decision, &json!({ "method": method }), responses, &json!(0)).unwrap();
        assert_eq!(why.output, json!(route), "{method} {responses}");
        assert_eq!(fired(&why), [rule]);
        assert_eq!(Value::Object(why.inputs), json!({ "method": method, "responses": responses }));
    }
    let scope: Map<String, Value> =
        Map::from_iter([("announcement".to_owned(), json!({ "method": "open" }))]);
    assert_eq!(
        decision.decide(&scope).unwrap().explanation,
        json!({
            "decision": "selectionRoute",
            "hit": "first",
            "inputs": { "method": "open", "responses": 0 },
            "fired": [{ "rule": 1, "note": "第二十八条" }],
            "output": "reannounce",
        })
    );
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

/// Asks a table of one number that is 3: what it gives and which rules gave it.
fn check(hit: &str, output: &str, rules: &[(&str, &str)], expected: &Value, by: &[usize]) {
    let decision = good(&table(hit, output, rules));
    let why = ask(&decision, &json!({}), 3, &json!(0)).unwrap();
    assert_eq!((&why.output, fired(&why).as_slice()), (expected, by), "{hit} {rules:?}");
}

const TEXT: &str = "{ type: text, values: [high, mid, low] }";

#[test]
fn a_policy_of_one_result_picks_in_its_own_way() {
    let (low, high) = (json!("low"), json!("high"));
    check("unique", TEXT, &[("'< 3'", "low"), ("'>= 3'", "high")], &high, &[2]);
    check("unique", TEXT, &[("'< 3'", "low"), ("'> 3'", "mid")], &Value::Null, &[]);
    check("any", TEXT, &[("'< 5'", "low"), ("'> 2'", "low")], &low, &[1, 2]);
    check("any", TEXT, &[("'> 5'", "low")], &Value::Null, &[]);
    check("first", TEXT, &[("'> 1'", "low"), ("'-'", "mid")], &low, &[1]);
    check("first", TEXT, &[("'> 5'", "low")], &Value::Null, &[]);
    check("priority", TEXT, &[("'-'", "low"), ("'> 2'", "high")], &high, &[2]);
    check("priority", TEXT, &[("'> 5'", "low")], &Value::Null, &[]);
    check(
        "priority",
        TEXT,
        &[("'-'", "\"=n > 2 ? 'high' : 'low'\""), ("'-'", "high")],
        &high,
        &[1],
    );
}

#[test]
fn a_policy_of_several_results_lists_or_adds_them() {
    let rules = [("'> 1'", "low"), ("'-'", "high")];
    check("ruleOrder", TEXT, &rules, &json!(["low", "high"]), &[1, 2]);
    check("outputOrder", TEXT, &rules, &json!(["high", "low"]), &[2, 1]);
    check("collect", TEXT, &rules, &json!(["low", "high"]), &[1, 2]);
    check("collect", TEXT, &[("'> 9'", "low")], &json!([]), &[]);
    check("{ collect: count }", TEXT, &rules, &json!(2), &[1, 2]);
    check("{ collect: count }", TEXT, &[("'> 9'", "low")], &json!(0), &[]);
    let whole = "{ type: integer }";
    let rules = [("'> 1'", "2"), ("'-'", "=n * 2")];
    check("{ collect: sum }", whole, &rules, &json!(8), &[1, 2]);
    check("{ collect: min }", whole, &rules, &json!(2), &[1, 2]);
    check("{ collect: max }", whole, &rules, &json!(6), &[1, 2]);
    for collect in ["{ collect: sum }", "{ collect: min }", "{ collect: max }"] {
        check(collect, whole, &[("'> 9'", "2")], &Value::Null, &[]);
    }
    let decimal = "{ type: decimal }";
    check("{ collect: sum }", decimal, &[("'-'", "0.5"), ("3", "2")], &json!(2.5), &[1, 2]);
    let date = "{ type: date }";
    let rules = [("'-'", "2026-03-31"), ("3", "2026-02-28")];
    check("{ collect: min }", date, &rules, &json!("2026-02-28"), &[1, 2]);
    let duration = "{ type: duration }";
    let rules = [("'-'", "3d"), ("3", "=duration('80h')")];
    check("{ collect: max }", duration, &rules, &json!("288000s"), &[1, 2]);
}

#[test]
fn several_outputs_are_an_object_and_what_is_left_out_is_null() {
    let yaml = "
decision: d
name: D
hit: priority
inputs: { n: =size(applications) }
outputs:
  level: { type: text, values: [high, low] }
  days: { type: integer, values: [5, 10] }
  tags: { type: texts }
rules:
  - { then: { level: low, days: 5 } }
  - { when: { n: '> 1' }, then: { level: high, days: =n + 7 }, note: { zh: 注, en: Note } }
  - { when: { n: '> 2' }, then: { level: high, days: 5, tags: [a, b] } }
";
    let decision = good(yaml);
    let asked = |n| ask(&decision, &json!({}), n, &json!(0)).unwrap();
    assert_eq!(asked(0).output, json!({ "level": "low", "days": 5, "tags": null }));
    let why = asked(3);
    assert_eq!(why.output, json!({ "level": "high", "days": 5, "tags": ["a", "b"] }));
    assert_eq!(fired(&why), [3]);
    let overruled: Vec<_> = why.overruled.iter().map(|fired| fired.rule).collect();
    assert_eq!(overruled, [1, 2]);
    assert!(why.overruled[1].note.is_some());
    let Type::Object(object) = decision.output_type() else { panic!("several outputs") };
    assert_eq!(object.fields["days"].ty, Type::Int);
    for (hit, expected) in [
        ("first", Type::Int),
        ("ruleOrder", Type::Int.list()),
        ("{ collect: sum }", Type::Int),
        ("{ collect: count }", Type::Int),
    ] {
        let decision = good(&table(hit, "{ type: integer }", &[("'-'", "1")]));
        assert_eq!(decision.output_type(), expected, "{hit}");
    }
}

#[test]
fn a_default_stands_in_where_no_rule_holds() {
    for (hit, default, expected) in [
        ("unique", "7", json!(7)),
        ("first", "=n * 2", json!(6)),
        ("any", "7", json!(7)),
        ("{ collect: sum }", "0", json!(0)),
    ] {
        let yaml = table(hit, "{ type: integer }", &[("'> 9'", "1")]);
        let yaml = format!("{yaml}default: {{ o: {default} }}\n");
        let (decision, problems) = compile(&yaml);
        assert_eq!(problems, [], "a default covers every gap");
        let decision = decision.unwrap();
        let why = ask(&decision, &json!({}), 3, &json!(0)).unwrap();
        assert_eq!((&why.output, why.by_default), (&expected, true), "{hit}");
        assert!(why.fired.is_empty());
        let why = ask(&decision, &json!({}), 10, &json!(0)).unwrap();
        assert_eq!((why.output, why.by_default), (json!(1), false), "{hit}");
    }
}

#[test]
fn what_may_not_be_is_refused_when_the_table_is_asked() {
    let max = i64::MAX.to_string();
    for (hit, output, rules, expected) in [
        (
            "unique",
            "{ type: text }",
            vec![("=value + 0 > 1", "low"), ("0", "x"), ("=value + 0 > 2", "low")],
            "table `d`: expected at most one rule to hold, but rules 1 and 3 do",
        ),
        (
            "any",
            "{ type: text }",
            vec![("=value + 0 > 1", "low"), ("=value + 0 > 2", "mid")],
            "table `d`: expected the rules that hold to agree, but rules 1 and 2 give \"low\" and \
             \"mid\"",
        ),
        (
            "first",
            "{ type: text, values: [a] }",
            vec![("'-'", "='x' + 'y'")],
            "table `d`: expected `o` of rule 1 to be one of a, found \"xy\"",
        ),
        (
            "first",
            "{ type: integer }",
            vec![("'-'", "=anything")],
            "table `d`: expected `o` of rule 1 to be whole number, found \"x\"",
        ),
        (
            "{ collect: sum }",
            "{ type: integer }",
            vec![("'-'", max.as_str()), ("3", "1")],
            "table `d`: the sum of rules 1 and 2 is too large to be a number",
        ),
        (
            "first",
            "{ type: integer }",
            vec![("=value % 0 > 1", "1")],
            "table `d`, rule 1, `n`: `value % 0 > 1`: ",
        ),
        (
            "first",
            "{ type: integer }",
            vec![("'-'", "=n % 0")],
            "table `d`, rule 1, `o`: `n % 0`: ",
        ),
    ] {
        let decision = good(&table(hit, output, &rules));
        let error = ask(&decision, &json!({}), 3, &json!("x")).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
    let listed = "
decision: d
name: D
inputs: { n: { value: =size(applications), values: [1, 2] } }
outputs: { o: { type: integer } }
rules: [{ then: { o: 1 } }]
";
    let decision = good(listed);
    assert_eq!(ask(&decision, &json!({}), 2, &json!(0)).unwrap().output, json!(1));
    let error = ask(&decision, &json!({}), 3, &json!(0)).unwrap_err();
    assert_eq!(error, "table `d`: expected `n` to be one of 1, 2, found 3");
}

#[test]
fn cells_ask_what_they_say() {
    for (input, cell, value, expected) in [
        ("fee", "'3..5'", json!(3), true),
        ("fee", "'3..5'", json!(5), true),
        ("fee", "'3..5'", json!(5.01), false),
        ("fee", "'-5..-3.5'", json!(-4), true),
        ("fee", "3.0", json!(3), true),
        ("fee", "'>= 2.5'", json!(2.5), true),
        ("fee", "'<=2.5'", json!(2.6), false),
        ("fee", "'> 2.5'", json!(2.5), false),
        ("fee", "'!= 3'", json!(3.0), false),
        ("fee", "'not(3, 4..5)'", json!(4.5), false),
        ("fee", "'not(3, 4..5)'", json!(6), true),
        ("fee", "['< 1', 7]", json!(7), true),
        ("fee", "['< 1', =value == 7.0, '-']", json!(3), true),
        ("fee", "'< 3'", Value::Null, false),
        ("fee", "'not(< 3)'", Value::Null, false),
        ("fee", "'not(3)'", Value::Null, true),
        ("fee", "=value == null", Value::Null, true),
        ("fee", "=value > 1.0 && i == value", json!(2), true),
        ("fee", "'-'", Value::Null, true),
        ("months", "'60'", json!(60), true),
        ("months", "'< 60'", json!(60), false),
        ("closes", "'> 2026-03-01'", json!("2026-03-02"), true),
        ("closes", "2026-03-01..2026-03-31", json!("2026-03-31"), true),
        ("closes", "2026-03-01", json!("2026-03-01"), true),
        ("notice", "'>= 3d'", json!("72h"), true),
        ("notice", "'1h..2h'", json!("7201s"), false),
        ("notice", "1h", json!("60m"), true),
        ("urgent", "true", json!(true), true),
        ("urgent", "'true'", json!(false), false),
        ("urgent", "not(true)", json!(false), true),
        ("town", "普洱", json!("普洱"), true),
        ("town", "not(普洱)", json!("昆明"), true),
        ("town", "\"not('a, b', c)\"", json!("a, b"), false),
        ("town", "\"not('a, b', c)\"", json!("a"), true),
        ("town", "\"'< 3'\"", json!("< 3"), true),
        ("town", "\"'-'\"", json!("x"), false),
        ("town", "a..b", json!("a..b"), true),
        ("method", "[open, invited]", json!("invited"), true),
        ("method", "not(open)", json!("open"), false),
    ] {
        let yaml = format!(
            "decision: d\nname: D\nhit: first\ninputs: {{ i: =announcement.{input} }}\n\
             outputs: {{ o: {{ type: boolean }} }}\n\
             rules: [{{ when: {{ i: {cell} }}, then: {{ o: true }} }}]"
        );
        let why = ask(&good(&yaml), &json!({ input: value }), 0, &json!(0)).unwrap();
        assert_eq!(!why.fired.is_empty(), expected, "{input} {value}: {cell}");
    }
}

#[test]
fn a_value_of_an_unknown_type_is_compared_by_what_it_is() {
    for (cell, value, expected) in [
        ("'< 3'", json!(2), true),
        ("'< 3'", json!("2"), false),
        ("'not(< 3)'", json!("2"), false),
        ("'3'", json!(3), true),
        ("\"'3'\"", json!("3"), true),
        ("'true'", json!(true), true),
        ("'>= 2026-03-01'", json!("2026-03-02"), true),
        ("'>= 2026-03-01'", json!("zzz"), false),
        ("open", json!("open"), true),
        ("not(open)", json!(["open"]), true),
        ("=value == 'a' || size(value) == 2", json!([1, 2]), true),
    ] {
        let yaml = format!(
            "decision: d\nname: D\nhit: first\ninputs: {{ i: =anything }}\n\
             outputs: {{ o: {{ type: boolean }} }}\n\
             rules: [{{ when: {{ i: {cell} }}, then: {{ o: true }} }}]"
        );
        let why = ask(&good(&yaml), &json!({}), 0, &value).unwrap();
        assert_eq!(!why.fired.is_empty(), expected, "{value}: {cell}");
    }
}

fn found(yaml: &str) -> Vec<String> {
    compile(yaml).1.iter().map(|p| format!("{} {}", p.path.join("."), p.code)).collect()
}

#[test]
fn gaps_overlaps_and_dead_rules_are_seen_beforehand() {
    let text = "{ type: text, values: [a, b, c] }";
    for (hit, rules, expected) in [
        ("unique", vec![("'< 3'", "a"), ("'>= 3'", "b")], vec![]),
        ("unique", vec![("0", "a"), ("'1..2'", "a"), ("'>= 3'", "b")], vec![]),
        ("unique", vec![("'< 3'", "a"), ("'> 3'", "b")], vec!["rules decisionGap"]),
        ("unique", vec![("'<= 3'", "a"), ("'>= 3'", "b")], vec!["rules.1 decisionOverlap"]),
        (
            "unique",
            vec![("'-'", "a"), ("1", "b"), ("not(1)", "a")],
            vec!["rules.1 decisionOverlap", "rules.2 decisionOverlap"],
        ),
        ("any", vec![("'<= 3'", "a"), ("'>= 3'", "a")], vec![]),
        ("any", vec![("'<= 3'", "a"), ("'>= 3'", "b")], vec!["rules.1 decisionOverlap"]),
        ("any", vec![("'<= 3'", "a"), ("'>= 3'", "='b'")], vec![]),
        ("first", vec![("'<= 3'", "a"), ("2", "b"), ("'-'", "c")], vec!["rules.1 ruleNeverFires"]),
        (
            "first",
            vec![("'<= 3'", "a"), ("'> 3'", "b"), ("'-'", "c")],
            vec!["rules.2 ruleNeverFires"],
        ),
        ("first", vec![("=value > 3", "a"), ("'-'", "c")], vec![]),
        ("first", vec![("'-'", "a"), ("=value > 3", "c")], vec!["rules.1 ruleNeverFires"]),
        ("priority", vec![("'<= 3'", "a")], vec!["rules decisionGap"]),
        ("collect", vec![("'<= 3'", "a"), ("-1", "b")], vec!["rules.1 ruleNeverFires"]),
        ("{ collect: count }", vec![("'<= 3'", "a"), ("'<= 3'", "a")], vec![]),
        (
            "unique",
            vec![("=value > 3", "a"), ("=value > 2", "b")],
            vec!["rules decisionGap", "rules.1 decisionOverlap"],
        ),
        (
            "unique",
            vec![("=value > 3", "a"), ("'< 2'", "b"), ("0", "c")],
            vec!["rules decisionGap", "rules.2 decisionOverlap"],
        ),
        (
            "unique",
            vec![("=value >= 3 && value < 5", "a"), ("'< 3'", "b"), ("'>= 5'", "c")],
            vec![],
        ),
        ("unique", vec![("=value > 2.5", "a"), ("=!(value > 2.5)", "b")], vec![]),
        ("unique", vec![("'=value in [1, 2]'", "a"), ("=value != 1 && value != 2", "b")], vec![]),
        ("unique", vec![("=value % 2 == 0", "a"), ("=value % 2 == 1", "b")], vec![]),
        ("unique", vec![("=value * 2 > 3", "a"), ("'< 2'", "b")], vec![]),
    ] {
        assert_eq!(found(&table(hit, text, &rules)), expected, "{hit} {rules:?}");
    }
}

#[test]
fn a_gap_and_an_overlap_come_with_an_example() {
    for (inputs, rules, expected) in [
        (
            "m: =announcement.method, u: =announcement.urgent",
            "[{ when: { m: open }, then: { o: 1 } }, \
              { when: { m: not(open), u: true }, then: { o: 2 } }, \
              { when: { m: invited, u: false }, then: { o: 3 } }]",
            "no rule covers m = single, u = false",
        ),
        (
            "t: =announcement.town",
            "[{ when: { t: 普洱 }, then: { o: 1 } }]",
            "no rule covers t = (anything else)",
        ),
        (
            "d: =announcement.closes",
            "[{ when: { d: '< 2026-03-01' }, then: { o: 1 } }, { when: { d: '> 2026-03-01' }, then: { o: 1 } }]",
            "no rule covers d = 2026-03-01",
        ),
        (
            "f: =announcement.fee",
            "[{ when: { f: '<= 2' }, then: { o: 1 } }, { when: { f: '>= 3' }, then: { o: 1 } }]",
            "no rule covers f = 2.5",
        ),
        (
            "n: =announcement.notice",
            "[{ when: { n: '<= 1h' }, then: { o: 1 } }, { when: { n: '>= 3h' }, then: { o: 1 } }]",
            "no rule covers n = 7200s",
        ),
        (
            "n: { value: =announcement.months, values: [12, 24, 36] }",
            "[{ when: { n: '<= 24' }, then: { o: 1 } }]",
            "no rule covers n = 36",
        ),
        (
            "d: =announcement.closes",
            "[{ when: { d: \"=value < date('2026-03-01')\" }, then: { o: 1 } }, { when: { d: '> 2026-03-01' }, then: { o: 1 } }]",
            "no rule covers d = 2026-03-01",
        ),
        (
            "m: =announcement.method",
            "[{ when: { m: \"=value == 'open' || value == 'invited'\" }, then: { o: 1 } }]",
            "no rule covers m = single",
        ),
        (
            "u: =announcement.urgent",
            "[{ when: { u: =value }, then: { o: 1 } }]",
            "no rule covers u = false",
        ),
        ("x: =anything", "[{ when: { x: '< 2' }, then: { o: 1 } }]", "no rule covers x = 2; "),
        (
            "m: =announcement.method, f: =announcement.fee",
            "[{ when: { m: open }, then: { o: 1 } }, { when: { f: '< 3' }, then: { o: 1 } }, \
              { when: { m: not(open), f: '>= 3' }, then: { o: 1 } }]",
            "rules 1 and 2 hold at once, but at most one may: m = open, f = 2",
        ),
    ] {
        let yaml = format!(
            "decision: d\nname: D\ninputs: {{ {inputs} }}\noutputs: {{ o: {{ type: integer }} }}\nrules: {rules}"
        );
        let problems = compile(&yaml).1;
        let expected = expected.trim_end_matches("; ");
        assert_eq!(problems[0].message, expected, "{problems:#?}");
        assert_eq!(problems.len(), 1, "{problems:#?}");
    }
}

#[test]
fn a_large_table_is_looked_at_in_time_or_says_that_it_is_too_large() {
    let mut chain = String::from(
        "decision: d\nname: D\ninputs: { n: =size(applications), m: =announcement.method }\n\
         outputs: { o: { type: integer } }\nrules:\n",
    );
    for n in 0..RULES_MAX - 1 {
        let _ = writeln!(chain, "  - {{ when: {{ n: {n} }}, then: {{ o: {n} }} }}");
    }
    let end = RULES_MAX - 1;
    let all = format!("{chain}  - {{ when: {{ n: '>= {end}' }}, then: {{ o: 0 }} }}\n");
    assert_eq!(found(&all), [""; 0]);
    let gap = format!("{chain}  - {{ when: {{ n: '> {end}' }}, then: {{ o: 0 }} }}\n");
    assert_eq!(compile(&gap).1[0].message, format!("no rule covers n = {end}"));

    let many: Vec<_> = (0..8).map(|_| ("'-'", "1")).collect();
    let problems = compile(&table("unique", "{ type: integer }", &many)).1;
    let last = problems.last().unwrap();
    assert_eq!(last.message, "more than 20 pairs of rules overlap; these are some");
    assert_eq!(
        problems[2].message,
        "rules 1 and 4 hold at once, but at most one may: any input (and so with 2, 3)"
    );

    let columns: Vec<String> = (0..20).map(|n| format!("i{n}")).collect();
    let inputs: Vec<String> =
        columns.iter().map(|name| format!("{name}: =announcement.months")).collect();
    let mut wide = format!(
        "decision: d\nname: D\nhit: first\ninputs: {{ {} }}\noutputs: {{ o: {{ type: integer }} }}\nrules:\n",
        inputs.join(", ")
    );
    for rule in 0..60 {
        let cells: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(n, name)| format!("{name}: '> {}'", (rule * 7 + n * 13) % 29))
            .collect();
        let _ = writeln!(wide, "  - {{ when: {{ {} }}, then: {{ o: 1 }} }}", cells.join(", "));
    }
    assert!(found(&wide).contains(&"rules decisionTooLarge".to_owned()));
}

/// Expects a table of one input and one output to have one problem.
fn assert_mistake(input: &str, output: &str, rest: &str, expected: &str) {
    let yaml = format!(
        "decision: d\nname: D\ninputs: {{ m: {input} }}\n\
         outputs: {{ o: {{ type: {output} }} }}\n{rest}"
    );
    assert_eq!(found(&yaml), [expected], "{yaml}");
}

#[test]
fn every_mistake_in_a_table_has_a_code_and_a_place() {
    let then = |then: &str| format!("rules: [{{ then: {then} }}]");
    let method = "=announcement.method";
    for (input, output, rest, expected) in [
        ("announcement.method", "integer", then("{ o: 1 }"), "inputs.m notAnExpression"),
        ("=anouncement.method", "integer", then("{ o: 1 }"), "inputs.m unknownName"),
        ("{ value: =anouncement }", "integer", then("{ o: 1 }"), "inputs.m.value unknownName"),
        (
            "{ value: =announcement.months, values: [1, x] }",
            "integer",
            then("{ o: 1 }"),
            "inputs.m.values.1 wrongType",
        ),
        (method, "integer", "rules: []".to_owned(), "rules wrongCount"),
        (method, "integer", then("{ o: x }"), "rules.0.then.o wrongType"),
        (method, "integer", then("{ o: 1.5 }"), "rules.0.then.o wrongType"),
        (method, "date", then("{ o: 2026-02-30 }"), "rules.0.then.o wrongType"),
        (method, "duration", then("{ o: 3 days }"), "rules.0.then.o wrongType"),
        (method, "texts", then("{ o: [a, 1] }"), "rules.0.then.o wrongType"),
        (method, "text, values: [a, b]", then("{ o: c }"), "rules.0.then.o unknownOption"),
        (method, "integer, values: [1, 2]", then("{ o: 3 }"), "rules.0.then.o unknownOption"),
        (method, "integer, values: [1, x]", then("{ o: 1 }"), "outputs.o.values.1 wrongType"),
        (method, "integer, values: [1, 1]", then("{ o: 1 }"), "outputs.o.values.1 duplicateValue"),
        (method, "integer", then("{ o: 1, p: 1 }"), "rules.0.then.p unknownColumn"),
        (method, "integer", then("{}"), "rules.0.then missingOutput"),
        (method, "integer", then("{ o: =m }"), "rules.0.then.o wrongResult"),
        (method, "integer", format!("hit: priority\n{}", then("{ o: 1 }")), "hit missingOption"),
        (method, "text", format!("hit: {{ collect: sum }}\n{}", then("{ o: a }")), "hit wrongType"),
        (
            method,
            "boolean",
            format!("hit: {{ collect: max }}\n{}", then("{ o: true }")),
            "hit wrongType",
        ),
        (
            method,
            "integer",
            format!("default: {{ o: x }}\n{}", then("{ o: 1 }")),
            "default.o wrongType",
        ),
        (
            method,
            "integer",
            format!("hit: collect\ndefault: {{ o: 1 }}\n{}", then("{ o: 1 }")),
            "default uselessDefault",
        ),
    ] {
        assert_mistake(input, output, &rest, expected);
    }
}

#[test]
fn every_mistake_in_a_cell_has_a_code_and_a_place() {
    let cell = |cell: &str| format!("rules: [{{ when: {{ m: {cell} }}, then: {{ o: 1 }} }}]");
    let long = cell(&"x".repeat(CELL_CHARS_MAX + 1));
    let many = cell(&format!("[{}]", vec!["open"; ALTERNATIVES_MAX + 1].join(", ")));
    let method = "=announcement.method";
    for (input, rest, expected) in [
        (
            method,
            "rules: [{ when: { n: 1 }, then: { o: 1 } }]".to_owned(),
            "rules.0.when.n unknownColumn",
        ),
        (method, cell("opn"), "rules.0.when.m unknownOption"),
        (method, cell("'not(open, opn)'"), "rules.0.when.m unknownOption"),
        (method, cell("not(open"), "rules.0.when.m unclosedNot"),
        (method, cell("[open, 3]"), "rules.0.when.m.1 wrongType"),
        (method, cell("=value"), "rules.0.when.m wrongResult"),
        (method, cell("'> open'"), "rules.0.when.m wrongType"),
        (method, cell("{ a: 1 }"), "rules.0.when.m wrongType"),
        (method, cell("[[open]]"), "rules.0.when.m.0 wrongType"),
        (method, cell("~"), "rules.0.when.m emptyCell"),
        (method, cell("[]"), "rules.0.when.m wrongCount"),
        (method, long, "rules.0.when.m tooLong"),
        (method, many, "rules.0.when.m wrongCount"),
        ("=announcement.months", cell("'[3..5'"), "rules.0.when.m badRange"),
        ("=announcement.months", cell("'5..3'"), "rules.0.when.m emptyRange"),
        ("=announcement.months", cell("1.5"), "rules.0.when.m wrongType"),
        ("=announcement.months", cell("'3, 4'"), "rules.0.when.m wrongType"),
        ("=announcement.urgent", cell("maybe"), "rules.0.when.m wrongType"),
        ("=announcement.town", cell("3"), "rules.0.when.m wrongType"),
        ("=announcement.closes", cell("'< 3'"), "rules.0.when.m wrongType"),
        ("=announcement.at", cell("2026-03-01"), "rules.0.when.m wrongType"),
        ("=anything", cell("'3..2026-03-01'"), "rules.0.when.m wrongType"),
        ("=applications", cell("3"), "rules.0.when.m wrongType"),
    ] {
        assert_mistake(input, "integer", &rest, expected);
    }
}

#[test]
fn names_are_what_expressions_can_say() {
    for (input, output, expected) in [
        ("value", "o", vec!["inputs.value badName"]),
        ("方式", "o", vec!["inputs.方式 badName"]),
        ("m", "a-b", vec!["outputs.a-b badName"]),
        ("_m1", "o", vec![]),
    ] {
        let yaml = format!(
            "decision: d\nname: D\ninputs: {{ {input}: =announcement.method }}\n\
             outputs: {{ {output}: {{ type: integer }} }}\nrules: [{{ then: {{ {output}: 1 }} }}]"
        );
        assert_eq!(found(&yaml), expected);
    }
}

#[test]
fn misspelt_keys_and_words_are_refused() {
    let base = "decision: d\nname: D\noutputs: { o: { type: integer } }\n";
    let rules = "rules: [{ then: { o: 1 } }]\n";
    for (rest, expected) in [
        (format!("inputs: {{ m: =1 }}\nhit: frist\n{rules}"), "expected one of `unique`"),
        (format!("inputs: {{ m: =1 }}\nhit: {{ colect: sum }}\n{rules}"), "expected `collect`"),
        (format!("inputs: {{ m: =1 }}\nhit: {{ collect: avg }}\n{rules}"), "expected one of `sum`"),
        (format!("inputs: {{ m: =1 }}\nhit: 3\n{rules}"), "a hit policy such as `first`"),
        (format!("inputs: {{ m: {{ vlaue: =1 }} }}\n{rules}"), "expected one of `value`"),
        (format!("inputs: {{ m: 3 }}\n{rules}"), "an expression such as"),
        (format!("inputs: {{ m: =1 }}\nhti: first\n{rules}"), "unknown field `hti`"),
        ("inputs: { m: =1 }\nrules: [{ wehn: {}, then: {} }]".to_owned(), "unknown field `wehn`"),
    ] {
        let yaml = format!("{base}{rest}");
        let error = serde_yaml::from_str::<DecisionSource>(&yaml).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\n{yaml}");
        let tree = crate::yaml::parse("decisions/d.yaml", yaml.as_bytes()).unwrap();
        let problems = crate::yaml::read::<DecisionSource>(&tree, &[]).unwrap_err();
        assert!(problems.iter().all(|problem| problem.place.line >= 4), "{problems:#?}");
    }
}

mod property {
    use proptest::prelude::*;

    use super::*;

    fn cell() -> impl Strategy<Value = String> {
        let number = || 0..6_i64;
        prop_oneof![
            Just("-".to_owned()),
            number().prop_map(|n| format!("{n}")),
            number().prop_map(|n| format!("< {n}")),
            number().prop_map(|n| format!(">= {n}")),
            (number(), 0..4_i64).prop_map(|(n, more)| format!("{n}..{}", n + more)),
            (number(), number()).prop_map(|(a, b)| format!("not({a}, {b})")),
            (number(), 0..4_i64)
                .prop_map(|(n, more)| { format!("=value >= {n} && !(value > {})", n + more) }),
            (number(), number()).prop_map(|(a, b)| format!("=value in [{a}, {b}] || value < 1")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// What the analysis says of a table is what trying every input finds.
        #[test]
        fn the_analysis_agrees_with_trying_everything(
            rules in prop::collection::vec((cell(), cell()), 1..6),
            first in any::<bool>(),
        ) {
            let mut yaml = format!(
                "decision: d\nname: D\nhit: {}\ninputs: {{ a: =announcement.months, b: =anything }}\n\
                 outputs: {{ o: {{ type: integer }} }}\nrules:\n",
                if first { "first" } else { "unique" },
            );
            for (a, b) in &rules {
                let _ = writeln!(yaml, "  - {{ when: {{ a: '{a}', b: '{b}' }}, then: {{ o: 1 }} }}");
            }
            // The same rules, all of which are listed: to see what holds.
            let all = good(&yaml.replacen("first", "ruleOrder", 1).replacen("unique", "ruleOrder", 1));
            let (mut gap, mut overlap, mut fires) = (false, false, vec![false; rules.len()]);
            for a in -1..12 {
                for b in -1..12 {
                    let why = ask(&all, &json!({ "months": a }), 0, &json!(b)).unwrap();
                    let holding = fired(&why);
                    gap |= holding.is_empty();
                    overlap |= holding.len() > 1;
                    for rule in holding.into_iter().take(if first { 1 } else { usize::MAX }) {
                        fires[rule - 1] = true;
                    }
                }
            }
            let codes: Vec<_> = compile(&yaml).1.iter().map(|problem| problem.code).collect();
            prop_assert_eq!(codes.contains(&"decisionGap"), gap, "{}", yaml);
            prop_assert_eq!(codes.contains(&"decisionOverlap"), overlap && !first, "{}", yaml);
            let never = fires.iter().filter(|fires| !**fires).count();
            let told = codes.iter().filter(|code| **code == "ruleNeverFires").count();
            prop_assert_eq!(told, never, "{}", yaml);
        }
    }
}
