//! The loop of a step: tokens are followed until everything waits. What one token does is in `tokens`.

use super::{Halt, Step};
use crate::instance::Status;

impl Step<'_> {
    /// Follows every token until all of them wait.
    pub(super) fn run(&mut self) -> Result<(), Halt> {
        loop {
            self.follow()?;
            if self.instance.status() != Status::Active {
                return Ok(());
            }
            if !self.fire_inclusive_joins()?
                && !self.fire_complex_joins()?
                && !(self.instance.suspended().is_none()
                    && (self.check_conditions()? || self.ask_choosing()?))
                && !self.end_empty_scopes()?
                && !self.ask_empty()
            {
                return self.stop_clocks();
            }
        }
    }

    /// Follows the tokens that are on their way. Each tells what it needs, so that all of it is fetched at
    /// once.
    fn follow(&mut self) -> Result<(), Halt> {
        let mut is_missing = false;
        loop {
            let went = match self.next_item() {
                Ok(false) => match self.tokens.pop_front() {
                    Some(token) => self.enter(&token).map(|()| true),
                    None => Ok(false),
                },
                went => went,
            };
            match went {
                Ok(true) => {}
                Ok(false) => break,
                Err(Halt::Needs) => is_missing = true,
                Err(halt) => return Err(halt),
            }
        }
        if is_missing { Err(Halt::Needs) } else { Ok(()) }
    }
}
