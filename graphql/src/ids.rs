//! Global ids: opaque to whoever holds one (Relay). Inside is the kind of the object and its key,
//! in base64url, so that nobody takes one apart or makes one up. What is behind an id is read by
//! `node`; who may see it is not known here.

use async_graphql::{ID, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use engine::ids::{InstanceId, Key};
use engine::text::Language;

use crate::error;

/// Bytes of the longest id that is read.
const ID_BYTES_MAX: usize = 1_000;

/// What an id names: every kind of object that has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GlobalId {
    /// A case.
    Instance(i64),
    /// A task: its case and its key.
    Task(i64, i64),
    /// An intake: its case and its key.
    Intake(i64, i64),
    /// A page: its case and its key.
    Page(i64, i64),
    /// Work for a machine: its case and its key.
    Job(i64, i64),
    /// A person, by the word that packs and commands name them by.
    Person(String),
    /// A process in one of its versions.
    ProcessDefinition(String, u32),
    /// A register by name.
    Register(String),
    /// An entry of a register: register, case, key, number.
    RegisterEntry(String, i64, i64, String),
    /// An uploaded file by its hash.
    Attachment(String),
    /// An uploaded file that a document of a case refers to: its hash, the case.
    AttachmentOfCase(String, i64),
    /// An uploaded file that a page shows: its hash, the case and the key of the page.
    AttachmentOfPage(String, i64, i64),
    /// A version of a document: its case, the document, the number.
    DocumentVersion(i64, String, i64),
    /// A notice to one recipient.
    Notice(String),
    /// One who does the tasks of another for a time.
    Deputy(String),
}

impl GlobalId {
    /// What is inside the id.
    fn plain(&self) -> String {
        match self {
            Self::Instance(id) => format!("Instance:{id}"),
            Self::Task(id, key) => format!("Task:{id}/{key}"),
            Self::Intake(id, key) => format!("Intake:{id}/{key}"),
            Self::Page(id, key) => format!("Page:{id}/{key}"),
            Self::Job(id, key) => format!("Job:{id}/{key}"),
            Self::Person(person) => format!("Person:{person}"),
            Self::ProcessDefinition(process, version) => {
                format!("ProcessDefinition:{version}/{process}")
            }
            Self::Register(register) => format!("Register:{register}"),
            Self::RegisterEntry(register, id, key, number) => {
                format!("RegisterEntry:{id}/{key}/{register}/{number}")
            }
            Self::Attachment(hash) => format!("Attachment:{hash}"),
            Self::AttachmentOfCase(hash, id) => format!("Attachment:{hash}/{id}"),
            Self::AttachmentOfPage(hash, id, key) => format!("Attachment:{hash}/{id}/{key}"),
            Self::DocumentVersion(id, document, version) => {
                format!("DocumentVersion:{id}/{version}/{document}")
            }
            Self::Notice(notice) => format!("Notice:{notice}"),
            Self::Deputy(deputy) => format!("Deputy:{deputy}"),
        }
    }

    /// The id as a client gets it.
    pub(crate) fn to_id(&self) -> ID {
        ID(BASE64.encode(self.plain()))
    }

    /// What an id names; none where it is none of ours.
    fn read(id: &str) -> Option<Self> {
        if id.len() > ID_BYTES_MAX {
            return None;
        }
        let plain = String::from_utf8(BASE64.decode(id).ok()?).ok()?;
        // None of ours has any, and no database keeps a text with U+0000.
        if plain.contains(char::is_control) {
            return None;
        }
        let (kind, rest) = plain.split_once(':')?;
        let pair = |rest: &str| {
            let (id, key) = rest.split_once('/')?;
            Some((id.parse().ok()?, key.parse().ok()?))
        };
        let found = match kind {
            "Instance" => Self::Instance(rest.parse().ok()?),
            "Task" => pair(rest).map(|(id, key)| Self::Task(id, key))?,
            "Intake" => pair(rest).map(|(id, key)| Self::Intake(id, key))?,
            "Page" => pair(rest).map(|(id, key)| Self::Page(id, key))?,
            "Job" => pair(rest).map(|(id, key)| Self::Job(id, key))?,
            "Person" => Self::Person(rest.to_owned()),
            "ProcessDefinition" => {
                let (version, process) = rest.split_once('/')?;
                Self::ProcessDefinition(process.to_owned(), version.parse().ok()?)
            }
            "Register" => Self::Register(rest.to_owned()),
            "RegisterEntry" => {
                let mut parts = rest.splitn(4, '/');
                let (id, key) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
                let (register, number) = (parts.next()?.to_owned(), parts.next()?.to_owned());
                Self::RegisterEntry(register, id, key, number)
            }
            "Attachment" => {
                let mut parts = rest.splitn(3, '/');
                let hash = parts.next()?.to_owned();
                match (parts.next(), parts.next()) {
                    (None, _) => Self::Attachment(hash),
                    (Some(id), None) => Self::AttachmentOfCase(hash, id.parse().ok()?),
                    (Some(id), Some(key)) => {
                        Self::AttachmentOfPage(hash, id.parse().ok()?, key.parse().ok()?)
                    }
                }
            }
            "Notice" => Self::Notice(rest.to_owned()),
            "Deputy" => Self::Deputy(rest.to_owned()),
            "DocumentVersion" => {
                let mut parts = rest.splitn(3, '/');
                let (id, version) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
                Self::DocumentVersion(id, parts.next()?.to_owned(), version)
            }
            _ => return None,
        };
        // Only one spelling of an id is an id.
        (found.plain() == plain).then_some(found)
    }

    /// What an argument's id names.
    pub(crate) fn of(language: Language, field: &str, id: &ID) -> Result<Self> {
        Self::read(id).ok_or_else(|| error::bad_id(language, field, None))
    }
}

/// The case that an argument names.
pub(crate) fn read_instance(language: Language, field: &str, id: &ID) -> Result<InstanceId> {
    match GlobalId::read(id) {
        Some(GlobalId::Instance(id)) => Ok(InstanceId(id)),
        _ => Err(error::bad_id(language, field, Some("Instance"))),
    }
}

/// The case and the key of the task that an argument names.
pub(crate) fn read_task(language: Language, field: &str, id: &ID) -> Result<(InstanceId, Key)> {
    match GlobalId::read(id) {
        Some(GlobalId::Task(id, key)) => part(id, key),
        _ => None,
    }
    .ok_or_else(|| error::bad_id(language, field, Some("Task")))
}

/// The case and the key of the intake that an argument names.
pub(crate) fn read_intake(language: Language, field: &str, id: &ID) -> Result<(InstanceId, Key)> {
    match GlobalId::read(id) {
        Some(GlobalId::Intake(id, key)) => part(id, key),
        _ => None,
    }
    .ok_or_else(|| error::bad_id(language, field, Some("Intake")))
}

/// The case and the key of the job that an argument names.
pub(crate) fn read_job(language: Language, field: &str, id: &ID) -> Result<(InstanceId, Key)> {
    match GlobalId::read(id) {
        Some(GlobalId::Job(id, key)) => part(id, key),
        _ => None,
    }
    .ok_or_else(|| error::bad_id(language, field, Some("Job")))
}

/// The case and the key of the page that an argument names.
pub(crate) fn read_page(language: Language, field: &str, id: &ID) -> Result<(i64, i64)> {
    match GlobalId::read(id) {
        Some(GlobalId::Page(id, key)) => Ok((id, key)),
        _ => Err(error::bad_id(language, field, Some("Page"))),
    }
}

/// The notice that an argument names.
pub(crate) fn read_notice(language: Language, field: &str, id: &ID) -> Result<String> {
    match GlobalId::read(id) {
        Some(GlobalId::Notice(notice)) => Ok(notice),
        _ => Err(error::bad_id(language, field, Some("Notice"))),
    }
}

/// The standing deputy that an argument names.
pub(crate) fn read_deputy(language: Language, field: &str, id: &ID) -> Result<String> {
    match GlobalId::read(id) {
        Some(GlobalId::Deputy(deputy)) => Ok(deputy),
        _ => Err(error::bad_id(language, field, Some("Deputy"))),
    }
}

/// The word that a person's id stands for.
pub(crate) fn read_person(language: Language, field: &str, id: &ID) -> Result<String> {
    match GlobalId::read(id) {
        Some(GlobalId::Person(person)) => Ok(person),
        _ => Err(error::bad_id(language, field, Some("Person"))),
    }
}

/// The key by which cases wait for a message, as they have it: the id of a case is the number in it,
/// which is what `instance.id` gives in a definition. Nobody waits for the id of anything else.
pub(crate) fn read_correlation(language: Language, field: &str, given: &str) -> Result<String> {
    match GlobalId::read(given) {
        None => Ok(given.to_owned()),
        Some(GlobalId::Instance(id)) => Ok(id.to_string()),
        Some(_) => {
            let zh = "应为流程等待消息时所用的关联键，或案件的 id，而不是其他对象的 id";
            let en = "expected the key that a process waits with, or the id of a case, found the id \
                      of something else";
            Err(error::bad_argument(language, field, zh, en))
        }
    }
}

fn part(id: i64, key: i64) -> Option<(InstanceId, Key)> {
    Some((InstanceId(id), Key(u32::try_from(key).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::{GlobalId, Language, read_correlation, read_instance};
    use async_graphql::ID;

    #[test]
    fn an_id_has_one_spelling() {
        let id = GlobalId::Instance(12).to_id();
        assert_eq!(id.as_str(), "SW5zdGFuY2U6MTI");
        for other in ["SW5zdGFuY2U6MTI=", "SW5zdGFuY2U6MTJ", "SW5zdGFuY2U6MT", "SW5zdGFuY2U6MDEy"] {
            assert_eq!(GlobalId::read(other), None, "{other}");
        }
    }

    #[test]
    fn an_id_reads_as_it_writes() {
        for id in [
            GlobalId::Instance(12),
            GlobalId::Task(12, 3),
            GlobalId::Intake(12, 3),
            GlobalId::Page(12, 3),
            GlobalId::Job(12, 3),
            GlobalId::Person("li/wang:1".into()),
            GlobalId::ProcessDefinition("permit".into(), 4),
            GlobalId::Register("permits".into()),
            GlobalId::RegisterEntry("permits".into(), 12, 3, "许〔2026〕0001/号".into()),
            GlobalId::Attachment("ab".into()),
            GlobalId::DocumentVersion(12, "plan".into(), 2),
            GlobalId::Notice("12.3.1.0.li".into()),
            GlobalId::Deputy("12.ab".into()),
        ] {
            assert_eq!(GlobalId::read(&id.to_id()), Some(id));
        }
    }

    #[test]
    fn a_message_finds_a_case_by_its_id_and_nothing_by_the_id_of_anything_else() {
        let read = |given: &str| read_correlation(Language::En, "input.correlation", given);
        for (given, key) in [("SW5zdGFuY2U6MTI", "12"), ("12", "12"), ("P2026-0001", "P2026-0001")]
        {
            assert_eq!(read(given).ok().as_deref(), Some(key), "{given}");
        }
        let refused = read(&GlobalId::Task(12, 3).to_id()).expect_err("nobody waits for it");
        let said = refused.extensions.as_ref().expect("it has a code");
        assert_eq!(said.get("code"), Some(&"BAD_ARGUMENT".into()));
        assert_eq!(said.get("field"), Some(&"input.correlation".into()));
    }

    #[test]
    fn what_is_no_id_of_ours_is_told_by_its_code() {
        for text in ["", "12", "Instance:12", "SW5zdGFuY2U6MDEy", &"A".repeat(2_000)] {
            let refused =
                read_instance(Language::En, "id", &ID(text.to_owned())).expect_err("it is none");
            let code = refused.extensions.as_ref().and_then(|all| all.get("code").cloned());
            assert_eq!(code, Some("BAD_ID".into()), "{text}");
        }
    }
}
