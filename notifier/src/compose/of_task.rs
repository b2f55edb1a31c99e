//! What a letter says of the task that it is about.

use engine::clock::Working;
use engine::elements::Element;
use engine::ids::Key;
use engine::instance::Waiting;
use engine::text::Language;
use store::tables::task::Model as Row;
use store::workers::Delivery;

use super::{About, item, said};
use crate::template::Task;

impl About<'_> {
    /// The task it is about, or what is active where it is about no task.
    pub(super) fn task(
        &self,
        language: Language,
        url: &str,
        name_of: impl Fn(&String) -> String,
    ) -> Option<Task> {
        let Delivery { instance, key, .. } = *self.delivery;
        let Some(row) = self.fetched.tasks.get(&(instance, key)) else {
            return said::active_node(self, language, url);
        };
        let node = self.definition.and_then(|definition| definition.node(&row.node));
        let activation = u32::try_from(key).ok().and_then(|key| self.state.activation(Key(key)));
        let due = activation.and_then(|activation| match &activation.waiting {
            Waiting::Task { due, .. } => due.as_deref(),
            _ => None,
        });
        let away = activation.and_then(|activation| match &activation.waiting {
            Waiting::Task { away, .. } => away.as_deref(),
            _ => None,
        });
        // What its round decided together is what counts, not the last vote.
        let is_round = node.is_some_and(engine::definition::Node::is_signed);
        // Nor is it whoever voted last that decided, or their opinion that counts.
        let is_vote = is_round && row.completed_at.is_some();
        let own = |said| if is_vote { Some(String::new()) } else { said };
        let of_round = self.state.passed(&row.node).filter(|_| is_round);
        let decided = of_round.and_then(|passed| passed.outcome.as_ref()).map(ToString::to_string);
        let in_words = |outcome: &String| {
            let label = node.and_then(|node| outcome_label(node.element(), outcome, language));
            label.unwrap_or_else(|| outcome.clone())
        };
        // Before its round is decided nobody is told how one of it voted, not even by what was decided last.
        let outcome = match is_round && self.is_undecided(row) {
            true => own(None),
            false => decided.as_ref().or(row.outcome.as_ref()).map(in_words),
        };
        let item = item::told(self, Some(row), language);
        let name = node.map_or(row.node.as_str(), |node| node.label(language));
        Some(Task {
            name: item::with(name, item.as_ref(), language),
            item,
            basis: node.and_then(|node| node.element().basis()).map(str::to_owned),
            due: due.map(Working::end),
            working: due.map(|due| due.sentence(language)),
            absent: away.map(|away| name_of(&away.person.to_string())),
            absent_reason: away.map(|away| away.reason.clone()).filter(|why| !why.is_empty()),
            assignee: own(row.assignee.as_ref().map(&name_of)),
            outcome,
            comment: own(row.comment.clone().filter(|comment| !comment.is_empty())),
            url: format!("{url}/tasks/{instance}/{key}"),
        })
    }
}

impl About<'_> {
    /// Whether a task is of a round that runs, or that ended before it was decided.
    fn is_undecided(&self, row: &Row) -> bool {
        let Some(task) = u32::try_from(row.key).ok().map(Key) else { return false };
        let runs = self.state.activations().iter().filter(|(_, one)| one.node.as_str() == row.node);
        let mut rounds = runs.filter(|(_, one)| matches!(one.waiting, Waiting::Items { .. }));
        rounds.any(|(whole, _)| self.state.tasks_of_round(*whole).contains(&task))
            || self.state.undecided().any(|round| round.tasks.contains(&task))
    }
}

/// The words of an outcome.
fn outcome_label(element: &Element, outcome: &str, language: Language) -> Option<String> {
    let Element::UserTask(task) = element else { return None };
    Some(task.outcomes.get(outcome)?.full().label.get(language).to_owned())
}
