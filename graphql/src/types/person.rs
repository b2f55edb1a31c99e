//! A person.

use access::{Action, Relation};
use async_graphql::{Context, ID, Object, Result};

use crate::context::{Reader, Told as _, reader};
use crate::ids::GlobalId;

/// A person of the directory.
#[derive(Debug, Clone)]
pub(crate) struct Person(pub(crate) store::directory::Person);

impl Person {
    /// A person by the word that packs name them by; none where there is none, or not for whoever
    /// asks.
    pub(crate) async fn load(reader: Reader<'_>, person: Option<&str>) -> Result<Option<Self>> {
        let Some(person) = person else { return Ok(None) };
        if reader.may(Action::SeePeople, &Relation::default()).is_err() {
            return Ok(None);
        }
        let found = reader.loaders.people.load(person.to_owned()).await.told(reader)?;
        Ok(found.map(Self))
    }
}

#[Object]
impl Person {
    /// Their global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Person(self.0.id.clone()).to_id()
    }

    /// The word that packs, commands and the journal name them by, such as `li`.
    async fn handle(&self) -> &str {
        &self.0.id
    }

    /// Their name, in the language that is asked for where the directory has it.
    async fn name(&self, ctx: &Context<'_>) -> &str {
        self.0.called(reader(ctx).language())
    }

    /// The unit they belong to, by name.
    async fn unit(&self) -> Option<&str> {
        self.0.unit.as_deref()
    }

    /// The roles they hold, `role` or `role@unit`; none where whoever asks is somebody else and does
    /// not oversee.
    async fn roles(&self, ctx: &Context<'_>) -> Option<Vec<String>> {
        let reader = reader(ctx);
        let own = reader.viewing.person.as_ref().is_some_and(|person| person.id == self.0.id);
        let relation = Relation { own, ..Relation::default() };
        reader.may(Action::SeeRoles, &relation).ok()?;
        let grants = self.0.grants.iter();
        let roles = grants.map(|grant| match &grant.unit {
            Some(unit) => format!("{}@{unit}", grant.role),
            None => grant.role.to_string(),
        });
        Some(roles.collect())
    }
}
