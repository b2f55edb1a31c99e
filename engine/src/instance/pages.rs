//! Until when a page is up whose end the case waits for.

use super::{Activation, Instance};
use crate::event::TimerPurpose;
use crate::ids::Key;
use crate::time::Timestamp;

impl Activation {
    /// When a page ends whose end it waits for.
    pub fn page_ends(&self) -> Option<Timestamp> {
        let mut timers = self.timers.values();
        let ends = timers.find(|timer| timer.purpose == TimerPurpose::PageEnds)?;
        Some(ends.at)
    }
}

impl Instance {
    /// Until when a page is up whose end an activation waits for; for ever as long as the case stands still, for
    /// it will give the page the days back, and the public does not lose a notice meanwhile.
    pub fn page_until(&self, key: Key) -> Option<Timestamp> {
        let ends = self.activation(key)?.page_ends()?;
        Some(if self.suspended().is_some() { Timestamp::NEVER } else { ends })
    }
}
