//! The types that expressions are checked against, and the names they may use. How values of
//! those types look at run time is `value.rs`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono_tz::Tz;

use super::options::Options;
use crate::calendar::Calendar;
use crate::ids::RegisterName;

/// What kind of value an expression, a name or a field has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// A number with a fraction.
    Double,
    /// Text.
    Text,
    /// Text that is one of a few words, such as the options of a choice.
    Choice(Arc<Options>),
    /// Text that is the id of a person or of a unit.
    Id,
    /// A calendar day, `YYYY-MM-DD` in JSON. It has no time and no zone.
    Date,
    /// An instant: RFC 3339 text, or milliseconds since 1970, in JSON.
    Timestamp,
    /// A length of time: text such as `3600s` in JSON.
    Duration,
    /// A list of values of one type.
    List(Box<Type>),
    /// Values by keys that are not known beforehand.
    Map(Box<Type>),
    /// Named fields.
    Object(Arc<ObjectType>),
    /// Nothing.
    Null,
    /// Not known before it runs; everything is allowed and checked then.
    Any,
}

/// The fields of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectType {
    /// What the object is called in messages, such as `implementationPlan`.
    pub name: String,
    /// Its fields by name.
    pub fields: BTreeMap<String, Field>,
}

/// One field of an object, or one name of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it holds.
    pub ty: Type,
    /// Whether it may be absent, which reads as `null`.
    pub optional: bool,
}

impl Field {
    /// A field that is always there.
    pub fn required(ty: Type) -> Self {
        Self { ty, optional: false }
    }

    /// A field that may be absent.
    pub fn optional(ty: Type) -> Self {
        Self { ty, optional: true }
    }
}

impl Type {
    /// A list of this type.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    /// Text that is one of some words.
    pub fn choice<T: Into<String>>(options: impl IntoIterator<Item = T>) -> Self {
        Self::Choice(Arc::new(Options::plain(options.into_iter().map(Into::into))))
    }

    /// Whether its values are texts that may be joined and compared with any other.
    pub(crate) const fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Choice(_) | Self::Id)
    }

    /// An object with a name and fields.
    pub fn object(
        name: impl Into<String>,
        fields: impl IntoIterator<Item = (String, Field)>,
    ) -> Self {
        Self::Object(Arc::new(ObjectType {
            name: name.into(),
            fields: fields.into_iter().collect(),
        }))
    }

    /// Whether a value of this type can stand where another is expected.
    pub fn fits(&self, expected: &Self) -> bool {
        match (self, expected) {
            (Self::Any | Self::Null, _)
            | (_, Self::Any)
            | (Self::Int, Self::Double)
            | (Self::Choice(_) | Self::Id | Self::Date, Self::Text)
            | (Self::Text | Self::Choice(_) | Self::Id, Self::Choice(_) | Self::Id) => true,
            (Self::List(found), Self::List(expected)) | (Self::Map(found), Self::Map(expected)) => {
                found.fits(expected)
            }
            (Self::Object(found), Self::Map(expected)) => {
                found.fields.values().all(|field| field.ty.fits(expected))
            }
            (Self::Map(found), Self::Object(expected)) => {
                expected.fields.values().all(|field| found.fits(&field.ty))
            }
            (Self::Object(found), Self::Object(expected)) => {
                found == expected
                    || expected.fields.iter().all(|(name, field)| {
                        found.fields.get(name).map_or(field.optional, |own| own.ty.fits(&field.ty))
                    })
            }
            (found, expected) => found == expected,
        }
    }

    /// The narrowest type that both fit, `Any` where there is none.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        match (self, other) {
            (left, right) if left == right => left.clone(),
            (Self::Null, ty) | (ty, Self::Null) => ty.clone(),
            (Self::Int | Self::Double, Self::Int | Self::Double) => Self::Double,
            (left, right) if left.is_text() && right.is_text() => Self::Text,
            (Self::List(left), Self::List(right)) => left.join(right).list(),
            (Self::Map(left), Self::Map(right)) => Self::Map(Box::new(left.join(right))),
            _ => Self::Any,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true/false"),
            Self::Int => f.write_str("whole number"),
            Self::Double => f.write_str("number"),
            Self::Text => f.write_str("text"),
            Self::Choice(options) => {
                let shown = options.iter().take(6).map(String::as_str).collect::<Vec<_>>();
                let more = if options.len() > shown.len() { ", …" } else { "" };
                write!(f, "one of {}{more}", shown.join(", "))
            }
            Self::Id => f.write_str("id of a person or a unit"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("point in time"),
            Self::Duration => f.write_str("duration"),
            Self::List(element) => write!(f, "list of {element}"),
            Self::Map(value) => write!(f, "map of {value}"),
            Self::Object(object) if object.name.is_empty() => f.write_str("object"),
            Self::Object(object) => f.write_str(&object.name),
            Self::Null => f.write_str("null"),
            Self::Any => f.write_str("anything"),
        }
    }
}

/// The names an expression may use, the time zone in which an instant has a date, and the calendar
/// by which working days are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    names: BTreeMap<String, Field>,
    zone: Tz,
    calendar: Option<Arc<Calendar>>,
    /// Whether a name that is not there may be anything.
    open: bool,
    /// What entries of registers are like, where registers can be looked into.
    registers: Option<Arc<BTreeMap<RegisterName, Type>>>,
    /// Whether it can be asked what people and units are called.
    names_people: bool,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            names: BTreeMap::new(),
            zone: Tz::Asia__Shanghai,
            calendar: None,
            open: false,
            names_people: false,
            registers: None,
        }
    }
}

impl Environment {
    /// No names; the zone is Asia/Shanghai.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a name that is always there.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, ty: Type) -> Self {
        self.names.insert(name.into(), Field::required(ty));
        self
    }

    /// The same with a name that may be absent, which reads as `null`.
    #[must_use]
    pub fn with_optional(mut self, name: impl Into<String>, ty: Type) -> Self {
        self.names.insert(name.into(), Field::optional(ty));
        self
    }

    /// The same in another time zone.
    #[must_use]
    pub fn with_zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// The same by a calendar, and in its time zone.
    #[must_use]
    pub fn with_calendar(mut self, calendar: Arc<Calendar>) -> Self {
        self.zone = calendar.zone().tz();
        self.calendar = Some(calendar);
        self
    }

    /// The same where every other name may be anything: what is checked without its surroundings.
    #[must_use]
    pub fn with_any_name(mut self) -> Self {
        self.open = true;
        self
    }

    /// The same where registers can be looked into: what the entries of each are like.
    #[must_use]
    pub(crate) fn with_registers(mut self, registers: BTreeMap<RegisterName, Type>) -> Self {
        self.registers = Some(Arc::new(registers));
        self
    }

    /// What entries of registers are like; none where they cannot be looked into.
    pub(super) fn registers(&self) -> Option<Arc<BTreeMap<RegisterName, Type>>> {
        self.registers.clone()
    }

    /// The same where it can be asked what people and units are called.
    #[must_use]
    pub fn with_directory(mut self) -> Self {
        self.names_people = true;
        self
    }

    /// Whether it can be asked what people and units are called, or may turn out so.
    pub(super) const fn knows_names(&self) -> bool {
        self.open || self.names_people
    }

    /// Adds a name.
    pub fn insert(&mut self, name: impl Into<String>, field: Field) {
        self.names.insert(name.into(), field);
    }

    /// What a name holds.
    pub fn get(&self, name: &str) -> Option<&Field> {
        const ANYTHING: &Field = &Field { ty: Type::Any, optional: true };
        self.names.get(name).or(self.open.then_some(ANYTHING))
    }

    /// Every name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The zone in which `date(now)` and `year(now)` are read.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The calendar by which working days are counted, if there is one.
    pub(super) const fn calendar(&self) -> Option<&Arc<Calendar>> {
        self.calendar.as_ref()
    }

    /// Whether working days may turn out to be countable: what is checked without its surroundings
    /// does not know of their calendar.
    pub(super) const fn may_count_workdays(&self) -> bool {
        self.open || self.calendar.is_some()
    }
}
