//! What is likely to come next in a case: the engine looks ahead, with whatever it needs to know.

use std::sync::Arc;

use async_graphql::{Context, Result, SimpleObject};
use engine::facts::Facts;
use engine::instance::Instance;
use engine::rejection::Need;
use engine::simulate::forecast;
use engine::step::Refused;

use crate::context::{store, viewing};
use crate::error;

/// How often the engine may ask for more before it answers.
const ROUNDS_MAX: u32 = 8;

/// A node on which the case will wait.
#[derive(Debug, SimpleObject)]
pub(crate) struct ForecastStep {
    /// The node.
    node: String,
    /// What people call it.
    label: String,
    /// Whom its task will be offered to, where that can be said now: `role:…`, `person:…`.
    candidates: Vec<String>,
    /// Whether it comes for sure if every task is decided with its first outcome that goes on.
    certain: bool,
}

/// What comes next. The right to the case is asked before. Empty where the engine cannot say.
pub(crate) async fn of_case(ctx: &Context<'_>, state: &Instance) -> Result<Vec<ForecastStep>> {
    let language = viewing(ctx).language;
    let store = store(ctx)?;
    let failed = |failed: store::StoreError| error::store(&failed, language);
    let found = store.definition(state.process(), state.version()).await.map_err(failed)?;
    let published = found.ok_or_else(|| error::not_found("definition", language))?;
    let definition = &published.definition;
    let mut facts = Facts { calendars: Arc::clone(&published.calendars), ..Facts::default() };
    for _ in 0..ROUNDS_MAX {
        let needs = match forecast(definition, state, store.clock().now(), &facts) {
            Ok(ahead) => {
                let steps = ahead.steps.into_iter().map(|step| ForecastStep {
                    label: definition
                        .node(step.node.as_str())
                        .map_or(String::new(), |node| node.label(language).to_owned()),
                    node: step.node.to_string(),
                    candidates: step.candidates.iter().map(ToString::to_string).collect(),
                    certain: step.certain,
                });
                return Ok(steps.collect());
            }
            Err(Refused::Rejection(_)) => return Ok(Vec::new()),
            Err(Refused::Needs(needs)) => needs,
        };
        for need in needs {
            match need {
                Need::Document(hash) => {
                    let contents = store.contents(&[hash.to_string()]).await.map_err(failed)?;
                    facts
                        .documents
                        .extend(contents.into_values().map(|value| (hash.clone(), value)));
                }
                Need::Members(role) => {
                    let members = store.members(&role).await.map_err(failed)?;
                    facts.members.insert(role, Arc::new(members));
                }
                Need::Person(person) => {
                    let known = store.member(&person).await.map_err(failed)?;
                    facts.people.insert(person, known.map(Arc::new));
                }
                Need::Number { series, year } => {
                    facts.numbers.insert((series, year), 1);
                }
            }
        }
    }
    Ok(Vec::new())
}
