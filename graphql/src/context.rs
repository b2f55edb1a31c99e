//! Who asks, in which language: put into each request's data by the HTTP side.

use access::{Action, Relation, Viewer};
use async_graphql::{Context, Result};
use engine::instance::{Instance, Waiting};
use engine::text::Language;
use store::Store;
use store::directory::Person;

use crate::error;

/// Who asks, and in which language they read.
#[derive(Debug, Clone, Default)]
pub struct Viewing {
    /// The person as the directory has them; none is the public.
    pub person: Option<Person>,
    /// The language of labels and messages.
    pub language: Language,
}

impl Viewing {
    /// The viewer as `access` knows them.
    pub fn viewer(&self) -> Viewer {
        let person = self.person.as_ref();
        Viewer {
            person: person.map(|person| person.id.as_str().into()),
            grants: person.map(|person| person.grants.clone()).unwrap_or_default(),
        }
    }
}

/// Who asks.
pub(crate) fn viewing<'a>(ctx: &Context<'a>) -> &'a Viewing {
    static PUBLIC: std::sync::OnceLock<Viewing> = std::sync::OnceLock::new();
    ctx.data_opt::<Viewing>().unwrap_or_else(|| PUBLIC.get_or_init(Viewing::default))
}

/// The store.
pub(crate) fn store<'a>(ctx: &Context<'a>) -> Result<&'a Store> {
    ctx.data::<Store>()
}

/// Who asks, where they are signed in.
pub(crate) fn person<'a>(ctx: &Context<'a>) -> Result<&'a Person> {
    viewing(ctx).person.as_ref().ok_or_else(|| error::not_signed_in(viewing(ctx).language))
}

/// Asks `access`.
pub(crate) fn allow(ctx: &Context<'_>, action: Action, relation: &Relation) -> Result<()> {
    access::may(&viewing(ctx).viewer(), action, relation)
        .map_err(|denied| error::denied(&denied, viewing(ctx).language))
}

/// Asks `access` about a case.
pub(crate) async fn allow_case(
    ctx: &Context<'_>,
    action: Action,
    instance: &Instance,
) -> Result<()> {
    let relation = relation(ctx, instance).await?;
    allow(ctx, action, &relation)
}

/// How whoever asks stands to a case.
pub(crate) async fn relation(ctx: &Context<'_>, instance: &Instance) -> Result<Relation> {
    let Some(person) = &viewing(ctx).person else { return Ok(Relation::default()) };
    let mut relation = Relation {
        initiator: instance.initiator().is_some_and(|it| it.person.as_str() == person.id),
        took_part: instance
            .all_passed()
            .values()
            .any(|passed| passed.people.iter().any(|one| one.as_str() == person.id)),
        ..Relation::default()
    };
    for activation in instance.activations().values() {
        if let Waiting::Task { candidates, .. } = &activation.waiting {
            relation.candidates.extend(candidates.iter().cloned());
        }
    }
    // Only whom nothing else ties to the case costs a query: no row of an inbox does.
    let offered = relation.candidates.iter().any(|candidate| person.actor().is(candidate));
    if !relation.initiator && !relation.took_part && !offered {
        let copied = store(ctx)?.is_copied_to(instance.id().0, &person.id).await;
        relation.copied = copied.map_err(|failed| error::store(&failed, viewing(ctx).language))?;
    }
    Ok(relation)
}
