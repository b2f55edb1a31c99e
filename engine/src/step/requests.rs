//! What a step asks of the writer: commands for other cases, messages, signals.

use super::Step;
use crate::command::Request;
use crate::event::Event;
use crate::ids::Key;

impl Step<'_> {
    /// Asks the writer to do something elsewhere.
    pub(crate) fn request(&mut self, request: Request) {
        self.request_by(Key(0), request);
    }

    /// The same of an event: what it descends from is not taken back any more.
    pub(crate) fn request_by(&mut self, by: Key, request: Request) {
        let since = self.day_ended;
        let hops = self.envelope.hops + u32::from(request.is_hop());
        self.emit(Event::CommandRequested { since, hops, request, by });
    }
}
