//! Draws people at random from a role, so that anybody can draw again and get the same.

use indexmap::IndexMap;

use crate::ids::RoleName;

super::node! {
    /// Draws people from the holders of a role, by the seed that is recorded with the command.
    pub struct Draw {
        /// The role drawn from.
        pub pool: RoleName,
        /// How many: a number, or an expression.
        pub size: String,
        /// How many stand in, if one drops out: a number, or an expression.
        #[serde(default)]
        pub reserves: Option<String>,
        /// Who can be drawn: an expression over `candidate` (`id`, `name`, `unit`, `fields`).
        #[serde(default, rename = "where")]
        pub eligible: Option<String>,
        /// Grounds of recusal: an expression over `candidate` that is true for whom it excludes.
        #[serde(default)]
        pub recuse: IndexMap<String, String>,
        /// The variable (texts) that the drawn people are written to.
        pub into: String,
        /// The variable (texts) that the reserves are written to.
        #[serde(default)]
        pub reserves_into: Option<String>,
    }
}
