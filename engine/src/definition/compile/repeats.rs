//! Activities that run more than once: over a list (`forEach`), or again and again (`loop`).

use crate::definition::source::{ForEach, Loop, Mode};
use crate::definition::{Compiler, Each, Listed, Until};
use crate::elements::Element;
use crate::expression::Type;
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
    let condition =
        compiler.expression(&["loop", "while"], &repeat.condition, Some(&Type::Bool))?;
    inside.push(("loop".to_owned(), environment::loop_type()));
    Some(Each {
        list: Listed::Again { max, test_before: repeat.test_before },
        item: String::new(),
        mode: Mode::Sequential,
        until: Some(Until { condition, is: false }),
        sign: None,
        score: None,
    })
}

fn over_items(
    compiler: &mut Compiler<'_>,
    each: &ForEach,
    inside: &mut Vec<(String, Type)>,
) -> Option<Each> {
    let list = compiler.expression(&["forEach", "in"], &each.list, None)?;
    let item_type = match list.ty() {
        Type::List(item) => (**item).clone(),
        Type::Any => Type::Any,
        other => {
            let problem = Problem::error("wrongType", format!("expected a list, found {other}"));
            compiler.report(&["forEach", "in"], problem);
            return None;
        }
    };
    inside.push((each.item.clone(), item_type.clone()));
    inside.push(("loop".to_owned(), environment::loop_type()));
    let environment = compiler
        .environment
        .clone()
        .with(each.item.clone(), item_type)
        .with("loop", environment::loop_type());
    let until = each.until.as_ref().and_then(|until| {
        let condition = compiler.expression_in(
            &["forEach", "until"],
            until,
            Some(&Type::Bool),
            &environment,
        )?;
        Some(Until { condition, is: true })
    });
    let list = Listed::Given(list);
    Some(Each { list, item: each.item.clone(), mode: each.mode, until, sign: None, score: None })
}
