//! Which item of a list a letter is about, in words: what tells it from the letters of its other runs.

use engine::actor::Principal;
use engine::definition::Node;
use engine::ids::Key;
use engine::instance::About as Item;
use engine::text::Language;
use store::tables::task::Model as Row;

use super::{About, Fetched};

impl Fetched {
    /// What items of tasks may be the ids of.
    pub(super) fn ids_of_items(&self) -> Vec<String> {
        let items = self.tasks.values().flat_map(items_of);
        items.filter_map(|item| item.label.or(item.named)).collect()
    }
}

/// The items of lists that a letter is about, from the outermost; none outside lists.
pub(super) fn told(about: &About<'_>, row: Option<&Row>, language: Language) -> Option<String> {
    let key = u32::try_from(about.delivery.key).unwrap_or_default();
    let mut items = row.map(items_of).unwrap_or_default();
    if items.is_empty() {
        items = about.state.about(Key(key));
    }
    let node = |name: &str| about.definition.and_then(|definition| definition.node(name));
    let hides = row.is_none_or(|row| node(&row.node).is_none_or(Node::hides_something));
    let guesses = !hides && row.is_some_and(|row| is_for_its_own(about, row));
    items.retain(|item| node(item.node.as_str()).is_some_and(Node::runs_over_list));
    // A letter about what is oneself, such as one's own 回避申报, need not name its reader.
    let own = about.delivery.recipient.strip_prefix("person:");
    let own = own.map(|id| (id, about.fetched.named(id, language)));
    let is_own =
        |called: &String| own.as_ref().is_some_and(|(id, name)| called == id || called == name);
    let words = items.iter().rev().filter_map(|item| {
        let called = item.label.as_ref().or(item.named.as_ref().filter(|_| guesses));
        if called.is_some_and(is_own) {
            return None;
        }
        match called {
            Some(called) => Some(about.fetched.named(called, language)),
            None if item.count < 2 => None,
            None => Some(match language {
                Language::Zh => format!("第 {} 项，共 {} 项", item.number, item.count),
                Language::En => format!("{} of {}", item.number, item.count),
            }),
        }
    });
    let words: Vec<String> = words.collect();
    let between = match language {
        Language::Zh => "，",
        Language::En => ", ",
    };
    (!words.is_empty()).then(|| words.join(between))
}

/// A task's name, with what it is about.
pub(super) fn with(name: &str, item: Option<&String>, language: Language) -> String {
    match (item, language) {
        (None, _) => name.to_owned(),
        (Some(item), Language::Zh) => format!("{name}（{item}）"),
        (Some(item), Language::En) => format!("{name} ({item})"),
    }
}

fn items_of(row: &Row) -> Vec<Item> {
    let item = row.item.as_deref().and_then(|item| serde_json::from_str(item).ok());
    item.unwrap_or_default()
}

/// Whether a letter goes to whoever has the task, is offered it, or did it.
fn is_for_its_own(about: &About<'_>, row: &Row) -> bool {
    let Some(id) = about.delivery.recipient.strip_prefix("person:") else { return false };
    let own = |one: &Option<String>| one.as_deref() == Some(id);
    if own(&row.completed_by) || own(&row.assignee) {
        return true;
    }
    let Some(person) = about.fetched.people.get(id) else { return false };
    let actor = person.actor();
    let offered: Vec<Principal> = serde_json::from_str(&row.candidates).unwrap_or_default();
    row.assignee.is_none() && offered.iter().any(|candidate| actor.is(candidate))
}
