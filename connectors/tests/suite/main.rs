//! Calls of a real service, for cases in both databases, on a clock that stands still.

mod calling;
