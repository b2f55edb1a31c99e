//! What plain BPMN says of people, which Signavio and other drawing tools use: lanes, potential
//! owners, and gateways whose flows have names but no conditions.

use serde_yaml::Value;

use crate::bpmn::import::{Reading, clean};
use crate::bpmn::keys::{Keys, set};
use crate::bpmn::model::{Process, without_prefix};
use crate::bpmn::names::BPMN;
use crate::bpmn::table::Class;
use crate::bpmn::xml::Id;

/// Who does a task: its potential owners, else the role of its lane, else that of the lane or pool
/// that holds all.
pub(super) fn node<'m>(
    reading: &mut Reading<'m>,
    process: &Process<'m>,
    at: usize,
    keys: &mut Keys,
) {
    let tree = reading.tree;
    let node = &process.nodes[at];
    // Nobody is asked about a manual task here.
    if !matches!(tree.local(node.element), "userTask" | "task") {
        return;
    }
    if tree.local(node.element) == "task" && !reading.own {
        let message = "an undefined task is done by somebody: it becomes a `userTask`".to_owned();
        reading.in_part(node.element, "", message);
    }
    for local in ["humanPerformer", "performer", "potentialOwner"] {
        let owners: Vec<Id> = tree.children(node.element, BPMN, local).collect();
        for owner in owners {
            reading.take_element(owner);
            resource(reading, owner, local == "potentialOwner", keys);
        }
    }
    let known = ["role", "people", "assign"].iter().any(|key| keys.contains_key(*key));
    if known {
        return;
    }
    if let Some((lane, label)) = lane(reading, process, at) {
        let role = reading.role(&lane, &label);
        keys.insert("role".into(), role.into());
    }
}

/// `user(kermit), group(management)`, as Activiti and Flowable write it in plain BPMN.
fn resource(reading: &mut Reading<'_>, owner: Id, is_group: bool, keys: &mut Keys) {
    let tree = reading.tree;
    let mut expressions = Vec::new();
    for assignment in tree.children(owner, BPMN, "resourceAssignmentExpression") {
        reading.take_element(assignment);
        for local in ["expression", "formalExpression"] {
            expressions.extend(tree.children(assignment, BPMN, local));
        }
    }
    for below in expressions {
        reading.take_element(below);
        for part in tree.text(below).split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let user = part.strip_prefix("user(").and_then(|rest| rest.strip_suffix(')'));
            let group = part.strip_prefix("group(").and_then(|rest| rest.strip_suffix(')'));
            match (user, group) {
                (None, Some(group)) => super::groups(reading, below, "", group, keys),
                (None, None) if is_group => super::groups(reading, below, "", part, keys),
                (user, _) => {
                    let user = user.unwrap_or(part);
                    match (is_group, reading.dynamic(user, below, "")) {
                        (true, Some(user)) => {
                            super::candidate_users(reading, below, "", &user, keys);
                        }
                        (false, Some(user)) => drop(keys.insert("assign".into(), user.into())),
                        (_, None) => {}
                    }
                }
            }
        }
    }
}

/// Notes the lane of each node. Inner lanes go before outer ones.
pub(super) fn gather<'m>(reading: &mut Reading<'m>, process: &Process<'m>) {
    let tree = reading.tree;
    for lane in tree.below(process.element).filter(|one| tree.is(*one, BPMN, "lane")) {
        for member in tree.children(lane, BPMN, "flowNodeRef") {
            reading.lanes.insert(without_prefix(tree.text(member)), lane);
        }
    }
}

/// The lane of a node, or its pool: a name for the role, and one for people.
fn lane(reading: &Reading<'_>, process: &Process<'_>, at: usize) -> Option<(String, String)> {
    let tree = reading.tree;
    // What is inside a sub-process is in its lane, unless the sub-process has lanes of its own.
    let around = std::iter::successors(Some(at), |node| process.nodes[*node].scope);
    let mut lanes = around.filter_map(|node| reading.lanes.get(process.nodes[node].id).copied());
    let lane = lanes.next().or(process.participant)?;
    let label = tree.attribute(lane, "name").map(str::trim).filter(|name| !name.is_empty())?;
    Some((clean(label), label.to_owned()))
}

/// A drawing's decision: a gateway behind a task whose flows have names but no conditions. The
/// names become what the person decides.
pub(super) fn decisions(
    reading: &mut Reading<'_>,
    process: &Process<'_>,
    raw: &mut crate::bpmn::import::Raw,
) {
    for at in 0..process.nodes.len() {
        let gateway = &process.nodes[at];
        let names: Vec<String> = gateway
            .outgoing
            .iter()
            .filter_map(|flow| raw.flows[*flow].keys.get("name")?.as_str().map(str::to_owned))
            .collect();
        let unsaid = gateway.outgoing.iter().all(|flow| process.flows[*flow].condition.is_none());
        let is_choice = reading.tree.local(gateway.element) == "exclusiveGateway"
            && gateway.outgoing.len() > 1
            && names.len() == gateway.outgoing.len();
        let &[incoming] = gateway.incoming.as_slice() else { continue };
        let task = process.flows[incoming].from;
        let is_task = raw.nodes[task].keys.get("type").and_then(Value::as_str) == Some("userTask");
        if !unsaid || !is_choice || !is_task || process.nodes[task].row.class != Class::Task {
            continue;
        }
        let task_name = raw.nodes[task].name.clone();
        let decided = match task_name.is_ascii() {
            true => format!("outcomes.{task_name}"),
            false => format!("outcomes['{task_name}']"),
        };
        let mut used = std::collections::BTreeSet::new();
        for (flow, name) in gateway.outgoing.iter().zip(&names) {
            let outcome = crate::bpmn::import::unique(&mut used, &clean(name));
            set(&mut raw.nodes[task].keys, &["outcomes", &outcome], name.clone().into());
            let is_last = Some(flow) == gateway.outgoing.last();
            match is_last {
                // Somewhere it must go: the last one is the default.
                true => raw.flows[*flow].is_default = true,
                false => {
                    let when = format!("{decided} == '{outcome}'");
                    raw.flows[*flow].keys.insert("when".into(), when.into());
                }
            }
        }
        let message = format!("the names on its flows become the outcomes of `{task_name}`");
        reading.in_part(gateway.element, "", message);
    }
}
