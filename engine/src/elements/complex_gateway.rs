//! A join that goes on when its condition on the tokens that came is true, and then waits for the
//! others before it begins anew (BPMN 2.0.2, 13.4.5): the blocking discriminator, n of m.

use std::sync::Arc;

use super::{Behavior, Join, Source};
use crate::definition::{Compiler, FlowKind};
use crate::event::{Because, Event};
use crate::expression::{Expression, Type};
use crate::ids::Key;
use crate::instance::Place;
use crate::problem::Problem;
use crate::step::joins::{ACTIVATION_COUNT, WAITING_FOR_START};
use crate::step::{Halt, Leave, Step};

super::node! {
    /// Goes on when `activation` is true of the tokens that came, along the flows whose conditions
    /// are true, or along those without a condition. Then it waits until a token came on every other
    /// flow, or none can come any more; when it is set back so, it goes on along the flows whose
    /// conditions are true then, and may be activated anew.
    pub struct ComplexGateway {
        /// When it goes on: a condition that sees `activationCount`, how many of its flows brought a
        /// token. The conditions of its ways on see `waitingForStart`: true when it goes on, false
        /// when it is set back.
        pub activation: String,
    }
}

impl Source for ComplexGateway {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let environment = compiler.environment.clone().with(ACTIVATION_COUNT, Type::Int);
        let keys = ["activation"];
        let condition =
            compiler.expression_in(&keys, &self.activation, Some(&Type::Bool), &environment)?;
        if !condition.references().iter().any(|name| name == ACTIVATION_COUNT) {
            let message = "expected a condition on `activationCount`, the number of flows that \
                           brought a token";
            let problem = Problem::error("badActivation", message);
            compiler.report(&keys, problem.hint("such as `activationCount >= 2`"));
        }
        Some(Arc::new(Complex { condition }))
    }
}

#[derive(Debug)]
struct Complex {
    condition: Expression,
}

impl Behavior for Complex {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let definition = step.definition;
        let node = step.node_of(key);
        let place = step.activation(key).place();
        let is_start = step.instance.reset(&node.name, place).is_none();
        let (mut ways, mut without) = (Vec::new(), Vec::new());
        for flow in &node.outgoing {
            match &definition.flows[*flow].kind {
                FlowKind::When(condition) => {
                    let is_start = is_start.into();
                    let taken =
                        step.evaluate_about(condition, key, WAITING_FOR_START, &is_start)?;
                    if taken == serde_json::Value::Bool(true) {
                        ways.push((*flow, Because::Condition));
                    }
                }
                FlowKind::Next => without.push((*flow, Because::Only)),
                FlowKind::Default => without.push((*flow, Because::Default)),
                _ => {}
            }
        }
        if ways.is_empty() && is_start {
            ways = without;
        }
        if is_start {
            step.await_reset(key);
        } else {
            let Place { scope, way } = place;
            step.emit(Event::GatewayReset { node: node.name.clone(), scope, way });
        }
        step.complete(key, Leave::Flows(ways))
    }

    fn join(&self) -> Join {
        Join::Counted
    }

    fn activation(&self) -> Option<&Expression> {
        Some(&self.condition)
    }
}
