//! What a pack's people make impossible: tasks whose role nobody holds, and (in `apart`) `separate`
//! rules that nobody could keep. Only where the pack names people; where the directory comes from
//! elsewhere, nobody knows before it runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::{Definition, Known};
use crate::elements::Element;
use crate::elements::user_task::UserTask;
use crate::ids::{PersonId, RoleName, UnitId};
use crate::problem::{Problem, did_you_mean};

use super::{Loaded, Pack, apart};

/// Who may do a task, as far as the pack says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doers {
    /// Whoever began the case.
    Initiator,
    /// One of these, by their places in the pack.
    Among(BTreeSet<usize>),
    /// What an expression gives, or what is not said right.
    Unknown,
}

/// What is wrong with the persons of a process.
pub(super) fn check(loaded: &Loaded, definition: &Definition) -> Vec<Problem> {
    let holders = Holders::of(loaded);
    let mut problems = Vec::new();
    let mut doers = BTreeMap::new();
    for (at, node) in definition.nodes().iter().enumerate() {
        let Element::UserTask(task) = node.element() else { continue };
        if node.known == Known::Nothing {
            continue;
        }
        let path = node.path(definition);
        let unit = holders.unknown_unit(task);
        let own = if unit.is_some() { Doers::Unknown } else { holders.doers(task) };
        let way = || definition.way_to(at);
        problems.extend(unit.map(|problem| problem.under(&path)));
        problems.extend(nobody_holds(task, &own, way).map(|problem| problem.under(&path)));
        problems.extend(holders.strangers(task).map(|problem| problem.under(&path)));
        doers.insert(at, own);
        for (index, name) in task.separate.iter().enumerate() {
            let Some(other) = definition.node(name.as_str()) else { continue };
            if matches!(other.element(), Element::UserTask(_)) || other.known == Known::Nothing {
                continue;
            }
            let message = format!(
                "expected a task that a person does, but `{name}` is a `{}`",
                other.element().kind()
            );
            let problem = Problem::error("separateFromNobody", message)
                .hint("name the user task it is about")
                .under(&["separate", &index.to_string()]);
            problems.push(problem.under(&path));
        }
    }
    problems.extend(apart::check(&loaded.pack, definition, &doers));
    problems
}

/// A role of a task that nobody of the pack holds, and nothing said of who gets it then.
fn nobody_holds(task: &UserTask, doers: &Doers, way: impl Fn() -> String) -> Option<Problem> {
    let Doers::Among(doers) = doers else { return None };
    let roles = task.role.as_ref()?.as_slice();
    if !doers.is_empty() || roles.is_empty() {
        return None;
    }
    let names: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
    let message = format!(
        "expected somebody who holds {}, but nobody of people.yaml does, so that the task could never \
         be done: {}",
        names.join(" or "),
        way()
    );
    let problem = Problem::warning("nobodyHoldsRole", message)
        .hint("give the role to somebody, or say who gets the task then: `nobody: { role: … }`");
    Some(problem.under(&["role"]))
}

/// Who holds which role, and for which unit.
struct Holders<'a> {
    pack: &'a Pack,
    held: BTreeMap<RoleName, Vec<(usize, Option<UnitId>)>>,
    /// People whose roles are not all known: a misspelt one may be any.
    unsure: BTreeSet<usize>,
    /// Whether nobody knows who there is.
    is_unread: bool,
}

impl<'a> Holders<'a> {
    fn of(loaded: &'a Loaded) -> Self {
        let pack = &loaded.pack;
        let is_unread = loaded.misses_people();
        let mut found = Self { pack, held: BTreeMap::new(), unsure: BTreeSet::new(), is_unread };
        for (at, (id, person)) in pack.people.iter().enumerate() {
            if loaded.is_unsure(id) {
                found.unsure.insert(at);
            }
            for grant in person.grants() {
                if !pack.roles.contains_key(&grant.role) {
                    found.unsure.insert(at);
                }
                found.held.entry(grant.role).or_default().push((at, grant.unit));
            }
        }
        found
    }

    /// Persons whom a task names and people.yaml does not.
    fn strangers<'t>(&self, task: &'t UserTask) -> impl Iterator<Item = Problem> + use<'_, 't> {
        let is_word = |text: &&str| {
            !text.starts_with('=') && !matches!(*text, "initiator" | "previous" | "manager")
        };
        let assigned = task.assign.as_deref().filter(is_word);
        let assigned = assigned.filter(|text| !text.starts_with("manager "));
        let other = task.nobody.as_ref().and_then(|nobody| nobody.gets()?.person.as_ref());
        let named = [
            assigned.map(|text| (vec!["assign"], text)),
            other.map(|person| (vec!["nobody", "person"], person.as_str())),
        ];
        let is_known = self.is_unread || self.pack.people.is_empty();
        let strange = named
            .into_iter()
            .flatten()
            .filter(move |(_, name)| !is_known && !self.pack.people.contains_key(*name));
        strange.map(|(keys, name)| {
            let known = self.pack.people.keys().map(PersonId::as_str);
            let near = did_you_mean(name, known.chain(["initiator", "previous", "manager"]));
            let message = format!("expected a person of people.yaml, found `{name}`");
            Problem::warning("unknownPerson", message).maybe_hint(near).under(&keys)
        })
    }

    /// A unit that a task names and people.yaml does not have.
    fn unknown_unit(&self, task: &UserTask) -> Option<Problem> {
        let unit = task.unit.as_deref().filter(|unit| !unit.starts_with('='))?;
        let is_known = self.is_unread || self.pack.units.is_empty();
        if is_known || self.pack.units.contains_key(unit) {
            return None;
        }
        let known = self.pack.units.keys().map(UnitId::as_str);
        let message = format!("expected a unit of people.yaml, found `{unit}`");
        let problem = Problem::warning("unknownUnit", message);
        Some(problem.maybe_hint(did_you_mean(unit, known)).under(&["unit"]))
    }

    fn doers(&self, task: &UserTask) -> Doers {
        if task.for_each.is_some() || self.is_unread || self.pack.people.is_empty() {
            return Doers::Unknown;
        }
        let place = |id: &str| self.pack.people.get_index_of(id);
        if let Some(people) = &task.people {
            let people = named(people).map(|ids| ids.iter().map(|id| place(id)).collect());
            return people.flatten().map_or(Doers::Unknown, Doers::Among);
        }
        let assigned = task.assign.as_deref().filter(|_| task.nobody.is_none());
        if let Some(person) = assigned.and_then(place) {
            return Doers::Among([person].into());
        }
        let roles = match (task.assign.as_deref(), &task.role) {
            (Some("initiator"), _) => return Doers::Initiator,
            (None, Some(roles)) if task.nobody.is_none() => roles.as_slice(),
            (Some(_) | None, _) => return Doers::Unknown,
        };
        if roles.iter().any(|role| !self.pack.roles.contains_key(role)) {
            return Doers::Unknown;
        }
        let unit = task.unit.as_deref().filter(|unit| !unit.starts_with('='));
        let here = |held: &Option<UnitId>| match (unit, held) {
            (Some(unit), Some(held)) => held.as_str() == unit,
            (Some(_) | None, _) => true,
        };
        let held = roles.iter().filter_map(|role| self.held.get(role)).flatten();
        let people = held.filter(|(_, unit)| here(unit)).map(|(person, _)| *person);
        Doers::Among(people.chain(self.unsure.iter().copied()).collect())
    }
}

/// The people that an expression names one by one: `=['li', 'wu']`.
fn named(people: &str) -> Option<Vec<String>> {
    let list = people.strip_prefix('=')?.trim().strip_prefix('[')?.strip_suffix(']')?;
    let text = |one: &str| {
        let one = one.trim();
        let quote = one.chars().next().filter(|first| ['\'', '"'].contains(first))?;
        let id = one.strip_prefix(quote)?.strip_suffix(quote)?;
        (!id.contains(['\'', '"', '\\'])).then(|| id.to_owned())
    };
    list.split(',').map(text).collect()
}
