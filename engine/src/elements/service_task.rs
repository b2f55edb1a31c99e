//! Work for a machine: a worker fetches it and says how it went.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Behavior, Source};
use crate::command::{Command, Content};
use crate::definition::{Compiler, Dynamic};
use crate::event::{Event, TimerPurpose};
use crate::ids::Key;
use crate::instance::{Timer, Waiting};
use crate::rejection::Rejection;
use crate::step::{Halt, Leave, Step};

/// How often a job may fail where its definition does not say.
const RETRIES: u32 = 3;
/// The first pause before a failed job is tried again; it doubles each time.
const BACK_OFF_MS: i64 = 10_000;

use std::collections::BTreeMap;

super::node! {
    /// Work for a machine outside. A worker fetches the job by topic and completes or fails it.
    pub struct ServiceTask {
        /// The kind of work.
        pub topic: String,
        /// What the worker is told: expressions by name.
        #[serde(default)]
        pub input: BTreeMap<String, String>,
        /// The variable that the result is written to.
        #[serde(default)]
        pub into: Option<String>,
        /// How often it may fail before it is an incident; 3 where nothing is said.
        #[serde(default)]
        pub retries: Option<u32>,
    }
}

impl Source for ServiceTask {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let mut input = Vec::new();
        for (name, text) in &self.input {
            let value = compiler.dynamic(&["input", name], text, None);
            input.extend(value.map(|value| (name.clone(), value)));
        }
        if let Some(into) = &self.into
            && !compiler.source.documents.contains_key(into.as_str())
        {
            compiler.variable(&["into"], into);
        }
        Some(Arc::new(Job {
            topic: self.topic.clone(),
            input,
            into: self.into.clone(),
            retries: self.retries.unwrap_or(RETRIES),
        }))
    }

    fn rests_on(&self) -> Vec<(&'static str, String)> {
        vec![("topic", self.topic.clone())]
    }

    fn waits(&self) -> bool {
        true
    }

    fn is_activity(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Job {
    topic: String,
    input: Vec<(String, Dynamic)>,
    into: Option<String>,
    retries: u32,
}

impl Job {
    fn offer(&self, step: &mut Step<'_>, key: Key, retries: u32) -> Result<(), Halt> {
        let mut input = Map::new();
        for (name, value) in &self.input {
            input.insert(name.clone(), step.dynamic(value, key)?);
        }
        let input = Value::Object(input);
        step.emit(Event::JobCreated { key, topic: self.topic.clone(), input, retries });
        Ok(())
    }

    fn failed(&self, step: &mut Step<'_>, key: Key, error: &str) -> Result<(), Halt> {
        let Waiting::Job { retries } = step.activation(key).waiting else {
            return Err(Rejection::NotOpen { key }.into());
        };
        Step::check_length("error", error)?;
        let left = retries.saturating_sub(1);
        step.emit(Event::JobFailed { key, error: error.to_owned(), retries: left });
        if left == 0 {
            step.fail(key, "JOB_FAILED", format!(
                "expected the job `{}` to succeed, but it failed {} times, last: {error}",
                self.topic, self.retries
            ));
            return Ok(());
        }
        let tried = self.retries.saturating_sub(left).clamp(1, 16);
        let pause = BACK_OFF_MS << (tried - 1);
        step.arm(key, step.now().plus_ms(pause), TimerPurpose::JobRetry, None);
        Ok(())
    }
}

impl Behavior for Job {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        self.offer(step, key, self.retries)
    }

    fn fire(&self, step: &mut Step<'_>, key: Key, _timer: &Timer) -> Result<(), Halt> {
        let Waiting::Job { retries } = step.activation(key).waiting else {
            return Err(Rejection::NotOpen { key }.into());
        };
        self.offer(step, key, retries)
    }

    fn command(&self, step: &mut Step<'_>, key: Key, command: &Command) -> Result<(), Halt> {
        match command {
            Command::CompleteJob { result, .. } => {
                if let Some(into) = &self.into {
                    let content = Content::new(result.clone());
                    step.store_into(key, into, &content)?;
                }
                step.complete(key, Leave::Next)
            }
            Command::FailJob { error, code: Some(code), .. } => {
                Step::check_length("error", error)?;
                if !matches!(step.activation(key).waiting, Waiting::Job { .. }) {
                    return Err(Rejection::NotOpen { key }.into());
                }
                let thrown = step.throw_error(key, code, error);
                if !step.settle(key, thrown)? {
                    // Nobody works on it before somebody repairs it.
                    step.emit(Event::JobFailed { key, error: error.clone(), retries: 0 });
                }
                Ok(())
            }
            Command::FailJob { error, code: None, .. } => self.failed(step, key, error),
            other => {
                let expected = format!("something that can do `{}`", other.name());
                Err(Rejection::WrongKind { key, expected }.into())
            }
        }
    }
}
