//! The checker on whole packs: one mistake gives one diagnostic, at its place, and nothing that only
//! follows from it; and a pack with a mistake of every kind is told all of them in one run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::diagnostic::{Diagnostic, chinese, chinese_help};
use engine::pack::compile;

/// The files of a folder of `tests/checker`.
fn files(folder: &str) -> BTreeMap<String, String> {
    files_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checker").join(folder))
}

fn files_of(top: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut todo: Vec<PathBuf> = vec![top.to_owned()];
    while let Some(at) = todo.pop() {
        for entry in std::fs::read_dir(&at).expect("the folder can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            let name = path.strip_prefix(top).expect("it is inside").to_string_lossy();
            found.insert(name.into_owned(), std::fs::read_to_string(&path).expect("it is text"));
        }
    }
    found
}

fn check(files: &BTreeMap<String, String>) -> Vec<Diagnostic> {
    let files: Vec<(&String, &String)> = files.iter().collect();
    match compile(&files, |_| 1) {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems,
    }
}

fn told(problems: &[Diagnostic]) -> Vec<String> {
    let line = |one: &Diagnostic| {
        format!("{}:{}:{} {}", one.place.file, one.place.line, one.place.column, one.code)
    };
    problems.iter().map(line).collect()
}

#[test]
fn a_pack_without_a_mistake_is_told_nothing() {
    assert_eq!(check(&files("sound")), []);
}

#[test]
fn the_packs_of_the_house_are_told_nothing() {
    let tops = ["../workflows", "../tests/packs"];
    let tops = tops.map(|top| Path::new(env!("CARGO_MANIFEST_DIR")).join(top));
    let folders = tops.iter().flat_map(|top| std::fs::read_dir(top).expect("it can be read"));
    let packs = folders.flatten().map(|entry| entry.path());
    let packs: Vec<PathBuf> = packs.filter(|it| it.is_dir()).collect();
    assert!(!packs.is_empty());
    for pack in packs {
        let files = files_of(&pack);
        if files.contains_key("pack.yaml") {
            assert_eq!(check(&files), [], "{}", pack.display());
        }
    }
}

/// Line and column of some words of a text: those of what was changed, best.
fn place(text: &str, to: &str, at: &str) -> Option<(usize, usize)> {
    let begin = text.find(to)?;
    let byte = to.find(at).map_or_else(|| text.find(at), |within| Some(begin + within))?;
    let before = &text[..byte];
    let line = before.rsplit('\n').next().unwrap_or_default();
    Some((before.matches('\n').count() + 1, line.chars().count() + 1))
}

/// One line of `mistakes.txt`.
struct Mistake {
    file: String,
    from: String,
    to: String,
    code: String,
    at: String,
}

impl Mistake {
    /// Makes it in a pack; `false` where what it changes is not there.
    fn make(&self, files: &mut BTreeMap<String, String>) -> bool {
        let text = files.get_mut(&self.file).expect("the file is there");
        if text.matches(self.from.as_str()).count() != 1 {
            return false;
        }
        *text = text.replace(&self.from, &self.to);
        true
    }

    /// What is told of it in a pack in which it was made.
    fn told(&self, files: &BTreeMap<String, String>) -> Option<String> {
        let (line, column) = place(&files[&self.file], &self.to, &self.at)?;
        Some(format!("{}:{line}:{column} {}", self.file, self.code))
    }

    fn is_syntax(&self) -> bool {
        matches!(self.code.as_str(), "yamlSyntax" | "tabIndent")
    }
}

fn mistakes() -> Vec<Mistake> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checker/mistakes.txt");
    let text = std::fs::read_to_string(top).expect("it is text");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mistake = |line: &str| {
        let parts: Vec<String> =
            line.split(" ¦ ").map(|part| part.replace("\\n", "\n").replace("\\t", "\t")).collect();
        let [file, from, to, code, at] = <[String; 5]>::try_from(parts).expect("it has five parts");
        Mistake { file, from, to, code, at }
    };
    lines.map(mistake).collect()
}

#[test]
fn one_mistake_is_one_diagnostic() {
    let sound = files("sound");
    let mut wrong = Vec::new();
    for mistake in mistakes() {
        let mut files = sound.clone();
        assert!(mistake.make(&mut files), "{} has {:?} once", mistake.file, mistake.from);
        let found = check(&files);
        let expected = [mistake.told(&files).expect("it was put there")];
        if told(&found) != expected {
            let found: Vec<String> = found.iter().map(Diagnostic::to_string).collect();
            let (from, to) = (&mistake.from, &mistake.to);
            wrong.push(format!("{from:?} → {to:?}: expected {expected:?}, found {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How far apart in `mistakes.txt` two mistakes are that are tried together.
const APART: [usize; 2] = [1, 67];

/// What cannot be said beside something else: what depends on a name that leads nowhere, on a type that
/// is none, on all that a table asks.
const DEPENDS: &[(&str, &[&str])] = &[
    ("unknownProcess", &["unknownDocument"]),
    ("unknownRegister", &["unknownColumn"]),
    ("unknownDecision", &["unknownField"]),
    ("unknownNode", &["joinNeverCompletes"]),
    ("unknownKey", &["decisionGap"]),
    ("unknownField", &["decisionGap", "unknownOption"]),
    ("wrongType", &["decisionGap", "unknownOption"]),
    ("unknownType", &["decisionGap", "unknownOption", "wrongType", "unknownType", "unknownValue"]),
    (
        "unknownType",
        &["conditionNotAllowed", "compensationGoesOn", "flowNotAllowed", "unknownNode"],
    ),
    ("unknownType", &["notAnActivity", "eventNotAllowed"]),
];

fn depends(on: &Mistake, other: &Mistake) -> bool {
    let codes = DEPENDS.iter().filter(|(code, _)| *code == on.code);
    codes.flat_map(|(_, others)| *others).any(|code| *code == other.code)
}

#[test]
fn two_mistakes_are_two_diagnostics() {
    let sound = files("sound");
    let mistakes = mistakes();
    let mut wrong = Vec::new();
    let pairs = APART.iter().flat_map(|apart| {
        let others = mistakes.iter().cycle().skip(*apart);
        mistakes.iter().zip(others)
    });
    for (one, other) in pairs {
        // Of a file with a mistake of syntax not all is known.
        let is_known = one.file != other.file || !(one.is_syntax() || other.is_syntax());
        let mut files = sound.clone();
        if !is_known || !one.make(&mut files) || !other.make(&mut files) {
            continue;
        }
        let (Some(first), Some(second)) = (one.told(&files), other.told(&files)) else { continue };
        let mut found = told(&check(&files));
        found.sort();
        let depends = (found == [first.clone()] && depends(one, other))
            || (found == [second.clone()] && depends(other, one));
        let mut expected = [first, second];
        expected.sort();
        if found != expected && !depends {
            let missing: Vec<_> = expected.iter().filter(|it| !found.contains(it)).collect();
            let more: Vec<_> = found.iter().filter(|it| !expected.contains(it)).collect();
            wrong.push(format!(
                "{} {:?} → {:?} and {} {:?} → {:?}: not told {missing:?}, told as well {more:?}",
                one.file, one.from, one.to, other.file, other.from, other.to
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a pack says it is told: `# ✗ code` at the end of a line, several after one another; `# ✗0 code`
/// anywhere for what concerns a file as a whole.
fn marked(files: &BTreeMap<String, String>) -> Vec<(String, usize, String)> {
    let mut marked = Vec::new();
    for (file, text) in files {
        for (number, line) in text.lines().enumerate() {
            let Some((_, codes)) = line.rsplit_once("# ✗") else { continue };
            let (line, codes) = match codes.strip_prefix('0') {
                Some(codes) => (0, codes),
                None => (number + 1, codes),
            };
            let codes = codes.split_whitespace().map(str::to_owned);
            marked.extend(codes.map(|code| (file.clone(), line, code)));
        }
    }
    marked.sort();
    marked
}

#[test]
fn a_pack_in_which_everything_is_wrong_is_told_all_of_it_in_one_run() {
    let files = files("wrong");
    let problems = check(&files);
    let line =
        |one: &Diagnostic| (one.place.file.clone(), one.place.line as usize, one.code.to_owned());
    let mut found: Vec<(String, usize, String)> = problems.iter().map(line).collect();
    found.sort();
    let expected = marked(&files);
    let all: Vec<String> = problems.iter().map(Diagnostic::to_string).collect();
    let missing: Vec<_> = expected.iter().filter(|one| !found.contains(one)).collect();
    let more: Vec<_> = found.iter().filter(|one| !expected.contains(one)).collect();
    assert!(
        found == expected,
        "not told: {missing:#?}\ntold as well: {more:#?}\nall: {}",
        all.join("\n")
    );
}

/// Codes of the checker that no file of the pack can have beside the others, each with the reason.
const ALONE: &[(&str, &str)] = &[
    ("decisionTooLarge", "a table that large takes long; tested beside the tables"),
    ("expressionTooLong", "thousands of characters; tested beside the expressions"),
    ("fileTooLarge", "megabytes; tested beside the reader"),
    ("missingFile", "without a pack.yaml there is no pack"),
    ("missingParent", "this pack extends none"),
    ("nobodyCatches", "what could not be read may catch it; in findings.txt"),
    ("nobodyReceives", "what could not be read may wait for it; in findings.txt"),
    ("nobodyThrows", "what could not be read may throw it; in findings.txt"),
    ("noticeFails", "notices are filled by the notifier; tested beside them"),
    ("nothingToAccept", "told where there is no error; in findings.txt"),
    ("packTooLarge", "megabytes; tested beside the pack"),
    ("readsLikeExpression", "told where there is no error; in findings.txt"),
    ("scalarTooLarge", "megabytes; tested beside the reader"),
    ("scenarioFailed", "told when scenarios are played"),
    ("scenarioMissing", "told when scenarios are played"),
    ("takenAsText", "in findings.txt"),
    ("pausesInVain", "in findings.txt"),
    ("tellsWhatIsSecret", "in findings.txt"),
    ("unitsDiffer", "in findings.txt"),
    ("conditionNotAsked", "in findings.txt"),
    ("caughtTwice", "in findings.txt"),
    ("loopMayNotWait", "in findings.txt"),
    ("constantCondition", "in findings.txt"),
    ("noOutcome", "in findings.txt"),
    ("separateTooMany", "thousands of rules; tested beside them"),
    ("tooLarge", "told of a value, not of a pack"),
    ("wrongEntry", "told when scenarios are played"),
    ("tooMany", "thousands of days; tested beside the calendars"),
    ("tooManyFields", "hundreds of fields; tested beside the forms"),
    ("tooManyOutcomes", "hundreds of outcomes; tested beside the tasks"),
    ("tooManyParents", "this pack extends none"),
    ("tooManyProblems", "more than a file is read on after"),
    ("tooManyStates", "it takes long; tested beside the exploration"),
    ("tooManyValues", "hundreds of thousands; tested beside the reader"),
    ("unusedParent", "this pack extends none"),
];

/// Every code that the engine's source gives a problem.
fn codes() -> Vec<String> {
    let mut found = std::collections::BTreeSet::new();
    let mut todo = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(at) = todo.pop() {
        for entry in std::fs::read_dir(&at).expect("the folder can be read").flatten() {
            let path = entry.path();
            let name = path.file_name().expect("it has one").to_string_lossy().into_owned();
            if path.is_dir() && name != "bpmn" {
                todo.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !name.contains("test") {
                let text = std::fs::read_to_string(&path).expect("it is text");
                let text = text.split("#[cfg(test)]\nmod tests {").next().expect("there is one");
                for call in ["Problem::error(", "Problem::warning(", "tree.error(", "self.problem("]
                {
                    let after = text.split(call).skip(1);
                    let words = after.filter_map(|rest| rest.trim_start().strip_prefix('"'));
                    let words = words.filter_map(|rest| rest.split_once('"'));
                    found.extend(words.map(|(code, _)| code.to_owned()));
                }
            }
        }
    }
    found.into_iter().collect()
}

#[test]
fn every_kind_of_problem_is_in_that_pack() {
    let marked: Vec<String> = marked(&files("wrong")).into_iter().map(|(.., code)| code).collect();
    let is_told = |code: &String| marked.contains(code) || ALONE.iter().any(|(one, _)| one == code);
    let missing: Vec<String> = codes().into_iter().filter(|code| !is_told(code)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_kind_of_problem_has_its_chinese() {
    let marked = marked(&files("wrong")).into_iter().map(|(.., code)| code);
    let alone = ALONE.iter().map(|(code, _)| (*code).to_owned());
    let all = codes().into_iter().chain(marked).chain(alone);
    let missing: Vec<String> = all.filter(|code| chinese(code).is_none()).collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// What each case of `findings.txt` has beside its own files.
const AROUND: &[(&str, &str)] = &[
    ("pack.yaml", "pack: p\nname: P\nversion: '1'\ncalendar: cn\n"),
    ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n"),
    (
        "roles.yaml",
        "roles: { clerk: { name: Clerk }, head: { name: Head }, judge: { name: Judge }, admin: { name: Admin }, worker: { name: Worker } }\n",
    ),
    (
        "people.yaml",
        "people: { li: { name: Li, roles: [clerk] }, wu: { name: Wu, roles: [clerk] }, ad: { name: Ad, roles: [admin, worker] } }\n",
    ),
    (
        "forms/plan.yaml",
        "form: plan\nname: Plan\nfields:\n  kind: { type: choice, label: Kind, options: { small: S, medium: M, large: L } }\n  size: { type: integer, label: Size }\n  share: { type: decimal, label: Share }\n  day: { type: date, label: Day }\n  open: { type: boolean, label: Open }\n",
    ),
];

/// A case of a file of `tests/checker`.
struct Case {
    title: String,
    files: BTreeMap<String, String>,
    expected: Vec<String>,
}

fn cases(file: &str) -> Vec<Case> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checker").join(file);
    let text = std::fs::read_to_string(top).expect("it is text");
    let mut cases = Vec::new();
    for case in text.split("\n## ").skip(1) {
        let (title, body) = case.split_once('\n').expect("a title has a line");
        let around = AROUND.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
        let mut files: BTreeMap<String, String> = around.collect();
        let mut expected = Vec::new();
        let mut file = "processes/p.yaml".to_owned();
        for line in body.lines() {
            if let Some(told) = line.strip_prefix("✗ ") {
                expected.push(told.to_owned());
            } else if let Some(other) = line.strip_prefix("--- ") {
                other.clone_into(&mut file);
                files.insert(file.clone(), String::new());
            } else if !line.is_empty() {
                let text = files.entry(file.clone()).or_default();
                text.push_str(line);
                text.push('\n');
            }
        }
        cases.push(Case { title: title.to_owned(), files, expected });
    }
    cases
}

/// Tries every case of a file of `tests/checker`: what is told must be what it says.
fn try_cases(file: &str) {
    let mut wrong = Vec::new();
    for Case { title, files, expected } in cases(file) {
        let found: Vec<String> = check(&files).iter().map(Diagnostic::to_string).collect();
        if found != expected {
            wrong.push(format!("## {title}\n✗ {}\n", found.join("\n✗ ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// In whatever words the checker says what to do, it says so in Chinese as well.
#[test]
fn every_help_has_its_chinese() {
    let sound = files("sound");
    let mut packs = vec![files("wrong")];
    packs.extend(mistakes().iter().map(|mistake| {
        let mut files = sound.clone();
        mistake.make(&mut files);
        files
    }));
    let cases = ["findings.txt", "everyday.txt"].into_iter().flat_map(cases);
    packs.extend(cases.map(|case| case.files));
    let hints = packs.iter().flat_map(check).filter_map(|problem| problem.hint);
    let missing: std::collections::BTreeSet<String> =
        hints.filter(|hint| chinese_help(hint).is_none()).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_finding_has_its_place_its_reason_its_way_and_what_to_do() {
    try_cases("findings.txt");
}

#[test]
fn what_people_write_wrong_every_day_is_told_where_it_is_and_what_to_write_instead() {
    try_cases("everyday.txt");
}
