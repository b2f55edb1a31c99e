//! Steps by which an admin repairs a case, and cases that begin by themselves, played from the pack in
//! `tests/packs/repairs`, which the tests of the server play over GraphQL; and what is said of a
//! scenario that does not go as written.

use std::path::{Path, PathBuf};

use engine::pack::{Loaded, Pack, compile};
use engine::scenario::{Coverage, play};

type Files = Vec<(String, String)>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/packs/repairs")
}

/// The pack's files, by their paths in it.
fn files() -> Files {
    let (mut files, mut folders) = (Files::new(), vec![folder()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder of the pack") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder()).expect("it is in the pack").to_string_lossy();
            let text = std::fs::read_to_string(&path).expect("a text");
            files.push((name.replace('\\', "/"), text));
        }
    }
    files.sort();
    files
}

fn load(files: &Files) -> Loaded {
    Pack::load(files).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// What is said of a scenario that is wrong or fails, each with its line.
fn fails(head: &str, steps: &str) -> Vec<String> {
    let mut files = files();
    let path = "scenarios/wrong.yaml";
    files.push((path.to_owned(), format!("scenario: Wrong\n{head}\nsteps:\n{steps}")));
    let line = |one: &engine::diagnostic::Diagnostic| {
        format!("{}: {} {}", one.place.line, one.code, one.message)
    };
    let loaded = match Pack::load(&files) {
        Ok(loaded) => loaded,
        Err(problems) => return problems.iter().map(line).collect(),
    };
    let compiled = compile(&files, |_| 1).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let failure = play(&compiled, &loaded, path, &mut Coverage::default()).expect_err("it fails");
    failure.diagnostics.iter().map(line).collect()
}

const INSPECTION: &str = "process: inspection\nstart: { by: li, at: \"2026-03-10T09:00\" }";

#[test]
fn scenarios_of_the_pack_go_as_written() {
    let files = files();
    let loaded = load(&files);
    let compiled = compile(&files, |_| 1).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(compiled.warnings.is_empty(), "{:#?}", compiled.warnings);
    let mut coverage = Coverage::default();
    let own = loaded.pack.scenarios.iter().filter(|file| !file.ends_with("fixtures.yaml"));
    let mut failures = Vec::new();
    for file in own {
        if let Err(failure) = play(&compiled, &loaded, file, &mut coverage) {
            failures.push(format!("{file}: {:#?}", failure.diagnostics));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    for (kind, missed) in coverage.missed(compiled.definitions.values().map(|one| &**one)) {
        assert!(missed.missed.is_empty(), "{kind} not reached: {:?}", missed.missed);
    }
}

#[test]
fn a_head_says_one_way_in_which_the_case_begins() {
    for (start, expected) in [
        ("at: 2026-03-10", "expected one of `by`, `message`, `signal` and `timer`"),
        ("at: 2026-03-10, by: li, timer: yearly", "expected one of `by`, `message`, `signal`"),
        ("at: 2026-03-10, timer: yearly, with: { question: first }", "expected `with` only beside"),
    ] {
        let mut files = files();
        let text = format!("scenario: Wrong\nprocess: answer\nstart: {{ {start} }}\n");
        files.push(("scenarios/wrong.yaml".to_owned(), text));
        let problems = Pack::load(&files).expect_err("it is wrong");
        let [problem] = &problems[..] else { panic!("{start}: {problems:#?}") };
        assert_eq!((problem.code, problem.place.line), ("badStart", 3), "{start}");
        assert!(problem.message.starts_with(expected), "{start}: {}", problem.message);
    }
}

#[test]
fn a_case_that_does_not_begin_is_told() {
    let answer = |start: &str| {
        let head = format!("process: answer\nstart: {{ at: \"2026-03-10T09:00\", {start} }}");
        fails(&head, "  []\n")
    };
    let none = "3: scenarioFailed expected that a case of `answer` begins, but none did";
    assert_eq!(answer("message: { name: nobodyWaits }"), [none]);
    assert_eq!(answer("signal: { name: nobodyHears }"), [none]);
    assert_eq!(
        answer("timer: asked"),
        [
            "3: scenarioFailed expected a start event of `answer` whose time comes after `at`, found \
          `asked`"
        ]
    );
}

#[test]
fn what_stops_a_case_fails_the_scenario_unless_it_is_expected_next() {
    let write = "  - complete: { task: write, by: li, with: { report: first } }\n";
    let expect = "  - expect: { incidents: [BAD_TIME] }\n";
    let retry = "  - retry: { by: admin, node: wait }\n";
    let stopped = |line: u32| {
        format!("{line}: scenarioFailed an incident at `wait` of `inspection`: BAD_TIME: ")
    };
    for (steps, line) in [
        (write.to_owned(), 5),
        (format!("{write}  - expect: {{ at: [wait] }}\n"), 5),
        (format!("{write}{expect}{retry}"), 7),
        (format!("{write}{expect}{retry}  - advance: 1 hours\n{expect}"), 7),
    ] {
        let found = fails(INSPECTION, &steps);
        assert!(found.len() == 1 && found[0].starts_with(&stopped(line)), "{steps}: {found:?}");
    }
    let twice = "  - reject: { code: NOT_OPEN, claim: { task: write, by: li }, retry: { by: admin, \
                 node: wait } }\n";
    let found = fails(INSPECTION, twice);
    assert_eq!(found, ["5: badReject expected one step beside `code`, found 2"]);
}

#[test]
fn what_stops_a_case_as_it_begins_fails_the_start_and_no_incident_means_none() {
    let watched = "process: watched\nstart: { by: li, at: \"2026-03-10T09:00\" }";
    let begun = "3: scenarioFailed an incident at `stop` of `watched`: BAD_KEY: ";
    for steps in ["  []\n", "  - expect: { at: [write] }\n", "  - expect: { incidents: [] }\n"] {
        let found = fails(watched, steps);
        assert!(found.len() == 1 && found[0].starts_with(begun), "{steps}: {found:?}");
    }
    let none = "  - expect: { incidents: [BAD_KEY] }\n  - expect: { incidents: [] }\n";
    let found = "6: scenarioFailed expected no incident, found [\"BAD_KEY\"]";
    assert_eq!(fails(watched, none), [found]);
}

#[test]
fn a_refusal_is_the_one_that_the_scenario_means_or_fails_it() {
    // It is refused for a field that the form does not have.
    let reject = |meant: &str| {
        format!(
            "  - reject: {{ complete: {{ task: write, by: li, with: {{ report: {{ strange: 1 }} }} }}, \
             code: INVALID_DOCUMENT, {meant} }}\n  - expect: {{ at: [nowhere] }}\n"
        )
    };
    for (meant, wanted) in [
        ("field: strange", None),
        ("field: strang", Some("5: scenarioFailed expected INVALID_DOCUMENT of `strang`, but")),
        (
            "message: nonsense",
            Some("5: scenarioFailed expected INVALID_DOCUMENT that says \"nonsense\", but"),
        ),
    ] {
        let found = fails(INSPECTION, &reject(meant));
        // What is met goes on to the step that fails.
        let begins = wanted.unwrap_or("6: scenarioFailed expected the case at `nowhere`");
        assert!(found.len() == 1 && found[0].starts_with(begins), "{meant}: {found:?}");
    }
}

#[test]
fn a_version_before_that_cannot_run_is_told_at_its_place() {
    let head = "process: permit\nbefore:\n  override:\n    nodes:\n      apply: { type: userTask, \
                role: nobody }\nstart: { by: li, at: \"2026-03-10T09:00\" }";
    let found = fails(head, "  []\n");
    assert!(found.len() == 1 && found[0].starts_with("6: unknownRole "), "{found:?}");
}
