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
        "<conditionExpression>=x in [1..5, 7]</conditionExpression>",
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
        (
            "expressionLanguage=\"http://www.omg.org/spec/FEEL/20140401\"",
            "",
            "days &gt; 3 and kind = 'a'",
        ),
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

/// A task that `inside` stands on, which begins on line 4.
fn task(before: &str, inside: &str) -> String {
    format!(
        "<startEvent id=\"s\"/>{before}<userTask id=\"t\" camunda:candidateGroups=\"clerks\">\n{inside}</userTask>\
         <endEvent id=\"e\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/>\
         <sequenceFlow id=\"g\" sourceRef=\"t\" targetRef=\"e\"/>"
    )
}

#[test]
fn a_completion_condition_counts_what_the_runs_give() {
    let done = "size(t_done.filter(run, run != null))";
    for (attributes, theirs, ours) in [
        (
            "",
            "${nrOfCompletedInstances/nrOfInstances &gt;= 0.5}",
            format!("double({done}) / double(size(t_done)) >= 0.5"),
        ),
        (
            "",
            "${nrOfCompletedInstances == nrOfInstances or !ok}",
            format!("{done} == size(t_done) || !orElse(ok, false)"),
        ),
        ("", "=numberOfCompletedInstances &gt;= 2", format!("{done} >= 2")),
        ("", "${nrOfActiveInstances == 1}", format!("(size(t_done) - {done}) == 1")),
        ("isSequential=\"true\"", "${nrOfActiveInstances == 1}", "1 == 1".to_owned()),
    ] {
        let many = format!(
            "<multiInstanceLoopCharacteristics {attributes} camunda:collection=\"people\" camunda:elementVariable=\"one\">\
             <completionCondition>{theirs}</completionCondition></multiInstanceLoopCharacteristics>"
        );
        let text = file("", &task("", &many));
        let (found, yaml) = said(&text);
        assert_eq!(found, Vec::<String>::new(), "{theirs}");
        let yaml = yaml.replace("\n      ", " ");
        assert!(
            yaml.contains(&format!("until: ={ours}\n"))
                || yaml.contains(&format!("until: ={ours} ")),
            "{theirs}\n{yaml}"
        );
        assert!(yaml.contains("result: =true") && yaml.contains("into: t_done"), "{yaml}");
        assert_eq!(checked(&text), Vec::<String>::new(), "{yaml}");
    }
    // What nothing here counts is an error, and stays to be said.
    for theirs in
        ["=numberOfTerminatedInstances &gt; 1", "${nrOfCompletedInstances &gt; rules.least(t)}"]
    {
        let many = format!(
            "<multiInstanceLoopCharacteristics camunda:collection=\"people\">\n\
             <completionCondition>{theirs}</completionCondition></multiInstanceLoopCharacteristics>"
        );
        let (found, yaml) = said(&file("", &task("", &many)));
        assert_eq!(found, ["5 unsupportedElement"], "{yaml}");
        assert!(yaml.contains("until: 'unmapped:"), "{yaml}");
    }
}

#[test]
fn chinese_names_become_names_that_expressions_take_and_that_is_said() {
    let form = "<extensionElements><camunda:formData>\
                <camunda:formField id=\"理由\" label=\"理由\" type=\"string\"/></camunda:formData></extensionElements>";
    let condition = "<conditionExpression>${天数 &lt; 5 &amp;&amp; 理由 != null &amp;&amp; order.总额 &gt; 3}</conditionExpression>";
    let text = file(
        "",
        &choice(condition).replace(
            "<startEvent id=\"s\"/>",
            &format!("<startEvent id=\"s\">{form}</startEvent>"),
        ),
    );
    let (found, yaml) = said(&text);
    assert_eq!(found, ["3 mappedInPart", "4 mappedInPart"], "{yaml}");
    for part in [
        "when: u5929u6570 < 5 && has(data.u7406u7531) && order['总额'] > 3",
        "u5929u6570:\n    type: any",
        "u7406u7531:\n    type: text\n    label: 理由",
    ] {
        assert!(yaml.contains(part), "{part}\n{yaml}");
    }
    assert_eq!(checked(&text), Vec::<String>::new(), "{yaml}");
}

#[test]
fn what_is_known_by_a_name_has_no_expression_for_one() {
    let catch = "<startEvent id=\"s\"/><intermediateCatchEvent id=\"c\"><messageEventDefinition messageRef=\"m\"/>\
                 </intermediateCatchEvent><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"c\"/></process>\n";
    for name in ["m-${id}", "=&quot;m&quot; + x"] {
        let text = file("", catch).replace(
            "</process></definitions>",
            &format!("<message id=\"m\" name=\"{name}\"/></definitions>"),
        );
        let (found, yaml) = said(&text);
        assert_eq!(found, ["4 unsupportedElement"], "{name}\n{yaml}");
    }
}

#[test]
fn what_cannot_begin_a_case_or_be_waited_for_is_an_error_where_it_stands() {
    let begins = |event: &str| {
        file(
            "",
            &task("", "").replace(
                "<startEvent id=\"s\"/>",
                &format!("<startEvent id=\"s\">{event}</startEvent>"),
            ),
        )
    };
    let timer = |time: &str| format!("<timerEventDefinition>{time}</timerEventDefinition>");
    let boundary = |event: &str| {
        let event = format!(
            "<boundaryEvent id=\"b\" attachedToRef=\"t\">{event}</boundaryEvent><sequenceFlow id=\"h\" sourceRef=\"b\" targetRef=\"e\"/>"
        );
        file("", &(task("", "") + &event))
    };
    let twice = "<startEvent id=\"s2\"/><sequenceFlow id=\"h\" sourceRef=\"s2\" targetRef=\"t\"/>";
    for (text, expected) in [
        (
            begins(
                "<conditionalEventDefinition><condition>${x}</condition></conditionalEventDefinition>",
            ),
            vec!["3 unsupportedElement"],
        ),
        (begins(&timer("<timeDuration>PT1H</timeDuration>")), vec!["3 unsupportedElement"]),
        (
            begins(&timer("<timeDate>${when}</timeDate>")),
            vec!["3 unsupportedElement", "3 mappedInPart"],
        ),
        (begins(&timer("<timeCycle>0 0 9 * * ?</timeCycle>")), vec![]),
        (begins(&timer("<timeCycle>R/PT1H</timeCycle>")), vec![]),
        (begins(&timer("<timeCycle>R5/PT1H</timeCycle>")), vec![]),
        (
            begins(&timer("<timeCycle>R0/PT1H</timeCycle>")),
            vec!["3 unsupportedElement", "3 notMapped"],
        ),
        (
            boundary(&timer("<timeDuration>5 days</timeDuration>")),
            vec!["4 unsupportedElement", "4 notMapped"],
        ),
        (boundary(&timer("")), vec!["4 unsupportedElement"]),
        (boundary("<conditionalEventDefinition/>"), vec!["4 unsupportedElement"]),
        (boundary("<messageEventDefinition/>"), vec!["4 unsupportedElement"]),
        (file("", &(task("", "") + twice)), vec!["4 unsupportedElement"]),
    ] {
        let (mut found, yaml) = said(&text);
        let mut expected = expected;
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected, "{text}\n{yaml}");
    }
}

#[test]
fn a_decision_that_nothing_decides_is_an_error() {
    let text = file(
        "",
        &choice("<documentation>x</documentation>")
            .replace("<exclusiveGateway", "\n<exclusiveGateway"),
    );
    let (found, yaml) = said(&text);
    assert_eq!(found, ["4 unsupportedElement"], "{yaml}");
    assert!(yaml.matches("when: 'unmapped:").count() == 2, "{yaml}");
    assert!(checked(&text).iter().all(|one| one.starts_with("unmappedCondition")));
}

/// A message that is thrown, with what Camunda 8 says of it.
fn thrown(publish: &str) -> (Vec<String>, String) {
    let text = format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" {VENDORS} \
         modeler:executionPlatform=\"Camunda Cloud\"><message id=\"m\" name=\"paid\"/><process id=\"p\">\
         <startEvent id=\"s\"/><intermediateThrowEvent id=\"t\">\n<extensionElements>{publish}\
         </extensionElements><messageEventDefinition messageRef=\"m\"/></intermediateThrowEvent>\
         <endEvent id=\"e\"/><sequenceFlow id=\"f1\" sourceRef=\"s\" targetRef=\"t\"/>\
         <sequenceFlow id=\"f2\" sourceRef=\"t\" targetRef=\"e\"/></process></definitions>"
    );
    said(&text)
}

#[test]
fn how_long_a_message_lives_is_how_long_it_is_kept() {
    for (time, keep) in [
        ("PT1H", "1 hour"),
        ("PT90M", "90 minutes"),
        ("P1DT12H", "36 hours"),
        ("P2M", "2 months"),
        ("=duration(&quot;PT10M&quot;)", "10 minutes"),
    ] {
        let publish =
            format!("<zeebe:publishMessage correlationKey=\"=order\" timeToLive=\"{time}\"/>");
        let (found, yaml) = thrown(&publish);
        assert_eq!(found, [""; 0], "{time} {yaml}");
        for line in ["messages:", "  paid:", &format!("    keep: {keep}"), "key: =order"] {
            assert!(yaml.contains(line), "{time}: {line:?} in {yaml}");
        }
    }
    for (time, keep) in [("PT30S", "1 minute"), ("PT0S", "1 minute"), ("PT1M1S", "2 minutes")] {
        let (found, yaml) = thrown(&format!("<zeebe:publishMessage timeToLive=\"{time}\"/>"));
        assert_eq!(found, ["2 mappedInPart"], "{time}");
        assert!(yaml.contains(&format!("keep: {keep}")), "{time} {yaml}");
    }
    for time in ["=order.time", "soon", "P1M1DT1S"] {
        let (found, yaml) = thrown(&format!("<zeebe:publishMessage timeToLive=\"{time}\"/>"));
        assert_eq!(found, ["2 notMapped"], "{time}");
        assert!(!yaml.contains("keep"), "{time} {yaml}");
    }
    let (found, _) = thrown("<zeebe:publishMessage messageId=\"=id\"/>");
    assert_eq!(found, ["2 notMapped"]);
}

#[test]
fn what_comes_with_a_message_and_is_taken_nowhere_is_told() {
    let waits = "<intermediateCatchEvent id=\"c\"><messageEventDefinition messageRef=\"m\"/></intermediateCatchEvent>";
    let after = |condition: &str| {
        let flow = format!(
            "<exclusiveGateway id=\"x\" default=\"x2\"/><sequenceFlow id=\"x1\" sourceRef=\"x\" targetRef=\"e\"><conditionExpression>{condition}</conditionExpression></sequenceFlow><sequenceFlow id=\"x2\" sourceRef=\"x\" targetRef=\"e\"/>"
        );
        let text = file(
            "",
            &format!(
                "<startEvent id=\"s\"/>{waits}<endEvent id=\"e\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"c\"/><sequenceFlow id=\"g\" sourceRef=\"c\" targetRef=\"x\"/>{flow}"
            ),
        );
        let declared = "<message id=\"m\" name=\"placed\"/><process";
        import("a.bpmn", text.replacen("<process", declared, 1).as_bytes())
    };
    let told = |imported: crate::bpmn::Imported| {
        let problems = imported.problems.into_iter().map(|one| one.message);
        problems.filter(|message| message.contains("say in `into`")).collect::<Vec<_>>()
    };
    let found = told(after("${order.total &gt; 3}"));
    assert!(found.len() == 1 && found[0].contains("`order` is read"), "{found:?}");
    assert_eq!(told(after("${1 &gt; 3}")), [""; 0]);
}

#[test]
fn times_come_when_they_come_elsewhere() {
    let event = |time: &str| {
        let timer = format!("<timerEventDefinition>{time}</timerEventDefinition>");
        let catch = format!("<intermediateCatchEvent id=\"c\">\n{timer}</intermediateCatchEvent>");
        file(
            "",
            &format!(
                "<startEvent id=\"s\"/>{catch}<endEvent id=\"e\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"c\"/><sequenceFlow id=\"g\" sourceRef=\"c\" targetRef=\"e\"/>"
            ),
        )
    };
    let (found, yaml) = said(&event("<timeDate>2026-03-01</timeDate>"));
    assert_eq!(found, [""; 0], "{yaml}");
    assert!(yaml.contains("timer: 2026-03-01T00:00\n"), "{yaml}");
    for time in ["<timeDate>${day}</timeDate>", "<timeDuration>${wait}</timeDuration>"] {
        assert_eq!(said(&event(time)).0, ["4 mappedInPart"], "{time}");
    }
}
