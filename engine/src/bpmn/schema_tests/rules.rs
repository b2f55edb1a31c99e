//! Which rules of BPMN are checked, and by which test each is shown.

/// Code, when it is said, and the test.
pub(super) const RULES: &[(&str, &str, &str)] = &[
    (
        "notBpmn",
        "the outermost element is not `definitions` of BPMN 2.0",
        "what_is_no_bpmn_is_refused",
    ),
    ("noProcess", "there is no process", "what_is_no_bpmn_is_refused"),
    (
        "emptyProcess",
        "a process has no nodes and no pool, or no process has nodes",
        "sub_processes_hold_what_they_may",
    ),
    (
        "tooManyProcesses",
        "there are more than 100 processes",
        "more_processes_than_a_file_may_have_are_refused",
    ),
    (
        "tooManyNodes",
        "a process has more than 2,000 nodes",
        "many_nodes_and_flows_take_bounded_time",
    ),
    (
        "tooManyFlows",
        "a process has more than 10,000 flows",
        "many_nodes_and_flows_take_bounded_time",
    ),
    ("missingId", "a process or node has no id", "ids_are_names_and_are_used_once"),
    ("badId", "an id is no name", "ids_are_names_and_are_used_once"),
    ("duplicateId", "an id is used twice in the file", "ids_are_names_and_are_used_once"),
    (
        "wrongPlace",
        "an element that is read stands where the schema has no room for it",
        "what_stands_where_it_may_not_and_says_what_it_cannot_is_refused",
    ),
    (
        "badValue",
        "an attribute that is read has a value that it cannot have",
        "what_stands_where_it_may_not_and_says_what_it_cannot_is_refused",
    ),
    (
        "unknownReference",
        "a reference leads nowhere: a message, signal, error, escalation, event definition, link, flow of a node, node of a lane; a warning where a diagram draws what is not there",
        "flows_go_from_one_node_to_another",
    ),
    (
        "wrongReference",
        "a reference leads to something else than it may",
        "flows_go_from_one_node_to_another",
    ),
    (
        "flowWithoutEnd",
        "a sequence or message flow does not lead from something to something",
        "flows_go_from_one_node_to_another",
    ),
    (
        "flowMismatch",
        "a node lists a flow as incoming or outgoing that is not",
        "flows_go_from_one_node_to_another",
    ),
    (
        "flowCrossesScope",
        "a sequence flow leaves or enters a sub-process",
        "flows_go_from_one_node_to_another",
    ),
    ("flowCrossesPool", "a sequence flow leads to another process", "a_flow_stays_in_its_pool"),
    ("messageWithinPool", "a message flow stays within one pool", "messages_go_between_pools"),
    ("flowIntoStart", "a flow leads to a start event", "flows_go_from_one_node_to_another"),
    ("flowOutOfEnd", "a flow leaves an end event", "flows_go_from_one_node_to_another"),
    ("flowIntoBoundary", "a flow leads to a boundary event", "boundary_events_stand_on_activities"),
    (
        "boundaryWithoutFlow",
        "no flow leaves a boundary event that is none of compensation",
        "boundary_events_stand_on_activities",
    ),
    ("flowIntoLink", "a flow leads to a catching link", "links_are_led_to_by_their_names"),
    ("flowOutOfLink", "a flow leaves a throwing link", "links_are_led_to_by_their_names"),
    (
        "flowOfCompensation",
        "a flow at an activity that compensates, or out of a compensation event",
        "no_flow_leads_to_what_is_not_on_the_way",
    ),
    (
        "flowOfEventSubProcess",
        "a flow at an event sub-process",
        "no_flow_leads_to_what_is_not_on_the_way",
    ),
    (
        "conditionNotAllowed",
        "a condition on a default flow, or on one that leaves neither an activity nor a gateway that chooses",
        "a_default_leaves_its_node_and_has_no_condition",
    ),
    (
        "defaultNotOutgoing",
        "a default flow does not leave the node",
        "a_default_leaves_its_node_and_has_no_condition",
    ),
    ("defaultNotAllowed", "a default on what does not choose", "gateways_decide_between_flows"),
    (
        "gatewayDirection",
        "a gateway has other flows than its direction says",
        "gateways_have_the_flows_that_they_say",
    ),
    (
        "gatewayWithoutFlows",
        "a gateway beside other nodes has no flows",
        "gateways_decide_between_flows",
    ),
    (
        "eventGateway",
        "an event-based gateway has one way, leads to what does not wait or is led to from elsewhere, to receive tasks beside message events, or to a receive task with a boundary event",
        "gateways_have_the_flows_that_they_say",
    ),
    (
        "boundaryWithoutHost",
        "a boundary event stands on nothing, or on no activity of its scope",
        "boundary_events_stand_on_activities",
    ),
    (
        "eventNotAllowed",
        "an event definition may not stand on that event (tables 10.82 to 10.93), a catching or boundary event waits for nothing, or cancel stands outside a transaction",
        "events_stand_where_they_may",
    ),
    (
        "linkMismatch",
        "a link has no target of its name in its scope, or two",
        "links_are_led_to_by_their_names",
    ),
    (
        "manyTimes",
        "a timer has several times",
        "an_activity_repeats_in_one_way_and_a_timer_has_one_time",
    ),
    (
        "manyLoops",
        "an activity repeats in several ways",
        "an_activity_repeats_in_one_way_and_a_timer_has_one_time",
    ),
    (
        "manyHandlers",
        "a compensation event leads to several activities",
        "what_undoes_is_led_to_by_an_association",
    ),
    (
        "eventSubProcessStart",
        "an event sub-process has not exactly one start event with one trigger",
        "sub_processes_hold_what_they_may",
    ),
    (
        "notInAdHoc",
        "an ad-hoc sub-process holds a start or end event",
        "sub_processes_hold_what_they_may",
    ),
    (
        "endWithoutStart",
        "a process has an end event and no start event",
        "sub_processes_hold_what_they_may",
    ),
];
