//! Hostile YAML against the built binary: every file is refused with its place, in at most two
//! seconds of the processor and 256 MB of address space, which the operating system enforces.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Limits of a check: seconds of the processor, kilobytes of address space.
const SECONDS: u32 = 2;
const KILOBYTES: u32 = 256 * 1024;

/// Checks a pack's folder under the limits, and answers its problems.
fn check(folder: &Path) -> Result<Vec<Value>> {
    let script = format!("ulimit -t {SECONDS}; ulimit -v {KILOBYTES}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh"]).arg(testkit::binary::mandate()?);
    let checked = command.args(["check", "--format", "json"]).arg(folder).output()?;
    let complained = String::from_utf8_lossy(&checked.stderr);
    ensure!(matches!(checked.status.code(), Some(0 | 1)), "{}: {complained}", checked.status);
    let said = String::from_utf8_lossy(&checked.stdout);
    let problems: Vec<Value> = serde_json::from_str(&said).context("a list of problems")?;
    let errors = problems.iter().any(|problem| problem["severity"] == "error");
    ensure!(checked.status.code() == Some(i32::from(errors)), "{}: {said}", checked.status);
    Ok(problems)
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
