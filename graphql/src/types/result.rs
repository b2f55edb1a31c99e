//! What a case has worked out, as a person reads it: variables to which the definition gives a label.

use async_graphql::{Result, SimpleObject};
use engine::instance::Instance as State;

use super::Json;
use super::shown::Words;
use crate::context::Reader;
use crate::sight::Sight;

/// Something that was worked out in a case.
#[derive(Debug, SimpleObject)]
pub(crate) struct CaseResult {
    /// The variable's name in the definition.
    name: String,
    /// What people call it.
    label: Words,
    /// Its value.
    value: Json,
    /// The value in words.
    text: Words,
}

/// What a case has worked out so far; nothing for who stands outside of it.
pub(crate) async fn of_case(reader: Reader<'_>, state: &State) -> Result<Vec<CaseResult>> {
    if !Sight::of(reader, state).await?.is_inside() {
        return Ok(Vec::new());
    }
    let definition = reader.definition(state).await?;
    let there = definition.results().iter().filter_map(|(name, label)| {
        let value = state.variables().get(name).filter(|value| !value.is_null())?;
        Some(CaseResult {
            name: name.clone(),
            label: Words::from(label),
            value: Json(value.clone()),
            text: Words::of(value),
        })
    });
    Ok(there.collect())
}
