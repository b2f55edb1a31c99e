//! Whether every task of some that are apart (`separate`) can have a person of its own: of those who
//! could do them, a system of distinct representatives is looked for (Hall's theorem), for every set of
//! tasks each of which is apart from all others in it. Who could do a task is `persons`'.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::{Definition, Node};
use crate::elements::Element;
use crate::problem::Problem;

use super::Pack;
use super::persons::Doers;

/// Sets of tasks that are tried, and steps that looking for them takes; of more tasks than can be
/// looked at so, only some sets are tried.
const SETS_MAX: usize = 1_000;
const STEPS_MAX: usize = 5_000;
/// Tasks of each of which one set is tried where there are too many.
const TRIED_MAX: usize = 100;
/// People, and tasks, that a message names.
const NAMED_MAX: usize = 12;

type Places = BTreeSet<usize>;

/// Tasks that cannot all be done: those who could do them are too few.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shortage {
    pub(super) tasks: Places,
    pub(super) people: Places,
}

/// Rules of a process that nobody could keep.
pub(super) fn check(
    pack: &Pack,
    definition: &Definition,
    doers: &BTreeMap<usize, Doers>,
) -> Vec<Problem> {
    let mut known = BTreeMap::new();
    let mut problems = Vec::new();
    for (at, own) in doers {
        match own {
            Doers::Initiator => problems.extend(both_initiators(definition, doers, *at)),
            // That nobody could do it at all is told already.
            Doers::Among(people) if !people.is_empty() => {
                known.insert(*at, people.clone());
            }
            Doers::Among(_) | Doers::Unknown => {}
        }
    }
    problems.extend(nobody_left(definition, &known));
    problems.extend(definition.nodes.iter().filter_map(|node| same_again(definition, node)));
    let apart = neighbours(definition, &known);
    let (sets, is_all) = mutual(&apart);
    let mut found: BTreeSet<Shortage> = BTreeSet::new();
    for set in &sets {
        found.extend(shortages(set, &known));
    }
    let all = found.clone();
    found.retain(|one| {
        let is_within = |other: &Shortage| {
            one != other && one.tasks.is_subset(&other.tasks) && one.people.is_subset(&other.people)
        };
        !all.iter().any(is_within)
    });
    problems.extend(found.iter().map(|one| short(pack, definition, one)));
    if let (false, Some(first)) = (is_all, apart.keys().next()) {
        let message = format!(
            "expected at most {SETS_MAX} sets of tasks that different persons must do, but there are \
             more: whether people.yaml has enough for each was tried for some of them only"
        );
        let problem = Problem::warning("separateTooMany", message)
            .hint("name in `separate` only the tasks that matter");
        let path = definition.nodes[*first].path(definition);
        problems.push(problem.under(&path));
    }
    problems
}

/// Tasks of whoever began the case, of which one is named here that another must do.
fn both_initiators(
    definition: &Definition,
    doers: &BTreeMap<usize, Doers>,
    at: usize,
) -> Vec<Problem> {
    let node = &definition.nodes[at];
    let Element::UserTask(task) = &node.element else { return Vec::new() };
    let mut problems = Vec::new();
    for (index, name) in task.separate.iter().enumerate() {
        let other = definition.by_name.get(name).copied();
        if other.is_none_or(|other| other == at || doers.get(&other) != Some(&Doers::Initiator)) {
            continue;
        }
        let message = format!(
            "expected different persons for `{}` and `{name}`, but both are done by whoever began \
             the case",
            node.name
        );
        let problem = Problem::error("separateNeverMet", message)
            .hint("let a role do one of them")
            .under(&["separate", &index.to_string()]);
        problems.push(problem.under(&node.path(definition)));
    }
    problems
}

/// Tasks that everybody who could do them has signed another one before, which they are apart from.
fn nobody_left(definition: &Definition, known: &BTreeMap<usize, Places>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, people) in known {
        let node = &definition.nodes[*at];
        let Element::UserTask(task) = &node.element else { continue };
        for (index, name) in task.separate.iter().enumerate() {
            let other = definition.by_name.get(name).filter(|other| *other != at);
            let Some(signers) = other.and_then(|other| known.get(other)) else { continue };
            let all_sign = definition.node(name.as_str()).is_some_and(|other| {
                matches!(&other.element, Element::UserTask(other) if other.everybody_signs())
            });
            if !all_sign || !people.is_subset(signers) {
                continue;
            }
            let message = format!(
                "expected somebody for `{}` who has not signed `{name}`, but everybody of people.yaml \
                 who could do it signs that: {}",
                node.name,
                definition.way_to(*at)
            );
            let problem = Problem::warning("separateNeverMet", message)
                .hint("let a role do it that others hold as well")
                .under(&["separate", &index.to_string()]);
            problems.push(problem.under(&node.path(definition)));
        }
    }
    problems
}

/// A task of whoever did the one before it (`assign: previous`), which names just that one as what
/// another must do.
fn same_again(definition: &Definition, node: &Node) -> Option<Problem> {
    let Element::UserTask(task) = &node.element else { return None };
    let is_previous = task.assign.as_deref() == Some("previous") && task.nobody.is_none();
    let mut before = node.incoming.iter().map(|flow| definition.flows[*flow].from);
    let only = before.next().filter(|only| is_previous && before.all(|other| other == *only))?;
    let name = &definition.nodes[only].name;
    let Element::UserTask(other) = &definition.nodes[only].element else { return None };
    let index = task.separate.iter().position(|one| one == name)?;
    let by_one = other.people.is_none() && other.for_each.is_none() && other.sign.is_none();
    let message = format!(
        "expected different persons for `{}` and `{name}`, but `previous` is whoever did `{name}`",
        node.name
    );
    let problem = Problem::error("separateNeverMet", message)
        .hint("let a role do one of them")
        .under(&["separate", &index.to_string()]);
    by_one.then(|| problem.under(&node.path(definition)))
}

/// From which other ones each task is apart, of those of whom something is known.
fn neighbours(definition: &Definition, known: &BTreeMap<usize, Places>) -> BTreeMap<usize, Places> {
    let mut apart = BTreeMap::new();
    for at in known.keys() {
        let names = definition.apart.get(&definition.nodes[*at].name);
        let others = names.into_iter().flatten().filter_map(|name| definition.by_name.get(name));
        let others: Places = others.copied().filter(|other| known.contains_key(other)).collect();
        if !others.is_empty() {
            apart.insert(*at, others);
        }
    }
    apart
}

/// Every set of tasks of which each is apart from all others, and that no other such set holds
/// (Bron and Kerbosch, with a pivot); and whether these are all of them.
pub(super) fn mutual(apart: &BTreeMap<usize, Places>) -> (Vec<Places>, bool) {
    let mut search = Search { apart, sets: Vec::new(), steps: 0 };
    let is_all =
        search.grow(&mut Vec::new(), apart.keys().copied().collect(), Places::new()).is_some();
    if !is_all {
        search.sets = pairs(apart).map(|(one, other)| [one, other].into()).collect();
        search.sets.extend(apart.keys().take(TRIED_MAX).map(|one| greedy(apart, *one)));
    }
    (search.sets, is_all)
}

fn pairs(apart: &BTreeMap<usize, Places>) -> impl Iterator<Item = (usize, usize)> {
    apart.iter().flat_map(|(one, others)| others.range(one + 1..).map(|other| (*one, *other)))
}

/// One of the sets that a task is in.
fn greedy(apart: &BTreeMap<usize, Places>, one: usize) -> Places {
    let mut set = Places::from([one]);
    for at in &apart[&one] {
        if set.iter().all(|within| apart[at].contains(within)) {
            set.insert(*at);
        }
    }
    set
}

struct Search<'a> {
    apart: &'a BTreeMap<usize, Places>,
    sets: Vec<Places>,
    steps: usize,
}

impl Search<'_> {
    /// Sets that hold `chosen`, some of `possible` and none of `done`; `None` past the bound.
    fn grow(
        &mut self,
        chosen: &mut Vec<usize>,
        mut possible: Places,
        mut done: Places,
    ) -> Option<()> {
        self.steps += 1;
        if self.steps > STEPS_MAX || self.sets.len() > SETS_MAX {
            return None;
        }
        let common = |at: &usize| self.apart[at].intersection(&possible).count();
        let Some(pivot) = possible.union(&done).copied().max_by_key(common) else {
            if chosen.len() > 1 {
                self.sets.push(chosen.iter().copied().collect());
            }
            return Some(());
        };
        let apart = self.apart;
        for at in possible.difference(&apart[&pivot]).copied().collect::<Vec<_>>() {
            let near = &apart[&at];
            chosen.push(at);
            self.grow(chosen, &possible & near, &done & near)?;
            chosen.pop();
            possible.remove(&at);
            done.insert(at);
        }
        Some(())
    }
}

/// The tasks of a set for which there are too few people, in groups that share none.
pub(super) fn shortages(set: &Places, doers: &BTreeMap<usize, Places>) -> Vec<Shortage> {
    let mut tasks = set.clone();
    loop {
        // Whoever has as many to choose from as there are tasks is left somebody by the others.
        let count = tasks.len();
        tasks.retain(|task| doers[task].len() < count);
        if tasks.len() == count {
            break;
        }
    }
    let mut matching: BTreeMap<usize, usize> = BTreeMap::new();
    let mut found: Vec<Shortage> = Vec::new();
    let mut left = Vec::new();
    for task in &tasks {
        let mut short = Shortage { tasks: [*task].into(), people: Places::new() };
        if !augment(*task, doers, &mut matching, &mut short) {
            left.push(*task);
        }
    }
    for task in left {
        let mut short = Shortage { tasks: [task].into(), people: Places::new() };
        augment(task, doers, &mut matching, &mut short);
        let (others, same): (Vec<Shortage>, Vec<Shortage>) =
            found.into_iter().partition(|other| other.people.is_disjoint(&short.people));
        for one in same {
            short.tasks.extend(one.tasks);
            short.people.extend(one.people);
        }
        found = others;
        found.push(short);
    }
    found
}

/// Gives a task a person of its own, whoever else must do another one then; where that cannot be,
/// `tried` has the tasks and people that were tried: all who could do these tasks do one of them.
fn augment(
    task: usize,
    doers: &BTreeMap<usize, Places>,
    matching: &mut BTreeMap<usize, usize>,
    tried: &mut Shortage,
) -> bool {
    // From whom each person was come to: breadth first, so that nothing is nested deep.
    let mut came: BTreeMap<usize, usize> = BTreeMap::new();
    let mut todo = std::collections::VecDeque::from([task]);
    while let Some(at) = todo.pop_front() {
        for person in &doers[&at] {
            if !tried.people.insert(*person) {
                continue;
            }
            came.insert(*person, at);
            if let Some(other) = matching.get(person) {
                tried.tasks.insert(*other);
                todo.push_back(*other);
                continue;
            }
            let mut free = *person;
            loop {
                let own = came[&free];
                let before = matching.iter().find(|(_, at)| **at == own).map(|(who, _)| *who);
                matching.insert(free, own);
                match before {
                    Some(before) => {
                        matching.remove(&before);
                        free = before;
                    }
                    None => return true,
                }
            }
        }
    }
    false
}

/// Words for a shortage, at the last rule that needs it.
fn short(pack: &Pack, definition: &Definition, Shortage { tasks, people }: &Shortage) -> Problem {
    let name = |at: &usize| definition.nodes[*at].name.as_str();
    let names: Vec<&str> = tasks.iter().map(name).collect();
    let able: Vec<&str> = people
        .iter()
        .filter_map(|at| pack.people.get_index(*at).map(|(id, _)| id.as_str()))
        .collect();
    let (missing, more) = match tasks.len().saturating_sub(people.len()) {
        1 => ("1 person is".to_owned(), "one more person hold".to_owned()),
        count => (format!("{count} persons are"), format!("{count} more persons hold")),
    };
    let message = format!(
        "expected a different person for each of {}, but of people.yaml only {} can do them, so that \
         {missing} missing: {}",
        list(&names, "and"),
        list(&able, "and"),
        definition.way_to(place(definition, tasks).0)
    );
    let roles: BTreeSet<&str> = tasks
        .iter()
        .filter_map(|at| match &definition.nodes[*at].element {
            Element::UserTask(task) => task.role.as_ref(),
            _ => None,
        })
        .flat_map(|roles| roles.as_slice().iter().map(crate::ids::RoleName::as_str))
        .collect();
    let roles: Vec<&str> = roles.into_iter().collect();
    let hint = match roles[..] {
        [] => "let a role do some of them".to_owned(),
        _ => format!("let {more} {}", list(&roles, "or")),
    };
    let problem = Problem::error("separateNeverMet", message).hint(hint);
    let (at, keys) = place(definition, tasks);
    problem.under(&keys).under(&definition.nodes[at].path(definition))
}

/// The last task that says it is apart from others of these, and the keys of that.
fn place(definition: &Definition, tasks: &Places) -> (usize, Vec<String>) {
    let mut rules = tasks.iter().rev().filter_map(|at| {
        let Element::UserTask(task) = &definition.nodes[*at].element else { return None };
        let own = task.separate.iter().enumerate().filter(|(_, name)| {
            definition.by_name.get(*name).is_some_and(|it| it != at && tasks.contains(it))
        });
        let own: Vec<usize> = own.map(|(index, _)| index).collect();
        match own[..] {
            [] => None,
            [one] => Some((*at, vec!["separate".to_owned(), one.to_string()])),
            _ => Some((*at, vec!["separate".to_owned()])),
        }
    });
    rules.next().expect("tasks are apart by a rule of one of them")
}

/// Names in a sentence: `a`, `b` and `c`.
fn list(names: &[&str], last: &str) -> String {
    let mut shown: Vec<String> =
        names.iter().take(NAMED_MAX).map(|name| format!("`{name}`")).collect();
    if names.len() > NAMED_MAX {
        shown.push(format!("{} others", names.len() - NAMED_MAX));
    }
    match shown.split_last() {
        Some((only, [])) => only.clone(),
        Some((end, before)) => format!("{} {last} {end}", before.join(", ")),
        None => String::new(),
    }
}
