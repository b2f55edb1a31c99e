//! Habits of files of other tools as they are found in the field: what they leave out, declare, or
//! write in their own way, and what is then said.

use std::fmt::Write;

use super::model::WARNINGS_MAX;
use super::sample_tests::checked;
use super::{Exported, Original, export_all, import};
use crate::definition::source::ProcessSource;
use crate::yaml;

const BPMN: &str = "xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
    xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\"";

/// A file whose process begins on line 2, and what is in it on line 3.
fn file(inside: &str) -> String {
    format!("<definitions {BPMN}>\n<process id=\"p\">\n{inside}</process></definitions>")
}

/// What is reported, as `line code`, and the YAML.
fn said(text: &str) -> (Vec<String>, String) {
    let imported = import("a.bpmn", text.as_bytes());
    let found = imported.problems.iter().map(|one| format!("{} {}", one.place.line, one.code));
    let yaml = imported.processes.iter().map(|process| process.yaml.as_str());
    (found.collect(), yaml.collect())
}

/// What is said, line by line.
fn messages(text: &str) -> String {
    let mut all = String::new();
    for one in import("a.bpmn", text.as_bytes()).problems {
        writeln!(all, "{} {} {}", one.place.line, one.code, one.message).unwrap();
    }
    all
}

/// Exports the first process with its YAML changed, into the file that it came from.
fn changed(text: &[u8], from: &str, to: &str) -> String {
    let before = import("a.bpmn", text).processes.remove(0).yaml;
    assert!(before.contains(from), "{from}\n{before}");
    let after = before.replacen(from, to, 1);
    let source: ProcessSource =
        yaml::read(&yaml::parse("p.yaml", after.as_bytes()).unwrap(), &[]).unwrap();
    let original = Original { file: "a.bpmn".into(), bytes: text.to_vec() };
    let Exported { text, anew, .. } = export_all(&[&source], &[original]).remove(0);
    assert!(!anew, "{text}");
    // That it is read as what it says is why it was not written anew.
    let (found, _) = said(&text);
    assert_eq!(found, [""; 0], "{text}");
    text
}

#[test]
fn warnings_take_no_room_from_errors() {
    let notes = "<x:note xmlns:x=\"urn:x\"/>".repeat(WARNINGS_MAX + 7);
    let text = file(&format!(
        "<extensionElements>{notes}</extensionElements><startEvent id=\"s\"/>\n\
         <scriptTask id=\"t\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/>"
    ));
    let imported = import("a.bpmn", text.as_bytes());
    let errors: Vec<_> = imported.problems.iter().filter(|one| one.is_error()).collect();
    assert_eq!((errors.len(), errors[0].place.line), (1, 4), "{errors:#?}");
    assert_eq!(imported.problems.len(), WARNINGS_MAX + 2);
    let last = imported.problems.last().unwrap();
    assert_eq!(
        (last.code, last.message.as_str()),
        ("moreProblems", "7 more warnings are not listed")
    );
    // What a diagram draws of nothing does not hide a rule that is broken.
    let shapes = "<d:BPMNShape bpmnElement=\"q\"/>".repeat(WARNINGS_MAX);
    let text = format!(
        "<definitions {BPMN}><process id=\"p\"><startEvent id=\"s\"/>\n\
         <intermediateCatchEvent id=\"c\"/></process>\
         <d:BPMNDiagram xmlns:d=\"http://www.omg.org/spec/BPMN/20100524/DI\"><d:BPMNPlane>{shapes}\
         </d:BPMNPlane></d:BPMNDiagram></definitions>"
    );
    let (found, yaml) = said(&text);
    assert!(found.contains(&"2 eventNotAllowed".to_owned()) && yaml.is_empty());
}

const NO_IDS: &str = "<startEvent id=\"s\"/><sequenceFlow sourceRef=\"s\" targetRef=\"t\"/>\n\
    <userTask id=\"t\" name=\"批\" camunda:candidateGroups=\"clerks\"/>\n\
    <sequenceFlow sourceRef=\"t\" targetRef=\"g\"/><exclusiveGateway id=\"g\" default=\"f\"/>\n\
    <sequenceFlow sourceRef=\"g\" targetRef=\"e\"><conditionExpression>${a}</conditionExpression></sequenceFlow>\n\
    <sequenceFlow id=\"f\" sourceRef=\"g\" targetRef=\"z\"/><endEvent id=\"e\"/><endEvent id=\"z\"/>\n";

#[test]
fn flows_need_no_ids() {
    let text = file(NO_IDS);
    let (found, yaml) = said(&text);
    assert_eq!(found, [""; 0], "{yaml}");
    assert!(yaml.contains("to:\n    - when: a\n      to: e\n    - to: z\n"), "{yaml}");
    // What a flow says, and where it leads, goes into the flow that is there.
    let out = changed(text.as_bytes(), "when: a\n", "when: a && b\n");
    let flow = "<sequenceFlow sourceRef=\"g\" targetRef=\"e\"><conditionExpression language";
    assert!(out.contains(flow) && out.contains(">a &amp;&amp; b</cond"), "{out}");
    let out = changed(text.as_bytes(), "      to: e\n", "      to: t\n");
    let flow =
        "<sequenceFlow id=\"Flow_g_t\" sourceRef=\"g\" targetRef=\"t\"><conditionExpression>";
    assert!(out.contains(flow), "{out}");
    // A flow that goes takes itself along and no other.
    let flow = |to: &str| {
        format!("<sequenceFlow sourceRef=\"g\" targetRef=\"{to}\"/><endEvent id=\"{to}\"/>")
    };
    let text = file(&format!(
        "<startEvent id=\"s\"/><sequenceFlow sourceRef=\"s\" targetRef=\"g\"/>\
         <parallelGateway id=\"g\"/>{}{}{}",
        flow("a"),
        flow("b"),
        flow("c")
    ));
    let out = changed(text.as_bytes(), "    - b\n", "");
    assert_eq!(out.matches("<sequenceFlow").count(), 3, "{out}");
    assert!(!out.contains("targetRef=\"b\""), "{out}");
}

#[test]
fn another_encoding_is_read_where_it_is_ascii_and_then_says_what_it_is() {
    for encoding in ["ISO-8859-1", "windows-1252", "GB2312"] {
        let head = format!("<?xml version='1.0' encoding='{encoding}' standalone='yes'?>\n");
        let text = head.clone() + &file(&NO_IDS.replace('批', "&#233;"));
        let out = changed(text.as_bytes(), "name: é", "name: ea");
        assert!(out.starts_with(&head), "{out}");
        let out = changed(text.as_bytes(), "name: é", "name: 批准");
        assert!(
            out.starts_with("<?xml version='1.0' encoding='UTF-8' standalone='yes'?>"),
            "{out}"
        );
        // Which characters these are nobody here knows.
        let mut bytes = (head + &file(NO_IDS)).into_bytes();
        let imported = import("a.bpmn", &bytes);
        assert_eq!(imported.problems[0].code, "notUtf8");
        bytes.retain(|byte| *byte != 0x89);
        assert_eq!(import("a.bpmn", &bytes).problems[0].code, "notUtf8");
    }
}

#[test]
fn a_byte_order_mark_stays() {
    let text = format!("\u{FEFF}{}", file(NO_IDS));
    let out = changed(text.as_bytes(), "name: 批", "name: 办");
    assert!(out.starts_with("\u{FEFF}<definitions "), "{out}");
}

#[test]
fn a_start_event_interrupts_only_what_an_event_sub_process_stands_in() {
    let start = "<startEvent id=\"s\" isInterrupting=\"false\"/><manualTask id=\"t\"/>\
                 <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/>";
    let (found, yaml) = said(&file(start));
    assert!(found.is_empty() && !yaml.contains("interrupting"), "{found:?}\n{yaml}");
}

#[test]
fn a_manual_task_is_nobodys_in_any_lane() {
    let text = file(
        "<laneSet id=\"l\"><lane id=\"l1\" name=\"Hall\"><flowNodeRef>t</flowNodeRef></lane></laneSet>\
         <startEvent id=\"s\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/>\n\
         <manualTask id=\"t\"><potentialOwner><resourceAssignmentExpression>\
         <formalExpression>clerks</formalExpression></resourceAssignmentExpression></potentialOwner>\
         </manualTask>",
    );
    let (found, yaml) = said(&text);
    assert_eq!(found, ["4 notMapped"], "{yaml}");
    assert!(!yaml.contains("role"), "{yaml}");
}

#[test]
fn an_event_sub_process_that_undoes_needs_no_association() {
    let text = file(
        "<startEvent id=\"s\"/><subProcess id=\"u\"><manualTask id=\"t\"/>\
         <subProcess id=\"h\" triggeredByEvent=\"true\" isForCompensation=\"true\">\
         <startEvent id=\"c\"><compensateEventDefinition/></startEvent><manualTask id=\"undo\"/>\
         <sequenceFlow id=\"g\" sourceRef=\"c\" targetRef=\"undo\"/></subProcess></subProcess>\
         <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"u\"/>",
    );
    let (found, yaml) = said(&text);
    assert_eq!(found, [""; 0], "{yaml}");
}

#[test]
fn pools_without_nodes_are_somebody_elses() {
    let pools = |inside: &str| {
        format!(
            "<definitions {BPMN}><collaboration id=\"c\"><participant id=\"a\" processRef=\"p\"/>\
             <participant id=\"b\" processRef=\"q\"/></collaboration>\n<process id=\"p\">{inside}\
             </process>\n<process id=\"q\"><laneSet id=\"l\"><lane id=\"l1\"/></laneSet></process>\
             </definitions>"
        )
    };
    let (found, yaml) = said(&pools("<startEvent id=\"s\"/>"));
    assert_eq!(found, ["3 notMapped"]);
    assert!(yaml.starts_with("process: p\n"), "{yaml}");
    let (found, yaml) = said(&pools(""));
    assert_eq!(found, ["2 emptyProcess"], "{yaml}");
}

#[test]
fn seconds_count_as_a_begun_minute() {
    let timer = |time: &str| {
        file(&format!(
            "<startEvent id=\"s\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"c\"/>\
             <intermediateCatchEvent id=\"c\"><timerEventDefinition>\n<timeDuration>{time}\
             </timeDuration></timerEventDefinition></intermediateCatchEvent>"
        ))
    };
    let text = timer("PT10S");
    assert_eq!(
        messages(&text),
        "4 mappedInPart `PT10S` becomes `1 minute`: times are counted in whole minutes\n"
    );
    assert!(said(&text).1.contains("timer: 1 minute\n"));
    let text = file("<startEvent id=\"s\"/>\n<userTask id=\"t\" camunda:dueDate=\"PT90S\"/>");
    let (found, yaml) = said(&text);
    assert_eq!(found, ["4 mappedInPart"]);
    assert!(yaml.contains("due: 2 minutes\n"), "{yaml}");
    assert!(messages(&timer("P1M1D")).contains("mixes months with shorter times"));
}

#[test]
fn what_is_missing_is_said_once_and_in_words() {
    let flow = "<startEvent id=\"s\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"x\"/>\n";
    for (node, expected) in [
        (
            "<scriptTask id=\"x\" scriptFormat=\"groovy\"/>",
            "scripts of other languages do not run here",
        ),
        ("<complexGateway id=\"x\"/>", "Say it in `activation`, such as `activationCount >= 2`"),
        ("<callActivity id=\"x\"/>", "nothing says which process it calls"),
        ("<businessRuleTask id=\"x\"/>", "nothing says which decision it asks"),
        (
            "<manualTask id=\"x\"><multiInstanceLoopCharacteristics/></manualTask>",
            "Name the list in `forEach`, as `in`",
        ),
        (
            "<manualTask id=\"x\"><standardLoopCharacteristics/></manualTask>",
            "Say it in `loop`, as `while` or `max`",
        ),
        (
            "<intermediateCatchEvent id=\"x\"><messageEventDefinition/></intermediateCatchEvent>",
            "expected `messageRef`, the message by its id",
        ),
        (
            "<intermediateCatchEvent id=\"x\"><timerEventDefinition><timeDate/>\
             </timerEventDefinition></intermediateCatchEvent>",
            "expected a time, such as `timeDuration`",
        ),
        (
            "<intermediateCatchEvent id=\"x\"><conditionalEventDefinition/>\
             </intermediateCatchEvent>",
            "expected a `condition`",
        ),
    ] {
        let said = messages(&file(&format!("{flow}{node}")));
        let is_one = said.starts_with("4 unsupportedElement ") && said.lines().count() == 1;
        assert!(is_one && said.contains(expected), "{node}\n{said}");
    }
    // What is said by hand stands beside it, and nothing is missing any longer.
    let text = file(&format!("{flow}<complexGateway id=\"x\"/>"));
    let whole = "<complexGateway id=\"x\"><extensionElements><m:node xmlns:m=\"urn:mandate:bpmn:1\">\
                 activation: activationCount &gt;= 2</m:node></extensionElements></complexGateway>";
    let (found, yaml) = said(&text.replace("<complexGateway id=\"x\"/>", whole));
    assert_eq!(found, [""; 0], "{yaml}");
}

#[test]
fn a_call_of_java_is_a_topic_by_its_method_and_single_variables_are_told_of_once() {
    let text = file(
        "<startEvent id=\"s\"/>\n<serviceTask id=\"t\" camunda:expression=\"${mail.tell(order.id)}\"/>\n\
         <callActivity id=\"c\" calledElement=\"q\"><extensionElements>\n\
         <camunda:in source=\"a\" target=\"b\"/></extensionElements></callActivity>\n\
         <serviceTask id=\"u\"/>",
    );
    let (found, yaml) = said(&text);
    assert_eq!(found, ["4 mappedInPart", "6 notMapped", "7 mappedInPart"]);
    assert!(yaml.contains("topic: tell\n"), "{yaml}");
    assert!(messages(&text).contains("nothing says what does it: a worker takes the topic `work`"));
}

#[test]
fn a_way_that_nothing_decides_says_so_to_the_checker() {
    let text = file(
        "<startEvent id=\"s\"/><exclusiveGateway id=\"g\"/><endEvent id=\"a\"/><endEvent id=\"b\"/>\
         <sequenceFlow id=\"f1\" sourceRef=\"s\" targetRef=\"g\"/>\
         <sequenceFlow id=\"f2\" sourceRef=\"g\" targetRef=\"a\"/>\
         <sequenceFlow id=\"f3\" sourceRef=\"g\" targetRef=\"b\"/>",
    );
    let found = checked(&text);
    assert!(found.iter().any(|one| one.contains("no condition")), "{found:?}");
}

/// Two ways of an exclusive gateway, with a condition each.
fn two_ways(one: &str, other: &str) -> String {
    let way = |id: &str, to: &str, when: &str| {
        format!(
            "<sequenceFlow id=\"{id}\" sourceRef=\"g\" targetRef=\"{to}\">\
             <conditionExpression>{when}</conditionExpression></sequenceFlow><endEvent id=\"{to}\"/>"
        )
    };
    file(&format!(
        "<startEvent id=\"s\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"g\"/>\
         <exclusiveGateway id=\"g\"/>{}{}",
        way("f1", "a", one),
        way("f2", "b", other)
    ))
}

#[test]
fn of_two_opposite_conditions_the_second_is_the_default() {
    for (one, other, is_so) in [
        ("${x}", "${!x}", true),
        ("${!x}", "${x}", true),
        ("${x == true}", "${x == false}", true),
        ("${x}", "${x == false}", true),
        ("${x != true}", "${x}", true),
        ("${x}", "${y == false}", false),
        ("${n &gt; 3}", "${n &lt;= 3}", true),
        ("${n &gt;= 3}", "${n &lt; 3}", true),
        ("${k == 'a'}", "${k != 'a'}", true),
        ("${x &amp;&amp; y}", "${!(x &amp;&amp; y)}", true),
        ("${x &amp;&amp; y}", "${!x &amp;&amp; y}", false),
        ("${n &gt; 3}", "${n &lt; 3}", false),
        ("${k == 'a'}", "${k == 'b'}", false),
        ("${n &gt; 3}", "${m &lt;= 3}", false),
        ("${x}", "${x}", false),
    ] {
        let text = two_ways(one, other);
        let (found, yaml) = said(&text);
        assert!(found.is_empty() && yaml.contains("- to: b\n") == is_so, "{one} {other}\n{yaml}");
        let missing = checked(&text).iter().any(|one| one.starts_with("missingDefault"));
        assert_eq!(missing, !is_so, "{one} {other}");
    }
}

#[test]
fn a_default_that_was_implied_is_said_where_its_gateway_changes() {
    let text = two_ways("${x}", "${!x}");
    // What has nothing to do with it leaves it alone.
    let out = changed(text.as_bytes(), "  a:\n", "  a:\n    name: Yes\n");
    assert!(out.contains("<conditionExpression>${!x}</conditionExpression>"), "{out}");
    assert!(!out.contains("default="), "{out}");
    for (from, to) in [
        ("- when: x\n", "- when: x && n > 3\n"),
        ("    - to: b\n", "    - when: n > 3\n      to: a\n    - to: b\n"),
        ("to: b\n", "to: c\n  c:\n    type: manualTask\n"),
    ] {
        let out = changed(text.as_bytes(), from, to);
        assert!(out.contains("<exclusiveGateway default=\"f2\" id=\"g\""), "{to}\n{out}");
        assert!(!out.contains("${!x}"), "{to}\n{out}");
    }
}

#[test]
fn a_field_that_a_second_form_describes_otherwise_is_said() {
    let form = |kind: &str| {
        format!(
            "<extensionElements><camunda:formData><camunda:formField id=\"x\" label=\"X\" type=\"{kind}\"/>\
             </camunda:formData></extensionElements>"
        )
    };
    for (second, expected) in [("long", &[][..]), ("string", &["5 mappedInPart"][..])] {
        let tasks = format!(
            "<startEvent id=\"s\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/>\n\
             <userTask id=\"t\">{}</userTask><sequenceFlow id=\"g\" sourceRef=\"t\" targetRef=\"u\"/>\n\
             <userTask id=\"u\">{}</userTask>",
            form("long"),
            form(second)
        );
        let (found, yaml) = said(&file(&tasks));
        assert_eq!(found, expected, "{yaml}");
        assert!(
            yaml.contains("edit: data") && yaml.matches("type: userTask").count() == 2,
            "{yaml}"
        );
    }
}
