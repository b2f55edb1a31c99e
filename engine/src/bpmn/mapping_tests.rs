//! What other tools say and our language cannot, or says otherwise: none of it is lost in silence.

use super::import;
use super::sample_tests::checked;

const VENDORS: &str = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\" \
    xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" \
    xmlns:modeler=\"http://camunda.org/schema/modeler/1.0\"";

/// A file whose process begins on line 2.
fn file(root: &str, inside: &str) -> String {
    format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" {VENDORS} {root}>\n\
         <process id=\"p\" camunda:candidateStarterGroups=\"clerks\">\n{inside}</process></definitions>"
    )
}

/// A start event and a decision of two ways: one under a condition, which stands on line 4.
fn choice(condition: &str) -> String {
    format!(
        "<startEvent id=\"s\"/><exclusiveGateway id=\"g\"/><endEvent id=\"a\"/><endEvent id=\"b\"/>\
         <sequenceFlow id=\"f1\" sourceRef=\"s\" targetRef=\"g\"/>\
         <sequenceFlow id=\"f3\" sourceRef=\"g\" targetRef=\"b\"/>\
         <sequenceFlow id=\"f2\" sourceRef=\"g\" targetRef=\"a\">\n{condition}</sequenceFlow>"
    )
}

/// What is reported, as `line code`, with the YAML.
fn said(text: &str) -> (Vec<String>, String) {
    let imported = import("a.bpmn", text.as_bytes());
    let found =
        imported.problems.iter().map(|one| format!("{} {}", one.place.line, one.code)).collect();
    let yaml = imported.processes.iter().map(|process| {
        format!("{}{}", process.yaml, process.form.as_ref().map_or("", |(_, form)| form))
    });
    (found, yaml.collect())
}

#[test]
fn a_condition_that_cannot_be_said_is_an_error_and_never_another_way() {
    for condition in [
        "<conditionExpression>${riskService.isHigh(execution)}</conditionExpression>",
        "<conditionExpression xsi:type=\"tFormalExpression\" language=\"groovy\">days &gt; 3</conditionExpression>",
        "<conditionExpression>=if a then b else c</conditionExpression>",
        "<conditionExpression>=x in [1..5]</conditionExpression>",
        "<conditionExpression>${nrOfInstances &gt; 2}</conditionExpression>",
        "<conditionExpression/>",
    ] {
        let text = file("", &choice(condition));
        let (found, yaml) = said(&text);
        assert_eq!(found, ["4 unsupportedElement"], "{condition}");
        assert!(yaml.contains("when: 'unmapped:"), "{condition}\n{yaml}");
        let found = checked(&text);
        assert!(found.len() == 1 && found[0].starts_with("unmappedCondition"), "{found:?}");
    }
}

#[test]
fn a_condition_on_a_loop_an_event_or_a_gateway_is_an_error_too() {
    let task = |inside: &str| {
        format!(
            "<startEvent id=\"s\"/><userTask id=\"t\" camunda:candidateGroups=\"clerks\">{inside}</userTask>\
             <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/>"
        )
    };
    for inside in [
        task("<standardLoopCharacteristics>\n<loopCondition>${x.y()}</loopCondition></standardLoopCharacteristics>"),
        task("<multiInstanceLoopCharacteristics camunda:collection=\"xs\">\n<completionCondition>${x.y()}</completionCondition></multiInstanceLoopCharacteristics>"),
        "<startEvent id=\"s\"/><intermediateCatchEvent id=\"c\"><conditionalEventDefinition>\n\
         <condition>${x.y()}</condition></conditionalEventDefinition></intermediateCatchEvent>\
         <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"c\"/>".to_owned(),
        "<startEvent id=\"s\"/><complexGateway id=\"c\">\n\
         <activationCondition>${x.y()}</activationCondition></complexGateway><endEvent id=\"e\"/>\
         <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"c\"/><sequenceFlow id=\"g\" sourceRef=\"c\" targetRef=\"e\"/>".to_owned(),
        "<startEvent id=\"s\"/><adHocSubProcess id=\"c\"><userTask id=\"t\" camunda:candidateGroups=\"clerks\"/>\n\
         <completionCondition>${x.y()}</completionCondition></adHocSubProcess>\
         <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"c\"/>".to_owned(),
    ] {
        let text = file("", &inside);
        let (found, yaml) = said(&text);
        assert_eq!(found, ["4 unsupportedElement"], "{inside}\n{yaml}");
        let found = checked(&text);
        assert!(found.iter().any(|one| one.starts_with("unmappedCondition")), "{found:?}\n{yaml}");
    }
}

#[test]
fn what_our_extension_says_needs_no_translation() {
    let setting = "<extensionElements><mandate:flow xmlns:mandate=\"urn:mandate:bpmn:1\">when: n &gt; 2</mandate:flow></extensionElements>";
    let text = file(
        "",
        &choice(&format!("{setting}<conditionExpression>${{x.y()}}</conditionExpression>")),
    );
    let (found, yaml) = said(&text);
    assert_eq!(found, Vec::<String>::new(), "{yaml}");
    assert!(yaml.contains("when: n > 2"), "{yaml}");
}

#[test]
fn a_language_is_known_by_its_name_or_its_sign() {
    let juel = "${days &gt; 3 and kind eq 'a'}";
    let expected = "when: days > 3 && kind == 'a'";
    let cloud = "modeler:executionPlatform=\"Camunda Cloud\"";
    let platform = "modeler:executionPlatform=\"Camunda Platform\"";
    for (root, language, text) in [
        ("", "", juel),
        ("", "language=\"juel\"", juel),
        ("", "language=\"JUEL\"", juel),
        ("", "language=\"http://www.java.com/javaTypes\"", juel),
        (cloud, "", juel),
        (platform, "", juel),
        (platform, "language=\"feel\"", "days &gt; 3 and kind = 'a'"),
        (
            "",
            "language=\"https://www.omg.org/spec/DMN/20191111/FEEL/\"",
            "days &gt; 3 and kind = 'a'",
        ),
        (platform, "", "=days &gt; 3 and kind = 'a'"),
        (cloud, "", "=days &gt; 3 and kind = 'a'"),
    ] {
        let condition = format!(
            "<conditionExpression xsi:type=\"tFormalExpression\" {language}>{text}</conditionExpression>"
        );
        let (found, yaml) = said(&file(root, &choice(&condition)));
        assert_eq!(found, Vec::<String>::new(), "{root} {condition}");
        assert!(yaml.contains(expected), "{root} {condition}\n{yaml}");
    }
}

#[test]
fn a_tool_is_the_one_that_is_used_not_the_one_that_is_declared() {
    let tool = |root: &str| import("a.bpmn", file(root, &choice("")).as_bytes()).tool.name();
    assert_eq!(tool(""), "Camunda 7");
    assert_eq!(tool("modeler:executionPlatform=\"Camunda Cloud\""), "Camunda 8 (Zeebe)");
    assert_eq!(tool("modeler:executionPlatform=\"Camunda Platform\""), "Camunda 7");
}
