//! A person decides. Waits until the task is completed.

use crate::definition::source::{DocumentUse, OneOrMany, Outcomes, Time};
use crate::ids::{NodeName, NoticeName, RoleName};

use serde::{Deserialize, Serialize};

super::node! {
    /// A person decides.
    pub struct UserTask {
        /// The role it is offered to.
        #[serde(default)]
        pub role: Option<OneOrMany<RoleName>>,
        /// The unit the role must be held for: a unit, or an expression such as `=plan.unit`.
        #[serde(default)]
        pub unit: Option<String>,
        /// One task for each of these people: an expression that gives a list.
        #[serde(default)]
        pub people: Option<String>,
        /// Whose it is from the start: `initiator`, `previous`, or an expression that gives a person.
        #[serde(default)]
        pub assign: Option<String>,
        /// What happens when nobody is found.
        #[serde(default)]
        pub nobody: Option<Nobody>,
        /// Never by the same person as these steps.
        #[serde(default)]
        pub separate: Vec<NodeName>,
        /// Documents it shows.
        #[serde(default)]
        pub show: OneOrMany<DocumentUse>,
        /// Documents its form writes.
        #[serde(default)]
        pub edit: OneOrMany<DocumentUse>,
        /// Its deadline.
        #[serde(default)]
        pub due: Option<Time>,
        /// Reminders: `80%`, `at due`, `2 workdays before`, `1 day after`.
        #[serde(default)]
        pub remind: OneOrMany<String>,
        /// What happens when the deadline has passed. Never a silent approval.
        #[serde(default)]
        pub overdue: Option<Overdue>,
        /// What may be decided. Without any, completing is all there is.
        #[serde(default)]
        pub outcomes: Outcomes,
        /// Who is let know when it is created (抄送).
        #[serde(default)]
        pub copy: super::Audience,
        /// The notice for it, instead of the process's; `none` for no notice.
        #[serde(default)]
        pub notice: Option<NoticeName>,
    }
}

/// Who gets a task that nobody was found for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Nobody {
    /// This role; without it the task is an incident.
    pub role: RoleName,
}

/// What happens when a deadline has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Overdue {
    /// The task is offered to this role as well.
    #[serde(default)]
    pub escalate: Option<RoleName>,
    /// The task ends and the case goes to that node.
    #[serde(default)]
    pub to: Option<NodeName>,
}
