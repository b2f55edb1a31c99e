//! What is likely to come next in a case: the engine looks ahead, with whatever it needs to know.

use async_graphql::{Result, SimpleObject};
use engine::instance::Instance as State;
use engine::simulate::forecast;

use crate::context::Reader;
use crate::operations::with_facts;

/// A node on which the case will wait.
#[derive(Debug, SimpleObject)]
pub(crate) struct ForecastStep {
    /// The node, by its name in the definition.
    node: String,
    /// What people call it.
    label: String,
    /// Whom its task will be offered to, where that can be said now: `role:…`, `person:…`.
    candidates: Vec<String>,
    /// Whether it comes for sure if every task is decided with its first outcome that goes on.
    certain: bool,
}

/// What comes next. The right to the case is asked before. Empty where the engine cannot say.
pub(crate) async fn of_case(reader: Reader<'_>, state: &State) -> Result<Vec<ForecastStep>> {
    let published = reader.published(state).await?;
    let definition = &published.definition;
    let now = reader.store.clock().now();
    let ahead = with_facts(reader, &published, |facts| forecast(definition, state, now, facts));
    let steps = ahead.await?.map(|ahead| ahead.steps).unwrap_or_default();
    let steps = steps.into_iter().map(|step| ForecastStep {
        label: definition
            .node(step.node.as_str())
            .map_or(String::new(), |node| node.label(reader.language()).to_owned()),
        node: step.node.to_string(),
        candidates: step.candidates.iter().map(ToString::to_string).collect(),
        certain: step.certain,
    });
    Ok(steps.collect())
}
