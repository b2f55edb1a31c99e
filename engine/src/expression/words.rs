//! `name` and `label`: what people call a person, a unit, or a word of a choice. Their typing, and
//! what they do. Where the names come from is the scope's.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use cel::common::ast::IdedExpr;
use serde_json::Value;

use super::check::{Checked, Checker, unknown};
use super::evaluate::Machine;
use super::library::wrong;
use super::node::Node;
use super::options::Options;
use super::types::Type;
use super::value::{Val, instant};
use crate::calendar::Zone;
use crate::problem::Problem;
use crate::text::{Language, Text, Texts};
use crate::time::Timestamp;

/// Steps that the name of one person or unit costs: it is looked up outside.
const NAME_STEPS: usize = 500;

/// What people call a value.
#[derive(Debug, Clone)]
pub(super) enum Words {
    /// The person or unit of an id.
    Name,
    /// The label of a word.
    Label(Arc<Options>),
}

/// What an expression gives in words, where that is more than the value itself.
#[derive(Debug, Clone)]
pub(crate) struct Worded(Wording);

#[derive(Debug, Clone)]
enum Wording {
    Words(Words),
    /// A point in time in a zone.
    Moment(Zone),
}

impl Worded {
    /// Words of a type; none where its values stand for themselves.
    pub(super) fn of(ty: &Type, zone: Zone) -> Option<Self> {
        match ty {
            Type::Id => Some(Self(Wording::Words(Words::Name))),
            Type::Choice(options) if options.has_labels() => {
                Some(Self(Wording::Words(Words::Label(Arc::clone(options)))))
            }
            Type::Timestamp => Some(Self(Wording::Moment(zone))),
            Type::List(element) => Self::of(element, zone),
            _ => None,
        }
    }

    /// A value in words, in both languages; `name` says what people call an id. None of what is not
    /// filled in.
    pub(crate) fn text(&self, value: &Value, name: &impl Fn(&str) -> Option<Text>) -> Option<Text> {
        let one = |word: &str, language| match &self.0 {
            Wording::Words(Words::Label(options)) => options.label(word, language).to_owned(),
            Wording::Words(Words::Name) => {
                name(word).map_or_else(|| word.to_owned(), |it| it.get(language).into())
            }
            Wording::Moment(zone) => {
                instant(word).map_or_else(|| word.to_owned(), |at| zone.told(Timestamp(at)))
            }
        };
        let words: Vec<&str> = match value {
            Value::String(word) => vec![word],
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if words.is_empty() {
            return None;
        }
        let in_both = [(Language::Zh, "、"), (Language::En, ", ")].map(|(language, between)| {
            let words: Vec<String> = words.iter().map(|word| one(word, language)).collect();
            (language, words.join(between))
        });
        Some(Text::Many(Texts::from(in_both)))
    }

    /// Whether it is a point in time.
    pub(crate) const fn is_moment(&self) -> bool {
        matches!(self.0, Wording::Moment(_))
    }
}

impl Checker<'_> {
    /// `name(id)` or `label(choice)`, of one or of a list, and in which language.
    pub(super) fn words(&mut self, id: u64, name: &str, given: &[&IdedExpr]) -> Checked {
        let (of, language) = match given {
            [of] => (of, Some(Language::Zh)),
            [of, language] => (of, self.language(language)),
            _ => return self.no_words(id, name),
        };
        let (node, ty) = self.check(of);
        let element = match &ty {
            Type::List(element) => element.as_ref(),
            other => other,
        };
        let (Some(words), Some(language)) = (self.words_of(of.id, name, element), language) else {
            return unknown();
        };
        let gives = if matches!(ty, Type::List(_)) { Type::Text.list() } else { Type::Text };
        (Node::Words { of: Box::new(node), words, language }, gives)
    }

    fn no_words(&mut self, id: u64, name: &str) -> Checked {
        let message = format!("expected `{name}` of one value, and a language at most");
        let hint = match name {
            "name" => "write name(plan.company), or name(plan.company, 'en')",
            _ => "write label(plan.field), or label(plan.field, 'en')",
        };
        self.report(id, Problem::error("wrongArguments", message).hint(hint));
        unknown()
    }

    fn language(&mut self, given: &IdedExpr) -> Option<Language> {
        let (node, _) = self.check(given);
        match node.literal_text() {
            Some("zh") => Some(Language::Zh),
            Some("en") => Some(Language::En),
            found => {
                let found = found.map_or("something else".to_owned(), |it| format!("`{it}`"));
                let message = format!("expected the language 'zh' or 'en', found {found}");
                self.report(given.id, Problem::error("badLiteral", message));
                None
            }
        }
    }

    fn words_of(&mut self, id: u64, name: &str, ty: &Type) -> Option<Words> {
        let (expected, hint) = match (name, ty) {
            ("label", Type::Choice(options)) if options.has_labels() => {
                return Some(Words::Label(Arc::clone(options)));
            }
            ("label", Type::Id) => ("a choice with labels", "write name(…) for a person or a unit"),
            ("label", _) => (
                "a choice with labels",
                "it is of a field of type choice or choices as it stands in its form, and of \
                 `outcomes.NODE`",
            ),
            (_, Type::Id | Type::Text | Type::Any | Type::Null) => {
                if self.environment.knows_names() {
                    return Some(Words::Name);
                }
                let message = "expected `name` in a process: nobody is known here";
                let hint = "a form by itself asks no directory; a rule of it does in a process";
                self.report(id, Problem::error("noDirectory", message).hint(hint));
                return None;
            }
            (_, Type::Choice(_)) => {
                ("the id of a person or a unit", "write label(…) for the words of a choice")
            }
            _ => ("the id of a person or a unit", "of a list of objects, map their ids first"),
        };
        let message = format!("`{name}` expects {expected}, found {ty}");
        self.report(id, Problem::error("wrongType", message).hint(hint));
        None
    }
}

impl<'a> Machine<'a> {
    /// What people call a value, or each of a list.
    pub(super) fn words(
        &mut self,
        of: &Val<'a>,
        words: &'a Words,
        language: Language,
    ) -> Result<Val<'a>, String> {
        match of {
            Val::Null => Ok(Val::Null),
            Val::Text(word) => self.word(word, words, language),
            Val::List(_) | Val::JsonList(..) => {
                let items = of.elements().unwrap_or_else(|| Ok(Vec::new()))?;
                self.charge(items.len())?;
                let items = items.iter().map(|item| self.words(item, words, language));
                Ok(Val::List(Rc::new(items.collect::<Result<_, _>>()?)))
            }
            other => Err(wrong("text", other)),
        }
    }

    fn word(&mut self, word: &str, words: &Words, language: Language) -> Result<Val<'a>, String> {
        let text = match words {
            Words::Label(options) => options.label(word, language).to_owned(),
            Words::Name => {
                self.charge(NAME_STEPS)?;
                let known = self.scope.name_of(word);
                known.map_or_else(|| word.to_owned(), |text| text.get(language).to_owned())
            }
        };
        self.charge_text(text.len())?;
        Ok(Val::Text(Cow::Owned(text)))
    }
}
