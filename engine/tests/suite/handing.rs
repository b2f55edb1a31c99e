//! What a call gives and takes: it fits the form of the document that it becomes, or that is said.

use engine::actor::{Actor, Grant};
use engine::command::{Command, Content};
use engine::event::Event;
use engine::ids::InstanceId;
use engine::instance::Status;
use engine::rejection::Rejection;
use serde_json::{Value, json};

use crate::small::{Case, problems};

const OURS: &str = "form: ours
name: Ours
fields:
  note: { type: text, label: Note, max: 3 }
  amount: { type: integer, label: Amount }
";

const THEIRS: &str = "form: theirs
name: Theirs
fields:
  note: { type: text, label: Note }
  amount: { type: integer, label: Amount }
";

const CALLER: &str = "process: p
name: P
startedBy: [clerk]
variables: { any: { type: any } }
documents:
  back: { form: ours, rules: [{ check: amount < limit.amount, message: { zh: 超限, en: Too much }, field: amount }] }
  all: { form: ours, list: true }
  limit: { form: ours }
nodes:
  ask: { type: callActivity, process: q, CALL }
  caught: { type: boundaryEvent, attachedTo: ask, error: LATE, to: over }
  end: { type: endEvent, outcome: done }
  over: { type: endEvent, outcome: over }
";

const CALLED: &str = "process: q
name: Q
documents: { result: { form: theirs }, many: { form: theirs, list: true } }
nodes:
  work: { type: userTask, role: clerk, edit: [result, many] }
  end: { type: endEvent }
";

fn files(call: &str) -> String {
    CALLER.replace("CALL", call)
}

fn begun(call: &str) -> Case {
    let caller = files(call);
    Case::begun(&[
        ("processes/p.yaml", &caller),
        ("processes/q.yaml", CALLED),
        ("forms/ours.yaml", OURS),
        ("forms/theirs.yaml", THEIRS),
    ])
}

/// The called case ends with these documents.
fn ended(
    case: &mut Case,
    given: &[(&str, Vec<Value>)],
    error: Option<&str>,
) -> Result<Vec<Event>, Rejection> {
    let documents = given.iter().map(|(name, all)| {
        let hashes = all.iter().map(|one| case.know(one.clone())).collect();
        ((*name).into(), hashes)
    });
    let documents = documents.collect();
    let (key, child) = (case.key("ask"), InstanceId(2));
    let error = error.map(Into::into);
    let (outcome, given, message) = (None, [].into(), None);
    let command = Command::EndCall { key, child, outcome, documents, given, error, message };
    case.give(Actor::Case { id: child }, command)
}

fn incident(case: &Case) -> (String, String) {
    let mut stopped = case.instance.activations().values().filter_map(|it| it.incident.as_ref());
    let one = stopped.next().expect("there is one");
    assert!(stopped.next().is_none());
    (one.code.clone(), one.message.clone())
}

fn retry(case: &mut Case) -> Vec<Event> {
    let grants = vec![Grant { role: "admin".into(), unit: None }];
    let admin = Actor::Person { id: "admin".into(), unit: None, grants };
    let command = Command::Retry { key: case.key("ask") };
    case.give(admin, command).expect("it stands")
}

#[test]
fn what_comes_back_and_does_not_fit_is_an_incident_and_never_written() {
    let mut case = begun("out: { back: result, all: many }");
    let long = json!({ "note": "much too long", "amount": 3 });
    let many = vec![json!({ "note": "a" }), json!({ "note": "much too long" })];
    ended(&mut case, &[("result", vec![long]), ("many", many)], None).expect("it waits");
    let expected = "expected what the called case of `q` gives to fit; `back` does not fit: note: At most 3 characters, found 13; `all` does not fit: note: At most 3 characters, found 13";
    assert_eq!(incident(&case), ("BAD_PAYLOAD".to_owned(), expected.to_owned()));
    assert_eq!(case.contents("back"), [Value::Null; 0]);
    assert_eq!(case.contents("all"), [json!({ "note": "a" })], "what fits is written");
    // A later try goes on without it, and calls nobody again.
    let events = retry(&mut case);
    let again = |one: &&Event| matches!(one, Event::CommandRequested { .. });
    assert_eq!(events.iter().find(again), None);
    assert_eq!(case.instance.outcome().map(ToString::to_string).as_deref(), Some("done"));
}

#[test]
fn what_fits_is_written_as_the_form_has_it() {
    let mut case = begun("out: { back: result }");
    let given = json!({ "note": "abc", "amount": null });
    ended(&mut case, &[("result", vec![given])], None).expect("it waits");
    assert_eq!(case.contents("back"), [json!({ "note": "abc" })]);
    assert_eq!(case.instance.status(), Status::Completed);
}

#[test]
fn the_rules_of_the_case_hold_for_what_comes_back() {
    for (amount, fits) in [(4, true), (5, false)] {
        let mut case = begun("out: { back: result }");
        let grants = vec![Grant { role: "admin".into(), unit: None }];
        let admin = Actor::Person { id: "admin".into(), unit: None, grants };
        let documents = [("limit".into(), Content::new(json!({ "amount": 5 })))].into();
        let variables = [].into();
        let correct = Command::Correct { documents, variables, retry: None, reason: "5".into() };
        case.give(admin, correct).expect("an admin may");
        let given = [("result", vec![json!({ "amount": amount })])];
        ended(&mut case, &given, None).expect("it waits");
        assert_eq!(case.instance.status() == Status::Completed, fits);
        if !fits {
            assert!(
                incident(&case).1.ends_with("`back` does not fit: amount: Too much"),
                "{:?}",
                incident(&case)
            );
        }
    }
}

#[test]
fn an_error_that_is_caught_goes_its_way_and_what_does_not_fit_is_not_written() {
    let mut case = begun("out: { back: result }");
    let long = vec![("result", vec![json!({ "note": "much too long" })])];
    ended(&mut case, &long, Some("LATE")).expect("it waits");
    assert_eq!(case.instance.outcome().map(ToString::to_string).as_deref(), Some("over"));
    assert_eq!(case.contents("back"), [Value::Null; 0]);
    let mut case = begun("out: { back: result }");
    ended(&mut case, &long, Some("OTHER")).expect("it waits");
    let (code, message) = incident(&case);
    assert_eq!(code, "UNCAUGHT_ERROR");
    assert!(message.contains("`back` does not fit: note: At most 3"), "{message}");
}

/// What is told of a call, where our form and theirs have these fields.
fn told(ours: &str, theirs: &str, call: &str) -> Vec<String> {
    let caller = files(call).replace(", rules: [{ check: amount < limit.amount, message: { zh: 超限, en: Too much }, field: amount }]", "");
    let form = |name: &str, fields: &str| {
        format!("form: {name}\nname: N\nfields:\n  note: {{ type: text, label: N }}\n{fields}\n")
    };
    let (ours, theirs) = (form("ours", ours), form("theirs", theirs));
    let found = problems(&[
        ("processes/p.yaml", &caller),
        ("processes/q.yaml", CALLED),
        ("forms/ours.yaml", &ours),
        ("forms/theirs.yaml", &theirs),
    ]);
    found.iter().map(|one| one.split_once(": ").expect("a place").1.to_owned()).collect()
}

#[test]
fn the_checker_compares_the_form_of_what_comes_back() {
    for (ours, theirs, expected) in [
        ("", "", None),
        ("  a: { type: decimal, label: A }", "  a: { type: integer, label: A }", None),
        ("  a: { type: text, label: A }", "  a: { type: date, label: A }", None),
        ("  a: { type: text, label: A, required: true, default: x }", "", None),
        (
            "",
            "  a: { type: text, label: A }",
            Some("unknownField: expected only fields that the form has, but `theirs` has `a`"),
        ),
        (
            "  a: { type: integer, label: A }",
            "  a: { type: text, label: A }",
            Some("wrongType: expected whole number for `a`, but in `theirs` it is text"),
        ),
        (
            "  a: { type: integer, label: A }",
            "  a: { type: decimal, label: A }",
            Some("wrongType: expected whole number for `a`, but in `theirs` it is number"),
        ),
        (
            "  a: { type: choice, label: A, options: { x: X } }",
            "  a: { type: choice, label: A, options: { x: X, y: Y } }",
            Some("unknownOption: expected an option of `a`, but in `theirs` it may be `y`"),
        ),
        (
            "  a: { type: group, label: A, fields: { b: { type: integer, label: B } } }",
            "  a: { type: group, label: A, fields: { b: { type: text, label: B } } }",
            Some("wrongType: expected whole number for `a.b`, but in `theirs` it is text"),
        ),
        (
            "  a: { type: text, label: A, required: true }",
            "",
            Some("missingField: expected `a`, which the form requires, but `theirs` has none"),
        ),
        (
            "  a: { type: text, label: A, required: true }",
            "  a: { type: text, label: A }",
            Some(
                "mayNotFit: expected `a`, which the form `ours` requires, but `theirs` may be without",
            ),
        ),
        (
            "  a: { type: text, label: A, required: true }",
            "  a: { type: text, label: A, required: true }",
            None,
        ),
    ] {
        let found = told(ours, theirs, "out: { back: result }");
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{ours} {theirs}");
    }
    let list = told("", "", "out: { back: many }");
    assert_eq!(list, ["wrongType: expected `back` to be a list, since what comes back is one"]);
    assert_eq!(told("", "", "out: { all: many }"), [""; 0]);
    assert_eq!(told("", "", "out: { all: result }"), [""; 0]);
}

#[test]
fn the_checker_looks_at_what_is_given() {
    let needs = "  a: { type: text, label: A, required: true }";
    for (theirs, given, expected) in [
        (
            needs,
            "=limit",
            Some("missingField: expected `a`, which the form requires, but `ours` has none"),
        ),
        (needs, "={'a': 'x'}", None),
        (
            needs,
            "={'note': 'x'}",
            Some(
                "missingField: expected `a`, which the form `theirs` requires, but it is not there",
            ),
        ),
        (
            "",
            "={'note': 'x'}",
            Some(
                "unknownField: expected a field of the form `theirs`, found `note` (did you mean `note`?)",
            ),
        ),
        (
            "",
            "=limit.note",
            Some("wrongType: expected the fields of the form `theirs`, found text"),
        ),
        ("", "=any", None),
        ("", "=limit", None),
    ] {
        let given =
            given.replace("note': 'x", if theirs.is_empty() { "noet': 'x" } else { "note': 'x" });
        let expected = expected.map(|it| it.replace("found `note`", "found `noet`"));
        let found = told("", theirs, &format!("in: {{ result: \"{given}\" }}"));
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{theirs} {given}");
    }
    assert_eq!(told("", "", "in: { many: =all }"), [""; 0]);
}
