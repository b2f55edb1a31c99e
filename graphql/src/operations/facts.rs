//! Asking the engine what a command would do: it is carried out on a copy of the case with all that
//! the step needs to know, and the copy is thrown away.

use std::sync::Arc;

use async_graphql::Result;
use engine::command::{Command, Envelope};
use engine::facts::{Facts, ROUNDS_MAX};
use engine::ids::{PersonId, UnitId};
use engine::instance::Instance as State;
use engine::rejection::{Need, Rejection};
use engine::step::{Refused, Stepped, step};
use store::Published;

use crate::context::{Reader, Told as _};
use crate::error;

#[derive(Debug, thiserror::Error)]
#[error("a step asked for more than {ROUNDS_MAX} times")]
struct AskedTooOften;

/// What the engine says, told whatever it needs to know.
pub(crate) async fn with_facts<T>(
    reader: Reader<'_>,
    published: &Published,
    ask: impl Fn(&Facts) -> std::result::Result<T, Refused>,
) -> Result<std::result::Result<T, Rejection>> {
    let deputies = reader.store.deputies().await.told(reader)?;
    let calendars = Arc::clone(&published.calendars);
    let mut facts = Facts { calendars, deputies, ..Facts::default() };
    for _ in 0..ROUNDS_MAX {
        let needs = match ask(&facts) {
            Ok(answer) => return Ok(Ok(answer)),
            Err(Refused::Rejection(rejection)) => return Ok(Err(rejection)),
            Err(Refused::Needs(needs)) => needs,
        };
        let (mut hashes, mut roles, mut people) = (Vec::new(), Vec::new(), Vec::new());
        let (mut names, mut units) = (Vec::new(), Vec::new());
        for need in needs {
            match need {
                Need::Document(hash) => hashes.push(hash),
                Need::Members(role) => roles.push(role),
                // Nothing is begun for good: whether somebody can do it, the command itself will say.
                Need::Held(principal) => {
                    Arc::make_mut(&mut facts.held).insert(principal, true);
                }
                Need::Person(person) => people.push(person),
                Need::Name(id) => names.push(id),
                Need::Unit(id) => units.push(id),
                Need::Version(version) => {
                    let process = published.definition.process();
                    let other = reader.store.definition(process, version).await.told(reader)?;
                    let other = other.map(|other| Arc::clone(&other.definition));
                    facts.versions.insert(version, other);
                }
                Need::Number { series, year } => {
                    facts.numbers.insert((series, year), 1);
                }
                Need::Entry { register, number } => {
                    let entry = reader.store.entry(&register, &number).await.told(reader)?;
                    facts.entries.insert((register, number), entry.map(Arc::new));
                }
                Need::Entries { register, column, sought } => {
                    let found = reader.store.entries_found(&register, &column, &sought);
                    let found = found.await.told(reader)?.map(Arc::new);
                    facts.found.insert((register, column, sought), found);
                }
            }
        }
        let wanted = hashes.iter().map(ToString::to_string);
        let contents = reader.loaders.contents.load_many(wanted).await.told(reader)?;
        for hash in hashes {
            if let Some(content) = contents.get(hash.as_str()) {
                facts.documents.insert(hash, Arc::clone(content));
            }
        }
        of_directory(reader, &mut facts, (people, names, units)).await?;
        if !roles.is_empty() {
            facts.members.extend(reader.loaders.members.load_many(roles).await.told(reader)?);
        }
    }
    Err(error::internal(&AskedTooOften, reader.language()))
}

/// Tells what the directory has of people, of units, and of what either is called.
async fn of_directory(
    reader: Reader<'_>,
    facts: &mut Facts,
    (people, names, units): (Vec<PersonId>, Vec<String>, Vec<UnitId>),
) -> Result<()> {
    let wanted = people.iter().map(ToString::to_string);
    let mut known = reader.loaders.people.load_many(wanted).await.told(reader)?;
    for person in people {
        let member = known.remove(person.as_str()).map(|known| Arc::new(known.into_member()));
        facts.people.insert(person, member);
    }
    let mut called = reader.loaders.names.load_many(names.clone()).await.told(reader)?;
    for id in names {
        let name = called.remove(&id);
        facts.names.insert(id, name);
    }
    let mut known = reader.loaders.units.load_many(units.clone()).await.told(reader)?;
    for id in units {
        let unit = known.remove(&id);
        facts.units.insert(id, unit);
    }
    Ok(())
}

/// The envelope that a command of whoever asks would have now.
pub(crate) fn envelope(reader: Reader<'_>, command: Command) -> Envelope {
    let actor = reader.viewing.viewer().actor();
    Envelope { command, ..Envelope::asking(reader.store.clock().now(), actor) }
}

/// What a command would do, or why it would be refused.
pub(crate) async fn attempt(
    reader: Reader<'_>,
    published: &Published,
    state: &State,
    command: Command,
) -> Result<std::result::Result<Stepped, Rejection>> {
    let envelope = envelope(reader, command);
    with_facts(reader, published, |facts| step(&published.definition, state, &envelope, facts))
        .await
}
