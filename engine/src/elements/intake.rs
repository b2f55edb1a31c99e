//! Takes submissions until a deadline: comments, applications, objections.

mod admission;
mod closing;
mod extending;
mod once;
mod receipt;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Behavior, Source, Way, WayKind};
use crate::actor::Principal;
use crate::clock::Working;
use crate::command::{Command, Content};
use crate::definition::source::{Count, FieldRight, OneOrMany, Time};
use crate::definition::{Compiler, Dynamic, Extension, When};
use crate::event::{Event, Recipient, TimerPurpose};
use crate::form::Rights;
use crate::ids::{DocumentName, FormName, Key, NodeName, RoleName};
use crate::instance::{Submission, Timer, Waiting};
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::step::{Before, Halt, Step};
use crate::time::Timestamp;

use admission::{Admission, Submitter};
use closing::closed_before;
pub use admission::AdmissionSource;
pub use once::Once;

super::node! {
    /// Open for submissions until it closes.
    pub struct Intake {
        /// The form of a submission; must be that of `into` where both are named.
        #[serde(default)]
        pub form: Option<FormName>,
        /// Who may submit: `public`, or roles.
        #[serde(deserialize_with = "crate::definition::source::submitters")]
        pub from: OneOrMany<String>,
        /// Nothing reads it: what is handed in comes by the portal and the API.
        #[serde(default)]
        pub channels: Vec<String>,
        /// When it opens; at once where nothing is said. On a day that is named it opens as the day
        /// begins. A period of `closes` is counted from then.
        #[serde(default)]
        pub opens: Option<Time>,
        /// When it closes.
        pub closes: Time,
        /// Roles that may let it stay open longer, once, where `closes` says `extend: once`; those that
        /// `extend` names `by` may as well.
        #[serde(default)]
        pub extended_by: OneOrMany<RoleName>,
        /// Nobody reads the submissions before it closes. Without it they are read as they come: by whoever
        /// reads the list in the case, and by the roles whose tasks are going to show it.
        #[serde(default)]
        pub sealed: bool,
        /// One valid submission a person, or a unit (`once: unit`); a new one replaces the old. Where it is
        /// the unit's, each of its people replaces and takes back what another of them handed in.
        #[serde(default)]
        pub once: Once,
        /// What must hold for something to be handed in: about who hands in, about what is handed in,
        /// about the case.
        #[serde(default, rename = "where")]
        pub admission: OneOrMany<AdmissionSource>,
        /// The field of the form with the mail address that the receipt goes to, such as
        /// `contact.email`. Where nothing is filled in there, or nothing is said here, it goes to
        /// whoever is signed in.
        #[serde(default)]
        pub receipt_to: Option<String>,
        /// The list they become.
        pub into: DocumentName,
        /// Where it goes when nothing came.
        #[serde(default)]
        pub none: Option<GoTo>,
        /// Where it goes when fewer came than needed.
        #[serde(default)]
        pub fewer: Option<Fewer>,
    }
}

/// A way to another node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoTo {
    /// The node.
    pub to: NodeName,
}

/// A way to another node when there are too few.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fewer {
    /// At least so many: a number, or an expression.
    pub than: Count,
    /// The node.
    pub to: NodeName,
    /// Whether what came stays unread then: it does not become entries of the list, as too few bids are
    /// given back unopened. Of a sealed intake.
    #[serde(default)]
    pub unopened: bool,
}

impl Source for Intake {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let document = compiler.document(&["into"], &self.into).cloned();
        if let Some(document) = &document {
            if !document.list {
                let message = format!("expected a list (`list: true`), but `{}` is none", self.into);
                compiler.report(&["into"], Problem::error("notAList", message));
            }
            if self.form.as_ref().is_some_and(|form| *form != document.form) {
                let message = format!("expected the form of `{}`, `{}`", self.into, document.form);
                compiler.report(&["form"], Problem::error("otherForm", message));
            }
        }
        let admission = Admission::compile(compiler, (&self.into, self.sealed), &self.admission);
        receipt::check(compiler, &self.into, self.receipt_to.as_deref());
        let mut roles = Vec::new();
        for from in self.from.as_slice().iter().filter(|from| *from != "public") {
            let role = RoleName::new(from);
            compiler.role(&["from"], &role);
            roles.push(role);
        }
        let closes = compiler.time(&["closes"], &self.closes);
        self.check_extension(compiler, closes.as_ref());
        let opens = self.opens.as_ref().and_then(|opens| compiler.time(&["opens"], opens));
        let fewer = self
            .fewer
            .as_ref()
            .and_then(|fewer| compiler.dynamic(&["fewer", "than"], &fewer.than.0, None));
        let unopened = self.fewer.as_ref().is_some_and(|fewer| fewer.unopened);
        if unopened && !self.sealed {
            let message = "expected `sealed: true` beside it: what everybody has read stays read";
            compiler.report(&["fewer", "unopened"], Problem::error("ignoredKey", message));
        }
        Some(Arc::new(Window {
            public: self.from.as_slice().iter().any(|from| from == "public"),
            roles,
            opens,
            closes: closes?,
            extended_by: self.extended_by.as_slice().to_vec(),
            sealed: self.sealed,
            once: self.once,
            admission,
            receipt_to: self.receipt_to.clone(),
            into: self.into.clone(),
            fewer,
            unopened,
        }))
    }

    fn ways(&self) -> Vec<Way> {
        let none = self.none.iter().map(|none| Way {
            keys: vec!["none".into(), "to".into()],
            to: none.to.clone(),
            kind: WayKind::None,
        });
        let fewer = self.fewer.iter().map(|fewer| Way {
            keys: vec!["fewer".into(), "to".into()],
            to: fewer.to.clone(),
            kind: WayKind::Fewer,
        });
        none.chain(fewer).collect()
    }

    fn waits(&self) -> bool {
        true
    }

    fn is_activity(&self) -> bool {
        true
    }
}

/// An intake, compiled.
#[derive(Debug)]
struct Window {
    public: bool,
    roles: Vec<RoleName>,
    opens: Option<When>,
    closes: When,
    /// Beside those whom `closes` names.
    extended_by: Vec<RoleName>,
    sealed: bool,
    once: Once,
    admission: Vec<Admission>,
    receipt_to: Option<String>,
    into: DocumentName,
    fewer: Option<Dynamic>,
    /// Whether what came stays unread where that is too few.
    unopened: bool,
}

impl Window {
    fn open(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let working = self.closes.deadline(step, key)?;
        let until = working.until;
        if until <= step.now() {
            return Err(closed_before(step.now(), until));
        }
        let extenders = self.extenders_of_unit(step, key)?;
        step.emit(Event::IntakeOpened {
            key,
            document: self.into.clone(),
            from: step.now(),
            until,
            working: Some(Box::new(working)),
            sealed: self.sealed,
            extenders,
        });
        step.arm(key, until, TimerPurpose::Closes, None::<Working>);
        Ok(())
    }

    /// The window that is open now.
    fn submissions<'s>(step: &'s Step<'_>, key: Key) -> Result<&'s [Submission], Halt> {
        let received = step.now();
        if let Waiting::Nothing = step.activation(key).waiting
            && step.activation(key).incident.is_some()
        {
            return Err(step.unless_at_incident(key, Rejection::NotOpen { key }));
        }
        let (from, until, submissions) = match &step.activation(key).waiting {
            Waiting::Submissions { from, until, submissions, .. } => (*from, *until, &submissions[..]),
            Waiting::Nothing
            | Waiting::Task { .. }
            | Waiting::Items { .. }
            | Waiting::Job { .. }
            | Waiting::Call
            | Waiting::Choosing { .. }
            | Waiting::Listener
            | Waiting::Compensating { .. } => {
                let opens = step.activation(key).timers.values().map(|timer| timer.at).min();
                (opens.unwrap_or(Timestamp::NEVER), Timestamp::NEVER, &[][..])
            }
        };
        if received < from || received >= until {
            return Err(Rejection::IntakeClosed { from, until, received }.into());
        }
        Ok(submissions)
    }

    fn submit(
        &self,
        step: &mut Step<'_>,
        key: Key,
        content: &Content,
        replaces: Option<u32>,
    ) -> Result<(), Halt> {
        let Submitter { person, unit } = self.opened_to(step, key)?;
        let submissions = Self::submissions(step, key)?;
        let own = |one: &&Submission| self.once.is_own(one, person.as_ref(), unit.as_ref());
        let replaced = match replaces {
            Some(number) => {
                let found = submissions.iter().filter(own).find(|one| one.number == number);
                Some(found.ok_or(Rejection::SubmissionUnknown { submission: number })?)
            }
            None => self.once.replaced(submissions.iter().filter(own)),
        };
        let (replaces, of) =
            (replaced.map(|one| one.number), replaced.and_then(|one| one.of));
        let submission = u32::try_from(submissions.len()).expect("there are few") + 1;
        // What does not hang on what is handed in is said before it is looked at.
        let submitter = admission::submitter(step, unit.as_ref());
        let before = self.so_far(step, key, submissions, replaces);
        let list = (&self.into, &before[..]);
        Admission::ask_all(&self.admission, step, key, &submitter, None, list)?;
        let rights = Rights::all(FieldRight::Edit);
        let content = step.checked(&self.into, &rights, content)?;
        step.compare(&self.into, &rights, &content.value, Before::These(&before))?;
        Admission::ask_all(&self.admission, step, key, &submitter, Some(&content.value), list)?;
        let account = person.clone().map(Principal::Person).map(Recipient::Principal);
        let address = self.receipt_to.as_ref().and_then(|to| receipt::address(&content.value, to));
        let hash = content.hash.clone();
        step.keep(vec![content]);
        let at = step.now();
        step.emit(Event::SubmissionReceived {
            key,
            submission,
            person,
            unit,
            at,
            hash,
            replaces,
            of,
        });
        step.receipt(key, submission, address.map(Recipient::Address).or(account));
        Ok(())
    }

    fn withdraw(&self, step: &mut Step<'_>, key: Key, number: u32) -> Result<(), Halt> {
        let Submitter { person, unit } = self.submitter(step)?;
        let own = Self::submissions(step, key)?.iter().find(|one| {
            one.number == number && self.once.is_own(one, person.as_ref(), unit.as_ref())
        });
        let Some(of) = own.map(|one| one.of) else {
            return Err(Rejection::SubmissionUnknown { submission: number }.into());
        };
        step.emit(Event::SubmissionWithdrawn { key, submission: number, of });
        Ok(())
    }
}

impl Behavior for Window {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        if let Some(opens) = &self.opens {
            let working = opens.beginning(step, key)?;
            if working.until > step.now() {
                // A day that is named is known already; a period counts from when it opens.
                let closes = self.closes.deadline(step, key)?;
                if closes.is_fixed() && closes.until <= working.until {
                    return Err(closed_before(working.until, closes.until));
                }
                step.arm(key, working.until, TimerPurpose::Opens, Some(working));
                return Ok(());
            }
        }
        self.open(step, key)
    }

    fn extenders(&self) -> Vec<&RoleName> {
        let extension = self.closes.extension.iter().flat_map(Extension::roles);
        self.extended_by.iter().chain(extension).collect()
    }

    fn fire(&self, step: &mut Step<'_>, key: Key, timer: &Timer) -> Result<(), Halt> {
        if timer.purpose == TimerPurpose::Opens { self.open(step, key) } else { self.close(step, key) }
    }

    fn ended_early(&self, step: &mut Step<'_>, key: Key) {
        self.account_for(step, key);
    }

    fn concerned(&self, step: &Step<'_>, key: Key) -> Result<Vec<Recipient>, Halt> {
        self.submitters(step, key)
    }

    fn admits(&self, step: &Step<'_>, key: Key) -> Result<(), Halt> {
        let Submitter { unit, .. } = self.opened_to(step, key)?;
        let submitter = admission::submitter(step, unit.as_ref());
        let before = self.so_far(step, key, Self::submissions(step, key)?, None);
        Admission::ask_all(&self.admission, step, key, &submitter, None, (&self.into, &before))
    }

    fn command(&self, step: &mut Step<'_>, key: Key, command: &Command) -> Result<(), Halt> {
        match command {
            Command::Submit { content, replaces, .. } => {
                self.submit(step, key, content, *replaces)
            }
            Command::ExtendTask { by, reason, .. } => self.extend(step, key, by, reason),
            Command::WithdrawSubmission { submission, .. } => self.withdraw(step, key, *submission),
            other => {
                let expected = format!("something that can do `{}`", other.name());
                Err(Rejection::WrongKind { key, expected }.into())
            }
        }
    }
}
