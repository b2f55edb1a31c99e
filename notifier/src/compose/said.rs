//! What a letter says beside its case and its task: the submission that it is a receipt for, the
//! extension that it tells of, and the case's variables.

use std::collections::BTreeMap;

use chrono::DateTime;
use engine::calendar::Zone;
use engine::definition::source::VariableType;
use engine::ids::Key;
use engine::text::Language;
use engine::time::Timestamp;
use serde_json::Value as Json;
use store::workers::{Delivery, Extended, StoppedHow, Submitted};

use super::{About, item};
use crate::template::{Extension, Stopped, Submission, Task, Words, in_words};

/// What a receipt says of its submission.
pub(super) fn submission(about: &About<'_>, zone: Zone, language: Language) -> Option<Submission> {
    let Submitted { number, at, hash, person, node } = about.delivery.submission.as_ref()?;
    let node = about.definition.and_then(|definition| definition.node(node.as_str())).ok_or(node);
    Some(Submission {
        received_at: in_words(*at, zone, language),
        hash: hash.to_string(),
        intake: match node {
            Ok(node) => node.label(language).to_owned(),
            Err(name) => name.to_string(),
        },
        by: person.as_ref().map(|person| about.fetched.name_of(person.as_str(), language)),
        number: person.as_ref().map(|_| *number),
    })
}

/// How the case ended, in words.
pub(super) fn outcome(about: &About<'_>, language: Language) -> Option<String> {
    let outcome = about.case.outcome.as_deref()?;
    let label = about.definition.and_then(|it| it.outcome_label(outcome, language));
    Some(label.unwrap_or(outcome).to_owned())
}

/// The case's variables as a letter has them.
pub(super) fn variables(
    about: &About<'_>,
    zone: Zone,
    language: Language,
) -> BTreeMap<String, Json> {
    let kind = |name: &String| about.definition.and_then(|it| it.variable_type(name));
    let shown = |(name, value): (&String, &Json)| {
        let at = match value {
            _ if kind(name) != Some(VariableType::DateTime) => None,
            Json::String(text) => DateTime::parse_from_rfc3339(text).ok().map(Timestamp::from),
            other => other.as_i64().map(Timestamp),
        };
        let words = at.map(|at| Json::String(in_words(at, zone, language)));
        (name.clone(), words.unwrap_or_else(|| value.clone()))
    };
    about.state.variables().iter().map(shown).collect()
}

/// What a notice says of what was taken away.
pub(super) fn stopped(about: &About<'_>, language: Language) -> Option<Stopped> {
    let taken = about.delivery.stopped.as_ref()?;
    let (zh, en) = match taken.how {
        StoppedHow::Cancelled => ("取消", "cancelled"),
        StoppedHow::Voided => ("作废", "voided"),
        StoppedHow::Terminated => ("终止", "terminated"),
        StoppedHow::Withdrawn => ("撤回", "withdrawn"),
        StoppedHow::TakenBack => ("拿回", "taken back"),
        StoppedHow::Returned => ("退回", "returned"),
    };
    let how = match language {
        Language::Zh => zh,
        Language::En => en,
    };
    let node = about.definition.and_then(|definition| definition.node(taken.node.as_str()));
    Some(Stopped {
        how: how.to_owned(),
        reason: taken.reason.clone(),
        node: node.map_or(taken.node.as_str(), |node| node.label(language)).to_owned(),
    })
}

/// What the values of a case's documents are called.
pub(super) fn words(about: &About<'_>, zone: Zone) -> Words {
    let documents = about.definition.map(engine::definition::Definition::documents);
    let forms = documents.into_iter().flatten();
    let forms = forms.map(|(name, own)| (name.to_string(), own.form.clone()));
    Words::new(forms.collect()).in_zone(zone)
}

/// What a notice of an extension says of it.
pub(super) fn extension(delivery: &Delivery, language: Language) -> Option<Extension> {
    let Extended { working, reason } = delivery.extension.as_ref()?;
    Some(Extension {
        reason: reason.clone(),
        until: working.end(),
        working: working.sentence(language),
    })
}

/// What is active and no task, such as a sub-process in which people choose what to do.
pub(super) fn active_node(about: &About<'_>, language: Language, url: &str) -> Option<Task> {
    let key = u32::try_from(about.delivery.key).ok().filter(|key| *key != 0)?;
    let node = &about.state.activation(Key(key))?.node;
    let node = about.definition?.node(node.as_str())?;
    let item = item::told(about, None, language);
    Some(Task {
        name: item::with(node.label(language), item.as_ref(), language),
        item,
        basis: node.element().basis().map(str::to_owned),
        due: None,
        working: None,
        assignee: None,
        absent: None,
        absent_reason: None,
        outcome: None,
        comment: None,
        url: format!("{url}/cases/{}", about.delivery.instance),
    })
}
