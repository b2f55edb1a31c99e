//! Turns outbox rows into mail and other messages.
