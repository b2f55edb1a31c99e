//! Whether the data of a case fit another version of its process: documents and fields that hold something
//! and are not there, or are something else. Compares and decides; what is then done is `migration`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::command::{Content, DocumentPlan, FieldPlan, Plan};
use crate::definition::{Definition, Document};
use crate::elements::Element;
use crate::event::{Redocumented, Refielded};
use crate::fate::{Becomes, DataFate, Misfit};
use crate::form::{FieldSource, FieldType, FormSource, type_name};
use crate::ids::{DocumentName, Hash, Key};
use crate::instance::{Instance, Submission, Waiting};

/// Contents by their hash.
pub type Contents = BTreeMap<Hash, Arc<Value>>;

/// The data of a case between two versions of its process.
pub(super) struct Data<'a> {
    old: &'a Definition,
    new: &'a Definition,
    instance: &'a Instance,
    documents: BTreeMap<&'a DocumentName, &'a DocumentPlan>,
    fields: Vec<&'a FieldPlan>,
    held: BTreeMap<&'a DocumentName, Held<'a>>,
}

/// What a document holds.
type Held<'a> = BTreeSet<&'a Hash>;

/// What a migration makes of data.
#[derive(Default)]
pub(super) struct MovedData {
    pub(super) documents: Vec<Redocumented>,
    pub(super) items: Vec<(Value, Value)>,
    /// Contents that are new by that.
    pub(super) contents: Vec<Content>,
}

/// A field of a form, by its name.
type Named<'f> = (&'f String, &'f FieldSource);

/// A level of a form.
struct Level<'f> {
    document: &'f DocumentName,
    /// The names that lead to it, with a dot after each.
    path: String,
    /// The same in the other version.
    to: String,
    old: Vec<Named<'f>>,
    new: Vec<Named<'f>>,
}

impl<'a> Data<'a> {
    pub(super) fn new(
        old: &'a Definition,
        new: &'a Definition,
        instance: &'a Instance,
        plan: &'a Plan,
    ) -> Self {
        Self {
            old,
            new,
            instance,
            documents: plan.documents.iter().map(|one| (&one.from, one)).collect(),
            fields: plan.fields.iter().collect(),
            held: held(old, instance),
        }
    }

    /// The name of a document in the other version; none where its data is left behind.
    fn image(&self, document: &'a DocumentName) -> Option<&'a DocumentName> {
        self.documents.get(document).map_or(Some(document), |plan| plan.to.as_ref())
    }

    fn both(&self, document: &'a DocumentName) -> Option<(&'a Document, &'a Document)> {
        let new = self.new.documents.get(self.image(document)?)?;
        Some((self.old.documents.get(document)?, new))
    }

    fn fields_of(&self, document: &DocumentName) -> impl Iterator<Item = &'a FieldPlan> {
        self.fields.iter().copied().filter(move |one| one.document == *document)
    }

    /// Contents that must be looked at.
    pub(super) fn needs(&self) -> BTreeSet<Hash> {
        let differs = |document: &'a DocumentName| {
            self.both(document).is_some_and(|(old, new)| old.form.source() != new.form.source())
                || self.fields_of(document).next().is_some()
        };
        let held = self.held.iter().filter(|(document, _)| differs(document));
        held.flat_map(|(_, held)| held).map(|hash| (*hash).clone()).collect()
    }

    /// What becomes of data that is not as it is, under its name.
    pub(super) fn fates(&self, contents: &Contents) -> Vec<DataFate> {
        let mut fates = Vec::new();
        for (document, held) in &self.held {
            let image = self.image(document);
            let becomes = self.becomes(document, image);
            let goes_over = becomes == Becomes::Stays;
            if !goes_over || image != Some(document) {
                fates.push(DataFate {
                    document: (*document).clone(),
                    field: None,
                    to: image.filter(|_| goes_over).map(DocumentName::to_string),
                    becomes,
                });
            }
            if let Some((old, new)) = self.both(document).filter(|_| goes_over) {
                let values = held.iter().filter_map(|hash| contents.get(*hash));
                let values: Vec<&Value> = values.map(|value| &**value).collect();
                let level = Level {
                    document,
                    path: String::new(),
                    to: String::new(),
                    old: fields(old.form.source()),
                    new: fields(new.form.source()),
                };
                self.of_fields(&level, &values, &mut fates);
            }
        }
        fates
    }

    fn becomes(&self, document: &'a DocumentName, image: Option<&'a DocumentName>) -> Becomes {
        let Some(image) = image else { return Becomes::Ends };
        let Some(new) = self.new.documents.get(image) else {
            // What neither version knows stays where it is; only its own version would read it.
            return match self.old.documents.contains_key(document) || image != document {
                true => Becomes::Unfit(Misfit::NoDocument { document: image.clone() }),
                false => Becomes::Stays,
            };
        };
        let same = |other: &&&DocumentName| {
            **other != document && self.image(other) == Some(image) && image != document
        };
        if let Some(other) = self.held.keys().find(same) {
            return Becomes::Unfit(Misfit::Taken { by: other.to_string() });
        }
        let other_list = self.old.documents.get(document).is_some_and(|old| old.list != new.list);
        match other_list {
            true => Becomes::Unfit(Misfit::OtherList { list: new.list }),
            false => Becomes::Stays,
        }
    }

    fn of_fields(&self, level: &Level<'_>, values: &[&Value], fates: &mut Vec<DataFate>) {
        let own = |name: &str| -> Vec<&Value> {
            let all = values.iter().filter_map(|value| value.get(name));
            let all = all.flat_map(|value| match value {
                Value::Array(rows) if rows.iter().all(Value::is_object) => rows.iter().collect(),
                other => vec![other],
            });
            all.filter(|value| !is_empty(value)).collect()
        };
        for (name, field) in &level.old {
            let values = own(name);
            if values.is_empty() {
                continue;
            }
            let path = format!("{}{name}", level.path);
            let plan = self.fields_of(level.document).find(|one| one.from == path);
            let image = plan.map_or(Some(*name), |plan| plan.to.as_ref());
            let to = image.map(|image| format!("{}{image}", level.to));
            let now = level.new.iter().find(|(name, _)| Some(*name) == image).map(|(_, now)| *now);
            let taken = level.old.iter().find(|(other, _)| {
                other != name && Some(*other) == image && !own(other).is_empty() && {
                    let path = format!("{}{other}", level.path);
                    !self.fields_of(level.document).any(|one| one.from == path)
                }
            });
            let becomes = match (&to, now, taken) {
                (None, ..) => Becomes::Ends,
                (Some(to), None, _) => Becomes::Unfit(Misfit::NoField { field: to.clone() }),
                (_, _, Some((other, _))) => {
                    Becomes::Unfit(Misfit::Taken { by: format!("{}{other}", level.path) })
                }
                (_, Some(now), _) if !is_same(field, now) => {
                    let (found, other) = (called(field), called(now));
                    Becomes::Unfit(Misfit::OtherType { found, other })
                }
                _ => Becomes::Stays,
            };
            let goes_over = becomes == Becomes::Stays;
            if !goes_over || image != Some(*name) {
                fates.push(DataFate {
                    document: level.document.clone(),
                    field: Some(path.clone()),
                    to: to.clone().filter(|_| goes_over),
                    becomes,
                });
            }
            if let (true, Some(to), Some(now)) = (goes_over, to, now) {
                let level = Level {
                    document: level.document,
                    path: format!("{path}."),
                    to: format!("{to}."),
                    old: field.columns.iter().chain(&field.fields).collect(),
                    new: now.columns.iter().chain(&now.fields).collect(),
                };
                self.of_fields(&level, &values, fates);
            }
        }
    }

    /// What is called otherwise from here on.
    pub(super) fn moved(&self, contents: &Contents) -> MovedData {
        let mut moved = MovedData::default();
        let planned =
            self.documents.keys().copied().chain(self.fields.iter().map(|one| &one.document));
        for document in planned.collect::<BTreeSet<&DocumentName>>() {
            let to = self.image(document);
            let fields = self.fields_of(document).filter(|_| to.is_some());
            let fields = fields.map(|one| Refielded { from: one.from.clone(), to: one.to.clone() });
            let number =
                |name| self.instance.documents().get(name).map_or(0, |state| state.version);
            let last = number(document);
            let mut one = Redocumented {
                from: document.clone(),
                to: to.cloned(),
                last,
                after: to.map_or(last, |to| last.max(number(to))),
                fields: fields.collect(),
                contents: Vec::new(),
                intakes: self.intakes_of(document),
            };
            if let Some(held) = self.held.get(document).filter(|_| !one.fields.is_empty()) {
                for hash in held {
                    let Some(before) = contents.get(*hash) else { continue };
                    let now = Content::new(one.content(before));
                    if now.hash != **hash {
                        one.contents.push(((*hash).clone(), now.hash.clone()));
                        moved.contents.push(now);
                    }
                }
            }
            if one.to.as_ref() != Some(&one.from) || !one.fields.is_empty() {
                moved.documents.push(one);
            }
        }
        moved.items = self.items(&moved, contents);
        moved
    }

    fn intakes_of(&self, document: &DocumentName) -> Vec<Key> {
        let all = intakes(self.old, self.instance);
        all.filter(|(_, into, _)| *into == document).map(|(key, ..)| key).collect()
    }

    /// Items of lists that are copies of contents, or of rows and groups in them.
    fn items(&self, moved: &MovedData, contents: &Contents) -> Vec<(Value, Value)> {
        let mut copies = BTreeMap::new();
        for one in &moved.documents {
            let before = one.contents.iter().filter_map(|(before, _)| contents.get(before));
            before.for_each(|before| one.copies(before, &mut copies));
        }
        let mut items: Vec<(Value, Value)> = Vec::new();
        if copies.is_empty() {
            return items;
        }
        let mut seen = BTreeSet::new();
        for item in self.instance.kept_items() {
            if seen.insert(item.to_string())
                && let Some(now) = copies.get(&item.to_string())
            {
                items.push((item.clone(), now.clone()));
            }
        }
        items
    }
}

/// What every document holds: versions that count, copies that are kept to undo something, and what was
/// handed in.
fn held<'a>(old: &'a Definition, instance: &'a Instance) -> BTreeMap<&'a DocumentName, Held<'a>> {
    let mut held: BTreeMap<&DocumentName, Held<'_>> = BTreeMap::new();
    let copies = instance.done().iter().flat_map(|done| &done.documents);
    for (name, state) in instance.documents().iter().chain(copies) {
        if !state.current.is_empty() {
            held.entry(name).or_default().extend(&state.current);
        }
    }
    for (_, into, submissions) in intakes(old, instance).filter(|(.., all)| !all.is_empty()) {
        held.entry(into).or_default().extend(submissions.iter().map(|one| &one.hash));
    }
    held
}

/// Intakes, open and closed, with the lists that they fill and what they received.
fn intakes<'a>(
    old: &'a Definition,
    instance: &'a Instance,
) -> impl Iterator<Item = (Key, &'a DocumentName, &'a [Submission])> {
    let open = instance.activations().iter().filter_map(|(key, one)| match &one.waiting {
        Waiting::Submissions { submissions, .. } => Some((*key, &one.node, submissions)),
        _ => None,
    });
    let closed = instance.closed_intakes().iter();
    let closed = closed.map(|(key, one)| (*key, &one.node, &one.received));
    open.chain(closed).filter_map(|(key, node, received)| {
        match old.node(node.as_str()).map(|node| &node.element) {
            Some(Element::Intake(intake)) => Some((key, &intake.into, received.as_slice())),
            _ => None,
        }
    })
}

/// The fields of a form, with those of its sections.
pub(super) fn fields(form: &FormSource) -> Vec<Named<'_>> {
    form.sections.iter().flat_map(|section| &section.fields).chain(&form.fields).collect()
}

/// Whether somebody would miss a value.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether what one field holds is what the other holds.
fn is_same(old: &FieldSource, new: &FieldSource) -> bool {
    let wider = matches!(
        (old.kind, new.kind),
        (FieldType::Text, FieldType::LongText) | (FieldType::Integer, FieldType::Decimal)
    );
    (old.kind == new.kind || wider) && old.many.unwrap_or_default() == new.many.unwrap_or_default()
}

fn called(field: &FieldSource) -> String {
    match field.many {
        Some(true) => format!("several of {}", type_name(field.kind)),
        Some(false) | None => type_name(field.kind),
    }
}
