//! Asks a decision table and keeps which rules fired.

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
