//! The first way on whose condition is true, or the default.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::{Compiler, FlowKind};
use crate::event::Because;
use crate::ids::Key;
use crate::step::{Halt, Leave, Step};

super::node! {
    /// Goes on along the first flow whose condition is true; else along the default.
    pub struct ExclusiveGateway {
    }
}

impl Source for ExclusiveGateway {
    fn compile(&self, _compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        Some(Arc::new(Exclusive))
    }
}

#[derive(Debug)]
struct Exclusive;

impl Behavior for Exclusive {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let definition = step.definition;
        for flow in &step.node_of(key).outgoing {
            let because = match &definition.flows[*flow].kind {
                FlowKind::When(condition) if step.evaluate_bool(condition, key)? => {
                    Because::Condition
                }
                FlowKind::Next => Because::Only,
                _ => continue,
            };
            return step.complete(key, Leave::Flows(vec![(*flow, because)]));
        }
        let default = step.flow_where(key, |kind| matches!(kind, FlowKind::Default));
        let way = default.map(|flow| (flow, Because::Default));
        step.complete(key, Leave::Flows(way.into_iter().collect()))
    }
}
