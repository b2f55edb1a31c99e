//! Nodes and flows that are added to a model of another tool: all else stays as it came.

use super::change::nodes;
use super::drafted;
use crate::bpmn::{Exported, Original, export_all, import};
use crate::definition::source::ProcessSource;
use crate::diagnostic::Diagnostic;
use crate::yaml;

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:flowable="http://flowable.org/bpmn" xmlns:acme="http://acme" id="D" targetNamespace="t">
  <bpmn:process id="sid-P" isExecutable="true" name="请假">
    <bpmn:startEvent id="sid-1" name="开始"/>
    <bpmn:sequenceFlow id="sid-f1" sourceRef="sid-1" targetRef="sid-2" />
    <bpmn:userTask id="sid-2" name="填写" flowable:candidateGroups="clerk" acme:color="red">
      <bpmn:documentation>填写说明</bpmn:documentation>
      <bpmn:extensionElements><acme:x a="1"/></bpmn:extensionElements>
      <bpmn:incoming>sid-f1</bpmn:incoming>
      <bpmn:outgoing>sid-f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="sid-f2" name="去" sourceRef="sid-2" targetRef="sid-g" />
    <bpmn:exclusiveGateway id="sid-g" default="sid-f4">
      <bpmn:incoming>sid-f2</bpmn:incoming>
      <bpmn:outgoing>sid-f3</bpmn:outgoing>
      <bpmn:outgoing>sid-f4</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:sequenceFlow id="sid-f3" name="多" sourceRef="sid-g" targetRef="sid-2"><bpmn:conditionExpression>${days > 3}</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="sid-f4" sourceRef="sid-g" targetRef="sid-3" />
    <bpmn:endEvent id="sid-3"/>
    <bpmn:textAnnotation id="TA_1"><bpmn:text>批注</bpmn:text></bpmn:textAnnotation>
    <bpmn:association id="As_1" sourceRef="sid-2" targetRef="TA_1"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="BPMNDiagram_1"><bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement="sid-P">
    <bpmndi:BPMNShape id="S1_di" bpmnElement="sid-1"><dc:Bounds x="179" y="99" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="S2_di" bpmnElement="sid-2"><dc:Bounds x="270" y="77" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="Sg_di" bpmnElement="sid-g"><dc:Bounds x="420" y="92" width="50" height="50"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="S3_di" bpmnElement="sid-3"><dc:Bounds x="520" y="99" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="F1_di" bpmnElement="sid-f1"><di:waypoint x="215" y="117"/><di:waypoint x="270" y="117"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="F2_di" bpmnElement="sid-f2"><di:waypoint x="370" y="117"/><di:waypoint x="420" y="117"/></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
"#;

fn original() -> Original {
    Original { file: "a.bpmn".into(), bytes: MODEL.as_bytes().to_vec() }
}

/// The process with its YAML changed.
fn changed(changes: &[(&str, &str)]) -> ProcessSource {
    let mut text = import("a.bpmn", MODEL.as_bytes()).processes.remove(0).yaml;
    for (from, to) in changes {
        assert!(text.contains(from), "{from}\n{text}");
        text = text.replacen(from, to, 1);
    }
    yaml::read(&yaml::parse("p.yaml", text.as_bytes()).unwrap(), &[]).unwrap()
}

/// Exports a changed process; checks that it is read as what it says, and that it went into the
/// original in which all lines stay but so many.
fn check(changes: &[(&str, &str)], lost: usize) -> String {
    let source = changed(changes);
    let Exported { text, anew, .. } = export_all(&[&source], &[original()]).remove(0);
    assert!(!anew, "{changes:?}\n{text}");
    let back = import("a.bpmn", text.as_bytes());
    assert!(!back.problems.iter().any(Diagnostic::is_error), "{:#?}\n{text}", back.problems);
    let back = back.processes[0].source.as_ref().expect("it can be said");
    let (back, now) = (drafted(back), drafted(&source));
    assert_eq!((&back.keys, nodes(&back)), (&now.keys, nodes(&now)), "{text}");
    let gone: Vec<&str> =
        MODEL.lines().skip(2).filter(|line| !text.contains(line.trim())).collect();
    assert_eq!(gone.len(), lost, "{gone:#?}\n{text}");
    // Once more over what went out.
    let again = Original { file: "a.bpmn".into(), bytes: text.clone().into_bytes() };
    assert_eq!(export_all(&[&source], &[again])[0].text, text);
    text
}

const TASK: &str = "  sid_g:\n";

#[test]
fn a_new_node_is_put_in_with_its_flows_and_a_place() {
    let new = "  review:\n    type: userTask\n    name: { zh: 复核, en: Review }\n    role: clerk\n    due: 5 workdays\n  sid_g:\n";
    // The flow that leads to it and its edge.
    let text = check(&[(TASK, new)], 2);
    for part in [
        "<bpmn:sequenceFlow id=\"sid-f2\" name=\"去\" sourceRef=\"sid-2\" targetRef=\"review\" />",
        "<bpmn:userTask id=\"review\" name=\"复核\">",
        "<bpmn:incoming>Flow_review_sid-g</bpmn:incoming>",
        "<bpmn:sequenceFlow id=\"Flow_review_sid-g\" sourceRef=\"review\" targetRef=\"sid-g\" />",
        "<bpmndi:BPMNShape id=\"review_di\" bpmnElement=\"review\">",
        // Behind the task, below the gateway that has no room before it.
        "<dc:Bounds x=\"410\" y=\"197\" width=\"100\" height=\"80\" />",
        "<bpmndi:BPMNEdge id=\"F2_di\" bpmnElement=\"sid-f2\"><di:waypoint x=\"370\" y=\"117\" />",
        "<bpmndi:BPMNEdge id=\"Flow_review_sid-g_di\" bpmnElement=\"Flow_review_sid-g\">",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn nodes_of_every_kind_are_put_in() {
    for node in [
        "serviceTask\n    topic: pay\n    input: { a: =days }",
        "businessRuleTask\n    decision: d\n    into: days",
        "scriptTask\n    set: { days: =days + 1 }",
        "intermediateCatchEvent\n    timer: =days",
        "intermediateCatchEvent\n    timer: 3 workdays",
        "intermediateCatchEvent\n    message: m\n    key: =days",
        "intermediateCatchEvent\n    condition: days > 2 && days != 7",
        "manualTask\n    loop: { while: days < 3 }",
        "userTask\n    assign: initiator\n    forEach: { in: '=[1, 2]', as: one, until: days > 1 }",
        "record\n    register: r",
    ] {
        check(&[(TASK, &format!("  added:\n    type: {node}\n  sid_g:\n"))], 2);
    }
}

#[test]
fn new_ways_boundary_events_and_flows_that_went_are_put_in() {
    // Another way of a gateway, with a condition in our language.
    let way = "    - when: days > 3\n      to: sid_2\n      name: 多\n    - when: days == 0\n      to: nobody\n";
    let end = "  sid_3:\n    type: endEvent\n";
    let nobody = "  sid_3:\n    type: endEvent\n  nobody:\n    type: endEvent\n    outcome: none\n";
    let gateway = "    - when: days > 3\n      to: sid_2\n      name: 多\n";
    let text = check(&[(gateway, way), (end, nobody)], 0);
    assert!(text.contains("language=\"https://cel.dev\">days == 0<"), "{text}");
    // An event on a task, with its own way.
    let late = "  late:\n    type: boundaryEvent\n    attachedTo: sid_2\n    timer: 3 hours\n    to: sid_3\n  sid_g:\n";
    let text = check(&[(TASK, late)], 0);
    assert!(
        text.contains("<dc:Bounds x=\"334\" y=\"139\" width=\"36\" height=\"36\" />"),
        "{text}"
    );
    // A way that is no longer there.
    let all = format!("    to:\n{gateway}    - to: sid_3\n");
    // The flow, where the gateway lists it, and its default.
    let text = check(&[(&all, "    to: sid_3\n")], 3);
    assert!(!text.contains("sid-f3"), "{text}");
}

/// The file, drawn otherwise, with a task before the gateway.
fn reviewed(changes: &[(&str, &str)]) -> String {
    let model = changes.iter().fold(MODEL.to_owned(), |model, (from, to)| {
        assert!(model.contains(from), "{from}");
        model.replacen(from, to, 1)
    });
    let new = "  review:\n    type: manualTask\n  sid_g:\n";
    let original = Original { file: "a.bpmn".into(), bytes: model.into_bytes() };
    let Exported { text, anew, .. } =
        export_all(&[&changed(&[(TASK, new)])], &[original]).remove(0);
    assert!(!anew, "{text}");
    text
}

#[test]
fn a_new_node_does_not_stand_on_a_flow_that_stays() {
    let edge = |ys: [i32; 2]| {
        let [one, other] = ys;
        format!(
            "<bpmndi:BPMNEdge id=\"F4_di\" bpmnElement=\"sid-f4\"><di:waypoint x=\"445\" y=\"{one}\"/><di:waypoint x=\"445\" y=\"{other}\"/><di:waypoint x=\"538\" y=\"{other}\"/></bpmndi:BPMNEdge><bpmndi:BPMNEdge id=\"F1_di\""
        )
    };
    for (ys, y) in [([142, 230], 237), ([92, 50], 197)] {
        let text = reviewed(&[("<bpmndi:BPMNEdge id=\"F1_di\"", &edge(ys))]);
        let place = format!("<dc:Bounds x=\"410\" y=\"{y}\" width=\"100\" height=\"80\" />");
        assert!(text.contains(&place), "{text}");
    }
}

#[test]
fn a_diagram_may_be_as_far_out_as_it_likes() {
    let far = "x=\"-2147483648\" y=\"2147483647\" width=\"2147483647\" height=\"2147483647\"";
    for old in [
        "x=\"179\" y=\"99\" width=\"36\" height=\"36\"",
        "x=\"270\" y=\"77\" width=\"100\" height=\"80\"",
        "x=\"420\" y=\"92\" width=\"50\" height=\"50\"",
    ] {
        reviewed(&[(old, far)]);
    }
}

#[test]
fn where_a_node_went_it_is_written_anew() {
    let mut source = changed(&[]);
    source.nodes.shift_remove("sid_g");
    assert!(export_all(&[&source], &[original()])[0].anew);
}

/// The process with a new node in the middle of a flow.
fn through(source: &ProcessSource, flow: (&str, &str)) -> Option<ProcessSource> {
    let mut keys = serde_yaml::to_value(source).unwrap();
    lead(keys.get_mut("nodes")?.as_mapping_mut()?, flow)?;
    let text = serde_yaml::to_string(&keys).unwrap();
    yaml::read(&yaml::parse("p.yaml", text.as_bytes()).ok()?, &[]).ok()
}

fn lead(nodes: &mut serde_yaml::Mapping, (from, to): (&str, &str)) -> Option<()> {
    let Some(node) = nodes.get_mut(from) else {
        let inner = nodes.values_mut().filter_map(|node| node.get_mut("nodes")?.as_mapping_mut());
        return inner.into_iter().find_map(|inner| lead(inner, (from, to)));
    };
    match node.get_mut("to") {
        Some(serde_yaml::Value::Sequence(list)) => {
            let one = list.iter_mut().find(|one| {
                one.as_str() == Some(to) || one.get("to").and_then(|it| it.as_str()) == Some(to)
            })?;
            match one.get_mut("to") {
                Some(target) => *target = "added".into(),
                None => *one = "added".into(),
            }
        }
        _ => drop(node.as_mapping_mut()?.insert("to".into(), "added".into())),
    }
    let mut added = serde_yaml::Mapping::new();
    added.insert("type".into(), "manualTask".into());
    added.insert("to".into(), to.into());
    // Right behind it, so that no other node goes on to it by the order of the file.
    for (name, node) in std::mem::take(nodes) {
        let is_before = name.as_str() == Some(from);
        nodes.insert(name, node);
        if is_before {
            nodes.insert("added".into(), added.clone().into());
        }
    }
    Some(())
}

#[test]
fn every_flow_of_every_sample_can_be_led_through_a_new_node() {
    let (mut put_in, mut anew) = (0, Vec::new());
    for text in [
        include_str!("../samples/camunda7.bpmn"),
        include_str!("../samples/zeebe.bpmn"),
        include_str!("../samples/flowable.bpmn"),
        include_str!("../samples/signavio.bpmn"),
        include_str!("../samples/travel.bpmn"),
        MODEL,
    ] {
        let source = import("a.bpmn", text.as_bytes()).processes.remove(0).source.unwrap();
        let draft = drafted(&source);
        for flow in draft.flows.iter().filter(|flow| flow.way.is_none() && !flow.undoes) {
            let ends = [flow.from, flow.to].map(|at| draft.nodes[at].name.as_str());
            let Some(changed) = through(&source, (ends[0], ends[1])) else { continue };
            let original = Original { file: "a.bpmn".into(), bytes: text.as_bytes().to_vec() };
            let out = export_all(&[&changed], &[original]).remove(0);
            if out.anew {
                anew.push(format!("{} {} → {}", source.process, ends[0], ends[1]));
                continue;
            }
            put_in += 1;
            let back = import("a.bpmn", out.text.as_bytes());
            let back = drafted(back.processes[0].source.as_ref().unwrap());
            assert_eq!(nodes(&back), nodes(&drafted(&changed)));
            for id in ["id=\"added\"", "bpmnElement=\"added\""] {
                let drawn = text.contains("BPMNShape") || id.starts_with("id");
                assert!(!drawn || out.text.contains(id), "{id} {ends:?}\n{}", out.text);
            }
        }
    }
    // Flows that are not in the file, since a split or an end was put in; and one that makes a
    // decision of a drawing another one's.
    let expected = [
        "purchase Task_urge → implicitEnd",
        "leave countersign → countersign_split",
        "sid_4c sid_ac → sid_bd",
    ];
    assert_eq!(anew, expected);
    assert!(put_in > 30, "{put_in}");
}
