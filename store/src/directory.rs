//! People, units and who holds which role, as the database has them. Who may do what is `access`;
//! how a person signs in is not known here.

mod deputies;
mod lately;
mod names;
mod units;

use std::collections::{BTreeMap, BTreeSet};

use engine::actor::{Actor, Grant, Member, Principal};
use engine::ids::{PersonId, RoleName};
use engine::pack::PersonSource;
use engine::text::Language;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Map, Value as Json};

use crate::definitions::PublishedPack;
use crate::error::StoreError;
use crate::read::{Page, Slice, bounded};
use crate::row::Value;
use crate::store::Store;
use crate::tables::{person, role_grant, unit};
use crate::writer::{Statement, Write};

pub(crate) use deputies::{STANDING, Standing};
pub(crate) use lately::Lately;
pub(crate) use names::called;
pub use units::Unit;
pub(crate) use units::of_row as unit_of_row;

/// People that one list may have.
const PEOPLE_MAX: u64 = 10_000;

/// A person with everything they hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// The unit they belong to.
    pub unit: Option<String>,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// Their language, `zh` or `en`.
    pub language: Option<String>,
    /// What else is known of them, such as their fields of expertise.
    pub fields: Map<String, Json>,
    /// The roles they hold.
    pub grants: Vec<Grant>,
}

impl Person {
    /// The person as the actor of a command.
    pub fn actor(&self) -> Actor {
        Actor::Person {
            id: self.id.as_str().into(),
            unit: self.unit.as_deref().map(Into::into),
            grants: self.grants.clone(),
        }
    }

    /// The person as the engine is told of them.
    pub fn into_member(self) -> Member {
        Member {
            id: self.id.as_str().into(),
            name: self.name,
            unit: self.unit.as_deref().map(Into::into),
            fields: self.fields,
            held_for: None,
        }
    }

    /// The principals whose inbox the person sees.
    pub fn principals(&self) -> Vec<String> {
        let mut principals = principals_of(&self.grants);
        principals.insert(format!("person:{}", self.id));
        principals.into_iter().collect()
    }
}

/// The principals by which whoever holds these sees what is offered.
fn principals_of(grants: &[Grant]) -> BTreeSet<String> {
    let mut principals = BTreeSet::new();
    for grant in grants {
        principals.insert(format!("role:{}", grant.role));
        principals.insert(match &grant.unit {
            Some(unit) => format!("role:{}@{unit}", grant.role),
            None => format!("role:{}@*", grant.role),
        });
    }
    principals
}

/// Takes everybody who came with a pack out of the directory.
fn put_out(write: &mut Write, pack: &str) {
    let grants = "DELETE FROM role_grant WHERE person IN (SELECT id FROM person WHERE pack = $1)";
    let active = "UPDATE person SET active = 0 WHERE pack = $1";
    for sql in [grants, active] {
        write.statements.push(Statement::new(sql, vec![Value::Text(pack.to_owned())]));
    }
}

impl Store {
    /// Puts units and people in place of those with the same ids; a person then holds just the
    /// roles given.
    pub async fn load_people(&self, units: &[Unit], people: &[Person]) -> Result<(), StoreError> {
        self.load_people_of(None, units, people).await
    }

    async fn load_people_of(
        &self,
        pack: Option<&str>,
        units: &[Unit],
        people: &[Person],
    ) -> Result<(), StoreError> {
        let mut write = Write::default();
        if let Some(pack) = pack {
            put_out(&mut write, pack);
        }
        for own in units {
            let row = unit::Model {
                id: own.id.clone(),
                name: own.name.clone(),
                parent: own.parent.clone(),
                fields: Json::Object(own.fields.clone()).to_string(),
            };
            write.changes.put(&unit::TABLE, row.into_row());
        }
        for own in people {
            let row = person::Model {
                id: own.id.clone(),
                name: own.name.clone(),
                unit: own.unit.clone(),
                email: own.email.clone(),
                language: own.language.clone(),
                fields: Json::Object(own.fields.clone()).to_string(),
                active: 1,
                pack: pack.map(str::to_owned),
            };
            write.changes.put(&person::TABLE, row.into_row());
            let sql = "DELETE FROM role_grant WHERE person = $1";
            write.statements.push(Statement::new(sql, vec![Value::Text(own.id.clone())]));
            for grant in &own.grants {
                let row = role_grant::Model {
                    person: own.id.clone(),
                    role: grant.role.as_str().to_owned(),
                    unit: grant
                        .unit
                        .as_ref()
                        .map(|unit| unit.as_str().to_owned())
                        .unwrap_or_default(),
                };
                write.changes.put(&role_grant::TABLE, row.into_row());
            }
        }
        self.write(write).await?;
        self.inner.shared.lately.forget();
        Ok(())
    }

    /// Loads a pack's demonstration people and units, and answers the people. Whoever came with an earlier
    /// version and is not in this one is out: they hold nothing and sign in no more; what they did keeps their name.
    pub async fn load_pack_people(&self, pack: &PublishedPack) -> Result<Vec<Person>, StoreError> {
        let units = pack.units.iter().map(|(id, unit)| {
            let mut fields: Map<String, Json> = unit.fields.clone().into_iter().collect();
            for (key, value) in [("uscc", &unit.uscc), ("kind", &unit.kind)] {
                if let Some(value) = value {
                    fields.insert(key.into(), value.as_str().into());
                }
            }
            names::keep_english(&unit.name, &mut fields);
            Unit {
                id: id.as_str().to_owned(),
                name: unit.name.get(Language::Zh).to_owned(),
                parent: unit.parent.as_ref().map(|parent| parent.as_str().to_owned()),
                fields,
            }
        });
        let people = pack.people.iter().map(|(id, own)| written(id.as_str(), own));
        let (units, people) = (units.collect::<Vec<_>>(), people.collect::<Vec<_>>());
        self.load_people_of(Some(&pack.meta.pack), &units, &people).await?;
        Ok(people)
    }

    /// A person with everything they hold; none when there is no such person, or no more.
    pub async fn person(&self, id: &str) -> Result<Option<Person>, StoreError> {
        Ok(self.persons(&[id.to_owned()]).await?.pop())
    }

    /// People by id, in the order of their ids.
    pub async fn persons(&self, ids: &[String]) -> Result<Vec<Person>, StoreError> {
        let ids = bounded(ids)?;
        let query = person::Entity::find()
            .filter(person::Column::Id.is_in(ids.iter().map(String::as_str)))
            .filter(person::Column::Active.eq(1))
            .order_by_asc(person::Column::Id);
        self.with_grants(query.all(self.reads()).await?).await
    }

    /// Everybody.
    pub async fn people(&self) -> Result<Vec<Person>, StoreError> {
        let query = person::Entity::find()
            .filter(person::Column::Active.eq(1))
            .order_by_asc(person::Column::Id)
            .limit(PEOPLE_MAX);
        self.with_grants(query.all(self.reads()).await?).await
    }

    async fn with_grants(&self, rows: Vec<person::Model>) -> Result<Vec<Person>, StoreError> {
        let mut people = Vec::with_capacity(rows.len());
        for rows in rows.chunks(crate::read::KEYS_MAX) {
            let ids = rows.iter().map(|row| row.id.as_str());
            let grants = role_grant::Entity::find()
                .filter(role_grant::Column::Person.is_in(ids))
                .all(self.reads())
                .await?;
            people.extend(rows.iter().map(|row| {
                let own = grants.iter().filter(|grant| grant.person == row.id);
                Person {
                    id: row.id.clone(),
                    name: row.name.clone(),
                    unit: row.unit.clone(),
                    email: row.email.clone(),
                    language: row.language.clone(),
                    fields: serde_json::from_str(&row.fields).unwrap_or_default(),
                    grants: own.map(grant).collect(),
                }
            }));
        }
        Ok(people)
    }

    /// Everybody who holds a role, for whatever unit, as a step is told.
    pub async fn members(&self, role: &RoleName) -> Result<Vec<Member>, StoreError> {
        let people = self.holders(&Principal::Role(role.clone())).await?;
        let of = |person: Person| {
            let grants = person.grants.clone();
            person.into_member().holding(role, &grants)
        };
        Ok(people.into_iter().map(of).collect())
    }

    /// A person as the engine asks for them; none when there is no such person, or no more.
    pub async fn member(&self, id: &PersonId) -> Result<Option<Member>, StoreError> {
        Ok(self.person(id.as_str()).await?.map(Person::into_member))
    }

    /// Everybody who holds any of some roles, by role, in two statements.
    pub async fn members_of(
        &self,
        roles: &[RoleName],
    ) -> Result<BTreeMap<RoleName, Vec<Member>>, StoreError> {
        let names = bounded(roles)?.iter().map(RoleName::as_str);
        let query = role_grant::Entity::find().filter(role_grant::Column::Role.is_in(names));
        let grants = query.limit(PEOPLE_MAX).all(self.reads()).await?;
        let ids: BTreeSet<&str> = grants.iter().map(|grant| grant.person.as_str()).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let mut people = BTreeMap::new();
        for ids in ids.chunks(crate::read::KEYS_MAX) {
            let query = person::Entity::find()
                .filter(person::Column::Id.is_in(ids.iter().copied()))
                .filter(person::Column::Active.eq(1));
            let rows = query.all(self.reads()).await?;
            people.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
        }
        let mut members: BTreeMap<RoleName, BTreeMap<String, Member>> =
            roles.iter().map(|role| (role.clone(), BTreeMap::new())).collect();
        let mut held_by: BTreeMap<&str, Vec<Grant>> = BTreeMap::new();
        for row in &grants {
            held_by.entry(&row.person).or_default().push(grant(row));
        }
        for own in &grants {
            let role: RoleName = own.role.as_str().into();
            let held = members.get_mut(&role);
            if let (Some(held), Some(row)) = (held, people.get(&own.person)) {
                let member = member_of(row).holding(&role, &held_by[own.person.as_str()]);
                held.insert(row.id.clone(), member);
            }
        }
        let members = members.into_iter();
        Ok(members.map(|(role, held)| (role, held.into_values().collect())).collect())
    }

    /// People in the order of their ids, after one of them.
    pub async fn people_after(&self, page: Page<String>) -> Result<Slice<Person>, StoreError> {
        let limit = page.limit();
        let mut query = person::Entity::find().filter(person::Column::Active.eq(1));
        if let Some(after) = page.after {
            query = query.filter(person::Column::Id.gt(after));
        }
        let query = query.order_by_asc(person::Column::Id).limit(limit as u64 + 1);
        let people = self.with_grants(query.all(self.reads()).await?).await?;
        Ok(Slice::of(people, limit))
    }

    /// Everybody whom a principal addresses.
    pub(crate) async fn holders(&self, principal: &Principal) -> Result<Vec<Person>, StoreError> {
        let (role, of) = match principal {
            Principal::Person(id) => return self.persons(&[id.as_str().to_owned()]).await,
            Principal::Role(role) => (role, None),
            Principal::RoleIn(role, unit) => (role, Some(unit)),
        };
        let mut query =
            role_grant::Entity::find().filter(role_grant::Column::Role.eq(role.as_str()));
        if let Some(unit) = of {
            query = query.filter(role_grant::Column::Unit.is_in(["", unit.as_str()]));
        }
        let grants = query.limit(PEOPLE_MAX).all(self.reads()).await?;
        let ids: BTreeSet<String> = grants.into_iter().map(|grant| grant.person).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let mut people = Vec::with_capacity(ids.len());
        for ids in ids.chunks(crate::read::KEYS_MAX) {
            people.extend(self.persons(ids).await?);
        }
        Ok(people)
    }
}

/// A person as a pack has them written.
fn written(id: &str, own: &PersonSource) -> Person {
    let mut fields: Map<String, Json> = own.fields.clone().into_iter().collect();
    if let Some(manager) = &own.manager {
        fields.insert("manager".into(), manager.as_str().into());
    }
    names::keep_english(&own.name, &mut fields);
    Person {
        id: id.to_owned(),
        name: own.name.get(Language::Zh).to_owned(),
        unit: own.unit.as_ref().map(|unit| unit.as_str().to_owned()),
        email: own.email.clone(),
        language: own.language.map(|language| match language {
            Language::Zh => "zh".to_owned(),
            Language::En => "en".to_owned(),
        }),
        fields,
        grants: own.grants(),
    }
}

fn grant(row: &role_grant::Model) -> Grant {
    grant_of(&row.role, &row.unit)
}

/// A grant as the table has it: for a unit, or (empty) everywhere.
pub(crate) fn grant_of(role: &str, unit: &str) -> Grant {
    Grant { role: role.into(), unit: (!unit.is_empty()).then(|| unit.into()) }
}

/// A member from the directory's row.
fn member_of(row: &person::Model) -> Member {
    Member {
        id: row.id.as_str().into(),
        name: row.name.clone(),
        unit: row.unit.as_deref().map(Into::into),
        fields: serde_json::from_str(&row.fields).unwrap_or_default(),
        held_for: None,
    }
}

/// A member from a row: id, name, unit, fields.
pub(crate) fn member(row: &[Value]) -> Member {
    Member {
        id: row[0].text().into(),
        name: row[1].text().to_owned(),
        unit: match &row[2] {
            Value::Text(unit) if !unit.is_empty() => Some(unit.as_str().into()),
            Value::Null | Value::Int(_) | Value::Text(_) => None,
        },
        fields: serde_json::from_str(row[3].text()).unwrap_or_default(),
        held_for: None,
    }
}
