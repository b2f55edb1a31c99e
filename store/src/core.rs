//! Where the store meets the engine: definitions and `step`.

use engine::command::{Command, Content, Envelope};
use engine::event::{Event, Initiator};
use engine::facts::Facts;
use engine::ids::{InstanceId, Key, ProcessName};
use engine::instance::{Instance, Status, Waiting};
use engine::rejection::{Need, Rejection};
use std::collections::BTreeSet;

#[derive(Debug, Clone)]
pub struct Definition {
    pub process: ProcessName,
    pub version: u32,
}

#[derive(Debug)]
pub(crate) struct Stepped {
    pub(crate) instance: Instance,
    pub(crate) events: Vec<Event>,
    pub(crate) contents: Vec<Content>,
}

#[derive(Debug)]
pub(crate) enum Refused {
    Rejection(Rejection),
    Needs(BTreeSet<Need>),
}

pub(crate) fn start(
    d: &Definition,
    id: InstanceId,
    e: &Envelope,
    _f: &Facts,
) -> Result<Stepped, Refused> {
    let started = Event::InstanceStarted {
        process: d.process.clone(),
        version: d.version,
        at: e.at,
        number: None,
        initiator: e.actor.person().map(|p| Initiator { person: p.clone(), unit: None }),
        parent: None,
    };
    let mut events = vec![started];
    task(1, e, &mut events);
    let instance = Instance::replay(id, &events).expect("begun");
    Ok(Stepped { instance, events, contents: Vec::new() })
}

fn task(key: u32, e: &Envelope, events: &mut Vec<Event>) {
    let node: engine::ids::NodeName = format!("step{key}").as_str().into();
    events.push(Event::NodeActivated {
        key: Key(key),
        node,
        scope: Key(0),
        round: 1,
        at: e.at,
        item: None,
        joined: vec![],
        come_back: None,
    });
    events.push(Event::TaskCreated {
        key: Key(key),
        candidates: vec!["role:clerk".parse().expect("ok")],
        assignee: None,
        due: None,
    });
}

pub(crate) fn step(
    _d: &Definition,
    before: &Instance,
    e: &Envelope,
    _f: &Facts,
) -> Result<Stepped, Refused> {
    if before.status() != Status::Active {
        return Err(Refused::Rejection(Rejection::InstanceClosed));
    }
    let person = e.actor.person().cloned().unwrap_or_else(|| "x".into());
    let mut events = vec![];
    match &e.command {
        Command::ClaimTask { task } => match before.activation(*task).map(|a| &a.waiting) {
            Some(Waiting::Task { assignee: None, .. }) => {
                events.push(Event::TaskClaimed { key: *task, person });
            }
            _ => return Err(Refused::Rejection(Rejection::NotOpen { key: *task })),
        },
        Command::CompleteTask { task: key, .. } => {
            if before.activation(*key).is_none() {
                return Err(Refused::Rejection(Rejection::NotOpen { key: *key }));
            }
            events.push(Event::TaskCompleted {
                key: *key,
                outcome: None,
                person,
                at: e.at,
                comment: None,
            });
            events.push(Event::NodeCompleted { key: *key });
            if key.0 < 3 {
                task(key.0 + 1, e, &mut events);
            } else {
                events.push(Event::InstanceCompleted { outcome: None, at: e.at });
            }
        }
        _ => return Err(Refused::Rejection(Rejection::NotClaimed)),
    }
    let mut instance = before.clone();
    for event in &events {
        instance.apply(event);
    }
    Ok(Stepped { instance, events, contents: Vec::new() })
}
