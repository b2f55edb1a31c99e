//! Work for a machine: a worker fetches it and says how it went.

use std::collections::BTreeMap;

super::node! {
    /// Work for a machine outside. A worker fetches the job by topic and completes or fails it.
    pub struct ServiceTask {
        /// The kind of work.
        pub topic: String,
        /// What the worker is told: expressions by name.
        #[serde(default)]
        pub input: BTreeMap<String, String>,
        /// The variable that the result is written to.
        #[serde(default)]
        pub into: Option<String>,
        /// How often it may fail before it is an incident; 3 where nothing is said.
        #[serde(default)]
        pub retries: Option<u32>,
    }
}
