//! Relay connections over the store's keyset pages.

use async_graphql::connection::{Connection, CursorType, Edge, query};
use async_graphql::{OutputType, Result};
use store::read::{PAGE_MAX, Page, Slice};

/// Items of a page when nobody says how many.
const FIRST: usize = 50;

/// The place of an item in a list that is ordered by up to three numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(pub(crate) i64, pub(crate) i64, pub(crate) i64);

impl CursorType for Place {
    type Error = String;

    fn decode_cursor(text: &str) -> Result<Self, String> {
        let wrong = || "expected a cursor of this list".to_owned();
        let mut numbers = text.strip_prefix("1_").ok_or_else(wrong)?.split('_').map(str::parse);
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(a)), Some(Ok(b)), Some(Ok(c)), None) => Ok(Self(a, b, c)),
            _ => Err(wrong()),
        }
    }

    fn encode_cursor(&self) -> String {
        format!("1_{}_{}_{}", self.0, self.1, self.2)
    }
}

/// A connection from a page of rows.
pub(crate) async fn connection<R, T, F>(
    after: Option<String>,
    first: Option<i32>,
    read: impl FnOnce(Page<(i64, i64, i64)>) -> F,
    node: impl Fn(R) -> (Place, T),
) -> Result<Connection<Place, T>>
where
    T: OutputType,
    F: Future<Output = Result<Slice<R>>>,
{
    query(after, None, first, None, |after: Option<Place>, _, first, _| async move {
        let first = first.unwrap_or(FIRST).min(PAGE_MAX as usize);
        let page = Page {
            after: after.map(|place| (place.0, place.1, place.2)),
            first: u32::try_from(first).unwrap_or(PAGE_MAX),
        };
        let before = page.after.is_some();
        let slice = read(page).await?;
        let mut connection = Connection::new(before, slice.more);
        connection.edges.extend(slice.rows.into_iter().map(|row| {
            let (place, node) = node(row);
            Edge::new(place, node)
        }));
        Ok::<_, async_graphql::Error>(connection)
    })
    .await
}
