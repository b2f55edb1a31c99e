//! Registers (台账) and their entries. Who may read one, `access` says from its `public` and
//! `readers`.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::{Action, Relation};
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::definition::source::VariableType;
use engine::pack::RegisterSource;
use engine::text::Text;
use engine::time::Timestamp;
use serde_json::Value;
use store::definitions::Declared;
use store::read::Page as Rows;
use store::tables::{register_entry, register_version};

use super::instance::Instance;
use super::shown::Words;
use super::{Json, instant};
use crate::context::{Reader, Told as _, reader};
use crate::error;
use crate::ids::GlobalId;
use crate::loaders;
use crate::paging::{Place, connection, cost, page, placed};

/// A register, where whoever asks may read it.
#[derive(Debug)]
pub(crate) struct Register(Arc<Declared>);

/// What heads a column.
#[derive(Debug, SimpleObject)]
pub(crate) struct RegisterColumn {
    /// Its name, the key of its value in an entry's `columns`.
    name: String,
    /// What a person reads above it.
    label: String,
    /// What it holds: `text`, `integer`, `decimal`, `boolean`, `date`, `dateTime`, `texts` or `any`.
    r#type: String,
}

/// A value of an entry as a person reads it.
#[derive(Debug, SimpleObject)]
pub(crate) struct RegisterCell {
    /// The column's name.
    name: String,
    /// What a person reads above it.
    label: Words,
    /// The value as it is stored.
    value: Json,
    /// The value in words.
    text: Words,
}

fn may_read(reader: Reader<'_>, source: &RegisterSource) -> Result<()> {
    let readers = source.readers.clone();
    let relation = Relation { open_to_all: source.public, readers, ..Relation::default() };
    reader.allow(Action::SeeRegister, &relation)
}

impl Register {
    /// A register by name; an error where whoever asks may not read it.
    pub(crate) async fn by_name(reader: Reader<'_>, name: &str) -> Result<Self> {
        match reader.store.register(&name.into()).await.told(reader)? {
            Some(found) => may_read(reader, &found.source).map(|()| Self(found)),
            None => Err(error::not_found(error::Thing::REGISTER, reader.language())),
        }
    }

    /// The same; none where there is no such register, or it is for others.
    pub(crate) async fn readable(reader: Reader<'_>, name: &str) -> Result<Option<Self>> {
        let found = reader.store.register(&name.into()).await.told(reader)?;
        Ok(found.filter(|found| may_read(reader, &found.source).is_ok()).map(Self))
    }

    /// Every register that whoever asks may read, by name.
    pub(crate) async fn all(reader: Reader<'_>) -> Result<Vec<Self>> {
        let all = reader.store.registers().await.told(reader)?.into_iter();
        Ok(all.filter(|found| may_read(reader, &found.source).is_ok()).map(Self).collect())
    }

    /// What a column holds.
    fn type_of(&self, column: &str) -> String {
        let kind = self.0.source.types.get(column).copied().unwrap_or(VariableType::Any);
        let word = serde_json::to_value(kind).unwrap_or_default();
        word.as_str().unwrap_or_default().to_owned()
    }

    /// Its name in the pack.
    pub(crate) fn word(&self) -> &str {
        self.0.source.register.as_str()
    }

    /// A value that changed since its entry was made, in words.
    fn told(&self, column: &str, value: &Value) -> Words {
        let is_moment = self.0.source.types.get(column) == Some(&VariableType::DateTime);
        let text = value.as_str().filter(|_| is_moment);
        match text.map(DateTime::parse_from_rfc3339) {
            Some(Ok(at)) => Words::same(self.0.zone.told(Timestamp::from(at))),
            Some(Err(_)) | None => Words::of(value),
        }
    }

    /// A page of its entries.
    async fn page(
        &self,
        reader: Reader<'_>,
        after: Option<&String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, RegisterEntry>> {
        let page = page::<Place>(reader.language(), after, first)?;
        let Rows { after, first } = placed(&page, |place| (place.0, place.1));
        let place = loaders::Place { of: self.word().to_owned(), after, first, mode: () };
        let slice = reader.loaders.entries_of.load(place).await.told(reader)?.unwrap_or_default();
        let node =
            |row: register_entry::Model| (Place(row.year, row.serial, 0), RegisterEntry(row));
        Ok(connection(&page, Arc::unwrap_or_clone(slice), node))
    }
}

#[Object]
impl Register {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Register(self.word().to_owned()).to_id()
    }

    /// Its name in the pack.
    async fn name(&self) -> &str {
        self.word()
    }

    /// What people call it.
    async fn label(&self, ctx: &Context<'_>) -> String {
        reader(ctx).text(&self.0.source.name)
    }

    /// What it is for.
    async fn description(&self, ctx: &Context<'_>) -> Option<String> {
        self.0.source.description.as_ref().map(|text| reader(ctx).text(text))
    }

    /// The clause it rests on.
    async fn basis(&self) -> Option<&str> {
        self.0.source.basis.as_deref()
    }

    /// How its numbers look, gap-free by year.
    async fn series(&self) -> &str {
        &self.0.source.series
    }

    /// Whether the public may read it.
    async fn public(&self) -> bool {
        self.0.source.public
    }

    /// Roles that may read it where it is not public.
    async fn readers(&self) -> Vec<String> {
        self.0.source.readers.iter().map(ToString::to_string).collect()
    }

    /// Its columns, in order.
    async fn columns(&self, ctx: &Context<'_>) -> Vec<RegisterColumn> {
        let columns = self.0.source.columns.iter();
        columns
            .map(|(name, label)| RegisterColumn {
                name: name.clone(),
                label: reader(ctx).text(label),
                r#type: self.type_of(name),
            })
            .collect()
    }

    /// Its entries, the highest number first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn entries(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, RegisterEntry>> {
        self.page(reader(ctx), after.as_ref(), first).await
    }
}

/// An entry of a register.
#[derive(Debug)]
pub(crate) struct RegisterEntry(pub(crate) register_entry::Model);

impl RegisterEntry {
    /// An entry by its id, where whoever asks may read its register.
    pub(crate) async fn by_id(
        reader: Reader<'_>,
        (register, instance, key, number): (String, i64, i64, String),
    ) -> Result<Option<Self>> {
        Register::by_name(reader, &register).await?;
        let rows = reader.loaders.entries.load(instance).await.told(reader)?;
        let found = rows
            .iter()
            .flat_map(|rows| rows.iter())
            .find(|row| row.register == register && row.key == key && row.number == number);
        Ok(found.cloned().map(Self))
    }
}

#[Object]
impl RegisterEntry {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        let row = &self.0;
        let (register, number) = (row.register.clone(), row.number.clone());
        GlobalId::RegisterEntry(register, row.instance_id, row.key, number).to_id()
    }

    /// The register, by name.
    async fn register(&self) -> &str {
        &self.0.register
    }

    /// The number as written, gap-free by series and year.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// When it was made (RFC 3339, UTC).
    async fn at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.at)
    }

    /// Its values by the names of the register's columns, as they are now; of columns that the register has no
    /// more those alone read who read the journal.
    async fn columns(&self, ctx: &Context<'_>) -> Result<Json> {
        let reader = reader(ctx);
        let last = self.last(reader).await?;
        let body = last.as_ref().map_or(&self.0.body, |last| &last.body);
        columns_of(reader, &self.0.register, body).await
    }

    /// Its values as a person reads them, in the order of the register's columns: words of choices and
    /// names of people and units as they were called when it was made.
    async fn cells(&self, ctx: &Context<'_>) -> Result<Vec<RegisterCell>> {
        let register = Register::by_name(reader(ctx), &self.0.register).await?;
        let last = self.last(reader(ctx)).await?;
        let read = |body: &str| serde_json::from_str::<BTreeMap<String, Value>>(body);
        let made = read(&self.0.body).unwrap_or_default();
        let values = last.map(|last| read(&last.body).unwrap_or_default());
        let values = values.unwrap_or_else(|| made.clone());
        let texts = self.0.texts.as_deref().map(serde_json::from_str::<BTreeMap<String, Text>>);
        let texts = texts.and_then(Result::ok).unwrap_or_default();
        let cells = register.0.source.columns.iter().filter_map(|(name, label)| {
            let value = values.get(name)?;
            Some(RegisterCell {
                name: name.clone(),
                label: Words::from(label),
                value: Json(value.clone()),
                text: texts
                    .get(name)
                    // What has changed since is shown as it is.
                    .filter(|_| made.get(name) == Some(value))
                    .map_or_else(|| register.told(name, value), Words::from),
            })
        });
        Ok(cells.collect())
    }

    /// How often it was written: 1 for one that never changed.
    async fn version(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.last(reader(ctx)).await?.map_or(1, |last| last.version))
    }

    /// When it was changed the last time (RFC 3339, UTC); none for one that never was.
    async fn changed_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.last(reader(ctx)).await?.and_then(|last| instant(last.at)))
    }

    /// What it was and became, the first version first; `columns` are those of the last one.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, RegisterEntryVersion>> {
        let reader = reader(ctx);
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        let Rows { after, first } = placed(&page, |place| place.0);
        let place = loaders::Place { of: self.key(), after, first, mode: () };
        let changes = reader.loaders.entry_versions.load(place).await.told(reader)?;
        let mut slice = Arc::unwrap_or_clone(changes.unwrap_or_default());
        if page.after.is_none() {
            slice.rows.insert(0, self.as_made());
            let most = usize::try_from(page.first).unwrap_or(usize::MAX);
            slice.more |= slice.rows.len() > most;
            slice.rows.truncate(most);
        }
        Ok(connection(&page, slice, |row| (Place(row.version, 0, 0), RegisterEntryVersion(row))))
    }
}

impl RegisterEntry {
    fn key(&self) -> (String, String) {
        (self.0.register.clone(), self.0.number.clone())
    }

    /// Its last change.
    async fn last(&self, reader: Reader<'_>) -> Result<Option<register_version::Model>> {
        reader.loaders.last_versions.load(self.key()).await.told(reader)
    }

    /// Its first version.
    fn as_made(&self) -> register_version::Model {
        let register_entry::Model { register, instance_id, key, number, at, body, .. } =
            self.0.clone();
        register_version::Model { register, number, version: 1, instance_id, key, at, body }
    }
}

/// The values of an entry's columns, as whoever asks may read them.
async fn columns_of(reader: Reader<'_>, register: &str, body: &str) -> Result<Json> {
    let mut values: BTreeMap<String, Value> = serde_json::from_str(body).unwrap_or_default();
    if reader.allow_all(Action::SeeJournal).is_err() {
        let register = Register::by_name(reader, register).await?;
        values.retain(|name, _| register.0.source.columns.contains_key(name));
    }
    Ok(Json(serde_json::to_value(values).unwrap_or_default()))
}

/// An entry of a register as it was from a time on.
#[derive(Debug)]
pub(crate) struct RegisterEntryVersion(register_version::Model);

#[Object]
impl RegisterEntryVersion {
    /// Its number, from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Since when (RFC 3339, UTC).
    async fn at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.at)
    }

    /// All its values by the names of the register's columns, as `RegisterEntry.columns`.
    async fn columns(&self, ctx: &Context<'_>) -> Result<Json> {
        columns_of(reader(ctx), &self.0.register, &self.0.body).await
    }

    /// The case that wrote it, where whoever asks may see that.
    async fn instance(&self, ctx: &Context<'_>) -> Option<Instance> {
        Instance::by_id(reader(ctx), self.0.instance_id).await.ok()
    }
}
