//! The commands that end by themselves, as a person and as a program run them: what they print, how
//! they end, and that what is refused leaves nothing behind.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::command_line::{folder, mandate};

/// The office's pack, with one scenario that passes and what else is given.
fn office(more: &[(&str, &str)]) -> tempfile::TempDir {
    let scenario = "scenario: Three\nprocess: three\nstart: { by: clerk0, at: '2026-01-05T09:00' }\n\
        steps:\n  - complete: { task: one, by: clerk0 }\n  - complete: { task: two, by: clerk1 }\n  \
        - complete: { task: three, by: clerk0 }\n  - expect: { status: completed }\n";
    let here = folder(&[("pack/scenarios/three.yaml", scenario)]);
    let pack = here.path().join("pack");
    tests::office::write(&pack).expect("a pack");
    for (path, text) in more {
        std::fs::write(pack.join(path), text).expect("a file");
    }
    here
}

/// Its code, what it printed as a result, and what it said about its run.
fn ended(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// What a command prints as JSON, and its code.
fn told(here: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let (code, result, said) = ended(&mandate(here, arguments));
    let json = serde_json::from_str(&result);
    (code, json.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {result} {said}")))
}

/// Every file and folder in a folder.
fn listed(here: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(here).expect("a folder").flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

const WRONG: (&str, &str) = ("processes/wrong.yaml", "process: wrong\nname: 2026\nnodes: {}\n");

#[test]
fn check_tells_a_program_every_problem_in_full() {
    let here = office(&[]);
    assert_eq!(told(here.path(), &["check", "pack", "--format", "json"]), (Some(0), json!([])));
    let here = office(&[WRONG]);
    let (code, problems) = told(here.path(), &["check", "pack", "--format", "json"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        problems[0],
        json!({
            "code": "wrongType",
            "severity": "error",
            "place": { "file": "processes/wrong.yaml", "line": 2, "column": 7, "length": 4 },
            "message": "expected text such as `通过`, or `{ zh: 通过, en: Accept }`, found the number 2026",
            "hint": "put it in quotes: \"2026\"",
            "excerpt": "name: 2026",
        })
    );
}

#[test]
fn test_plays_the_scenarios_and_ends_by_what_came_of_them() {
    let here = office(&[]);
    let (code, text, _) = ended(&mandate(here.path(), &["test", "pack"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("✓ scenarios/three.yaml  Three  (4 steps, 1 case, "), "{text}");
    assert!(text.contains("1 scenario: 1 passed, 0 failed"), "{text}");

    let never = "scenario: Never\nprocess: three\nstart: { by: clerk0, at: '2026-01-05T09:00' }\n\
        steps:\n  - expect: { at: [three] }\n";
    let here = office(&[("scenarios/never.yaml", never)]);
    let (code, report) = told(here.path(), &["test", "pack", "--format", "json"]);
    assert_eq!((code, &report["passed"], &report["failed"]), (Some(1), &json!(1), &json!(1)));
    let failed = &report["scenarios"][0];
    assert_eq!(
        (&failed["file"], &failed["passed"]),
        (&"scenarios/never.yaml".into(), &false.into())
    );
    assert_eq!(failed["problems"][0]["place"]["line"], 5, "{failed}");
    let missed = report["coverage"]["nodes"]["missed"].as_array().expect("a list");
    assert!(missed.iter().any(|node| node == "permit: review"), "{missed:?}");

    let (code, problems) = told(office(&[WRONG]).path(), &["test", "pack", "--format", "json"]);
    assert_eq!((code, &problems[0]["code"]), (Some(1), &json!("wrongType")));
}

#[test]
fn check_and_test_speak_chinese_where_that_is_asked_for() {
    let never = "scenario: Never\nprocess: three\nstart: { by: clerk0, at: '2026-01-05T09:00' }\n\
        steps:\n  - expect: { at: [three] }\n";
    let here = office(&[("scenarios/never.yaml", never)]);
    let (code, text, _) = ended(&mandate(here.path(), &["test", "pack", "--lang", "zh"]));
    assert_eq!(code, Some(1));
    for said in [
        "✓ scenarios/three.yaml  Three（4 步，1 个案件，",
        "错误：情景没有按预期进行 [scenarioFailed]",
        "说明：案件应在 `three`，实际在 one",
        "共 2 个情景：通过 1 个，未通过 1 个",
        "已走到：节点 ",
        "`mandate test pack --coverage` 列出没有任何情景走到的 ",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let here = office(&[WRONG]);
    let (_, text, _) = ended(&mandate(here.path(), &["check", "pack", "--lang", "zh"]));
    for said in ["提示：加上引号：\"2026\"", "2 个错误，0 个提醒"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn deploy_publishes_what_is_right_and_says_so_to_both() {
    let here = office(&[]);
    let (code, text, said) = ended(&mandate(here.path(), &["deploy", "pack"]));
    assert_eq!((code, text.as_str()), (Some(0), "office version 1: published\n"), "{said}");
    let (code, text, _) = ended(&mandate(here.path(), &["deploy", "pack"]));
    assert_eq!((code, text.as_str()), (Some(0), "office version 1: already published\n"));
    let again = told(here.path(), &["deploy", "pack", "--format", "json"]);
    let unchanged = json!({ "pack": "office", "version": 1, "unchanged": true, "problems": [] });
    assert_eq!(again, (Some(0), unchanged));
    let roles = "roles: { clerk: C, reviewer: R, admin: A, auditor: B, worker: W, head: H }\n";
    std::fs::write(here.path().join("pack/roles.yaml"), roles).expect("a file");
    let (code, next) = told(here.path(), &["deploy", "pack", "--format", "json"]);
    assert_eq!((code, &next["version"], &next["unchanged"]), (Some(0), &json!(2), &json!(false)));
}

#[test]
fn deploy_makes_no_database_for_a_pack_that_has_errors() {
    let here = office(&[WRONG]);
    let (code, text, said) = ended(&mandate(here.path(), &["deploy", "pack"]));
    assert_eq!((code, text.as_str()), (Some(1), ""), "{said}");
    assert!(said.contains("processes/wrong.yaml:2:7: error: expected text"), "{said}");
    let (code, told) = told(here.path(), &["deploy", "pack", "--format", "json"]);
    assert_eq!((code, &told["version"], &told["unchanged"]), (Some(1), &Value::Null, &json!(true)));
    assert_eq!(told["problems"][0]["code"], "wrongType");
    assert_eq!(listed(here.path()), ["pack"], "neither a database nor a folder for files");
    let (code, _, said) = ended(&mandate(here.path(), &["deploy", "nowhere"]));
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn schema_prints_what_editors_and_people_read() {
    let here = folder(&[]);
    let (code, process) = told(here.path(), &["schema"]);
    assert_eq!((code, &process["title"]), (Some(0), &json!("ProcessFile")));
    assert_eq!(told(here.path(), &["schema", "process"]).1, process);
    let (code, form) = told(here.path(), &["schema", "form"]);
    assert_eq!((code, &form["title"]), (Some(0), &json!("FormSource")));
    let (code, text, _) = ended(&mandate(here.path(), &["schema", "reference"]));
    assert!(code == Some(0) && text.starts_with("# ") && text.contains("userTask"), "{text}");
    let (code, text, said) = ended(&mandate(here.path(), &["schema", "poem"]));
    assert_eq!((code, text.as_str()), (Some(2), ""));
    assert!(said.contains("process") && said.contains("form") && said.contains("`poem`"), "{said}");
}

/// A figure is a number, and so is its ratio to what it is held against.
fn is_figure(figure: &Value, keys: &[&str]) -> bool {
    keys.iter().all(|key| figure[*key].as_f64().is_some_and(|number| number > 0.0))
}

#[test]
fn bench_sets_each_figure_beside_the_floor() {
    let here = folder(&[]);
    let arguments = ["bench", "--in-flight", "1", "--seconds", "1", "--format", "json"];
    let (code, report) = told(here.path(), &arguments);
    assert_eq!((code, &report["database"]), (Some(0), &json!("sqlite")));
    let levels = report["levels"].as_array().expect("a list");
    assert_eq!((levels.len(), &levels[0]["inFlight"]), (1, &json!(1)));
    for name in ["instancesPerS", "commandsPerS", "p50Ms", "p99Ms"] {
        let figure = &levels[0][name];
        assert!(is_figure(figure, &["ours", "floor", "ratio"]), "{name}: {figure}");
    }
    let left = listed(here.path());
    assert_eq!(left, [""; 0], "what was measured is gone, and nothing else is left");
}

#[test]
fn bench_start_sets_each_figure_beside_its_goal() {
    let here = office(&[]);
    let arguments = ["bench", "--start", "--pack", "pack", "--seconds", "0", "--format", "json"];
    let (code, report) = told(here.path(), &arguments);
    assert_eq!((code, &report["pack"]), (Some(0), &json!("pack")));
    for name in ["firstAnswerMs", "idleMemoryMb"] {
        let figure = &report[name];
        assert!(is_figure(figure, &["least", "p50", "most", "goal", "ratio"]), "{name}: {figure}");
    }
}
