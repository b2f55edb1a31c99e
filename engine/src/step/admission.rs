//! Whether an intake would take something, asked before anybody fills in a form. What an intake asks is
//! the element's.

use super::{Refused, Step};
use crate::command::Envelope;
use crate::definition::Definition;
use crate::facts::Facts;
use crate::ids::Key;
use crate::instance::{Instance, Status};
use crate::rejection::Rejection;

/// Whether an intake would take something from the actor of the envelope, whatever that is: what is
/// said of the content is not asked, and of the envelope's command nothing is read.
///
/// # Errors
/// `Refused::Rejection` as a submission would be refused; `Refused::Needs` when something must be
/// fetched first.
pub fn admission(
    definition: &Definition,
    instance: &Instance,
    intake: Key,
    envelope: &Envelope,
    facts: &Facts,
) -> Result<(), Refused> {
    if instance.status() != Status::Active {
        return Err(Refused::Rejection(Rejection::InstanceClosed));
    }
    if instance.suspended().is_some() {
        return Err(Refused::Rejection(Rejection::InstanceSuspended));
    }
    let step = Step::new(definition, instance.clone(), envelope, facts);
    let open = step.open(intake).map(drop);
    let admitted = open.and_then(|()| step.node_of(intake).behavior.admits(&step, intake));
    step.finish(admitted).map(drop)
}
