//! The first way on whose condition is true, or the default.

super::node! {
    /// Goes on along the first flow whose condition is true; else along the default.
    pub struct ExclusiveGateway {
    }
}
