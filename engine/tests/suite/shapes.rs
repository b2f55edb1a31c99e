//! Whatever stands where the language has something else is told in plain words: what may stand there
//! and what was found, at its place, with its line. Tried at every place that the language's own
//! schema knows, so that a new key is tried too.

use std::collections::BTreeSet;

use engine::diagnostic::Diagnostic;
use engine::pack::{Kind, compile};
use serde_json::{Map, Value, json};

/// Stands in no schema, so that it is found in the file.
const MARK: u32 = 31_415;
/// Lists and maps that must be there are filled so deep.
const DEPTH_MAX: usize = 8;
/// Words of those who write programs.
const JARGON: [&str; 22] = [
    "invalid",
    "enum ",
    "struct",
    "variant",
    "newtype",
    "tuple",
    "sequence",
    "a map",
    "a string",
    "boolean `",
    "integer `",
    "null",
    "something else here",
    "one of them or",
    "did not match",
    "untagged",
    "u8",
    "u32",
    "i64",
    "f64",
    "Source",
    "visitor",
];

/// The file of a kind with this content.
fn problems_of(kind: Kind, content: &Value) -> (String, Vec<Diagnostic>) {
    let location = kind.location();
    let name = match location.strip_suffix('/') {
        Some(folder) if content.get("fixtures").is_some() => format!("{folder}/fixtures.yaml"),
        Some(folder) => format!("{folder}/made.yaml"),
        None => location.to_owned(),
    };
    let text = content.to_string();
    let problems = match compile(&[(name.as_str(), text.as_str())], |_| 1) {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems,
    };
    let own = problems.into_iter().filter(|problem| problem.place.file == name);
    (text, own.collect())
}

/// A place in files of one kind: what the schema says of it, and a file with a value there.
struct Spot<'a> {
    kind: Kind,
    root: &'a Value,
    schema: &'a Value,
    file: &'a dyn Fn(Value) -> Value,
}

impl<'a> Spot<'a> {
    fn at<'b>(&self, schema: &'b Value, file: &'b dyn Fn(Value) -> Value) -> Spot<'b>
    where
        'a: 'b,
    {
        Spot { kind: self.kind, root: self.root, schema, file }
    }

    fn check(&self) {
        let wrong = [
            json!(MARK),
            json!(-2.5),
            json!(true),
            Value::Null,
            json!("two words"),
            json!([MARK]),
            json!({ "odd": MARK, "odder": MARK }),
        ];
        let marked = (self.file)(json!(MARK)).to_string();
        let at = marked.find(&MARK.to_string()).expect("it is in the file") + 1;
        for value in wrong {
            if takes(self.root, self.schema, &value) {
                continue;
            }
            let (text, problems) = problems_of(self.kind, &(self.file)(value.clone()));
            let told = problems.iter().find(|problem| problem.place.column as usize == at);
            let key = || problems.iter().find(|problem| value.is_null() && problem.is_error());
            let Some(told) = told.or_else(key) else {
                panic!("nothing is told of {value} at {at} in {text}: {problems:#?}")
            };
            assert_eq!(told.place.line, 1);
            assert!(told.excerpt.is_some(), "{text}: {told:#?}");
            let message = &told.message;
            let is_plain = message.starts_with("expected ") && message.contains(", found ");
            assert!(is_plain, "{value} in {text}: {message}");
            for problem in &problems {
                let jargon = JARGON.iter().find(|word| problem.message.contains(**word));
                assert_eq!(jargon, None, "{value} in {text}: {}", problem.message);
            }
        }
    }
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(at) => root.pointer(at.trim_start_matches('#')).expect("a reference leads on"),
        None => schema,
    }
}

fn choices(schema: &Value) -> Option<&Vec<Value>> {
    schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array())
}

/// Whether a value has a shape that the schema allows there.
fn takes(root: &Value, schema: &Value, value: &Value) -> bool {
    let schema = resolved(root, schema);
    if let Some(choices) = choices(schema) {
        return choices.iter().any(|choice| takes(root, choice, value));
    }
    if let Some(only) = schema.get("const") {
        return only == value;
    }
    if let Some(known) = schema["enum"].as_array() {
        return known.contains(value);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let named = |one: &str| one == kind || (one == "number" && kind == "integer");
    match &schema["type"] {
        Value::String(one) => named(one),
        Value::Array(all) => all.iter().filter_map(Value::as_str).any(named),
        _ => true,
    }
}

/// The least that a schema takes.
fn least(root: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolved(root, schema);
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    if let Some(choice) = choices(schema).and_then(|choices| choices.first()) {
        return least(root, choice, depth + 1);
    }
    if let Some(only) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return only.clone();
    }
    match schema["type"].as_str() {
        Some("string") => json!("x"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        Some("object") => Value::Object(required(root, schema, depth)),
        _ => Value::Null,
    }
}

fn required(root: &Value, schema: &Value, depth: usize) -> Map<String, Value> {
    let keys = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    keys.map(|key| (key.to_owned(), least(root, &schema["properties"][key], depth + 1))).collect()
}

/// Tries every place at and below one; what a schema names is looked at once.
fn walk(spot: &Spot<'_>, seen: &mut BTreeSet<String>) {
    spot.check();
    let schema = resolved(spot.root, spot.schema);
    if schema != spot.schema && !seen.insert(schema.to_string()) {
        return;
    }
    inside(spot, schema, seen);
}

fn years(schema: &Value) -> Option<&Value> {
    schema["patternProperties"].as_object()?.values().next()
}

fn inside(spot: &Spot<'_>, schema: &Value, seen: &mut BTreeSet<String>) {
    // What is wrong for one choice may be right for another: only what is inside it is tried.
    for choice in choices(schema).into_iter().flatten() {
        inside(spot, resolved(spot.root, choice), seen);
    }
    let none = Map::new();
    for (key, of) in schema["properties"].as_object().unwrap_or(&none) {
        if of.get("const").is_some() {
            continue;
        }
        let file = |value: Value| {
            let mut fields = required(spot.root, schema, 0);
            fields.insert(key.clone(), value);
            (spot.file)(Value::Object(fields))
        };
        walk(&spot.at(of, &file), seen);
    }
    // A language where texts are by language; years of a calendar have a pattern.
    let others = [("zh", Some(&schema["additionalProperties"])), ("2026", years(schema))];
    for (key, of) in others {
        if let Some(of) = of.filter(|of| of.is_object()) {
            let file = |value: Value| (spot.file)(json!({ key: value }));
            walk(&spot.at(of, &file), seen);
        }
    }
    if schema["items"].is_object() {
        let file = |value: Value| (spot.file)(json!([value]));
        walk(&spot.at(&schema["items"], &file), seen);
    }
}

#[test]
fn what_may_stand_at_a_place_is_told_wherever_something_else_stands() {
    let mut seen = BTreeSet::new();
    for kind in Kind::ALL {
        let schema = engine::schema::json_schema(kind).expect("it has one");
        walk(&Spot { kind, root: &schema, schema: &schema, file: &|value| value }, &mut seen);
    }
    assert!(seen.len() > 50, "{seen:#?}");
}

/// What is told of one file: `line:column code: message (hint)`.
fn told(name: &str, text: &str) -> Vec<String> {
    let problems = match compile(&[(name, text)], |_| 1) {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems,
    };
    let own = problems.iter().filter(|problem| problem.place.file == name);
    own.map(ToString::to_string).collect()
}

/// A process with more in its only task.
fn in_task(more: &str) -> Vec<String> {
    let text = format!("process: p\nname: P\nnodes:\n  t:\n    type: userTask\n    {more}\n");
    told("processes/p.yaml", &text)
}

#[test]
fn words_where_other_things_stand() {
    let text = "text such as `通过`, or `{ zh: 通过, en: Accept }`";
    let operations = "`transfer`, `delegate`, `addSigner`, `removeSigner`, `recuse`, `replace`, `return`, `takeBack`, \
                      `urge`, `copy`, `withdraw`, `void`, `terminate` or `reopen`";
    let outcome = "text such as `通过`, `{ zh: 通过, en: Accept }`, or `{ label: 退回, to: … }`";
    let table = [
        ("name: 2026", format!("11 wrongType: expected {text}, found the number 2026 (put it in quotes: \"2026\")")),
        ("name: { zh: 1 }", "17 wrongType: expected text, found the number 1 (put it in quotes: \"1\")".into()),
        ("name: { fr: x }", "13 unknownValue: expected `zh` or `en`, found `fr`".into()),
        ("outcomes: { a: 1 }", format!("20 wrongType: expected {outcome}, found the number 1 (put it in quotes: \"1\")")),
        ("outcomes: { a: { labell: x } }", "22 unknownKey: `labell` is not a key that is known here (did you mean `label`? Known here: `label`, `to`, `comment`, `documents`, `require`, `clock`, `then`, `when` or `message`)".into()),
        ("outcomes: { a: { labell: { zh: x } } }", "22 unknownKey: `labell` is not a key that is known here (did you mean `label`? Known here: `label`, `to`, `comment`, `documents`, `require`, `clock`, `then`, `when` or `message`)".into()),
        ("outcomes: { a: { label: x, comment: 1 } }", "41 wrongType: expected `optional` or `required`, found the number 1".into()),
        ("outcomes: [a]", "15 wrongType: expected keys with values, found a list (write `{ a: … }`, or a line for each)".into()),
        ("remind: 80", "13 wrongType: expected a time such as `80%`, `at due`, `2 workdays before` or `1 day after`, or a list of them, found the number 80 (`80%` of the time, or `80 days before`?)".into()),
        ("operations: 1", format!("17 wrongType: expected {operations}, or a list of them, found the number 1")),
        ("operations: [1]", format!("18 wrongType: expected {operations}, found the number 1")),
        ("copy: 1", "11 wrongType: expected the name of a role, `initiator`, an expression such as `=panel.members`, or a list of them, found the number 1".into()),
        ("role: { a: 1 }", "11 wrongType: expected the name of a role, or a list of them, found keys with values".into()),
        ("role: [{ a: 1 }]", "12 wrongType: expected the name of a role, found keys with values".into()),
        ("separate: draft", "15 wrongType: expected a list, found the text `draft` (write `[draft]`, or a line `- …` for each)".into()),
        ("due: 10", "10 wrongType: expected a time such as `10 workdays` or `=plan.reviewBy`, or `{ in: … }`, found the number 10 (say the unit: `10 workdays`, `10 days`, `10 hours`)".into()),
        ("show: 1", "11 wrongType: expected the name of a document, `{ document: …, fields: … }`, or a list of them, found the number 1".into()),
        ("overdue: 3", "14 wrongType: expected keys with values, found the number 3 (keys known here: `tell`, `escalate`, `unit` or `to`)".into()),
    ];
    for (more, expected) in table {
        let (column, expected) = expected.split_once(' ').expect("a column");
        let place = format!("processes/p.yaml:6:{column}: {expected}");
        let found = in_task(more);
        assert!(found.contains(&place), "{more}: expected {place}, found {found:#?}");
    }
}

#[test]
fn words_where_other_things_stand_elsewhere() {
    let types = "`text`, `longText`, `integer`, `decimal`, `boolean`, `choice`, `choices`, `date`, \
                 `dateTime`, `email`, `phone`, `uscc`, `url`, `person`, `unit`, `file`, `table`, \
                 `group`, `computed` or `declaration`";
    let field = |of: &str| format!("form: f\nname: F\nfields:\n  a: {{ {of} }}\n");
    let node = |of: &str| format!("process: p\nname: P\nnodes:\n  a: {of}\n");
    let table = [
        ("forms/f.yaml", field("type: 3"), format!("4:14: wrongType: expected {types}, found the number 3")),
        ("forms/f.yaml", field("type: { odd: 3 }"), format!("4:16: unknownType: expected {types}, found `odd`")),
        ("forms/f.yaml", field("type: { text: 3 }"), "4:22: wrongType: expected nothing after `text`, found the number 3".into()),
        ("forms/f.yaml", field("type: text, required: 1"), "4:30: wrongType: expected `true`, `false`, or an expression such as `=amount > 100`, found the number 1".into()),
        ("forms/f.yaml", field("type: file, many: yes"), "4:26: wrongType: expected `true` or `false`, found the text `yes` (write `true`)".into()),
        ("forms/f.yaml", field("type: text, label: 0755"), "4:27: ambiguousNumber: `0755` may be read as the number 755 or as text (if it is text, put it in quotes: \"0755\")".into()),
        ("processes/p.yaml", node("startEvent"), "4:6: wrongType: expected an element such as `{ type: userTask, … }`, found the text `startEvent`".into()),
    ];
    for (name, text, expected) in table {
        assert_eq!(told(name, &text), [format!("{name}:{expected}")], "{text}");
    }
    // What else is wrong with them is told as well.
    let table = [
        ("processes/p.yaml", node("{ type: intake, into: d, closes: 1 day, from: 3 }"), "4:52: wrongType: expected `public`, the name of a role, or a list of them, found the number 3".into()),
        ("processes/p.yaml", node("{ type: notify, notice: n, audience: 3 }"), "4:43: wrongType: expected the name of a role, `initiator`, an expression such as `=panel.members`, or a list of them, found the number 3".into()),
    ];
    for (name, text, expected) in table {
        let (found, expected): (_, String) = (told(name, &text), expected);
        assert!(found.contains(&format!("{name}:{expected}")), "{text}: {found:?}");
    }
    let kind = told("processes/p.yaml", &node("{ type: 3 }"));
    let begins = "processes/p.yaml:4:14: wrongType: expected `adHocSubProcess`, `boundaryEvent`";
    assert!(kind[0].starts_with(begins) && kind[0].ends_with("found the number 3"), "{kind:?}");
    let step = "scenario: s\nprocess: p\nstart: { by: a, at: '2026-03-02T09:00:00+08:00' }\nsteps: [STEP]\n";
    let step = |of: &str| told("scenarios/s.yaml", &step.replace("STEP", of));
    let found = step("3");
    assert!(found[0].contains(":4:9: wrongType: expected `complete`, `claim`"), "{found:?}");
    let found = step("{ applaud: x }");
    assert!(found[0].contains(":4:11: unknownValue: expected `complete`, `claim`"), "{found:?}");
    let found = step("claim");
    assert!(found[0].contains("expected `claim: …`, found the name `claim` alone"), "{found:?}");
}
