//! What is wrong with a scenario before it is played: how it begins, codes that are none, keys that
//! would become fields of a document.

use crate::diagnostic::Diagnostic;
use crate::problem::did_you_mean;
use crate::rejection::CODES;
use crate::yaml::{Entry, Tree, number};

use super::fixtures::LIKE;
use super::source::{ScenarioSource, StepSource};

/// Every problem of a scenario, with its place.
pub(crate) fn check(source: &ScenarioSource, tree: &Tree) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    if let Err(message) = source.start.how() {
        problems.push(tree.error("badStart", tree.place_key(&["start"]), message));
    }
    steps(&source.steps, &["steps".to_owned()], tree, &mut problems);
    problems.extend(dollars(tree));
    problems
}

fn steps(steps_of: &[StepSource], path: &[String], tree: &Tree, problems: &mut Vec<Diagnostic>) {
    for (at, step) in steps_of.iter().enumerate() {
        let under = |keys: &[&str]| -> Vec<String> {
            let own = path.iter().cloned().chain([at.to_string()]);
            own.chain(keys.iter().map(|key| (*key).to_owned())).collect()
        };
        match step {
            StepSource::In(inner) => steps(&inner.steps, &under(&["in", "do"]), tree, problems),
            StepSource::Reject(reject) => {
                if !CODES.contains(&reject.code.as_str()) {
                    let place = tree.place(&under(&["reject", "code"]));
                    let message = format!(
                        "expected the code of a refusal (docs/api-errors.md), found `{}`",
                        reject.code
                    );
                    let problem = tree.error("unknownCode", place, message);
                    let hint = did_you_mean(&reject.code, CODES.iter().copied());
                    problems.push(Diagnostic { hint, ..problem });
                }
                if let Err(message) = reject.step() {
                    let place = tree.place_key(&under(&["reject"]));
                    problems.push(tree.error("badReject", place, message));
                }
            }
            _ => {}
        }
    }
}

/// Keys that begin with `$` and mean nothing: they would be fields of a document, which is then refused
/// for them.
fn dollars(tree: &Tree) -> Vec<Diagnostic> {
    let is_strange = |key: &str| key.starts_with('$') && key != LIKE;
    let entries = (0..tree.size()).flat_map(|node| tree.entries(number(node)));
    let strange = entries.filter(|entry| is_strange(&entry.key));
    let problem = |entry: &Entry| {
        let place = tree.source.stretch(entry.start, entry.end);
        let message = format!("expected a field or `{LIKE}`, found `{}`", entry.key);
        let problem = tree.error("badFixture", place, message);
        Diagnostic { hint: did_you_mean(&entry.key, [LIKE]), ..problem }
    };
    strange.map(problem).collect()
}
