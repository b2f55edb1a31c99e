//! Who asks, in which language, and what a resolver reads with. The HTTP side puts a `Viewing` into
//! each request's data; everything a resolver shows goes through `Reader`, which asks `access`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use access::{Action, Denied, Relation, Viewer};
use async_graphql::{Context, Error, Result};
use engine::actor::Principal;
use engine::command::Envelope;
use engine::definition::{Definition, Node, Scope};
use engine::ids::{Key, PersonId};
use engine::instance::{Earlier, Instance as State, Status, Waiting};
use engine::step::{Handler, handlers};
use engine::text::{Language, Text};
use engine::time::Timestamp;
use store::directory::Person;
use store::read::CaseScope;
use store::{Published, Store, StoreError, SubmitError};

use crate::error;
use crate::loaders::Loaders;
use crate::operations;

/// How many callers above a case are asked whose people may see it.
const CALLERS_MAX: usize = 8;

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

/// What a resolver reads with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// The store.
    pub(crate) store: &'a Store,
    /// Who asks.
    pub(crate) viewing: &'a Viewing,
    /// The request's loaders.
    pub(crate) loaders: &'a Loaders,
}

/// The reader of a request.
pub(crate) fn reader<'a>(ctx: &Context<'a>) -> Reader<'a> {
    static PUBLIC: std::sync::OnceLock<Viewing> = std::sync::OnceLock::new();
    Reader {
        store: ctx.data_unchecked(),
        viewing: ctx.data_opt().unwrap_or_else(|| PUBLIC.get_or_init(Viewing::default)),
        loaders: ctx.data_unchecked(),
    }
}

impl<'a> Reader<'a> {
    /// The language of whoever asks.
    pub(crate) fn language(self) -> Language {
        self.viewing.language
    }

    /// A text in that language.
    pub(crate) fn text(self, text: &Text) -> String {
        text.get(self.language()).to_owned()
    }

    /// Who asks, where they are signed in.
    pub(crate) fn person(self) -> Result<&'a Person> {
        self.viewing.person.as_ref().ok_or_else(|| error::not_signed_in(self.language()))
    }

    /// What time it is, in milliseconds.
    pub(crate) fn now(self) -> i64 {
        self.store.clock().now().0
    }

    /// Asks `access`.
    pub(crate) fn allow(self, action: Action, relation: &Relation) -> Result<()> {
        self.may(action, relation).map_err(|denied| match self.viewing.person {
            Some(_) => error::denied(&denied, self.language()),
            None => error::not_signed_in(self.language()),
        })
    }

    /// Asks `access` about what no case is needed for.
    pub(crate) fn allow_all(self, action: Action) -> Result<()> {
        self.allow(action, &Relation::default())
    }

    /// Logs what the store failed with: once a request, however many fields it failed for.
    fn log(self, failed: &StoreError) {
        match failed {
            StoreError::NotFound(_) | StoreError::KeyReused | StoreError::Refused(_) => {}
            _ if self.loaders.has_failed.swap(true, Ordering::Relaxed) => {}
            StoreError::Unavailable(_) => {
                tracing::warn!(error = %failed, "the store does not answer");
            }
            StoreError::Settings(_) | StoreError::Database(_) | StoreError::Files(_) => {
                tracing::error!(error = %failed, "a resolver failed");
            }
        }
    }

    /// What `access` says.
    pub(crate) fn may(self, action: Action, relation: &Relation) -> Result<(), Denied> {
        access::may(&self.viewing.viewer(), action, relation)
    }

    /// Asks `access` about a case. Whoever may not even see it is told what is told of a case that
    /// does not exist.
    pub(crate) async fn allow_case(self, action: Action, state: &State) -> Result<()> {
        let relation = self.relation(state).await?;
        if self.viewing.person.is_some() && self.may(Action::SeeCase, &relation).is_err() {
            return Err(error::not_found(error::Thing::INSTANCE, self.language()));
        }
        self.allow(action, &relation)
    }

    /// How whoever asks stands to a case.
    pub(crate) async fn relation(self, state: &State) -> Result<Relation> {
        let Some(person) = &self.viewing.person else { return Ok(Relation::default()) };
        let mut relation = tied(&person.id, state);
        if self.stands_in(person, state, &relation.candidates).await? {
            relation.candidates.push(Principal::Person(person.id.as_str().into()));
        }
        // Only whom nothing else ties to the case is looked up.
        let offered = relation.candidates.iter().any(|candidate| person.actor().is(candidate));
        if !relation.initiator && !relation.took_part && !offered {
            let asked = (person.id.clone(), state.id().0);
            let did = self.loaders.did.load(asked.clone()).await;
            relation.took_part = did.told(self)?.is_some();
            let copied = self.loaders.copied.load(asked).await;
            relation.copied = copied.told(self)?.is_some();
            relation.overlooks = self.overlooks(state).await?;
            // The task is not theirs, but they are asked whether it may take longer.
            let definition = self.definition(state).await?;
            relation.candidates.extend(definition.extenders(state));
            // Nor is it theirs yet, but they are going to do it.
            let awaits = self.awaits(state).await?;
            relation.candidates.extend(awaits.into_iter().map(|it| it.principal));
            let is_told = relation.took_part || relation.copied;
            relation.called = !is_told && (self.gave(state) || self.calls(state).await?);
        }
        Ok(relation)
    }

    /// Whether something that is offered is offered to somebody for whom a person stands in.
    pub(crate) async fn stands_in(
        self,
        person: &Person,
        state: &State,
        candidates: &[Principal],
    ) -> Result<bool> {
        if state.status() != Status::Active || candidates.is_empty() {
            return Ok(false);
        }
        let all = self.store.deputies().await.told(self)?;
        let (own, now) = (PersonId::new(&person.id), self.store.clock().now());
        let mut standing = all.standing(&own, state.process(), now);
        Ok(standing.any(|one| candidates.iter().any(|candidate| one.is_offered(candidate))))
    }

    /// Whether whoever asks reads a case as a reader of its process: by the newest version, whichever the
    /// case runs on, so that their lists have what they may open.
    pub(crate) async fn overlooks(self, state: &State) -> Result<bool> {
        let Some(person) = &self.viewing.person else { return Ok(false) };
        let newest = self.store.newest_definition(state.process());
        Ok(match newest {
            Some(newest) => newest.definition.is_read_by(state, &person.actor()),
            None => self.definition(state).await?.is_read_by(state, &person.actor()),
        })
    }

    /// The processes whose cases whoever asks reads without taking part, of one or of all, and which.
    pub(crate) fn scopes(self, process: Option<&str>) -> Vec<CaseScope> {
        let Some(person) = &self.viewing.person else { return Vec::new() };
        let actor = person.actor();
        let newest = match process {
            Some(process) => self.store.newest_definition(&process.into()).into_iter().collect(),
            None => self.store.newest_definitions(),
        };
        let scopes = newest.iter().filter_map(|one| {
            let process = one.definition.process().to_string();
            let units = match one.definition.scope_of(&actor)? {
                Scope::All => None,
                Scope::Units(units) => Some(units.iter().map(ToString::to_string).collect()),
            };
            Some(CaseScope { process, units })
        });
        scopes.collect()
    }

    /// Tasks that whoever asks is going to get by a role and that show what comes in to intakes of a case
    /// which are open and not sealed.
    pub(crate) async fn awaits(self, state: &State) -> Result<Vec<Handler>> {
        let Some(person) = &self.viewing.person else { return Ok(Vec::new()) };
        let is_unsealed =
            |waiting: &Waiting| matches!(waiting, Waiting::Submissions { sealed: false, .. });
        if !state.activations().values().any(|open| is_unsealed(&open.waiting)) {
            return Ok(Vec::new());
        }
        let published = self.published(state).await?;
        let actor = person.actor();
        let envelope = Envelope::asking(self.store.clock().now(), actor.clone());
        let found = operations::with_facts(self, &published, |facts| {
            handlers(&published.definition, state, &envelope, facts)
        });
        let mut found = found.await?.unwrap_or_default();
        found.retain(|it| actor.is(&it.principal));
        Ok(found)
    }

    /// Whether this request gave the case a command: whoever gave their part in it up by that is told
    /// what became of it, this once.
    fn gave(self, state: &State) -> bool {
        let given = self.loaders.given.lock();
        given.is_ok_and(|given| given.contains(&state.id().0))
    }

    /// Whether whoever asks is of a case that called this one, or the one that called that.
    async fn calls(self, state: &State) -> Result<bool> {
        let Some(person) = &self.viewing.person else { return Ok(false) };
        let mut above = state.parent().map(|parent| parent.instance.0);
        for _ in 0..CALLERS_MAX {
            let Some(id) = above else { return Ok(false) };
            let Some(caller) = self.loaders.states.load(id).await.told(self)? else {
                return Ok(false);
            };
            let tie = tied(&person.id, &caller);
            let offered = tie.candidates.iter().any(|candidate| person.actor().is(candidate));
            if tie.initiator || tie.took_part || offered {
                return Ok(true);
            }
            above = caller.parent().map(|parent| parent.instance.0);
        }
        Ok(false)
    }

    /// The state of a case, read with those of its neighbours. Whoever shows it asks first.
    pub(crate) async fn state(self, instance: i64) -> Result<Arc<State>> {
        let state = self.loaders.states.load(instance).await.told(self)?;
        state.ok_or_else(|| error::not_found(error::Thing::INSTANCE, self.language()))
    }

    /// The definition that a case runs on, with its pack and calendars.
    pub(crate) async fn published(self, state: &State) -> Result<Arc<Published>> {
        let found = self.store.definition(state.process(), state.version()).await.told(self)?;
        found.ok_or_else(|| error::not_found(error::Thing::DEFINITION, self.language()))
    }

    /// Every version of the definition that a case ran on.
    pub(crate) async fn versions(self, state: &State) -> Result<Versions> {
        let mut earlier = Vec::with_capacity(state.earlier().len());
        for one in state.earlier() {
            let found = self.store.definition(state.process(), one.version).await.told(self)?;
            earlier.extend(found.map(|found| (one.clone(), Arc::clone(&found.definition))));
        }
        Ok(Versions { earlier, current: (state.version(), self.definition(state).await?) })
    }

    /// What a case is called in a list: its title; without one, what its process is called, with the
    /// case number where there is one.
    pub(crate) async fn title(self, state: &State) -> Result<String> {
        if let Some(title) = state.title().filter(|title| !title.trim().is_empty()) {
            return Ok(title.to_owned());
        }
        let label = self.text(self.definition(state).await?.name());
        Ok(match state.number() {
            Some(number) => format!("{label} {number}"),
            None => label,
        })
    }

    /// The definition that a case runs on.
    pub(crate) async fn definition(self, state: &State) -> Result<Arc<Definition>> {
        Ok(Arc::clone(&self.published(state).await?.definition))
    }
}

/// How a person stands to a case by what the case itself says: all but what was copied to them.
pub(crate) fn tied(person: &str, state: &State) -> Relation {
    let own = PersonId::new(person);
    let mut relation = Relation {
        initiator: state.initiator().is_some_and(|it| it.person == own)
            || state.is_initiators(&own),
        took_part: state.all_passed().values().any(|passed| passed.is_done_by(&own)),
        ..Relation::default()
    };
    for activation in state.activations().values() {
        match &activation.waiting {
            Waiting::Choosing { candidates, .. } => {
                relation.candidates.extend(candidates.iter().cloned());
            }
            Waiting::Task { candidates, assignee, owner, away, .. } => {
                relation.candidates.extend(candidates.iter().cloned());
                // It may have become somebody's whom it was never offered to.
                let away = away.iter().map(|away| &away.person);
                let theirs = away.chain(assignee).chain(owner).cloned();
                relation.candidates.extend(theirs.map(Principal::Person));
            }
            _ => {}
        }
    }
    relation
}

/// The versions of a definition that a case ran on.
pub(crate) struct Versions {
    /// Each with the time at which the case went over to the next one.
    earlier: Vec<(Earlier, Arc<Definition>)>,
    current: (u32, Arc<Definition>),
}

impl Versions {
    /// A node as the case had it at some time; where it had none of that name then, as it had it at
    /// another time.
    pub(crate) fn node(&self, at: Timestamp, name: &str) -> Option<&Node> {
        let then = self.earlier.iter().find(|(one, _)| at < one.until).map(|(_, then)| then);
        let others = self.earlier.iter().rev().map(|(_, other)| other);
        let mut all = then.into_iter().chain([&self.current.1]).chain(others);
        all.find_map(|definition| definition.node(name))
    }

    /// Whether something is true of a node of that name in any of them.
    pub(crate) fn ever(&self, name: &str, is: impl Fn(&Node) -> bool) -> bool {
        let earlier = self.earlier.iter().map(|(_, then)| then);
        let mut all = std::iter::once(&self.current.1).chain(earlier);
        all.any(|definition| definition.node(name).is_some_and(&is))
    }

    /// The definition that the case runs on.
    pub(crate) fn current(&self) -> &Definition {
        &self.current.1
    }

    /// One that the case ran on, by its number.
    pub(crate) fn numbered(&self, version: u32) -> Option<&Definition> {
        let earlier = self.earlier.iter().map(|(one, then)| (one.version, then));
        let current = std::iter::once((self.current.0, &self.current.1));
        let mut all = current.chain(earlier);
        all.find_map(|(number, then)| (number == version).then_some(&**then))
    }
}

/// Says what went wrong in the language of whoever asks.
pub(crate) trait Told<T> {
    /// The value, or the error as a client gets it.
    fn told(self, reader: Reader<'_>) -> Result<T>;
}

impl<T> Told<T> for std::result::Result<T, StoreError> {
    fn told(self, reader: Reader<'_>) -> Result<T> {
        self.map_err(|failed| {
            reader.log(&failed);
            error::store(&failed, reader.language())
        })
    }
}

impl<T> Told<T> for std::result::Result<T, Arc<StoreError>> {
    fn told(self, reader: Reader<'_>) -> Result<T> {
        self.map_err(|failed| {
            reader.log(&failed);
            error::store(&failed, reader.language())
        })
    }
}

impl<T> Told<T> for std::result::Result<T, SubmitError> {
    fn told(self, reader: Reader<'_>) -> Result<T> {
        self.map_err(|failed| error::submit(&failed, reader.language()))
    }
}

impl<T> Told<T> for std::result::Result<T, serde_json::Error> {
    fn told(self, reader: Reader<'_>) -> Result<T> {
        self.map_err(|failed: serde_json::Error| -> Error {
            error::internal(&failed, reader.language())
        })
    }
}

/// A key as tables have it, as the engine has it.
pub(crate) fn key(key: i64) -> Key {
    Key(u32::try_from(key).unwrap_or_default())
}
