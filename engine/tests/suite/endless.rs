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

#[test]
fn two_cases_that_answer_each_other_for_ever_end_the_scenario() {
    let scenario = "process: pong\nscenario: For ever\nstart: { by: li, at: \"2026-09-15T09:00\" }\nsteps:\n  - complete: { task: first, by: li }\n";
    let path = "scenarios/rings.yaml";
    let mut files: Vec<(String, String)> =
        PACK.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    files.push((path.to_owned(), scenario.to_owned()));
    let loaded = Pack::load(&files).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = compile(&files, |_| 1).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let failure = play(&compiled, &loaded, path, &mut Coverage::default()).expect_err("it fails");
    let told: Vec<String> = failure.diagnostics.iter().map(|one| one.message.clone()).collect();
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.contains("this goes on for ever: one step has caused 3000 others"), "{told}");
}
