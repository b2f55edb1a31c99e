//! What may be decided on a task, compiled. How it is decided is `decide`.

use super::UserTask;
use super::behavior::Choice;
use crate::definition::Compiler;
use crate::definition::source::{OutcomeSource, Then};
use crate::expression::Type;
use crate::ids::OutcomeName;
use crate::problem::Problem;

impl UserTask {
    pub(super) fn compile_outcomes(&self, compiler: &mut Compiler<'_>) -> Vec<(OutcomeName, Choice)> {
        let repeated = self.for_each.is_some() || self.again.is_some() || self.people.is_some();
        let many = repeated && self.sign.is_none();
        let mut choices = Vec::new();
        for (name, outcome) in &self.outcomes {
            let full: OutcomeSource = outcome.full();
            let keys = ["outcomes", name.as_str()];
            if many && full.to.is_some() {
                let message = "expected no `to`: one task of many does not decide alone";
                let hint = "decide by a gateway behind it, on `tally`";
                let problem = Problem::error("outcomeOfMany", message).hint(hint);
                compiler.report(&["outcomes", name.as_str(), "to"], problem);
            }
            if full.then == Some(Then::ComeBack) && full.to.is_none() {
                let message = "expected `to` beside `then: comeBack`";
                compiler.report(&keys, Problem::error("comesBackFromNowhere", message));
            }
            if let (Some(Then::ComeBack), Some(to)) = (full.then, &full.to)
                && compiler.exists(to)
                && !compiler.is_activity(to)
            {
                let message = format!(
                    "expected a task or a sub-process to come back from, but `{to}` is none: only what somebody does can be corrected"
                );
                let keys = ["outcomes", name.as_str(), "to"];
                compiler.report(&keys, Problem::error("comesBackFromNoActivity", message));
            }
            let when = full.when.as_ref().and_then(|when| {
                let keys = ["outcomes", name.as_str(), "when"];
                compiler.expression(&keys, when, Some(&Type::Bool))
            });
            choices.push((name.clone(), Choice { source: full, when }));
        }
        choices
    }
}
