//! A clock of an activation. Plain data; `apply` alone writes it.

use serde::{Deserialize, Serialize};

use crate::clock::{Cycle, Working};
use crate::event::TimerPurpose;
use crate::time::Timestamp;

/// A running clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timer {
    /// When it runs out.
    pub at: Timestamp,
    /// What for.
    pub purpose: TimerPurpose,
    /// Which time it is, where it comes again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<Cycle>,
    /// How its time was worked out, where that is not kept with what it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<Box<Working>>,
    /// Since when it stands still; it runs out when it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Timestamp>,
}
