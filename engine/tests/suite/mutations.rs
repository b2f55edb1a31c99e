//! Files that were damaged at random: whatever stands in them, the parsers and the checker answer with
//! problems that have a place, within bounded time, and never panic. The seeds are the first pack and
//! the models of other tools.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use engine::diagnostic::Diagnostic;

use crate::chance::{Chance, for_seeds};

/// Bytes of a file that is read, after it was damaged.
const BYTES_MAX: usize = 60_000;
/// Damages to one file.
const DAMAGES_MAX: usize = 6;
/// How long one file may take: without optimisation, on a machine that does other things.
const TIME_MAX: Duration = Duration::from_secs(20);

/// What parsers trip over.
const PIECES: [&str; 32] = [
    "{",
    "}",
    "[",
    "]",
    "[[[[[[[[[[[[[[[[",
    "{a: {a: {a: {a: ",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "\t",
    "\r",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "- ",
    ": ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "=1/0",
    "=((((((((",
    "null",
    "99999999999999999999",
    "<![CDATA[",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "&b;",
    "</",
    "<bpmn:process id=\"x\">",
    "xmlns:x=\"",
    "  - nodes:\n",
];

/// Every file below a folder that ends so.
fn files(folder: &str, ending: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let (mut found, mut todo) = (Vec::new(), vec![root.clone()]);
    while let Some(at) = todo.pop() {
        let entries = std::fs::read_dir(&at).expect("the folder can be read");
        let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        for path in paths {
            if path.is_dir() {
                todo.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let name = path.strip_prefix(&root).expect("it is below").to_string_lossy();
                found.push((name.into_owned(), std::fs::read(&path).expect("it can be read")));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} has seeds");
    found
}

/// Damages a file: some of its bytes are changed, left out, doubled, moved, or mixed with pieces of
/// another one.
fn damage(chance: &mut Chance, bytes: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=chance.below(DAMAGES_MAX) {
        let at = chance.below(bytes.len() + 1);
        let length = chance.below(60).min(bytes.len() - at);
        match chance.below(7) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(chance.below(256)).expect("a byte"),
            1 => drop(bytes.drain(at..at + length)),
            2 => {
                let again: Vec<u8> = bytes[at..at + length].repeat(1 + chance.below(20));
                bytes.splice(at..at, again);
            }
            3 => {
                let moved: Vec<u8> = bytes.drain(at..at + length).collect();
                let to = chance.below(bytes.len() + 1);
                bytes.splice(to..to, moved);
            }
            4 if !other.is_empty() => {
                let from = chance.below(other.len());
                let until = (from + chance.below(400)).min(other.len());
                bytes.splice(at..at, other[from..until].iter().copied());
            }
            5 => bytes.truncate(at),
            _ => {
                let piece = chance.one(&PIECES).repeat(1 + chance.below(30));
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes.truncate(BYTES_MAX);
}

fn placed(problems: &[Diagnostic], file: &str, bytes: &[u8]) {
    let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    for problem in problems.iter().filter(|problem| problem.place.file == file) {
        let line = problem.place.line as usize;
        assert!(line <= lines, "{problem} is in the file, which has {lines} lines");
        assert!(!problem.render().is_empty());
    }
}

#[test]
fn a_damaged_yaml_file_is_told_of_and_never_panics() {
    let seeds = files("../workflows/puer", ".yaml");
    // The whole pack costs much; a process with what it refers to is enough.
    let small = |name: &str| {
        !name.starts_with("processes/") && !name.starts_with("scenarios/")
            || name.ends_with("milestone.yaml")
    };
    for_seeds(60, 6_000, |chance| {
        let (name, seed) = chance.one(&seeds);
        let (_, other) = chance.one(&seeds);
        let mut bytes = seed.clone();
        damage(chance, &mut bytes, other);
        let begun = Instant::now();
        let parsed = engine::yaml::parse_all(name, &bytes);
        placed(&parsed.problems, name, &bytes);
        let mut pack: Vec<(String, Vec<u8>)> =
            seeds.iter().filter(|(other, _)| small(other) && other != name).cloned().collect();
        pack.push((name.clone(), bytes.clone()));
        let problems = match engine::pack::compile(&pack, |_| 1) {
            Ok(compiled) => compiled.warnings,
            Err(problems) => problems,
        };
        placed(&problems, name, &bytes);
        assert!(begun.elapsed() < TIME_MAX, "{name} took {:?}", begun.elapsed());
    });
}

#[test]
fn a_damaged_bpmn_file_is_told_of_and_never_panics() {
    let seeds = files("src/bpmn/samples", ".bpmn");
    for_seeds(200, 20_000, |chance| {
        let (name, seed) = chance.one(&seeds);
        let (_, other) = chance.one(&seeds);
        let mut bytes = seed.clone();
        damage(chance, &mut bytes, other);
        let begun = Instant::now();
        let imported = engine::bpmn::import(name, &bytes);
        placed(&imported.problems, name, &bytes);
        for process in &imported.processes {
            let parsed = engine::yaml::parse_all("p.yaml", process.yaml.as_bytes());
            assert_eq!(parsed.problems, [], "what is written can be read");
        }
        assert!(begun.elapsed() < TIME_MAX, "{name} took {:?}", begun.elapsed());
    });
}
