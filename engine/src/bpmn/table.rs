//! Which BPMN element is which `type` of ours. Somebody who adds an element to
//! `engine::elements` adds a row here; a test says so when it is missing.

/// What an element is to the rules of BPMN and on a diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Start,
    End,
    Catch,
    Throw,
    Boundary,
    /// A task or a call activity.
    Task,
    /// A sub-process of any kind.
    Scope,
    Gateway,
}

impl Class {
    pub(super) const fn is_event(self) -> bool {
        matches!(self, Self::Start | Self::End | Self::Catch | Self::Throw | Self::Boundary)
    }

    pub(super) const fn is_activity(self) -> bool {
        matches!(self, Self::Task | Self::Scope)
    }
}

/// An element's two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// What YAML says in `type`.
    pub(super) kind: &'static str,
    /// What BPMN calls it.
    pub(super) tag: &'static str,
    pub(super) class: Class,
    /// Whether BPMN has it; the others are written as the element `tag` with an extension.
    pub(super) standard: bool,
}

const fn row(kind: &'static str, tag: &'static str, class: Class) -> Row {
    Row { kind, tag, class, standard: true }
}

const fn ours(kind: &'static str, tag: &'static str, class: Class) -> Row {
    Row { kind, tag, class, standard: false }
}

/// Every element. Where BPMN has one that we do not, its row says what `type` it will be.
pub(super) const ROWS: &[Row] = &[
    row("startEvent", "startEvent", Class::Start),
    row("endEvent", "endEvent", Class::End),
    row("intermediateCatchEvent", "intermediateCatchEvent", Class::Catch),
    row("intermediateThrowEvent", "intermediateThrowEvent", Class::Throw),
    row("boundaryEvent", "boundaryEvent", Class::Boundary),
    row("userTask", "userTask", Class::Task),
    row("serviceTask", "serviceTask", Class::Task),
    row("scriptTask", "scriptTask", Class::Task),
    row("businessRuleTask", "businessRuleTask", Class::Task),
    row("sendTask", "sendTask", Class::Task),
    row("receiveTask", "receiveTask", Class::Task),
    row("manualTask", "manualTask", Class::Task),
    row("callActivity", "callActivity", Class::Task),
    row("subProcess", "subProcess", Class::Scope),
    // The attribute `triggeredByEvent` tells it from the other.
    row("eventSubProcess", "subProcess", Class::Scope),
    row("transaction", "transaction", Class::Scope),
    row("adHocSubProcess", "adHocSubProcess", Class::Scope),
    row("exclusiveGateway", "exclusiveGateway", Class::Gateway),
    row("inclusiveGateway", "inclusiveGateway", Class::Gateway),
    row("parallelGateway", "parallelGateway", Class::Gateway),
    row("eventBasedGateway", "eventBasedGateway", Class::Gateway),
    row("complexGateway", "complexGateway", Class::Gateway),
    // An undefined task is work for somebody.
    Row { standard: false, ..row("userTask", "task", Class::Task) },
    ours("intake", "receiveTask", Class::Task),
    ours("publish", "sendTask", Class::Task),
    ours("record", "serviceTask", Class::Task),
    ours("draw", "serviceTask", Class::Task),
    ours("notify", "sendTask", Class::Task),
];

/// The row of a BPMN element.
pub(super) fn of_tag(tag: &str) -> Option<&'static Row> {
    let standard = ROWS.iter().find(|row| row.tag == tag && row.standard);
    standard.or_else(|| ROWS.iter().find(|row| row.tag == tag && tag == "task"))
}

/// The row of a `type`.
pub(super) fn of_kind(kind: &str) -> Option<&'static Row> {
    let standard = ROWS.iter().find(|row| row.kind == kind && row.standard);
    standard.or_else(|| ROWS.iter().find(|row| row.kind == kind))
}

#[cfg(test)]
mod tests {
    use super::of_kind;
    use crate::elements::KINDS;

    #[test]
    fn every_element_of_ours_has_a_row() {
        let missing: Vec<_> = KINDS.iter().filter(|kind| of_kind(kind).is_none()).collect();
        assert!(missing.is_empty(), "add a row for {missing:?} to `ROWS`");
    }
}
