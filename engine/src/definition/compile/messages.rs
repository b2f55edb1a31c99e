//! How long messages are kept, as the process declares it.

use std::collections::BTreeMap;

use super::Flat;
use crate::clock::Span;
use crate::definition::Library;
use crate::definition::source::ProcessSource;
use crate::elements::Element;
use crate::ids::MessageName;
use crate::problem::{Problem, did_you_mean};

/// How long each declared message is kept. One that the process neither sends nor waits for is told
/// of.
pub(super) fn kept(
    source: &ProcessSource,
    library: &Library,
    flat: &[Flat<'_>],
    problems: &mut Vec<Problem>,
) -> BTreeMap<MessageName, Span> {
    let used: Vec<&MessageName> = flat.iter().filter_map(|node| named(node.element)).collect();
    for name in source.messages.keys().filter(|name| !used.contains(name)) {
        let message = format!("expected a message that a node names, but none names `{name}`");
        let known = used.iter().map(|name| name.as_str());
        let problem = Problem::warning("unusedMessage", message)
            .maybe_hint(did_you_mean(name.as_str(), known));
        problems.push(problem.under(&["messages", name.as_str()]));
    }
    let has_calendar = source.calendar.is_some()
        || library.calendar.is_some()
        || library.calendars.contains_key(super::DEFAULT_CALENDAR);
    if !source.messages.is_empty() && !has_calendar {
        let message = "expected a calendar to count the time by, but neither the process nor \
                       pack.yaml names one";
        let problem = Problem::error("noCalendar", message)
            .hint("name one of calendars/ as `calendar:` in pack.yaml");
        problems.push(problem.under(&["messages"]));
    }
    source.messages.iter().map(|(name, message)| (name.clone(), message.keep)).collect()
}

/// The message that an element sends or waits for.
fn named(element: &Element) -> Option<&MessageName> {
    match element {
        Element::StartEvent(event) => event.message.as_ref(),
        Element::BoundaryEvent(event) => event.message.as_ref(),
        Element::IntermediateCatchEvent(event) => event.message.as_ref(),
        Element::IntermediateThrowEvent(event) => event.message.as_ref(),
        Element::EndEvent(event) => event.message.as_ref(),
        Element::SendTask(task) => Some(&task.message),
        Element::ReceiveTask(task) => Some(&task.message),
        _ => None,
    }
}
