//! What a template can name, as its places are filled. How they are filled is `template`.

use std::collections::BTreeMap;

use serde::Serialize;

/// What a template can name: `{{ case.title }}`. What is not there is left out; to print it is an
/// error, to ask `{% if task %}` is not.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// The installation.
    pub site: Site,
    /// The case it is about.
    pub case: Case,
    /// The task it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// The submission that it is a receipt for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<Submission>,
    /// The extension that it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// What it tells was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// Who reads it.
    pub recipient: Reader,
    /// The case's documents by name, as they are now.
    pub documents: BTreeMap<String, serde_json::Value>,
    /// The case's variables by name, as they are now; a point in time in words, in the zone of the
    /// case's calendar.
    pub variables: BTreeMap<String, serde_json::Value>,
}

/// The installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// What it calls itself.
    pub name: String,
    /// Where the console is, without a slash at the end.
    pub url: String,
}

/// A case as a notice names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Its number for people.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// The process, by its name for people.
    pub process: String,
    /// Who began it, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starter: Option<String>,
    /// How it ended: the outcome of its end event, as the definition calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// How it ended, in words: the name of its end event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome_label: Option<String>,
    /// Its page.
    pub url: String,
}

/// A task as a notice names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// What is to be done; of a list, with the item that it is about.
    pub name: String,
    /// The item of a list that it is about: what it is called, or which of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The clause it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// When it is due, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// How that was counted, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working: Option<String>,
    /// Who has it, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// For whom they do it since that one is away, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
    /// Why that one is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent_reason: Option<String>,
    /// How it was decided, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What was said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Its page.
    pub url: String,
}

/// What was handed in to an intake, as a receipt names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Submission {
    /// When it was received, to the second, in the zone of the case's calendar and with its offset.
    pub received_at: String,
    /// SHA-256 of what was handed in, in hexadecimal.
    pub hash: String,
    /// The intake, by its name for people.
    pub intake: String,
    /// Who handed it in, by name; none of the public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Its number within the intake; none of the public, who cannot name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
}

/// A longer time for a task or an intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Extension {
    /// Why.
    pub reason: String,
    /// Until when, in words.
    pub until: String,
    /// How that was counted, in a sentence.
    pub working: String,
}

/// A task or an intake that was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// How, in words: 撤回, 作废, 终止, 取消, 退回, 拿回.
    pub how: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What, by its name for people.
    pub node: String,
}

/// Whoever reads a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reader {
    /// The name, or the mail address where there is no name.
    pub name: String,
}
