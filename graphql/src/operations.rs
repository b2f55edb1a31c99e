//! What may be done with a task now, and why not: the engine carries the command out on a copy and
//! throws the copy away. No rule is repeated here.

use std::sync::Arc;

use access::Action;
use async_graphql::{Result, SimpleObject};
use engine::command::{Command, Envelope};
use engine::facts::Facts;
use engine::ids::Key;
use engine::instance::{Instance as State, Waiting};
use engine::operation::{Allowed, Operation as Approval};
use engine::rejection::{Need, Rejection};
use engine::step::{Refused, Stepped, allowed_operations, step};
use engine::text::Language;
use store::Published;

use crate::context::{Reader, Told as _};
use crate::error;
use crate::types::task::Task;

/// How often the engine may ask for more before it answers.
const ROUNDS_MAX: u32 = 8;

/// A node that a task may be returned to.
#[derive(Debug, SimpleObject)]
pub(crate) struct ReturnTarget {
    /// Its name in the definition, for `returnTask`.
    name: String,
    /// What people call it.
    label: String,
}

/// Something that one might do with a task.
#[derive(Debug, SimpleObject)]
pub(crate) struct Operation {
    /// Its name: that of the mutation, such as `claimTask`.
    name: String,
    /// What people call it.
    label: String,
    /// Whether whoever asks may do it now.
    allowed: bool,
    /// Why not, as the error that the mutation would give: a stable code.
    reason_code: Option<String>,
    /// Why not, in a sentence.
    reason: Option<String>,
    /// For a return: the nodes that it may go to now.
    targets: Vec<ReturnTarget>,
}

#[derive(Debug, thiserror::Error)]
#[error("a step asked for more than {ROUNDS_MAX} times")]
struct AskedTooOften;

/// What the engine says, told whatever it needs to know.
pub(crate) async fn with_facts<T>(
    reader: Reader<'_>,
    published: &Published,
    ask: impl Fn(&Facts) -> std::result::Result<T, Refused>,
) -> Result<std::result::Result<T, Rejection>> {
    let mut facts = Facts { calendars: Arc::clone(&published.calendars), ..Facts::default() };
    for _ in 0..ROUNDS_MAX {
        let needs = match ask(&facts) {
            Ok(answer) => return Ok(Ok(answer)),
            Err(Refused::Rejection(rejection)) => return Ok(Err(rejection)),
            Err(Refused::Needs(needs)) => needs,
        };
        let (mut hashes, mut roles, mut people) = (Vec::new(), Vec::new(), Vec::new());
        for need in needs {
            match need {
                Need::Document(hash) => hashes.push(hash),
                Need::Members(role) => roles.push(role),
                Need::Person(person) => people.push(person),
                Need::Number { series, year } => {
                    facts.numbers.insert((series, year), 1);
                }
            }
        }
        let wanted = hashes.iter().map(ToString::to_string);
        let contents = reader.loaders.contents.load_many(wanted).await.told(reader)?;
        for hash in hashes {
            if let Some(content) = contents.get(hash.as_str()) {
                facts.documents.insert(hash, Arc::clone(content));
            }
        }
        let wanted = people.iter().map(ToString::to_string);
        let mut known = reader.loaders.people.load_many(wanted).await.told(reader)?;
        for person in people {
            let member = known.remove(person.as_str()).map(|known| Arc::new(known.into_member()));
            facts.people.insert(person, member);
        }
        if !roles.is_empty() {
            facts.members.extend(reader.loaders.members.load_many(roles).await.told(reader)?);
        }
    }
    Err(error::internal(&AskedTooOften, reader.language()))
}

/// The envelope that a command of whoever asks would have now.
pub(crate) fn envelope(reader: Reader<'_>, command: Command) -> Envelope {
    let actor = reader.viewing.viewer().actor();
    Envelope { at: reader.store.clock().now(), actor, seed: 0, command }
}

/// What a command would do, or why it would be refused.
pub(crate) async fn attempt(
    reader: Reader<'_>,
    published: &Published,
    state: &State,
    command: Command,
) -> Result<std::result::Result<Stepped, Rejection>> {
    let envelope = envelope(reader, command);
    with_facts(reader, published, |facts| step(&published.definition, state, &envelope, facts))
        .await
}

/// Every operation there is on a task, with what whoever asks may do now.
pub(crate) async fn of_task(reader: Reader<'_>, task: &Task) -> Result<Vec<Operation>> {
    let state = reader.state(task.0.instance_id).await?;
    let published = reader.published(&state).await?;
    let key = crate::context::key(task.0.key);
    let claim = attempt(reader, &published, &state, Command::ClaimTask { task: key }).await?;
    let is_theirs = matches!(&claim, Ok(stepped) if stepped.events.is_empty());
    let working = claim.as_ref().map(|_| ()).map_err(Clone::clone);
    let mut operations = vec![match &claim {
        Ok(_) if is_theirs => theirs(reader),
        Ok(_) => on(reader, "claimTask"),
        Err(rejection) => off(reader, "claimTask", rejection),
    }];
    for (name, command) in [
        ("releaseTask", Command::ReleaseTask { task: key }),
        ("cancelInstance", Command::Cancel { reason: String::new() }),
        ("addComment", Command::Comment { text: "-".into() }),
    ] {
        let attempted = attempt(reader, &published, &state, command).await?;
        operations.push(match attempted {
            Ok(_) => on(reader, name),
            Err(rejection) => off(reader, name, &rejection),
        });
    }
    for name in ["completeTask", "saveDraft"] {
        operations.push(match &working {
            Ok(()) => on(reader, name),
            Err(rejection) => off(reader, name, rejection),
        });
    }
    operations.push(extension(reader, &published, &state, key).await?);
    let actor = reader.viewing.viewer().actor();
    let approval = allowed_operations(&published.definition, &state, key, &actor);
    operations.extend(approval.iter().filter_map(|allowed| told(reader, &published, allowed)));
    // Whoever only oversees a case has no part in it.
    let relation = reader.relation(&state).await?;
    if let Err(denied) = reader.may(Action::TakePart, &relation) {
        let denied = (crate::Code::Denied.as_str().to_owned(), denied.to_string());
        for operation in &mut operations {
            if ["urgeTask", "copyInstance", "cancelInstance", "addComment"]
                .contains(&operation.name.as_str())
            {
                operation.turn_off(denied.clone());
            }
        }
    }
    operations.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(operations)
}

/// What the engine says of an approval operation; none where it has no mutation yet.
fn told(reader: Reader<'_>, published: &Published, allowed: &Allowed) -> Option<Operation> {
    let name = match allowed.operation {
        Approval::Transfer => "transferTask",
        Approval::Delegate => "delegateTask",
        Approval::Return => "returnTask",
        Approval::TakeBack => "takeBackTask",
        Approval::Urge => "urgeTask",
        Approval::Copy => "copyInstance",
        Approval::AddSigner
        | Approval::RemoveSigner
        | Approval::Withdraw
        | Approval::Void
        | Approval::Terminate
        | Approval::Reopen => return None,
    };
    let mut operation = match &allowed.refused {
        None => on(reader, name),
        Some(rejection) => off(reader, name, rejection),
    };
    let targets = allowed.targets.iter().map(|target| ReturnTarget {
        name: target.to_string(),
        label: published
            .definition
            .node(target.as_str())
            .map_or_else(|| target.to_string(), |node| node.label(reader.language()).to_owned()),
    });
    operation.targets = targets.collect();
    Some(operation)
}

/// Whether the deadline may be moved; by how much is for whoever moves it.
async fn extension(
    reader: Reader<'_>,
    published: &Published,
    state: &State,
    key: Key,
) -> Result<Operation> {
    let command = Command::ExtendTask { task: key, by: "1 day".into(), reason: "-".into() };
    let has_due = state
        .activation(key)
        .is_some_and(|activation| matches!(activation.waiting, Waiting::Task { due: Some(_), .. }));
    Ok(match attempt(reader, published, state, command).await? {
        Ok(_) if has_due => on(reader, "extendTask"),
        Ok(_) => off(reader, "extendTask", &Rejection::NotExtendable),
        Err(rejection) => off(reader, "extendTask", &rejection),
    })
}

impl Operation {
    fn turn_off(&mut self, (code, sentence): (String, String)) {
        self.allowed = false;
        self.reason_code = Some(code);
        self.reason = Some(sentence);
    }
}

fn on(reader: Reader<'_>, name: &str) -> Operation {
    let label = label(name, reader.language()).to_owned();
    Operation {
        name: name.to_owned(),
        label,
        allowed: true,
        reason_code: None,
        reason: None,
        targets: Vec::new(),
    }
}

fn off(reader: Reader<'_>, name: &str, rejection: &Rejection) -> Operation {
    let mut operation = on(reader, name);
    operation.turn_off(error::reason(rejection, reader.language()));
    operation
}

/// A task that whoever asks has already need not be claimed.
fn theirs(reader: Reader<'_>) -> Operation {
    let mut operation = on(reader, "claimTask");
    let sentence = match reader.language() {
        Language::Zh => "任务已由您签收",
        Language::En => "the task is yours already",
    };
    operation.turn_off((crate::Code::DoneAlready.as_str().to_owned(), sentence.to_owned()));
    operation
}

fn label(name: &str, language: Language) -> &'static str {
    let (zh, en) = match name {
        "addComment" => ("意见", "Comment"),
        "cancelInstance" => ("终止", "Cancel the case"),
        "claimTask" => ("签收", "Claim"),
        "completeTask" => ("办理", "Decide"),
        "extendTask" => ("延期", "Extend"),
        "releaseTask" => ("退签", "Release"),
        "saveDraft" => ("暂存", "Save a draft"),
        "urgeTask" => ("催办", "Urge"),
        "copyInstance" => ("抄送", "Let somebody know"),
        "transferTask" => ("转办", "Transfer"),
        "delegateTask" => ("委派", "Delegate"),
        "returnTask" => ("退回", "Return"),
        _ => ("拿回", "Take back"),
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}
