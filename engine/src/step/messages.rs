//! Waiting for a message: under which key. Where its payload goes is in `triggers`.

use super::{Halt, Step};
use crate::definition::{Compiler, Dynamic};
use crate::event::Event;
use crate::ids::{Key, MessageName, NodeName};

/// A message that an event waits for, compiled.
#[derive(Debug)]
pub(crate) struct Awaited {
    message: MessageName,
    key: Option<Dynamic>,
}

impl Awaited {
    /// The message.
    pub(crate) const fn message(&self) -> &MessageName {
        &self.message
    }

    pub(crate) fn compile(
        compiler: &mut Compiler<'_>,
        under: &[&str],
        message: Option<&MessageName>,
        key: Option<&String>,
    ) -> Option<Self> {
        let message = message?.clone();
        let keys: Vec<&str> = under.iter().copied().chain(["key"]).collect();
        let key = key.and_then(|key| compiler.dynamic(&keys, key, None));
        Some(Self { message, key })
    }

    /// Begins to wait.
    pub(crate) fn open(
        &self,
        step: &mut Step<'_>,
        key: Key,
        boundary: Option<&NodeName>,
    ) -> Result<(), Halt> {
        let correlation = match &self.key {
            Some(correlation) => step.message_key(&self.message, correlation, key)?,
            None => step.instance.id().to_string(),
        };
        let message = self.message.clone();
        let boundary = boundary.cloned();
        step.emit(Event::SubscriptionOpened { key, message, correlation, boundary });
        Ok(())
    }
}

impl Step<'_> {
    /// The key under which a message is sent or waited for. One that is not filled in is nobody's key,
    /// not everybody's.
    pub(crate) fn message_key(
        &self,
        message: &MessageName,
        key: &Dynamic,
        at: Key,
    ) -> Result<String, Halt> {
        self.dynamic_text(key, at)?.ok_or_else(|| {
            let message = format!(
                "expected a key for the message `{message}`, but its expression gave nothing; fill \
                 in what it reads, and try again"
            );
            Halt::incident("BAD_KEY", message)
        })
    }
}
