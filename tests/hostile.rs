//! Hostile files against the built binary: each is refused with its place, in at most two
//! seconds of the processor and 256 MB of memory, which the operating system enforces.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Limits of a check: seconds of the processor, kilobytes of memory that it may write to: heap,
/// data, stacks. Two seconds are promised of the released program, which takes a quarter of one for the
/// worst of these; one that is not optimised took 2.08 on a busy machine. Nor does the text count, of
/// which that one has 120 MB.
const SECONDS: u32 = if cfg!(debug_assertions) { 6 } else { 2 };
const KILOBYTES: u32 = 256 * 1024;

/// Runs a command on a path under the limits, and answers what it says and whether all is well.
fn limited(command: &str, path: &Path) -> Result<(Value, bool)> {
    let script = format!("ulimit -t {SECONDS}; ulimit -d {KILOBYTES}; exec \"$@\"");
    let mut limited = Command::new("sh");
    limited.args(["-c", &script, "sh"]).arg(testkit::binary::mandate()?);
    let done = limited.args([command, "--format", "json"]).arg(path).output()?;
    let complained = String::from_utf8_lossy(&done.stderr);
    ensure!(matches!(done.status.code(), Some(0 | 1)), "{}: {complained}", done.status);
    let said = serde_json::from_slice(&done.stdout).context("JSON")?;
    Ok((said, done.status.success()))
}

/// Checks a pack's folder under the limits, and answers its problems.
fn check(folder: &Path) -> Result<Vec<Value>> {
    let (said, good) = limited("check", folder)?;
    let problems: Vec<Value> = serde_json::from_value(said).context("a list of problems")?;
    let errors = problems.iter().any(|problem| problem["severity"] == "error");
    ensure!(good != errors, "{problems:?}");
    Ok(problems)
}

/// Imports a model under the limits, and answers its problems.
fn import(model: &str) -> Result<Vec<Value>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.bpmn");
    std::fs::write(&path, model)?;
    let (mut said, _) = limited("import", &path)?;
    serde_json::from_value(said["problems"].take()).context("a list of problems")
}

/// Problems as `file:line:column code`.
fn said(problems: &[Value]) -> Vec<String> {
    let place = |problem: &Value, key: &str| problem["place"][key].to_string().replace('"', "");
    let all = problems.iter().map(|problem| {
        let [file, line, column] = ["file", "line", "column"].map(|key| place(problem, key));
        format!("{file}:{line}:{column} {}", problem["code"].as_str().unwrap_or_default())
    });
    all.collect()
}

/// The office with one file more, or another in its place.
fn with(path: &str, bytes: &[u8]) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    tests::office::write(folder.path())?;
    let path = folder.path().join(path);
    std::fs::create_dir_all(path.parent().context("it is in the folder")?)?;
    std::fs::write(path, bytes)?;
    Ok(folder)
}

fn bomb() -> String {
    let mut lines = vec!["a: &a [x,x,x,x,x,x,x,x,x,x]".to_owned()];
    for (name, of) in ('b'..='i').zip('a'..) {
        let many = vec![format!("*{of}"); 10].join(",");
        lines.push(format!("{name}: &{name} [{many}]"));
    }
    lines.push("process: *i".to_owned());
    lines.join("\n")
}

/// A line for each number.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_hostile_file_is_refused_with_its_place_in_little_time_and_memory() -> Result<()> {
    let nested = |open: &str, times: usize| open.repeat(times);
    let indented = lines(1_500, |depth| format!("{}a:", " ".repeat(depth)));
    let many_keys = lines(60_000, |number| format!("k{number}: 1"));
    let many_anchors = lines(60_000, |number| format!("k{number}: &a{number} 1"));
    let documents = "---\na: 1\n".repeat(20_000);
    let cases: [(&str, Vec<u8>); 18] = [
        ("an alias bomb", bomb().into_bytes()),
        ("an alias of itself", b"process: &a [*a]\n".to_vec()),
        ("an unknown alias", b"process: *nobody\n".to_vec()),
        ("deep lists", nested("[", 100_000).into_bytes()),
        ("deep mappings", nested("{a: ", 50_000).into_bytes()),
        ("deep lists in blocks", nested("- ", 100_000).into_bytes()),
        ("deep indentation", indented.into_bytes()),
        ("a key twice", b"process: p\nname: A\nname: B\n".to_vec()),
        ("wrong types", b"process: [1, 2]\nname: { zh: 4 }\nnodes: 7\n".to_vec()),
        ("invalid UTF-8", b"process: p\nname: \xff\xfe\xfd\nnodes: {}\n".to_vec()),
        ("UTF-16", b"\xff\xfep\x00r\x00o\x00".to_vec()),
        ("a NUL", b"process: p\x00q\nnodes: {}\n".to_vec()),
        ("megabytes in a scalar", [b"process: ".to_vec(), vec![b'x'; 3 << 20]].concat()),
        ("megabytes in a quoted scalar", [b"process: \"".to_vec(), vec![b'\\'; 3 << 20]].concat()),
        ("many keys", many_keys.into_bytes()),
        ("many anchors", many_anchors.into_bytes()),
        ("many documents", documents.into_bytes()),
        ("a tag that makes objects", b"!!python/object/apply:os.system [ls]\n".to_vec()),
    ];
    for (what, bytes) in cases {
        let folder = with("processes/hostile.yaml", &bytes)?;
        let problems = check(folder.path()).with_context(|| what.to_owned())?;
        let placed = problems.iter().any(|problem| {
            let place = &problem["place"];
            let within = |key: &str| place[key].as_u64().is_some_and(|number| number >= 1);
            // Another encoding is a problem of the whole file.
            let whole = problem["code"] == "notUtf8" && place["line"] == 0;
            problem["severity"] == "error"
                && place["file"] == "processes/hostile.yaml"
                && (whole || (within("line") && within("column")))
        });
        ensure!(placed, "{what}: expected an error with its place, found {problems:?}");
    }
    Ok(())
}

#[test]
fn what_is_wrong_in_several_files_is_told_at_once() -> Result<()> {
    let folder = with("processes/a.yaml", b"process: a\nname: A\nname: B\nnodes: {}\n")?;
    let broken: [(&str, &[u8]); 3] = [
        ("forms/b.yaml", b"form: b\nfields:\n  x: { typ: text }\n"),
        ("roles.yaml", b"roles: [\n"),
        ("people.yaml", b"people:\n  li: { name: Li, roles: [nobody] }\n"),
    ];
    for (path, bytes) in broken {
        std::fs::write(folder.path().join(path), bytes)?;
    }
    let problems = check(folder.path())?;
    for file in ["processes/a.yaml", "forms/b.yaml", "roles.yaml"] {
        let told = problems.iter().any(|problem| problem["place"]["file"] == file);
        ensure!(told, "expected a problem of {file}, found {problems:?}");
    }
    Ok(())
}

#[test]
fn norway_is_a_country() -> Result<()> {
    let form = "form: application\nname: Application\nfields:\n  \
                name: { type: text, required: true }\n  \
                country: { type: choice, options: { no: Norway, se: Sweden } }\n";
    let folder = with("forms/application.yaml", form.as_bytes())?;
    let problems = check(folder.path())?;
    ensure!(problems.is_empty(), "`no` is a word like any other: {problems:?}");
    Ok(())
}

/// A model around elements, whose first line is the second of the file.
fn model(inside: &str) -> String {
    let space = "http://www.omg.org/spec/BPMN/20100524/MODEL";
    format!("<definitions xmlns=\"{space}\" id=\"d\">\n{inside}\n</definitions>")
}

#[test]
fn a_hostile_model_is_refused_with_its_code_and_place() -> Result<()> {
    let entities = lines(30, |level| match level {
        0 => "<!ENTITY l0 \"lol\">".to_owned(),
        _ => format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)),
    });
    let attributes = lines(1_000_000, |number| format!(" a{number}=\"\""));
    let around = |text: &str, more: &str| {
        model(&format!(
            "<process id=\"p\"><startEvent id=\"s\"/>\n{more}<userTask id=\"u\"/><endEvent id=\"e\"/>\n{text}\n\
             <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"u\"/>\
             <sequenceFlow id=\"g\" sourceRef=\"u\" targetRef=\"e\"/></process>"
        ))
    };
    let cases: [(&str, String, &[&str]); 11] = [
        (
            "entities that expand",
            format!("<?xml version=\"1.0\"?>\n<!DOCTYPE a [{entities}]>\n<a>&l29;</a>"),
            &["a.bpmn:2:1 dtdNotAllowed"],
        ),
        (
            "an entity of itself",
            "<!DOCTYPE a [<!ENTITY x \"&x;\">]>\n<a>&x;</a>".to_owned(),
            &["a.bpmn:1:1 dtdNotAllowed"],
        ),
        (
            "an entity of a file",
            "\n<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>".to_owned(),
            &["a.bpmn:2:1 dtdNotAllowed"],
        ),
        (
            "a definition elsewhere",
            "<!DOCTYPE a PUBLIC \"x\" \"http://127.0.0.1:1/a.dtd\"><a/>".to_owned(),
            &["a.bpmn:1:1 dtdNotAllowed"],
        ),
        ("10,000 levels", "<a>\n".repeat(10_000), &["a.bpmn:65:1 tooDeep"]),
        ("a million attributes", format!("\n<a{attributes}/>"), &["a.bpmn:2:1 tooManyAttributes"]),
        (
            "a boundary event on itself",
            around(
                "<boundaryEvent id=\"b\" attachedToRef=\"b\"><timerEventDefinition/></boundaryEvent>\
                 <sequenceFlow id=\"h\" sourceRef=\"b\" targetRef=\"e\"/>",
                "",
            ),
            &["a.bpmn:4:23 boundaryWithoutHost"],
        ),
        (
            "a flow from itself to itself",
            around("<sequenceFlow id=\"h\" sourceRef=\"h\" targetRef=\"h\"/>", ""),
            &["a.bpmn:4:22 wrongReference", "a.bpmn:4:36 wrongReference"],
        ),
        (
            "a lane in itself",
            around(
                "",
                "<laneSet id=\"ls\"><lane id=\"l\"><flowNodeRef>l</flowNodeRef></lane></laneSet>\n",
            ),
            &["a.bpmn:3:31 unknownReference"],
        ),
        (
            "a process in itself",
            model("<process id=\"p\"><startEvent id=\"s\"/>\n<subProcess id=\"p\"/></process>"),
            &["a.bpmn:3:13 duplicateId"],
        ),
        ("nothing but an end", "</definitions>".to_owned(), &["a.bpmn:1:1 xmlSyntax"]),
    ];
    for (what, model, expected) in cases {
        let found = said(&import(&model).with_context(|| what.to_owned())?);
        ensure!(found == expected, "{what}: expected {expected:?}, found {found:?}");
    }
    Ok(())
}

#[test]
fn what_refers_to_itself_is_refused_with_its_code_and_place() -> Result<()> {
    let cases: [(&str, &str, &str, &[&str]); 7] = [
        (
            "gateways in a ring",
            "processes/p.yaml",
            "process: p\nname: P\nnodes:\n  a: { type: exclusiveGateway, to: b }\n  \
             b: { type: exclusiveGateway, to: a }\nstartedBy: [clerk]\n",
            &["processes/p.yaml:4:6 loopWithoutWait"],
        ),
        (
            "a process that calls itself",
            "processes/p.yaml",
            "process: p\nname: P\nnodes:\n  call: { type: callActivity, process: p }\n",
            &["processes/p.yaml:4:40 endlessCalls"],
        ),
        (
            "a boundary event on itself",
            "processes/p.yaml",
            "process: p\nname: P\nnodes:\n  work: { type: userTask, role: clerk }\n  \
             b: { type: boundaryEvent, attachedTo: b, timer: { in: 1 hour }, to: work }\n\
             startedBy: [clerk]\n",
            &["processes/p.yaml:5:41 notAnActivity"],
        ),
        (
            "a fixture like itself",
            "scenarios/fixtures.yaml",
            "fixtures:\n  a: { $like: b }\n  b: { $like: a }\n",
            &["scenarios/fixtures.yaml:2:15 badFixture", "scenarios/fixtures.yaml:3:15 badFixture"],
        ),
        (
            "managers of each other",
            "people.yaml",
            "people:\n  li: { name: Li, roles: [clerk], manager: bo }\n  \
             bo: { name: Bo, roles: [clerk, reviewer, admin, auditor, worker], manager: li }\n",
            &["people.yaml:2:44 circular", "people.yaml:3:78 circular"],
        ),
        (
            "units in each other",
            "people.yaml",
            "units:\n  a: { name: A, parent: b }\n  b: { name: B, parent: a }\npeople:\n  \
             bo: { name: Bo, roles: [clerk, reviewer, admin, auditor, worker] }\n",
            &["people.yaml:2:25 circular", "people.yaml:3:25 circular"],
        ),
        (
            "a pack over itself",
            "pack.yaml",
            "pack: p\nname: P\nversion: '1'\ncalendar: cn\nextends: .\n",
            &["parent/parent/parent/parent/pack.yaml:5:10 missingParent"],
        ),
    ];
    for (what, path, text, expected) in cases {
        let folder = with(path, text.as_bytes())?;
        let found = said(&check(folder.path()).with_context(|| what.to_owned())?);
        ensure!(found == expected, "{what}: expected {expected:?}, found {found:?}");
    }
    Ok(())
}
