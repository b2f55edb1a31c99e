//! The pure core of Mandate: process definitions, the `step` function, and everything they need.
//!
//! Nothing here does I/O, reads a clock, draws a random number or awaits; `now`, the actor, the
//! seed and the calendars come in with the command. A tidy test keeps it so.

pub mod actor;
pub mod bpmn;
pub mod calendar;
pub mod clock;
pub mod command;
pub mod decision;
pub mod definition;
pub mod deputy;
pub mod diagnostic;
pub mod elements;
pub mod event;
pub mod expression;
pub mod facts;
pub mod fate;
pub mod form;
pub mod ids;
pub mod instance;
pub mod notice;
pub mod operation;
pub mod pack;
pub mod problem;
pub mod register;
pub mod rejection;
pub mod scenario;
pub mod schema;
pub mod series;
pub(crate) mod side_by_side;
pub mod simulate;
pub(crate) mod soundness;
pub mod step;
pub mod text;
pub mod time;
pub mod weight;
pub(crate) mod wide;
pub mod yaml;
