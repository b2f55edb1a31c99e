//! The pure core of Mandate: process definitions, the `step` function, and everything they need.
//!
//! Nothing here does I/O, reads a clock, draws a random number or awaits; `now`, the actor, the
//! seed and the calendars come in with the command. A tidy test keeps it so.

pub mod calendar;
pub mod clock;
pub mod diagnostic;
pub mod expression;
pub mod ids;
pub mod problem;
pub mod text;
pub mod time;
