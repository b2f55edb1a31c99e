//! Tells people something, by a notice template.

use crate::ids::NoticeName;

super::node! {
    /// Tells people something and goes on.
    pub struct Notify {
        /// The template.
        pub notice: NoticeName,
        /// Whom.
        pub audience: super::Audience,
    }
}
