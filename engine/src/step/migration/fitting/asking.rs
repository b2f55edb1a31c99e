//! Corrections that run while a case goes over: who of those who asked for one still does.

use super::Fitting;
use crate::ids::NodeName;
use crate::instance::Activation;

impl<'a> Fitting<'a> {
    /// The nodes to which a correction comes back, without those that end.
    pub(super) fn comes_back_to<'n>(
        &self,
        activation: &'n Activation,
    ) -> impl Iterator<Item = &'n NodeName> + use<'_, 'a, 'n> {
        let all = askers(activation);
        all.filter(|back| self.plan_of(back).is_none_or(|plan| plan.to.is_some()))
    }

    /// Who asks for a correction no more since their node ends, while others still do; the last first.
    pub(in crate::step::migration) fn asks_no_more(&self, activation: &Activation) -> Vec<u32> {
        let ends = |back: &NodeName| self.plan_of(back).is_some_and(|plan| plan.to.is_none());
        let gone = (0..).zip(askers(activation)).filter(|(_, back)| ends(back));
        let mut gone: Vec<u32> = gone.map(|(place, _)| place).collect();
        gone.reverse();
        gone
    }
}

/// The nodes to which a correction comes back.
fn askers(activation: &Activation) -> impl Iterator<Item = &NodeName> {
    activation.come_back.iter().chain(activation.also.iter().map(|one| &one.back))
}
