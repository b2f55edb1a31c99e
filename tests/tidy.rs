//! House rules that a compiler does not know: who may import whom, what the engine may not touch,
//! how long files and functions may be, and what must be written where.
//!
//! Each finding says file, line and what to do. Exceptions are listed here with their reason; an
//! exception that is no longer needed is a finding too.

use std::fs;
use std::path::Path;

use source::Source;
use testkit::binary::workspace_root;

mod documents;
mod source;
mod structs;

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// Files that may be longer, up to where, and why. Lower a number when its file shrinks.
const LONG_FILES: [(&str, usize, &str); 4] = [
    ("engine/src/command.rs", 485, "one declaration per command: no branch in it"),
    ("engine/src/definition/source.rs", 650, "the language's declarations: no branch in it"),
    ("engine/src/elements.rs", 430, "the list of elements and what each may do: no branch in it"),
    ("engine/src/event.rs", 1280, "one declaration per fact: no branch in it"),
];

/// What each crate may import of ours. Tests may use everything; anyone's tests may use `testkit`.
const IMPORTS: [(&str, &[&str]); 10] = [
    ("engine", &[]),
    ("migrations", &[]),
    ("testkit", &[]),
    ("access", &["engine"]),
    ("store", &["engine", "migrations"]),
    ("graphql", &["engine", "store", "access"]),
    ("notifier", &["engine", "store", "access"]),
    ("connectors", &["engine", "store"]),
    ("xtask", &["testkit"]),
    (".", &["engine", "store", "access", "graphql", "notifier", "connectors"]),
];

/// Crates that would let the engine do I/O, wait, or draw a random number.
const IMPURE_CRATES: [&str; 12] = [
    "tokio",
    "sea-orm",
    "sqlx",
    "rusqlite",
    "reqwest",
    "rand",
    "getrandom",
    "uuid",
    "poem",
    "async-graphql",
    "lettre",
    "object_store",
];

/// What the engine's code may not say. Iterating a hash map is clippy's `iter_over_hash_type`.
const IMPURE_WORDS: [&str; 18] = [
    "SystemTime",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "Local::today",
    "rand::",
    "getrandom",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "async fn",
    ".await",
    "println!",
    "eprintln!",
    "RandomState",
    "static mut",
];

/// Where matches on events and commands must name every variant. One that picks a single variant
/// is a filter and may have a `_`.
const EXHAUSTIVE: [&str; 3] = ["engine/src/instance/apply", "engine/src/step", "store/src/project"];

fn findings(rule: impl Fn(&Source) -> Vec<(usize, String)>) -> Vec<String> {
    let mut found = Vec::new();
    for file in source::all(&workspace_root()) {
        for (line, what) in rule(&file) {
            found.push(format!("{}:{line}: {what}", file.path));
        }
    }
    found
}

fn expect_none(findings: &[String]) {
    assert!(findings.is_empty(), "{} finding(s)\n{}\n", findings.len(), findings.join("\n"));
}

/// Lines outside tests that contain a word, each with the same advice.
fn product_lines_with(file: &Source, words: &[&str], advice: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in file.product_lines() {
        for word in words.iter().filter(|word| says(line, word)) {
            found.push((number, format!("`{word}` {advice}")));
        }
    }
    found
}

/// Does the line say the word, not only as a part of a longer one?
fn says(line: &str, word: &str) -> bool {
    let starts_inside = |at: usize| {
        let before = at.checked_sub(1).map(|at| line.as_bytes()[at]);
        source::is_word(word.as_bytes()[0]) && before.is_some_and(source::is_word)
    };
    let ends_inside = |at: usize| {
        let after = line.as_bytes().get(at + word.len()).copied();
        word.as_bytes().last().copied().is_some_and(source::is_word)
            && after.is_some_and(source::is_word)
    };
    line.match_indices(word).any(|(at, _)| !starts_inside(at) && !ends_inside(at))
}

#[test]
fn imports_point_one_way() {
    let root = workspace_root();
    let mut found = Vec::new();
    for (name, allowed) in IMPORTS {
        let path = root.join(name).join("Cargo.toml");
        let text = fs::read_to_string(&path).expect("a crate has a Cargo.toml");
        for (line, section, dependency) in dependencies(&text) {
            let ours = IMPORTS.iter().any(|(other, _)| *other == dependency);
            let for_tests = section == "dev-dependencies" && dependency == "testkit";
            if ours && !for_tests && !allowed.contains(&dependency) {
                found.push(format!(
                    "{name}/Cargo.toml:{line}: `{name}` may not import `{dependency}`; imports \
                     point src → graphql, notifier → store, access → migrations, engine"
                ));
            }
            if name == "engine" && IMPURE_CRATES.contains(&dependency) {
                found.push(format!(
                    "engine/Cargo.toml:{line}: the engine is pure and may not use `{dependency}`; \
                     fetch it before the step and bring it in with the facts"
                ));
            }
        }
    }
    expect_none(&found);
}

/// Line, section and name of each dependency of a Cargo.toml.
fn dependencies(text: &str) -> Vec<(usize, &str, &str)> {
    let mut section = "";
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if section == "dependencies" || section == "dev-dependencies" {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if !name.is_empty() && !name.starts_with('#') {
                found.push((index + 1, section, name));
            }
        }
    }
    found
}

#[test]
fn the_engine_is_pure() {
    let advice = "is not for the engine: it does no I/O, reads no clock, draws no random number \
                  and awaits nothing; take it as an argument";
    // Threads that answer as one would: `side_by_side` alone has them.
    let is_pure =
        |path: &str| path.starts_with("engine/src/") && path != "engine/src/side_by_side.rs";
    expect_none(&findings(|file| match is_pure(&file.path) {
        true => product_lines_with(file, &IMPURE_WORDS, advice),
        false => Vec::new(),
    }));
}

#[test]
fn files_are_short() {
    let limit = |path: &str| {
        let listed = LONG_FILES.iter().find(|(listed, _, _)| *listed == path);
        listed.map_or(FILE_LINES_MAX, |(_, limit, _)| *limit)
    };
    let mut found = findings(|file| {
        let (length, limit) = (file.length_without_tests(), limit(&file.path));
        if length > limit {
            let advice = "split it by reason to change, or give a reason in LONG_FILES";
            return vec![(
                limit,
                format!("{length} lines without tests, {limit} is the limit; {advice}"),
            )];
        }
        let needless = limit > FILE_LINES_MAX && length <= FILE_LINES_MAX;
        needless
            .then(|| (1, "no longer long: take it off LONG_FILES".to_owned()))
            .into_iter()
            .collect()
    });
    let gone = |path: &&str| !workspace_root().join(path).exists();
    let listed = LONG_FILES.iter().map(|(path, _, _)| *path);
    found.extend(listed.filter(gone).map(|path| format!("{path}:1: gone: take it off LONG_FILES")));
    expect_none(&found);
}

#[test]
fn functions_are_short() {
    expect_none(&findings(|file| {
        let functions = file.functions().into_iter();
        functions
            .filter(|(line, _, length)| *length > FUNCTION_LINES_MAX && !file.is_test(*line))
            .map(|(line, name, length)| (line, format!(
                "`{name}` has {length} lines, {FUNCTION_LINES_MAX} is the limit; keep the decisions \
                 here and move the work to functions below"
            )))
            .collect()
    }));
}

#[test]
fn every_file_says_what_it_is_for() {
    expect_none(&findings(|file| {
        let first = file.text.lines().next().unwrap_or_default();
        match first.starts_with("//! ") {
            true => Vec::new(),
            false => {
                vec![(1, "opens without `//!`: say what belongs here and what not".to_owned())]
            }
        }
    }));
}

#[test]
fn nothing_unwraps_outside_tests() {
    expect_none(&findings(|file| {
        product_lines_with(file, &[".unwrap()"], "hides a failure; use `expect(\"why it holds\")`")
    }));
}

#[test]
fn exceptions_to_lints_have_reasons() {
    expect_none(&findings(|file| {
        let words = ["#[allow(", "#![allow("];
        product_lines_with(file, &words, "goes stale; use `#[expect(lint, reason = \"…\")]`")
    }));
}

#[test]
fn no_test_is_skipped_and_none_sleeps() {
    expect_none(&findings(|file| {
        let mut found = Vec::new();
        for (number, line) in file.lines().filter(|(number, _)| file.is_test(*number)) {
            if line.contains("#[ignore") {
                found.push((number, "`#[ignore]` hides a test; fix it or remove it".to_owned()));
            }
            let in_harness = file.path.starts_with("tests/src/");
            if says(line, "sleep(") && !in_harness {
                found.push((
                    number,
                    "a test may not sleep: time is an argument, and a wait is \
                                     for a condition (see tests/src)"
                        .to_owned(),
                ));
            }
        }
        found
    }));
}

#[test]
fn matches_on_events_and_commands_name_every_variant() {
    expect_none(&findings(|file| {
        if !EXHAUSTIVE.iter().any(|path| file.path.starts_with(path)) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (at, _) in file.code.match_indices("_ =>") {
            let line = source::line_of(&file.code, at);
            let before = arms_before(&file.code[..at]);
            let variants = before.matches("Event::").count() + before.matches("Command::").count();
            if variants > 1
                && !file.is_test(line)
                && !file.code[..at].ends_with(char::is_alphanumeric)
            {
                found.push((line, "`_ =>` would swallow a new variant; name them all".to_owned()));
            }
        }
        found
    }));
}

/// The heads of the arms of a match before its `_` arm: what stands at the match's own depth.
fn arms_before(code: &str) -> String {
    let (mut depth, mut heads) = (0_i32, Vec::new());
    for character in code.chars().rev() {
        match character {
            '}' | ')' => depth += 1,
            '{' | '(' if depth == 0 => break,
            '{' | '(' => depth -= 1,
            other if depth == 0 => heads.push(other),
            _ => {}
        }
    }
    let text: String = heads.into_iter().rev().collect();
    // Of each arm only what is before its arrow.
    text.split(',').filter_map(|arm| arm.split_once("=>")).map(|(head, _)| head).collect()
}

#[test]
fn no_city_is_in_the_code() {
    expect_none(&findings(|file| {
        let excused = ["tests/", "xtask/"].iter().any(|folder| file.path.starts_with(folder));
        let mut found = Vec::new();
        for (index, line) in file.without_comments.lines().enumerate() {
            let number = index + 1;
            let names = line.to_lowercase().contains("puer") || line.contains("普洱");
            if names && !excused && !file.is_test(number) {
                found.push((number, "Pu'er is a pack: put this in workflows/puer".to_owned()));
            }
        }
        found
    }));
}

#[test]
fn the_lexer_tells_code_from_text() {
    let text = "fn a<'x>() -> char { let _ = r#\"}\"{\"#; '{' }\n// fn b() {\n/* { /* } */ */\n\
                #[cfg(test)]\nmod tests {\n    fn c() { \"\\\"}\"; }\n}\n";
    let file = Source::new("x.rs".to_owned(), text.to_owned(), false);
    let names: Vec<_> = file.functions().into_iter().map(|(line, name, _)| (line, name)).collect();
    assert_eq!(names, [(1, "a".to_owned()), (6, "c".to_owned())]);
    assert_eq!(
        (1..=7).map(|n| file.is_test(n)).collect::<Vec<_>>(),
        [false, false, false, true, true, true, true]
    );
    assert!(Path::new(&file.path).extension().is_some());
}
