//! Several signers of one task: who is asked when, votes of a round, signers added and removed, and
//! what the round decides. How votes are counted is `elements/user_task/sign`.

use super::signatories::asked;
use super::{Halt, Leave, Step};
use crate::definition::source::{Mode, Then};
use crate::elements::Element;
use crate::elements::user_task::sign::{Ballot, Close, Sign, SignRule, Tie, WEIGHT_MAX};
use crate::event::{Because, Cause, Event, Placement};
use crate::ids::{Key, OutcomeName, PersonId};
use crate::instance::Waiting;
use crate::weight::Weight;

/// Signers that may be added to one round.
pub(super) const SIGNERS_ADDED_MAX: usize = 100;

impl<'a> Step<'a> {
    /// The vote of one of several signers, where their node counts votes.
    pub(crate) fn cast_vote(
        &mut self,
        key: Key,
        outcome: Option<&OutcomeName>,
        person: &PersonId,
    ) -> Result<(), Halt> {
        let activation = self.activation(key);
        let (round, is_added) =
            (activation.round, activation.item.as_ref().is_some_and(|item| item.added));
        let place = activation.item.as_ref().map(|item| item.index);
        let Some(sign) = self.signing(key) else { return Ok(()) };
        let Some(outcome) = outcome.cloned() else { return Ok(()) };
        let is = |this: &Self, condition| match condition {
            Some(condition) if !is_added => this.evaluate_bool(condition, key),
            _ => Ok(false),
        };
        let weight = self.weight_of(key, sign)?;
        let veto = is(self, sign.veto.as_ref())?;
        let casting = match &sign.tie {
            Some(Tie::Casting(casting)) => is(self, Some(casting))?,
            Some(Tie::Outcome(_)) | None => false,
        };
        let (person, entries) = (person.clone(), self.entries_of(key));
        self.emit(Event::VoteCast {
            key,
            round,
            person,
            outcome,
            weight,
            veto,
            casting,
            place,
            entries,
        });
        Ok(())
    }

    /// The sheet of one of several experts, where their node counts sheets.
    pub(crate) fn give_sheet(
        &mut self,
        key: Key,
        outcome: Option<&OutcomeName>,
        person: &PersonId,
    ) {
        let activation = self.activation(key);
        let each = self.node_of(key).each.as_deref();
        if self.whole(key) == key || each.is_none_or(|each| each.score.is_none()) {
            return;
        }
        let Some(place) = activation.item.as_ref().map(|item| item.index) else { return };
        let (round, entries) = (activation.round, self.entries_of(key));
        let (outcome, person) = (outcome.cloned(), person.clone());
        self.emit(Event::SheetGiven { key, round, person, outcome, place, entries });
    }

    /// What the vote of a signer weighs; one who was added has one vote.
    fn weight_of(&self, key: Key, sign: &Sign) -> Result<Weight, Halt> {
        let is_added = self.activation(key).item.as_ref().is_some_and(|item| item.added);
        let Some(weight) = sign.weight.as_ref().filter(|_| !is_added) else {
            return Ok(Weight::ONE);
        };
        let found = self.dynamic(weight, key)?;
        let Some(weight) = Weight::of(&found) else {
            let message = format!(
                "expected a weight: a number from 0 to {WEIGHT_MAX} with up to four decimal places, found {found}"
            );
            return Err(Halt::incident("BAD_WEIGHT", message));
        };
        if weight > WEIGHT_MAX {
            let message = format!("expected a weight up to {WEIGHT_MAX}, found {weight}");
            return Err(Halt::incident("WEIGHT_TOO_GREAT", message));
        }
        Ok(weight)
    }

    /// That a signer's vote has a weight, asked as the round begins: whoever votes later could not help
    /// it.
    pub(crate) fn check_weight(&self, key: Key) -> Result<(), Halt> {
        match self.signing(key) {
            Some(sign) => self.weight_of(key, sign).map(|_| ()),
            None => Ok(()),
        }
    }

    /// That a signer is absent, where the vote or the sheet they have not given is not waited for after
    /// their deadline.
    pub(crate) fn absence(&self, key: Key) -> Result<Option<Event>, Halt> {
        let Some(each) = self.node_of(key).each.as_deref() else { return Ok(None) };
        if self.whole(key) == key || each.close() != Close::Due {
            return Ok(None);
        }
        let weight = match &each.sign {
            Some(sign) => self.weight_of(key, sign)?,
            None => Weight::ONE,
        };
        let activation = self.activation(key);
        let person = match &activation.waiting {
            Waiting::Task { assignee, owner, .. } => owner.clone().or(assignee.clone()),
            _ => None,
        };
        Ok(Some(Event::SignerAbsent { key, round: activation.round, person, weight }))
    }

    /// A signer is absent: the round goes on without them, and is counted after the last one.
    pub(crate) fn close_vote(&mut self, key: Key, absence: Event) -> Result<(), Halt> {
        let body = self.whole(key);
        self.emit(absence);
        self.terminate(key, &Cause::VoteClosed);
        self.item_done(body)
    }

    /// The rule by which the round that a run belongs to decides.
    pub(crate) fn signing(&self, key: Key) -> Option<&'a Sign> {
        if self.whole(key) == key {
            return None;
        }
        self.node_of(key).each.as_deref()?.sign.as_ref()
    }

    /// Decides a round, once its rule says so; whether it did.
    pub(super) fn decide_round(&mut self, body: Key, complete: bool) -> Result<bool, Halt> {
        let definition = self.definition;
        let node = &definition.nodes[definition.index(&self.activation(body).node)];
        let (Some(sign), Element::UserTask(task)) =
            (node.each.as_deref().and_then(|each| each.sign.as_ref()), &node.element)
        else {
            return Ok(false);
        };
        let Waiting::Items { votes, absent, .. } = &self.activation(body).waiting else {
            return Ok(false);
        };
        let outcomes: Vec<OutcomeName> = task.outcomes.keys().cloned().collect();
        let asked = asked(&self.activation(body).waiting);
        let quorum = match &sign.quorum {
            Some(quorum) => self.dynamic_count(quorum, body)?,
            None => 0,
        };
        let open = u32::try_from(asked.saturating_sub(votes.len() + absent.len()));
        let weights = votes.iter().map(|vote| vote.weight);
        let weights = weights.chain(absent.iter().map(|one| one.weight));
        let weight_of_all = weights.sum::<Weight>() + Weight::whole(open.unwrap_or(u32::MAX));
        let absent = absent.len();
        let ballot =
            Ballot { outcomes: &outcomes, votes, asked, absent, weight_of_all, quorum, complete };
        let Some(signed) = sign.decide(&ballot) else {
            return Ok(false);
        };
        let round = self.activation(body).round;
        let outcome = signed.outcome.clone();
        self.emit(Event::SignDecided { key: body, round, outcome, count: signed.count });
        self.terminate_inside(body, &Cause::SiblingsDone);
        let to = self.initiator().into_iter().collect();
        // Told of the task that ended the round.
        let Waiting::Items { votes, .. } = &self.activation(body).waiting else { return Ok(true) };
        let about = votes.last().map_or(body, |vote| vote.task);
        self.notice(about, definition.notices().outcome.as_ref(), to);
        let leave = self.leave_by(body, &signed.outcome);
        self.complete(body, leave)?;
        Ok(true)
    }

    /// How a token leaves a task by an outcome: back, straight back later, or on.
    pub(crate) fn leave_by(&self, key: Key, outcome: &OutcomeName) -> Leave {
        let Some(flow) = self.flow_of_outcome(key, outcome) else { return Leave::Next };
        let node = self.node_of(key);
        let source = match &node.element {
            Element::UserTask(task) => task.outcome(outcome.as_str()),
            _ => None,
        };
        if source.is_some_and(|source| source.then == Some(Then::ComeBack)) {
            let to = &self.definition.nodes[self.definition.flows[flow].to].name;
            let (come_back, corrects) = (node.name.clone(), self.earlier(key, to));
            return Leave::Return { flow, come_back, corrects };
        }
        match self.back_to(key, flow) {
            Some(again) => Leave::Back { flow, again },
            None => Leave::Flows(vec![(flow, Because::Outcome)]),
        }
    }

    /// Signers that must decide before a task of the same round.
    pub(crate) fn signers_before(&self, key: Key) -> Vec<PersonId> {
        let body = self.whole(key);
        let Waiting::Items { added, .. } = &self.activation(body).waiting else {
            return Vec::new();
        };
        let index = self.activation(key).item.as_ref().map(|item| item.index);
        let before = added.iter().filter(|one| {
            one.place == Placement::Before && Some(one.beside) == index && one.is_open()
        });
        before.map(|one| one.person.clone()).collect()
    }

    /// Begins the runs of a round whose turn it is.
    pub(super) fn next_runs(&mut self, body: Key, mode: Mode) -> Result<(), Halt> {
        self.begin_added(body)?;
        let is_open = self.instance.activation(body).is_some();
        if is_open && mode == Mode::Sequential && self.live_runs(body).is_empty() {
            self.next_items.push_back(body);
        }
        Ok(())
    }
}

/// Whether a rule lets one decide after another.
pub(crate) const fn mode_of(rule: SignRule) -> Mode {
    match rule {
        SignRule::InOrder => Mode::Sequential,
        SignRule::Any | SignRule::All | SignRule::Vote => Mode::Parallel,
    }
}
