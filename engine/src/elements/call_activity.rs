//! Begins a case of another process and waits for its end, or lets it have its own life.

use indexmap::IndexMap;

use crate::ids::{DocumentName, ProcessName};

super::node! {
    /// Begins a case of another process.
    pub struct CallActivity {
        /// The process.
        pub process: ProcessName,
        /// The called case's first documents: its document, and the expression that gives it.
        #[serde(default, rename = "in")]
        pub give: IndexMap<DocumentName, String>,
        /// What comes back: our document, and the called case's.
        #[serde(default, rename = "out")]
        pub take: IndexMap<DocumentName, DocumentName>,
        /// Whether to wait for its end; it does by default.
        #[serde(default = "super::truth")]
        pub wait: bool,
    }
}
