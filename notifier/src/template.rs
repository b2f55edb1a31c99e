//! The pack's notice templates: checked when a pack is read, filled when a notice goes out. Only
//! text; who gets it and how it travels is not here.

mod context;
mod labels;
mod places;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::ids::NoticeName;
use engine::notice::NoticeSource;
use engine::problem::{Problem, did_you_mean};
use engine::text::Language;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use thiserror::Error;

pub use context::{Case, Context, Extension, Reader, Site, Stopped, Submission, Task};
use places::{offset_of_line, offset_of_name, path};
pub use words::Words;
pub(crate) use words::in_words;

/// Steps that filling one template may take.
const FUEL_MAX: u64 = 50_000;
/// Characters of a subject.
const SUBJECT_MAX: usize = 200;
/// Characters of a body.
const BODY_MAX: usize = 100_000;

/// Every name a template may use; anything may follow `documents.` and `variables.`.
const NAMES: &[&str] = &[
    "site.name",
    "site.url",
    "case.number",
    "case.title",
    "case.process",
    "case.starter",
    "case.outcome",
    "case.outcomeLabel",
    "case.url",
    "task",
    "task.name",
    "task.basis",
    "task.due",
    "task.working",
    "task.item",
    "task.assignee",
    "task.absent",
    "task.absentReason",
    "task.outcome",
    "task.comment",
    "task.url",
    "submission",
    "submission.receivedAt",
    "submission.hash",
    "submission.intake",
    "submission.by",
    "submission.number",
    "extension",
    "extension.reason",
    "extension.until",
    "extension.working",
    "stopped",
    "stopped.how",
    "stopped.reason",
    "stopped.node",
    "recipient.name",
];
/// Names that anything may follow: what a pack calls its own.
const OWN: [&str; 2] = ["documents", "variables"];
/// Functions that the template language brings along.
const FUNCTIONS: &[&str] = &["range", "dict", "namespace"];

const LANGUAGES: [Language; 2] = [Language::Zh, Language::En];

/// A filled template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line, without control characters.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// A template that cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenderError {
    /// The pack has no such template.
    #[error("expected a notice template `{0}` in the pack, found none")]
    Unknown(NoticeName),
    /// It failed on this case's data.
    #[error("the {part} of notice `{notice}` cannot be filled: {message}")]
    Failed {
        /// The template.
        notice: NoticeName,
        /// `subject` or `body`.
        part: &'static str,
        /// Why, with the line.
        message: String,
    },
}

/// All templates of a pack.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    names: BTreeSet<NoticeName>,
    /// What they name of the pack's own.
    own: BTreeSet<OwnName>,
}

/// A name of the pack's own (`documents.plan.name`) in a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnName {
    /// The notice.
    pub notice: NoticeName,
    /// The keys that lead to the text: `subject` or `body`, and the language where there are several.
    pub path: Vec<String>,
    /// The name.
    pub name: String,
    /// Where it stands in the text, in characters from 0.
    pub offset: Option<usize>,
    /// Whether its label is asked for (`| label`).
    pub is_labelled: bool,
}

impl Templates {
    /// Checks all templates; every problem is reported. A problem's path begins with the notice's
    /// name, so that whoever knows its file can place it.
    pub fn compile<'a>(
        sources: impl IntoIterator<Item = &'a NoticeSource>,
    ) -> Result<Self, Vec<Problem>> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_formatter(words::formatted);
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_fuel(Some(FUEL_MAX));
        environment.add_filter("label", words::label);
        environment.add_filter("name", words::name);
        let mut templates = Self { environment, names: BTreeSet::new(), own: BTreeSet::new() };
        let mut problems = Vec::new();
        for source in sources {
            let name = source.notice.as_str();
            if !templates.names.insert(source.notice.clone()) {
                let message = format!("expected each notice once, found `{name}` again");
                problems.push(Problem::error("duplicateNotice", message).under(&[name, "notice"]));
                continue;
            }
            for (part, text) in [("subject", &source.subject), ("body", &source.body)] {
                for language in LANGUAGES {
                    let path = path(part, text, language);
                    let (text, notice) = (text.get(language), &source.notice);
                    let found = templates.add(notice, &path, &key(notice, part, language), text);
                    let found = found.into_iter().map(|it| it.under(&path).under(&[name]));
                    // The same text in both languages has the same problems.
                    problems.extend(found.filter(|it| !problems.contains(it)).collect::<Vec<_>>());
                }
            }
        }
        if problems.is_empty() { Ok(templates) } else { Err(problems) }
    }

    fn add(&mut self, notice: &NoticeName, path: &[String], key: &str, text: &str) -> Vec<Problem> {
        let labels::Rewritten { text: rewritten, labelled } = labels::rewritten(text);
        let added = self.environment.add_template_owned(key.to_owned(), rewritten);
        if let Err(error) = added {
            let offset = error.line().and_then(|line| offset_of_line(text, line));
            return vec![Problem { offset, ..Problem::error("badTemplate", explain(&error)) }];
        }
        let template = self.environment.get_template(key).expect("it was added a moment ago");
        let names: BTreeSet<String> = template.undeclared_variables(true).into_iter().collect();
        let is_own = |name: &&String| name.split('.').next().is_some_and(|own| OWN.contains(&own));
        let own = |name: &String, is_labelled| OwnName {
            notice: notice.clone(),
            path: path.to_vec(),
            name: name.clone(),
            offset: offset_of_name(text, name),
            is_labelled,
        };
        self.own.extend(names.iter().filter(is_own).map(|name| own(name, false)));
        self.own.extend(labelled.iter().filter(is_own).map(|name| own(name, true)));
        let unknown = names.iter().filter_map(|name| {
            unknown(name).map(|it| Problem { offset: offset_of_name(text, name), ..it })
        });
        unknown.collect()
    }

    /// Whether a template names a document of the case.
    pub fn uses_documents(&self, notice: &NoticeName) -> bool {
        let names = |own: &OwnName| own.notice == *notice && own.name.starts_with("documents");
        self.own.iter().any(names)
    }

    /// What the templates name of the pack's own.
    pub fn own_names(&self) -> impl Iterator<Item = &OwnName> {
        self.own.iter()
    }

    /// Fills a template for one reader. What it asks the name of and does not find, `words` notes.
    pub fn render(
        &self,
        notice: &NoticeName,
        language: Language,
        context: &Context,
        words: &Arc<Words>,
    ) -> Result<Rendered, RenderError> {
        if !self.names.contains(notice) {
            return Err(RenderError::Unknown(notice.clone()));
        }
        let values = words::values(context, words, language);
        let fill = |part: &'static str| {
            let template = self.environment.get_template(&key(notice, part, language));
            let filled = template.and_then(|template| template.render(values.clone()));
            filled.map_err(|error| RenderError::Failed {
                notice: notice.clone(),
                part,
                message: explain(&error),
            })
        };
        let (subject, body) = (fill("subject")?, fill("body")?);
        Ok(Rendered { subject: one_line(&subject), body: shortened(body.trim(), BODY_MAX) })
    }
}

/// What is sent where a template is missing or fails: a person hears of it all the same.
pub fn fallback(language: Language, context: &Context) -> Rendered {
    let Context { case, task, site, .. } = context;
    let (about, url) = match task {
        Some(task) => (task.name.as_str(), task.url.as_str()),
        None => (case.process.as_str(), case.url.as_str()),
    };
    let subject = format!("[{}] {}:{about}", site.name, case.title);
    if let Some((task, absent)) = task.as_ref().and_then(|it| Some((it, it.absent.as_ref()?))) {
        let body = deputed(language, case, task, absent);
        return Rendered { subject: one_line(&subject), body };
    }
    let body = match language {
        Language::Zh => {
            format!("案件 {} {} 有新的情况:{about}。\n请登录查看:{url}", case.number, case.title)
        }
        Language::En => {
            format!(
                "Case {} {} has news: {about}.\nPlease look here: {url}",
                case.number, case.title
            )
        }
    };
    Rendered { subject: one_line(&subject), body }
}

/// That a task went to the deputy of one who is away.
fn deputed(language: Language, case: &Case, task: &Task, absent: &str) -> String {
    let Task { name, url, .. } = task;
    let deputy = task.assignee.as_deref().unwrap_or_default();
    let why = task.absent_reason.as_deref().unwrap_or_default();
    let (number, title) = (&case.number, &case.title);
    match language {
        Language::Zh => {
            let why = if why.is_empty() { String::new() } else { format!("（{why}）") };
            format!(
                "案件 {number} {title} 的任务“{name}”原由 {absent} 办理，其外出期间{why}由 {deputy} 代理。\n\
                 请登录查看：{url}"
            )
        }
        Language::En => {
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            format!(
                "“{name}” of case {number} {title} is {absent}'s, who is away{why}: {deputy} does it \
                 for them.\nPlease look here: {url}"
            )
        }
    }
}

fn key(notice: &NoticeName, part: &str, language: Language) -> String {
    format!("{notice}/{language:?}/{part}")
}

/// A problem where a template uses a name that it will never be given.
fn unknown(name: &str) -> Option<Problem> {
    let known = NAMES.iter().any(|it| *it == name || it.split('.').next() == Some(name))
        || FUNCTIONS.contains(&name)
        || name.split('.').next().is_some_and(|first| OWN.contains(&first));
    if known {
        return None;
    }
    let message =
        format!("expected one of {}, documents.…, variables.…; found `{name}`", NAMES.join(", "));
    Some(
        Problem::error("unknownName", message)
            .maybe_hint(did_you_mean(name, NAMES.iter().copied())),
    )
}

/// A template's own error, without its internal name.
fn explain(error: &minijinja::Error) -> String {
    let what = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    match error.line() {
        Some(line) => format!("{what} (line {line})"),
        None => what,
    }
}

/// A subject cannot hold line ends: they would begin another header.
fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    shortened(&words.join(" "), SUBJECT_MAX)
}

fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
