//! All ways on at once; waits for all that come in.

super::node! {
    /// Waits for a token on each incoming flow, then goes on along all outgoing ones.
    pub struct ParallelGateway {
    }
}
