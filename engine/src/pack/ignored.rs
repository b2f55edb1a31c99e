//! Keys that an element takes and that nothing would read where they stand. What runs is asked
//! nothing here: a pack that was published goes on as it was.

use crate::clock::{DurationSpec, ReminderSpec, Span};
use crate::definition::source::{
    Count, Extend, OneOrMany, Outcome, OutcomeSource, Requirement, Time,
};
use crate::definition::{Definition, Known, Node};
use crate::elements::Element;
use crate::elements::intake::Intake;
use crate::elements::user_task::sign::SignSource;
use crate::elements::user_task::{Dedupe, Starter, UserTask};
use crate::operation::Operation;
use crate::problem::Problem;

/// Reports every key of a process that says nothing, and every value by which nothing could run.
pub(super) fn check(definition: &Definition) -> Vec<Problem> {
    let mut problems = Vec::new();
    // Of a node with a mistake, what goes with a key may be what could not be read.
    for node in definition.nodes().iter().filter(|node| node.known != Known::Nothing) {
        let mut found = Found::default();
        found.of_element(node);
        let notices = definition.notices();
        if let (Element::Intake(intake), None, None) =
            (node.element(), &notices.receipt, &notices.stopped)
        {
            let why = "the process names neither `receipt` nor `stopped` among its `notices`";
            found.ignored(intake.receipt_to.is_some(), &["receiptTo"], why);
        }
        if let Element::Intake(intake) = node.element() {
            found.of_public(intake, definition);
        }
        if let (Element::UserTask(task), None) = (node.element(), &definition.notices().overdue) {
            let tells = task.overdue.as_ref().is_some_and(|it| !it.tell.as_slice().is_empty());
            let why = "the process names no `overdue` among its `notices`";
            found.ignored(tells, &["overdue", "tell"], why);
        }
        let path = node.path(definition);
        problems.extend(found.problems.into_iter().map(|problem| problem.under(&path)));
    }
    problems
}

/// What was found on a node.
#[derive(Default)]
struct Found {
    problems: Vec<Problem>,
}

impl Found {
    /// A key that says nothing here, where it is given.
    fn ignored(&mut self, is_given: bool, keys: &[&str], why: &str) {
        if let (true, Some(key)) = (is_given, keys.last()) {
            let message = format!("expected no `{key}` here: {why}");
            self.problems.push(Problem::error("ignoredKey", message).under(keys));
        }
    }

    fn of_element(&mut self, node: &Node) {
        match node.element() {
            Element::EndEvent(end) => {
                self.ignored(end.to.is_some(), &["to"], "nothing follows an end event");
                let text = end.error_message.is_some() && end.error.is_none();
                self.ignored(text, &["errorMessage"], "it goes with `error`");
                let key = end.key.is_some() && end.message.is_none();
                self.ignored(key, &["key"], "it goes with `message`");
            }
            Element::IntermediateThrowEvent(event) => {
                let key = event.key.is_some() && event.message.is_none();
                self.ignored(key, &["key"], "it goes with `message`");
            }
            Element::IntermediateCatchEvent(event) if event.link.is_some() => {
                let why = "a link brings nothing but the token";
                self.ignored(event.key.is_some(), &["key"], why);
                self.ignored(event.into.is_some(), &["into"], why);
            }
            Element::StartEvent(event) if !event.has_trigger() => {
                let why = "no event begins it";
                self.ignored(event.key.is_some(), &["key"], why);
                self.ignored(event.into.is_some(), &["into"], why);
                self.ignored(event.repeat.is_said(), &["repeat"], why);
                self.ignored(!event.interrupting, &["interrupting"], why);
            }
            Element::CallActivity(call) => {
                let why = "with `wait: false` nothing comes back";
                self.ignored(!call.wait && !call.take.is_empty(), &["out"], why);
            }
            Element::AdHocSubProcess(scope) => {
                let remaining = !scope.cancel_remaining && scope.until.is_none();
                self.ignored(remaining, &["cancelRemaining"], "it goes with `until`");
            }
            Element::Draw(draw) => {
                self.of_count(&["size"], Some(&draw.size));
                self.of_count(&["reserves"], draw.reserves.as_ref());
                let than = draw.fewer.as_ref().map(|fewer| &fewer.than);
                self.of_count(&["fewer", "than"], than);
            }
            Element::Intake(intake) => {
                let why = "what is handed in comes by the portal and the API";
                self.ignored(!intake.channels.is_empty(), &["channels"], why);
                let than = intake.fewer.as_ref().map(|fewer| &fewer.than);
                self.of_count(&["fewer", "than"], than);
                self.of_extension(&["closes", "extend", "inAll"], Some(&intake.closes));
            }
            Element::ServiceTask(task) => self.of_job(task.topic.as_deref(), task.retries),
            Element::UserTask(task) => self.of_task(task),
            Element::IntermediateCatchEvent(_)
            | Element::StartEvent(_)
            | Element::BoundaryEvent(_)
            | Element::BusinessRuleTask(_)
            | Element::ComplexGateway(_)
            | Element::EventBasedGateway(_)
            | Element::EventSubProcess(_)
            | Element::ExclusiveGateway(_)
            | Element::InclusiveGateway(_)
            | Element::ManualTask(_)
            | Element::Notify(_)
            | Element::ParallelGateway(_)
            | Element::Publish(_)
            | Element::ReceiveTask(_)
            | Element::Record(_)
            | Element::ScriptTask(_)
            | Element::SendTask(_)
            | Element::SubProcess(_)
            | Element::Transaction(_) => {}
        }
    }

    /// What passes a task that is never passed: one that writes something, or whose first outcome needs
    /// an opinion.
    fn of_passing(&mut self, task: &UserTask) {
        let first = task.outcomes.values().next().map(Outcome::full);
        let why = if !task.edit.as_slice().is_empty() {
            "the task is never passed, since somebody has to fill in its form"
        } else if first.is_some_and(|it| it.comment == Requirement::Required) {
            "the task is never passed, since its first outcome needs an opinion"
        } else {
            return;
        };
        let dedupes = task.dedupe.is_some_and(|dedupe| dedupe != Dedupe::Never);
        self.ignored(dedupes, &["dedupe"], why);
        self.ignored(task.starter == Some(Starter::Skip), &["starter"], why);
    }

    /// An extension that is measured by two units, so that none fits in both.
    fn of_extension(&mut self, keys: &[&str], time: Option<&Time>) {
        let Some(Time::Full(time)) = time else { return };
        let Some(rule) = time.extend.as_ref().and_then(Extend::rule) else { return };
        let span = |text: Option<String>| text?.parse::<Span>().ok();
        if let (Some(most), Some(in_all)) = (span(rule.most), span(rule.in_all))
            && most.unit != in_all.unit
        {
            let message = format!(
                "expected `most` and `inAll` in the same unit, found {most} and {in_all}: each extension is \
                 counted in one, so that none fits in both"
            );
            self.problems.push(Problem::error("unitsDiffer", message).under(keys));
        }
    }

    /// A reminder before a deadline that comes before the task.
    fn of_reminders(&mut self, task: &UserTask, due: &Time) {
        let Time::Short(due) = due else { return };
        let Ok(DurationSpec::Span(due)) = due.parse() else { return };
        for (at, reminder) in task.remind.as_slice().iter().enumerate() {
            let Ok(ReminderSpec::Before(before)) = reminder.parse() else { continue };
            let at = at.to_string();
            let keys: &[&str] = match &task.remind {
                OneOrMany::One(_) => &["remind"],
                OneOrMany::Many(_) => &["remind", &at],
            };
            if before.unit == due.unit && before.amount >= due.amount {
                let message = format!(
                    "expected less than `{due}` before the deadline, found `{reminder}`: it would come \
                     before the task is there"
                );
                self.problems.push(Problem::error("outOfRange", message).under(keys));
            }
        }
    }

    /// What the public cannot hand in: files are uploaded by those who are signed in.
    fn of_public(&mut self, intake: &Intake, definition: &Definition) {
        let from = intake.from.as_slice();
        let Some(document) = definition.documents.get(&intake.into) else { return };
        let (true, Some(field)) =
            (from.iter().any(|one| one == "public"), document.form.needed_file())
        else {
            return;
        };
        let message = format!(
            "expected a form that the public can fill in, but `{field}` needs a file, and only who is \
             signed in can upload one"
        );
        let problem = match from.len() {
            1 => Problem::error("publicCannotUpload", message),
            _ => Problem::warning("publicCannotUpload", message),
        };
        let hint = "let `from` name a role of people with accounts, or do not require the file";
        self.problems.push(problem.hint(hint).under(&["from"]));
    }

    /// A count that is written out and is none.
    fn of_count(&mut self, keys: &[&str], count: Option<&Count>) {
        if let Some(Count(text)) = count.filter(|count| count.is_no_count()) {
            let message = format!("expected a whole number such as `3`, found `{text}`");
            let problem = Problem::error("notACount", message)
                .hint(format!("an expression starts with `=`: `={text}`"));
            self.problems.push(problem.under(keys));
        }
    }

    fn of_job(&mut self, topic: Option<&str>, retries: Option<u32>) {
        if topic.is_some_and(|topic| topic.trim().is_empty()) {
            let message = "expected the kind of work that a worker asks for, found nothing";
            self.problems.push(Problem::error("badTopic", message).under(&["topic"]));
        }
        if retries == Some(0) {
            let message = "expected 1 or more, found 0: the first failure counts as one";
            self.problems.push(Problem::error("outOfRange", message).under(&["retries"]));
        }
    }

    fn of_task(&mut self, task: &UserTask) {
        self.of_extension(&["due", "extend", "inAll"], task.due.as_ref());
        if let Some(SignSource::Full(sign)) = &task.sign {
            self.of_count(&["sign", "quorum"], sign.quorum.as_ref());
            self.of_count(&["sign", "weight"], sign.weight.as_ref());
        }
        let has_role = task.role.as_ref().is_some_and(|roles| !roles.as_slice().is_empty());
        let unit = task.unit.is_some() && !has_role;
        self.ignored(unit, &["unit"], "it goes with `role`");
        let operations = task.operations.as_ref().map_or(&[][..], OneOrMany::as_slice);
        let returns = operations.contains(&Operation::Return);
        let names = !task.return_to.as_slice().is_empty();
        self.ignored(names && !returns, &["returnTo"], "`operations` does not have `return`");
        self.of_passing(task);
        if let Some(due) = &task.due {
            self.of_reminders(task, due);
            return;
        }
        let why = "it goes with `due`, the deadline";
        self.ignored(!task.remind.as_slice().is_empty(), &["remind"], why);
        self.ignored(task.overdue.is_some(), &["overdue"], why);
        for (name, outcome) in &task.outcomes {
            let OutcomeSource { clock, .. } = outcome.full();
            self.ignored(clock.is_some(), &["outcomes", name.as_str(), "clock"], why);
        }
    }
}
