//! Versions of documents whatever they were called when they were written: a case that went over to another
//! version of its process keeps them under the names of then.

use std::sync::Arc;

use async_graphql::Result;
use engine::ids::DocumentName;
use engine::instance::{Formerly, Instance as State};
use store::read::{PAGE_MAX, Slice};
use store::tables::document::Model as Row;

use crate::context::{Reader, Told as _};
use crate::loaders;

/// Versions of a document after some number, the first one first, by its name of now.
pub(super) async fn rows(
    reader: Reader<'_>,
    state: &State,
    document: &DocumentName,
    (after, first): (Option<i64>, u32),
) -> Result<Slice<Row>> {
    let most = usize::try_from(first.clamp(1, PAGE_MAX)).unwrap_or(1);
    let mut all = Slice::default();
    for name in state.names_of(document) {
        let (from, last) = (i64::from(name.after), name.last.map(i64::from));
        let after = after.filter(|after| *after > from).or((from > 0).then_some(from));
        if last.zip(after).is_some_and(|(last, after)| after >= last) {
            continue;
        }
        let of = (state.id().0, name.name.to_string());
        let place = loaders::Place { of, after, first, mode: () };
        let found = reader.loaders.versions.load(place).await.told(reader)?.unwrap_or_default();
        let Slice { mut rows, more } = Arc::unwrap_or_clone(found);
        let more =
            more && rows.last().is_some_and(|row| last.is_none_or(|last| row.version < last));
        rows.retain(|row| last.is_none_or(|last| row.version <= last));
        for row in &mut rows {
            row.document = document.to_string();
        }
        all.rows.extend(rows);
        all.more = more;
        if all.rows.len() > most {
            all.rows.truncate(most);
            all.more = true;
        }
        if all.more {
            break;
        }
    }
    Ok(all)
}

/// The name under which a version was written.
pub(super) fn of_version<'n, 'a>(
    names: &'n [Formerly<'a>],
    version: i64,
) -> Option<&'n Formerly<'a>> {
    let up_to = |one: &&Formerly<'_>| one.last.is_none_or(|last| version <= i64::from(last));
    names.iter().find(up_to)
}
