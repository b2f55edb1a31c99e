//! Which file is what: a pack's folders and single files.

use crate::problem::nearest;

/// What a file of a pack holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `pack.yaml`
    Pack,
    /// `roles.yaml`
    Roles,
    /// `people.yaml`
    People,
    /// `calendars/`
    Calendar,
    /// `decisions/`
    Decision,
    /// `forms/`
    Form,
    /// `notices/`
    Notice,
    /// `processes/`
    Process,
    /// `registers/`
    Register,
    /// `scenarios/`
    Scenario,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Pack,
        Self::Roles,
        Self::People,
        Self::Calendar,
        Self::Decision,
        Self::Form,
        Self::Notice,
        Self::Process,
        Self::Register,
        Self::Scenario,
    ];

    /// Its name on the command line and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pack => "pack",
            Self::Roles => "roles",
            Self::People => "people",
            Self::Calendar => "calendar",
            Self::Decision => "decision",
            Self::Form => "form",
            Self::Notice => "notice",
            Self::Process => "process",
            Self::Register => "register",
            Self::Scenario => "scenario",
        }
    }

    /// The file or the folder that holds it.
    pub const fn location(self) -> &'static str {
        match self {
            Self::Pack => "pack.yaml",
            Self::Roles => "roles.yaml",
            Self::People => "people.yaml",
            Self::Calendar => "calendars/",
            Self::Decision => "decisions/",
            Self::Form => "forms/",
            Self::Notice => "notices/",
            Self::Process => "processes/",
            Self::Register => "registers/",
            Self::Scenario => "scenarios/",
        }
    }

    /// The kind of a file by its path within a pack.
    pub fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| match kind.location().strip_suffix('/') {
            Some(folder) => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
            None => path == kind.location(),
        })
    }
}

/// What to do with a file that is of no kind.
pub(super) fn hint(path: &str) -> String {
    let known = Kind::ALL.map(Kind::location);
    let near = match path.split_once('/') {
        Some((folder, _)) => nearest(folder, known.map(|known| known.trim_end_matches('/'))),
        None => nearest(path, known),
    };
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a pack has: {}", known.join(", ")),
    }
}
