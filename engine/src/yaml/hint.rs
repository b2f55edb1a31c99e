//! What to do about a value that is not what its type takes, where the value itself tells that.

use crate::problem::nearest;

use super::reading_error::{BOOLEAN, KEYS, LIST, TEXT, one_of};
use super::scalar::Meaning;
use super::tree::{Body, NodeId, Tree};

/// Longer values are not repeated in a hint.
const SHOWN_CHARS_MAX: usize = 60;

/// What to write instead of something else than what is expected; `known` are the keys of a map.
pub(super) fn wrong(tree: &Tree, node: NodeId, expected: &str, known: &[&str]) -> Option<String> {
    if !known.is_empty() {
        return Some(format!("keys known here: {}", one_of(known)));
    }
    let Body::Scalar { text, meaning, .. } = &tree.node(node).body else {
        let is_list = matches!(tree.node(node).body, Body::List(_));
        return (expected == KEYS && is_list)
            .then(|| "write `name: …` instead of `- …`".to_owned());
    };
    let shown = (!text.is_empty() && text.chars().count() <= SHOWN_CHARS_MAX).then_some(text);
    match (expected, meaning) {
        (_, Meaning::Null) => None,
        (LIST, _) => Some(format!("write `[{}]`, or a line `- …` for each", shown?)),
        (KEYS, _) => Some("write a line `name: …` for each, further in than this key".to_owned()),
        (BOOLEAN, Meaning::Text) => match text.to_lowercase().as_str() {
            "yes" | "on" | "y" | "是" => Some("write `true`".to_owned()),
            "no" | "off" | "n" | "否" => Some("write `false`".to_owned()),
            _ => None,
        },
        (_, Meaning::Bool(_) | Meaning::Int(_) | Meaning::Float(_))
            if expected.starts_with(TEXT) =>
        {
            let from = tree.source.byte(tree.node(node).start);
            let to = tree.source.byte(tree.node(node).end);
            Some(format!("put it in quotes: \"{}\"", &tree.source.text()[from..to.max(from)]))
        }
        _ => None,
    }
}

/// What may stand where an unknown key stood.
pub(super) fn unknown_key(found: &str, known: &[&str]) -> String {
    if found.contains(['(', ')', '[', ']', '<', '>', '=', '&', '|', '"', '\'']) {
        // The rest of an expression.
        return "inside `{ }` a comma ends the value: put the whole value before it in quotes, such \
                as `{ when: 'quotient(5, n) > 2', to: … }`"
            .to_owned();
    }
    let near = nearest(found, known.iter().copied());
    match (near, known) {
        (_, []) => "delete it: nothing more is known here".to_owned(),
        (Some(near), _) => format!("did you mean `{near}`? Known here: {}", one_of(known)),
        (None, _) => format!("known here: {}", one_of(known)),
    }
}
