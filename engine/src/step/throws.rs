//! What an end event, an intermediate throw event or a send task throws. How it finds whoever catches
//! it is in `throwing`.

use super::{Halt, Leave, Step, ending};
use crate::command::Request;
use crate::definition::{Compiler, Dynamic};
use crate::elements::Element;
use crate::event::{Cause, Event};
use crate::ids::{DocumentName, ErrorCode, EscalationCode, Key, MessageName, NodeName, SignalName};
use crate::problem::Problem;

/// Messages and signals of cases that follow each other, each because of the one before.
pub const HOPS_MAX: u32 = 5_000;
/// In `compensate:`, everything in the scope.
const ALL: &str = "all";

/// What is thrown, compiled.
#[derive(Debug)]
pub(crate) enum Throw {
    Nothing,
    Message {
        message: MessageName,
        key: Dynamic,
        payload: Option<DocumentName>,
    },
    Signal {
        signal: SignalName,
        payload: Option<DocumentName>,
    },
    Error {
        code: ErrorCode,
        message: Option<Dynamic>,
    },
    Escalation(EscalationCode),
    /// Undoes one activity, or everything in the scope.
    Compensation(Option<NodeName>),
    Cancel,
}

/// The keys of an event's YAML that say what it throws.
#[derive(Debug, Default)]
pub(crate) struct ThrowSource<'a> {
    pub(crate) message: Option<&'a MessageName>,
    pub(crate) key: Option<&'a String>,
    pub(crate) payload: Option<&'a DocumentName>,
    pub(crate) signal: Option<&'a SignalName>,
    pub(crate) error: Option<&'a ErrorCode>,
    pub(crate) text: Option<&'a String>,
    pub(crate) escalation: Option<&'a EscalationCode>,
    pub(crate) compensate: Option<&'a NodeName>,
    pub(crate) cancel: bool,
}

impl ThrowSource<'_> {
    /// Compiles it; at most one thing is thrown.
    pub(crate) fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Throw> {
        let given: Vec<&str> = [
            ("message", self.message.is_some()),
            ("signal", self.signal.is_some()),
            ("error", self.error.is_some()),
            ("escalation", self.escalation.is_some()),
            ("compensate", self.compensate.is_some()),
            ("cancel", self.cancel),
        ]
        .into_iter()
        .filter_map(|(key, given)| given.then_some(key))
        .collect();
        if given.len() > 1 {
            let message = format!("expected one thing to throw, found {}", given.join(" and "));
            compiler.report(&[given[1]], Problem::error("badEvent", message));
            return None;
        }
        if let (Some(_), None, None) = (self.payload, self.message, self.signal) {
            let message = "expected `payload` only with `message` or `signal`";
            compiler.report(&["payload"], Problem::error("badEvent", message));
        }
        if let Some(payload) = self.payload {
            compiler.document(&["payload"], payload);
        }
        let payload = self.payload.cloned();
        if let Some(message) = self.message {
            let Some(key) = self.key else {
                let message =
                    "expected `key`: the correlation key of whoever waits for the message";
                compiler.report(&[], Problem::error("badEvent", message));
                return None;
            };
            let key = compiler.dynamic(&["key"], key, None)?;
            return Some(Throw::Message { message: message.clone(), key, payload });
        }
        if let Some(signal) = self.signal.cloned() {
            return Some(Throw::Signal { signal, payload });
        }
        ending::check_thrown(compiler, self.error);
        if let Some(code) = self.error.cloned() {
            let message = match self.text {
                Some(text) => Some(compiler.dynamic(&["errorMessage"], text, None)?),
                None => None,
            };
            return Some(Throw::Error { code, message });
        }
        if let Some(code) = self.escalation.cloned() {
            return Some(Throw::Escalation(code));
        }
        if let Some(activity) = self.compensate {
            return compile_compensation(compiler, activity);
        }
        if self.cancel && !matches!(compiler.around(), Some(Element::Transaction(_))) {
            let message = "expected `cancel` only directly inside a `transaction`";
            compiler.report(&["cancel"], Problem::error("eventNotAllowed", message));
            return None;
        }
        Some(if self.cancel { Throw::Cancel } else { Throw::Nothing })
    }
}

fn compile_compensation(compiler: &mut Compiler<'_>, activity: &NodeName) -> Option<Throw> {
    if activity.as_str() == ALL {
        return Some(Throw::Compensation(None));
    }
    if !compiler.node_exists(&["compensate"], activity) {
        return None;
    }
    if !compiler.is_undone_from_here(activity) {
        let message = format!(
            "expected an activity inside what this stands in, found `{activity}`, which is around it or \
             beside it: nothing of it would be undone"
        );
        let problem = Problem::error("nothingToCompensate", message)
            .hint("throw it where the activity stands, such as behind this sub-process");
        compiler.report(&["compensate"], problem);
        return None;
    }
    if !compiler.has_compensation(activity) {
        let message = format!(
            "expected an activity with a compensation handler, or `{ALL}`; `{activity}` has none"
        );
        let problem = Problem::error("nothingToCompensate", message)
            .hint("let a boundaryEvent with `compensation: true` stand on it, or inside it");
        compiler.report(&["compensate"], problem);
        return None;
    }
    Some(Throw::Compensation(Some(activity.clone())))
}

impl Throw {
    /// Throws it, and lets the activation go on as `leave` says.
    pub(crate) fn run(&self, step: &mut Step<'_>, key: Key, leave: Leave) -> Result<(), Halt> {
        match self {
            Self::Nothing => step.complete(key, leave),
            Self::Message { message, key: correlation, payload } => {
                step.may_answer()?;
                let correlation = step.message_key(message, correlation, key)?;
                let payload = match payload {
                    Some(document) => step.carried(document)?.map(|content| content.hash),
                    None => None,
                };
                let from = step.activation(key).node.clone();
                let calendars = &step.facts.calendars;
                let until = step.definition.message_kept_until(message, step.now(), calendars);
                let message = message.clone();
                let request = Request::SendMessage { message, correlation, payload, from, until };
                step.request_by(key, request);
                step.complete(key, leave)
            }
            Self::Signal { signal, payload } => {
                step.may_answer()?;
                let payload = match payload {
                    Some(document) => step.carried(document)?,
                    None => None,
                };
                step.throw_signal(key, signal, payload.as_ref(), leave)
            }
            Self::Error { code, message } => {
                let message = match message {
                    Some(message) => step.dynamic_text(message, key)?.unwrap_or_default(),
                    None => String::new(),
                };
                step.throw_error(key, code, &message)
            }
            Self::Escalation(code) => step.escalate(key, code, Some(leave)),
            Self::Compensation(activity) => step.compensate(key, activity.as_ref()),
            Self::Cancel => {
                let scope = step.activation(key).scope;
                step.terminate_others(scope, Some(key), &Cause::TransactionCancelled);
                let by = step.activation(key).node.clone();
                step.emit(Event::ScopeInterrupted { scope, by });
                // Of one over a list all runs are cancelled, and what each did is undone.
                let run = step.activation(scope);
                let whole = if run.item.is_some() { run.scope } else { scope };
                if whole != scope {
                    step.terminate_others(whole, Some(scope), &Cause::TransactionCancelled);
                }
                step.compensate_in(key, whole, None)
            }
        }
    }

    /// All that was to be undone is undone.
    pub(crate) fn compensated(
        &self,
        step: &mut Step<'_>,
        key: Key,
        leave: Leave,
    ) -> Result<(), Halt> {
        match self {
            Self::Cancel => step.leave_cancelled(step.activation(key).scope),
            Self::Nothing
            | Self::Message { .. }
            | Self::Signal { .. }
            | Self::Error { .. }
            | Self::Escalation(_)
            | Self::Compensation(_) => step.complete(key, leave),
        }
    }
}

impl Step<'_> {
    /// Whether a message or a signal may be thrown, and is not one more of those that cases answer each
    /// other with for ever. A retry goes on, as many times as before.
    fn may_answer(&self) -> Result<(), Halt> {
        if self.envelope.hops < HOPS_MAX {
            return Ok(());
        }
        let message = format!(
            "expected somebody, a clock or a service to come before the next, but {HOPS_MAX} messages \
             and signals of cases followed each other, each because of the one before"
        );
        Err(Halt::incident("TOO_MANY_ANSWERS", message))
    }
}
