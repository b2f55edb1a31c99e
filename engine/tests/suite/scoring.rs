//! Score sheets of several experts, from the pack to the result that the next node asks for.

use std::fmt::Write as _;

use engine::pack::{Pack, compile};
use engine::scenario::{Coverage, play};

const PROCESS: &str = "process: selection
name: Selection
startedBy: [clerk]
documents:
  sheets: { form: sheet, list: true }
variables:
  experts: { type: texts, initial: [wang, zhao, qian, sun] }
  result: { type: any }
nodes:
  scoring:
    type: userTask
    people: =experts
    edit: sheets
    score: SCORE
  x:
    type: exclusiveGateway
    to: [{ when: \"result.enough && result.ranking[0].passed\", to: chosen }, nobody]
  chosen: { type: endEvent, outcome: chosen }
  nobody: { type: endEvent, outcome: nobody }
";

const SCORE: &str = "{ of: sheets, rows: scores, by: unit, criteria: { plan: 1, price: 0.5 }, trim: 1, least: 3, void: sheet.signed == false, pass: 60, ties: [plan], into: result }";

const FORM: &str = "form: sheet
name: Sheet
fields:
  signed: { type: boolean, label: Signed }
  scores:
    type: table
    label: Scores
    columns:
      unit: { type: text, label: Unit }
      plan: { type: decimal, label: Plan }
      price: { type: decimal, label: Price }
";

fn files(score: &str, scenario: &str) -> Vec<(&'static str, String)> {
    vec![
        ("pack.yaml", "pack: p\nname: P\nversion: '1'\ncalendar: cn\n".to_owned()),
        ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n".to_owned()),
        ("roles.yaml", "roles: { clerk: Clerk, expert: Expert }\n".to_owned()),
        (
            "people.yaml",
            "people:\n  li: { name: Li, roles: [clerk] }\n".to_owned()
                + &["wang", "zhao", "qian", "sun"]
                    .map(|id| format!("  {id}: {{ name: {id}, roles: [expert] }}\n"))
                    .concat(),
        ),
        ("forms/sheet.yaml", FORM.to_owned()),
        ("processes/selection.yaml", PROCESS.replace("SCORE", score)),
        ("scenarios/s.yaml", scenario.to_owned()),
    ]
}

/// A scenario in which each expert hands a sheet in: whether they sign it, and what they give to
/// two units for plan and price.
fn scenario(sheets: &[(&str, bool, [i32; 4])], expect: &str) -> String {
    let mut text = "scenario: Scoring\nprocess: selection\nstart: { by: li, at: \"2026-03-10T09:00\" }\nsteps:\n"
        .to_owned();
    for (expert, signed, [a, b, c, d]) in sheets {
        let rows =
            format!("[{{ unit: A, plan: {a}, price: {b} }}, {{ unit: B, plan: {c}, price: {d} }}]");
        let step = format!(
            "  - complete: {{ task: scoring, by: {expert}, with: {{ sheets: {{ signed: {signed}, scores: {rows} }} }} }}\n"
        );
        text.push_str(&step);
    }
    text + "  - expect: " + expect + "\n"
}

fn run(scenario: &str) {
    run_with(SCORE, scenario);
}

fn run_with(score: &str, scenario: &str) {
    let files = files(score, scenario);
    let loaded = Pack::load(&files).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = compile(&files, |_| 1).unwrap_or_else(|problems| panic!("{problems:#?}"));
    if let Err(failure) = play(&compiled, &loaded, "scenarios/s.yaml", &mut Coverage::default()) {
        panic!("{:#?}\n{scenario}", failure.diagnostics);
    }
}

#[test]
fn sheets_are_counted_when_all_are_in_and_the_next_node_sees_the_result() {
    // A: 60, 70, 80, 10 without the lowest and the highest; B: 50, 55, 90, 61.
    run(&scenario(
        &[
            ("wang", true, [50, 20, 40, 20]),
            ("zhao", true, [60, 20, 50, 10]),
            ("qian", true, [70, 20, 80, 20]),
            ("sun", true, [5, 10, 56, 10]),
        ],
        "{ status: completed, outcome: chosen, variables: { result: { sheets: 4, void: [], enough: true, ranking: [
            { by: A, score: 65.0, rank: 1, tied: false, passed: true, sheets: [
              { sheet: 1, total: 60.0, leftOut: null }, { sheet: 2, total: 70.0, leftOut: null },
              { sheet: 3, total: 80.0, leftOut: highest }, { sheet: 4, total: 10.0, leftOut: lowest }] },
            { by: B, score: 58.0, rank: 2, tied: false, passed: false, sheets: [
              { sheet: 1, total: 50.0, leftOut: lowest }, { sheet: 2, total: 55.0, leftOut: null },
              { sheet: 3, total: 90.0, leftOut: highest }, { sheet: 4, total: 61.0, leftOut: null }] }] } } }",
    ));
}

#[test]
fn void_sheets_do_not_count_and_too_few_choose_nobody() {
    run(&scenario(
        &[
            ("wang", false, [50, 20, 40, 20]),
            ("zhao", true, [60, 20, 50, 10]),
            ("qian", true, [70, 20, 80, 20]),
            ("sun", false, [5, 10, 56, 10]),
        ],
        "{ status: completed, outcome: nobody, variables: { result: { sheets: 4, void: [1, 4], enough: false, ranking: [] } } }",
    ));
}

#[test]
fn sheets_are_counted_at_the_deadline_without_who_is_absent() {
    let sheets = [
        ("wang", true, [50, 20, 40, 20]),
        ("zhao", true, [60, 20, 50, 10]),
        ("qian", true, [70, 20, 80, 20]),
    ];
    let closing =
        SCORE.replace("into: result }", "into: result, close: due }\n    due: 2 workdays");
    let late = |sheets, expect| {
        scenario(sheets, expect).replace("  - expect:", "  - advance: 10 days\n  - expect:")
    };
    run_with(&closing, &late(&sheets, "{ status: completed, outcome: chosen }"));
    run_with(&closing, &late(&sheets[..2], "{ status: completed, outcome: nobody }"));
    run_with(&closing, &late(&[], "{ status: completed, outcome: nobody }"));
    let waiting = closing.replace(", close: due", "");
    run_with(&waiting, &late(&sheets, "{ status: active, at: [scoring] }"));
}

#[test]
fn what_cannot_be_counted_is_told() {
    let codes = |score: &str| {
        let none = scenario(&[], "{ status: active }");
        match compile(&files(score, &none), |_| 1) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(|problem| problem.code).collect(),
        }
    };
    assert_eq!(codes(SCORE), Vec::<&str>::new());
    for (from, to, code) in [
        ("of: sheets", "of: other", "notWritten"),
        ("rows: scores", "rows: score", "unknownField"),
        ("rows: scores", "rows: signed", "wrongType"),
        ("by: unit, ", "", "missingKey"),
        ("by: unit", "by: units", "unknownField"),
        ("plan: 1", "plans: 1", "unknownField"),
        ("plan: 1", "unit: 1", "wrongType"),
        ("plan: 1", "plan: 0", "outOfRange"),
        ("least: 3", "least: 2", "outOfRange"),
        ("ties: [plan]", "ties: [unit]", "unknownName"),
        ("into: result", "into: results", "unknownVariable"),
        ("into: result", "into: experts", "wrongType"),
        ("void: sheet.signed == false", "void: sheet.sealed", "unknownField"),
        ("pass: 60", "places: 7", "outOfRange"),
        ("pass: 60", "close: due", "neverCloses"),
    ] {
        let found = codes(&SCORE.replace(from, to));
        assert!(found.contains(&code), "{to}: expected {code}, found {found:?}");
    }
}

const OF_TWO: &str = "{ of: sheets, rows: scores, by: unit, candidates: \"=['A', 'B']\", criteria: { plan: 1 }, into: result }";

#[test]
fn a_sheet_has_one_row_for_each_candidate_and_no_other() {
    let sheet = |units: &[&str]| {
        let rows: Vec<String> =
            units.iter().map(|unit| format!("{{ unit: {unit}, plan: 1, price: 1 }}")).collect();
        let rows = rows.join(", ");
        format!(
            "{{ task: scoring, by: wang, with: {{ sheets: {{ signed: true, scores: [{rows}] }} }}"
        )
    };
    let mut text = "scenario: Scoring\nprocess: selection\nstart: { by: li, at: \"2026-03-10T09:00\" }\nsteps:\n"
        .to_owned();
    for units in [&["A"][..], &["A", "B", "health"], &["A", "B", "B"], &[]] {
        let step = sheet(units);
        writeln!(text, "  - reject: {{ complete: {step} }}, code: INVALID_DOCUMENT }}")
            .expect("it is text");
    }
    writeln!(text, "  - complete: {} }}", sheet(&["B", "A"])).expect("it is text");
    run_with(OF_TWO, &text);
}

#[test]
fn a_refused_sheet_says_who_is_missing_and_who_is_too_many() {
    let step = "  - complete: { task: scoring, by: wang, with: { sheets: { signed: true, scores: [{ unit: A, plan: 1 }, { unit: A, plan: 1 }, { unit: health, plan: 1 }] } } }\n";
    let text = "scenario: Scoring\nprocess: selection\nstart: { by: li, at: \"2026-03-10T09:00\" }\nsteps:\n"
        .to_owned() + step;
    let files = files(OF_TWO, &text);
    let loaded = Pack::load(&files).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = compile(&files, |_| 1).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let played = play(&compiled, &loaded, "scenarios/s.yaml", &mut Coverage::default());
    let told = format!("{:?}", played.expect_err("it is refused").diagnostics);
    for part in ["missing are B", "not among them are health", "more than once there are A"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn candidates_are_a_list_of_what_rows_say() {
    let code = |candidates: &str| {
        let score = OF_TWO.replace("=['A', 'B']", candidates);
        match compile(
            &files(
                &score,
                "scenario: S\nprocess: selection\nstart: { by: li, at: \"2026-03-10T09:00\" }\n",
            ),
            |_| 1,
        ) {
            Ok(_) => Vec::new(),
            Err(problems) => {
                let errors = problems.iter().filter(|one| one.is_error());
                errors.map(|one| one.code).collect()
            }
        }
    };
    assert_eq!(code("=experts"), Vec::<&str>::new());
    assert_eq!(code("=[1, 2]"), ["wrongType"]);
    assert_eq!(code("='A'"), ["wrongType"]);
    let alone = OF_TWO
        .replace("rows: scores, by: unit, ", "")
        .replace("criteria: { plan: 1 }", "criteria: { signed: 1 }");
    let found = compile(&files(&alone, ""), |_| 1).expect_err("nobody knows whose a row is");
    assert!(found.iter().any(|one| one.code == "missingKey"), "{found:?}");
}
