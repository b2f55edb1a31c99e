//! The GraphQL API: translation only. SQL is the store's, rules are the engine's, and who may do
//! what is asked of `access`. One file a concept.

mod context;
mod demonstration;
mod error;
mod ids;
mod jobs;
mod loaders;
mod mutation;
mod paging;
mod query;
mod repair;
mod subscription;
mod types;

pub use context::Viewing;
pub use mutation::Mutation;
pub use query::Query;
pub use subscription::Subscription;

use store::Store;

/// How deep a query may be.
pub const DEPTH_MAX: usize = 16;
/// How much a query may ask for.
pub const COMPLEXITY_MAX: usize = 3_000;

/// The schema, on a store.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Makes the schema. Each request needs a [`Viewing`] in its data.
pub fn schema(store: &Store) -> Schema {
    async_graphql::Schema::build(Query, Mutation::default(), Subscription)
        .data(store.clone())
        .data(loaders::cases(store))
        .data(loaders::people(store))
        .data(loaders::contents(store))
        .limit_depth(DEPTH_MAX)
        .limit_complexity(COMPLEXITY_MAX)
        .finish()
}

/// The schema's definition language: what is checked in as `schema.graphql`.
pub fn sdl() -> String {
    async_graphql::Schema::build(Query, Mutation::default(), Subscription).finish().sdl()
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
