//! Every rule of BPMN that a file can break: the code, and the line where it is broken.

use super::import;

/// A file around the content of one process; what is given begins on line 4.
fn file(inside: &str) -> String {
    format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"\n  \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" id=\"d\" targetNamespace=\"t\">\n\
         <process id=\"p\">\n{inside}\n</process>\n</definitions>\n"
    )
}

/// Checks the errors of a process as `line:column code`.
fn check(inside: &str, expected: &[&str]) {
    check_file(&file(inside), expected);
}

fn check_file(text: &str, expected: &[&str]) {
    let imported = import("a.bpmn", text.as_bytes());
    let errors = imported.problems.iter().filter(|one| one.is_error());
    let found: Vec<String> =
        errors.map(|one| format!("{}:{} {}", one.place.line, one.place.column, one.code)).collect();
    assert_eq!(found, expected, "{text}\n{:#?}", imported.problems);
    assert!(imported.problems.iter().all(|one| one.place.file == "a.bpmn" && one.place.line > 0));
}

const START: &str = "<startEvent id=\"s\"/>";
const TASK: &str = "<userTask id=\"t\"/>";

fn flow(id: &str, from: &str, to: &str) -> String {
    format!("<sequenceFlow id=\"{id}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>")
}

#[test]
fn a_choreography_is_told_of_once_with_what_leads_to_it() {
    let inside = format!(
        "<startEvent id=\"s2\"/><subProcess id=\"u\">{TASK}</subProcess>{}",
        flow("g", "s2", "u")
    );
    check(
        &format!(
            "{START}{}\n<subChoreography id=\"c\">{inside}</subChoreography>{}<endEvent id=\"e\"/>",
            flow("f", "s", "c"),
            flow("g2", "c", "e")
        ),
        &["5:1 unsupportedElement"],
    );
}

#[test]
fn flows_go_from_one_node_to_another() {
    check(&format!("{START}\n<sequenceFlow id=\"f\" sourceRef=\"s\"/>"), &["5:1 flowWithoutEnd"]);
    check(&format!("{START}\n{}", flow("f", "s", "nowhere")), &["5:36 flowWithoutEnd"]);
    check(&format!("{START}\n{}", flow("f", "s", "p")), &["5:36 wrongReference"]);
    check(
        &format!("{START}<subProcess id=\"u\">{TASK}</subProcess>\n{}", flow("f", "s", "t")),
        &["5:1 flowCrossesScope"],
    );
    check(&format!("{START}{TASK}\n{}", flow("f", "t", "s")), &["5:1 flowIntoStart"]);
    check(
        &format!("{START}<endEvent id=\"e\"/>{TASK}\n{}", flow("f", "e", "t")),
        &["5:1 flowOutOfEnd"],
    );
    check(
        &format!(
            "{START}<userTask id=\"t\">\n<outgoing>f</outgoing></userTask>{}",
            flow("f", "s", "t")
        ),
        &["5:1 flowMismatch"],
    );
    check(
        &format!(
            "{START}<userTask id=\"t\">\n<incoming>g</incoming></userTask>{}",
            flow("f", "s", "t")
        ),
        &["5:1 unknownReference"],
    );
}

#[test]
fn a_default_leaves_its_node_and_has_no_condition() {
    let gateway = "<exclusiveGateway id=\"g\"\ndefault=\"f1\"/>";
    check(
        &format!("{START}{TASK}{gateway}{}{}", flow("f1", "s", "g"), flow("f2", "g", "t")),
        &["5:1 defaultNotOutgoing"],
    );
    let condition = "<sequenceFlow id=\"f2\" sourceRef=\"g\" targetRef=\"t\">\n\
                     <conditionExpression>${a}</conditionExpression></sequenceFlow>";
    check(
        &format!(
            "{START}{TASK}<exclusiveGateway id=\"g\" default=\"f2\"/>{}{condition}",
            flow("f1", "s", "g")
        ),
        &["5:1 conditionNotAllowed"],
    );
    check(
        &format!("{START}{TASK}<parallelGateway id=\"g\"/>{}{condition}", flow("f1", "s", "g")),
        &["5:1 conditionNotAllowed"],
    );
}

#[test]
fn ids_are_names_and_are_used_once() {
    check("<startEvent id=\"s\"/>\n<endEvent id=\"s\"/>", &["5:11 duplicateId"]);
    check("<startEvent id=\"s\"/>\n<endEvent/>", &["5:1 missingId"]);
    check("<startEvent id=\"1 s\"/>", &["4:13 badId"]);
}

#[test]
fn events_stand_where_they_may() {
    for (element, definition, good) in [
        ("startEvent", "timerEventDefinition", true),
        ("startEvent", "errorEventDefinition", false),
        ("startEvent", "linkEventDefinition", false),
        ("endEvent", "timerEventDefinition", false),
        ("endEvent", "terminateEventDefinition", true),
        ("endEvent", "cancelEventDefinition", false),
        ("intermediateThrowEvent", "terminateEventDefinition", false),
        ("intermediateThrowEvent", "conditionalEventDefinition", false),
        ("intermediateCatchEvent", "errorEventDefinition", false),
        ("intermediateCatchEvent", "compensateEventDefinition", false),
    ] {
        let inside = format!("{START}<{element} id=\"x\">\n<{definition}/></{element}>");
        let imported = import("a.bpmn", file(&inside).as_bytes());
        let refused: Vec<_> =
            imported.problems.iter().filter(|one| one.code == "eventNotAllowed").collect();
        assert_eq!(refused.is_empty(), good, "{definition} on {element}: {refused:?}");
        assert!(refused.iter().all(|one| one.place.line == 5));
    }
}

#[test]
fn boundary_events_stand_on_activities() {
    let on = |host: &str, inside: &str| {
        let away = format!("<userTask id=\"u\"/>{}", flow("away", "b", "u"));
        format!("{START}{TASK}{away}\n<boundaryEvent id=\"b\" {host}>{inside}</boundaryEvent>")
    };
    let timer = "<timerEventDefinition/>";
    check(&on("", timer), &["5:1 boundaryWithoutHost"]);
    check(&on("attachedToRef=\"s\"", timer), &["5:23 boundaryWithoutHost"]);
    check(&on("attachedToRef=\"t\"", ""), &["5:1 eventNotAllowed"]);
    check(
        &on("attachedToRef=\"t\" cancelActivity=\"false\"", "<errorEventDefinition/>"),
        &["5:64 eventNotAllowed"],
    );
    check(&on("attachedToRef=\"t\"", "<linkEventDefinition/>"), &["5:41 eventNotAllowed"]);
    check(
        &format!("{}{}", on("attachedToRef=\"t\"", timer), flow("f", "s", "b")),
        &["5:80 flowIntoBoundary"],
    );
    check(
        &format!(
            "{START}{TASK}\n<boundaryEvent id=\"b\" attachedToRef=\"t\">{timer}</boundaryEvent>"
        ),
        &["5:1 boundaryWithoutFlow"],
    );
}

#[test]
fn gateways_have_the_flows_that_they_say() {
    let both = |gateway: &str| {
        format!(
            "{START}{TASK}<userTask id=\"u\"/>\n{gateway}{}{}{}",
            flow("f1", "s", "g"),
            flow("f2", "g", "t"),
            flow("f3", "g", "u")
        )
    };
    check(
        &both("<exclusiveGateway id=\"g\" gatewayDirection=\"Converging\"/>"),
        &["5:26 gatewayDirection"],
    );
    check(&both("<eventBasedGateway id=\"g\"/>\n"), &["6:52 eventGateway", "6:103 eventGateway"]);
}

#[test]
fn behind_an_event_based_gateway_the_gateway_waits() {
    let behind = |event: &str, beside: &str| {
        format!(
            "{START}<endEvent id=\"e\"/><eventBasedGateway id=\"g\"/>\n<receiveTask id=\"r\" messageRef=\"m\"/>\n\
             <intermediateCatchEvent id=\"c\"><{event}/></intermediateCatchEvent>\n{beside}{}{}{}\n\
             </process><message id=\"m\"/><process id=\"q\"><userTask id=\"z\"/>",
            flow("f1", "s", "g"),
            flow("f2", "g", "r"),
            flow("f3", "g", "c"),
        )
    };
    let signal = "signalEventDefinition signalRef=\"x\"";
    let codes = |event: &str| -> Vec<String> {
        let problems = import("a.bpmn", file(&behind(event, "")).as_bytes()).problems;
        problems.iter().map(|one| format!("{} {}", one.place.line, one.code)).collect()
    };
    assert!(!codes(signal).iter().any(|one| one.ends_with("eventGateway")));
    check_lines(&behind("messageEventDefinition", ""), &["5 eventGateway"]);
    let timer = "<boundaryEvent id=\"b\" attachedToRef=\"r\"><timerEventDefinition>\
                 <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>";
    let timer = format!("{timer}{}", flow("f4", "b", "e"));
    check_lines(&behind("signalEventDefinition", &timer), &["7 eventGateway"]);
}

#[test]
fn an_event_that_waits_says_for_what_and_an_error_always_interrupts() {
    check_lines(&format!("{START}\n<intermediateCatchEvent id=\"c\"/>"), &["5 eventNotAllowed"]);
    let beside = |event: &str| {
        format!(
            "{START}{TASK}<subProcess id=\"u\" triggeredByEvent=\"true\">\
             <startEvent id=\"v\" isInterrupting=\"false\">\n<{event}/></startEvent></subProcess>{}",
            flow("f", "s", "t")
        )
    };
    check_lines(&beside("escalationEventDefinition"), &[]);
    check_lines(&beside("errorEventDefinition"), &["5 eventNotAllowed"]);
    check_lines(&beside("compensateEventDefinition"), &["5 eventNotAllowed"]);
}

#[test]
fn sub_processes_hold_what_they_may() {
    check(
        &format!("{START}\n<adHocSubProcess id=\"a\"><endEvent id=\"e\"/></adHocSubProcess>"),
        &["5:25 notInAdHoc"],
    );
    check(
        &format!("{START}\n<subProcess id=\"a\" triggeredByEvent=\"true\">{TASK}</subProcess>"),
        &["5:1 eventSubProcessStart"],
    );
    check("", &["3:1 emptyProcess"]);
    check("<endEvent id=\"e\"/>", &["3:1 endWithoutStart"]);
}

#[test]
fn messages_go_between_pools() {
    let text = "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">\n\
        <collaboration id=\"c\"><participant id=\"x\" processRef=\"p\"/>\n\
        <messageFlow id=\"m\" sourceRef=\"s\" targetRef=\"x\"/>\n\
        <messageFlow id=\"n\" sourceRef=\"s\" targetRef=\"y\"/></collaboration>\n\
        <process id=\"p\"><startEvent id=\"s\"/></process></definitions>";
    check_file(text, &["3:1 messageWithinPool", "4:35 flowWithoutEnd"]);
}

#[test]
fn what_is_no_bpmn_is_refused() {
    check_file("<a/>", &["1:1 notBpmn"]);
    check_file("<definitions/>", &["1:1 notBpmn"]);
    let empty = "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"/>";
    check_file(empty, &["1:1 noProcess"]);
    check(
        &format!(
            "{START}<intermediateCatchEvent id=\"x\"><messageEventDefinition\nmessageRef=\"m\"/></intermediateCatchEvent>"
        ),
        &["5:1 unknownReference"],
    );
}

/// Checks the errors of a process as `line code`.
fn check_lines(inside: &str, expected: &[&str]) {
    let text = file(inside);
    let problems = import("a.bpmn", text.as_bytes()).problems;
    let errors = problems.iter().filter(|one| one.is_error());
    let found: Vec<String> = errors.map(|one| format!("{} {}", one.place.line, one.code)).collect();
    assert_eq!(found, expected, "{text}\n{problems:#?}");
}

#[test]
fn a_flow_stays_in_its_pool() {
    let text = "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">\n\
        <process id=\"p\"><startEvent id=\"s\"/>\n\
        <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/></process>\n\
        <process id=\"q\"><userTask id=\"t\"/></process></definitions>";
    check_file(text, &["3:36 flowCrossesPool"]);
}

#[test]
fn links_are_led_to_by_their_names() {
    let link = |kind: &str, id: &str, name: &str| {
        format!("<{kind} id=\"{id}\"><linkEventDefinition name=\"{name}\"/></{kind}>")
    };
    let (throw, catch) = ("intermediateThrowEvent", "intermediateCatchEvent");
    check_lines(&format!("{START}\n{}", link(throw, "a", "one")), &["5 linkMismatch"]);
    let both = format!("{}{}", link(throw, "a", "one"), link(catch, "b", "one"));
    check_lines(&format!("{START}\n{both}\n{}", link(catch, "c", "one")), &["6 linkMismatch"]);
    check_lines(&format!("{START}\n{both}\n{}", flow("f", "s", "b")), &["6 flowIntoLink"]);
    check_lines(&format!("{START}{TASK}\n{both}\n{}", flow("f", "a", "t")), &["6 flowOutOfLink"]);
    let other = "<linkEventDefinition name=\"one\">\n<target>s</target></linkEventDefinition>";
    check_lines(
        &format!("{START}<{throw} id=\"a\">{other}</{throw}>{}", link(catch, "b", "one")),
        &["5 unknownReference"],
    );
}

#[test]
fn no_flow_leads_to_what_is_not_on_the_way() {
    check_lines(
        &format!("{START}<userTask id=\"t\" isForCompensation=\"true\"/>\n{}", flow("f", "s", "t")),
        &["5 flowOfCompensation"],
    );
    check_lines(
        &format!(
            "{START}<userTask id=\"u\"/>{TASK}<boundaryEvent id=\"b\" attachedToRef=\"t\">\
             <compensateEventDefinition/></boundaryEvent>\n{}",
            flow("f", "b", "u")
        ),
        &["5 flowOfCompensation"],
    );
    check_lines(
        &format!(
            "{START}<subProcess id=\"u\" triggeredByEvent=\"true\"><startEvent id=\"v\">\
             <signalEventDefinition/></startEvent></subProcess>\n{}",
            flow("f", "s", "u")
        ),
        &["5 flowOfEventSubProcess"],
    );
}

#[test]
fn gateways_decide_between_flows() {
    check_lines(&format!("{START}\n<exclusiveGateway id=\"g\"/>"), &["5 gatewayWithoutFlows"]);
    check_lines(
        &format!(
            "{START}{TASK}\n<parallelGateway id=\"g\" default=\"f2\"/>{}{}",
            flow("f1", "s", "g"),
            flow("f2", "g", "t")
        ),
        &["5 defaultNotAllowed"],
    );
}

#[test]
fn an_activity_repeats_in_one_way_and_a_timer_has_one_time() {
    check_lines(
        &format!(
            "{START}\n<userTask id=\"t\"><standardLoopCharacteristics loopMaximum=\"3\"/>\
             <multiInstanceLoopCharacteristics/></userTask>"
        ),
        &["5 manyLoops"],
    );
    check_lines(
        "<startEvent id=\"s\">\n<timerEventDefinition><timeDate>2030-01-01</timeDate>\
         <timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>",
        &["5 manyTimes"],
    );
}

#[test]
fn what_stands_where_it_may_not_and_says_what_it_cannot_is_refused() {
    check_lines(
        &format!("{START}\n<userTask id=\"t\"><endEvent id=\"e\"/></userTask>"),
        &["5 wrongPlace"],
    );
    check_lines(
        &format!("{START}<userTask id=\"t\"\nisForCompensation=\"maybe\"/>"),
        &["5 badValue"],
    );
    check_lines(
        &format!(
            "{START}<userTask id=\"t\"><standardLoopCharacteristics\nloopMaximum=\"x\"/></userTask>"
        ),
        &["5 badValue"],
    );
}

#[test]
fn sub_processes_end_where_they_begin_and_nothing_stands_on_those_of_events() {
    check_lines(
        &format!(
            "{START}\n<subProcess id=\"u\"><userTask id=\"t\"/><endEvent id=\"e\"/></subProcess>"
        ),
        &["5 endWithoutStart"],
    );
    let late = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>";
    let heard = "<subProcess id=\"u\" triggeredByEvent=\"true\"><startEvent id=\"v\"><errorEventDefinition/></startEvent></subProcess>";
    check_lines(
        &format!(
            "{START}{heard}\n<boundaryEvent id=\"b\" attachedToRef=\"u\">{late}</boundaryEvent>"
        ),
        &["5 boundaryWithoutFlow", "5 boundaryWithoutHost"],
    );
    check_lines(
        &format!(
            "{START}<subProcess id=\"u\" triggeredByEvent=\"true\"><startEvent id=\"v\">\n<compensateEventDefinition/></startEvent></subProcess>"
        ),
        &["5 eventNotAllowed"],
    );
}
