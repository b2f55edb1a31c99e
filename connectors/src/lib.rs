//! Calls HTTP services for service tasks: takes their jobs under a lease, makes the call, and gives
//! the answer to the case. What is called and what an answer means is the definition's; here is only
//! what a server knows: where it may go, which secrets it has, how much it takes.
//!
//! A call is made at least once. It keeps its `Idempotency-Key` over all tries, so that a receiver
//! that gets it twice can tell.

mod call;
mod figures;
mod hosts;
mod needs;
mod secrets;
mod work;

pub use figures::{Calls, OUTCOMES};
pub use hosts::Hosts;
pub use needs::{Need, Needed, needs};
pub use secrets::Secrets;
pub use work::Connector;

/// What the server lets connectors do.
#[derive(Debug)]
pub struct Settings {
    /// Where calls may go.
    pub hosts: Hosts,
    /// What they may send that no pack holds.
    pub secrets: Secrets,
    /// The largest body of an answer, in bytes.
    pub answer_bytes_max: usize,
    /// Calls at once; 0: none, for somebody else makes them.
    pub calls_max: usize,
}
