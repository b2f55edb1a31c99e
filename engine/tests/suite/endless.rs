//! A scenario in which one step causes others for ever ends, and says so.

use engine::pack::{Pack, compile};
use engine::scenario::{Coverage, play};

const PACK: [(&str, &str); 6] = [
    ("pack.yaml", "pack: rings\nname: Rings\nversion: \"1\"\ncalendar: cn\nzone: UTC\n"),
    ("calendars/cn.yaml", "calendar: cn\nzone: UTC\n"),
    ("roles.yaml", "roles: { clerk: Clerk }\n"),
    ("people.yaml", "people: { li: { name: Li, roles: [clerk] } }\n"),
    (
        "processes/ping.yaml",
        "process: ping\nname: Ping\nstartedBy: [clerk]\nnodes:\n  wait: { type: intermediateCatchEvent, signal: pong }\n  throw: { type: intermediateThrowEvent, signal: ping, to: wait }\n",
    ),
    (
        "processes/pong.yaml",
        "process: pong\nname: Pong\nstartedBy: [clerk]\nnodes:\n  begin: { type: callActivity, process: ping, wait: false }\n  first: { type: userTask, role: clerk }\n  throw: { type: intermediateThrowEvent, signal: pong }\n  wait: { type: intermediateCatchEvent, signal: ping, to: throw }\n",
    ),
];

/// How a scenario of the pack fails, with processes of its own.
fn told(processes: &[(&str, &str)], scenario: &str) -> String {
    let path = "scenarios/rings.yaml";
    let scenarios = [(path, scenario)];
    let files = PACK[..4].iter().chain(processes).chain(&scenarios);
    let files: Vec<(String, String)> =
        files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let loaded = Pack::load(&files).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = compile(&files, |_| 1).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let failure = play(&compiled, &loaded, path, &mut Coverage::default()).expect_err("it fails");
    failure.diagnostics.iter().map(|one| one.message.as_str()).collect()
}

/// A case that sends itself the message by which what sends it begins, where the checker cannot know:
/// the keys are only the same by what they come to.
#[test]
fn a_case_that_writes_to_itself_for_ever_ends_the_scenario() {
    let process = "process: echo\nname: Echo\nstartedBy: [clerk]\nnodes:\n  first: { type: userTask, role: clerk }\n  send: { type: sendTask, message: post, key: x }\n  last: { type: userTask, role: clerk }\n  beside:\n    type: eventSubProcess\n    nodes:\n      by: { type: startEvent, message: post, key: \"='x'\", interrupting: false }\n      again: { type: sendTask, message: post, key: x }\n";
    let scenario = "process: echo\nscenario: For ever\nstart: { by: li, at: \"2026-09-15T09:00\" }\nsteps:\n  - complete: { task: first, by: li }\n";
    let told = told(&[("processes/echo.yaml", process)], scenario);
    assert!(told.contains("this goes on for ever: one step has caused 3000 others"), "{told}");
    assert!(told.ends_with("and still the message `post` is sent"), "{told}");
}

#[test]
fn two_cases_that_answer_each_other_for_ever_end_the_scenario() {
    let scenario = "process: pong\nscenario: For ever\nstart: { by: li, at: \"2026-09-15T09:00\" }\nsteps:\n  - complete: { task: first, by: li }\n";
    let told = told(&PACK[4..], scenario);
    assert!(told.contains("this goes on for ever: one step has caused 3000 others"), "{told}");
}
