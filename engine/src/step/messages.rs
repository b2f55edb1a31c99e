//! Waiting for a message: under which key, and where its payload goes.

use super::{Halt, Step};
use crate::command::Content;
use crate::definition::{Compiler, Dynamic};
use crate::event::Event;
use crate::ids::{Key, MessageName, NodeName};

/// A message that an event waits for, compiled.
#[derive(Debug)]
pub(crate) struct Awaited {
    message: MessageName,
    key: Option<Dynamic>,
    into: Option<String>,
}

impl Awaited {
    pub(crate) fn compile(
        compiler: &mut Compiler<'_>,
        under: &[&str],
        message: Option<&MessageName>,
        key: Option<&String>,
        into: Option<&String>,
    ) -> Option<Self> {
        let message = message?.clone();
        let keys = |key| under.iter().copied().chain([key]).collect::<Vec<_>>();
        let key = key.and_then(|key| compiler.dynamic(&keys("key"), key, None));
        if let Some(into) = into
            && !compiler.source.documents.contains_key(into.as_str())
        {
            compiler.variable(&keys("into"), into);
        }
        Some(Self { message, key, into: into.cloned() })
    }

    /// Begins to wait.
    pub(crate) fn open(
        &self,
        step: &mut Step<'_>,
        key: Key,
        boundary: Option<&NodeName>,
    ) -> Result<(), Halt> {
        let correlation = match &self.key {
            Some(correlation) => step.dynamic_text(correlation, key)?.unwrap_or_default(),
            None => step.instance.id().to_string(),
        };
        let message = self.message.clone();
        let boundary = boundary.cloned();
        step.emit(Event::SubscriptionOpened { key, message, correlation, boundary });
        Ok(())
    }

    /// Keeps what the message brought.
    pub(crate) fn keep(
        &self,
        step: &mut Step<'_>,
        key: Key,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        match (&self.into, payload) {
            (Some(into), Some(payload)) => step.store_into(key, into, payload),
            _ => Ok(()),
        }
    }
}
