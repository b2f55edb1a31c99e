//! Outside programs that tests and developer commands start: a PostgreSQL server, a browser, the built
//! binary.
//!
//! A crate of its own, so that `store`'s tests, `tests` and `xtask` can share it without a cycle.
//! It depends on nothing of ours and no test lives on its names; fixtures of the domain do not
//! belong here.

pub mod binary;
pub mod browser;
pub mod postgres;
