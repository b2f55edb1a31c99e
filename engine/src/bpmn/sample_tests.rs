//! Models as other tools write them: what their YAML is, what is reported, and that they go out as
//! they came.

use super::{Exported, Original, Untouched, export_all, import};
use crate::definition::source::ProcessSource;
use crate::yaml;

/// Imports a sample and compares its YAML and its form, and what is reported as `line code`.
fn check(file: &str, text: &str, expected: &str, reported: &[&str]) {
    let imported = import(file, text.as_bytes());
    let found: Vec<String> =
        imported.problems.iter().map(|one| format!("{} {}", one.place.line, one.code)).collect();
    assert_eq!(found, reported, "{file} {:#?}", imported.problems);
    let process = &imported.processes[0];
    let form = process.form.as_ref().map_or_else(String::new, |(_, form)| format!("---\n{form}"));
    let yaml = format!("{}{form}", process.yaml);
    assert_eq!(yaml, expected, "{file}\n{yaml}");
    let source = process.source.as_ref().expect("it can be said");
    let original = Original { file: file.to_owned(), bytes: text.as_bytes().to_vec() };
    let out = export_all(&[source], &[original]);
    let as_it_came = Exported { name: file.to_owned(), text: text.to_owned(), anew: false };
    assert_eq!(out, [as_it_came]);
    // Without the original it comes back all the same.
    super::round_tests::check(source);
}

#[test]
fn camunda_7_is_understood() {
    let text = include_str!("samples/camunda7.bpmn");
    let reported = ["3 notMapped", "23 notMapped", "28 notMapped"];
    check("camunda7.bpmn", text, include_str!("samples/camunda7.yaml"), &reported);
}

#[test]
fn camunda_8_is_understood() {
    let text = include_str!("samples/zeebe.bpmn");
    let reported = ["15 notMapped", "30 mappedInPart", "32 notMapped", "39 mappedInPart"];
    check("zeebe.bpmn", text, include_str!("samples/zeebe.yaml"), &reported);
}

#[test]
fn flowable_is_understood() {
    let text = include_str!("samples/flowable.bpmn");
    let reported = ["32 mappedInPart", "32 notMapped"];
    check("flowable.bpmn", text, include_str!("samples/flowable.yaml"), &reported);
}

#[test]
fn signavio_is_understood() {
    let text = include_str!("samples/signavio.bpmn");
    let reported =
        ["8 notMapped", "24 notMapped", "28 mappedInPart", "32 mappedInPart", "36 mappedInPart"];
    check("signavio.bpmn", text, include_str!("samples/signavio.yaml"), &reported);
}

#[test]
fn what_undoes_is_led_to_by_an_association() {
    let text = include_str!("samples/travel.bpmn");
    // Nothing leads to `alone`.
    let reported = ["21 notMapped"];
    check("travel.bpmn", text, include_str!("samples/travel.yaml"), &reported);
    let twice = text.replace(
        "<bpmn:association id=\"a1\"",
        "<bpmn:association id=\"a2\" sourceRef=\"alone\" targetRef=\"undoHotel\" />\n\
         <bpmn:association id=\"a1\"",
    );
    let found: Vec<String> = import("travel.bpmn", twice.as_bytes())
        .problems
        .iter()
        .map(|one| format!("{} {}", one.place.line, one.code))
        .collect();
    assert_eq!(found, ["9 manyHandlers"]);
    let none = text.replace("targetRef=\"freeHotel\"", "targetRef=\"booked\"");
    let found: Vec<String> = import("travel.bpmn", none.as_bytes())
        .problems
        .iter()
        .map(|one| format!("{} {}", one.place.line, one.code))
        .collect();
    assert_eq!(found, ["6 notMapped", "9 notMapped", "21 notMapped"]);
}

/// The process of the first sample with its YAML changed.
fn changed(from: &str, to: &str) -> (ProcessSource, Original, String) {
    let text = include_str!("samples/camunda7.bpmn");
    let original = Original { file: "camunda7.bpmn".into(), bytes: text.as_bytes().to_vec() };
    let yaml = import("camunda7.bpmn", text.as_bytes()).processes.remove(0).yaml;
    assert!(yaml.contains(from), "{yaml}");
    let tree = yaml::parse("p.yaml", yaml.replace(from, to).as_bytes()).unwrap();
    (yaml::read(&tree, &[]).unwrap(), original, text.to_owned())
}

#[test]
fn what_changed_goes_into_the_original_and_all_else_stays() {
    for (from, to) in [
        ("retries: 5", "retries: 7"),
        ("name: Approve\n", "name: Decide & sign\n"),
        ("description: From a wish to an order.", "description: Other"),
        ("due: 120 hours", "due: 5 workdays"),
        ("when: data.approved && data.amount < 5000", "when: data.amount < 10"),
    ] {
        let (source, original, text) = changed(from, to);
        let out = export_all(&[&source], &[original]).remove(0);
        assert!(!out.anew, "{from}");
        let kept = text.lines().filter(|line| out.text.contains(line.trim())).count();
        assert!(kept + 2 >= text.lines().count(), "{from}\n{}", out.text);
        assert!(
            out.text.contains("camunda:taskListener") && out.text.contains("x=\"152\" y=\"102\"")
        );
        let back = import("camunda7.bpmn", out.text.as_bytes());
        assert_eq!(back.processes[0].source.as_ref(), Some(&source), "{from}\n{}", out.text);
        // Once more over what went out.
        let again = Original { file: "camunda7.bpmn".into(), bytes: out.text.clone().into_bytes() };
        assert_eq!(export_all(&[&source], &[again]), [out]);
    }
}

#[test]
fn where_nodes_come_or_go_the_file_is_written_anew_and_says_so() {
    let (mut source, original, _) = changed("retries: 5", "retries: 5");
    source.nodes.shift_remove("Event_late");
    source.nodes.shift_remove("Task_urge");
    let out = export_all(&[&source], &[original]).remove(0);
    assert!(out.anew);
    super::round_tests::check(&source);
}

/// What the checker says of the pack that a sample becomes.
pub(super) fn checked(text: &str) -> Vec<String> {
    let imported = import("a.bpmn", text.as_bytes());
    let mut files: Vec<(String, String)> = [
        ("pack.yaml", "pack: p\nname: p\nversion: \"1\"\ncalendar: cn\n"),
        ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n"),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .to_vec();
    let mut roles = String::from("roles:\n");
    for process in imported.processes {
        files.push((format!("processes/{}.yaml", process.name), process.yaml));
        files.extend(process.form.map(|(name, form)| (format!("forms/{name}.yaml"), form)));
        for (role, label) in process.roles {
            roles += &["  ", &role, ": { name: ", &label, " }\n"].concat();
        }
    }
    files.push(("roles.yaml".to_owned(), roles));
    match crate::pack::compile(&files, |_| 1) {
        Ok(_) => Vec::new(),
        Err(problems) => problems
            .iter()
            .filter(|problem| problem.is_error())
            .map(|problem| format!("{} {}", problem.code, problem.message))
            .collect(),
    }
}

#[test]
fn what_is_imported_passes_the_checker() {
    for text in [
        include_str!("samples/camunda7.bpmn"),
        include_str!("samples/zeebe.bpmn"),
        include_str!("samples/signavio.bpmn"),
    ] {
        assert_eq!(checked(text), Vec::<String>::new());
    }
    // Its two conditions leave no way for when neither holds.
    let flowable = checked(include_str!("samples/flowable.bpmn"));
    assert!(flowable.len() == 1 && flowable[0].starts_with("missingDefault"), "{flowable:?}");
}

#[test]
fn what_our_language_cannot_say_goes_out_as_it_came_while_nobody_touches_it() {
    let text = "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" id=\"d\">\
                <process id=\"p\"><startEvent id=\"s\"/><scriptTask id=\"t\" scriptFormat=\"groovy\">\
                <script>a + 1</script></scriptTask></process></definitions>";
    let imported = import("a.bpmn", text.as_bytes());
    assert!(imported.processes[0].source.is_none(), "{:?}", imported.problems);
    let original = Original { file: "processes/a.bpmn".into(), bytes: text.as_bytes().to_vec() };
    let yaml = imported.processes[0].yaml.clone();
    let file = Exported { name: "a.bpmn".into(), text: text.to_owned(), anew: false };
    let originals = [original];
    let untouched =
        |yaml: &str| super::untouched(&originals, |name| (name == "p").then_some(yaml.as_bytes()));
    assert_eq!(untouched(&yaml), [Untouched { processes: vec!["p".into()], file }]);
    assert_eq!(untouched(&yaml.replace("type: scriptTask", "type: manualTask")), []);
    // Without that process the rest of the pack is read.
    let pack = [("pack.yaml", "pack: p\nname: p\nversion: \"1\"\n")];
    assert!(crate::pack::Pack::load(&pack).is_ok());
}
