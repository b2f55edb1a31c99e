//! What people call a node.

use super::Element;
use crate::ids::NodeName;
use crate::text::Language;

/// A node's name in messages.
pub fn label<'a>(name: &'a NodeName, element: &'a Element, language: Language) -> &'a str {
    element.name().map_or(name.as_str(), |text| text.get(language))
}
