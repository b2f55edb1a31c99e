//! Packs as a whole: what is reported, where, and what extending does.

use super::{Kind, Pack, hash, load};
use crate::ids::UnitId;
use crate::problem::Problem;

type File = (&'static str, String);

fn base() -> Vec<File> {
    [
        ("pack.yaml", "pack: p\nname: 包\nversion: \"1\"\n"),
        ("roles.yaml", "roles:\n  clerk: { name: 经办 }\n  head: { name: { zh: 负责人, en: Head } }\n  admin: { name: 管理员 }\n  worker: { name: 接口 }\n"),
        (
            "people.yaml",
            "units:\n  bureau: { name: 局 }\n  office: { name: 科, parent: bureau }\npeople:\n  \
             li: { name: 李敏, email: li@example.org, unit: office, roles: [clerk, { role: head, unit: bureau }], manager: wang }\n  \
             wang: { name: 王, roles: [head] }\n  admin: { name: 管, roles: [admin, worker] }\n",
        ),
        ("processes/leave.yaml", "process: leave\nname: 请假\nnodes:\n  apply:\n    type: userTask\n    role: clerk\n  done:\n    type: endEvent\nstartedBy: [clerk]\n"),
        ("registers/filings.yaml", "register: filings\nname: 台账\nseries: 备〔{year}〕{number:04}号\ncolumns: { a: 甲 }\n"),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .to_vec()
}

fn with(changes: &[(&'static str, &str)]) -> Vec<File> {
    let mut files = base();
    for (path, text) in changes {
        files.retain(|(other, _)| other != path);
        files.push((path, (*text).to_owned()));
    }
    files
}

/// Checks all problems of a pack as `file:line:column code`.
fn check(changes: &[(&'static str, &str)], expected: &[&str]) {
    let (_, problems) = load(&with(changes));
    let found: Vec<String> = problems
        .iter()
        .map(|problem| {
            let place = &problem.place;
            format!("{}:{}:{} {}", place.file, place.line, place.column, problem.code)
        })
        .collect();
    assert_eq!(found, expected, "{problems:#?}");
}

#[test]
fn outcomes_keep_the_order_of_the_file_since_the_first_one_passes() {
    let process = "process: leave\nname: 请假\nnodes:\n  apply:\n    type: userTask\n    role: clerk\n    outcomes: { yes: 是, alike: { label: 相同 }, no: 否 }\n  done:\n    type: endEvent\n";
    let files = with(&[("processes/leave.yaml", process)]);
    let compiled = super::compile(&files, |_| 1).expect("the pack is good");
    let node = compiled.definitions["leave"].node("apply").expect("it is there");
    let crate::elements::Element::UserTask(task) = node.element() else { panic!("it is a task") };
    let outcomes: Vec<&str> = task.outcomes.keys().map(crate::ids::OutcomeName::as_str).collect();
    assert_eq!(outcomes, ["yes", "alike", "no"]);
}

#[test]
fn a_table_that_no_process_asks_is_checked_as_well() {
    let table = |cell: &str| {
        format!(
            "decision: fee\nname: 费\ninputs: {{ size: =plan.size }}\noutputs: {{ fee: {{ type: integer }} }}\nrules:\n  - {{ when: {{ size: {cell} }}, then: {{ fee: 1 }} }}\n"
        )
    };
    let compiled = |cell: &str| {
        let files = with(&[("decisions/fee.yaml", &table(cell))]);
        super::compile(&files, |_| 1).map(|_| ()).map_err(|problems| {
            problems.iter().map(|one| one.place.file.clone()).collect::<Vec<_>>()
        })
    };
    assert_eq!(compiled("'< 10'"), Ok(()));
    assert_eq!(compiled("'< = 10'"), Err(vec!["decisions/fee.yaml".to_owned()]));
}

#[test]
fn working_days_are_those_of_the_process_or_else_of_the_pack() {
    let pack = |calendar: &str| format!("pack: p\nname: 包\nversion: '1'\n{calendar}");
    let of = |calendar: &str, own: &str, days: &str| {
        let process = format!(
            "process: leave\nname: 请假\nstartedBy: [clerk]\n{own}nodes:\n  a: {{ type: scriptTask, set: \
             {{ days: \"={days}\" }} }}\nvariables: {{ days: {{ type: any }} }}\n"
        );
        let files = with(&[
            ("pack.yaml", &pack(calendar)),
            ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n"),
            ("calendars/de.yaml", "calendar: de\nzone: Europe/Berlin\n"),
            ("processes/leave.yaml", &process),
            (
                "forms/f.yaml",
                "form: f\nname: 表\nfields: { d: { type: date, label: 日 } }\nrules:\n  - { check: isWorkday(d), message: 休 }\n",
            ),
        ]);
        super::compile(&files, |_| 1).map(|_| ()).map_err(|problems| {
            let told = problems.iter().filter(|one| one.is_error());
            told.map(|one| format!("{} {}", one.place.file, one.code)).collect::<Vec<_>>()
        })
    };
    let counts = "isWorkday(now)";
    assert_eq!(of("calendar: cn\n", "", counts), Ok(()));
    assert_eq!(of("calendar: cn\n", "calendar: de\n", counts), Ok(()));
    let form = "forms/f.yaml noCalendar".to_owned();
    assert_eq!(of("", "calendar: de\n", counts), Err(vec![form.clone()]));
    // One line of pack.yaml mends all of them: it is told once.
    assert_eq!(of("", "", counts), Err(vec![form]));
    // One that is not there is told where it is named, and once.
    let unknown = |file: &str| Err(vec![format!("{file} unknownCalendar")]);
    assert_eq!(of("calendar: fr\n", "", counts), unknown("pack.yaml"));
    assert_eq!(of("calendar: cn\n", "calendar: fr\n", counts), unknown("processes/leave.yaml"));
}

#[test]
fn what_nobody_could_do_is_told() {
    let process = |nodes: &str| {
        format!(
            "process: leave\nname: 请假\nstartedBy: [clerk]\nnodes:\n{nodes}  done: {{ type: endEvent }}\n"
        )
    };
    let roles = "roles:\n  clerk: { name: 经办 }\n  head: { name: 负责人 }\n  judge: { name: 法官 }\n  admin: { name: 管理员 }\n  worker: { name: 接口 }\n";
    for (nodes, expected) in [
        ("  a: { type: userTask, role: judge }\n", vec!["5:30 nobodyHoldsRole"]),
        ("  a: { type: userTask, role: judge, nobody: { role: head } }\n", vec![]),
        ("  a: { type: userTask, role: [judge, clerk] }\n", vec![]),
        (
            "  a: { type: userTask, role: clerk }\n  b: { type: userTask, role: clerk, separate: [a] }\n",
            vec!["6:48 separateNeverMet"],
        ),
        (
            "  a: { type: userTask, role: clerk }\n  b: { type: userTask, role: head, separate: [a] }\n",
            vec![],
        ),
        (
            "  a: { type: userTask, assign: initiator }\n  b: { type: userTask, assign: initiator, separate: [a] }\n",
            vec!["6:54 separateNeverMet"],
        ),
        (
            "  a: { type: userTask, assign: li }\n  b: { type: userTask, assign: li, separate: [a] }\n",
            vec!["6:47 separateNeverMet"],
        ),
        (
            "  a: { type: userTask, role: clerk }\n  b: { type: userTask, assign: previous, separate: [a] }\n",
            vec!["6:53 separateNeverMet"],
        ),
        (
            "  a: { type: userTask, people: \"=['li', 'wang']\", sign: all, outcomes: { ok: 好 } }\n  b: { type: userTask, assign: wang, separate: [a] }\n",
            vec!["6:49 separateNeverMet"],
        ),
        (
            "  a: { type: userTask, people: \"=['li', 'wang']\", sign: any, outcomes: { ok: 好 } }\n  b: { type: userTask, assign: wang, separate: [a] }\n",
            vec![],
        ),
        (
            "  a: { type: exclusiveGateway }\n  b: { type: userTask, role: clerk, separate: [a] }\n",
            vec!["6:48 separateFromNobody"],
        ),
        ("  a: { type: userTask, role: clerk, due: 3 days }\n", vec!["5:42 noCalendar"]),
    ] {
        let process = process(nodes);
        let files = with(&[("processes/leave.yaml", &process), ("roles.yaml", roles)]);
        let problems = match super::compile(&files, |_| 1) {
            Ok(compiled) => compiled.warnings,
            Err(problems) => problems,
        };
        let found: Vec<String> = problems
            .iter()
            .map(|one| format!("{}:{} {}", one.place.line, one.place.column, one.code))
            .collect();
        assert_eq!(found, expected, "{nodes}{problems:#?}");
    }
}

#[test]
fn a_good_pack_is_loaded() {
    let loaded = Pack::load(&base()).unwrap();
    let li = &loaded.pack.people["li"];
    let grants: Vec<(String, Option<UnitId>)> =
        li.grants().into_iter().map(|grant| (grant.role.to_string(), grant.unit)).collect();
    assert_eq!(
        grants,
        [("clerk".to_owned(), Some("office".into())), ("head".to_owned(), Some("bureau".into()))]
    );
    assert_eq!(loaded.pack.people["wang"].grants()[0].unit, None);
    assert_eq!(loaded.pack.processes["leave"].nodes.len(), 2);
    assert_eq!(loaded.file(Kind::Process, "leave"), Some("processes/leave.yaml"));
}

#[test]
fn problems_of_all_files_come_at_once() {
    check(
        &[
            ("pack.yaml", "pack: p\nname: 包\nversion: 1\n"),
            ("roles.yaml", "roles:\n  clerk: { nam: 经办 }\n"),
            (
                "processes/leave.yaml",
                "process: leave\nname: 请假\nnodes:\n  apply:\n    type: userTsk\n  done: { type: endEvent, ot: x }\n",
            ),
            (
                "registers/filings.yaml",
                "register: filings\nname: 台账\nseries: 备〔{yaer}〕{number:04}号\ncolumns: { a: 甲 }\n",
            ),
            ("froms/plan.yaml", "a: 1\n"),
            ("forms/plan.yaml", "form: [\n"),
            ("notices/x.yml", "notice: x\n"),
        ],
        &[
            "forms/plan.yaml:1:7 yamlSyntax",
            "froms/plan.yaml:0:0 unknownFile",
            "notices/x.yml:0:0 unknownFile",
            "pack.yaml:3:10 wrongType",
            "people.yaml:5:79 unknownRole",
            "people.yaml:6:28 unknownRole",
            "people.yaml:7:29 unknownRole",
            "people.yaml:7:36 unknownRole",
            "processes/leave.yaml:5:11 unknownType",
            "processes/leave.yaml:6:27 unknownKey",
            "registers/filings.yaml:3:11 badSeries",
            "roles.yaml:2:12 unknownKey",
        ],
    );
}

#[test]
fn after_a_mistake_of_syntax_the_rest_of_the_file_is_checked() {
    check(
        &[(
            "processes/leave.yaml",
            "process: leave\nname: @x\nnodes:\n  apply: { type: userTsk }\n  done:\n    type: endEvent\n    ot: x\n",
        )],
        &[
            "processes/leave.yaml:2:7 yamlSyntax",
            "processes/leave.yaml:4:18 unknownType",
            "processes/leave.yaml:7:5 unknownKey",
        ],
    );
}

#[test]
fn what_the_directory_refers_to_must_be_there() {
    check(
        &[
            (
                "pack.yaml",
                "pack: p\nname: 包\nversion: \"1\"\ncalendar: cn\nzone: Asia/Shanhai\neffectiveFrom: 2026-13-01\n",
            ),
            (
                "people.yaml",
                "units:\n  a: { name: 甲, parent: b }\n  b: { name: 乙, parent: a }\n  c: { name: 丙, parent: x, uscc: 91530802MA6K000015 }\npeople:\n  \
                 li: { name: 李, email: li.example.org, unit: d, roles: [clrk, { role: hed, unit: y }], manager: wangg }\n  \
                 wang: { name: 王, manager: wang }\n",
            ),
            (
                "registers/filings.yaml",
                "register: filings\nname: 台账\nseries: 备〔{yaer}〕{number:04}号\ncolumns: { a: 甲 }\n",
            ),
        ],
        &[
            "pack.yaml:4:11 unknownCalendar",
            "pack.yaml:5:7 unknownZone",
            "pack.yaml:6:16 wrongValue",
            "people.yaml:2:25 circular",
            "people.yaml:3:25 circular",
            "people.yaml:4:25 unknownUnit",
            "people.yaml:4:34 wrongUscc",
            "people.yaml:6:25 wrongEmail",
            "people.yaml:6:47 unknownUnit",
            "people.yaml:6:58 unknownRole",
            "people.yaml:6:72 unknownRole",
            "people.yaml:6:83 unknownUnit",
            "people.yaml:6:98 unknownPerson",
            "people.yaml:7:29 circular",
            "registers/filings.yaml:3:11 badSeries",
        ],
    );
}

#[test]
fn a_name_is_defined_once() {
    check(
        &[(
            "registers/other.yaml",
            "register: filings\nname: 台账\nseries: \"{year}{number}\"\ncolumns: {}\n",
        )],
        &["registers/other.yaml:1:11 duplicateName"],
    );
}

#[test]
fn without_a_pack_yaml_there_is_no_pack() {
    let files: Vec<File> = base().into_iter().filter(|(path, _)| *path != "pack.yaml").collect();
    let problems = Pack::load(&files).unwrap_err();
    assert_eq!(problems[0].code, "missingFile");
    // A file that is not there has no line.
    assert_eq!((problems[0].place.line, problems[0].place.column), (0, 0));
}

fn child(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> =
        base().into_iter().map(|(path, text)| (format!("parent/{path}"), text)).collect();
    for (path, text) in changes {
        files.push(((*path).to_owned(), (*text).to_owned()));
    }
    files
}

#[test]
fn a_pack_that_extends_another_replaces_parts_by_name() {
    let loaded = Pack::load(&child(&[
        ("pack.yaml", "pack: county\nname: 县\nversion: \"1\"\nextends: ../p\n"),
        ("roles.yaml", "roles:\n  clerk: { name: 县经办 }\n  judge: 审核\n"),
        ("processes/leave.yaml", "process: leave\noverride:\n  nodes:\n    apply:\n      type: userTask\n      role: judge\n    extra: { type: endEvent }\n"),
    ]))
    .unwrap();
    assert_eq!(loaded.pack.meta.pack, "county");
    let roles: Vec<&str> = loaded.pack.roles.keys().map(crate::ids::RoleName::as_str).collect();
    assert_eq!(roles, ["clerk", "head", "admin", "worker", "judge"]);
    let nodes: Vec<&str> =
        loaded.pack.processes["leave"].nodes.keys().map(crate::ids::NodeName::as_str).collect();
    assert_eq!(nodes, ["apply", "done", "extra"]);
    assert!(loaded.pack.registers.contains_key("filings"));

    let at = |keys: &[&str]| {
        let place =
            loaded.diagnose(Kind::Process, "leave", &Problem::error("x", "y").under(keys)).place;
        format!("{}:{}:{}", place.file, place.line, place.column)
    };
    assert_eq!(at(&["nodes", "apply", "role"]), "processes/leave.yaml:6:13");
    assert_eq!(at(&["nodes", "done", "type"]), "parent/processes/leave.yaml:8:11");
    assert_eq!(at(&["name"]), "parent/processes/leave.yaml:2:7");
}

#[test]
fn scenarios_of_the_extended_pack_are_taken_over_by_name() {
    let scenario = |with: &str| {
        format!(
            "scenario: S\nprocess: leave\nstart: {{ by: li, at: 2026-03-02T09:00, with: {with} }}\n"
        )
    };
    let (both, own) = (scenario("{}"), scenario("{ plan: long }"));
    let loaded = Pack::load(&child(&[
        ("pack.yaml", "pack: county\nname: 县\nversion: \"1\"\nextends: ../p\n"),
        ("parent/scenarios/city.yaml", &both),
        ("parent/scenarios/other.yaml", &both),
        (
            "parent/scenarios/fixtures.yaml",
            "fixtures:\n  plan: { a: 1, b: 2 }\n  short: { a: 0 }\n",
        ),
        ("scenarios/other.yaml", &own),
        (
            "scenarios/fixtures.yaml",
            "fixtures:\n  long: { $like: plan, b: 3 }\n  short: { a: 9 }\n",
        ),
    ]))
    .unwrap();
    assert_eq!(loaded.pack.scenarios, ["parent/scenarios/city.yaml", "scenarios/other.yaml"]);
    let fixture = |name: &str| loaded.fixtures.get(name).cloned();
    assert_eq!(fixture("plan"), Some(serde_json::json!({ "a": 1, "b": 2 })));
    assert_eq!(fixture("long"), Some(serde_json::json!({ "a": 1, "b": 3 })));
    assert_eq!(fixture("short"), Some(serde_json::json!({ "a": 9 })));
}

#[test]
fn what_extending_misses_is_an_error() {
    let codes = |files: &[(String, String)]| -> Vec<&'static str> {
        load(files).1.into_iter().map(|problem| problem.code).collect()
    };
    let own =
        [("pack.yaml".to_owned(), "pack: c\nname: 县\nversion: \"1\"\nextends: ../p\n".to_owned())];
    assert_eq!(codes(&own), ["missingParent"]);
    assert_eq!(
        codes(&child(&[("pack.yaml", "pack: c\nname: 县\nversion: \"1\"\n")])),
        ["unusedParent"]
    );
    let unknown = child(&[
        ("pack.yaml", "pack: c\nname: 县\nversion: \"1\"\nextends: ../p\n"),
        ("processes/x.yaml", "process: leav\noverride: {}\n"),
    ]);
    assert_eq!(codes(&unknown), ["unknownProcess"]);
}

#[test]
fn a_process_that_begins_only_by_itself_is_called_by_none() {
    let calls = "process: calls\nname: 调\nnodes:\n  call:\n    type: callActivity\n    process: begun\nstartedBy: [clerk]\n";
    let begun = "process: begun\nname: 始\nnodes:\n  letter: { type: startEvent, message: letter }\n  end: { type: endEvent }\n";
    let files =
        |begun: &str| with(&[("processes/calls.yaml", calls), ("processes/begun.yaml", begun)]);
    let found: Vec<String> = super::compile(&files(begun), |_| 1)
        .expect_err("it would wait for ever")
        .iter()
        .map(|one| format!("{}:{} {}", one.place.file, one.place.line, one.code))
        .collect();
    assert_eq!(found, ["processes/calls.yaml:6 notCallable"]);
    let by_hand = begun.replace("nodes:\n", "nodes:\n  begin: { type: startEvent, to: end }\n");
    let compiled = super::compile(&files(&by_hand), |_| 1).expect("it can be called");
    assert_eq!(compiled.warnings, []);
}

#[test]
fn a_process_that_nobody_begins_is_told() {
    let warnings = |process: &str| -> Vec<String> {
        let compiled = super::compile(&with(&[("processes/leave.yaml", process)]), |_| 1);
        let warnings = compiled.expect("it is only told").warnings;
        warnings
            .iter()
            .map(|one| format!("{}:{} {}", one.place.line, one.place.column, one.code))
            .collect()
    };
    let process = "process: leave\nname: 请假\nnodes:\n  apply: { type: userTask, role: clerk }\n  done: { type: endEvent }\n";
    assert_eq!(warnings(process), ["1:10 nobodyBegins"]);
    assert_eq!(warnings(&format!("{process}startedBy: [clerk]\n")), Vec::<String>::new());
    let event =
        process.replace("nodes:\n", "nodes:\n  letter: { type: startEvent, message: letter }\n");
    assert_eq!(warnings(&event), Vec::<String>::new());
}

#[test]
fn what_is_taken_is_not_ignored() {
    let found = |nodes: &str| -> Vec<String> {
        let text = format!(
            "process: leave\nname: 请假\nstartedBy: [clerk]\nvariables: {{ v: {{ type: any }} }}\nnodes:\n{nodes}"
        );
        let files = with(&[
            ("processes/leave.yaml", &text),
            ("pack.yaml", "pack: p\nname: 包\nversion: \"1\"\ncalendar: cn\n"),
            ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n"),
        ]);
        let problems = match super::compile(&files, |_| 1) {
            Ok(compiled) => compiled.warnings,
            Err(problems) => problems,
        };
        let key = |message: &str| message.split('`').nth(1).unwrap_or_default().to_owned();
        let said = problems
            .iter()
            .map(|one| format!("{} {} {}", one.place.line, one.code, key(&one.message)));
        said.collect()
    };
    let task = "  a: { type: userTask, role: clerk }\n";
    let end = "  end: { type: endEvent }\n";
    for (nodes, expected) in [
        (
            format!("{task}  end: {{ type: endEvent, to: a, errorMessage: x, key: '=1' }}\n"),
            vec!["7 ignoredKey to", "7 ignoredKey errorMessage", "7 ignoredKey key"],
        ),
        (
            format!("{task}  t: {{ type: intermediateThrowEvent, key: '=1' }}\n{end}"),
            vec!["7 ignoredKey key"],
        ),
        (
            format!(
                "  s: {{ type: startEvent, into: v, repeat: true, interrupting: false }}\n{task}{end}"
            ),
            vec!["6 ignoredKey into", "6 ignoredKey repeat", "6 ignoredKey interrupting"],
        ),
        (
            format!(
                "  a: {{ type: userTask, role: clerk, remind: 80%, overdue: {{ escalate: head }} }}\n{end}"
            ),
            vec!["6 ignoredKey remind", "6 ignoredKey overdue"],
        ),
        (
            format!(
                "  a: {{ type: userTask, role: clerk, outcomes: {{ yes: 是, no: {{ label: 否, clock: pause }} }} }}\n{end}"
            ),
            vec!["6 ignoredKey clock"],
        ),
        (
            format!("  a: {{ type: userTask, assign: initiator, unit: office }}\n{end}"),
            vec!["6 ignoredKey unit"],
        ),
        (
            format!("{task}  b: {{ type: userTask, role: clerk, returnTo: a }}\n{end}"),
            vec!["7 ignoredKey returnTo"],
        ),
        (
            format!("{task}  j: {{ type: serviceTask, topic: '', retries: 0 }}\n{end}"),
            vec!["7 badTopic ", "7 outOfRange "],
        ),
        (format!("{task}  j: {{ type: serviceTask, topic: pay, retries: 1 }}\n{end}"), vec![]),
    ] {
        assert_eq!(found(&nodes), expected, "{nodes}");
    }
}

#[test]
fn what_stands_on_a_task_behind_an_event_based_gateway_would_never_happen() {
    let found = |nodes: &str| -> Vec<String> {
        let text = format!(
            "process: leave\nname: 请假\nstartedBy: [clerk]\nnodes:\n  g: {{ type: eventBasedGateway, to: [r, c] }}\n  r: {{ type: receiveTask, message: m, to: end }}\n{nodes}  end: {{ type: endEvent }}\n"
        );
        let compiled = super::compile(&with(&[("processes/leave.yaml", &text)]), |_| 1);
        let problems = compiled.map_or_else(|problems| problems, |compiled| compiled.warnings);
        problems
            .iter()
            .map(|one| format!("{}:{} {}", one.place.line, one.place.column, one.code))
            .collect()
    };
    let signal = "  c: { type: intermediateCatchEvent, signal: s, to: end }\n";
    assert_eq!(found(signal), Vec::<String>::new());
    let message = "  c: { type: intermediateCatchEvent, message: n, to: end }\n";
    assert_eq!(found(message), ["5:37 badEventGateway"]);
    let boundary =
        format!("{signal}  b: {{ type: boundaryEvent, attachedTo: r, signal: t, to: end }}\n");
    assert_eq!(found(&boundary), ["8:41 badEventGateway"]);
}

#[test]
fn a_way_that_is_always_taken_needs_no_default() {
    let found = |kind: &str, when: &str| -> Vec<&'static str> {
        let text = format!(
            "process: leave\nname: 请假\nstartedBy: [clerk]\nvariables: {{ v: {{ type: boolean }} }}\nnodes:\n  g: {{ type: {kind}, to: [{{ when: v, to: a }}, {{ when: '{when}', to: b }}] }}\n  a: {{ type: endEvent }}\n  b: {{ type: endEvent }}\n"
        );
        let compiled = super::compile(&with(&[("processes/leave.yaml", &text)]), |_| 1);
        compiled
            .map_or_else(|problems| problems, |compiled| compiled.warnings)
            .iter()
            .map(|one| one.code)
            .collect()
    };
    for kind in ["inclusiveGateway", "exclusiveGateway"] {
        assert_eq!(found(kind, "true"), Vec::<&str>::new());
        assert_eq!(found(kind, "!v"), ["missingDefault"]);
    }
}

/// A process with these nodes.
fn process(name: &str, nodes: &str) -> (String, String) {
    (
        format!("processes/{name}.yaml"),
        format!("process: {name}\nname: 名\nnodes:\n{nodes}  end: {{ type: endEvent }}\n"),
    )
}

/// What is told of a pack with these processes, where it has an error.
fn found(files: &[(String, String)]) -> Vec<String> {
    let base = base().into_iter().map(|(path, text)| (path.to_owned(), text));
    let all: Vec<(String, String)> = base.chain(files.iter().cloned()).collect();
    let problems = super::compile(&all, |_| 1).err().unwrap_or_default();
    let said = problems.iter().map(|one| {
        format!("{}:{}:{} {}", one.place.file, one.place.line, one.place.column, one.code)
    });
    said.collect()
}

#[test]
fn processes_that_call_each_other_before_anything_waits_are_refused() {
    let call = |of: &str| format!("  call:\n    type: callActivity\n    process: {of}\n");
    let work = "  work: { type: userTask, assign: initiator }\n";
    assert_eq!(found(&[process("self", &call("self"))]), ["processes/self.yaml:6:14 endlessCalls"]);
    let around = [process("a", &call("b")), process("b", &call("c")), process("c", &call("a"))];
    assert_eq!(found(&around), ["processes/c.yaml:6:14 endlessCalls"]);
    let inside = "  inside:\n    type: subProcess\n    nodes:\n      call: { type: callActivity, process: d }\n      over: { type: endEvent }\n";
    assert_eq!(found(&[process("d", inside)]), ["processes/d.yaml:7:44 endlessCalls"]);
    // What waits in any of them ends the ring, and a call beside a call is none.
    let waits = [process("a", &call("b")), process("b", &format!("{work}{}", call("a")))];
    assert_eq!(found(&waits), Vec::<String>::new());
    let line = [process("a", &call("b")), process("b", &call("c")), process("c", work)];
    assert_eq!(found(&line), Vec::<String>::new());
    // What a process is begun by and sends again at once breeds cases; also in a ring with a call.
    let begun = |by: &str, then: &str| format!("  begun: {{ type: startEvent, {by} }}\n{then}");
    let throw = "  again:\n    type: intermediateThrowEvent\n    signal: bell\n";
    assert_eq!(
        found(&[process("s", &begun("signal: bell", throw))]),
        ["processes/s.yaml:7:13 endlessCalls"]
    );
    let send = "  again:\n    type: sendTask\n    message: post\n    key: x\n";
    assert_eq!(
        found(&[process("m", &begun("message: post", send))]),
        ["processes/m.yaml:7:14 endlessCalls"]
    );
    let around = [process("a", throw), process("b", &begun("signal: bell", &call("a")))];
    assert_eq!(found(&around), ["processes/b.yaml:7:14 endlessCalls"]);
    // Not where something waits, where it is one of several ways, or where a running case may take it.
    let waits = begun("signal: bell", &format!("{work}{throw}"));
    assert_eq!(found(&[process("s", &waits)]), Vec::<String>::new());
    let ways = "  which:\n    type: exclusiveGateway\n    to: [{ to: again, when: \"1 > 2\" }, { to: end }]\n";
    let some = begun("signal: bell", &format!("{ways}{throw}"));
    assert_eq!(found(&[process("s", &some)]), Vec::<String>::new());
    let catch = "  got: { type: receiveTask, message: post, key: x }\n";
    let taken = [process("m", &begun("message: post", send)), process("c", catch)];
    assert_eq!(found(&taken), Vec::<String>::new());
    // What begins beside a case that runs, and sends that by which it begins; also in a ring of two.
    let rings = |files: &[(String, String)]| -> Vec<String> {
        found(files).into_iter().filter(|one| one.ends_with("endlessCalls")).collect()
    };
    let beside = |by: &str, then: &str| {
        let inside = format!("      by: {{ type: startEvent, {by} }}\n      then: {{ {then} }}\n");
        format!("{work}  beside:\n    type: eventSubProcess\n    nodes:\n{inside}")
    };
    let post = |key: &str| format!("message: post, key: {key}, interrupting: false");
    let send = |message: &str| format!("type: sendTask, message: {message}, key: x");
    assert_eq!(
        rings(&[process("m", &beside(&post("x"), &send("post")))]),
        ["processes/m.yaml:9:40 endlessCalls"]
    );
    let bell = "signal: bell, interrupting: false";
    let throw = "type: intermediateThrowEvent, signal: bell";
    assert_eq!(
        rings(&[process("s", &beside(bell, throw))]),
        ["processes/s.yaml:9:53 endlessCalls"]
    );
    let letter = "message: letter, key: x, interrupting: false";
    let two = [
        process("a", &beside(&post("x"), &send("letter"))),
        process("b", &beside(letter, &send("post"))),
    ];
    assert_eq!(rings(&two), ["processes/b.yaml:9:40 endlessCalls"]);
    let on_host = format!(
        "{work}  on: {{ type: boundaryEvent, attachedTo: work, {}, to: then }}\n  then: {{ {}, to: end }}\n",
        post("x"),
        send("post")
    );
    assert_eq!(rings(&[process("m", &on_host)]), ["processes/m.yaml:6:36 endlessCalls"]);
    // Not where another case waits under another key, where it is over when it happened once, or where
    // another may take the message.
    assert_eq!(rings(&[process("m", &beside(&post("y"), &send("post")))]), Vec::<String>::new());
    let once = beside("message: post, key: x", &send("post"));
    assert_eq!(rings(&[process("m", &once)]), Vec::<String>::new());
    let taken = [process("m", &beside(&post("x"), &send("post"))), process("c", catch)];
    assert_eq!(rings(&taken), Vec::<String>::new());
}

#[test]
fn an_event_that_sends_what_it_happens_by_is_refused() {
    let work = "  work: { type: userTask, assign: initiator }\n";
    // What a running case sends itself, or all of them, each time that it comes: not under another key,
    // nor where it interrupts, so that it comes once.
    let beside = |by: &str, then: &str| {
        format!(
            "{work}  beside:\n    type: eventSubProcess\n    nodes:\n      on: {{ type: startEvent, {by} }}\n      say: {{ {then} }}\n      over: {{ type: endEvent }}\n"
        )
    };
    let post = "message: post, key: k, interrupting: false";
    let own = beside(post, "type: sendTask, message: post, key: k");
    assert_eq!(
        found(&[process("e", &own)]),
        ["processes/e.yaml:1:10 nobodyBegins", "processes/e.yaml:9:39 endlessCalls"]
    );
    let bell =
        beside("signal: bell, interrupting: false", "type: intermediateThrowEvent, signal: bell");
    assert_eq!(
        found(&[process("e", &bell)]),
        ["processes/e.yaml:1:10 nobodyBegins", "processes/e.yaml:9:52 endlessCalls"]
    );
    let other = beside(post, "type: sendTask, message: post, key: other");
    assert_eq!(found(&[process("e", &other)]), Vec::<String>::new());
    let once = beside("message: post, key: k", "type: sendTask, message: post, key: k");
    assert_eq!(found(&[process("e", &once)]), Vec::<String>::new());
}

#[test]
fn the_hash_depends_on_paths_and_bytes_but_not_on_their_order() {
    let files = base();
    let reversed: Vec<File> = files.iter().rev().cloned().collect();
    assert_eq!(hash(&files), hash(&reversed));
    let moved: Vec<(String, String)> =
        files.iter().map(|(path, text)| (format!("x{path}"), text.clone())).collect();
    assert_ne!(hash(&files), hash(&moved));
    assert_ne!(hash(&[("a", "bc")]), hash(&[("ab", "c")]));
}

#[test]
fn a_pack_is_bounded() {
    let many: Vec<(String, String)> = (0..=super::PACK_FILES_MAX)
        .map(|index| (format!("forms/f{index}.yaml"), String::new()))
        .collect();
    assert_eq!(load(&many).1[0].code, "packTooLarge");
    let list = format!("a: [{}]\n", "1,".repeat(190_000));
    let values: Vec<(String, String)> =
        (0..4).map(|index| (format!("scenarios/s{index}.yaml"), list.clone())).collect();
    assert!(load(&values).1.iter().any(|problem| problem.code == "packTooLarge"));
}

#[test]
fn a_pack_is_compiled_with_every_problem_at_its_place() {
    let compiled = super::compile(&base(), |_| 3).unwrap();
    assert_eq!(compiled.definitions.len(), 1);
    let files = with(&[
        ("forms/plan.yaml", "form: plan\nname: 方案\nfields: { a: { type: txt } }\n"),
        (
            "processes/leave.yaml",
            "process: leave\nname: 请假\nnumber: \"号{no}\"\ndocuments:\n  plan: { form: plan }\n  other: { form: missing }\nnodes:\n  apply:\n    type: userTask\n    role: clrk\n  done:\n    type: endEvent\n",
        ),
    ]);
    let problems = super::compile(&files, |_| 1).unwrap_err();
    let found: Vec<String> = problems
        .iter()
        .map(|problem| {
            let place = &problem.place;
            format!("{}:{}:{} {}", place.file, place.line, place.column, problem.code)
        })
        .collect();
    assert_eq!(
        found,
        [
            "forms/plan.yaml:3:22 unknownType",
            "processes/leave.yaml:1:10 nobodyBegins",
            "processes/leave.yaml:3:11 badSeries",
            "processes/leave.yaml:6:18 unknownForm",
            "processes/leave.yaml:10:11 unknownRole",
        ],
        "{problems:#?}"
    );
}

#[test]
fn what_is_caught_and_never_thrown_or_thrown_and_never_caught_is_told() {
    let found = |nodes: &str| -> Vec<String> {
        let text = format!("process: p\nname: 名\nstartedBy: [clerk]\nnodes:\n{nodes}");
        let base = base().into_iter().map(|(path, text)| (path.to_owned(), text));
        let all: Vec<(String, String)> =
            base.chain([("processes/p.yaml".to_owned(), text)]).collect();
        let (problems, warnings) = match super::compile(&all, |_| 1) {
            Ok(built) => (Vec::new(), built.warnings),
            Err(problems) => (problems, Vec::new()),
        };
        let told = problems.into_iter().chain(warnings);
        let of_these = ["nobodyThrows", "nobodyCatches", "badEvent", "eventNotAllowed"];
        told.filter(|one| of_these.contains(&one.code))
            .map(|one| format!("{} {}", one.place.line, one.code))
            .collect()
    };
    let inside = |end: &str, on: &str| {
        let end = format!("      over: {{ type: endEvent, {end} }}\n");
        let inside = "      in: { type: userTask, assign: initiator }\n";
        let on = format!("  on: {{ type: boundaryEvent, attachedTo: s, {on}, to: end }}\n");
        format!(
            "  s:\n    type: subProcess\n    nodes:\n{inside}{end}  end: {{ type: endEvent }}\n{on}"
        )
    };
    assert_eq!(found(&inside("error: BADD", "error: BAD")), ["11 nobodyThrows"]);
    assert_eq!(found(&inside("error: BAD", "error: BAD")), Vec::<String>::new());
    assert_eq!(found(&inside("error: BAD", "error: any")), Vec::<String>::new());
    assert_eq!(found(&inside("escalation: E1", "escalation: E2")), ["11 nobodyThrows"]);
    assert_eq!(found(&inside("error: any", "error: any"))[..], ["9 badEvent"][..]);
    // A task throws nothing; what a worker throws nobody knows.
    let on = |task: &str| {
        format!(
            "  t: {{ {task} }}\n  end: {{ type: endEvent }}\n  on: {{ type: boundaryEvent, attachedTo: t, error: BAD, to: end }}\n"
        )
    };
    assert_eq!(found(&on("type: userTask, assign: initiator")), ["7 nobodyThrows"]);
    assert_eq!(found(&on("type: serviceTask, topic: t")), Vec::<String>::new());
    // Nobody calls it, and nothing catches.
    let thrown =
        "  t: { type: userTask, assign: initiator }\n  end: { type: endEvent, error: BAD }\n";
    assert_eq!(found(thrown), ["6 nobodyCatches"]);
    let undoes = "  t: { type: userTask, assign: initiator }\n  end: { type: endEvent }\n  es:\n    type: eventSubProcess\n    nodes:\n      begin: { type: startEvent, compensation: true }\n";
    assert_eq!(found(undoes), ["10 eventNotAllowed"]);
}
