//! Work for a machine: a worker fetches it and says how it went, or the server calls an HTTP service.
//! Both are jobs, with the same events, retries and incidents.

mod address;
mod answer;
mod http;
mod request;
pub mod source;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Behavior, Source};
use crate::command::Command;
use crate::definition::Compiler;
use crate::event::{Event, TimerPurpose};
use crate::ids::Key;
use crate::instance::Waiting;
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::step::{Halt, Step};

pub use answer::Answer;
pub use request::{
    Header, REQUEST_BYTES_MAX, Request, TIMEOUT_S_MAX, idempotency_key, is_secret_name,
};
pub use source::{HttpCall, Method, Secret};

/// How often a job may fail where its definition does not say.
const RETRIES: u32 = 3;
/// The first pause before a failed job is tried again; it doubles each time.
const BACK_OFF_MS: i64 = 10_000;
/// The longest pause before a failed job is tried again that whoever failed may ask for: a day.
const RETRY_AFTER_MS_MAX: i64 = 86_400_000;
/// How topics begin that are the server's own work.
const OWN_TOPICS: &str = "mandate:";
/// The topic of calls that the server makes.
pub const HTTP_TOPIC: &str = "mandate:http";

super::node! {
    /// Work for a machine. A worker fetches the job by `topic` and completes or fails it, or the
    /// server makes the call that `http` says: one of both.
    pub struct ServiceTask {
        /// The kind of work, for workers.
        #[serde(default)]
        pub topic: Option<String>,
        /// The call of an HTTP service, made by the server.
        #[serde(default)]
        pub http: Option<HttpCall>,
        /// What the worker is told: expressions by name.
        #[serde(default)]
        pub input: BTreeMap<String, String>,
        /// The variable that the worker's result is written to.
        #[serde(default)]
        pub into: Option<String>,
        /// How often it may fail before it is an incident; 3 where nothing is said.
        #[serde(default)]
        pub retries: Option<u32>,
    }
}

impl ServiceTask {
    /// The topic under which its jobs are fetched.
    pub fn job_topic(&self) -> &str {
        match &self.http {
            Some(_) => HTTP_TOPIC,
            None => self.topic.as_deref().unwrap_or_default(),
        }
    }
}

impl Source for ServiceTask {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let retries = self.retries.unwrap_or(RETRIES);
        match (&self.topic, &self.http) {
            (Some(topic), None) if topic.starts_with(OWN_TOPICS) => {
                let message = format!("expected a topic of workers, found `{topic}`");
                let problem = Problem::error("badTopic", message);
                let hint = format!("`{OWN_TOPICS}` is for what the server does: say `http`");
                compiler.report(&["topic"], problem.hint(hint));
                None
            }
            (Some(topic), None) => Some(worker::Job::compile(self, topic, retries, compiler)),
            (None, Some(call)) => {
                for (key, is_given) in
                    [("input", !self.input.is_empty()), ("into", self.into.is_some())]
                {
                    if is_given {
                        let message = format!("expected no `{key}` beside `http`");
                        let hint = "`body`, `query` and `headers` are what the service is told, \
                                    `result` what is taken from its answer";
                        compiler.report(&[key], Problem::error("ignoredKey", message).hint(hint));
                    }
                }
                http::Call::compile(call, retries, compiler)
            }
            (Some(_), Some(_)) => {
                let message = "expected either `topic` or `http`, found both";
                let hint = "a worker fetches a topic; `http` is called by the server";
                compiler.report(&["topic"], Problem::error("badTopic", message).hint(hint));
                None
            }
            (None, None) => {
                let message = "expected `topic`, for a worker, or `http`, for a call of a service";
                compiler.report(&[], Problem::error("missingKey", message));
                None
            }
        }
    }

    fn rests_on(&self) -> Vec<(&'static str, String)> {
        vec![match &self.http {
            Some(http) => ("http", serde_json::to_string(http).unwrap_or_default()),
            None => ("topic", self.job_topic().to_owned()),
        }]
    }

    fn waits(&self) -> bool {
        true
    }

    fn is_activity(&self) -> bool {
        true
    }
}

/// How often a job is tried.
#[derive(Debug)]
struct Tries {
    /// What failed, for people.
    what: String,
    retries: u32,
}

impl Tries {
    /// What a worker may say of a job beside that it is done: that it failed, for now or for good.
    fn command(&self, step: &mut Step<'_>, key: Key, command: &Command) -> Result<(), Halt> {
        match command {
            Command::FailJob { error, code: Some(code), .. } => {
                failed_for_good(step, key, code, error)
            }
            Command::FailJob { error, code: None, retries, retry_after_ms, .. } => {
                self.failed(step, key, error, (*retries, *retry_after_ms))
            }
            other => {
                let expected = format!("something that can do `{}`", other.name());
                Err(Rejection::WrongKind { key, expected }.into())
            }
        }
    }

    /// A try failed: another one after a pause that doubles, or an incident after the last. Whoever
    /// tried may say how many more there may be at most, and how long the pause is, in milliseconds.
    fn failed(
        &self,
        step: &mut Step<'_>,
        key: Key,
        error: &str,
        (most, pause): (Option<u32>, Option<i64>),
    ) -> Result<(), Halt> {
        let Waiting::Job { retries, .. } = step.activation(key).waiting else {
            return Err(step.unless_at_incident(key, Rejection::NotOpen { key }));
        };
        Step::check_length("error", error)?;
        if let Some(ms) = pause.filter(|ms| !(0..=RETRY_AFTER_MS_MAX).contains(ms)) {
            let message = format!("expected 0 to {RETRY_AFTER_MS_MAX}, found {ms}");
            return Err(Rejection::BadArgument { field: "retryAfterMs".into(), message }.into());
        }
        let next = retries.saturating_sub(1);
        let left = most.map_or(next, |most| most.min(next));
        step.emit(Event::JobFailed { key, error: error.to_owned(), retries: left });
        if left == 0 {
            let tries = self.retries.saturating_sub(next);
            let times = if tries == 1 { "once".to_owned() } else { format!("{tries} times") };
            step.fail(
                key,
                "JOB_FAILED",
                format!("expected {} to succeed, but it failed {times}, last: {error}", self.what),
            );
            return Ok(());
        }
        let tried = self.retries.saturating_sub(left).clamp(1, 16);
        let pause = pause.unwrap_or(BACK_OFF_MS << (tried - 1));
        step.arm(key, step.now().plus_ms(pause), TimerPurpose::JobRetry, None);
        Ok(())
    }
}

/// A try failed with an error that the process may catch.
fn failed_for_good(
    step: &mut Step<'_>,
    key: Key,
    code: &crate::ids::ErrorCode,
    error: &str,
) -> Result<(), Halt> {
    Step::check_length("error", error)?;
    if !matches!(step.activation(key).waiting, Waiting::Job { .. }) {
        return Err(step.unless_at_incident(key, Rejection::NotOpen { key }));
    }
    let thrown = step.throw_error(key, code, error);
    if !step.settle(key, thrown)? {
        // Nobody works on it before somebody repairs it.
        step.emit(Event::JobFailed { key, error: error.to_owned(), retries: 0 });
    }
    Ok(())
}
