//! The checker on whole packs: one mistake gives one diagnostic, at its place, and nothing that only
//! follows from it; and a pack with a mistake of every kind is told all of them in one run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::diagnostic::Diagnostic;
use engine::pack::compile;

/// The files of a folder of `tests/checker`.
fn files(folder: &str) -> BTreeMap<String, String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checker").join(folder);
    let mut found = BTreeMap::new();
    let mut todo: Vec<PathBuf> = vec![top.clone()];
    while let Some(at) = todo.pop() {
        for entry in std::fs::read_dir(&at).expect("the folder can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            let name = path.strip_prefix(&top).expect("it is inside").to_string_lossy();
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

/// A mistake: what is written in a file, what instead, and the code and the words of the file that
/// are told of.
struct Mistake(&'static str, &'static str, &'static str, &'static str, &'static str);

const MAIN: &str = "processes/main.yaml";

const MISTAKES: &[Mistake] = &[
    // Names that lead nowhere, near to one that does or to none.
    Mistake(MAIN, "to: write }\n", "to: wrte }\n", "unknownNode", "wrte"),
    Mistake(MAIN, "to: write }\n", "to: nowhereAtAll }\n", "unknownNode", "nowhereAtAll"),
    Mistake(MAIN, "label: No, to: rejected } }\n  unwriting", "label: No, to: elsewhere } }\n  unwriting", "unknownNode", "elsewhere"),
    Mistake(MAIN, "to: fork }", "to: frok }", "unknownNode", "frok"),
    Mistake(MAIN, "to: fork }", "to: elsewhere }", "unknownNode", "elsewhere"),
    Mistake(MAIN, "[left, right]", "[left, elsewhere]", "unknownNode", "elsewhere"),
    Mistake(MAIN, "[left, right]", "[left, rihgt]", "unknownNode", "rihgt"),
    Mistake(MAIN, "returnTo: [write], to: join", "returnTo: [write], to: joni", "unknownNode", "joni"),
    Mistake(MAIN, "returnTo: [write], to: join", "returnTo: [write], to: elsewhere", "unknownNode", "elsewhere"),
    Mistake(MAIN, "type: exclusiveGateway, to: join", "type: exclusiveGateway, to: elsewhere", "unknownNode", "elsewhere"),
    Mistake(MAIN, "compensation: true, to: unwrite", "compensation: true, to: unwrit", "unknownNode", "unwrit"),
    Mistake(MAIN, "compensate: write", "compensate: wrte", "unknownNode", "wrte"),
    Mistake(MAIN, "compensate: write", "compensate: decide", "nothingToCompensate", "decide"),
    Mistake(MAIN, "attachedTo: right", "attachedTo: rigth", "unknownNode", "rigth"),
    Mistake(MAIN, "attachedTo: right", "attachedTo: fork", "notAnActivity", "fork"),
    Mistake(MAIN, "attachedTo: right", "attachedTo: ask", "notAnActivity", "ask"),
    Mistake(MAIN, "attachedTo: pay", "attachedTo: each", "eventNotAllowed", "true, to: rejected }\n  each"),
    Mistake(MAIN, "separate: [left]", "separate: [lfet]", "unknownNode", "lfet"),
    Mistake(MAIN, "separate: [left]", "separate: [join]", "separateFromNobody", "join"),
    Mistake(MAIN, "returnTo: [write]", "returnTo: [wrte]", "neverReturnsThere", "wrte"),
    Mistake(MAIN, "to: [came, out]", "to: [caem, out]", "unknownNode", "caem"),
    Mistake(MAIN, "to: [came, out]", "to: [came]", "badEventGateway", "[came]"),
    Mistake(MAIN, "to: escalated }", "to: ask }", "crossesScope", "ask"),
    Mistake(MAIN, "to: escalated }", "to: late }", "flowNotAllowed", "late"),
    Mistake(MAIN, "ThrowEvent, link: onwards", "ThrowEvent, link: onward", "badLink", "onward"),
    Mistake(MAIN, "CatchEvent, link: onwards", "CatchEvent, link: onward", "badLink", "onwards"),
    // Lists where one is expected, conditions where there are none, ways where there are none.
    Mistake(MAIN, "returnTo: [write], to: join", "returnTo: [write], to: [join, merge]", "notAGateway", "[join, merge]"),
    Mistake(MAIN, "to: [left, right]", "to: [{ when: n > 1, to: left }, right]", "conditionNotAllowed", "n > 1"),
    Mistake(MAIN, "unwrite: { type: scriptTask, set: { n: '0' } }", "unwrite: { type: scriptTask, set: { n: '0' }, to: join }", "compensationGoesOn", "join }\n  decide"),
    Mistake(MAIN, "timer: 5 days, to: escalated", "timer: 5 days", "boundaryWithoutWay", "{ type: boundaryEvent, attachedTo: right"),
    // Elements that are none, or lack something.
    Mistake(MAIN, "fork: { type: parallelGateway", "fork: { type: parallelGatewy", "unknownType", "parallelGatewy"),
    Mistake(MAIN, "join: { type: parallelGateway", "join: { type: paralelGateway", "unknownType", "paralelGateway"),
    Mistake(MAIN, "left: { type: userTask", "left: { type: usrTask", "unknownType", "usrTask"),
    Mistake(MAIN, "begin: { type: startEvent", "begin: { type: strtEvent", "unknownType", "strtEvent"),
    Mistake(MAIN, "late: { type: boundaryEvent", "late: { type: boundryEvent", "unknownType", "boundryEvent"),
    Mistake(MAIN, "unwriting: { type: boundaryEvent", "unwriting: { type: boundryEvent", "unknownType", "boundryEvent"),
    Mistake(MAIN, "    type: subProcess", "    type: subProces", "unknownType", "subProces"),
    Mistake(MAIN, "    type: eventSubProcess", "    type: evntSubProcess", "unknownType", "evntSubProcess"),
    Mistake(MAIN, "    type: adHocSubProcess", "    type: adHokSubProcess", "unknownType", "adHokSubProcess"),
    Mistake(MAIN, "wait: { type: eventBasedGateway", "wait: { type: eventGateway", "unknownType", "eventGateway"),
    Mistake(MAIN, "came: { type: intermediateCatchEvent", "came: { type: catchEvent", "unknownType", "catchEvent"),
    Mistake(MAIN, "signal: { type: startEvent", "signal: { type: strtEvent", "unknownType", "strtEvent"),
    Mistake(MAIN, "operations: return, returnTo", "operation: return, returnTo", "unknownKey", "operation"),
    Mistake(MAIN, "due: 3 days, remind", "deu: 3 days, remind", "unknownKey", "deu"),
    Mistake(MAIN, "role: head, separate", "roel: head, separate", "unknownKey", "roel"),
    Mistake(MAIN, "Gateway, to: [left, right]", "Gateway, too: [left, right]", "unknownKey", "too"),
    Mistake(MAIN, "    until: rounds.call > 0\n", "    untl: rounds.call > 0\n", "unknownKey", "untl"),
    Mistake(MAIN, "signal: s, interrupting", "sgnal: s, interrupting", "unknownKey", "sgnal"),
    Mistake(MAIN, "notify, notice: told", "notify, notices: told", "unknownKey", "notices"),
    Mistake(MAIN, "draw: { type: draw, pool: expert, size: '2'", "draw: { type: draw, pool: expert", "missingKey", "draw: { type: draw"),
    Mistake(MAIN, "    role: clerk\n    edit: plan", "    role: [[]]\n    edit: plan", "wrongType", "[]"),
    Mistake(MAIN, "operations: return, returnTo", "operations: retrun, returnTo", "unknownValue", "retrun"),
    Mistake(MAIN, "role: head, separate", "separate", "nobodyCanDoIt", "{ type: userTask, separate"),
    Mistake(MAIN, "signal: { type: startEvent", "signal: { type: userTask, role: clerk }\n      begins: { type: intermediateCatchEvent", "eventSubProcessWithoutStart", "signal: { type: userTask"),
    // The process's own keys.
    Mistake(MAIN, "n: { type: integer", "n: { type: intger", "unknownType", "intger"),
    Mistake(MAIN, "variables:", "varables:", "unknownKey", "varables"),
    Mistake(MAIN, "documents:", "document:", "unknownKey", "document"),
    Mistake(MAIN, "startedBy: [clerk]", "startetBy: [clerk]", "unknownKey", "startetBy"),
    Mistake(MAIN, "startedBy: [clerk]", "startedBy: [clrek]", "unknownRole", "clrek"),
    Mistake(MAIN, "  plan: { form: plan }", "  plan: { form: plna }", "unknownForm", "plna"),
    Mistake(MAIN, "  plan: { form: plan }", "  plan: { from: plan }", "unknownKey", "from: plan }\n  papers"),
    Mistake(MAIN, "notices: { task: told }", "notices: { task: tld }", "unknownNotice", "tld"),
    // References of elements.
    Mistake(MAIN, "    role: clerk\n    edit: plan", "    role: clrek\n    edit: plan", "unknownRole", "clrek"),
    Mistake(MAIN, "    edit: plan", "    edit: plna", "unknownDocument", "plna"),
    Mistake(MAIN, "decision: route", "decision: rout", "unknownDecision", "rout"),
    Mistake(MAIN, "into: rules", "into: ruels", "unknownVariable", "ruels"),
    Mistake(MAIN, "pool: expert", "pool: exprt", "unknownRole", "exprt"),
    Mistake(MAIN, "process: part", "process: prat", "unknownProcess", "prat"),
    Mistake(MAIN, "in: { paper: =plan }", "in: { papre: =plan }", "unknownDocument", "=plan }, out"),
    Mistake(MAIN, "register: book", "register: boko", "unknownRegister", "boko"),
    Mistake(MAIN, "columns: { what: =plan.kind }", "columns: { waht: =plan.kind }", "unknownColumn", "=plan.kind } }\n  wait"),
    Mistake(MAIN, "notify, notice: told", "notify, notice: tolt", "unknownNotice", "tolt"),
    Mistake(MAIN, "from: [expert], closes", "from: [exprt], closes", "unknownRole", "[exprt]"),
    // Expressions and times.
    Mistake(MAIN, "when: n > 1", "when: m > 1", "unknownName", "m > 1"),
    Mistake(MAIN, "when: n > 1", "when: n > 'a'", "wrongType", "> 'a'"),
    Mistake(MAIN, "in: list, as", "in: lsit, as", "unknownName", "lsit"),
    Mistake(MAIN, "in: list, as", "in: n, as", "wrongType", "n, as"),
    Mistake(MAIN, "until: tally.ask.total > 2", "until: it == 'a'", "unknownName", "it == 'a'"),
    Mistake(MAIN, "until: tally.ask.total > 2", "until: loop.index > 2", "unknownName", "loop.index"),
    Mistake(MAIN, "assign: =it", "assign: =ti", "unknownName", "ti }"),
    Mistake(MAIN, "people: =panel", "people: =pannel", "unknownName", "pannel"),
    Mistake(MAIN, "pass: 1/2", "pass: half", "badShare", "half"),
    Mistake(MAIN, "timer: 5 days", "timer: 5 dyas", "badTime", "5 dyas"),
    Mistake(MAIN, "due: 3 days", "due: 3 dyas", "badTime", "3 dyas"),
    Mistake(MAIN, "closes: 20 days", "closes: 20 dyas", "badTime", "20 dyas"),
    Mistake(MAIN, "where: candidate.id", "where: candidat.id", "unknownName", "candidat.id"),
    // The graph.
    Mistake(MAIN, "{ to: each }]", "{ when: n > 2, to: each }]", "missingDefault", "{ type: exclusiveGateway, to: [{"),
    Mistake(MAIN, "type: exclusiveGateway, to: join }", "type: exclusiveGateway, to: rejected }", "joinNeverCompletes", "{ type: parallelGateway, to: free"),
    Mistake(MAIN, "to: pay\n", "to: each\n", "unreachableNode", "type: transaction"),
    Mistake(MAIN, "attachedTo: pay, cancel: true, to: rejected", "attachedTo: pay, error: E, to: rejected", "cancelWithoutEvent", "{ type: endEvent, cancel: true"),
    Mistake(MAIN, "split: { type: exclusiveGateway", "again: { type: scriptTask, set: { n: '1' } }\n  split: { type: exclusiveGateway, name: x", "", ""),
    // Other files.
    Mistake("roles.yaml", "  expert:", "  exprt:", "", ""),
    Mistake("roles.yaml", "clerk: { name: Clerk }", "clerk: { nam: Clerk }", "", ""),
    Mistake("people.yaml", "wang: { name: Wang, unit: bureau, roles: [head]", "wang: { name: Wang, unit: bureau, roles: [haed]", "unknownRole", "haed"),
    Mistake("people.yaml", "wang: { name: Wang", "wang: { nam: Wang", "", ""),
    Mistake("forms/plan.yaml", "kind: { type: choice", "kind: { type: choise", "unknownType", "choise"),
    Mistake("forms/plan.yaml", "options: { small: Small, large: Large }", "options: []", "", ""),
    Mistake("decisions/route.yaml", "kind: =plan.kind", "kind: =plan.knd", "unknownField", "knd"),
    Mistake("decisions/route.yaml", "kind: small,", "kind: smal,", "unknownOption", "smal,"),
    Mistake("decisions/route.yaml", "when: { kind: small", "when: { kid: small", "unknownColumn", "small,"),
    Mistake("decisions/route.yaml", "[small, large]", "small", "decisionGap", "- { when: { kind: small, size"),
    Mistake("decisions/route.yaml", "decision: route", "decison: route", "", ""),
    Mistake("registers/book.yaml", "series:", "serie:", "", ""),
    Mistake("calendars/cn.yaml", "zone: Asia/Shanghai", "zone: Asia/Shangai", "", ""),
    Mistake("notices/told.yaml", "subject:", "subjct:", "", ""),
    Mistake("processes/part.yaml", "type: endEvent", "type: endEvnt", "unknownType", "endEvnt"),
    Mistake("processes/part.yaml", "paper: { form: plan }", "paper: { from: plan }", "unknownKey", "from"),
    Mistake("processes/part.yaml", "nodes:", "node:", "", ""),
    Mistake("processes/part.yaml", "show: paper", "show: papre", "unknownDocument", "papre"),
];

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

/// Line and column of some words of a text: those of what was changed, best.
fn place(text: &str, to: &str, at: &str) -> (usize, usize) {
    let begin = text.find(to).expect("it was put there");
    let byte = to.find(at).map_or_else(|| text.find(at), |within| Some(begin + within));
    let before = &text[..byte.unwrap_or_else(|| panic!("{at:?} is there"))];
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[test]
fn one_mistake_is_one_diagnostic() {
    let sound = files("sound");
    let mut wrong = Vec::new();
    for Mistake(file, from, to, code, at) in MISTAKES {
        let mut files = sound.clone();
        let text = files.get_mut(*file).expect("the file is there");
        assert_eq!(text.matches(from).count(), 1, "{file} has {from:?} once");
        *text = text.replace(from, to);
        let (line, column) = place(text, to, at);
        let found = check(&files);
        let expected = [format!("{file}:{line}:{column} {code}")];
        if told(&found) != expected {
            let found: Vec<String> = found.iter().map(Diagnostic::to_string).collect();
            wrong.push(format!("{from:?} → {to:?}: expected {expected:?}, found {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
