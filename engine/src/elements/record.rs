//! Makes a numbered entry in a register.

use indexmap::IndexMap;

use crate::ids::RegisterName;

super::node! {
    /// Makes an entry in a register; its number is gap-free by series and year.
    pub struct Record {
        /// The register.
        pub register: RegisterName,
        /// Its columns: expressions.
        #[serde(default)]
        pub columns: IndexMap<String, String>,
        /// The variable that the number is written to.
        #[serde(default)]
        pub into: Option<String>,
    }
}
