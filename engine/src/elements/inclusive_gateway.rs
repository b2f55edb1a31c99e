//! Every way on whose condition is true; waits for what can still come.

use std::sync::Arc;

use super::{Behavior, Join, Source};
use crate::definition::{Compiler, FlowKind};
use crate::event::Because;
use crate::ids::Key;
use crate::step::{Halt, Leave, Step};

super::node! {
    /// Goes on along every flow whose condition is true. As a join it waits until no token that is
    /// still on its way can reach it.
    pub struct InclusiveGateway {
    }
}

impl Source for InclusiveGateway {
    fn compile(&self, _compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        Some(Arc::new(Inclusive))
    }
}

#[derive(Debug)]
struct Inclusive;

impl Behavior for Inclusive {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let definition = step.definition;
        let mut ways = Vec::new();
        for flow in &step.node_of(key).outgoing {
            match &definition.flows[*flow].kind {
                FlowKind::When(condition) if step.evaluate_bool(condition, key)? => {
                    ways.push((*flow, Because::Condition));
                }
                FlowKind::Next => ways.push((*flow, Because::Only)),
                _ => {}
            }
        }
        if ways.is_empty() {
            let default = step.flow_where(key, |kind| matches!(kind, FlowKind::Default));
            ways.extend(default.map(|flow| (flow, Because::Default)));
        }
        step.complete(key, Leave::Flows(ways))
    }

    fn join(&self) -> Join {
        Join::Reachable
    }
}
