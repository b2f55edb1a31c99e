//! Asks a decision table and keeps which rules fired.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::{CompiledDecision, Compiler};
use crate::event::Event;
use crate::ids::Key;
use crate::step::{Halt, Leave, Step};

use crate::ids::DecisionName;

super::node! {
    /// Asks a decision table; inputs, fired rules and the result are kept as the explanation.
    pub struct BusinessRuleTask {
        /// The table.
        pub decision: DecisionName,
        /// The variable that the result is written to.
        pub into: String,
    }
}

impl Source for BusinessRuleTask {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        compiler.variable(&["into"], &self.into);
        let table = compiler.decision(&["decision"], &self.decision)?;
        Some(Arc::new(Rules { decision: self.decision.clone(), table, into: self.into.clone() }))
    }

    fn is_activity(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Rules {
    decision: DecisionName,
    table: CompiledDecision,
    into: String,
}

impl Behavior for Rules {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let decided = step.decide(&self.table, key)?;
        let decision = self.decision.clone();
        let (value, explanation) = (decided.output, decided.explanation);
        step.emit(Event::DecisionMade { key, decision, explanation });
        step.set_own_variable(key, &self.into, value);
        step.complete(key, Leave::Next)
    }
}
