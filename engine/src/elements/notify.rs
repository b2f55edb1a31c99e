//! Tells people something, by a notice template.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::Compiler;
use crate::ids::Key;
use crate::step::notices::Whom;
use crate::step::{Halt, Leave, Step};

use crate::ids::NoticeName;

super::node! {
    /// Tells people something and goes on.
    pub struct Notify {
        /// The template.
        pub notice: NoticeName,
        /// Whom.
        #[serde(deserialize_with = "crate::definition::source::audience")]
        pub audience: super::Audience,
    }
}

impl Source for Notify {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        compiler.notice(&["notice"], &self.notice);
        let whom = Whom::compile(compiler, &["audience"], &self.audience);
        Some(Arc::new(Tell { notice: self.notice.clone(), whom }))
    }

    fn is_activity(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Tell {
    notice: NoticeName,
    whom: Vec<Whom>,
}

impl Behavior for Tell {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let to = step.recipients(key, &self.whom)?;
        step.check_told(key, &self.whom, &to)?;
        step.notice(key, Some(&self.notice), to);
        step.complete(key, Leave::Next)
    }
}
