//! Where a token ends; with the last one its scope ends.

use crate::ids::OutcomeName;

super::node! {
    /// Where a token ends. When no token is left, the scope is done; a case then has the outcome.
    pub struct EndEvent {
        /// How the case ended, for registers, notices and callers.
        #[serde(default)]
        pub outcome: Option<OutcomeName>,
        /// Whether it ends its whole scope at once, with everything still active in it.
        #[serde(default)]
        pub terminate: bool,
    }
}
