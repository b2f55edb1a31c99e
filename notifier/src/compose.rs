//! From a leased outbox row to a message: looks up whom it is for and what it is about, and fills
//! the template. Nothing is sent here, and whom a notice is for is not decided here.

mod item;
mod of_task;
mod said;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, RwLock};

use engine::calendar::Zone;
use engine::definition::Definition;
use engine::ids::{Hash, PersonId, ProcessName};
use engine::instance::{Instance, Waiting};
use engine::notice::NoticeSource;
use engine::text::{Language, Text};
use engine::time::Timestamp;
use serde_json::Value as Json;
use store::directory::Person;
use store::tables::{instance, task};
use store::workers::Delivery;
use store::{Published, Store, StoreError};

use crate::deliver::Outgoing;
use crate::notice::{Address, Notice, message_id};
use crate::template::{
    Case, Context, Reader, RenderError, Rendered, Site, Templates, Words, fallback,
};

/// What stands between the two languages of one mail.
const BETWEEN: &str = "----";
/// Pack versions whose templates are kept compiled.
const TEMPLATES_MAX: usize = 64;

/// Composes messages.
#[derive(Debug)]
pub struct Composer {
    store: Store,
    site: Site,
    domain: String,
    /// Compiled templates by the hash of their pack.
    templates: RwLock<HashMap<Hash, Arc<Templates>>>,
}

/// What became of a leased row before it was sent.
#[derive(Debug)]
pub enum Composed {
    /// It can be sent.
    Ready(Outgoing),
    /// It never can, for this reason.
    Impossible {
        /// The row.
        id: String,
        /// Why.
        error: String,
    },
}

/// What rows of one batch need, fetched at once.
struct Fetched {
    people: HashMap<String, Person>,
    cases: HashMap<i64, instance::Model>,
    states: HashMap<i64, Arc<Instance>>,
    tasks: HashMap<(i64, i64), task::Model>,
    /// What those are called whose ids are items of lists.
    names: BTreeMap<String, Text>,
}

impl Composer {
    /// A composer. `domain` is what Message-IDs end in.
    pub fn new(store: Store, site: Site, domain: impl Into<String>) -> Self {
        Self { store, site, domain: domain.into(), templates: RwLock::default() }
    }

    /// Composes a batch.
    pub async fn compose(&self, batch: &[Delivery]) -> Result<Vec<Composed>, StoreError> {
        let mut composed = Vec::with_capacity(batch.len());
        let fetched = self.fetch(batch).await?;
        for delivery in batch {
            composed.push(self.one(delivery, &fetched).await?);
        }
        Ok(composed)
    }

    async fn one(&self, delivery: &Delivery, fetched: &Fetched) -> Result<Composed, StoreError> {
        let impossible =
            |error: String| Ok(Composed::Impossible { id: delivery.id.clone(), error });
        let (address, tongue) = match reader(delivery, fetched) {
            Ok(reader) => reader,
            Err(error) => return impossible(error),
        };
        let (Some(case), Some(state)) =
            (fetched.cases.get(&delivery.instance), fetched.states.get(&delivery.instance))
        else {
            return impossible(format!("expected case {}, found none", delivery.instance));
        };
        let published = self.published(state.process(), state.version()).await?;
        let (published, templates) = published.unzip();
        let templates = templates.flatten();
        let notice = delivery.notice.as_str().into();
        let definition = published.as_ref().map(|it| &*it.definition);
        let about = About { delivery, case, state, definition, fetched };
        let zone = published
            .as_ref()
            .and_then(|it| it.calendars.get(it.definition.calendar()))
            .map_or(Zone::UTC, |calendar| calendar.zone());
        let documents = match &templates {
            Some(templates) if templates.uses_documents(&notice) => self.documents(&about).await?,
            Some(_) | None => BTreeMap::new(),
        };
        let rendered = |language, words: &Arc<Words>| {
            let mut context = self.context(&about, &address, language);
            context.submission = said::submission(&about, zone, language);
            context.variables = said::variables(&about, zone, language);
            context.documents.clone_from(&documents);
            filled(delivery, templates.as_deref(), language, (&context, words))
                .map_err(|_| fallback(language, &context))
        };
        let source = published.as_ref().and_then(|it| it.pack.notices.get(&notice));
        let rendered = |words: &Arc<Words>| match tongue {
            Tongue::Unknown if source.is_none_or(is_in_both) => {
                both(rendered(Language::Zh, words), rendered(Language::En, words))
            }
            Tongue::Unknown => plain(rendered(Language::default(), words)),
            Tongue::Of(language) => plain(rendered(language, words)),
        };
        let words = Arc::new(said::words(&about, zone));
        let first = rendered(&words);
        // Only the template knows whose names it asks for.
        let asked = words.asked();
        let rendered = match asked.is_empty() {
            true => first,
            false => rendered(&Arc::new(words.with_names(self.store.names(&asked).await?))),
        };
        Ok(Composed::Ready(self.outgoing(delivery, address, rendered)))
    }

    /// The definition of a case, and its pack's templates, compiled once for each version.
    async fn published(
        &self,
        process: &ProcessName,
        version: u32,
    ) -> Result<Option<(Arc<Published>, Option<Arc<Templates>>)>, StoreError> {
        let Some(published) = self.store.definition(process, version).await? else {
            return Ok(None);
        };
        let pack = &published.pack;
        let known = self.templates.read().ok();
        if let Some(templates) = known.and_then(|known| known.get(&pack.hash).cloned()) {
            return Ok(Some((published, Some(templates))));
        }
        let templates = match Templates::compile(pack.notices.values()) {
            Ok(templates) => Arc::new(templates),
            Err(problems) => {
                let pack = &pack.meta.pack;
                tracing::error!(pack, ?problems, "its notice templates are broken");
                return Ok(Some((published, None)));
            }
        };
        if let Ok(mut known) = self.templates.write() {
            if known.len() >= TEMPLATES_MAX {
                known.clear();
            }
            known.insert(published.pack.hash.clone(), templates.clone());
        }
        Ok(Some((published, Some(templates))))
    }

    fn outgoing(&self, delivery: &Delivery, recipient: Address, rendered: Rendered) -> Outgoing {
        let Rendered { subject, body } = rendered;
        let notice = Notice {
            id: delivery.id.clone(),
            recipient,
            subject,
            body,
            message_id: message_id(&delivery.id, &self.domain),
            thread: Some(message_id(&format!("case-{}", delivery.instance), &self.domain)),
            at: Timestamp(delivery.created_at),
        };
        Outgoing { notice, attempt: u32::try_from(delivery.attempt).unwrap_or(u32::MAX) }
    }

    async fn fetch(&self, batch: &[Delivery]) -> Result<Fetched, StoreError> {
        let cases = sorted(batch.iter().map(|delivery| delivery.instance));
        let tasks = sorted(batch.iter().map(|delivery| (delivery.instance, delivery.key)));
        let rows = self.store.cases_by_id(&cases).await?;
        let tasks = self.store.tasks(&tasks).await?;
        let states = self.store.states(&cases).await?;
        let named = batch.iter().filter_map(|delivery| delivery.recipient.strip_prefix("person:"));
        let starters = rows.iter().filter_map(|row| row.starter.as_deref());
        let assignees = tasks.iter().filter_map(|row| row.assignee.as_deref());
        let submitted = batch.iter().filter_map(|delivery| delivery.submission.as_ref());
        let submitters = submitted.filter_map(|it| it.person.as_ref()).map(PersonId::as_str);
        let open = states.values().flat_map(|state| state.activations().values());
        let away = open.filter_map(|one| match &one.waiting {
            Waiting::Task { away: Some(away), .. } => Some(away.person.as_str()),
            _ => None,
        });
        let people = named.chain(starters).chain(assignees).chain(submitters).chain(away);
        let people = sorted(people.map(str::to_owned));
        let people = self.store.persons(&people).await?;
        let mut fetched = Fetched {
            people: people.into_iter().map(|person| (person.id.clone(), person)).collect(),
            cases: rows.into_iter().map(|row| (row.id, row)).collect(),
            states,
            tasks: tasks.into_iter().map(|row| ((row.instance_id, row.key), row)).collect(),
            names: BTreeMap::new(),
        };
        let ids = sorted(fetched.ids_of_items());
        if !ids.is_empty() {
            fetched.names = self.store.names(&ids).await?;
        }
        Ok(fetched)
    }

    /// Current documents of a case; a list is a list.
    async fn documents(&self, about: &About<'_>) -> Result<BTreeMap<String, Json>, StoreError> {
        let states = about.state.documents();
        let hashes = states.values().flat_map(|state| &state.current);
        let hashes = sorted(hashes.map(|hash| hash.as_str().to_owned()));
        let contents = self.store.contents(&hashes).await?;
        let mut documents = BTreeMap::new();
        for (name, state) in states {
            let current = state.current.iter().filter_map(|hash| contents.get(hash.as_str()));
            let mut current: Vec<Json> = current.map(|content| Json::clone(content)).collect();
            let is_list = about
                .definition
                .and_then(|definition| definition.documents().get(name))
                .is_some_and(|document| document.list);
            if is_list {
                documents.insert(name.to_string(), Json::Array(current));
            } else if let Some(last) = current.pop() {
                documents.insert(name.to_string(), last);
            }
        }
        Ok(documents)
    }

    fn context(&self, about: &About<'_>, reader: &Address, language: Language) -> Context {
        let About { case, definition, fetched, .. } = about;
        let process = definition.map_or(case.process.as_str(), |it| it.name().get(language));
        let name_of = |id: &String| fetched.name_of(id, language);
        let number = case.number.clone().unwrap_or_else(|| case.id.to_string());
        Context {
            site: self.site.clone(),
            case: Case {
                title: case.title.clone().unwrap_or_else(|| format!("{process} {number}")),
                number,
                process: process.to_owned(),
                starter: case.starter.as_ref().map(name_of),
                outcome: case.outcome.clone(),
                outcome_label: said::outcome(about, language),
                url: format!("{}/cases/{}", self.site.url, case.id),
            },
            task: about.task(language, &self.site.url, name_of),
            submission: None,
            extension: said::extension(about.delivery, language),
            stopped: said::stopped(about, language),
            recipient: Reader { name: reader.name.clone().unwrap_or_else(|| reader.email.clone()) },
            documents: BTreeMap::new(),
            variables: BTreeMap::new(),
        }
    }
}

/// What one notice is about.
struct About<'a> {
    delivery: &'a Delivery,
    case: &'a instance::Model,
    state: &'a Instance,
    definition: Option<&'a Definition>,
    fetched: &'a Fetched,
}

/// A notice as its template makes it.
fn filled(
    delivery: &Delivery,
    templates: Option<&Templates>,
    language: Language,
    (context, words): (&Context, &Arc<Words>),
) -> Result<Rendered, RenderError> {
    let notice = delivery.notice.as_str().into();
    let rendered = match templates {
        Some(templates) => templates.render(&notice, language, context, words),
        None => Err(RenderError::Unknown(notice)),
    };
    rendered.inspect_err(|error| {
        // The message names places in the template, never a value of the case.
        tracing::error!(case = delivery.instance, %error, "a plain notice is sent instead");
    })
}

/// What is sent: the notice, or the plain one where its template is missing or fails.
fn plain(rendered: Result<Rendered, Rendered>) -> Rendered {
    rendered.unwrap_or_else(|plain| plain)
}

/// Whether a template says something else in each language.
fn is_in_both(source: &NoticeSource) -> bool {
    [&source.subject, &source.body]
        .iter()
        .any(|text| text.get(Language::Zh) != text.get(Language::En))
}

/// One mail in both languages, for a reader of whom neither is known.
fn both(zh: Result<Rendered, Rendered>, en: Result<Rendered, Rendered>) -> Rendered {
    let (zh, en) = match (zh, en) {
        (Ok(zh), Ok(en)) | (Err(zh), Err(en)) => (zh, en),
        // One language as it was meant is better than with a plain one beside it.
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => return one,
    };
    Rendered {
        subject: format!("{} / {}", zh.subject, en.subject),
        body: format!("{}\n\n{BETWEEN}\n\n{}", zh.body, en.body),
    }
}

impl Fetched {
    /// What an item is called: the name of the person or the unit whose id it is, or itself.
    fn named(&self, item: &str, language: Language) -> String {
        self.names.get(item).map_or(item, |name| name.get(language)).to_owned()
    }

    /// What somebody is called; their id where the directory does not have them.
    fn name_of(&self, id: &str, language: Language) -> String {
        self.people
            .get(id)
            .map_or_else(|| id.to_owned(), |person| person.called(language).to_owned())
    }
}

/// In which language somebody reads.
#[derive(Debug, Clone, Copy)]
enum Tongue {
    /// In this one.
    Of(Language),
    /// Nobody knows: whoever named the address is not signed in.
    Unknown,
}

/// Who reads a notice, and in which language: a plain address in that of whoever named it.
fn reader(delivery: &Delivery, fetched: &Fetched) -> Result<(Address, Tongue), String> {
    let recipient = delivery.recipient.as_str();
    let language_of = |person: &Person| match person.language.as_deref() {
        Some("en") => Language::En,
        Some(_) | None => Language::Zh,
    };
    if let Some(email) = recipient.strip_prefix("mailto:") {
        let submitter = delivery.submission.as_ref().and_then(|it| it.person.as_ref());
        let submitter = submitter.and_then(|person| fetched.people.get(person.as_str()));
        let tongue = submitter.map_or(Tongue::Unknown, |person| Tongue::Of(language_of(person)));
        let name = submitter.map(|person| person.called(language_of(person)).to_owned());
        return Ok((Address { email: email.to_owned(), name }, tongue));
    }
    let id = recipient.strip_prefix("person:").unwrap_or(recipient);
    let Some(person) = fetched.people.get(id) else {
        return Err(format!("expected a person `{id}` in the directory, found none"));
    };
    let Some(email) = person.email.clone().filter(|email| !email.is_empty()) else {
        return Err(format!("expected a mail address of `{id}`, found none"));
    };
    let language = language_of(person);
    let name = Some(person.called(language).to_owned());
    Ok((Address { email, name }, Tongue::Of(language)))
}

/// Each once.
fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    items.into_iter().collect::<BTreeSet<T>>().into_iter().collect()
}
