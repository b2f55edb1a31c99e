//! How the decisions of several signers become one: 或签, 会签, 顺序会签, 票签. The YAML and its
//! checks; how votes are counted is `count`, who signs and when they are asked is the step's.

pub(super) mod ballot;
mod count;

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::definition::Compiler;
use crate::definition::source::Count;
use crate::expression::Type;
use crate::ids::OutcomeName;
use crate::problem::{Problem, did_you_mean};
use crate::weight::Weight;

use count::Share;
pub(crate) use count::{Ballot, Sign, Tie};

/// The outcome that `abstain: allowed` adds.
pub(crate) const ABSTAIN: &str = "abstain";
/// The parts of the whole that a share may name.
const SHARE_MAX: u32 = 1_000;
/// The most that one vote may weigh.
pub(crate) const WEIGHT_MAX: Weight = Weight::whole(1_000);

/// How several signers decide: a word, or a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum SignSource {
    /// Only the rule.
    Rule(SignRule),
    /// With everything that can be said.
    Full(Box<SignFull>),
}

/// Whose decision counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SignRule {
    /// The first one who decides, decides for all (或签).
    Any,
    /// Everybody must choose the first outcome; one who does not ends it (会签).
    All,
    /// As `all`, one after another in the order of the list (顺序会签).
    InOrder,
    /// Votes are counted when all have voted (票签).
    Vote,
}

/// A rule with everything that can be said of it. All but `rule` and `open` are for `vote`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignFull {
    /// Whose decision counts.
    pub rule: SignRule,
    /// How many must have voted, abstentions included: a number, or an expression.
    #[serde(default)]
    pub quorum: Option<Count>,
    /// What is decided where fewer have voted than `quorum` asks for (未达法定人数), such as an outcome
    /// that leads to another meeting. Without it the vote has not passed.
    #[serde(default)]
    pub short: Option<OutcomeName>,
    /// The share that is enough: `majority` (more than half, the default), `2/3`, `60%`.
    #[serde(default, deserialize_with = "share_text")]
    pub pass: Option<String>,
    /// Of what the share is: of the votes for and against (the default), or of all that count.
    #[serde(default)]
    pub of: ShareOf,
    /// What a vote weighs: a number with up to four decimal places, or an expression over `person`; 1
    /// where nothing is said.
    #[serde(default)]
    pub weight: Option<Count>,
    /// Whose vote against is enough: an expression over `person`.
    #[serde(default)]
    pub veto: Option<String>,
    /// Whether one may abstain: it adds the outcome `abstain`.
    #[serde(default)]
    pub abstain: Abstain,
    /// What decides when as many are for as against, under `majority`: an outcome, or an
    /// expression over `person` that says whose vote then does. Without it, that is not enough.
    #[serde(default)]
    pub tie: Option<String>,
    /// When the votes are counted.
    #[serde(default)]
    pub close: Close,
    /// Whether its signers see each other's decisions, opinions and entries while it runs, as where a
    /// meeting discusses: where nothing is said only under `inOrder`, where each follows another.
    #[serde(default)]
    pub open: Option<bool>,
    /// A secret ballot (无记名投票): it is told who voted and what was counted, and never whose vote was
    /// which, to nobody, also when it is decided.
    #[serde(default)]
    pub secret: bool,
}

/// Of what a share is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
pub enum ShareOf {
    /// Of the votes for and against.
    #[default]
    Cast,
    /// Of the votes of everybody who was asked, abstentions and absences included.
    All,
}

/// When votes, or score sheets, are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
pub enum Close {
    /// When everybody has done theirs; a veto ends a vote at once.
    #[default]
    Voted,
    /// At the deadline of the task at the latest: who has not done theirs by then is absent (缺席).
    Due,
}

/// Whether one may abstain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
pub enum Abstain {
    /// One must decide.
    #[default]
    Forbidden,
    /// One may.
    Allowed,
}

/// A share, which is no number.
fn share_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct ShareVisitor;
    impl<'de> Visitor<'de> for ShareVisitor {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a share such as `2/3` or `60%`, or `majority`")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<String>, E> {
            Ok(Some(text.to_owned()))
        }

        fn visit_none<E: de::Error>(self) -> Result<Option<String>, E> {
            Ok(None)
        }

        fn visit_unit<E: de::Error>(self) -> Result<Option<String>, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Option<String>, D::Error> {
            inner.deserialize_any(self)
        }
    }
    deserializer.deserialize_option(ShareVisitor)
}

impl<'de> Deserialize<'de> for SignSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SignVisitor;
        impl<'de> Visitor<'de> for SignVisitor {
            type Value = SignSource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`any`, `all`, `inOrder`, `vote`, or `{ rule: vote, … }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SignSource, E> {
                SignRule::deserialize(de::value::StrDeserializer::new(text)).map(SignSource::Rule)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SignSource, A::Error> {
                SignFull::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|full| SignSource::Full(Box::new(full)))
            }
        }
        deserializer.deserialize_any(SignVisitor)
    }
}

impl super::UserTask {
    /// Whether it passes only when each of those whose it is has signed.
    pub(crate) fn everybody_signs(&self) -> bool {
        let rule = self.sign.as_ref().map(SignSource::rule);
        let may_be_passed = self.dedupe.is_some() || self.starter.is_some();
        matches!(rule, Some(SignRule::All | SignRule::InOrder))
            && self.separate.is_empty()
            && !may_be_passed
    }
}

impl SignSource {
    /// Whose decision counts.
    pub fn rule(&self) -> SignRule {
        match self {
            Self::Rule(rule) => *rule,
            Self::Full(full) => full.rule,
        }
    }

    /// Whether it adds the outcome `abstain`.
    pub fn may_abstain(&self) -> bool {
        matches!(self, Self::Full(full) if full.abstain == Abstain::Allowed)
    }

    /// When the votes are counted.
    pub fn close(&self) -> Close {
        match self {
            Self::Rule(_) => Close::Voted,
            Self::Full(full) => full.close,
        }
    }

    /// Whether its signers see each other's decisions while it runs.
    pub fn is_open(&self) -> bool {
        let open = match self {
            Self::Rule(_) => None,
            Self::Full(full) => full.open,
        };
        open.unwrap_or(self.rule() == SignRule::InOrder)
    }

    /// Whether nobody is ever told whose vote was which.
    pub fn is_ballot(&self) -> bool {
        matches!(self, Self::Full(full) if full.secret)
    }

    /// Compiles it against the outcomes, the passing one first.
    pub(crate) fn compile(
        &self,
        compiler: &mut Compiler<'_>,
        outcomes: &[OutcomeName],
    ) -> Option<Sign> {
        let plain = SignFull {
            rule: self.rule(),
            quorum: None,
            short: None,
            pass: None,
            of: ShareOf::Cast,
            weight: None,
            veto: None,
            abstain: Abstain::Forbidden,
            tie: None,
            close: Close::Voted,
            open: None,
            secret: false,
        };
        let full = match self {
            Self::Rule(_) => &plain,
            Self::Full(full) => full,
        };
        if outcomes.len() < 2 && full.rule == SignRule::Vote {
            let message = "expected at least two outcomes to vote on: the first one passes";
            compiler.report(&["sign"], Problem::error("nothingToVoteOn", message));
            return None;
        }
        let only_votes = SignFull { rule: full.rule, open: full.open, ..plain.clone() };
        if full.rule != SignRule::Vote && *full != only_votes {
            let message = "expected only `rule` and `open`: the other keys are for `rule: vote`";
            compiler.report(&["sign"], Problem::error("notAVote", message));
            return None;
        }
        ballot::check(compiler, full);
        let count = |compiler: &mut Compiler<'_>, key, count: &Option<Count>| match count {
            Some(count) => compiler.dynamic(&["sign", key], &count.0, None).map(Some),
            None => Some(None),
        };
        let quorum = count(compiler, "quorum", &full.quorum)?;
        let weight = count(compiler, "weight", &full.weight)?;
        let short = full.short.clone();
        if !is_short_good(compiler, full, outcomes) {
            return None;
        }
        let veto = match &full.veto {
            Some(veto) => {
                Some(compiler.expression(&["sign", "veto"], veto, Some(&Type::Bool))?)
            }
            None => None,
        };
        let pass = match &full.pass {
            Some(pass) => share(compiler, pass)?,
            None => Share::Majority,
        };
        let tie = match &full.tie {
            Some(tie) => Some(tie_of(compiler, tie, pass, outcomes)?),
            None => None,
        };
        let SignFull { rule, of, close, .. } = *full;
        Some(Sign { rule, quorum, short, pass, of, weight, veto, tie, close })
    }
}

/// Whether what is said of a vote without its quorum can be.
fn is_short_good(compiler: &mut Compiler<'_>, sign: &SignFull, outcomes: &[OutcomeName]) -> bool {
    let Some(short) = &sign.short else { return true };
    if sign.quorum.is_none() {
        let message = "expected `quorum` beside `short`: it is what then is not met";
        compiler.report(&["sign", "short"], Problem::error("noQuorum", message));
        return false;
    }
    let is_known = outcomes.contains(short);
    if !is_known {
        let message = format!("expected an outcome of the task, found `{short}`");
        let known = outcomes.iter().map(OutcomeName::as_str);
        let problem = Problem::error("unknownOutcome", message);
        let hint = did_you_mean(short.as_str(), known);
        compiler.report(&["sign", "short"], problem.maybe_hint(hint));
    }
    is_known
}

fn share(compiler: &mut Compiler<'_>, text: &str) -> Option<Share> {
    let parts = |text: &str| {
        if let Some(percent) = text.strip_suffix('%') {
            return Some((percent.trim().parse().ok()?, 100));
        }
        let (part, whole) = text.split_once('/')?;
        Some((part.trim().parse().ok()?, whole.trim().parse().ok()?))
    };
    if text == "majority" {
        return Some(Share::Majority);
    }
    match parts(text) {
        Some((part, whole)) if part > 0 && part <= whole && whole <= SHARE_MAX => {
            Some(Share::AtLeast { part, whole })
        }
        _ => {
            let message =
                format!("expected `majority`, a fraction such as `2/3` or `60%`, found `{text}`");
            compiler.report(&["sign", "pass"], Problem::error("badShare", message));
            None
        }
    }
}

fn tie_of(
    compiler: &mut Compiler<'_>,
    text: &str,
    pass: Share,
    outcomes: &[OutcomeName],
) -> Option<Tie> {
    if pass != Share::Majority {
        let message = "expected `tie` only with `pass: majority`: another share is met or is not";
        compiler.report(&["sign", "tie"], Problem::error("noTie", message));
        return None;
    }
    if text.starts_with('=') {
        let casting = compiler.expression(&["sign", "tie"], text, Some(&Type::Bool))?;
        return Some(Tie::Casting(casting));
    }
    let found = outcomes.iter().find(|outcome| outcome.as_str() == text);
    if found.is_none() {
        let message = format!(
            "expected an outcome or an expression such as `=person.chair`, found `{text}`"
        );
        compiler.report(&["sign", "tie"], Problem::error("unknownOutcome", message));
    }
    found.cloned().map(Tie::Outcome)
}
