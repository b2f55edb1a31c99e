//! What stands where an element had errors. Nothing runs by it; what it is to others is read off its
//! source, so that they can be checked.

use crate::elements::{Behavior, Element, Join};

/// An element with errors.
#[derive(Debug)]
pub(super) struct Broken {
    join: Join,
}

impl Broken {
    pub(super) fn of(element: &Element) -> Self {
        let join = match element {
            Element::ParallelGateway(_) => Join::All,
            Element::InclusiveGateway(_) => Join::Reachable,
            Element::ComplexGateway(_) => Join::Counted,
            _ => Join::Each,
        };
        Self { join }
    }
}

impl Behavior for Broken {
    fn activate(
        &self,
        _step: &mut crate::step::Step<'_>,
        _key: crate::ids::Key,
    ) -> Result<(), crate::step::Halt> {
        unreachable!("a definition with errors is never run")
    }

    fn join(&self) -> Join {
        self.join
    }
}
