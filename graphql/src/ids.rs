//! Global ids: `Case:12`, `Task:12.3`. What they look like is nobody's business but ours.

use async_graphql::{ID, Result};
use engine::ids::{InstanceId, Key};

use crate::error;

/// A case's id.
pub(crate) fn case(instance: i64) -> ID {
    ID(format!("Case:{instance}"))
}

/// An id of something that an activation made: a task, an intake, a page.
pub(crate) fn part(kind: &str, instance: i64, key: i64) -> ID {
    ID(format!("{kind}:{instance}.{key}"))
}

/// The case that an id names.
pub(crate) fn read_case(id: &ID) -> Result<InstanceId> {
    id.strip_prefix("Case:")
        .and_then(|number| number.parse().ok())
        .map(InstanceId)
        .ok_or_else(|| error::bad_argument("id", "expected the id of a case"))
}

/// The case and the key that an id of some kind names.
pub(crate) fn read_part(kind: &str, id: &ID) -> Result<(InstanceId, Key)> {
    let read = |id: &str| {
        let rest = id.strip_prefix(kind)?.strip_prefix(':')?;
        let (instance, key) = rest.split_once('.')?;
        Some((InstanceId(instance.parse().ok()?), Key(key.parse().ok()?)))
    };
    read(id).ok_or_else(|| error::bad_argument("id", &format!("expected the id of a {kind}")))
}
