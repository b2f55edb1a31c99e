//! A person.

use async_graphql::Object;

/// A person of the directory.
#[derive(Debug)]
pub(crate) struct Person(pub(crate) store::directory::Person);

#[Object]
impl Person {
    /// Their id, such as `li`.
    async fn id(&self) -> &str {
        &self.0.id
    }

    /// Their name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The unit they belong to.
    async fn unit(&self) -> Option<&str> {
        self.0.unit.as_deref()
    }

    /// The roles they hold, `role` or `role@unit`.
    async fn roles(&self) -> Vec<String> {
        let grants = self.0.grants.iter();
        grants
            .map(|grant| match &grant.unit {
                Some(unit) => format!("{}@{unit}", grant.role),
                None => grant.role.to_string(),
            })
            .collect()
    }
}
