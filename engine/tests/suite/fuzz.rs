//! Both parsers on files that nobody would write: real files (the first pack, the models of other
//! tools) that were damaged byte by byte or part by part, and files that a grammar made: for YAML the
//! language's own schema, for XML what the models have. Whatever stands in a file, the answer comes
//! within [`CPU_MAX`] and [`confined::BYTES_MAX`], each of its problems is on a line of its file, and
//! nothing panics. `MANDATE_TEST_SEED=…` repeats one file; `MANDATE_TEST_LONG=1` makes many.

mod bytes;
mod confined;
mod xml;
mod yaml;

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::diagnostic::Diagnostic;

use crate::chance::{Chance, for_seeds};

/// A file is read so far, after it was damaged or made.
const FILE_BYTES_MAX: usize = 60_000;
/// What an answer may cost of a processor, without optimisation.
const CPU_MAX: Duration = Duration::from_secs(2);

/// A file's path and content.
type File = (String, Vec<u8>);

/// Every file below a folder that ends so, in the order of their names.
fn files(folder: &str, ending: &str) -> Vec<File> {
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

/// How many lines a file has; after the last line's end there is one more, which is empty.
fn lines(bytes: &[u8]) -> usize {
    let ends = bytes.iter().enumerate().filter(|(at, byte)| {
        **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
    });
    ends.count() + 1
}

/// Every problem is on a line of one of these files.
fn placed(problems: &[Diagnostic], files: &[File]) {
    for problem in problems {
        let file = files.iter().find(|(name, _)| *name == problem.place.file);
        let (_, bytes) = file.unwrap_or_else(|| panic!("{problem} is in one of the files"));
        let (line, lines) = (problem.place.line as usize, lines(bytes));
        assert!((1..=lines).contains(&line), "{problem} is in the file, which has {lines} lines");
        assert!(problem.place.column >= 1, "{problem} has a column");
        assert!(!problem.render().is_empty());
    }
}

/// Reads files of one kind, each within the limits.
fn each((few, many): (u64, u64), make: impl Fn(&mut Chance) -> File, read: impl Fn(&str, &[u8])) {
    let costs = confined::Costs::default();
    for_seeds(few, many, |chance| {
        confined::begin(chance.seed());
        let (name, mut bytes) = make(chance);
        bytes.truncate(FILE_BYTES_MAX);
        let cost = confined::cost(|| read(&name, &bytes));
        assert!(cost <= CPU_MAX, "{name} took {cost:?}:\n{}", String::from_utf8_lossy(&bytes));
        costs.add(cost);
    });
    costs.say();
}

/// Reads a file of the pack beside the pack's other files that are small.
fn read_yaml(seeds: &[File], name: &str, bytes: &[u8]) {
    let file = (name.to_owned(), bytes.to_vec());
    let parsed = engine::yaml::parse_all(name, bytes);
    placed(&parsed.problems, std::slice::from_ref(&file));
    // The whole pack costs much; a process with what it refers to is enough.
    let small = |name: &str| {
        !name.starts_with("processes/") && !name.starts_with("scenarios/")
            || name.ends_with("milestone.yaml")
    };
    let mut pack: Vec<File> =
        seeds.iter().filter(|(other, _)| small(other) && other != name).cloned().collect();
    pack.push(file);
    let problems = match engine::pack::compile(&pack, |_| 1) {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems,
    };
    placed(&problems, &pack);
}

/// Imports a model, and exports what it has.
fn read_xml(name: &str, bytes: &[u8]) {
    let imported = engine::bpmn::import(name, bytes);
    placed(&imported.problems, &[(name.to_owned(), bytes.to_vec())]);
    for process in &imported.processes {
        let parsed = engine::yaml::parse_all("p.yaml", process.yaml.as_bytes());
        assert_eq!(parsed.problems, [], "what is written can be read");
        if let Some(source) = &process.source {
            engine::bpmn::export(source);
        }
    }
}

#[test]
fn a_damaged_yaml_file_is_told_of() {
    confined::run("fuzz::a_damaged_yaml_file_is_told_of", || {
        let seeds = files("../workflows/puer", ".yaml");
        let damaged = |chance: &mut Chance| {
            let (name, mut bytes) = chance.one(&seeds).clone();
            bytes::damage(chance, &mut bytes, &chance.clone().one(&seeds).1);
            (name, bytes)
        };
        each((30, 5_000), damaged, |name, bytes| read_yaml(&seeds, name, bytes));
    });
}

#[test]
fn a_yaml_file_with_changed_parts_is_told_of() {
    confined::run("fuzz::a_yaml_file_with_changed_parts_is_told_of", || {
        let seeds = files("../workflows/puer", ".yaml");
        let parts = yaml::Parts::of(&seeds);
        let changed = |chance: &mut Chance| {
            let (name, bytes) = chance.one(&seeds);
            (name.clone(), parts.change(chance, bytes))
        };
        each((30, 5_000), changed, |name, bytes| read_yaml(&seeds, name, bytes));
    });
}

#[test]
fn a_yaml_file_of_the_schema_is_told_of() {
    confined::run("fuzz::a_yaml_file_of_the_schema_is_told_of", || {
        let seeds = files("../workflows/puer", ".yaml");
        let grammar = yaml::Grammar::of(&seeds);
        let made = |chance: &mut Chance| grammar.file(chance);
        each((30, 10_000), made, |name, bytes| read_yaml(&seeds, name, bytes));
    });
}

#[test]
fn a_damaged_model_is_told_of() {
    confined::run("fuzz::a_damaged_model_is_told_of", || {
        let seeds = xml::models();
        let damaged = |chance: &mut Chance| {
            let (name, mut bytes) = chance.one(&seeds).clone();
            let other = &chance.clone().one(&seeds).1;
            if chance.below(2) == 0 {
                bytes::damage(chance, &mut bytes, other);
            } else {
                xml::damage(chance, &mut bytes);
            }
            (name, bytes)
        };
        each((200, 30_000), damaged, read_xml);
    });
}

#[test]
fn a_made_model_is_told_of() {
    confined::run("fuzz::a_made_model_is_told_of", || {
        let grammar = xml::Grammar::of(&xml::models());
        let made = |chance: &mut Chance| ("made.bpmn".to_owned(), grammar.file(chance));
        each((200, 30_000), made, read_xml);
    });
}
