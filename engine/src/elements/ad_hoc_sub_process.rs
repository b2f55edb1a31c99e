//! A sub-process whose activities people begin, in any order and as often as they want (BPMN
//! 2.0.2, 13.3.5). How it is run is in `step::choosing`.

use std::sync::Arc;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Behavior, Element, Source};
use crate::definition::Compiler;
use crate::definition::source::OneOrMany;
use crate::expression::Type;
use crate::ids::{Key, NodeName, RoleName};
use crate::problem::Problem;
use crate::step::choosing::Choosing;
use crate::step::{Halt, Step};

super::node! {
    /// Holds activities that people begin by themselves: each that no other leads to, in any order,
    /// and as often as they want. Inside it a node goes on only where its `to` says so. It is done
    /// when `until` is true after an activity, or while nothing in it is active; where that is not given,
    /// when something was done and nothing is active any more. Once an event sub-process inside it has
    /// interrupted it, nothing more is begun, and it is done when that is.
    pub struct AdHocSubProcess {
        /// Its nodes: activities, and what lies between them; no start and no end events.
        pub nodes: IndexMap<NodeName, super::Element>,
        /// Roles that may begin its activities; those that may start the process where nothing is
        /// said.
        #[serde(default)]
        pub role: Option<OneOrMany<RoleName>>,
        /// The unit the role must be held for: a unit, or an expression such as `=award.unit`. One that
        /// gives none is nobody's: the incident `NOBODY_FOUND`.
        #[serde(default)]
        pub unit: Option<String>,
        /// Whether several of its activities may run at the same time.
        #[serde(default)]
        pub ordering: Ordering,
        /// It is done when this condition is true; asked after each of its activities and, where something
        /// was done and nothing in it is active, after every command on the case. Without it, it is
        /// done as soon as nothing in it is active any more: after the first activity, where no other
        /// was begun meanwhile. `until: "false"` never ends it by itself: an event on it does.
        #[serde(default)]
        pub until: Option<String>,
        /// Whether what is still active ends when `until` becomes true. Otherwise nothing more is
        /// begun, and what is active is finished first.
        #[serde(default = "super::truth")]
        pub cancel_remaining: bool,
    }
}

/// Whether several activities may run at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Ordering {
    /// Any number of them.
    #[default]
    Parallel,
    /// One after the other.
    Sequential,
}

impl Source for AdHocSubProcess {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        super::sub_process::not_empty(compiler, &self.nodes);
        for (name, inner) in &self.nodes {
            if matches!(inner, Element::StartEvent(_) | Element::EndEvent(_)) {
                let message = format!("expected no `{}` in an ad-hoc sub-process", inner.kind());
                let problem = Problem::error("notInAdHoc", message);
                let hint = "people begin its activities, and `until` says when it is done";
                compiler.report(&["nodes", name.as_str()], problem.hint(hint));
            }
        }
        let given = self.role.as_ref().map_or(&[][..], OneOrMany::as_slice);
        for role in given {
            compiler.role(&["role"], role);
        }
        let roles = if given.is_empty() { &compiler.source.started_by[..] } else { given };
        if roles.is_empty() {
            let message = "expected `role`: who begins its activities; this process is not started \
                           by a role either";
            compiler.report(&[], Problem::error("nobodyChooses", message));
        }
        let roles = roles.to_vec();
        let unit = self.unit.as_ref().and_then(|unit| compiler.dynamic(&["unit"], unit, None));
        let until = match &self.until {
            Some(until) => Some(compiler.expression(&["until"], until, Some(&Type::Bool))?),
            None => None,
        };
        let is_sequential = self.ordering == Ordering::Sequential;
        let cancels = self.cancel_remaining;
        Some(Arc::new(AdHoc(Choosing { roles, unit, is_sequential, until, cancels })))
    }

    fn nodes(&self) -> Option<&IndexMap<NodeName, super::Element>> {
        Some(&self.nodes)
    }

    fn waits(&self) -> bool {
        true
    }

    fn is_activity(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct AdHoc(Choosing);

impl Behavior for AdHoc {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.begin_scope(key)
    }

    fn is_scope(&self) -> bool {
        true
    }

    fn choosing(&self) -> Option<&Choosing> {
        Some(&self.0)
    }
}
