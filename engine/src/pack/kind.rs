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

/// The kind whose file or folder a path may mean.
pub(super) fn near(path: &str) -> Option<Kind> {
    let (first, of_folder) = match path.split_once('/') {
        Some((folder, _)) => (folder, true),
        None => (path, false),
    };
    let known = Kind::ALL.map(Kind::location).into_iter();
    let known = known.filter(|known| known.ends_with('/') == of_folder);
    let near = nearest(first, known.map(|known| known.trim_end_matches('/')))?;
    Kind::ALL.into_iter().find(|kind| kind.location().trim_end_matches('/') == near)
}

/// Keys that a file of a kind has, beside that which names it.
const TELLING: [(Kind, &str); 11] = [
    (Kind::Scenario, "start"),
    (Kind::Process, "nodes"),
    (Kind::Form, "fields"),
    (Kind::Form, "sections"),
    (Kind::Decision, "rules"),
    (Kind::Notice, "subject"),
    (Kind::Register, "series"),
    (Kind::Calendar, "zone"),
    (Kind::People, "people"),
    (Kind::Roles, "roles"),
    (Kind::Pack, "version"),
];

/// The kind that a file looks like by its keys.
pub(super) fn looks(tree: &crate::yaml::Tree) -> Option<Kind> {
    let is_like = |(kind, key): &&(Kind, &str)| tree.has(&[kind.name()]) && tree.has(&[*key]);
    TELLING.iter().find(is_like).map(|(kind, _)| *kind)
}

/// What to do with a file that is of no kind by its path.
pub(super) fn hint(path: &str, looks: Option<Kind>) -> String {
    let known = Kind::ALL.map(Kind::location);
    match (near(path), looks) {
        (Some(near), _) => format!("did you mean `{}`?", near.location().trim_end_matches('/')),
        (None, Some(kind)) if kind.location().ends_with('/') => {
            format!("it looks like a {}: put it into `{}`", kind.name(), kind.location())
        }
        (None, Some(kind)) => format!("it looks like `{}`: name it so", kind.location()),
        (None, None) => format!("a pack has: {}", known.join(", ")),
    }
}
