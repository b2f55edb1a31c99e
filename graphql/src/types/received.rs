//! What came in to an intake that is open: unless it is sealed, for those who read the list that it
//! becomes, and for whoever handed it in. Once it has closed, that list has it.

use access::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use engine::definition::{Document, Node, Using};
use engine::elements::Element;
use engine::ids::{Key, PersonId};
use engine::instance::{Instance as State, Submission, Waiting};
use engine::step::own_submissions;
use serde_json::Value;
use store::read::{Page as Rows, Slice};
use store::tables::intake;

use super::attachment::Attachment;
use super::document::of_submissions;
use super::person::Person;
use super::{Json, instant};
use crate::context::{Reader, Told as _, key, reader};
use crate::paging::{Place, connection};
use crate::sight::Sight;

/// Something that came in and counts.
#[derive(Debug)]
pub(crate) struct ReceivedSubmission {
    instance: i64,
    submission: Submission,
    content: Value,
    /// Whether whoever asks may read who handed it in.
    named: bool,
    /// Whether they may see all of it.
    whole: bool,
}

#[Object]
impl ReceivedSubmission {
    /// Its number in the intake, from 1.
    async fn number(&self) -> u32 {
        self.submission.number
    }

    /// When it was received (RFC 3339, UTC).
    async fn received_at(&self) -> Option<DateTime<Utc>> {
        instant(self.submission.at.0)
    }

    /// Who handed it in; none for the public, and where whoever asks reads no names of others.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        let person = self.submission.person.as_ref().filter(|_| self.named);
        Person::load(reader(ctx), person.map(PersonId::as_str)).await
    }

    /// SHA-256 of what was handed in, in hexadecimal: the one of the receipt; none where whoever asks may
    /// not see every field.
    async fn hash(&self) -> Option<&str> {
        self.whole.then_some(self.submission.hash.as_str())
    }

    /// What was handed in; fields that one may not see are left out.
    async fn content(&self) -> Json {
        Json(self.content.clone())
    }

    /// The files that it refers to.
    async fn files(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        let reader = reader(ctx);
        Attachment::all_of_case(reader, &self.content, self.instance).await
    }
}

/// A submission that whoever asks may replace or take back.
#[derive(Debug)]
pub(crate) struct OwnedSubmission(Submission);

#[Object]
impl OwnedSubmission {
    /// Its number in the intake, for `withdrawSubmission` and `replaces`; from 1.
    async fn number(&self) -> u32 {
        self.0.number
    }

    /// When it was received (RFC 3339, UTC).
    async fn received_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.at.0)
    }

    /// Who handed it in: whoever asks, or somebody of their unit.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::load(reader(ctx), self.0.person.as_ref().map(PersonId::as_str)).await
    }
}

/// Submissions to an intake that whoever asks may replace or take back.
pub(crate) async fn owned(reader: Reader<'_>, row: &intake::Model) -> Result<Vec<OwnedSubmission>> {
    let Some(person) = &reader.viewing.person else { return Ok(Vec::new()) };
    let state = reader.state(row.instance_id).await?;
    let definition = reader.definition(&state).await?;
    let own = own_submissions(&definition, &state, key(row.key), &person.actor());
    Ok(own.into_iter().cloned().map(OwnedSubmission).collect())
}

/// What came in to an open intake so far, and how it may be read.
struct Readable<'s> {
    using: Using,
    document: Document,
    submissions: Vec<&'s Submission>,
}

impl<'s> Readable<'s> {
    /// Of an activation of a case; none where it is no open intake, where it is sealed, and for who may
    /// not read the list that it becomes.
    async fn of(reader: Reader<'_>, state: &'s State, at: Key) -> Result<Option<Self>> {
        let Some(open) = state.activation(at) else { return Ok(None) };
        let Waiting::Submissions { sealed: false, submissions, .. } = &open.waiting else {
            return Ok(None);
        };
        if reader.allow_case(Action::SeeCase, state).await.is_err() {
            return Ok(None);
        }
        let definition = reader.definition(state).await?;
        let node = definition.node(open.node.as_str());
        let Some(Element::Intake(intake)) = node.map(Node::element) else {
            return Ok(None);
        };
        let using = of_submissions(reader, state, &definition, &intake.into).await?;
        let document = definition.documents().get(&intake.into).cloned();
        Ok(using.zip(document).map(|(using, document)| Self {
            using,
            document,
            submissions: submissions.iter().filter(|one| !one.void).collect(),
        }))
    }
}

/// Whether whoever asks reads what comes in to an intake.
pub(crate) async fn is_readable(reader: Reader<'_>, row: &intake::Model) -> Result<bool> {
    let state = reader.state(row.instance_id).await?;
    Ok(Readable::of(reader, &state, key(row.key)).await?.is_some())
}

/// What came in to an intake and counts, the first first, as whoever asks may read it.
pub(crate) async fn of_intake(
    reader: Reader<'_>,
    row: &intake::Model,
    page: Rows<Place>,
) -> Result<Connection<Place, ReceivedSubmission>> {
    let state = reader.state(row.instance_id).await?;
    let Some(readable) = Readable::of(reader, &state, key(row.key)).await? else {
        return Ok(Connection::new(page.after.is_some(), false));
    };
    let Readable { using, document, submissions } = readable;
    let after = page.after.as_ref().map_or(0, |after| after.0);
    let most = usize::try_from(page.first).unwrap_or(usize::MAX);
    let behind = submissions.into_iter().filter(|one| i64::from(one.number) > after);
    let mut rows: Vec<Submission> = behind.take(most.saturating_add(1)).cloned().collect();
    let more = rows.len() > most;
    rows.truncate(most);
    let hashes = rows.iter().map(|one| one.hash.to_string());
    let contents = reader.loaders.contents.load_many(hashes).await.told(reader)?;
    let sight = Sight::of(reader, &state).await?;
    let reads_names = sight.is_inside() || !reader.awaits(&state).await?.is_empty();
    let whole = !using.rights.hide_something();
    Ok(connection(&page, Slice { rows, more }, |submission| {
        let content = contents.get(submission.hash.as_str());
        let content = content.map(|content| document.form.redact(content, &using.rights));
        let own = sight.is_own(submission.person.as_ref().map(PersonId::as_str));
        let place = Place(i64::from(submission.number), 0, 0);
        let instance = state.id().0;
        let content = content.unwrap_or_default();
        let named = reads_names || own;
        (place, ReceivedSubmission { instance, submission, content, named, whole })
    }))
}

/// All that came in to open intakes of a case, as whoever asks may read it.
pub(crate) async fn of_case(reader: Reader<'_>, state: &State) -> Result<Vec<Value>> {
    let mut shown = Vec::new();
    for at in state.activations().keys() {
        let Some(readable) = Readable::of(reader, state, *at).await? else { continue };
        let hashes = readable.submissions.iter().map(|one| one.hash.to_string());
        let contents = reader.loaders.contents.load_many(hashes).await.told(reader)?;
        let form = &readable.document.form;
        shown.extend(contents.values().map(|one| form.redact(one, &readable.using.rights)));
    }
    Ok(shown)
}
