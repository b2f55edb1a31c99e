//! Developer commands, run as `cargo xtask <command>`: what a person on a fresh machine needs.
//!
//! Each command is one module. Nothing here is part of the product.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod graphiql;
mod installed;
mod order;
mod run;
mod steps;
mod test;

/// Developer commands of Mandate.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build, start on an embedded SQLite database with the demonstration, and say how to sign in.
    Run(run::Options),
    /// Run every check: format, lints, documentation and all tests, on SQLite and on PostgreSQL.
    Test(test::Options),
    /// Run only the format check and the lints.
    Lint,
    /// Write anew what is made of the code and checked in: the GraphQL schema, the JSON Schemas of
    /// the language and its reference, and the tables of BPMN.
    Schema,
    /// Bring the scripts of the page at /graphiql anew from the npm registry into the tree.
    Graphiql,
    /// Note anew which functions a start runs, for `start.order`, by which a release is linked: after a change
    /// of the toolchain or of what it is built with, or where `bench --start` tells of more memory.
    Order,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Task::Run(options) => run::run(&options),
        Task::Test(options) => test::test(&options),
        Task::Lint => test::lint(),
        Task::Schema => test::schema(),
        Task::Graphiql => graphiql::graphiql(),
        Task::Order => order::order(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
