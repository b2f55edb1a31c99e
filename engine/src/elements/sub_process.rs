//! A process within the process: a scope of its own tokens.

use indexmap::IndexMap;

use crate::ids::NodeName;

super::node! {
    /// Holds nodes of its own; goes on when the last of its tokens has ended.
    pub struct SubProcess {
        /// Its nodes; the first one begins.
        pub nodes: IndexMap<NodeName, super::Element>,
    }
}
