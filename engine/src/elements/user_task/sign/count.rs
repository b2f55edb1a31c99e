//! The pure count: from the votes of a round to what they decide together.

use serde_json::{Value, json};

use super::{ABSTAIN, Close, ShareOf, SignRule};
use crate::definition::Dynamic;
use crate::expression::Expression;
use crate::ids::OutcomeName;
use crate::instance::Vote;
use crate::weight::Weight;

/// A rule, compiled.
#[derive(Debug)]
pub(crate) struct Sign {
    pub(crate) rule: SignRule,
    pub(crate) quorum: Option<Dynamic>,
    pub(crate) short: Option<OutcomeName>,
    pub(super) pass: Share,
    pub(super) of: ShareOf,
    pub(crate) weight: Option<Dynamic>,
    pub(crate) veto: Option<Expression>,
    pub(crate) tie: Option<Tie>,
    pub(crate) close: Close,
}

impl Sign {
    /// Everybody must agree: how a task decides that more signers may be added to.
    pub(crate) const fn all() -> Self {
        Self {
            rule: SignRule::All,
            quorum: None,
            short: None,
            pass: Share::Majority,
            of: ShareOf::Cast,
            weight: None,
            veto: None,
            tie: None,
            close: Close::Voted,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    Majority,
    AtLeast { part: u32, whole: u32 },
}

/// What decides when as many are for as against.
#[derive(Debug)]
pub(crate) enum Tie {
    /// This outcome.
    Outcome(OutcomeName),
    /// The vote of whom it is true for.
    Casting(Expression),
}

/// What a count is made from.
pub(crate) struct Ballot<'a> {
    /// Every outcome, the passing one first.
    pub(crate) outcomes: &'a [OutcomeName],
    /// What was voted in this round.
    pub(crate) votes: &'a [Vote],
    /// How many were asked.
    pub(crate) asked: usize,
    /// How many of them were absent when the vote was closed.
    pub(crate) absent: usize,
    /// What the votes of everybody who was asked weigh, absences included.
    pub(crate) weight_of_all: Weight,
    /// How many must have voted.
    pub(crate) quorum: usize,
    /// Whether everybody has voted, or can no more.
    pub(crate) complete: bool,
}

/// The decision, and the count it rests on.
#[derive(Debug, PartialEq)]
pub(crate) struct Signed {
    pub(crate) outcome: OutcomeName,
    pub(crate) count: Value,
}

impl Sign {
    /// The decision, once there is one.
    pub(crate) fn decide(&self, ballot: &Ballot<'_>) -> Option<Signed> {
        let passing = ballot.outcomes.first()?;
        let against = |vote: &&Vote| {
            vote.outcome != *passing && vote.outcome.as_str() != ABSTAIN
        };
        let signed = |outcome: &OutcomeName, why: &str| {
            let count = ballot.count(passing, why);
            Some(Signed { outcome: outcome.clone(), count })
        };
        match self.rule {
            SignRule::Any => signed(&ballot.votes.first()?.outcome, "first"),
            SignRule::All | SignRule::InOrder => match ballot.votes.iter().find(against) {
                Some(vote) => signed(&vote.outcome, "refused"),
                None if ballot.complete => signed(passing, "agreed"),
                None => None,
            },
            SignRule::Vote => {
                if let Some(vote) = ballot.votes.iter().filter(against).find(|vote| vote.veto) {
                    return signed(&vote.outcome, "veto");
                }
                if !ballot.complete {
                    return None;
                }
                let (outcome, why) = self.counted(ballot, passing);
                signed(&outcome, why)
            }
        }
    }

    fn counted(&self, ballot: &Ballot<'_>, passing: &OutcomeName) -> (OutcomeName, &'static str) {
        let failing = ballot.failing(passing, self.short.as_ref());
        if ballot.votes.len() < ballot.quorum {
            return (self.short.clone().unwrap_or(failing), "noQuorum");
        }
        let (yes, no) = (ballot.weight_of(passing), ballot.against(passing));
        let base = match self.of {
            ShareOf::Cast => yes + no,
            ShareOf::All => ballot.weight_of_all,
        };
        let (yes, no, base) = (yes.parts(), no.parts(), base.parts());
        match self.pass {
            Share::Majority if yes * 2 > base => (passing.clone(), "passed"),
            Share::Majority if yes == no && yes > 0 => match &self.tie {
                Some(Tie::Outcome(outcome)) => (outcome.clone(), "tie"),
                Some(Tie::Casting(_)) => match ballot.votes.iter().find(|vote| vote.casting) {
                    Some(vote) if vote.outcome.as_str() != ABSTAIN => {
                        (vote.outcome.clone(), "castingVote")
                    }
                    _ => (failing, "notPassed"),
                },
                None => (failing, "notPassed"),
            },
            Share::AtLeast { part, whole }
                if base > 0 && yes * u64::from(whole) >= base * u64::from(part) =>
            {
                (passing.clone(), "passed")
            }
            Share::Majority | Share::AtLeast { .. } => (failing, "notPassed"),
        }
    }
}

impl Ballot<'_> {
    fn weight_of(&self, outcome: &OutcomeName) -> Weight {
        let votes = self.votes.iter().filter(|vote| vote.outcome == *outcome);
        votes.map(|vote| vote.weight).sum()
    }

    fn against(&self, passing: &OutcomeName) -> Weight {
        let votes = self.votes.iter().filter(|vote| {
            vote.outcome != *passing && vote.outcome.as_str() != ABSTAIN
        });
        votes.map(|vote| vote.weight).sum()
    }

    /// The outcome of a vote that did not pass: the one most were for, else the last one.
    /// That of too few votes is none, unless somebody was for it.
    fn failing(&self, passing: &OutcomeName, short: Option<&OutcomeName>) -> OutcomeName {
        let others = self.outcomes.iter().filter(|outcome| {
            *outcome != passing
                && outcome.as_str() != ABSTAIN
                && (Some(*outcome) != short || self.weight_of(outcome) > Weight::default())
        });
        let mut best: Option<(&OutcomeName, Weight)> = None;
        for outcome in others {
            let weight = self.weight_of(outcome);
            if best.is_none_or(|(_, most)| weight > most || (weight == Weight::default() && weight == most)) {
                best = Some((outcome, weight));
            }
        }
        best.map_or_else(|| passing.clone(), |(outcome, _)| outcome.clone())
    }

    /// The count for the record.
    fn count(&self, passing: &OutcomeName, why: &str) -> Value {
        let abstained = self.votes.iter().filter(|vote| vote.outcome.as_str() == ABSTAIN);
        json!({
            "asked": self.asked,
            "voted": self.votes.len(),
            "abstained": abstained.count(),
            "absent": self.absent,
            "quorum": self.quorum,
            "for": self.weight_of(passing),
            "against": self.against(passing),
            "all": self.weight_of_all,
            "why": why,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ShareOf, SignRule};
    use super::{Ballot, Share, Sign, Tie, Vote};
    use crate::weight::Weight;

    fn sign(pass: Share, of: ShareOf, tie: Option<Tie>) -> Sign {
        Sign { pass, of, tie, rule: SignRule::Vote, ..Sign::all() }
    }

    /// Votes are written `agree`, `disagree*3` (weight), `disagree!` (veto), `agree?` (casting).
    fn decide(sign: &Sign, asked: usize, quorum: usize, votes: &str) -> String {
        let outcomes = ["agree", "disagree", "redo"].map(Into::into);
        let votes: Vec<Vote> = votes
            .split_whitespace()
            .zip(0..)
            .map(|(text, index)| {
                let (text, weight) = text.split_once('*').unwrap_or((text, "1"));
                let name = text.trim_end_matches(['!', '?']);
                Vote {
                    place: None,
                    entries: std::collections::BTreeMap::new(),
                    task: crate::ids::Key(index),
                    person: format!("p{index}").as_str().into(),
                    outcome: name.into(),
                    weight: Weight::of(&weight.into()).expect("a weight"),
                    veto: text.ends_with('!'),
                    casting: text.ends_with('?'),
                }
            })
            .collect();
        let complete = votes.len() == asked;
        let weight_of_all = votes.iter().map(|vote| vote.weight).sum();
        let ballot =
            Ballot { outcomes: &outcomes, votes: &votes, asked, absent: 0, weight_of_all, quorum, complete };
        match sign.decide(&ballot) {
            Some(signed) => {
                format!("{} {}", signed.outcome, signed.count["why"].as_str().expect("a reason"))
            }
            None => "open".to_owned(),
        }
    }

    #[test]
    fn votes_are_counted() {
        let two_thirds = || Share::AtLeast { part: 2, whole: 3 };
        let plain = |pass| sign(pass, ShareOf::Cast, None);
        let of_all = |pass| sign(pass, ShareOf::All, None);
        for (sign, asked, quorum, votes, expected) in [
            (plain(two_thirds()), 3, 0, "agree agree", "open"),
            (plain(two_thirds()), 3, 0, "agree agree disagree", "agree passed"),
            (plain(two_thirds()), 3, 0, "agree disagree disagree", "disagree notPassed"),
            (plain(two_thirds()), 3, 0, "agree agree abstain", "agree passed"),
            (of_all(two_thirds()), 3, 0, "agree abstain abstain", "redo notPassed"),
            (plain(two_thirds()), 5, 5, "agree agree agree agree agree", "agree passed"),
            (plain(two_thirds()), 3, 4, "agree agree agree", "redo noQuorum"),
            (plain(two_thirds()), 5, 0, "agree disagree!", "disagree veto"),
            (plain(two_thirds()), 2, 0, "agree! disagree", "disagree notPassed"),
            (plain(Share::Majority), 2, 0, "agree disagree*3", "disagree notPassed"),
            (plain(Share::Majority), 2, 0, "agree*3 disagree*2", "agree passed"),
            // 2.5 of 5 is no majority, 2.5001 is one.
            (plain(Share::Majority), 2, 0, "agree*2.5 disagree*2.5", "disagree notPassed"),
            (plain(Share::Majority), 2, 0, "agree*2.5001 disagree*2.5", "agree passed"),
            (plain(two_thirds()), 2, 0, "agree*3 disagree*1.5", "agree passed"),
            (plain(two_thirds()), 2, 0, "agree*3 disagree*1.5001", "disagree notPassed"),
            (plain(Share::Majority), 3, 0, "disagree redo redo", "redo notPassed"),
            (plain(Share::Majority), 2, 0, "abstain abstain", "redo notPassed"),
            (plain(Share::Majority), 2, 0, "agree disagree", "disagree notPassed"),
            (
                sign(Share::Majority, ShareOf::Cast, Some(Tie::Outcome("redo".into()))),
                2,
                0,
                "agree disagree",
                "redo tie",
            ),
        ] {
            assert_eq!(decide(&sign, asked, quorum, votes), expected, "{votes}");
        }
    }

    #[test]
    fn too_few_votes_are_no_refusal_where_that_is_said() {
        let short = Some("redo".into());
        let sign = Sign { short, ..sign(Share::Majority, ShareOf::Cast, None) };
        for (quorum, votes, expected) in [
            (4, "agree agree agree", "redo noQuorum"),
            (4, "agree disagree disagree", "redo noQuorum"),
            (4, "agree disagree!", "disagree veto"),
            (3, "agree agree disagree", "agree passed"),
            (3, "agree disagree disagree", "disagree notPassed"),
            (2, "abstain abstain", "disagree notPassed"),
        ] {
            let asked = votes.split_whitespace().count();
            assert_eq!(decide(&sign, asked, quorum, votes), expected, "{votes}");
        }
    }

    #[test]
    fn one_or_all_or_one_after_another() {
        for (rule, asked, votes, expected) in [
            (SignRule::Any, 3, "", "open"),
            (SignRule::Any, 3, "disagree", "disagree first"),
            (SignRule::All, 2, "agree", "open"),
            (SignRule::All, 2, "agree agree", "agree agreed"),
            (SignRule::All, 3, "agree redo", "redo refused"),
            (SignRule::InOrder, 2, "agree agree", "agree agreed"),
            (SignRule::InOrder, 2, "disagree", "disagree refused"),
        ] {
            let sign = Sign { rule, ..Sign::all() };
            assert_eq!(decide(&sign, asked, 0, votes), expected, "{votes}");
        }
    }
}
