//! What must hold between the files of a pack's directory: people, units, roles, calendars, series.
//! What processes, forms and decisions say of each other is their compilers'.

use indexmap::IndexMap;

use crate::calendar::Zone;
use crate::diagnostic::Diagnostic;
use crate::form::{is_email, is_uscc};
use crate::ids::{PersonId, UnitId};
use crate::problem::{Problem, did_you_mean};
use crate::series::Series;

use super::{Kind, Loaded, PersonSource, UnitSource};

/// Chains of units and managers are followed so far.
const CHAIN_MAX: usize = 100;

/// All problems between the files.
pub(super) fn check(loaded: &Loaded, problems: &mut Vec<Diagnostic>) {
    let mut report = |kind, name: &str, problem: &Problem| {
        if loaded.is_in_doubt(kind, name, problem) || loaded.follows(kind, name, problem) {
            return;
        }
        let problem = loaded.diagnose(kind, name, problem);
        // Of what could not be read whole, one thing at a place is told.
        if problems.iter().all(|other: &Diagnostic| other.place != problem.place) {
            problems.push(problem);
        }
    };
    meta(loaded, &mut report);
    units(&loaded.pack.units, &mut report);
    people(loaded, &mut report);
    for (name, register) in &loaded.pack.registers {
        if let Err(error) = Series::parse(&register.series) {
            report(Kind::Register, name.as_str(), &error.problem().under(&["series"]));
        }
        for column in register.types.keys().filter(|it| !register.columns.contains_key(*it)) {
            let known = register.columns.keys().map(String::as_str);
            let message = format!("expected one of the register's `columns`, found `{column}`");
            let problem = Problem::error("unknownColumn", message)
                .maybe_hint(did_you_mean(column, known))
                .under(&["types", column]);
            report(Kind::Register, name.as_str(), &problem.at_key());
        }
        for (at, role) in register.readers.iter().enumerate() {
            if !loaded.pack.roles.contains_key(role) {
                let known = loaded.pack.roles.keys().map(crate::ids::RoleName::as_str);
                let problem = unknown("role", role.as_str(), known);
                let path = ["readers", &at.to_string()];
                report(Kind::Register, name.as_str(), &problem.under(&path));
            }
        }
    }
}

/// What takes a problem of a part.
type Report<'a> = dyn FnMut(Kind, &str, &Problem) + 'a;

fn meta(loaded: &Loaded, report: &mut Report<'_>) {
    let meta = &loaded.pack.meta;
    if let Some(name) = &meta.calendar
        && !loaded.pack.calendars.contains_key(name)
    {
        let known = loaded.pack.calendars.keys().map(crate::ids::CalendarName::as_str);
        let problem = Problem::error("unknownCalendar", format!("there is no calendar `{name}`"))
            .maybe_hint(did_you_mean(name.as_str(), known));
        report(Kind::Pack, "", &problem.under(&["calendar"]));
    }
    if let Some(zone) = &meta.zone
        && zone.parse::<Zone>().is_err()
    {
        let message = format!("expected a time zone such as `Asia/Shanghai`, found `{zone}`");
        let problem =
            Problem::error("unknownZone", message).maybe_hint(crate::calendar::zone_hint(zone));
        report(Kind::Pack, "", &problem.under(&["zone"]));
    }
    if let Some(date) = &meta.effective_from
        && crate::calendar::parse_date(date).is_none()
    {
        let message = format!("expected a day such as `2026-03-31`, found `{date}`");
        report(Kind::Pack, "", &Problem::error("wrongValue", message).under(&["effectiveFrom"]));
    }
}

fn units(units: &IndexMap<UnitId, UnitSource>, report: &mut Report<'_>) {
    for (id, unit) in units {
        if let Some(parent) = &unit.parent {
            let path = ["units", id.as_str(), "parent"];
            if !units.contains_key(parent) {
                let known = units.keys().map(UnitId::as_str);
                report(Kind::People, "", &unknown("unit", parent.as_str(), known).under(&path));
            } else if circular(id, |id| units.get(id)?.parent.as_ref()) {
                let message = format!("`{id}` belongs to itself by way of `{parent}`");
                report(Kind::People, "", &Problem::error("circular", message).under(&path));
            }
        }
        if let Some(code) = &unit.uscc
            && !is_uscc(code)
        {
            let message = format!(
                "`{code}` is no unified social credit code: its check character (GB 32100-2015) does not fit"
            );
            let path = ["units", id.as_str(), "uscc"];
            report(Kind::People, "", &Problem::error("wrongUscc", message).under(&path));
        }
    }
}

fn people(loaded: &Loaded, report: &mut Report<'_>) {
    let people = &loaded.pack.people;
    for (id, person) in people {
        let mut say = |problem: Problem, keys: &[&str]| {
            let path: Vec<&str> = ["people", id.as_str()].iter().chain(keys).copied().collect();
            report(Kind::People, "", &problem.under(&path));
        };
        if let Some(unit) = &person.unit
            && !loaded.pack.units.contains_key(unit)
        {
            let known = loaded.pack.units.keys().map(UnitId::as_str);
            say(unknown("unit", unit.as_str(), known), &["unit"]);
        }
        if let Some(manager) = &person.manager {
            if !people.contains_key(manager) {
                let known = people.keys().map(PersonId::as_str);
                say(unknown("person", manager.as_str(), known), &["manager"]);
            } else if circular(id, |id| people.get(id)?.manager.as_ref()) {
                let message = format!("`{id}` reports to themselves by way of `{manager}`");
                say(Problem::error("circular", message), &["manager"]);
            }
        }
        if let Some(email) = &person.email
            && !is_email(email)
        {
            let message = format!("expected an address such as `li@example.org`, found `{email}`");
            say(Problem::error("wrongEmail", message), &["email"]);
        }
        held(loaded, person, &mut say);
    }
}

fn held(loaded: &Loaded, person: &PersonSource, say: &mut dyn FnMut(Problem, &[&str])) {
    for (index, held) in person.roles.iter().enumerate() {
        let index = index.to_string();
        let role = held.role();
        if !loaded.pack.roles.contains_key(role) {
            let known = loaded.pack.roles.keys().map(crate::ids::RoleName::as_str);
            let problem = unknown("role", role.as_str(), known);
            match held {
                super::HeldRole::Own(_) => say(problem, &["roles", &index]),
                super::HeldRole::Of(_) => say(problem, &["roles", &index, "role"]),
            }
        }
        if let Some(unit) = held.unit()
            && !loaded.pack.units.contains_key(unit)
        {
            let known = loaded.pack.units.keys().map(UnitId::as_str);
            say(unknown("unit", unit.as_str(), known), &["roles", &index, "unit"]);
        }
    }
}

/// A name that leads nowhere.
fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let code = match what {
        "unit" => "unknownUnit",
        "person" => "unknownPerson",
        _ => "unknownRole",
    };
    Problem::error(code, format!("there is no {what} `{name}`"))
        .maybe_hint(did_you_mean(name, known))
}

/// Whether a chain comes back to where it began.
fn circular<'a, T: PartialEq>(from: &'a T, next: impl Fn(&'a T) -> Option<&'a T>) -> bool {
    let chain = std::iter::successors(next(from), |id| next(id));
    chain.take(CHAIN_MAX).any(|id| id == from)
}
