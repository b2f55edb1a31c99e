//! Every way on whose condition is true; waits for what can still come.

super::node! {
    /// Goes on along every flow whose condition is true. As a join it waits until no token that is
    /// still on its way can reach it.
    pub struct InclusiveGateway {
    }
}
