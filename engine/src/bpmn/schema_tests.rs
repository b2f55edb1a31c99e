//! Every line of `schema.txt` is tried on a model that carries what it speaks of: what is said to be
//! read must make another definition, what is said to be checked must be refused where it is wrong,
//! what is said to be kept must go out as it came, and what is said to be told must be reported.

mod models;
mod page;
mod reasons;
mod rules;
mod vendors;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::schema::{self, Child, Fate, Type, types};
use super::table;
use models::{Model, Outcome, Sample, goes_out, samples, written};

/// Heads of groups that are no elements themselves.
const HEADS: [&str; 6] = [
    "rootElement",
    "flowElement",
    "artifact",
    "eventDefinition",
    "loopCharacteristics",
    "DiagramElement",
];

/// Where an element can stand.
struct Place {
    models: Vec<Model>,
    /// What around it, or it itself, is told of as a whole.
    told: Option<&'static str>,
}

/// A type and those that it is made of, by name.
fn chain(kind: &'static str) -> impl Iterator<Item = (&'static str, &'static Type)> {
    let first = types().get_key_value(kind).map(|(name, kind)| (*name, kind));
    std::iter::successors(first, |(_, kind)| {
        types().get_key_value(kind.base?).map(|(name, kind)| (*name, kind))
    })
}

/// The elements that a line about elements speaks of.
fn members(row: &'static str) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut todo = vec![row];
    while let Some(one) = todo.pop() {
        if !HEADS.contains(&one) {
            found.push(one);
        }
        let inside = types().iter().filter(|(_, kind)| kind.group == Some(one));
        todo.extend(inside.map(|(name, _)| *name).filter(|name| *name != one));
    }
    found
}

/// A name with the prefix of its namespace, inside an element.
fn prefixed(around: &str, name: &str) -> String {
    let diagram = around.starts_with(char::is_uppercase);
    match name {
        "extension" | "waypoint" if diagram => format!("di:{name}"),
        "Bounds" | "Font" => format!("dc:{name}"),
        _ if name.starts_with("BPMN") => format!("bpmndi:{name}"),
        _ => name.to_owned(),
    }
}

/// A place for every element that there is.
fn places() -> BTreeMap<&'static str, Place> {
    let mut places: BTreeMap<&str, Place> = written()
        .into_iter()
        .map(|(kind, models)| (types().get_key_value(kind).expect("a type").0, models))
        .map(|(kind, models)| (*kind, Place { models, told: None }))
        .collect();
    let mut todo: VecDeque<&str> = ["definitions", "process"].into();
    todo.extend(places.keys().copied().collect::<Vec<_>>());
    while let Some(around) = todo.pop_front() {
        for (_, kind) in chain(around) {
            for row in kind.children.keys().copied() {
                for name in members(row) {
                    let Some(found) = schema::child(around, name) else { continue };
                    if places.contains_key(found.kind) || !types().contains_key(found.kind) {
                        continue;
                    }
                    let place = &places[around];
                    let tells = matches!(found.fate, Fate::Told | Fate::Taken).then_some(name);
                    let tag = prefixed(around, name);
                    let inside = format!("<{tag}{{@}}>{{+}}{{/+}}</{tag}>");
                    let models = vec![place.models[0].around(&inside)];
                    let told = place.told.or(tells);
                    places.insert(found.kind, Place { models, told });
                    todo.push_back(found.kind);
                }
            }
        }
    }
    places
}

/// What the lines about one element come to.
struct Trial<'a> {
    kind: &'static str,
    place: &'a Place,
    samples: &'a BTreeMap<(&'static str, &'static str), Vec<Sample>>,
    /// Lines that were tried, and whether something became of it.
    tried: &'a mut BTreeMap<(&'static str, String), bool>,
    wrong: &'a mut Vec<String>,
}

impl Trial<'_> {
    fn run(&mut self) {
        let mut seen = BTreeSet::new();
        for (owner, kind) in chain(self.kind) {
            for (name, attribute) in &kind.attributes {
                let row = format!("@{name}");
                if seen.insert(row.clone()) {
                    let value = value(name, attribute.kind, attribute.fate);
                    let put = |value: &str| {
                        let text = |model: &Model| model.with_attribute(name, value);
                        (
                            self.place.models.iter().map(text).collect(),
                            format!("{name}=\"{value}\""),
                        )
                    };
                    let good = self.row(&row, name, attribute.fate, &value, &put);
                    self.note(owner, row, good);
                }
            }
            for (name, child) in &kind.children {
                if seen.insert((*name).to_owned()) {
                    let good = self.children(name, *child);
                    self.note(owner, (*name).to_owned(), good);
                }
            }
        }
    }

    fn note(&mut self, owner: &'static str, row: String, good: Result<bool, String>) {
        match good {
            Ok(landed) => *self.tried.entry((owner, row)).or_default() |= landed,
            Err(why) => {
                self.wrong.push(format!("{owner} {row}, on {}: {why}", self.kind));
                self.tried.entry((owner, row)).or_default();
            }
        }
    }

    /// A line about elements: what is to be put there, then each element that it speaks of.
    fn children(&mut self, name: &'static str, row: Child) -> Result<bool, String> {
        let put = |child: &str| {
            let text = |model: &Model| model.with_child(child);
            // Our own extension is put in beside what stands there.
            let inside = child.strip_prefix("<extensionElements>");
            let part = inside.and_then(|inside| inside.strip_suffix("</extensionElements>"));
            let part = part.unwrap_or(child.trim_start_matches("= "));
            (self.place.models.iter().map(text).collect(), part.to_owned())
        };
        let mut landed = false;
        if name == "extensionElements" {
            let foreign = "<extensionElements><q:foo xmlns:q=\"urn:q\"/></extensionElements>";
            return self.row(name, "foo", Fate::Told, foreign, &put).map(|_| true);
        }
        if matches!(row.fate, Fate::Read | Fate::Checked | Fate::Taken) && self.place.told.is_none()
        {
            landed |= self.row(name, name, row.fate, "", &put)?;
        }
        for member in members(name) {
            let Some(found) = schema::child(self.kind, member) else { continue };
            self.tried.insert((member, String::new()), true);
            // What is read has a model of its own, and may not stand just anywhere.
            let is_known = types().get(member).is_some_and(|kind| kind.fate == Fate::Read);
            if is_known && self.place.told.is_some() {
                continue;
            }
            if matches!(found.fate, Fate::Told | Fate::Kept) {
                let bare = format!("<{}/>", prefixed(self.kind, member));
                self.row(name, member, found.fate, &bare, &put)?;
            }
        }
        Ok(landed)
    }

    /// Tries a line; whether the definition is another one by it.
    fn row(
        &self,
        row: &str,
        name: &str,
        fate: Fate,
        value: &str,
        put: &dyn Fn(&str) -> (Vec<String>, String),
    ) -> Result<bool, String> {
        let own = chain(self.kind).find_map(|(kind, _)| {
            let (key, samples) =
                self.samples.iter().find(|(key, _)| key.0 == kind && key.1 == row)?;
            Some((key, samples))
        });
        let samples = own.map_or(&[][..], |(_, samples)| samples);
        if let Some(told) = self.place.told {
            // The whole is told of; what is wrong in it is refused all the same.
            let wrong = samples.iter().find_map(|one| Some((one.text, one.code?)));
            return match wrong.filter(|_| matches!(fate, Fate::Read | Fate::Checked)) {
                Some((text, code)) => is_refused(&put(text).0, code).map(|()| false),
                None => is_told(&put(value), told).map(|()| false),
            };
        }
        match fate {
            Fate::Told => is_told(&put(value), name).map(|()| false),
            Fate::Only(only) => {
                is_silent(&self.place.models, &put(only))?;
                is_told(&put(value), name).map(|()| false)
            }
            Fate::Kept => is_silent(&self.place.models, &put(value)).map(|()| false),
            Fate::Read | Fate::Checked | Fate::Taken if samples.is_empty() => {
                Err("samples.txt does not say what to put there".to_owned())
            }
            Fate::Checked => {
                for one in samples {
                    let code = one.code.ok_or("a sample that is checked is wrong: `! code`")?;
                    is_refused(&put(one.text).0, code)?;
                }
                Ok(false)
            }
            Fate::Read | Fate::Taken => {
                let lands =
                    |one: &&Sample| one.code.is_none() && self.lands(&put(one.text).0, one.text);
                if samples.iter().any(|one| lands(&one)) {
                    return Ok(true);
                }
                let refused = |one: &Sample| {
                    one.code.is_some_and(|code| is_refused(&put(one.text).0, code).is_ok())
                };
                let told = |one: &Sample| {
                    fate == Fate::Taken
                        && [name, "potentialOwner"]
                            .iter()
                            .any(|name| is_told(&put(one.text), name).is_ok())
                };
                if samples.iter().any(|one| refused(one) || told(one)) {
                    return Ok(false);
                }
                Err(format!(
                    "nothing comes of it: {:?}",
                    Outcome::of(&put(samples[0].text).0[0]).said
                ))
            }
        }
    }

    /// Whether a value makes another definition, in which it stands.
    fn lands(&self, files: &[String], sample: &str) -> bool {
        files.iter().zip(&self.place.models).any(|(with, model)| {
            let (before, after) = (Outcome::of(&model.plain()), Outcome::of(with));
            let says = !sample.contains("Sample") || after.yaml.contains("Sample");
            before.yaml != after.yaml && says && (before.sayable || after.sayable)
        })
    }
}

/// A value that an attribute may have, and that says something.
fn value(name: &str, kind: &str, fate: Fate) -> String {
    let other = |value: &str| match fate {
        Fate::Only(only) => schema::truth(only) != schema::truth(value),
        _ => true,
    };
    match kind {
        "boolean" if other("true") => "true".to_owned(),
        "boolean" => "false".to_owned(),
        "integer" => "2".to_owned(),
        "number" => "1.5".to_owned(),
        "text" if name == "messageRef" => "m1".to_owned(),
        "text" => "other".to_owned(),
        values => {
            let is_other = |value: &&str| !matches!(fate, Fate::Only(only) if only == *value);
            values.split('|').rev().find(is_other).expect("it has another value").to_owned()
        }
    }
}

/// A part is reported by a name, and still goes out.
fn is_told((files, part): &(Vec<String>, String), name: &str) -> Result<(), String> {
    let outcome = Outcome::of(&files[0]);
    if !outcome.tells(name) {
        return Err(format!("nobody tells of `{name}`: {:?}\n{}", outcome.said, files[0]));
    }
    if !goes_out(&files[0], part) {
        return Err(format!("`{part}` does not go out again\n{}", files[0]));
    }
    Ok(())
}

/// A part changes nothing, is not told of, and goes out again.
fn is_silent(models: &[Model], (files, part): &(Vec<String>, String)) -> Result<(), String> {
    let (before, after) = (Outcome::of(&models[0].plain()), Outcome::of(&files[0]));
    if !before.is_like(&after) {
        return Err(format!("it is not silent: {:?}\n{}", after.said, files[0]));
    }
    if !goes_out(&files[0], part) {
        return Err(format!("`{part}` does not go out again\n{}", files[0]));
    }
    Ok(())
}

/// A wrong part is refused under a code.
fn is_refused(files: &[String], code: &str) -> Result<(), String> {
    let outcome = Outcome::of(&files[0]);
    match outcome.has(code) {
        true => Ok(()),
        false => Err(format!("expected `{code}`, found {:?}\n{}", outcome.said, files[0])),
    }
}

#[test]
fn every_line_holds() {
    let (places, samples) = (places(), samples());
    let mut tried: BTreeMap<(&str, String), bool> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (&kind, place) in &places {
        let wrong = &mut wrong;
        Trial { kind, place, samples: &samples, tried: &mut tried, wrong }.run();
        if place.told.is_none() && written().contains_key(kind) {
            stands(kind, place, wrong);
        }
    }
    for (name, kind) in types() {
        let attributes = kind.attributes.iter().map(|(name, one)| (format!("@{name}"), one.fate));
        let children = kind.children.iter().map(|(name, one)| ((*name).to_owned(), one.fate));
        for (row, fate) in attributes.chain(children) {
            let landed = tried.get(&(*name, row.clone()));
            match landed {
                None => wrong.push(format!("{name} {row}: no model reaches it")),
                Some(false) if matches!(fate, Fate::Read | Fate::Taken) => {
                    wrong.push(format!("{name} {row}: nothing comes of it anywhere"));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{} lines do not hold\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried.len() > 450, "{}", tried.len());
}

/// An element that is read makes another definition than none; a node has its type.
fn stands(kind: &'static str, place: &Place, wrong: &mut Vec<String>) {
    let outcomes: Vec<Outcome> =
        place.models.iter().map(|model| Outcome::of(&model.plain())).collect();
    if !outcomes.iter().any(|one| one.sayable) {
        wrong.push(format!("{kind}: its model cannot be said: {:?}", outcomes[0].said));
    }
    let lines = types().values().filter_map(|one| one.children.get(kind));
    let is_checked =
        lines.clone().count() > 0 && lines.clone().all(|one| one.fate == Fate::Checked);
    if !is_checked && Outcome::of(&place.models[0].without()).is_like(&outcomes[0]) {
        wrong.push(format!("{kind}: nothing comes of it"));
    }
    if let Some(row) = table::of_tag(kind)
        && !outcomes[0].yaml.contains(&format!("type: {}\n", row.kind))
    {
        wrong.push(format!("{kind}: no `type: {}`\n{}", row.kind, outcomes[0].yaml));
    }
}
