//! One binary for what crosses crates.

mod api;
mod calendars;
mod command_line;
mod commands;
mod connectors;
mod crash;
mod deploying;
mod files;
mod graphiql;
mod hostile;
mod links;
mod mistakes;
mod packs;
mod resending;
mod scenarios;
mod services;
mod subscriptions;
mod tidy;
mod weather;
mod xml;
