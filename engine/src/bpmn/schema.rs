//! Which elements and attributes BPMN has, where they may stand, and whether import reads them. The
//! list is `schema.txt`; what each means is not known here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::model::without_prefix;
use super::names::{BPMN, XSI};
use super::xml::{Id, Tree};

/// What import does with an element or an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It becomes YAML.
    Read,
    /// A rule looks at it.
    Checked,
    /// Some elements read it; on others it is told of.
    Taken,
    /// Nothing runs differently by it.
    Kept,
    /// It is reported.
    Told,
    /// Any other value is reported.
    Only(&'static str),
}

/// An attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute {
    /// `boolean`, `integer`, `number`, `text`, or its values with bars between them.
    pub(super) kind: &'static str,
    pub(super) fate: Fate,
}

/// An element that stands in another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    pub(super) fate: Fate,
    /// What it is by the schema.
    pub(super) kind: &'static str,
}

/// An element or a type that elements are made of.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) base: Option<&'static str>,
    pub(super) group: Option<&'static str>,
    pub(super) fate: Fate,
    pub(super) attributes: BTreeMap<&'static str, Attribute>,
    pub(super) children: BTreeMap<&'static str, Child>,
}

static SCHEMA: LazyLock<BTreeMap<&'static str, Type>> =
    LazyLock::new(|| read(include_str!("schema.txt")));

/// Every type by its name.
pub(super) fn types() -> &'static BTreeMap<&'static str, Type> {
    &SCHEMA
}

/// An attribute of a type or of what it is made of.
pub(super) fn attribute(kind: &str, name: &str) -> Option<Attribute> {
    chain(kind).find_map(|one| one.attributes.get(name).copied())
}

/// What an element is inside another; none where the schema does not have it there.
pub(super) fn child(kind: &str, name: &str) -> Option<Child> {
    if let Some(child) = chain(kind).find_map(|one| one.children.get(name).copied()) {
        return Some(child);
    }
    let (known, own) = types().get_key_value(name)?;
    let mut group = own.group;
    while let Some(one) = group {
        if let Some(child) = chain(kind).find_map(|kind| kind.children.get(one)) {
            let fate = if child.fate == Fate::Told { Fate::Told } else { own.fate };
            return Some(Child { fate, kind: known });
        }
        group = types().get(one).and_then(|kind| kind.group);
    }
    None
}

/// Whether import reads such elements where they may stand.
pub(super) fn is_read(name: &str) -> bool {
    types().get(name).is_some_and(|kind| kind.fate == Fate::Read)
}

/// A type, then those that it is made of.
fn chain(kind: &str) -> impl Iterator<Item = &'static Type> {
    std::iter::successors(types().get(kind), |one| one.base.and_then(|base| types().get(base)))
}

/// The elements of BPMN inside an element of a kind, each with what it is there.
pub(super) fn inside<'t>(
    tree: &'t Tree,
    element: Id,
    kind: &'static str,
) -> impl DoubleEndedIterator<Item = (Id, Option<Child>)> + 't {
    let children = tree.get(element).children.iter().copied();
    let children = children.filter(|child| tree.space(*child) == BPMN);
    children
        .map(move |one| (one, child(kind, tree.local(one)).map(|found| exactly(tree, one, found))))
}

/// An expression may say in `xsi:type` that it is a formal one.
fn exactly(tree: &Tree, element: Id, found: Child) -> Child {
    let says = tree.attribute_in(element, XSI, "type");
    match says.is_some_and(|says| without_prefix(says) == "tFormalExpression") {
        true if found.kind == "expression" => Child { kind: "formalExpression", ..found },
        true | false => found,
    }
}

impl Attribute {
    /// Whether it may have a value; what it must be where it may not.
    pub(super) fn check(&self, value: &str) -> Result<(), String> {
        let value = value.trim();
        let (good, expected) = match self.kind {
            "text" => return Ok(()),
            "boolean" => {
                let good = matches!(value, "true" | "false" | "1" | "0");
                (good, "`true` or `false`".to_owned())
            }
            "integer" => (value.parse::<i64>().is_ok(), "a whole number".to_owned()),
            "number" => (value.parse::<f64>().is_ok(), "a number".to_owned()),
            values => {
                let good = values.split('|').any(|one| one == value);
                (good, format!("one of `{}`", values.replace('|', "`, `")))
            }
        };
        if good { Ok(()) } else { Err(expected) }
    }

    /// Whether a value says nothing that is left out.
    pub(super) fn is_silent(&self, value: &str) -> bool {
        match self.fate {
            Fate::Read | Fate::Checked | Fate::Kept => true,
            Fate::Taken | Fate::Told => false,
            Fate::Only(only) if self.kind == "boolean" => truth(value) == truth(only),
            Fate::Only(only) => value.trim() == only,
        }
    }
}

/// A boolean as XML Schema writes it.
pub(super) fn truth(value: &str) -> Option<bool> {
    match value.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Reads the list.
fn read(list: &'static str) -> BTreeMap<&'static str, Type> {
    let mut types: BTreeMap<&str, Type> = BTreeMap::new();
    let mut last = "";
    for line in list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let mut words = line.split_whitespace();
        let first = words.next().expect("a line says something");
        if !line.starts_with(' ') {
            types.insert(first, heading(words));
            last = first;
            continue;
        }
        let known = types.get_mut(last).expect("a type stands above what it has");
        if let Some(name) = first.strip_prefix('@') {
            let kind = words.next().expect("an attribute has a kind");
            known.attributes.insert(name, Attribute { kind, fate: fate(words.next()) });
        } else {
            let (name, kind) = first.split_once('~').unwrap_or((first, first));
            known.children.insert(name, Child { kind, fate: fate(words.next()) });
        }
    }
    types
}

fn heading(mut words: std::str::SplitWhitespace<'static>) -> Type {
    let (mut base, mut group, mut own) = (None, None, Fate::Told);
    while let Some(word) = words.next() {
        match word {
            "<" => base = words.next(),
            "for" => group = words.next(),
            word => own = fate(Some(word)),
        }
    }
    Type { base, group, fate: own, attributes: BTreeMap::new(), children: BTreeMap::new() }
}

fn fate(word: Option<&'static str>) -> Fate {
    match word {
        Some("read") => Fate::Read,
        Some("checked") => Fate::Checked,
        Some("taken") => Fate::Taken,
        Some("kept") => Fate::Kept,
        Some("told") => Fate::Told,
        Some(word) => Fate::Only(word.strip_prefix("only:").expect("a test reads the list")),
        None => Fate::Told,
    }
}
