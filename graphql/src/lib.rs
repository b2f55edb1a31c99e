//! The GraphQL API: translation only, no SQL and no rules.
