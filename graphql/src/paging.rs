//! Relay connections over the store's keyset pages.

use async_graphql::connection::{Connection, CursorType, Edge};
use async_graphql::{OutputType, Result};
use engine::text::Language;
use store::read::{PAGE_MAX, Page, Slice};

use crate::error;

/// Items of a page when nobody says how many.
const FIRST: u32 = 50;

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

/// The place of an item in a list that is ordered by name.
#[derive(Debug, Clone)]
pub(crate) struct Name(pub(crate) String);

impl CursorType for Name {
    type Error = String;

    fn decode_cursor(text: &str) -> Result<Self, String> {
        let wrong = || "expected a cursor of this list".to_owned();
        text.strip_prefix("2_").map(|name| Self(name.to_owned())).ok_or_else(wrong)
    }

    fn encode_cursor(&self) -> String {
        format!("2_{}", self.0)
    }
}

/// The place of an item in a list that is ordered by a time and, at the same time, by name.
#[derive(Debug, Clone)]
pub(crate) struct Dated(pub(crate) i64, pub(crate) String);

impl CursorType for Dated {
    type Error = String;

    fn decode_cursor(text: &str) -> Result<Self, String> {
        let parts = text.strip_prefix("3_").and_then(|rest| rest.split_once('_'));
        let place = parts.and_then(|(at, name)| Some(Self(at.parse().ok()?, name.to_owned())));
        place.ok_or_else(|| "expected a cursor of this list".to_owned())
    }

    fn encode_cursor(&self) -> String {
        format!("3_{}_{}", self.0, self.1)
    }
}

/// How many rows a page may have, for the cost of a query.
pub(crate) fn cost(first: Option<i32>, of_each: usize) -> usize {
    let first = first.and_then(|first| u32::try_from(first).ok()).unwrap_or(FIRST).min(PAGE_MAX);
    1 + usize::try_from(first).unwrap_or(usize::MAX).saturating_mul(of_each)
}

/// The page that a connection's arguments ask for.
pub(crate) fn page<C: CursorType>(
    language: Language,
    after: Option<&String>,
    first: Option<i32>,
) -> Result<Page<C>>
where
    C::Error: std::fmt::Display,
{
    let first = match first {
        None => FIRST,
        Some(first) => match u32::try_from(first) {
            Ok(first) if (1..=PAGE_MAX).contains(&first) => first,
            _ => return Err(error::bad_count(language, "first", 1, PAGE_MAX, first)),
        },
    };
    let after = after.map(|after| C::decode_cursor(after)).transpose();
    let after = after.map_err(|wrong| {
        error::bad_argument(language, "after", "应为本列表给出的游标", &wrong.to_string())
    })?;
    Ok(Page { after, first })
}

/// A connection of a slice's rows.
pub(crate) fn connection<R, C, T>(
    page: &Page<C>,
    slice: Slice<R>,
    node: impl Fn(R) -> (C, T),
) -> Connection<C, T>
where
    C: CursorType + Send + Sync,
    T: OutputType,
{
    let mut connection = Connection::new(page.after.is_some(), slice.more);
    connection.edges.extend(slice.rows.into_iter().map(|row| {
        let (place, node) = node(row);
        Edge::new(place, node)
    }));
    connection
}

/// The same page, with its place as the store has it.
pub(crate) fn placed<C, D>(page: &Page<C>, place: impl Fn(&C) -> D) -> Page<D> {
    Page { after: page.after.as_ref().map(place), first: page.first }
}
