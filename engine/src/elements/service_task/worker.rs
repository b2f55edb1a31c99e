//! A job that a worker outside fetches by its topic.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{ServiceTask, Tries};
use crate::command::{Command, Content};
use crate::definition::{Compiler, Dynamic};
use crate::elements::Behavior;
use crate::event::Event;
use crate::ids::Key;
use crate::instance::{Timer, Waiting};
use crate::rejection::Rejection;
use crate::step::{Halt, Leave, Step};

#[derive(Debug)]
pub(super) struct Job {
    topic: String,
    input: Vec<(String, Dynamic)>,
    into: Option<String>,
    tries: Tries,
}

impl Job {
    pub(super) fn compile(
        source: &ServiceTask,
        topic: &str,
        retries: u32,
        compiler: &mut Compiler<'_>,
    ) -> Arc<dyn Behavior> {
        let mut input = Vec::new();
        for (name, text) in &source.input {
            let value = compiler.dynamic(&["input", name], text, None);
            input.extend(value.map(|value| (name.clone(), value)));
        }
        if let Some(into) = &source.into
            && !compiler.source.documents.contains_key(into.as_str())
        {
            compiler.variable(&["into"], into);
        }
        Arc::new(Self {
            topic: topic.to_owned(),
            input,
            into: source.into.clone(),
            tries: Tries { what: format!("the job `{topic}`"), retries },
        })
    }

    fn offer(&self, step: &mut Step<'_>, key: Key, retries: u32) -> Result<(), Halt> {
        let mut input = Map::new();
        for (name, value) in &self.input {
            input.insert(name.clone(), step.dynamic(value, key)?);
        }
        let input = Value::Object(input);
        step.emit(Event::JobCreated { key, topic: self.topic.clone(), input, retries });
        Ok(())
    }
}

impl Behavior for Job {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        self.offer(step, key, self.tries.retries)
    }

    fn fire(&self, step: &mut Step<'_>, key: Key, _timer: &Timer) -> Result<(), Halt> {
        let Waiting::Job { retries, .. } = step.activation(key).waiting else {
            return Err(Rejection::NotOpen { key }.into());
        };
        self.offer(step, key, retries)
    }

    fn command(&self, step: &mut Step<'_>, key: Key, command: &Command) -> Result<(), Halt> {
        match command {
            Command::CompleteJob { .. }
                if !matches!(step.activation(key).waiting, Waiting::Job { .. }) =>
            {
                Err(step.unless_at_incident(key, Rejection::NotOpen { key }))
            }
            Command::CompleteJob { result, .. } => {
                if let Some(into) = &self.into {
                    let content = Content::new(result.clone());
                    step.store_into(key, into, &content)?;
                }
                step.complete(key, Leave::Next)
            }
            other => self.tries.command(step, key, other),
        }
    }
}
