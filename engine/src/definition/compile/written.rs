//! What is written to the variables of a process, as far as the process itself says it: the type
//! of a variable that its author calls `any`.

use super::{Flat, type_of};
use crate::definition::Library;
use crate::definition::source::{ProcessSource, VariableType};
use crate::elements::Element;
use crate::expression::Type;

/// The type that a variable has in expressions. One that only decisions write is what their tables
/// give: it need not be said twice.
pub(super) fn variable(
    source: &ProcessSource,
    library: &Library,
    flat: &[Flat<'_>],
    name: &str,
) -> Option<Type> {
    let variable = source.variables.get(name)?;
    if variable.kind != VariableType::Any || variable.initial.is_some() || library.as_written {
        return Some(type_of(variable.kind));
    }
    let written = flat.iter().flat_map(|node| written(node.element, library));
    let types = written.filter(|(into, _)| *into == name).map(|(_, ty)| ty);
    Some(types.reduce(|one, other| one.join(&other)).unwrap_or(Type::Any))
}

/// The variables that an element writes, each with the type of what it writes there.
pub(super) fn written<'a>(element: &'a Element, library: &Library) -> Vec<(&'a str, Type)> {
    let anything = |into: &'a Option<String>| of(into.as_ref(), Type::Any);
    let mut written = match element {
        Element::BusinessRuleTask(task) => {
            let table = library.decisions.get(&task.decision);
            vec![(task.into.as_str(), table.map_or(Type::Any, |table| table.result_type()))]
        }
        Element::Draw(draw) => {
            let people = || Type::Id.list();
            let mut written = of(draw.reserves_into.as_ref(), people());
            written.push((draw.into.as_str(), people()));
            written
        }
        Element::ScriptTask(script) => {
            script.set.keys().map(|name| (name.as_str(), Type::Any)).collect()
        }
        Element::UserTask(task) => of(task.score.as_ref().map(|score| &score.into), Type::Any),
        Element::Record(record) => anything(&record.into),
        Element::ServiceTask(task) => {
            let taken = task.http.iter().flat_map(|call| call.result.keys());
            let taken = taken.map(|name| (name.as_str(), Type::Any));
            anything(&task.into).into_iter().chain(taken).collect()
        }
        Element::ReceiveTask(task) => anything(&task.into),
        Element::StartEvent(event) => anything(&event.into),
        Element::BoundaryEvent(event) => anything(&event.into),
        Element::IntermediateCatchEvent(event) => anything(&event.into),
        // An intake writes a document; a called case brings documents.
        Element::Intake(_)
        | Element::CallActivity(_)
        | Element::AdHocSubProcess(_)
        | Element::ComplexGateway(_)
        | Element::EndEvent(_)
        | Element::EventBasedGateway(_)
        | Element::EventSubProcess(_)
        | Element::ExclusiveGateway(_)
        | Element::InclusiveGateway(_)
        | Element::IntermediateThrowEvent(_)
        | Element::ManualTask(_)
        | Element::Notify(_)
        | Element::ParallelGateway(_)
        | Element::Publish(_)
        | Element::SendTask(_)
        | Element::SubProcess(_)
        | Element::Transaction(_) => Vec::new(),
    };
    let results = element.for_each().and_then(|each| each.into.as_ref());
    written.extend(of(results, Type::Any));
    written
}

fn of(into: Option<&String>, ty: Type) -> Vec<(&str, Type)> {
    into.map(|into| (into.as_str(), ty)).into_iter().collect()
}
