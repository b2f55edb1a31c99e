//! Puts a page on the public portal, for a period or for good.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Behavior, Source};
use crate::definition::{Compiler, Dynamic, Using, When};
use crate::event::{Event, TimerPurpose};
use crate::ids::Key;
use crate::instance::Timer;
use crate::step::{Halt, Leave, Step};

use crate::definition::source::{DocumentUse, OneOrMany, Time};

super::node! {
    /// Puts a page on the public portal: only the documents and fields that it lists.
    pub struct Publish {
        /// The page's title: a text, or an expression.
        pub title: String,
        /// What it shows.
        #[serde(default)]
        pub show: OneOrMany<DocumentUse>,
        /// For how long; for good where nothing is said.
        #[serde(default, rename = "for")]
        pub period: Option<Time>,
        /// Whether to wait until the period is over.
        #[serde(default)]
        pub wait: bool,
    }
}

impl Source for Publish {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let title = compiler.dynamic(&["title"], &self.title, None);
        let show = compiler.using("show", &self.show);
        let period = self.period.as_ref().and_then(|period| compiler.time(&["for"], period));
        if self.wait && self.period.is_none() {
            let message = "expected `for` beside `wait`: a page that stays has no end to wait for";
            compiler.report(&["wait"], crate::problem::Problem::error("waitsForEver", message));
        }
        Some(Arc::new(Page { title: title?, show, period, wait: self.wait }))
    }

    fn waits(&self) -> bool {
        self.wait
    }

    fn is_activity(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Page {
    title: Dynamic,
    show: Vec<Using>,
    period: Option<When>,
    wait: bool,
}

impl Behavior for Page {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let title = step.dynamic_text(&self.title, key)?.unwrap_or_default();
        let mut content = Map::new();
        for shown in &self.show {
            content.insert(shown.document.to_string(), step.redacted(shown)?);
        }
        let working = match &self.period {
            Some(period) => Some(period.deadline(step, key)?),
            None => None,
        };
        let until = working.as_ref().map(|working| working.until);
        if let Some(until) = until.filter(|until| *until <= step.now()) {
            let message = format!("expected a page to be shown for a while, but it ends at {until}");
            return Err(Halt::incident("BAD_TIME", message));
        }
        let content = Value::Object(content);
        step.emit(Event::PagePublished { key, title, content, from: step.now(), until });
        match until {
            Some(until) if self.wait => {
                step.arm(key, until, TimerPurpose::PageEnds, working);
                Ok(())
            }
            _ => step.complete(key, Leave::Next),
        }
    }

    fn fire(&self, step: &mut Step<'_>, key: Key, _timer: &Timer) -> Result<(), Halt> {
        step.complete(key, Leave::Next)
    }
}
