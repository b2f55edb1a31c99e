//! The API on real databases: what people do, what they are refused, what they never see.

mod harness;
mod refusing;
mod working;
