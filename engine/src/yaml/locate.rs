//! Which node an error is about, where serde had buffered a value (tagged and untagged enums do)
//! and lost the way inside it: what makes the error go away when it is left out is its cause.

use super::de::Fixes;
use super::reading_error::{Kind, ReadingError};
use super::tree::{Body, NodeId, Tree};

/// In one list or map so many values are tried.
const TRIED_MAX: usize = 64;

/// The node that an error is about. `attempt` reads with some more values left out.
pub(super) fn culprit(
    tree: &Tree,
    fixes: &Fixes,
    error: &ReadingError,
    mut attempt: impl FnMut(&Fixes) -> Option<ReadingError>,
) -> NodeId {
    let mut at = error.at.unwrap_or(tree.root);
    if error.exact {
        return at;
    }
    // Without a bound on depth of its own: the tree has one.
    'deeper: loop {
        for child in candidates(tree, at) {
            if fixes.skipped.contains(&child) || !possible(tree, child, &error.kind) {
                continue;
            }
            let mut without = fixes.clone();
            without.skipped.insert(child);
            let found = attempt(&without);
            let mut stays = |mut filled: Fixes| {
                let key = tree.key_of(child).map(|entry| entry.key.to_string());
                filled.added.entry(at).or_default().extend(key);
                attempt(&filled).is_some_and(|it| it.kind == error.kind && it.at == error.at)
            };
            match found {
                Some(ReadingError { kind: Kind::TooMuch, .. }) => return at,
                Some(other) if other.kind == error.kind && other.at == error.at => {}
                // It lacks what was left out, which says nothing of the error; what stands for it may.
                Some(other) if is_missed(tree, child, &other.kind) && stays(without) => {}
                Some(_) | None => {
                    at = child;
                    continue 'deeper;
                }
            }
        }
        return at;
    }
}

/// What stands below a node, `type` last: without it everything beside it is wrong too.
fn candidates(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    let mut children = tree.children(node);
    children.truncate(TRIED_MAX);
    children.sort_by_key(|child| tree.key_of(*child).is_some_and(|entry| *entry.key == *"type"));
    children
}

/// Whether an error only says that a value is not there which was left out.
fn is_missed(tree: &Tree, child: NodeId, kind: &Kind) -> bool {
    let key = tree.key_of(child).map(|entry| &*entry.key);
    matches!(kind, Kind::MissingKey(missing) if key == Some(missing.as_str()))
}

/// Whether leaving a value out could tell anything: a map lacks keys or has unknown ones.
fn possible(tree: &Tree, child: NodeId, kind: &Kind) -> bool {
    match kind {
        Kind::MissingKey(_) | Kind::UnknownKey { .. } => {
            matches!(tree.node(child).body, Body::Map(_) | Body::List(_))
        }
        Kind::UnknownVariant { .. } | Kind::Wrong { .. } | Kind::Other(_) => true,
        Kind::TooMuch => false,
    }
}
