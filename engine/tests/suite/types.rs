//! What expressions may ask of a decision's result and of whom a draw may choose: a name that is
//! misspelt is told where it stands, before a case runs.

use engine::pack::{compile, compile_published};

const PROCESS: &str = "process: selection
name: Selection
startedBy: [clerk]
variables:
  rules: { type: any }
  panel: { type: texts }
nodes:
  decide: { type: businessRuleTask, decision: limits, into: rules }
  x: { type: exclusiveGateway, to: [{ when: CONDITION, to: end }, draw] }
  draw: { type: draw, pool: POOL, size: '1', where: WHERE, recuse: { kin: RECUSE }, into: panel }
  end: { type: endEvent }
";

/// The process with some words changed.
fn files(changes: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let mut process = PROCESS.to_owned();
    let defaults = [
        ("CONDITION", "rules.minimum > 2"),
        ("WHERE", "candidate.unit == 'a'"),
        ("RECUSE", "size(candidate.fields.kin) > 0"),
        ("POOL", "expert"),
    ];
    for (from, to) in changes.iter().chain(&defaults) {
        process = process.replace(from, to);
    }
    vec![
        ("pack.yaml", "pack: p\nname: P\nversion: '1'\n".to_owned()),
        ("roles.yaml", "roles: { clerk: Clerk, expert: Expert, judge: Judge, admin: Admin }\n".to_owned()),
        (
            "people.yaml",
            "people:\n  li: { name: Li, roles: [clerk, admin] }\n  wang: { name: Wang, roles: [expert], fields: { kin: [] } }\n  zhao: { name: Zhao, roles: [{ role: expert, unit: b }], fields: { employers: [] } }\nunits: { b: { name: B } }\n".to_owned(),
        ),
        (
            "decisions/limits.yaml",
            "decision: limits\nname: Limits\nhit: first\ninputs: { who: =initiator.id }\noutputs: { minimum: { type: integer }, route: { type: text, values: [fast, slow] } }\nrules:\n  - { then: { minimum: 3, route: fast } }\n".to_owned(),
        ),
        ("processes/selection.yaml", process),
    ]
}

/// What is wrong with it: `line:column code`, and what it suggests.
fn check(changes: &[(&str, &str)]) -> Vec<String> {
    let problems = match compile(&files(changes), |_| 1) {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems,
    };
    let told = problems.iter().map(|one| {
        let hint = one.hint.as_deref().unwrap_or_default();
        format!("{}:{} {} {hint}", one.place.line, one.place.column, one.code)
    });
    told.collect()
}

#[test]
fn what_a_decision_gives_has_the_type_of_its_table() {
    assert_eq!(check(&[]), Vec::<String>::new());
    for (condition, expected) in [
        ("rules.minimun > 2", "9:50 unknownField did you mean `minimum`?"),
        ("rules.route == 'fats'", "9:57 unknownOption did you mean `fast`?"),
        ("rules.minimum == 'x'", "9:59 wrongType "),
    ] {
        assert_eq!(check(&[("CONDITION", condition)]), [expected]);
    }
}

#[test]
fn what_something_else_writes_as_well_may_be_anything() {
    let misspelt = ("CONDITION", "rules.minimun > 2");
    for other in [
        "s: { type: scriptTask, set: { rules: 'null' } }",
        "s: { type: serviceTask, topic: t, into: rules }",
        "s: { type: receiveTask, message: m, key: '''k''', into: rules }",
        "s: { type: manualTask, forEach: { in: panel, as: one, result: one, into: rules } }",
    ] {
        let nodes = format!("nodes:\n  {other}");
        let found = check(&[misspelt, ("nodes:", &nodes)]);
        assert!(!found.iter().any(|one| one.contains("unknownField")), "{other}: {found:?}");
    }
    let initial = ("rules: { type: any }", "rules: { type: any, initial: { minimun: 3 } }");
    assert_eq!(check(&[misspelt, initial]), Vec::<String>::new());
}

#[test]
fn who_may_be_drawn_has_the_fields_of_the_people_of_the_role() {
    for (changes, expected) in [
        (
            &[("RECUSE", "size(candidate.fields.kinn) > 0")][..],
            vec!["unknownField did you mean `kin`?"],
        ),
        (
            &[("RECUSE", "size(candidate.fields.employerz) > 0")],
            vec!["unknownField did you mean `employers`?"],
        ),
        (&[("WHERE", "candidate.unt == 'a'")], vec!["unknownField did you mean `unit`?"]),
        // Of the holders of this role the pack says nothing: the directory knows.
        (&[("RECUSE", "size(candidate.fields.kinn) > 0"), ("POOL", "judge")], vec![]),
        (
            &[("WHERE", "candidate.unt == 'a'"), ("POOL", "judge")],
            vec!["unknownField did you mean `unit`?"],
        ),
    ] {
        let found: Vec<String> = check(changes)
            .into_iter()
            .map(|one| {
                assert!(one.starts_with("10:"), "{one}");
                one.split_once(' ').expect("it has a place").1.to_owned()
            })
            .collect();
        assert_eq!(found, expected, "{changes:?}");
    }
}

#[test]
fn a_published_pack_runs_as_it_was_checked() {
    let changes =
        [("CONDITION", "rules.minimun > 2"), ("RECUSE", "size(candidate.fields.kinn) > 0")];
    assert!(compile(&files(&changes), |_| 1).is_err());
    assert!(compile_published(&files(&changes), |_| 1).is_ok());
}
