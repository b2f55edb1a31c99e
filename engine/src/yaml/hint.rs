//! What to do about a value that is not what its type takes, where the value itself tells that.

use super::alias::meant;
use super::reading_error::{BOOLEAN, KEYS, LIST, TEXT, one_of};
use super::scalar::Meaning;
use super::tree::{Body, NodeId, Tree};

/// Longer values are not repeated in a hint.
const SHOWN_CHARS_MAX: usize = 60;
/// Of a list, so many items are repeated in a hint.
const ITEMS_MAX: usize = 4;

/// What to write instead of something else than what is expected; `known` are the keys of a map.
pub(super) fn wrong(tree: &Tree, node: NodeId, expected: &str, known: &[&str]) -> Option<String> {
    if !known.is_empty() {
        return Some(format!("keys known here: {}", one_of(known)));
    }
    let (text, meaning) = match &tree.node(node).body {
        Body::Scalar { text, meaning, .. } => (text, meaning),
        Body::List(items) if expected == KEYS => return Some(of_items(tree, items)),
        Body::List(_) | Body::Map(_) | Body::Broken => return None,
    };
    let shown = (!text.is_empty() && text.chars().count() <= SHOWN_CHARS_MAX).then_some(text);
    match (expected, meaning) {
        (_, Meaning::Null) => tree.has_comment(node).then(|| {
            "a `#` behind a blank begins a comment: put a text with one in quotes".to_owned()
        }),
        (LIST, _) => Some(format!("write `[{}]`, or a line `- …` for each", items(shown?))),
        (KEYS, _) => Some("write a line `name: …` for each, further in than this key".to_owned()),
        (BOOLEAN, Meaning::Text) => match text.to_lowercase().as_str() {
            "yes" | "on" | "y" | "是" => Some("write `true`".to_owned()),
            "no" | "off" | "n" | "否" => Some("write `false`".to_owned()),
            "true" | "false" => Some(format!("write `{}`, without quotes", text.to_lowercase())),
            _ => None,
        },
        (_, Meaning::Int(number)) if expected.starts_with("a time such as `10 workdays`") => {
            Some(format!("say the unit: `{number} workdays`, `{number} days`, `{number} hours`"))
        }
        (_, Meaning::Int(number)) if expected.starts_with("a time such as `80%`") => {
            Some(format!("`{number}%` of the time, or `{number} days before`?"))
        }
        (_, Meaning::Int(number)) if expected.starts_with("a share") => {
            Some(format!("write `{number}%`"))
        }
        (_, Meaning::Float(number)) if expected.starts_with("a share") && *number <= 1.0 => {
            Some(format!("write `{}%`", number * 100.0))
        }
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

/// Words as the items of a list, without the brackets and commas of a Chinese keyboard.
fn items(text: &str) -> String {
    let inner = text.trim_matches(|c| "【】［］「」（）()".contains(c));
    inner.replace(['，', '、'], ", ")
}

/// A list of words as keys.
fn of_items(tree: &Tree, items: &[NodeId]) -> String {
    let word = |item: &NodeId| match &tree.node(*item).body {
        Body::Scalar { text, .. } if !text.is_empty() => Some(format!("{text}: …")),
        Body::Scalar { .. } | Body::List(_) | Body::Map(_) | Body::Broken => None,
    };
    match items.iter().take(ITEMS_MAX).map(word).collect::<Option<Vec<String>>>() {
        Some(words) if !words.is_empty() => {
            let more = if items.len() > ITEMS_MAX { ", …" } else { "" };
            format!("write `{{ {}{more} }}`, or a line for each", words.join(", "))
        }
        Some(_) | None => "write `name: …` instead of `- …`".to_owned(),
    }
}

/// What may stand where an unknown key stood.
pub(super) fn unknown_key(found: &str, known: &[&str]) -> String {
    let near = meant(found, known);
    match (near, known) {
        (_, []) => "delete it: nothing more is known here".to_owned(),
        (Some(near), _) => format!("did you mean `{near}`? Known here: {}", one_of(known)),
        (None, _) => format!("known here: {}", one_of(known)),
    }
}
