//! Registers beyond one's own case, from the pack to what a scenario expects: rules of documents, the
//! `where` of an intake, a decision table, conditions; entries from outside, and changed ones.

use engine::pack::{Pack, compile};
use engine::scenario::{Coverage, play};

const GRANTS: &str = "register: grants
name: Grants
series: 'G{number}'
columns: { company: Company, state: State, months: Months }
types: { company: text, state: text, months: integer }
";

const SCENE: &str = "process: scene
name: Scene
startedBy: [clerk]
documents:
  request: { form: request, rules: [{ check: \"=entry('grants', request.grant).state == 'valid'\", message: No valid grant, field: grant }] }
  offers: { form: offer, list: true }
variables: { level: { type: any }, own: { type: texts } }
nodes:
  ask: { type: userTask, role: clerk, edit: request }
  level: { type: businessRuleTask, decision: level, into: level }
  offered:
    type: intake
    form: offer
    from: [company]
    where: { check: \"size(entries('grants', 'company', submitter.unit)) > 0\", message: You hold no grant }
    closes: 2 days
    into: offers
  list: { type: scriptTask, set: { own: \"=entries('grants', 'state', 'valid').filter(g, g.months > 6).map(g, g.number)\" } }
  revoke: { type: record, register: grants, number: =request.grant, columns: { state: revoked } }
  after: { type: exclusiveGateway, to: [{ when: \"entry('grants', request.grant).state == 'revoked'\", to: done }, wrong] }
  done: { type: endEvent, outcome: done }
  wrong: { type: endEvent, outcome: wrong }
";

fn files(scenario: &str) -> Vec<(&'static str, String)> {
    vec![
        ("pack.yaml", "pack: p\nname: P\nversion: '1'\ncalendar: cn\n".to_owned()),
        ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n".to_owned()),
        ("roles.yaml", "roles: { clerk: Clerk, company: Company }\n".to_owned()),
        (
            "people.yaml",
            "units: { acme: { name: Acme }, other: { name: Other } }\npeople:\n  li: { name: Li, roles: [clerk] }\n  ann: { name: Ann, unit: acme, roles: [company] }\n  bob: { name: Bob, unit: other, roles: [company] }\n".to_owned(),
        ),
        (
            "forms/request.yaml",
            "form: request\nname: Request\nfields: { grant: { type: text, label: Grant } }\n".to_owned(),
        ),
        (
            "forms/offer.yaml",
            "form: offer\nname: Offer\nfields: { text: { type: text, label: Text } }\n".to_owned(),
        ),
        (
            "decisions/level.yaml",
            "decision: level\nname: Level\nhit: first\ninputs: { months: \"=entry('grants', request.grant).months\" }\noutputs: { level: { type: text } }\nrules: [{ when: { months: '> 6' }, then: { level: high } }, { then: { level: low } }]\n".to_owned(),
        ),
        ("registers/grants.yaml", GRANTS.to_owned()),
        ("processes/scene.yaml", SCENE.to_owned()),
        ("scenarios/s.yaml", scenario.to_owned()),
    ]
}

const BEGIN: &str = "scenario: A scene
process: scene
registers:
  - { register: grants, number: G1, columns: { company: acme, state: valid, months: 12 } }
  - { register: grants, number: G2, columns: { company: acme, state: over, months: 24 } }
  - { register: grants, number: G3, columns: { company: acme, state: valid, months: 3 } }
start: { by: li, at: \"2026-03-10T09:00\" }
steps:
";

/// What is told of a scenario that fails; nothing where it plays.
fn told(text: &str) -> String {
    let files = files(text);
    let loaded = Pack::load(&files).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = compile(&files, |_| 1).unwrap_or_else(|problems| panic!("{problems:#?}"));
    match play(&compiled, &loaded, "scenarios/s.yaml", &mut Coverage::default()) {
        Ok(_) => String::new(),
        Err(failure) => format!("{:?}", failure.diagnostics),
    }
}

#[test]
fn rules_intakes_tables_and_conditions_look_into_registers() {
    let steps = "  - reject: { complete: { task: ask, by: li, with: { request: { grant: G2 } } }, code: INVALID_DOCUMENT }
  - complete: { task: ask, by: li, with: { request: { grant: G1 } } }
  - expect: { variables: { level: high } }
  - reject: { submit: { to: offered, by: bob, with: { text: x } }, code: SUBMISSION_REFUSED }
  - submit: { to: offered, by: ann, with: { text: x } }
  - advance: 3 days
  - expect: { outcome: done, variables: { own: [G1] }, registers: [{ register: grants, number: G1, columns: { state: revoked, months: 12 } }] }
";
    assert_eq!(told(&(BEGIN.to_owned() + steps)), "");
}

#[test]
fn a_number_that_no_entry_has_is_no_valid_grant() {
    let steps = "  - reject: { complete: { task: ask, by: li, with: { request: { grant: G9 } } }, code: INVALID_DOCUMENT }
  - reject: { complete: { task: ask, by: li, with: { request: {} } }, code: INVALID_DOCUMENT }
";
    assert_eq!(told(&(BEGIN.to_owned() + steps)), "");
}

#[test]
fn what_is_expected_of_an_entry_and_given_from_outside_is_checked() {
    let wrong =
        "  - expect: { registers: [{ register: grants, number: G1, columns: { state: over } }] }\n";
    assert!(told(&(BEGIN.to_owned() + wrong)).contains("expected `state` of G1 in `grants`"));
    for (from, to, part) in [
        ("register: grants, number: G1", "register: grant, number: G1", "expected a register"),
        ("company: acme, state: valid, months: 12", "firm: acme", "expected a column of `grants`"),
        ("months: 12", "months: many", "expected a whole number for `months`"),
    ] {
        let told = told(&BEGIN.replace(from, to).replace("steps:", "steps: []"));
        assert!(told.contains(part), "{part}: {told}");
    }
}
