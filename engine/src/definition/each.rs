//! What makes an activity run several times: its list, what ends it early, and what its runs give.

use super::Dynamic;
use super::source::Mode;
use crate::elements::user_task::score::Score;
use crate::elements::user_task::sign::Sign;
use crate::expression::Expression;

/// A multi-instance activity's list, compiled.
#[derive(Debug)]
pub(crate) struct Each {
    pub(crate) list: Listed,
    pub(crate) item: String,
    /// What people call an item.
    pub(crate) label: Option<Expression>,
    pub(crate) mode: Mode,
    pub(crate) until: Option<Until>,
    /// How the decisions of its runs become one.
    pub(crate) sign: Option<Sign>,
    /// How the score sheets of its runs are counted.
    pub(crate) score: Option<Score>,
    /// What its runs give.
    pub(crate) results: Option<Results>,
}

/// What the runs of a multi-instance activity give.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) value: Expression,
    /// The variable that gets the list.
    pub(crate) into: String,
}

/// When a repeated activity is done although runs are left.
#[derive(Debug)]
pub(crate) struct Until {
    pub(crate) condition: Expression,
    /// It is done when the condition is this.
    pub(crate) is: bool,
}

/// What a multi-instance activity runs over.
#[derive(Debug)]
pub(crate) enum Listed {
    /// What an expression gives.
    Given(Expression),
    /// Everybody who holds one of these roles.
    Members { roles: Vec<Dynamic>, unit: Option<Dynamic> },
    /// One run; signers may be added to it.
    One,
    /// Nothing: it runs again, so often at most. Whether the definition says how often, and whether the
    /// condition is asked before the first run.
    Again { max: u32, is_said: bool, test_before: bool },
}
