//! What is changed in YAML is said where the tools of the file read it, and what is changed there is
//! taken.

use crate::bpmn::{Exported, Original, export_all, import};
use crate::definition::source::ProcessSource;
use crate::yaml;

const HEAD: &str = r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="D" targetNamespace="x">"#;

/// A model of Camunda 7.
fn model() -> String {
    format!(
        r#"{HEAD}
<bpmn:message id="M" name="paid"/><bpmn:error id="E" name="bad" errorCode="BAD"/>
<bpmn:process id="p" isExecutable="true" name="P">
<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="u"/>
<bpmn:userTask id="u" name="Look" camunda:candidateGroups="clerk"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">3</bpmn:loopCardinality><bpmn:completionCondition xsi:type="bpmn:tFormalExpression">${{enough}}</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>
<bpmn:boundaryEvent id="late" attachedToRef="u" cancelActivity="false"><bpmn:timerEventDefinition><bpmn:timeCycle xsi:type="bpmn:tFormalExpression">R3/PT2H</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>
<bpmn:sequenceFlow id="f9" sourceRef="late" targetRef="e"/>
<bpmn:sequenceFlow id="f2" sourceRef="u" targetRef="g"/><bpmn:exclusiveGateway id="g" default="f4"/>
<bpmn:sequenceFlow id="f3" sourceRef="g" targetRef="e"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${{a &gt; 3}}</bpmn:conditionExpression></bpmn:sequenceFlow>
<bpmn:sequenceFlow id="f4" sourceRef="g" targetRef="m"/>
<bpmn:intermediateCatchEvent id="m"><bpmn:messageEventDefinition messageRef="M"/></bpmn:intermediateCatchEvent>
<bpmn:sequenceFlow id="f5" sourceRef="m" targetRef="e2"/>
<bpmn:endEvent id="e"/><bpmn:endEvent id="e2"><bpmn:errorEventDefinition errorRef="E"/></bpmn:endEvent></bpmn:process></bpmn:definitions>"#
    )
}

/// A model with its YAML changed.
fn changed(model: &str, changes: &[(&str, &str)]) -> ProcessSource {
    let mut text = import("a.bpmn", model.as_bytes()).processes.remove(0).yaml;
    for (from, to) in changes {
        assert!(text.contains(from), "{from}\n{text}");
        text = text.replacen(from, to, 1);
    }
    yaml::read(&yaml::parse("p.yaml", text.as_bytes()).unwrap(), &[]).unwrap()
}

/// What goes out of a model where its YAML was changed; it is read as just that.
fn out(model: &str, changes: &[(&str, &str)]) -> String {
    let source = changed(model, changes);
    let original = Original { file: "a.bpmn".into(), bytes: model.as_bytes().to_vec() };
    let Exported { text, anew, .. } = export_all(&[&source], &[original]).remove(0);
    assert!(!anew, "{changes:?}\n{text}");
    let back = import("a.bpmn", text.as_bytes());
    let back = back.processes[0].source.as_ref().expect("it can be said");
    assert_eq!(serde_yaml::to_string(back).unwrap(), serde_yaml::to_string(&source).unwrap());
    text
}

#[test]
fn what_bpmn_has_a_place_for_is_said_there_and_nowhere_else() {
    let model = model();
    for (from, to, said) in [
        ("when: a > 3", "when: a > 5", ">${a &gt; 5}<"),
        ("when: a > 3", "when: a > 5 && enough == 'x'", ">${a &gt; 5 &amp;&amp; enough == 'x'}<"),
        ("timer: 2 hours", "timer: 3 hours", ">R3/PT3H<"),
        (
            "timer: 2 hours\n    repeat: 3",
            "timer: 3 hours",
            "timeDuration xsi:type=\"bpmn:tFormalExpression\">PT3H<",
        ),
        ("timer: 2 hours\n    repeat: 3", "timer: 3 hours\n    repeat: true", ">R/PT3H<"),
        ("message: paid", "message: settled", "<bpmn:message id=\"M\" name=\"settled\"/>"),
        ("error: BAD", "error: WORSE", "errorCode=\"WORSE\""),
        ("role: clerk", "role: [clerk, head]", "camunda:candidateGroups=\"clerk, head\""),
        ("[1, 2, 3]", "[1, 2, 3, 4]", ">4</bpmn:loopCardinality>"),
        ("until: =enough", "until: =enough && a > 1", ">${enough &amp;&amp; a &gt; 1}<"),
        ("name: Look", "name: See", "name=\"See\""),
    ] {
        let text = out(&model, &[(from, to)]);
        assert!(text.contains(said), "{said}\n{text}");
        assert!(!text.contains("mandate:"), "{to}\n{text}");
    }
}

#[test]
fn what_only_our_language_says_is_marked_and_what_it_stands_beside_is_noted() {
    let model = model();
    let text = out(&model, &[("when: a > 3", "when: rounds.u > 3")]);
    assert!(text.contains("language=\"https://cel.dev\""), "{text}");
    assert!(text.contains(">rounds.u &gt; 3<"), "{text}");
    let text = out(&model, &[("timer: 2 hours\n    repeat: 3", "timer: 3 workdays")]);
    assert!(text.contains(">P3D<") && text.contains("beside=\"timer: 72 hours\""), "{text}");
    let text = out(&model, &[("role: clerk", "role: '=a'")]);
    assert!(text.contains("beside=\"role: clerk\""), "{text}");
}

#[test]
fn what_is_changed_in_another_tool_holds() {
    let model = model();
    for (change, was, now, says) in [
        (("when: a > 3", "when: a > 5"), "a &gt; 5", "a &gt; 9", "when: a > 9"),
        (("timer: 2 hours", "timer: 3 hours"), "R3/PT3H", "R3/PT4H", "timer: 4 hours"),
        (("timer: 2 hours", "timer: 3 workdays"), "R3/P3D", "R3/PT4H", "timer: 4 hours"),
        (("role: clerk", "role: '=a'"), "=\"clerk\"", "=\"head\"", "role: head"),
    ] {
        let text = out(&model, &[change]);
        assert!(text.contains(was), "{was}\n{text}");
        let back = import("a.bpmn", text.replacen(was, now, 1).as_bytes());
        let yaml = &back.processes[0].yaml;
        assert!(yaml.contains(says), "{says}\n{yaml}");
        let told = back.problems.iter().any(|one| one.message.contains("was changed"));
        assert_eq!(told, text.contains("beside="), "{:?}", back.problems);
    }
    // As it went out before what stands beside our extension was noted.
    let flow = "<bpmn:conditionExpression xsi:type=\"bpmn:tFormalExpression\">${a &gt; 3}";
    let older =
        model.replace("targetNamespace", "xmlns:mandate=\"urn:mandate:bpmn:1\" targetNamespace");
    let older = older.replace(
        "camunda:candidateGroups=\"clerk\">",
        "camunda:candidateGroups=\"clerk\"><bpmn:extensionElements><mandate:node>role: head</mandate:node></bpmn:extensionElements>",
    );
    assert!(older.contains(flow));
    let back = import("a.bpmn", older.as_bytes());
    assert!(back.problems.iter().any(|one| one.message.contains("the former holds")));
}

#[test]
fn what_leaves_a_task_by_a_condition_may_change() {
    let model = format!(
        r#"{HEAD}<bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="u"/><bpmn:userTask id="u" camunda:candidateGroups="clerk"/><bpmn:sequenceFlow id="f2" sourceRef="u" targetRef="e"><bpmn:conditionExpression>${{a &gt; 1000}}</bpmn:conditionExpression></bpmn:sequenceFlow><bpmn:sequenceFlow id="f3" sourceRef="u" targetRef="e2"><bpmn:conditionExpression>${{a &lt;= 1000}}</bpmn:conditionExpression></bpmn:sequenceFlow><bpmn:endEvent id="e"/><bpmn:endEvent id="e2"/></bpmn:process></bpmn:definitions>"#
    );
    let text = out(&model, &[("a > 1000", "a > 2000")]);
    assert!(text.contains(">${a &gt; 2000}<") && !text.contains("mandate:"), "{text}");
}

#[test]
fn a_way_may_become_the_default() {
    let model = format!(
        r#"{HEAD}<bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="g"/><bpmn:exclusiveGateway id="g"/><bpmn:sequenceFlow id="f2" sourceRef="g" targetRef="e"><bpmn:conditionExpression>${{a == 1}}</bpmn:conditionExpression></bpmn:sequenceFlow><bpmn:sequenceFlow id="f3" sourceRef="g" targetRef="e2"><bpmn:conditionExpression>${{a == 2}}</bpmn:conditionExpression></bpmn:sequenceFlow><bpmn:endEvent id="e"/><bpmn:endEvent id="e2"/></bpmn:process></bpmn:definitions>"#
    );
    let text = out(&model, &[("    - when: a == 2\n      to: e2", "    - to: e2")]);
    assert!(text.contains("default=\"f3\"") && !text.contains("mandate:"), "{text}");
}

#[test]
fn the_topic_of_an_external_task_is_not_the_kind_of_its_task() {
    let model = format!(
        r#"{HEAD}<bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="t"/><bpmn:serviceTask id="t" camunda:type="external" camunda:topic="pay"/><bpmn:sequenceFlow id="f2" sourceRef="t" targetRef="e"/><bpmn:endEvent id="e"/></bpmn:process></bpmn:definitions>"#
    );
    let text = out(&model, &[("topic: pay", "topic: bank")]);
    assert!(text.contains(r#"camunda:type="external" camunda:topic="bank""#), "{text}");
    let zeebe = model.replace(
        r#" camunda:type="external" camunda:topic="pay"/>"#,
        r#"><bpmn:extensionElements><zeebe:taskDefinition xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" type="pay"/></bpmn:extensionElements></bpmn:serviceTask>"#,
    );
    let text = out(&zeebe, &[("topic: pay", "topic: bank")]);
    assert!(text.contains(r#"type="bank"/>"#), "{text}");
}
