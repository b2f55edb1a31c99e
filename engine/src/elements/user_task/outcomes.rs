//! What may be decided on a task, compiled. How it is decided is `decide`.

use super::UserTask;
use super::behavior::{Choice, Required};
use crate::definition::source::{OneOrMany, OutcomeSource, Then};
use crate::definition::{Compiler, Using};
use crate::expression::Type;
use crate::ids::OutcomeName;
use crate::problem::{Problem, did_you_mean};

impl UserTask {
    pub(super) fn compile_outcomes(
        &self,
        compiler: &mut Compiler<'_>,
        edits: &[Using],
    ) -> Vec<(OutcomeName, Choice)> {
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
                && compiler.is_beside(to)
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
            if full.when.is_none() && full.message.is_some() {
                let message = "expected `when` beside `message`, which is told where that does not hold";
                let keys = ["outcomes", name.as_str(), "message"];
                compiler.report(&keys, Problem::error("ignoredKey", message));
            }
            let require = self.compile_require(compiler, edits, name, &full);
            choices.push((name.clone(), Choice { source: full, when, require }));
        }
        choices
    }

    /// Fields that an outcome needs: each of a document that the task edits, and one it may edit there.
    fn compile_require(
        &self,
        compiler: &mut Compiler<'_>,
        edits: &[Using],
        outcome: &OutcomeName,
        source: &OutcomeSource,
    ) -> Required {
        let mut required = Required::new();
        for (at, path) in source.require.as_slice().iter().enumerate() {
            let at = at.to_string();
            let mut keys = vec!["outcomes", outcome.as_str(), "require"];
            keys.extend(matches!(source.require, OneOrMany::Many(_)).then_some(at.as_str()));
            let (document, field) = path.split_once('.').unwrap_or((path, ""));
            match edits.iter().find(|using| using.document.as_str() == document) {
                None => self.report_unedited(compiler, &keys, path),
                Some(using) => match compiler.undemandable(using, field) {
                    Some(problem) => compiler.report(&keys, problem),
                    None => {
                        let fields = required.entry(using.document.clone()).or_default();
                        fields.push(field.to_owned());
                    }
                },
            }
        }
        required
    }

    /// A field is named that the task has not; a document that the process has not is told where the
    /// task edits it.
    fn report_unedited(&self, compiler: &mut Compiler<'_>, keys: &[&str], path: &str) {
        let known: Vec<&str> =
            self.edit.as_slice().iter().map(|one| one.document().as_str()).collect();
        let (document, is_alone) = match path.split_once('.') {
            Some((document, _)) => (document, false),
            None => (path, true),
        };
        if known.contains(&document) {
            return;
        }
        let whole = known.first().filter(|_| is_alone);
        let hint = whole.map(|one| format!("with its document: `{one}.{path}`"));
        let message = format!("expected a field of a document that this task edits, found `{path}`");
        let problem = Problem::error("unknownField", message).maybe_hint(hint);
        compiler.report(keys, problem.maybe_hint(did_you_mean(document, known)));
    }
}
