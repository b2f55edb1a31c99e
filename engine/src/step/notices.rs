//! Who is told what by itself: the process names templates, a step says when and whom.

use serde_json::Value;

use super::{Halt, ITEMS_MAX, Step};
use crate::actor::Principal;
use crate::definition::source::OneOrMany;
use crate::definition::{Compiler, Dynamic};
use crate::event::{Event, Recipient};
use crate::expression::{Source, Worded};
use crate::ids::{Key, NoticeName};
use crate::instance::Waiting;
use crate::text::Language;

/// Whom a notice or a copy goes to, compiled.
#[derive(Debug)]
pub(crate) enum Whom {
    Role(crate::ids::RoleName),
    Initiator,
    Given(crate::expression::Expression),
}

impl Whom {
    /// Compiles an audience: a role, `initiator`, or an expression.
    pub(crate) fn compile(
        compiler: &mut Compiler<'_>,
        under: &[&str],
        audience: &OneOrMany<String>,
    ) -> Vec<Self> {
        let mut whom = Vec::new();
        for (at, one) in audience.as_slice().iter().enumerate() {
            let at = at.to_string();
            let mut keys = under.to_vec();
            keys.extend(matches!(audience, OneOrMany::Many(_)).then_some(at.as_str()));
            match Source::parse(one) {
                Source::Expression(_) => {
                    whom.extend(compiler.expression(&keys, one, None).map(Self::Given));
                }
                Source::Literal(literal) if literal == "initiator" => whom.push(Self::Initiator),
                Source::Literal(literal) => {
                    let role = literal.as_str().into();
                    compiler.role(&keys, &role);
                    whom.push(Self::Role(role));
                }
            }
        }
        whom
    }
}

impl Step<'_> {
    /// Requests a notice, if there is a template and anybody to tell.
    pub(crate) fn notice(&mut self, key: Key, notice: Option<&NoticeName>, mut to: Vec<Recipient>) {
        to.sort();
        to.dedup();
        if let (Some(notice), false) = (notice, to.is_empty()) {
            let notice = notice.clone();
            self.emit(Event::NoticeRequested { key, notice, to, submission: None });
        }
    }

    /// Requests the receipt of a submission, if there is a template and somebody to send it to.
    pub(crate) fn receipt(&mut self, key: Key, submission: u32, to: Option<Recipient>) {
        let notice = self.definition.notices.receipt.clone();
        if let (Some(notice), Some(to)) = (notice, to) {
            let (to, submission) = (vec![to], Some(submission));
            self.emit(Event::NoticeRequested { key, notice, to, submission });
        }
    }

    /// Everybody an audience means.
    pub(crate) fn recipients(&self, key: Key, whom: &[Whom]) -> Result<Vec<Recipient>, Halt> {
        let mut recipients = Vec::new();
        for one in whom {
            match one {
                Whom::Role(role) => {
                    recipients.push(Recipient::Principal(Principal::Role(role.clone())));
                }
                Whom::Initiator => recipients.extend(self.originator()),
                Whom::Given(expression) => given(&self.evaluate(expression, key)?, &mut recipients),
            }
        }
        Ok(recipients)
    }

    /// That an audience means somebody: an expression that gives no name, and roles that nobody holds,
    /// tell nobody. An empty list is an answer: there may be nobody of that kind; and whoever began a
    /// case may be nobody, since a case may begin by itself.
    pub(crate) fn check_told(&self, key: Key, whom: &[Whom], to: &[Recipient]) -> Result<(), Halt> {
        let mut told = false;
        for one in whom {
            told |= match one {
                Whom::Initiator => true,
                Whom::Role(_) => false,
                Whom::Given(expression) => {
                    self.evaluate(expression, key)? == Value::Array(Vec::new())
                }
            };
        }
        for one in to {
            told = told
                || match one {
                    Recipient::Address(_) => true,
                    Recipient::Principal(Principal::Person(person)) => {
                        self.there(Some(person.clone()))?.is_some()
                    }
                    Recipient::Principal(role) => self.is_held(role)?,
                };
        }
        if told {
            return Ok(());
        }
        let found = match to.is_empty() {
            true => "nobody: the audience came to nothing".to_owned(),
            false => {
                let names = to.iter().map(|one| match one {
                    Recipient::Principal(principal) => principal.to_string(),
                    Recipient::Address(address) => address.clone(),
                });
                format!("{}, which is nobody", names.collect::<Vec<_>>().join(", "))
            }
        };
        Err(Halt::incident("NOBODY_TOLD", format!("expected somebody to tell, found {found}")))
    }

    /// Whoever began the case.
    pub(crate) fn initiator(&self) -> Option<Recipient> {
        let initiator = self.instance.successor(&self.instance.initiator()?.person);
        Some(Recipient::Principal(Principal::Person(initiator.clone())))
    }

    /// Whom a definition means by `initiator`: of a case that another called, whoever began that.
    fn originator(&self) -> Option<Recipient> {
        let initiator = self.instance.successor(&self.instance.originator()?.person);
        Some(Recipient::Principal(Principal::Person(initiator.clone())))
    }

    /// Whoever has a task, or may take it.
    pub(crate) fn holders(&self, key: Key) -> Vec<Recipient> {
        match self.instance.activation(key).map(|activation| &activation.waiting) {
            Some(Waiting::Task { assignee: Some(person), .. }) => {
                vec![Recipient::Principal(Principal::Person(person.clone()))]
            }
            Some(Waiting::Task { candidates, .. }) => {
                candidates.iter().cloned().map(Recipient::Principal).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Tells whoever has a task, or handed something in to an intake, that it is taken away: but for whom
    /// does that.
    pub(super) fn notice_stopped(&mut self, keys: &[Key]) {
        let definition = self.definition;
        let Some(notice) = definition.notices.stopped.as_ref() else { return };
        let own = self.envelope.actor.person().cloned();
        let own = own.map(|person| Recipient::Principal(Principal::Person(person)));
        for key in keys {
            // What is missing to find them is noted, and then the step is done again.
            let Ok(mut to) = self.node_of(*key).behavior.concerned(self, *key) else { continue };
            to.retain(|one| Some(one) != own.as_ref());
            self.notice(*key, Some(notice), to);
        }
    }

    /// Activations with everything inside them.
    pub(super) fn within(&self, keys: &[Key]) -> Vec<Key> {
        let around = |key: &Key| self.instance.activation(*key).map(|one| one.scope);
        let all = self.instance.activations().keys().copied();
        all.filter(|key| {
            std::iter::successors(Some(*key), around).any(|around| keys.contains(&around))
        })
        .collect()
    }

    /// Tells whoever began the case that it ended.
    pub(super) fn notice_ended(&mut self) {
        let definition = self.definition;
        let to = self.initiator().into_iter().collect();
        self.notice(Key(0), definition.notices.ended.as_ref(), to);
    }

    /// The value of a text that may be an expression.
    pub(crate) fn dynamic(&self, dynamic: &Dynamic, key: Key) -> Result<Value, Halt> {
        match dynamic {
            Dynamic::Literal(text) => Ok(Value::String(text.clone())),
            Dynamic::Expression(expression) => self.evaluate(expression, key),
        }
    }

    /// The text of a text that may be an expression; none where nothing is filled in.
    pub(crate) fn dynamic_text(&self, dynamic: &Dynamic, key: Key) -> Result<Option<String>, Halt> {
        let value = self.dynamic(dynamic, key)?;
        if let Dynamic::Expression(expression) = dynamic
            && let Some(worded) = expression.worded().filter(Worded::is_moment)
        {
            return Ok(worded
                .text(&value, &|_| None)
                .map(|text| text.get(Language::Zh).to_owned()));
        }
        match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            other => Ok(Some(other.to_string())),
        }
    }

    /// A count that a text or an expression gives.
    pub(crate) fn dynamic_count(&self, dynamic: &Dynamic, key: Key) -> Result<usize, Halt> {
        let count = match self.dynamic(dynamic, key)? {
            Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.trim().parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let count = count.and_then(|count| usize::try_from(count).ok());
        count.filter(|count| *count <= ITEMS_MAX).ok_or_else(|| {
            let message = format!("expected a whole number up to {ITEMS_MAX}");
            Halt::incident("NOT_A_COUNT", message)
        })
    }
}

/// A number that a form or a table gave as a decimal and that is whole: 2.0 is 2.
fn whole(number: f64) -> Option<u64> {
    let is_whole = number.fract() == 0.0 && (0.0..=1e9).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is small and not negative"
    )]
    is_whole.then_some(number as u64)
}

/// People and addresses in a value: texts, or lists of them.
fn given(value: &Value, recipients: &mut Vec<Recipient>) {
    match value {
        Value::String(text) if text.trim().is_empty() => {}
        Value::String(text) if text.contains('@') && !text.starts_with("role:") => {
            recipients.push(Recipient::Address(text.clone()));
        }
        Value::String(text) => {
            let principal =
                text.parse().unwrap_or_else(|_| Principal::Person(text.as_str().into()));
            recipients.push(Recipient::Principal(principal));
        }
        Value::Array(values) => {
            for value in values {
                given(value, recipients);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}
