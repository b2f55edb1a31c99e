//! Activities that run more than once: over a list (`forEach`), or again and again (`loop`).

use crate::definition::source::{ForEach, Loop, Mode};
use crate::definition::{Compiler, Each, Listed, Results, Until};
use crate::elements::Element;
use crate::expression::{Environment, Type};
use crate::problem::Problem;
use crate::step::ITEMS_MAX;

use super::environment;

/// Runs of a loop that says no more.
const RUNS: u32 = 100;

/// How a node is repeated, where it is. What its inside may call the item goes into `inside`.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    element: &Element,
    inside: &mut Vec<(String, Type)>,
) -> Option<Each> {
    let before = inside.len();
    let each = compile_one(compiler, element, inside);
    if each.is_none() && inside.len() == before {
        // What is inside may use these names, whatever is wrong with the list.
        inside.extend(element.for_each().map(|each| (each.item.clone(), Type::Any)));
        if element.for_each().is_some() || element.again().is_some() {
            inside.push(("loop".to_owned(), environment::loop_type()));
        }
    }
    each
}

fn compile_one(
    compiler: &mut Compiler<'_>,
    element: &Element,
    inside: &mut Vec<(String, Type)>,
) -> Option<Each> {
    let key = match (element.for_each(), element.again()) {
        (None, None) => return None,
        (Some(_), None) => "forEach",
        (None, Some(_)) => "loop",
        (Some(_), Some(_)) => {
            let message = "expected either `forEach` or `loop`, found both";
            compiler.report(&["loop"], Problem::error("manyLoops", message));
            return None;
        }
    };
    if !element.is_activity() {
        let message =
            format!("expected `{key}` on an activity only, found it on a `{}`", element.kind());
        compiler.report(&[key], Problem::error("notAnActivity", message));
        return None;
    }
    match (element.for_each(), element.again()) {
        (Some(each), _) => over_items(compiler, each, inside),
        (None, Some(repeat)) => again(compiler, element, repeat, inside),
        (None, None) => None,
    }
}

fn again(
    compiler: &mut Compiler<'_>,
    element: &Element,
    repeat: &Loop,
    inside: &mut Vec<(String, Type)>,
) -> Option<Each> {
    if let Element::UserTask(task) = element
        && (task.people.is_some() || task.sign.is_some() || task.score.is_some())
    {
        let message = "expected either a loop or several signers";
        let hint = "put the task into a `subProcess`, and the loop on that";
        compiler.report(&["loop"], Problem::error("loopOfSigners", message).hint(hint));
    }
    let max = repeat.max.unwrap_or(RUNS);
    if !(1..=u32::try_from(ITEMS_MAX).unwrap_or(u32::MAX)).contains(&max) {
        let message = format!("expected 1 to {ITEMS_MAX} runs, found {max}");
        compiler.report(&["loop", "max"], Problem::error("outOfRange", message));
    }
    let condition = compiler.expression(&["loop", "while"], &repeat.condition, Some(&Type::Bool));
    inside.push(("loop".to_owned(), environment::loop_type()));
    Some(Each {
        list: Listed::Again { max, is_said: repeat.max.is_some(), test_before: repeat.test_before },
        item: String::new(),
        label: None,
        mode: Mode::Sequential,
        until: Some(Until { condition: condition?, is: false }),
        sign: None,
        score: None,
        results: None,
    })
}

fn over_items(
    compiler: &mut Compiler<'_>,
    each: &ForEach,
    inside: &mut Vec<(String, Type)>,
) -> Option<Each> {
    let list = compiler.expression(&["forEach", "in"], &each.list, None);
    let item_type = match list.as_ref().map(crate::expression::Expression::ty) {
        Some(Type::List(item)) => (**item).clone(),
        Some(Type::Any) | None => Type::Any,
        Some(other) => {
            let problem = Problem::error("wrongType", format!("expected a list, found {other}"));
            compiler.report(&["forEach", "in"], problem);
            Type::Any
        }
    };
    inside.push((each.item.clone(), item_type.clone()));
    inside.push(("loop".to_owned(), environment::loop_type()));
    let environment = compiler
        .environment
        .clone()
        .with(each.item.clone(), item_type)
        .with("loop", environment::loop_type());
    let until = each.until.as_ref().and_then(|until| enough(compiler, each, until, &environment));
    let label = each.label.as_ref().and_then(|label| {
        let keys = ["forEach", "label"];
        compiler.expression_in(&keys, label, Some(&Type::Text), &environment)
    });
    let results = results(compiler, each, &environment);
    let (list, item, mode) = (Listed::Given(list?), each.item.clone(), each.mode);
    Some(Each { list, item, label, mode, until, sign: None, score: None, results })
}

/// When no more runs are needed. It is asked between the runs, of all of them: it sees the item of
/// a run around the list, but none of its own.
fn enough(
    compiler: &mut Compiler<'_>,
    each: &ForEach,
    until: &str,
    of_a_run: &Environment,
) -> Option<Until> {
    let keys = ["forEach", "until"];
    let between = compiler.environment.clone();
    // What was published when a run's names were let pass runs on.
    let environment = if compiler.library.as_written { of_a_run } else { &between };
    let before = compiler.problems.len();
    let condition = compiler.expression_in(&keys, until, Some(&Type::Bool), environment);
    for problem in &mut compiler.problems[before..] {
        let names = |name: &str| problem.message.contains(&format!("`{name}`"));
        if problem.code == "unknownName" && (names(&each.item) || names("loop")) {
            let hint = "`until` is asked between the runs: ask what they left behind, such as \
                        `tally`, `outcomes`, a document or a variable";
            problem.hint = Some(hint.to_owned());
        }
    }
    Some(Until { condition: condition?, is: true })
}

/// What the runs give, and the variable that gets it.
fn results(
    compiler: &mut Compiler<'_>,
    each: &ForEach,
    environment: &Environment,
) -> Option<Results> {
    let (value, into) = match (&each.result, &each.into) {
        (None, None) => return None,
        (Some(value), Some(into)) => (value, into),
        (given, _) => {
            let (there, missing) =
                if given.is_some() { ("result", "into") } else { ("into", "result") };
            let message = format!("expected `{missing}` beside `{there}`, found none");
            compiler.report(&["forEach", there], Problem::error("missingKey", message));
            return None;
        }
    };
    compiler.variable(&["forEach", "into"], into);
    let expected = match compiler.variable_type(into)? {
        Type::List(item) => Some((*item).clone()),
        Type::Any => None,
        other => {
            let message = format!("expected a variable that holds a list, found {other}");
            compiler.report(&["forEach", "into"], Problem::error("wrongType", message));
            return None;
        }
    };
    let keys = ["forEach", "result"];
    let value = compiler.expression_in(&keys, value, expected.as_ref(), environment)?;
    Some(Results { value, into: into.clone() })
}
