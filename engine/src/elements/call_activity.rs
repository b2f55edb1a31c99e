//! Begins a case of another process and waits for its end, or lets it have its own life.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Behavior, Source};
use crate::command::{Command, Content, Request, called};
use crate::definition::Compiler;
use crate::definition::source::FieldRight;
use crate::event::Event;
use crate::expression::{Expression, Type};
use crate::form::Rights;
use crate::ids::{ErrorCode, FormName, Hash, Key};
use crate::problem::{Problem, did_you_mean};
use crate::rejection::{Need, Rejection};
use crate::step::{BAD_PAYLOAD, Before, Halt, Leave, Step};

use indexmap::IndexMap;

use crate::ids::{DocumentName, ProcessName};

super::node! {
    /// Begins a case of another process.
    pub struct CallActivity {
        /// The process.
        pub process: ProcessName,
        /// The called case's first documents: its document, and the expression that gives it.
        #[serde(default, rename = "in")]
        pub give: IndexMap<DocumentName, String>,
        /// What comes back: our document, and the called case's. Of a list of ours that was given to it,
        /// what it added.
        #[serde(default, rename = "out")]
        pub take: IndexMap<DocumentName, DocumentName>,
        /// Whether to wait for its end; it does by default.
        #[serde(default = "super::truth")]
        pub wait: bool,
    }
}

impl Source for CallActivity {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let library = compiler.library;
        let called = library.processes.get(&self.process);
        if called.is_none() {
            let known = library.processes.keys().map(ProcessName::as_str);
            let message = format!("expected a process of the pack, found `{}`", self.process);
            let problem = Problem::error("unknownProcess", message)
                .maybe_hint(did_you_mean(self.process.as_str(), known));
            compiler.report(&["process"], problem);
        }
        let mut give = Vec::new();
        for (theirs, text) in &self.give {
            unknown_theirs(compiler, called, &["in", theirs.as_str()], theirs);
            let value = compiler.expression(&["in", theirs.as_str()], text, None);
            let theirs_is = called.and_then(|called| called.get(theirs));
            if let (Some(value), Some((form, list))) = (&value, theirs_is) {
                check_given(compiler, theirs, value, form, *list);
            }
            give.extend(value.map(|value| (theirs.clone(), value)));
        }
        for (ours, theirs) in &self.take {
            compiler.document(&["out", ours.as_str()], ours);
            unknown_theirs(compiler, called, &["out", ours.as_str()], theirs);
            if let Some((form, list)) = called.and_then(|called| called.get(theirs)) {
                check_taken(compiler, ours, form, *list);
            }
        }
        let take = self.take.iter().map(|(ours, theirs)| (ours.clone(), theirs.clone())).collect();
        Some(Arc::new(Call { process: self.process.clone(), give, take, wait: self.wait }))
    }

    fn rests_on(&self) -> Vec<(&'static str, String)> {
        vec![("process", self.process.to_string())]
    }

    fn waits(&self) -> bool {
        self.wait
    }

    fn is_activity(&self) -> bool {
        true
    }
}

fn unknown_theirs(
    compiler: &mut Compiler<'_>,
    called: Option<&BTreeMap<DocumentName, (crate::ids::FormName, bool)>>,
    keys: &[&str],
    theirs: &DocumentName,
) {
    let Some(called) = called else { return };
    if !called.contains_key(theirs) {
        let known = called.keys().map(DocumentName::as_str);
        let message = format!("expected a document of the called process, found `{theirs}`");
        let problem =
            Problem::error("unknownDocument", message).maybe_hint(did_you_mean(theirs.as_str(), known));
        compiler.report(keys, problem);
    }
}

/// What is given must fit the form of the called case's document.
fn check_given(
    compiler: &mut Compiler<'_>,
    theirs: &DocumentName,
    given: &Expression,
    form: &FormName,
    list: bool,
) {
    // What was published when nobody asked that runs on.
    if compiler.library.as_written {
        return;
    }
    let Some(form) = compiler.library.forms.get(form).cloned() else { return };
    let is_list = matches!(given.ty(), Type::List(_));
    // Of a list each entry becomes one of theirs, if that is a list.
    let problems = if list && is_list { Vec::new() } else { form.misfits(given) };
    for problem in problems {
        compiler.report(&["in", theirs.as_str()], problem);
    }
}

/// What comes back must fit the form of our document.
fn check_taken(
    compiler: &mut Compiler<'_>,
    ours: &DocumentName,
    theirs: &FormName,
    is_list: bool,
) {
    if compiler.library.as_written {
        return;
    }
    let Some(own) = compiler.source.documents.get(ours) else { return };
    let forms = &compiler.library.forms;
    let (Some(own_form), Some(form)) = (forms.get(&own.form), forms.get(theirs)) else { return };
    let mut problems = own_form.misfits_of(form);
    if is_list && !own.list {
        let message = format!("expected `{ours}` to be a list, since what comes back is one");
        problems.push(Problem::error("wrongType", message));
    }
    for problem in problems {
        compiler.report(&["out", ours.as_str()], problem);
    }
}

#[derive(Debug)]
struct Call {
    process: ProcessName,
    give: Vec<(DocumentName, Expression)>,
    take: Vec<(DocumentName, DocumentName)>,
    wait: bool,
}

/// Documents by the contents of their entries.
type Entries = BTreeMap<DocumentName, Vec<Hash>>;

impl Call {
    /// Entries of ours that the called case began with: they are there already, and come back as they were.
    fn lent(
        &self,
        step: &Step<'_>,
        key: Key,
        (ours, theirs): (&DocumentName, &DocumentName),
        given: &Entries,
    ) -> Vec<Hash> {
        let gives = |(name, value): &(DocumentName, Expression)| {
            name == theirs && value.references().contains(ours.as_str())
        };
        if !step.is_list(ours) || !self.give.iter().any(gives) {
            return Vec::new();
        }
        let mut there = match step.activation(key).item {
            None => step.kept_entries(key, ours),
            Some(_) => step.entries(ours).to_vec(),
        };
        let mut is_there = |hash: &&Hash| {
            let at = there.iter().position(|one| one == *hash);
            at.map(|at| there.swap_remove(at)).is_some()
        };
        given.get(theirs).into_iter().flatten().filter(|hash| is_there(hash)).cloned().collect()
    }

    fn ended(
        &self,
        step: &mut Step<'_>,
        key: Key,
        outcome: Option<&crate::ids::OutcomeName>,
        (documents, given): (&Entries, &Entries),
        error: Option<(&ErrorCode, Option<&String>)>,
    ) -> Result<(), Halt> {
        let mut taken = Vec::new();
        for (ours, theirs) in &self.take {
            let mut lent = self.lent(step, key, (ours, theirs), given);
            for hash in documents.get(theirs).into_iter().flatten() {
                if let Some(at) = lent.iter().position(|one| one == hash) {
                    lent.swap_remove(at);
                    continue;
                }
                let Some(value) = step.facts.documents.get(hash).cloned() else {
                    step.need(Need::Document(hash.clone()));
                    continue;
                };
                taken.push((ours, Content { hash: hash.clone(), value }));
            }
        }
        if step.has_needs() {
            return Err(Halt::Needs);
        }
        step.emit(Event::CallEnded { key, outcome: outcome.cloned() });
        let misfits = Self::write(step, key, taken)?;
        match error {
            Some((code, why)) => {
                let why = why.cloned().unwrap_or_default();
                let message = match code.as_str() {
                    called::NOT_BEGUN => format!("no case of `{}` could begin: {why}", self.process),
                    // What it says was thrown further in, for people.
                    _ => format!("{why}{misfits}"),
                };
                let thrown = step.throw_error(key, code, &message);
                step.settle(key, thrown).map(|_| ())
            }
            None if misfits.is_empty() => step.complete(key, Leave::Next),
            None => {
                let message = format!(
                    "expected what the called case of `{}` gives to fit{misfits}",
                    self.process
                );
                step.fail(key, BAD_PAYLOAD, message);
                Ok(())
            }
        }
    }
}

impl Call {
    /// Writes what came back. What does not fit its form is not written, and is what is given back:
    /// words for whoever repairs it.
    fn write(
        step: &mut Step<'_>,
        key: Key,
        taken: Vec<(&DocumentName, Content)>,
    ) -> Result<String, Halt> {
        let (mut opened, mut misfits) = (Vec::new(), String::new());
        let rights = Rights::all(FieldRight::Edit);
        for (ours, content) in taken {
            // Of several calls the list began with the first.
            let begins = !opened.contains(&ours) && step.activation(key).item.is_none();
            let kept = if begins { step.kept_entries(key, ours) } else { Vec::new() };
            let before = if begins { Before::These(&kept) } else { Before::All };
            let fits = step.checked(ours, &rights, &content).and_then(|checked| {
                step.compare(ours, &rights, &checked.value, before).map(|()| checked)
            });
            let checked = match fits {
                Ok(checked) => checked,
                Err(Halt::Reject(rejection)) => {
                    misfits = format!("{misfits}; {}", rejection.with_fields());
                    continue;
                }
                Err(halt) => return Err(halt),
            };
            if begins {
                step.begin_list(key, ours);
            }
            opened.push(ours);
            step.write(key, ours, checked);
        }
        Ok(misfits)
    }
}

impl Behavior for Call {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let mut documents = BTreeMap::new();
        let mut contents = Vec::new();
        for (theirs, expression) in &self.give {
            let value = step.evaluate(expression, key)?;
            if value.is_null() {
                continue;
            }
            let content = Content::new(value);
            documents.insert(theirs.clone(), content.hash.clone());
            contents.push(content);
        }
        step.keep(contents);
        let process = self.process.clone();
        let origin = step.instance.originator().cloned();
        step.request(Request::StartCase { process, key, documents, wait: self.wait, origin });
        if self.wait { step.wait_for_call(key); Ok(()) } else { step.complete(key, Leave::Next) }
    }

    fn command(&self, step: &mut Step<'_>, key: Key, command: &Command) -> Result<(), Halt> {
        match command {
            Command::EndCall { outcome, documents, given, error, message, .. } => {
                let error = error.as_ref().map(|code| (code, message.as_ref()));
                self.ended(step, key, outcome.as_ref(), (documents, given), error)
            }
            Command::ReceiveEscalation { code, .. } => step.escalate(key, code, None),
            other => {
                let expected = format!("something that can do `{}`", other.name());
                Err(Rejection::WrongKind { key, expected }.into())
            }
        }
    }
}
