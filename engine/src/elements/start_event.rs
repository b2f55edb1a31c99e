//! Where a case begins.

super::node! {
    /// Where a case begins. Passes the token on at once.
    pub struct StartEvent {
    }
}
