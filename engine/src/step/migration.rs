//! A running case goes over to another version of its process (迁移), by an admin's plan. Either
//! everything that is alive in it fits, or nothing happens. What fits is `fitting`.

mod data;
mod fitting;
mod planned;
mod ways;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::modification::{Descent, Moved};
use super::tokens::number;
use super::{Halt, Step, Token};
use crate::command::Plan;
use crate::definition::Definition;
use crate::elements::Join;
use crate::event::{Cause, Event, Migrated, Renamed, Rerouted};
use crate::fate::{Alive, Becomes, DataFate, Fate, Unfit};
use crate::ids::{Hash, Key, NodeName};
use crate::instance::{Arrival, Instance, Place};
use crate::rejection::{Need, Rejection};

pub use data::Contents;
use data::{Data, MovedData};
use fitting::Fitting;

/// What a plan would make of everything that is alive in a case.
///
/// # Errors
/// The plan names what neither version has.
pub fn fates(
    old: &Definition,
    new: &Definition,
    instance: &Instance,
    plan: &Plan,
) -> Result<Vec<Fate>, Rejection> {
    planned::check(old, new, instance, plan)?;
    Ok(Fitting::new(old, new, instance, plan).fates())
}

/// What a plan would make of data of a case that are not as they are, under their names.
pub fn data_fates(
    old: &Definition,
    new: &Definition,
    instance: &Instance,
    plan: &Plan,
    contents: &Contents,
) -> Vec<DataFate> {
    Data::new(old, new, instance, plan).fates(contents)
}

/// The contents that `data_fates` looks at.
pub fn data_needs(
    old: &Definition,
    new: &Definition,
    instance: &Instance,
    plan: &Plan,
) -> BTreeSet<Hash> {
    Data::new(old, new, instance, plan).needs()
}

/// What begins anew in the other version.
struct Anew {
    node: NodeName,
    /// What it descends from.
    descent: Descent,
    scope: Key,
    /// Whether it listens for what begins an event sub-process.
    listens: bool,
}

impl<'a> Step<'a> {
    /// Everything goes over, or nothing.
    pub(super) fn migrate(&mut self, version: u32, plan: &Plan, reason: &str) -> Result<(), Halt> {
        self.is_admin()?;
        Self::check_reason(reason)?;
        let new = self.other_version(version)?;
        let fates = fates(self.definition, new, &self.instance, plan)?;
        let contents = self.contents_of(new, plan)?;
        let data = Data::new(self.definition, new, &self.instance, plan);
        let unfit_data = data.fates(&contents).into_iter().filter_map(unfit_data);
        let misfits: Vec<Unfit> = fates.iter().filter_map(unfit).chain(unfit_data).collect();
        let moved = data.moved(&contents);
        if !misfits.is_empty() {
            return Err(Rejection::CannotMigrate { version, misfits }.into());
        }
        self.ends_asking(new, plan);
        let anew = self.end_what_ends(&fates);
        self.go_over(new, (plan, moved), reason);
        self.begin_anew(anew)?;
        self.begin_what_begins(&fates)?;
        self.settle_tokens()?;
        if self.is_empty_inside(Key(0)) {
            let message = "expected something that goes on, found nothing left; to end the case, \
                           cancel it"
                .to_owned();
            return Err(Rejection::BadArgument { field: "plan".into(), message }.into());
        }
        Ok(())
    }

    fn other_version(&self, version: u32) -> Result<&'a Definition, Halt> {
        let bad = |message: String| Rejection::BadArgument { field: "version".into(), message };
        if version == self.definition.version {
            let message = format!("expected another version than {version}, which it runs on");
            return Err(bad(message).into());
        }
        let facts = self.facts;
        match facts.versions.get(&version) {
            Some(Some(new)) => Ok(new),
            Some(None) => {
                let process = &self.definition.process;
                let message = format!("expected a version of `{process}`, found no {version}");
                Err(bad(message).into())
            }
            None => Err(self.need(Need::Version(version))),
        }
    }

    /// Whoever's node ends asks for no correction any more that others still ask for.
    fn ends_asking(&mut self, new: &Definition, plan: &Plan) {
        let fitting = Fitting::new(self.definition, new, &self.instance, plan);
        let all = self.instance.activations().iter().filter(|(_, one)| !one.also.is_empty());
        // Where nobody asks any more the correction itself ends.
        let left = all.filter_map(|(key, one)| {
            let places = fitting.asks_no_more(one);
            (places.len() <= one.also.len()).then_some((*key, places))
        });
        let left: Vec<(Key, Vec<u32>)> = left.collect();
        for (key, places) in left {
            for place in places {
                self.emit(Event::CorrectionLeft { key, place });
            }
        }
    }

    /// Contents of documents that may not fit.
    fn contents_of(&self, new: &Definition, plan: &Plan) -> Result<Contents, Halt> {
        let mut contents = Contents::new();
        for hash in data_needs(self.definition, new, &self.instance, plan) {
            match self.facts.documents.get(&hash) {
                Some(value) => drop(contents.insert(hash, Arc::clone(value))),
                None => drop(self.need(Need::Document(hash))),
            }
        }
        if self.has_needs() { Err(Halt::Needs) } else { Ok(contents) }
    }

    /// Ends what ends and what begins anew, while the case runs on the version that knows it.
    fn end_what_ends(&mut self, fates: &[Fate]) -> Vec<Anew> {
        let (mut anew, mut left) = (Vec::new(), BTreeSet::new());
        for fate in fates {
            let begins = fate.to.as_ref().filter(|_| fate.becomes == Becomes::Anew);
            if begins.is_none() && fate.becomes != Becomes::Ends {
                continue;
            }
            match (&fate.what, fate.key) {
                (Alive::Node { .. } | Alive::Listener, Some(key)) => {
                    // It may have ended with what it is inside of.
                    let Some(activation) = self.instance.activation(key) else { continue };
                    let scope = activation.scope;
                    let (descent, listens) = (self.descent(key), fate.what == Alive::Listener);
                    self.terminate(key, &Cause::Migrated);
                    match begins.cloned() {
                        Some(node) => anew.push(Anew { node, descent, scope, listens }),
                        None => {
                            left.insert(scope);
                        }
                    }
                }
                (
                    Alive::Clock { .. } | Alive::Message | Alive::Signal | Alive::Condition,
                    Some(key),
                ) => self.emit(Event::WaitsDropped { key, of: Some(fate.node.clone()) }),
                (Alive::Token { from }, scope) => {
                    left.insert(self.take_away(&fate.node, from, scope.unwrap_or_default()));
                }
                (_, _) => {}
            }
        }
        left.retain(|scope| anew.iter().all(|one| one.scope != *scope));
        self.end_left_scopes(left, &Cause::Migrated);
        anew
    }

    /// Takes away a token that came to a gateway from a node; the scope it was in.
    fn take_away(&mut self, node: &NodeName, from: &NodeName, scope: Key) -> Key {
        let definition = self.definition;
        let came = |one: &&Arrival| {
            let before = definition.flows[one.flow as usize].from;
            one.node == *node && one.scope == scope && definition.nodes[before].name == *from
        };
        let flow = self.instance.arrivals().iter().find(came).map(|one| one.flow);
        if let Some(flow) = flow {
            self.emit(Event::TokenCancelled { node: node.clone(), scope, flow });
        }
        scope
    }

    /// The case runs on the other version from here on.
    fn go_over(&mut self, new: &'a Definition, (plan, moved): (&Plan, MovedData), reason: &str) {
        let fitting = Fitting::new(self.definition, new, &self.instance, plan);
        let trail = self.instance.trail();
        let lost = trail.iter().filter(|(_, trace)| !fitting.keeps(&trace.node, trace.scope));
        let lost: Vec<Key> = lost.map(|(key, _)| *key).collect();
        let used = self.instance.activations().values().flat_map(|one| &one.used);
        let used = used.chain(trail.values().flat_map(|trace| &trace.used));
        let tokens = self.instance.arrivals().iter().chain(used);
        let flows: BTreeSet<Rerouted> = tokens
            .filter_map(|token| {
                let to = number(fitting.way(token)?);
                Some(Rerouted { from: token.flow, to })
            })
            .collect();
        let renamed = plan.nodes.iter().filter_map(|one| match &one.to {
            Some(to) if *to != one.from => Some(Renamed { from: one.from.clone(), to: to.clone() }),
            Some(_) | None => None,
        });
        let dropped = plan.nodes.iter().filter(|one| one.to.is_none());
        let event = Event::InstanceMigrated(Box::new(Migrated {
            to: new.version,
            at: self.now(),
            person: self.envelope.actor.person().cloned(),
            reason: reason.to_owned(),
            renamed: renamed.collect(),
            dropped: dropped.map(|one| one.from.clone()).collect(),
            flows: flows.into_iter().collect(),
            documents: moved.documents,
            items: moved.items,
        }));
        if !lost.is_empty() {
            self.emit(Event::TrailForgotten { keys: lost });
        }
        self.emit(event);
        self.contents.extend(moved.contents);
        self.definition = new;
        self.move_ways();
        for (name, value) in &new.variables {
            if let (None, Some(value)) = (self.instance.variables().get(name), value.clone()) {
                self.keep_variable(name, value);
            }
        }
    }

    fn begin_anew(&mut self, anew: Vec<Anew>) -> Result<(), Halt> {
        for Anew { node: name, descent, scope, listens } in anew {
            let node = self.definition.index(&name);
            if listens {
                self.listen(scope, &[node])?;
                continue;
            }
            // It stays where it was, where the other version has it there.
            let around = self.definition.nodes[node].scope;
            let around = around.map(|around| &self.definition.nodes[around].name);
            let was = self.instance.activation(scope).map(|one| &one.node);
            let within = Some(scope).filter(|_| was.is_some() && was == around);
            let bad = |message| Rejection::BadArgument { field: "plan".into(), message };
            let found = self.scope_for(node, within, Moved::Gone(&descent));
            let now = found.map_err(|fault| bad(format!("`{name}`: {}", fault.message)))?;
            let from = descent.get(&now).cloned().unwrap_or_default();
            self.send_token(Token { from, ..Token::new(node, now) });
        }
        Ok(())
    }

    /// What the other version waits for beside, or anew, begins to wait.
    fn begin_what_begins(&mut self, fates: &[Fate]) -> Result<(), Halt> {
        let begins = |fate: &&Fate| matches!(fate.becomes, Becomes::Begins | Becomes::Anew);
        for fate in fates.iter().filter(begins) {
            let key = fate.key.unwrap_or_default();
            let Some(node) = &fate.to else { continue };
            let index = self.definition.index(node);
            match (&fate.what, &fate.becomes) {
                (Alive::Listener, Becomes::Begins) => self.listen(key, &[index])?,
                (Alive::Clock { .. } | Alive::Message | Alive::Signal | Alive::Condition, _) => {
                    let trigger = self.definition.nodes[index].behavior.trigger();
                    let armed = trigger.map_or(Ok(()), |it| it.arm(self, key, Some(node)));
                    self.settle_at(key, std::slice::from_ref(node), armed)?;
                }
                (_, _) => {}
            }
        }
        Ok(())
    }

    /// Tokens that wait where the other version does not let them wait go on.
    fn settle_tokens(&mut self) -> Result<(), Halt> {
        let definition = self.definition;
        let waiting: BTreeSet<(Place, usize)> = self
            .instance
            .arrivals()
            .iter()
            .map(|one| (one.place(), definition.index(&one.node)))
            .collect();
        for (place, index) in waiting {
            let node = &definition.nodes[index];
            let arrived = self.arrived_flows(&node.name, place);
            let join = if node.incoming.len() > 1 { node.behavior.join() } else { Join::Each };
            let gates: Vec<Vec<u32>> = match join {
                Join::All if node.incoming.iter().all(|flow| arrived.contains(flow)) => {
                    vec![node.incoming.iter().map(|flow| number(*flow)).collect()]
                }
                Join::All | Join::Reachable | Join::Counted => Vec::new(),
                Join::Each => arrived.iter().map(|flow| vec![number(*flow)]).collect(),
            };
            for joined in gates {
                self.activate(&Token::joined(index, place), joined)?;
            }
        }
        Ok(())
    }
}

fn unfit(fate: &Fate) -> Option<Unfit> {
    match &fate.becomes {
        Becomes::Unfit(misfit) => Some(Unfit {
            node: Some(fate.node.clone()),
            document: None,
            field: None,
            misfit: misfit.clone(),
        }),
        Becomes::Stays
        | Becomes::Anew
        | Becomes::Ends
        | Becomes::EndsWith { .. }
        | Becomes::Begins => None,
    }
}

fn unfit_data(fate: DataFate) -> Option<Unfit> {
    let DataFate { document, field, becomes, .. } = fate;
    match becomes {
        Becomes::Unfit(misfit) => {
            Some(Unfit { node: None, document: Some(document), field, misfit })
        }
        Becomes::Stays
        | Becomes::Anew
        | Becomes::Ends
        | Becomes::EndsWith { .. }
        | Becomes::Begins => None,
    }
}
