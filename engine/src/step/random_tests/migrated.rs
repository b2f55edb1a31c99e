//! Cases in whatever state go over to their own definition, with every node called otherwise, and
//! lose nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::super::case_tests::admin;
use super::super::tests::version;
use super::{Run, blocks, commands, seeds, yaml};
use crate::command::{Command, NodePlan, Plan};
use crate::event::Event;
use crate::instance::Status;
use proptest::prelude::any;

/// The same nodes under names that end otherwise.
fn renamed(nodes: &str, names: &BTreeSet<String>) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for char in nodes.chars().chain(['\n']) {
        if char.is_alphanumeric() {
            word.push(char);
            continue;
        }
        if names.contains(&word) {
            word.push_str("v2");
        }
        out.push_str(&word);
        out.push(char);
        word.clear();
    }
    out
}

impl Run {
    /// The case goes over to a version in which every node has another name.
    fn migrate(&mut self, nodes: &str) {
        let names: BTreeSet<String> =
            self.definition.nodes().iter().map(|node| node.name().to_string()).collect();
        let nodes = renamed(nodes, &names);
        let plan = Plan {
            nodes: names
                .iter()
                .map(|name| NodePlan {
                    from: name.as_str().into(),
                    to: Some(format!("{name}v2").as_str().into()),
                    anew: false,
                })
                .collect(),
            ..Plan::default()
        };
        self.facts.versions = BTreeMap::from([(2, Some(Arc::new(version(&nodes, 2))))]);
        let before = (self.instance.activations().len(), self.events.len());
        let command = Command::Migrate { version: 2, plan, reason: "why".to_owned() };
        self.tokens.renamed();
        assert!(self.give(admin(), command), "everything fits its own definition");
        self.definition = Rc::new(version(&nodes, 2));
        assert_eq!(self.instance.activations().len(), before.0);
        assert!(
            matches!(&self.events[before.1..], [Event::InstanceMigrated(_)]),
            "nothing ends and nothing begins: {:?}",
            &self.events[before.1..]
        );
    }
}

#[test]
fn a_case_in_any_state_goes_over_to_its_own_definition_and_on_to_its_end() {
    seeds::run(160, &(blocks(), commands(24), any::<usize>()), |(blocks, commands, number)| {
        let nodes = yaml(&blocks);
        let mut run = Run::begin(&nodes);
        for command in &commands {
            run.random(*command);
        }
        if run.instance.status() == Status::Active {
            run.migrate(&nodes);
        }
        run.end(number);
    });
}
