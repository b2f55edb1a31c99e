//! What begins, continues or interrupts something: a timer, a message, a signal, a condition, an
//! error, an escalation, a compensation, a cancellation. Start, catch and boundary events share it;
//! which of them each may have is in its element.

use serde_json::json;

use super::messages::Awaited;
use super::{Halt, Step, ending};
use crate::clock::Cycle;
use crate::command::Content;
use crate::definition::source::{Repeat, Time, VariableType};
use crate::definition::{Compiler, When};
use crate::event::{Event, TimerPurpose};
use crate::expression::{Expression, Type};
use crate::ids::{ErrorCode, EscalationCode, Key, MessageName, NodeName, SignalName};
use crate::instance::Timer;
use crate::problem::Problem;

/// The code in YAML that stands for every code.
pub(crate) const ANY: &str = "any";

/// What an event waits for, compiled.
#[derive(Debug)]
pub(crate) enum Trigger {
    Timer {
        when: Box<When>,
        repeat: Repeat,
    },
    Message {
        awaited: Awaited,
        into: Option<String>,
    },
    Signal {
        signal: SignalName,
        into: Option<String>,
    },
    Condition(Expression),
    /// None is every error.
    Error {
        code: Option<ErrorCode>,
        into: Option<String>,
    },
    /// None is every escalation.
    Escalation {
        code: Option<EscalationCode>,
        into: Option<String>,
    },
    Compensation,
    Cancel,
}

/// The keys of an event's YAML that say what it waits for.
#[derive(Debug, Default)]
pub(crate) struct TriggerSource<'a> {
    pub(crate) timer: Option<&'a Time>,
    pub(crate) repeat: Repeat,
    pub(crate) message: Option<&'a MessageName>,
    pub(crate) key: Option<&'a String>,
    pub(crate) into: Option<&'a String>,
    pub(crate) signal: Option<&'a SignalName>,
    pub(crate) condition: Option<&'a String>,
    pub(crate) error: Option<&'a ErrorCode>,
    pub(crate) escalation: Option<&'a EscalationCode>,
    pub(crate) compensation: bool,
    pub(crate) cancel: bool,
}

impl TriggerSource<'_> {
    /// The keys that are given, of those that say what is waited for.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        [
            ("timer", self.timer.is_some()),
            ("message", self.message.is_some()),
            ("signal", self.signal.is_some()),
            ("condition", self.condition.is_some()),
            ("error", self.error.is_some()),
            ("escalation", self.escalation.is_some()),
            ("compensation", self.compensation),
            ("cancel", self.cancel),
        ]
        .into_iter()
        .filter_map(|(key, given)| given.then_some(key))
        .collect()
    }

    /// Compiles it; one of `allowed` must be given. `under` is where the keys stand in the node.
    pub(crate) fn compile(
        &self,
        compiler: &mut Compiler<'_>,
        under: &[&str],
        allowed: &[&str],
    ) -> Option<Trigger> {
        let given = self.given();
        let [one] = given[..] else {
            let message = format!(
                "expected exactly one of {}, found {}",
                allowed.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "),
                if given.is_empty() { "none".to_owned() } else { given.join(" and ") }
            );
            compiler.report(under, Problem::error("badEvent", message));
            return None;
        };
        let keys = |key| under.iter().copied().chain([key]).collect::<Vec<_>>();
        if !allowed.contains(&one) {
            let message = format!(
                "expected one of {} here, found `{one}`",
                allowed.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "),
            );
            compiler.report(&keys(one), Problem::error("eventNotAllowed", message));
            return None;
        }
        self.check_beside(compiler, under, one);
        self.compile_one(compiler, under, one)
    }

    /// Keys that only go with some of them.
    fn check_beside(&self, compiler: &mut Compiler<'_>, under: &[&str], one: &str) {
        let beside = [
            ("repeat", self.repeat.is_said(), &["timer"][..]),
            ("key", self.key.is_some(), &["message"]),
            ("into", self.into.is_some(), &["message", "signal", "error", "escalation"]),
        ];
        for (key, given, goes_with) in beside {
            if given && !goes_with.contains(&one) {
                let message = format!("expected `{key}` only with {}", goes_with.join(", "));
                let keys: Vec<&str> = under.iter().copied().chain([key]).collect();
                compiler.report(&keys, Problem::error("badEvent", message));
            }
        }
        if let Some(into) = self.into
            && !compiler.source.documents.contains_key(into.as_str())
        {
            let keys: Vec<&str> = under.iter().copied().chain(["into"]).collect();
            compiler.variable(&keys, into);
            let declared = compiler.source.variables.get(into).map(|declared| declared.kind);
            let fits = [VariableType::Any, VariableType::Text];
            if ["error", "escalation"].contains(&one)
                && declared.is_some_and(|kind| !fits.contains(&kind))
            {
                let message = format!(
                    "expected a variable of type `any` or `text` for what `{one}` brings: its \
                     code and its message, or the message alone"
                );
                compiler.report(&keys, Problem::error("wrongType", message));
            }
        }
    }

    fn compile_one(
        &self,
        compiler: &mut Compiler<'_>,
        under: &[&str],
        one: &str,
    ) -> Option<Trigger> {
        let keys = |key| under.iter().copied().chain([key]).collect::<Vec<_>>();
        let into = self.into.cloned();
        match one {
            "timer" => {
                let when = Box::new(compiler.time(&keys("timer"), self.timer?)?);
                Some(Trigger::Timer { when, repeat: self.repeat })
            }
            "message" => {
                let awaited = Awaited::compile(compiler, under, self.message, self.key)?;
                Some(Trigger::Message { awaited, into })
            }
            "signal" => Some(Trigger::Signal { signal: self.signal?.clone(), into }),
            "condition" => {
                let keys = keys("condition");
                let condition = compiler.expression(&keys, self.condition?, Some(&Type::Bool))?;
                if let Some(problem) = not_asked(&condition) {
                    compiler.report(&keys, problem);
                }
                Some(Trigger::Condition(condition))
            }
            "error" => {
                ending::check_caught(compiler, &keys("error"), self.error);
                let code = self.error.filter(|code| code.as_str() != ANY).cloned();
                Some(Trigger::Error { code, into })
            }
            "escalation" => {
                let code = self.escalation.filter(|code| code.as_str() != ANY).cloned();
                Some(Trigger::Escalation { code, into })
            }
            "compensation" => Some(Trigger::Compensation),
            _ => Some(Trigger::Cancel),
        }
    }
}

/// What a condition rests on that may change without anybody asking the condition.
fn not_asked(condition: &Expression) -> Option<Problem> {
    let (what, instead) = match condition.references().contains("now") {
        true => ("the clock", "an event of its own waits for a time: `timer: { on: … }`"),
        false if condition.looks_into_registers() => {
            ("a register", "let the case be told: by a message, or a signal")
        }
        false => return None,
    };
    let message = format!(
        "expected a condition on the case's own data: it is asked when something happens to the case, and \
         {what} changes without that"
    );
    Some(Problem::warning("conditionNotAsked", message).hint(instead))
}

impl Trigger {
    /// Begins to wait at an activation, for the event `at` where that is not the activation's own.
    /// What is thrown inside is found when it is thrown.
    pub(crate) fn arm(
        &self,
        step: &mut Step<'_>,
        key: Key,
        at: Option<&NodeName>,
    ) -> Result<(), Halt> {
        let boundary = at.cloned();
        match self {
            Self::Timer { when, repeat: Repeat::Always(false) } => {
                let working = when.working(step, key)?;
                step.arm(key, working.until, purpose_of(boundary), Some(working));
            }
            Self::Timer { when, repeat } => {
                let first = Cycle::first(step.since(), repeat.times());
                arm_cycle(step, key, boundary, (when, first))?;
            }
            Self::Message { awaited, .. } => awaited.open(step, key, at)?,
            Self::Signal { signal, .. } => {
                step.emit(Event::SignalAwaited { key, signal: signal.clone(), boundary });
            }
            Self::Condition(_) => step.emit(Event::ConditionAwaited { key, boundary }),
            Self::Error { .. } | Self::Escalation { .. } | Self::Compensation | Self::Cancel => {}
        }
        Ok(())
    }

    /// Waits on, where it may happen again; of a timer, after the one that fired.
    pub(crate) fn arm_again(
        &self,
        step: &mut Step<'_>,
        key: Key,
        at: Option<&NodeName>,
        fired: Option<&Timer>,
    ) -> Result<(), Halt> {
        match self {
            Self::Timer { repeat: Repeat::Always(false), .. } | Self::Condition(_) => Ok(()),
            Self::Timer { when, repeat } => {
                let next = match fired {
                    Some(Timer { cycle: Some(cycle), .. }) => cycle.after(),
                    // It was armed before anybody counted.
                    Some(Timer { at, .. }) => Some(when.cycle_behind(*at, repeat.times())),
                    None => Some(Cycle::first(step.since(), repeat.times())),
                };
                match next {
                    Some(next) => arm_cycle(step, key, at.cloned(), (when, next)),
                    None => Ok(()),
                }
            }
            Self::Message { .. }
            | Self::Signal { .. }
            | Self::Error { .. }
            | Self::Escalation { .. }
            | Self::Compensation
            | Self::Cancel => self.arm(step, key, at),
        }
    }

    /// Whether a time of it that is midnight is the end of a day; cron names the beginning of one.
    pub(crate) fn ends_days(&self) -> bool {
        !matches!(self, Self::Timer { when, .. } if when.is_cron())
    }

    /// Keeps what an error or an escalation brings to whoever catches it: both its code and its message;
    /// to a variable that is a text, what it says: the message, or the code where there is none. Nobody
    /// who threw it can set right what does not fit: that is an incident.
    pub(crate) fn keep_thrown(
        &self,
        step: &mut Step<'_>,
        key: Key,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        let (Self::Error { into: Some(into), .. } | Self::Escalation { into: Some(into), .. }) =
            self
        else {
            return self.keep(step, key, payload);
        };
        let Some(payload) = payload else { return Ok(()) };
        let is_text = step.definition.variable_type(into) == Some(VariableType::Text);
        let says = payload.value.get("message").filter(|it| it.as_str() != Some(""));
        let says = says.or_else(|| payload.value.get("code")).cloned().unwrap_or_default();
        let content = if is_text { Content::new(says) } else { payload.clone() };
        step.store_into(key, into, &content).map_err(Halt::of_payload)
    }

    /// Whether it is a time.
    pub(crate) const fn is_timer(&self) -> bool {
        matches!(self, Self::Timer { .. })
    }

    /// Whether it is thrown inside: an error or an escalation.
    pub(crate) const fn is_thrown(&self) -> bool {
        matches!(self, Self::Error { .. } | Self::Escalation { .. })
    }

    /// Keeps what came with it.
    pub(crate) fn keep(
        &self,
        step: &mut Step<'_>,
        key: Key,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        let into = match self {
            Self::Message { into, .. }
            | Self::Signal { into, .. }
            | Self::Error { into, .. }
            | Self::Escalation { into, .. } => into,
            Self::Timer { .. } | Self::Condition(_) | Self::Compensation | Self::Cancel => &None,
        };
        match (into, payload) {
            (Some(into), Some(payload)) => step.store_into(key, into, payload),
            _ => Ok(()),
        }
    }

    /// Keeps what the event brought that began the case. What does not fit is an incident, since whoever
    /// sent it is not there to be told.
    pub(crate) fn keep_first(
        &self,
        step: &mut Step<'_>,
        key: Key,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        self.keep(step, key, payload).map_err(Halt::of_payload)
    }

    /// How well it fits an error: exactly, as one that takes all, or not.
    pub(crate) fn catches_error(&self, thrown: &ErrorCode) -> Option<bool> {
        match self {
            Self::Error { code: Some(code), .. } => (code == thrown).then_some(true),
            Self::Error { code: None, .. } => Some(false),
            Self::Timer { .. }
            | Self::Message { .. }
            | Self::Signal { .. }
            | Self::Condition(_)
            | Self::Escalation { .. }
            | Self::Compensation
            | Self::Cancel => None,
        }
    }

    /// How well it fits an escalation.
    pub(crate) fn catches_escalation(&self, thrown: &EscalationCode) -> Option<bool> {
        match self {
            Self::Escalation { code: Some(code), .. } => (code == thrown).then_some(true),
            Self::Escalation { code: None, .. } => Some(false),
            Self::Timer { .. }
            | Self::Message { .. }
            | Self::Signal { .. }
            | Self::Condition(_)
            | Self::Error { .. }
            | Self::Compensation
            | Self::Cancel => None,
        }
    }
}

fn purpose_of(boundary: Option<NodeName>) -> TimerPurpose {
    boundary.map_or(TimerPurpose::Event, |node| TimerPurpose::Boundary { node })
}

/// Lets a clock run for a time that comes again and again.
fn arm_cycle(
    step: &mut Step<'_>,
    key: Key,
    boundary: Option<NodeName>,
    (when, cycle): (&When, Cycle),
) -> Result<(), Halt> {
    let (cycle, working) = when.again(step, key, cycle)?;
    step.arm_in(key, working.until, purpose_of(boundary), Some(working), Some(cycle));
    Ok(())
}

/// What an error or an escalation brings to whoever catches it.
pub(super) fn thrown(code: &str, message: &str) -> Content {
    Content::new(json!({ "code": code, "message": message }))
}
