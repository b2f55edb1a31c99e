//! The API on real databases: what people do, what they are refused, what they never see.

mod admitting;
mod apart;
mod asking;
mod choosing;
mod closing;
mod figures;
mod files;
mod giving_up;
mod harness;
mod jobs;
mod keys;
mod migrating;
mod naming;
mod operating;
mod outside;
mod receiving;
mod refusing;
mod registering;
mod repairing;
mod sending;
mod showing;
mod statements;
mod submitting;
mod watching;
mod wording;
mod working;
