//! A case of a small pack, driven by commands: what these tests share.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::actor::{Actor, Grant, Member};
use engine::command::{Command, Content, Envelope};
use engine::definition::Definition;
use engine::event::Event;
use engine::facts::Facts;
use engine::ids::{Hash, InstanceId, Key};
use engine::instance::{Instance, Waiting};
use engine::pack::compile;
use engine::rejection::{Need, Rejection};
use engine::step::{Refused, start, step};
use engine::time::Timestamp;
use serde_json::{Map, Value};

/// The files of a pack: its roles are clerk, head and expert.
pub(crate) fn pack(files: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let around = [
        ("pack.yaml", "pack: p\nname: P\nversion: '1'\ncalendar: cn\n"),
        ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n"),
        ("roles.yaml", "roles: { clerk: Clerk, head: Head, expert: Expert }\n"),
    ];
    let all = around.iter().chain(files);
    all.map(|(path, text)| (*path, (*text).to_owned())).collect()
}

/// Every problem of a pack, as it is told.
pub(crate) fn problems(files: &[(&'static str, &str)]) -> Vec<String> {
    let told = match compile(&pack(files), |_| 1) {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems,
    };
    told.iter().map(ToString::to_string).collect()
}

/// A case, with everything that was written in it.
pub(crate) struct Case {
    pub(crate) definition: Arc<Definition>,
    pub(crate) instance: Instance,
    facts: Facts,
    now: Timestamp,
}

/// Somebody who holds every role.
pub(crate) fn person(id: &str) -> Actor {
    let grant = |role: &str| Grant { role: role.into(), unit: None };
    let grants = ["clerk", "head", "expert"].map(grant).to_vec();
    Actor::Person { id: id.into(), unit: None, grants }
}

impl Case {
    /// A case of the process `p`, which li began; li, wu and zhao hold every role.
    pub(crate) fn begun(files: &[(&'static str, &str)]) -> Self {
        let compiled = compile(&pack(files), |_| 1).unwrap_or_else(|told| panic!("{told:#?}"));
        let calendars = compiled.pack.calendars.clone().into();
        let mut facts = Facts { calendars, ..Facts::default() };
        for id in ["li", "wu", "zhao"] {
            let fields = Map::new();
            let member =
                Member { id: id.into(), name: id.into(), unit: None, fields, held_for: None };
            facts.people.insert(id.into(), Some(member.into()));
        }
        let definition = Arc::clone(&compiled.definitions["p"]);
        let documents = BTreeMap::new();
        let command = Command::Start { process: "p".into(), documents, parent: None, origin: None };
        let now = Timestamp(1_767_575_400_000);
        let envelope =
            Envelope { at: now, actor: person("li"), seed: 0, since: None, hops: 0, command };
        for _ in 0..5 {
            match start(&definition, InstanceId(1), &envelope, &facts) {
                Ok(begun) => return Self { definition, instance: begun.instance, facts, now },
                Err(Refused::Needs(needs)) => {
                    for need in needs {
                        fetch(&mut facts, need);
                    }
                }
                Err(refused) => panic!("{refused:?}"),
            }
        }
        panic!("it never has what it needs");
    }

    /// The first activation of a node.
    pub(crate) fn key(&self, node: &str) -> Key {
        let mut active = self.instance.activations().iter();
        let found = active.find(|(_, one)| one.node.as_str() == node);
        *found.unwrap_or_else(|| panic!("{node} is not active")).0
    }

    /// The task of a person.
    pub(crate) fn task_of(&self, who: &str) -> Key {
        let mut active = self.instance.activations().iter();
        let is_theirs = |waiting: &Waiting| matches!(waiting, Waiting::Task { assignee: Some(person), .. } if person.as_str() == who);
        *active.find(|(_, one)| is_theirs(&one.waiting)).expect("there is one").0
    }

    /// The current contents of a document.
    pub(crate) fn contents(&self, name: &str) -> Vec<Value> {
        let hashes = self.instance.documents().get(name).map(|it| it.current.clone());
        hashes
            .unwrap_or_default()
            .iter()
            .map(|hash| (*self.facts.documents[hash]).clone())
            .collect()
    }

    /// What the directory has of a person.
    pub(crate) fn knows(&mut self, id: &str, name: &str, fields: Map<String, Value>) {
        let member =
            Member { id: id.into(), name: name.into(), unit: None, fields, held_for: None };
        self.facts.people.insert(id.into(), Some(member.into()));
    }

    /// Keeps a content that another case wrote.
    pub(crate) fn know(&mut self, content: Value) -> Hash {
        let content = Content::new(content);
        self.facts.documents.insert(content.hash.clone(), content.value);
        content.hash
    }

    /// Decides a task.
    pub(crate) fn decide(
        &mut self,
        task: Key,
        who: &str,
        outcome: &str,
        documents: &[(&str, Value)],
    ) -> Result<Vec<Event>, Rejection> {
        let documents = documents.iter();
        let documents =
            documents.map(|(name, one)| ((*name).into(), Content::new(one.clone()))).collect();
        let outcome = (!outcome.is_empty()).then(|| outcome.into());
        self.give(
            person(who),
            Command::CompleteTask {
                task,
                outcome,
                documents,
                comment: None,
                seen: BTreeMap::new(),
            },
        )
    }

    /// Gives a command; one that is refused changes nothing.
    pub(crate) fn give(&mut self, actor: Actor, command: Command) -> Result<Vec<Event>, Rejection> {
        let envelope = Envelope { at: self.now, actor, seed: 0, since: None, hops: 0, command };
        for _ in 0..5 {
            match step(&self.definition, &self.instance, &envelope, &self.facts) {
                Ok(stepped) => {
                    for content in stepped.contents {
                        self.facts.documents.insert(content.hash, content.value);
                    }
                    self.instance = stepped.instance;
                    return Ok(stepped.events);
                }
                Err(Refused::Rejection(rejection)) => return Err(rejection),
                Err(Refused::Needs(needs)) => {
                    for need in needs {
                        fetch(&mut self.facts, need);
                    }
                }
            }
        }
        panic!("it never has what it needs");
    }

    /// Lets time pass: what falls due until then fires, in its order. What happened.
    pub(crate) fn advance(&mut self, ms: i64) -> Vec<Event> {
        let until = self.now.plus_ms(ms);
        let mut happened = Vec::new();
        loop {
            let active = self.instance.activations().iter();
            let timers = active.flat_map(|(key, one)| {
                one.timers.iter().map(|(number, timer)| (timer.at, *key, *number))
            });
            let Some((at, key, timer)) = timers.min().filter(|(at, ..)| *at <= until) else {
                break;
            };
            self.now = self.now.max(at);
            let fired = self.give(Actor::System, Command::FireTimer { key, timer });
            happened.extend(fired.expect("it is due"));
        }
        self.now = until;
        happened
    }
}

fn fetch(facts: &mut Facts, need: Need) {
    match need {
        Need::Held(principal) => {
            Arc::make_mut(&mut facts.held).insert(principal, true);
        }
        Need::Members(role) => {
            let all = facts.people.values().flatten().map(|one| (**one).clone()).collect();
            facts.members.insert(role, Arc::new(all));
        }
        Need::Person(person) => {
            facts.people.insert(person, None);
        }
        other => panic!("{other:?}"),
    }
}
