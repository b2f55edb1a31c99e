//! Sets variables from expressions.

use indexmap::IndexMap;

super::node! {
    /// Sets variables, in order, and goes on.
    pub struct ScriptTask {
        /// Variables and the expressions that give their values.
        pub set: IndexMap<String, String>,
    }
}
