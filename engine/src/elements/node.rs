//! The keys that every node has, whatever it is. What is an element's own stands in its file.

/// What a key that is true by default defaults to.
pub(crate) const fn truth() -> bool {
    true
}

/// Declares an element's YAML struct: its own keys and those that every node has.
macro_rules! node {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$field_doc:meta])* pub $field:ident : $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// Its name for people.
            #[serde(default)]
            pub name: Option<$crate::text::Text>,
            /// The legal basis, shown to whoever does it.
            #[serde(default)]
            pub basis: Option<String>,
            /// What a person should know of it.
            #[serde(default)]
            pub documentation: Option<$crate::text::Text>,
            /// Warnings of the checker that are known and stood by, by code, each with the reason:
            /// `{ decidedByData: Two of three are enough; the scenarios try every number }`.
            #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
            pub accept: std::collections::BTreeMap<String, $crate::text::Text>,
            /// Where it goes on; the next node in the file where nothing is said.
            #[serde(default)]
            pub to: Option<$crate::definition::source::To>,
            /// Runs once for each item of a list (activities only).
            #[serde(default)]
            pub for_each: Option<$crate::definition::source::ForEach>,
            /// Runs again and again (activities only).
            #[serde(default, rename = "loop")]
            pub again: Option<$crate::definition::source::Loop>,
            $($(#[$field_doc])* pub $field: $kind,)*
        }
    };
}
pub(crate) use node;
