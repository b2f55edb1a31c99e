//! The database schema, one file a change; migrations only go forward.
