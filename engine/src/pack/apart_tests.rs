//! Sets of tasks and who can do them, against trying everything.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::apart::{mutual, shortages};

type Places = BTreeSet<usize>;

/// The size of the largest choice of a different person for each of some tasks.
fn most(tasks: &[&Places], taken: &mut Places) -> usize {
    let Some((first, rest)) = tasks.split_first() else { return 0 };
    let mut best = most(rest, taken);
    for person in first.iter().copied().filter(|person| !taken.contains(person)).collect::<Vec<_>>()
    {
        taken.insert(person);
        best = best.max(1 + most(rest, taken));
        taken.remove(&person);
    }
    best
}

fn graph(edges: &BTreeSet<(usize, usize)>) -> BTreeMap<usize, Places> {
    let mut apart: BTreeMap<usize, Places> = BTreeMap::new();
    for (one, other) in edges.iter().filter(|(one, other)| one != other) {
        apart.entry(*one).or_default().insert(*other);
        apart.entry(*other).or_default().insert(*one);
    }
    apart
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_missing_is_what_trying_everything_finds_missing(
        doers in proptest::collection::vec(proptest::collection::btree_set(0_usize..5, 1..4), 1..6),
    ) {
        let set: Places = (0..doers.len()).collect();
        let doers: BTreeMap<usize, Places> = doers.into_iter().enumerate().collect();
        let found = shortages(&set, &doers);
        let missing: usize = found.iter().map(|one| one.tasks.len() - one.people.len()).sum();
        let all: Vec<&Places> = doers.values().collect();
        prop_assert_eq!(missing, doers.len() - most(&all, &mut Places::new()));
        for (at, one) in found.iter().enumerate() {
            let able: Places = one.tasks.iter().flat_map(|task| &doers[task]).copied().collect();
            prop_assert_eq!(&able, &one.people, "all who can do them are named");
            prop_assert!(one.tasks.len() > one.people.len());
            for other in &found[at + 1..] {
                prop_assert!(one.people.is_disjoint(&other.people));
            }
        }
    }

    #[test]
    fn sets_that_are_apart_are_those_that_trying_everything_finds(
        edges in proptest::collection::btree_set((0_usize..7, 0_usize..7), 0..22),
    ) {
        let apart = graph(&edges);
        let is_apart = |set: &Places| {
            set.iter().all(|one| set.iter().all(|other| one == other || apart[one].contains(other)))
        };
        let nodes: Vec<usize> = apart.keys().copied().collect();
        let sets = (0_u32..1 << nodes.len()).map(|mask| -> Places {
            let chosen = nodes.iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0);
            chosen.map(|(_, node)| *node).collect()
        });
        let sets: Vec<Places> = sets.filter(|set| set.len() > 1 && is_apart(set)).collect();
        let is_largest = |set: &&Places| {
            !sets.iter().any(|other| *set != other && set.is_subset(other))
        };
        let expected: BTreeSet<Places> = sets.iter().filter(is_largest).cloned().collect();
        let (found, is_all) = mutual(&apart);
        prop_assert!(is_all);
        prop_assert_eq!(found.len(), expected.len(), "each is found once");
        prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

#[test]
fn past_the_bound_every_pair_is_in_a_set_that_is_tried() {
    // Twelve groups of three: whoever takes one of each group has one of 3^12 sets.
    let edges: BTreeSet<(usize, usize)> = (0..36)
        .flat_map(|one| (0..36).map(move |other| (one, other)))
        .filter(|(one, other)| one / 3 != other / 3)
        .collect();
    let apart = graph(&edges);
    let (found, is_all) = mutual(&apart);
    assert!(!is_all);
    for (one, other) in &edges {
        assert!(found.iter().any(|set| set.contains(one) && set.contains(other)), "{one} {other}");
    }
    let largest = found.iter().map(BTreeSet::len).max();
    assert_eq!(largest, Some(12), "some are as large as they can be");
}
