//! The GraphQL API: translation only. SQL is the store's, rules are the engine's, and who may do
//! what is asked of `access`. One file a concept.

pub mod address;
mod argument;
pub mod attachments;
mod code;
mod context;
mod demonstration;
mod error;
mod ids;
mod inputs;
mod loaders;
pub mod multipart;
mod mutation;
mod nesting;
mod node;
mod operations;
mod paging;
mod query;
mod repair;
mod sight;
pub mod socket;
mod subscription;
mod types;

pub use code::Code;
pub use context::Viewing;
pub use mutation::Mutation;
pub use query::Query;
pub use subscription::Subscription;

use async_graphql::parser::types::{ExecutableDocument, Selection};
use async_graphql::{Data, Executor, Name, Request, Response, Value};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use std::any::TypeId;
use std::sync::Arc;
use store::Store;

use inputs::Asked;
use loaders::Loaders;

/// How deep a query may be.
pub const DEPTH_MAX: usize = 20;
/// How much a query may ask for: each field counts one, and the fields of a list as often as the
/// list may have rows.
pub const COMPLEXITY_MAX: usize = 30_000;
/// Fields at the top of an operation, by whatever alias, with the fragments that they stand in: each
/// asks the database anew, however little it asks for.
pub const TOP_FIELDS_MAX: usize = 100;
/// Uses of directives that a query may have.
const DIRECTIVES_MAX: usize = 50;

type Plain = async_graphql::Schema<Query, Mutation, Subscription>;

/// What a pack is held to beyond the engine's checks before it is published, such as that its
/// notices can be filled: whoever starts us knows it, we may not import it.
pub type PackRule = fn(&[(String, Vec<u8>)]) -> Vec<engine::diagnostic::Diagnostic>;

/// The rule as resolvers find it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule(pub(crate) PackRule);

/// The schema on a store. Each request needs a [`Viewing`] in its data; every error of an answer has
/// a code.
#[derive(Clone)]
pub struct Schema {
    plain: Plain,
    store: Store,
}

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schema").finish_non_exhaustive()
    }
}

/// Makes the schema.
pub fn schema(store: &Store, rule: PackRule) -> Schema {
    let plain = Plain::build(Query::default(), Mutation::default(), Subscription)
        .data(store.clone())
        .data(Rule(rule))
        .limit_depth(DEPTH_MAX)
        .limit_complexity(COMPLEXITY_MAX)
        .limit_directives(DIRECTIVES_MAX)
        .finish();
    Schema { plain, store: store.clone() }
}

/// The schema's definition language: what is checked in as `schema.graphql`.
pub fn sdl() -> String {
    Plain::build(Query::default(), Mutation::default(), Subscription).finish().sdl()
}

impl Schema {
    /// The request with what its resolvers need; or what is wrong with its text.
    fn prepare(&self, request: Request) -> Result<Request, Box<Response>> {
        if nesting::is_too_deep(&request.query) {
            return Err(Box::new(Response::from_errors(vec![error::too_nested(
                nesting::NESTING_MAX,
            )])));
        }
        if let Some(field) = Asked::zero(&request) {
            let viewing = request.data.get(&TypeId::of::<Viewing>());
            let viewing = viewing.and_then(|viewing| viewing.downcast_ref::<Viewing>());
            let language = viewing.map(|viewing| viewing.language).unwrap_or_default();
            return Err(Box::new(Response::from_errors(vec![error::zero(language, &field)])));
        }
        let mut request = request.data(Loaders::new(&self.store));
        match request.parsed_query() {
            Ok(document) if is_too_wide(document) => {
                Err(Box::new(Response::from_errors(vec![error::too_wide(TOP_FIELDS_MAX)])))
            }
            Ok(document) => {
                let left_out = left_out(document);
                for name in left_out {
                    request.variables.entry(name).or_insert(Value::Null);
                }
                Ok(request)
            }
            Err(mut failed) => {
                error::set_code(&mut failed, Code::GraphqlParseFailed);
                Err(Box::new(Response::from_errors(vec![failed])))
            }
        }
    }
}

/// Whether an operation has too many fields at its top. Fragments count as well, so that counting ends
/// even where they name each other.
fn is_too_wide(document: &ExecutableDocument) -> bool {
    document.operations.iter().any(|(_, operation)| {
        let mut sets = vec![&operation.node.selection_set.node];
        let mut counted = 0;
        while let (Some(set), true) = (sets.pop(), counted <= TOP_FIELDS_MAX) {
            counted += set.items.len();
            sets.extend(set.items.iter().filter_map(|item| match &item.node {
                Selection::Field(_) => None,
                Selection::FragmentSpread(spread) => {
                    let fragment = document.fragments.get(&spread.node.fragment_name.node)?;
                    Some(&fragment.node.selection_set.node)
                }
                Selection::InlineFragment(fragment) => Some(&fragment.node.selection_set.node),
            }));
        }
        counted > TOP_FIELDS_MAX
    })
}

/// Variables that may be null and have no default. A client may leave them out, but async-graphql
/// refuses what it reckons a query's cost from when they are.
fn left_out(document: &ExecutableDocument) -> Vec<Name> {
    let variables =
        document.operations.iter().flat_map(|(_, operation)| &operation.node.variable_definitions);
    let optional = variables
        .map(|variable| &variable.node)
        .filter(|variable| variable.var_type.node.nullable && variable.default_value.is_none());
    optional.map(|variable| variable.name.node.clone()).collect()
}

fn complete(mut response: Response, asked: &Asked) -> Response {
    response.errors.iter_mut().for_each(|failed| error::complete(failed, asked));
    response
}

impl Executor for Schema {
    async fn execute(&self, request: Request) -> Response {
        let asked = Asked::of(&request);
        match self.prepare(request) {
            Ok(request) => complete(self.plain.execute(request).await, &asked),
            Err(refused) => *refused,
        }
    }

    fn execute_stream(
        &self,
        request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let asked = Asked::of(&request);
        match self.prepare(request) {
            Ok(request) => self
                .plain
                .execute_stream_with_session_data(request, session.unwrap_or_default())
                .map(move |response| complete(response, &asked))
                .boxed(),
            Err(refused) => futures_util::stream::iter([*refused]).boxed(),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_is_as_it_is_checked_in() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
        let sdl = super::sdl();
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(path, &sdl).expect("the schema can be written");
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == sdl,
            "schema.graphql is not what the code makes; if that is meant, run \
             `UPDATE_SCHEMA=1 cargo test -p graphql` and read the difference like code"
        );
    }
}
