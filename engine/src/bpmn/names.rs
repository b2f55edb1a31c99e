//! Namespaces of BPMN, of its diagrams, of ourselves and of other tools.

/// BPMN 2.0.
pub(super) const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
/// BPMN diagrams.
pub(super) const BPMNDI: &str = "http://www.omg.org/spec/BPMN/20100524/DI";
/// Bounds of shapes.
pub(super) const DC: &str = "http://www.omg.org/spec/DD/20100524/DC";
/// Ways of edges.
pub(super) const DI: &str = "http://www.omg.org/spec/DD/20100524/DI";
/// XML Schema instances: `xsi:type`.
pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Ours. A stable name, not an address.
pub(super) const MANDATE: &str = "urn:mandate:bpmn:1";
/// The language of our expressions.
pub(super) const CEL: &str = "https://cel.dev";
/// What `definitions/@exporter` says of our files.
pub(super) const EXPORTER: &str = "Mandate";

/// Camunda 7.
pub(super) const CAMUNDA: &str = "http://camunda.org/schema/1.0/bpmn";
/// Camunda 8.
pub(super) const ZEEBE: &str = "http://camunda.org/schema/zeebe/1.0";
/// Camunda Modeler's own notes.
pub(super) const MODELER: &str = "http://camunda.org/schema/modeler/1.0";
/// Flowable.
pub(super) const FLOWABLE: &str = "http://flowable.org/bpmn";
/// Activiti, which Flowable and many Chinese products come from.
pub(super) const ACTIVITI: &str = "http://activiti.org/bpmn";
/// Signavio.
pub(super) const SIGNAVIO: &str = "http://www.signavio.com";
/// Signavio, as older releases write it.
pub(super) const SIGNAVIO_OLD: &str = "http://www.signavio.com/schema/bpmn";
