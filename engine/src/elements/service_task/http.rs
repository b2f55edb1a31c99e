//! A job that is a call of an HTTP service, made by the server. What the service answers completes
//! it, whatever it is: what that means is decided here, so that the journal shows it.

use std::sync::Arc;

use serde_json::Value;

use super::answer::{Answer, Judge, Verdict};
use super::request::Template;
use super::source::HttpCall;
use super::{HTTP_TOPIC, Tries, failed_for_good};
use crate::command::Command;
use crate::definition::Compiler;
use crate::elements::Behavior;
use crate::event::Event;
use crate::ids::Key;
use crate::instance::{Timer, Waiting};
use crate::rejection::Rejection;
use crate::step::{Halt, Step};

#[derive(Debug)]
pub(super) struct Call {
    request: Template,
    judge: Judge,
    tries: Tries,
}

impl Call {
    pub(super) fn compile(
        source: &HttpCall,
        retries: u32,
        compiler: &mut Compiler<'_>,
    ) -> Option<Arc<dyn Behavior>> {
        let request = Template::compile(compiler, source);
        let judge = Judge::compile(compiler, source);
        let tries = Tries { what: "the call of the service".to_owned(), retries };
        Some(Arc::new(Self { request: request?, judge: judge?, tries }))
    }

    fn answered(&self, step: &mut Step<'_>, key: Key, response: &Value) -> Result<(), Halt> {
        let told = format!("it answered with the status {}", response["status"]);
        let done = match self.judge.verdict(step, key, response) {
            Ok(Verdict::Error(code)) => return failed_for_good(step, key, &code, &told),
            Ok(Verdict::Failure { may_help }) => {
                return self.tries.failed(step, key, &told, ((!may_help).then_some(0), None));
            }
            Ok(Verdict::Success) => self.judge.take(step, key, response),
            Err(halt) => Err(halt),
        };
        if !step.settle(key, done)? {
            // It is not called again before somebody repairs it.
            step.emit(Event::JobFailed { key, error: told, retries: 0 });
        }
        Ok(())
    }
}

impl Behavior for Call {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let input = self.request.render(step, key)?;
        let (topic, retries) = (HTTP_TOPIC.to_owned(), self.tries.retries);
        step.emit(Event::JobCreated { key, topic, input, retries });
        Ok(())
    }

    /// The same request again, whatever changed meanwhile: the service may have it already.
    fn fire(&self, step: &mut Step<'_>, key: Key, _timer: &Timer) -> Result<(), Halt> {
        let Waiting::Job { retries, request: Some(request) } = &step.activation(key).waiting else {
            return Err(Rejection::NotOpen { key }.into());
        };
        let (input, retries) = (request.as_ref().clone(), *retries);
        step.emit(Event::JobCreated { key, topic: HTTP_TOPIC.to_owned(), input, retries });
        Ok(())
    }

    fn command(&self, step: &mut Step<'_>, key: Key, command: &Command) -> Result<(), Halt> {
        let is_called = matches!(step.activation(key).waiting, Waiting::Job { .. });
        match command {
            Command::CompleteJob { .. } if !is_called => {
                Err(step.unless_at_incident(key, Rejection::NotOpen { key }))
            }
            Command::CompleteJob { result, .. } => {
                let response = Answer::read(result).map_err(|message| {
                    Rejection::BadArgument { field: "result".to_owned(), message }
                })?;
                self.answered(step, key, &response)
            }
            other => self.tries.command(step, key, other),
        }
    }
}
