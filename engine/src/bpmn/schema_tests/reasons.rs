//! Which tests show that an element runs, and why what is not read is out.

/// Elements that run, and the tests of the engine that show it.
pub(super) const RUNS: &[(&str, &str)] = &[
    (
        "adHocSubProcess",
        "`people_begin_its_activities_in_any_order_and_again`, `one_after_the_other_where_the_ordering_is_sequential`",
    ),
    ("boundaryEvent", "`a_sub_process_is_a_scope_that_a_boundary_timer_can_interrupt`"),
    ("businessRuleTask", "`the_first_pack_is_good`"),
    (
        "callActivity",
        "`a_called_case_reports_back`, `an_error_and_an_escalation_of_a_called_case_reach_its_caller`",
    ),
    (
        "cancelEventDefinition",
        "`a_cancelled_transaction_undoes_its_work_in_reverse_with_the_data_of_then`",
    ),
    (
        "compensateEventDefinition",
        "`a_throw_undoes_one_activity_or_all`, `a_done_sub_process_is_undone_by_its_own_handler_or_by_its_parts`",
    ),
    (
        "complexGateway",
        "`it_goes_on_when_enough_came_and_takes_the_rest_without_going_on_again`, `its_ways_on_know_whether_it_goes_on_or_is_set_back`",
    ),
    ("conditionalEventDefinition", "`a_condition_is_asked_again_when_data_change`"),
    ("endEvent", "`one_task_gives_exactly_these_events`"),
    ("errorEventDefinition", "`an_error_is_caught_by_the_nearest_event_that_fits`"),
    ("escalationEventDefinition", "`an_escalation_interrupts_or_not`"),
    (
        "eventBasedGateway",
        "`an_event_based_gateway_takes_the_first_event`, `a_gateway_begins_a_case_with_the_first_of_its_events_and_forgets_the_others`",
    ),
    ("exclusiveGateway", "`an_exclusive_gateway_takes_the_first_true_way_or_the_default`"),
    ("inclusiveGateway", "`an_inclusive_join_waits_for_what_can_still_come`"),
    ("intermediateCatchEvent", "`messages_and_jobs_are_waited_for`"),
    ("intermediateThrowEvent", "`an_escalation_interrupts_or_not`"),
    ("linkEventDefinition", "`a_link_leads_to_its_other_end`"),
    ("manualTask", "`tasks_send_and_receive_and_manual_ones_are_passed`"),
    (
        "messageEventDefinition",
        "`messages_and_jobs_are_waited_for`, `a_message_begins_a_case_at_its_start_event_and_brings_what_it_brings`",
    ),
    (
        "multiInstanceLoopCharacteristics",
        "`items_run_at_once_or_one_after_another`, `the_results_of_runs_become_a_list_in_the_order_of_the_items`",
    ),
    ("parallelGateway", "`a_parallel_join_waits_for_every_branch`"),
    (
        "receiveTask",
        "`tasks_send_and_receive_and_manual_ones_are_passed`, `a_task_begins_a_case_when_its_message_comes`",
    ),
    ("scriptTask", "`an_exclusive_gateway_takes_the_first_true_way_or_the_default`"),
    ("sendTask", "`tasks_send_and_receive_and_manual_ones_are_passed`"),
    ("sequenceFlow", "`an_exclusive_gateway_takes_the_first_true_way_or_the_default`"),
    (
        "serviceTask",
        "`messages_and_jobs_are_waited_for`, `what_fails_waits_as_an_incident_and_is_retried`",
    ),
    ("signalEventDefinition", "`a_signal_reaches_everything_that_waits_for_it`"),
    ("standardLoopCharacteristics", "`a_loop_runs_again_while_its_condition_holds`"),
    (
        "startEvent",
        "`one_task_gives_exactly_these_events`, `an_event_sub_process_listens_while_its_scope_is_active`",
    ),
    ("subProcess", "`a_sub_process_is_a_scope_that_a_boundary_timer_can_interrupt`"),
    ("task", "as a `userTask`: `signavio_is_understood`"),
    (
        "terminateEventDefinition",
        "`a_terminating_end_takes_the_tokens_that_wait_at_a_join_with_it`",
    ),
    (
        "timerEventDefinition",
        "`a_sub_process_is_a_scope_that_a_boundary_timer_can_interrupt`, `a_clock_begins_a_case_at_its_date_or_again_and_again`",
    ),
    ("transaction", "`a_cancelled_transaction_undoes_its_work_in_reverse_with_the_data_of_then`"),
    ("userTask", "`one_task_gives_exactly_these_events`"),
];

/// Why, and of what: a type, a line, or a line of a type.
pub(super) const REASONS: &[(&str, &[&str])] = &[
    (
        "a node names the documents and variables that it reads and writes; data are not drawn",
        &[
            "assignment",
            "dataAssociation",
            "dataInput",
            "dataInputAssociation",
            "dataObject",
            "dataObjectReference",
            "dataOutput",
            "dataOutputAssociation",
            "dataState",
            "dataStore",
            "dataStoreReference",
            "inputOutputBinding",
            "inputOutputSpecification",
            "inputSet",
            "ioBinding",
            "ioSpecification",
            "outputSet",
            "property",
        ],
    ),
    (
        "`forEach` names its list and where results go; data are not drawn",
        &["loopDataInputRef", "loopDataOutputRef"],
    ),
    (
        "types come from the forms of the pack, not from XML Schema",
        &["import", "itemDefinition", "@structureRef", "@itemRef", "@evaluatesToTypeRef"],
    ),
    (
        "no web services: a worker takes a `topic`, a message has a `key`",
        &[
            "endPoint",
            "interface",
            "operation",
            "operationRef",
            "@operationRef",
            "supportedInterfaceRef",
            "interfaceRef",
            "endPointRef",
            "@implementation",
        ],
    ),
    (
        "a message finds its case by `key`, one expression",
        &[
            "correlationKey",
            "correlationProperty",
            "correlationPropertyBinding",
            "correlationPropertyRetrievalExpression",
            "correlationSubscription",
        ],
    ),
    (
        "it shows how partners talk, and does not run; their processes do",
        &[
            "callChoreography",
            "callConversation",
            "choreography",
            "choreographyActivity",
            "choreographyRef",
            "choreographyTask",
            "conversation",
            "conversationAssociation",
            "conversationLink",
            "conversationNode",
            "globalChoreographyTask",
            "globalConversation",
            "messageFlowAssociation",
            "participantAssociation",
            "subChoreography",
            "subConversation",
        ],
    ),
    (
        "who works stands on the task: roles, people, `assign`; there is no list of resources",
        &[
            "process resourceRole",
            "resource",
            "resourceParameter",
            "resourceParameterBinding",
            "resourceRef",
            "resourceRole @name",
        ],
    ),
    (
        "on user tasks and undefined ones: people are only asked there",
        &[
            "activity resourceRole",
            "humanPerformer",
            "performer",
            "potentialOwner",
            "resourceAssignmentExpression",
            "resourceRole",
        ],
    ),
    (
        "what several processes use is a process of its own, called by `callActivity`",
        &[
            "globalBusinessRuleTask",
            "globalManualTask",
            "globalScriptTask",
            "globalTask",
            "globalUserTask",
        ],
    ),
    ("the journal records everything, always", &["auditing", "monitoring"]),
    ("forms are files of the pack", &["rendering"]),
    (
        "an event has one trigger: name several events, or an event-based gateway",
        &["catchEvent @parallelMultiple"],
    ),
    (
        "when all runs are done the activity is; `until` ends it before",
        &[
            "complexBehaviorDefinition",
            "multiInstanceLoopCharacteristics @behavior",
            "multiInstanceLoopCharacteristics @noneBehaviorEventRef",
            "multiInstanceLoopCharacteristics @oneBehaviorEventRef",
        ],
    ),
    (
        "one token begins one run, and one leaves it",
        &["activity @startQuantity", "activity @completionQuantity"],
    ),
    ("a throw waits until all is undone", &["compensateEventDefinition @waitForCompletion"]),
    ("a flow is taken in the step that leaves its node", &["sequenceFlow @isImmediate"]),
    ("a transaction is undone by compensation", &["transaction @method"]),
    ("texts are plain", &["documentation @textFormat"]),
    ("only scripts of ours (`text/x-mandate`) run", &["scriptTask script"]),
    (
        "lanes are drawn; a lane's name is the role of what is in it",
        &["@partitionElementRef", "partitionElement"],
    ),
    (
        "pools are drawn; partners are not modelled",
        &["participantMultiplicity", "partnerEntity", "partnerRole"],
    ),
    ("extensions are known by their namespaces alone", &["extension"]),
    ("it means nothing to a process", &["relationship", "process supports"]),
    (
        "the head of a group: its members are elements",
        &["event", "eventDefinition", "implicitThrowEvent"],
    ),
];
