//! Puts a page on the public portal, for a period or for good.

use crate::definition::source::{DocumentUse, OneOrMany, Time};

super::node! {
    /// Puts a page on the public portal: only the documents and fields that it lists.
    pub struct Publish {
        /// The page's title: a text, or an expression.
        pub title: String,
        /// What it shows.
        #[serde(default)]
        pub show: OneOrMany<DocumentUse>,
        /// For how long; for good where nothing is said.
        #[serde(default, rename = "for")]
        pub period: Option<Time>,
        /// Whether to wait until the period is over.
        #[serde(default)]
        pub wait: bool,
    }
}
