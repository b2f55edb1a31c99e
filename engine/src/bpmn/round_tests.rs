//! Out and in again: every process of the repository's packs comes back as it was.

use std::fs;
use std::path::{Path, PathBuf};

use serde_yaml::Value;

use super::export::{Draft, Ids, draft};
use super::keys::Keys;
use super::{export, import};
use crate::definition::source::ProcessSource;
use crate::yaml;

fn drafted(source: &ProcessSource) -> Draft {
    draft(source, &mut Ids::default())
}

/// Checks that a process comes back as it was, and goes out as before.
pub(super) fn check(source: &ProcessSource) {
    let xml = export(source);
    let back = import("export.bpmn", xml.as_bytes());
    assert_eq!(back.problems, [], "{}\n{xml}", source.process);
    let back = back.processes.into_iter().next().expect("a process");
    let again = back.source.expect("it can be said");
    let (before, after) = (drafted(source), drafted(&again));
    for (before, after) in before.nodes.iter().zip(&after.nodes) {
        assert_eq!(before, after, "{}", source.process);
    }
    assert_eq!(before, after, "{}\n{}", source.process, back.yaml);
    // Everything is on the diagram.
    assert_eq!(xml.matches("<bpmndi:BPMNShape ").count(), before.nodes.len());
    assert_eq!(xml.matches("<bpmndi:BPMNEdge ").count(), before.flows.len());
    assert_eq!(export(&again), xml, "{}", source.process);
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|end| end == "yaml")
            && path.parent().is_some_and(|folder| folder.ends_with("processes"))
        {
            into.push(path);
        }
    }
}

#[test]
fn every_process_of_every_pack_comes_back_as_it_was() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows"), &mut found);
    assert!(found.len() >= 15, "{found:?}");
    for path in found {
        let text = fs::read(&path).unwrap();
        let tree = yaml::parse("p.yaml", &text).unwrap();
        if !tree.has(&["override"]) {
            check(&yaml::read::<ProcessSource>(&tree, &[]).unwrap());
        }
    }
}

/// The same seed, the same processes.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (bound as u64)).unwrap()
    }

    fn of<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.below(some.len())]
    }
}

/// Texts that escaping, cutting or trimming could harm.
const TEXTS: [&str; 10] = [
    "初审",
    "a & b < c > \"d\" 'e'",
    " blanks around ",
    "line\nline\r\nline\ttab",
    "]]> <!-- --> <?x?>",
    "=a == 'b'",
    "yes",
    "2026",
    "\u{1}control\u{FFFE}",
    "😀 {{ x }}",
];

fn text(random: &mut Random) -> Value {
    match random.below(3) {
        0 => {
            let mut both = Keys::new();
            both.insert("zh".into(), random.of(&TEXTS).into());
            both.insert("en".into(), random.of(&TEXTS).into());
            Value::Mapping(both)
        }
        _ => random.of(&TEXTS).into(),
    }
}

/// Elements with keys that go into BPMN, into our extension, and into flows.
const ELEMENTS: [&str; 29] = [
    "{type: userTask, role: a}",
    "{type: userTask, role: [a, b], due: {in: 10 workdays, basis: x, extend: once}, remind: [80%]}",
    "{type: userTask, role: a, due: {in: 10 workdays, extend: {once: true, most: 5 days, by: [b]}}}",
    "{type: userTask, people: '=panel', edit: doc, outcomes: {yes: 是, no: {zh: 否, en: No}}}",
    "{type: userTask, assign: initiator, forEach: {in: '=list', as: one, mode: sequential, until: 'true', result: '=one', into: said}}",
    "{type: manualTask, loop: {while: 'a < 3 && b', max: 5, testBefore: true}}",
    "{type: userTask, role: a, loop: {while: '=outcomes.x == 1'}}",
    "{type: userTask, role: a, outcomes: {back: {label: 退回, to: TARGET, comment: required, then: comeBack}, on: 同意}}",
    "{type: userTask, role: a, due: 5 days, overdue: {to: TARGET}}",
    "{type: intake, from: public, closes: 20 days, into: list, none: {to: TARGET}, fewer: {than: '3', to: TARGET}}",
    "{type: scriptTask, set: {a: '=1 + 2', b: 'x = y', c: \"='=='\"}}",
    "{type: serviceTask, topic: t, input: {a: '=b', c: d}, into: r, retries: 5}",
    "{type: serviceTask, retries: 5, http: {method: POST, url: '=a', headers: {A: {secret: T, prefix: 'Bearer '}, B: c}, query: {q: [1, '=b']}, body: {x: ['=y', true, {z: 1.5}]}, success: [200, 3xx], errors: {E: 404, F: ['=response.body.f']}, timeout: 5 seconds, result: {r: response.body}}}",
    "{type: businessRuleTask, decision: d, into: r}",
    "{type: callActivity, process: other-one, in: {a: '=b'}, out: {c: d}, wait: false}",
    "{type: intermediateCatchEvent, timer: {before: 90 days, of: '=endsOn', roll: none}}",
    "{type: intermediateCatchEvent, message: 消息 & one, key: '=number', into: doc}",
    "{type: intermediateThrowEvent, message: m, key: '=k', payload: doc}",
    "{type: intermediateCatchEvent, signal: 信号 & one, into: doc}",
    "{type: intermediateCatchEvent, condition: \"=a < 1 && b == ']]>'\"}",
    "{type: intermediateThrowEvent, signal: s, payload: doc}",
    "{type: intermediateThrowEvent, escalation: E-1}",
    "{type: intermediateThrowEvent, compensate: all}",
    "{type: intermediateThrowEvent, compensate: TARGET}",
    "{type: sendTask, message: m, key: '=k', payload: doc}",
    "{type: receiveTask, message: m, key: '=k', into: doc}",
    "{type: manualTask}",
    "{type: record, register: r, columns: {a: '=b', c: 有效}, into: number}",
    "{type: publish, title: '=t', show: [{document: d, fields: {a: hidden}}], for: {on: '=endsOn'}}",
];

/// Boundary events with keys that go into BPMN, or are left out there.
const BOUNDARIES: [&str; 9] = [
    "{type: boundaryEvent, timer: 3 hours, interrupting: false, repeat: true}",
    "{type: boundaryEvent, timer: 2 workdays, interrupting: false, repeat: 5}",
    "{type: boundaryEvent, message: m, key: '=k', into: doc, interrupting: false}",
    "{type: boundaryEvent, signal: s}",
    "{type: boundaryEvent, condition: a > 1, interrupting: false}",
    "{type: boundaryEvent, error: E & 1, into: v}",
    "{type: boundaryEvent, error: any}",
    "{type: boundaryEvent, escalation: E-1, interrupting: false}",
    "{type: boundaryEvent, escalation: any}",
];

/// Ends of every kind.
const ENDS: [&str; 7] = [
    "{type: endEvent, outcome: done}",
    "{type: endEvent, terminate: true}",
    "{type: endEvent, error: E-1}",
    "{type: endEvent, escalation: E-1}",
    "{type: endEvent, signal: s, payload: doc}",
    "{type: endEvent, message: m, key: '=k', payload: doc}",
    "{type: endEvent, compensate: all}",
];

/// A scope of random nodes.
fn nodes(random: &mut Random, prefix: &str, depth: usize) -> Keys {
    let count = 2 + random.below(8);
    let odd = ["", "-x", " y", ".z", "节点", "/"];
    let names: Vec<String> =
        (0..count).map(|at| format!("{prefix}{at}{}", random.of(&odd))).collect();
    let mut nodes = Keys::new();
    for (at, name) in names.iter().enumerate() {
        let target = random.of(&names.iter().map(String::as_str).collect::<Vec<_>>()).to_owned();
        let mut keys = element(random, name, &target, depth);
        if random.below(2) == 0 {
            keys.insert("name".into(), text(random));
        }
        if random.below(3) == 0 {
            keys.insert("documentation".into(), text(random));
            keys.insert("basis".into(), random.of(&TEXTS).into());
        }
        let kind = keys.get("type").and_then(Value::as_str).unwrap().to_owned();
        if random.below(4) == 0 && !kind.ends_with("Gateway") && kind != "endEvent" {
            keys.insert("to".into(), target.clone().into());
        }
        if kind.ends_with("Gateway") {
            keys.insert("to".into(), targets(random, &kind, &names));
        }
        nodes.insert(name.clone().into(), Value::Mapping(keys));
        if at + 1 == count && random.below(2) == 0 {
            let host = format!("{prefix}host");
            nodes.insert(host.clone().into(), yaml_value("{type: userTask, role: a}"));
            let mut boundary = mapping(random.of(&BOUNDARIES));
            boundary.insert("attachedTo".into(), host.into());
            boundary.insert("to".into(), target.into());
            nodes.insert(format!("{prefix}boundary").into(), Value::Mapping(boundary));
        }
    }
    nodes
}

fn element(random: &mut Random, name: &str, target: &str, depth: usize) -> Keys {
    match random.below(8) {
        0 if random.below(4) == 0 => ad_hoc(random, name),
        0 if depth < 3 => {
            let mut keys = mapping(random.of(&["{type: subProcess}", "{type: transaction}"]));
            let inner = nodes(random, &format!("{name}_"), depth + 1);
            keys.insert("nodes".into(), Value::Mapping(inner));
            keys
        }
        1 => mapping("{type: exclusiveGateway}"),
        2 => mapping("{type: parallelGateway}"),
        3 => mapping(random.of(&ENDS)),
        _ => {
            let mut keys = mapping(random.of(&ELEMENTS));
            place(&mut keys, target);
            keys
        }
    }
}

fn ad_hoc(random: &mut Random, name: &str) -> Keys {
    let mut keys = mapping(random.of(&[
        "{type: adHocSubProcess, role: a}",
        "{type: adHocSubProcess, ordering: sequential, until: '=a < 1'}",
        "{type: adHocSubProcess, role: [a, b], until: x > 2, cancelRemaining: false}",
    ]));
    let inner = format!(
        "{{{name}_a: {{type: manualTask}}, {name}_b: {{type: userTask, role: a, to: '{name}_c'}}, \
         {name}_c: {{type: manualTask}}}}"
    );
    keys.insert("nodes".into(), yaml_value(&inner));
    keys
}

/// Puts a node's name where a template says `TARGET`.
fn place(keys: &mut Keys, target: &str) {
    for (_, value) in keys.iter_mut() {
        match value {
            Value::Mapping(inner) => place(inner, target),
            Value::String(text) if text == "TARGET" => target.clone_into(text),
            _ => {}
        }
    }
}

fn targets(random: &mut Random, kind: &str, names: &[String]) -> Value {
    let mut list = Vec::new();
    for _ in 0..=random.below(3) {
        let mut branch = Keys::new();
        if kind == "exclusiveGateway" {
            branch.insert("when".into(), random.of(&["a == 'b'", "=a < 1 && b", "x > 2\n"]).into());
        }
        branch.insert("to".into(), names[random.below(names.len())].clone().into());
        if random.below(2) == 0 {
            branch.insert("name".into(), text(random));
        }
        list.push(Value::Mapping(branch));
    }
    let last = Value::from(names[0].clone());
    list.push(last);
    Value::Sequence(list)
}

fn yaml_value(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

fn mapping(text: &str) -> Keys {
    serde_yaml::from_str(text).unwrap()
}

#[test]
fn names_that_look_like_ids_of_ours_do_no_harm() {
    let text = "process: start\nname: x\nnodes:\n  a: { type: userTask, role: r }\n  a_di: { type: userTask, role: r }\n  \
                Definitions_1: { type: userTask, role: r }\n  Flow_a_a_di: { type: userTask, role: r }\n  start_diagram: { type: endEvent }\n";
    let tree = yaml::parse("p.yaml", text.as_bytes()).unwrap();
    check(&yaml::read::<ProcessSource>(&tree, &[]).unwrap());
}

/// Everything that leaves the order of the file: what undoes, what listens, links, transactions.
const ASIDE: &str = "
process: aside
name: x
nodes:
  hear:
    type: eventSubProcess
    nodes:
      heard: { type: startEvent, signal: stop, interrupting: false, into: v }
      note: { type: manualTask }
  book:
    type: transaction
    nodes:
      hotel: { type: serviceTask, topic: hotel }
      undoHotel: { type: boundaryEvent, attachedTo: hotel, compensation: true, to: freeHotel }
      freeHotel: { type: serviceTask, topic: freeHotel }
      flight: { type: serviceTask, topic: flight }
      undoFlight: { type: boundaryEvent, attachedTo: flight, compensation: true, to: freeFlight }
      freeFlight: { type: userTask, role: a }
      enough:
        type: exclusiveGateway
        to: [{ when: data.ok, to: booked }, { to: none }]
      none: { type: endEvent, cancel: true }
      booked: { type: endEvent }
  cancelled: { type: boundaryEvent, attachedTo: book, cancel: true, to: away }
  choose: { type: eventBasedGateway, to: [late, answer, stopped] }
  late: { type: intermediateCatchEvent, timer: 3 hours, to: jump }
  answer: { type: receiveTask, message: m, key: '=k', to: jump }
  stopped: { type: intermediateCatchEvent, signal: stop }
  undo: { type: intermediateThrowEvent, compensate: book }
  jump: { type: intermediateThrowEvent, link: L & 1 }
  land: { type: intermediateCatchEvent, link: L & 1 }
  away: { type: endEvent, error: E-1 }
  fail:
    type: eventSubProcess
    nodes:
      failed: { type: startEvent, error: any, into: v }
      tell: { type: endEvent, escalation: E-2 }
  whole:
    type: subProcess
    nodes:
      work: { type: manualTask }
      undoWhole:
        type: eventSubProcess
        nodes:
          begin: { type: startEvent, compensation: true }
          undoWork: { type: endEvent, compensate: all }
";

fn source(text: &str) -> ProcessSource {
    let tree = yaml::parse("p.yaml", text.as_bytes()).unwrap();
    yaml::read::<ProcessSource>(&tree, &[]).unwrap()
}

#[test]
fn what_stands_beside_the_order_comes_back_as_it_was() {
    let source = source(ASIDE);
    check(&source);
    let xml = export(&source);
    for part in [
        "<bpmn:subProcess id=\"hear\" triggeredByEvent=\"true\">",
        "<bpmn:startEvent id=\"heard\" isInterrupting=\"false\">",
        "<bpmn:serviceTask id=\"freeHotel\" isForCompensation=\"true\">",
        "associationDirection=\"One\" sourceRef=\"undoHotel\" targetRef=\"freeHotel\" />",
        "<bpmn:transaction id=\"book\">",
        "<bpmn:cancelEventDefinition />",
        "<bpmn:eventBasedGateway id=\"choose\">",
        "<bpmn:linkEventDefinition name=\"L &amp; 1\" />",
        "<bpmn:compensateEventDefinition activityRef=\"book\" />",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
    // No flow leads to what undoes, or from the event that leads there.
    for name in ["freeHotel", "undoHotel", "freeFlight", "undoFlight", "hear", "fail", "land"] {
        for end in ["sourceRef", "targetRef"] {
            let flow = |line: &&str| {
                line.contains("<bpmn:sequenceFlow") && line.contains(&format!("{end}=\"{name}\""))
            };
            let allowed = name == "land" && end == "sourceRef";
            assert!(allowed || xml.lines().find(flow).is_none(), "{name} {end}\n{xml}");
        }
    }
}

#[test]
fn what_begins_a_case_comes_back_as_it_was() {
    check(&source(
        "process: p
name: P
variables: { said: { type: any } }
nodes:
  begin: { type: startEvent, to: read }
  letter: { type: startEvent, message: letter, into: said, to: read }
  alarm: { type: startEvent, signal: alarm, name: Alarm, to: run }
  daily: { type: startEvent, timer: { cron: 0 9 * * * }, repeat: true, to: run }
  once: { type: startEvent, timer: 2026-03-31, to: run }
  often: { type: startEvent, timer: 1 hour, repeat: 5, to: run }
  nine: { type: startEvent, timer: { cron: 0 9 * * * }, repeat: 3, to: run }
  monthly: { type: startEvent, timer: { in: 1 month, roll: none }, repeat: true, to: run }
  read: { type: userTask, role: clerk, to: end }
  run: { type: userTask, role: clerk, to: end }
  end: { type: endEvent }
messages: { letter: { keep: 10 workdays } }",
    ));
}

#[test]
fn random_processes_come_back_as_they_were() {
    for seed in 1..=60_u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut process = mapping(
            "{process: p-1, name: x, startedBy: [a], variables: {v: {type: any, initial: {a: null, b: [1, null]}}}}",
        );
        process.insert("name".into(), text(&mut random));
        process.insert("nodes".into(), Value::Mapping(nodes(&mut random, "n", 0)));
        // Through text, as a file would come, so that nothing depends on the order of a map.
        let written = serde_yaml::to_string(&process).unwrap();
        let source = yaml::parse("p.yaml", written.as_bytes())
            .and_then(|tree| yaml::read::<ProcessSource>(&tree, &[]))
            .unwrap_or_else(|problems| panic!("seed {seed}: {problems:#?}"));
        let checked = std::panic::catch_unwind(|| check(&source));
        assert!(checked.is_ok(), "seed {seed}\n{written}");
    }
}

#[test]
fn what_begins_a_case_by_itself_comes_back_as_it_was() {
    for nodes in [
        "{t: {type: receiveTask, message: m, into: doc, instantiate: true}, e: {type: endEvent}}",
        "{g: {type: eventBasedGateway, instantiate: true, to: [a, b]}, \
         a: {type: intermediateCatchEvent, message: m, to: x}, \
         b: {type: intermediateCatchEvent, signal: s, to: x}, x: {type: userTask, role: r}}",
        "{first: {type: manualTask, to: x}, g: {type: eventBasedGateway, instantiate: true, \
         eventGatewayType: parallel, to: [a, b]}, a: {type: intermediateCatchEvent, message: m, to: x}, \
         b: {type: intermediateCatchEvent, message: n, key: '=k', to: x}, \
         x: {type: userTask, role: r}}",
    ] {
        let mut process = mapping("{process: p, name: P, startedBy: [r]}");
        process.insert("nodes".into(), yaml_value(nodes));
        check(&serde_yaml::from_value(Value::Mapping(process)).expect("it is right"));
    }
}
