//! Ad-hoc sub-processes: what people may begin by themselves now.

use access::Action;
use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use engine::actor::Actor;
use engine::definition::Definition;
use engine::instance::Instance as State;
use engine::step::{Choices, choices};
use store::directory::Person;
use store::read::Choice;

use super::instance::Instance;
use crate::context::{Reader, Told as _, reader};
use crate::error;

/// An ad-hoc sub-process that is active: people begin its activities in any order (自由流程).
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub(crate) struct AdHocSubProcess {
    #[graphql(skip)]
    instance_id: i64,
    /// The number of its activation within its case, for `beginActivity`.
    key: u32,
    /// Its name in the definition.
    name: String,
    /// What people call it.
    label: String,
    /// Who begins its activities: `role:…`.
    candidates: Vec<String>,
    /// Its activities, in the order of the definition.
    activities: Vec<AdHocActivity>,
}

/// An activity of an ad-hoc sub-process that people begin.
#[derive(Debug, SimpleObject)]
pub(crate) struct AdHocActivity {
    /// Its name in the definition.
    name: String,
    /// What people call it.
    label: String,
    /// How often it was begun.
    rounds: u32,
    /// Whether whoever asks may begin one now.
    allowed: bool,
    /// Why not, as the error that `beginActivity` would give: a stable code.
    reason_code: Option<String>,
    /// Why not, in a sentence.
    reason: Option<String>,
}

#[ComplexObject]
impl AdHocSubProcess {
    /// Its case.
    async fn instance(&self, ctx: &Context<'_>) -> Result<Instance> {
        Instance::by_id(reader(ctx), self.instance_id).await
    }
}

/// What somebody may begin, in some cases that they may see: each by its case and its key. What is over
/// meanwhile is left out.
pub(crate) async fn of_rows(
    reader: Reader<'_>,
    rows: &[Choice],
) -> Result<Vec<(Choice, AdHocSubProcess)>> {
    let wanted = rows.iter().map(|row| row.instance_id);
    let states = reader.loaders.states.load_many(wanted).await.told(reader)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(state) = states.get(&row.instance_id) else { continue };
        reader.allow_case(Action::SeeCase, state).await?;
        let all = of_case(reader, state).await?;
        let own = all.into_iter().find(|one| i64::from(one.key) == row.key);
        found.extend(own.map(|own| (*row, own)));
    }
    Ok(found)
}

/// What people may begin in a case now. The right to the case is asked before.
pub(crate) async fn of_case(reader: Reader<'_>, state: &State) -> Result<Vec<AdHocSubProcess>> {
    let definition = reader.definition(state).await?;
    let actor = reader.viewing.person.as_ref().map_or(Actor::Public, Person::actor);
    let all = choices(&definition, state, &actor).into_iter();
    Ok(all.map(|one| told(reader, &definition, state, one)).collect())
}

fn told(
    reader: Reader<'_>,
    definition: &Definition,
    state: &State,
    choices: Choices,
) -> AdHocSubProcess {
    let label = |name: &str| {
        let node = definition.node(name);
        node.map_or_else(|| name.to_owned(), |node| node.label(reader.language()).to_owned())
    };
    let activities = choices.activities.into_iter().map(|(name, refused)| {
        let why = refused.map(|refused| error::reason(&refused, reader.language()));
        let (reason_code, reason) = why.unzip();
        AdHocActivity {
            label: label(name.as_str()),
            rounds: state.passed(name.as_str()).map_or(0, |passed| passed.round),
            allowed: reason_code.is_none(),
            name: name.to_string(),
            reason_code,
            reason,
        }
    });
    AdHocSubProcess {
        instance_id: state.id().0,
        key: choices.key.0,
        label: label(choices.node.as_str()),
        name: choices.node.to_string(),
        candidates: choices.candidates.iter().map(ToString::to_string).collect(),
        activities: activities.collect(),
    }
}
