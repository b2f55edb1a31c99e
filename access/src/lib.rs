//! Who a person is and what they may see and do, decided in one place, from plain data. No SQL, no
//! HTTP. What a definition says about persons (roles of a task, `separate`) is the engine's.

use engine::actor::{Actor, Grant, Principal};
use engine::ids::{PersonId, RoleName};

/// Manages packs, repairs cases, sees everything.
pub const ADMIN: &str = "admin";
/// Sees everything and changes nothing.
pub const AUDITOR: &str = "auditor";
/// Sees figures, not cases.
pub const DASHBOARD: &str = "dashboard";
/// Fetches and completes jobs of service tasks.
pub const WORKER: &str = "worker";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Viewer {
    /// The person; none is the public.
    pub person: Option<PersonId>,
    /// What they hold.
    pub grants: Vec<Grant>,
}

/// How the viewer stands to a case or a task.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Relation {
    /// Whether they began the case.
    pub initiator: bool,
    /// Whether they decided something in it.
    pub took_part: bool,
    /// Whether it was copied to them.
    pub copied: bool,
    /// Whether they are of the case that called it: they see how it stands, and nothing it holds.
    pub called: bool,
    /// Whom open tasks of the case are offered to or belong to.
    pub candidates: Vec<Principal>,
    /// Whether its process names a role of theirs among the readers of its cases.
    pub overlooks: bool,
    /// Roles that what is asked for is meant for, beside those.
    pub readers: Vec<RoleName>,
    /// Whether it is about the viewer themselves, or theirs.
    pub own: bool,
    /// Whether it is for everybody, the public included.
    pub open_to_all: bool,
}

/// What the viewer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See a case, its tasks, history and comments.
    SeeCase,
    /// See a document of a case.
    SeeDocument,
    /// Say something on a case, urge a task, let somebody know.
    TakePart,
    /// Terminate or reopen a case, and hand over what somebody who leaves has in it.
    ManageCase,
    /// See the journal itself: raw events, also of refused commands.
    SeeJournal,
    /// Publish packs.
    Deploy,
    /// Retry what ended in an incident.
    Repair,
    /// See figures over all cases.
    SeeFigures,
    /// See definitions with their YAML.
    SeeDefinitions,
    /// Fetch and complete jobs.
    Work,
    /// See the entries of a register.
    SeeRegister,
    /// Hand something in to an intake.
    Submit,
    /// Upload a file.
    Upload,
    /// See a file by its hash alone, without what refers to it.
    SeeFile,
    /// See who there is: names and units.
    SeePeople,
    /// See which roles somebody holds.
    SeeRoles,
    /// See who does whose tasks for a time.
    SeeDeputies,
    /// Set who does somebody's tasks for a time, and end it.
    SetDeputy,
    /// Have a pack checked without publishing it.
    CheckPack,
    /// Let time pass in a demonstration.
    MoveClock,
}

/// The viewer may not do that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, but you are not")]
pub struct Denied {
    /// Who may.
    pub expected: &'static str,
}

impl Viewer {
    /// The viewer as the actor of a command.
    pub fn actor(&self) -> Actor {
        match &self.person {
            Some(id) => {
                let unit = self.grants.iter().find_map(|grant| grant.unit.clone());
                Actor::Person { id: id.clone(), unit, grants: self.grants.clone() }
            }
            None => Actor::Public,
        }
    }

    fn holds(&self, role: &str) -> bool {
        self.grants.iter().any(|grant| grant.role.as_str() == role)
    }

    /// The well-known roles count only where they are held everywhere: an admin of one unit is no
    /// admin.
    fn holds_everywhere(&self, role: &str) -> bool {
        self.grants.iter().any(|grant| grant.role.as_str() == role && grant.unit.is_none())
    }
}

/// Decides; what is not allowed here is denied.
///
/// # Errors
/// `Denied` says who may.
pub fn may(viewer: &Viewer, action: Action, relation: &Relation) -> Result<(), Denied> {
    let deny = |expected| Err(Denied { expected });
    let signed_in = viewer.person.is_some();
    let oversees = viewer.holds_everywhere(ADMIN) || viewer.holds_everywhere(AUDITOR);
    let (allowed, expected) = match action {
        Action::SeeCase => (
            signed_in && (oversees || relation.called || sees(viewer, relation)),
            "somebody who began the case, takes part in it, was told of it, or oversees it",
        ),
        Action::SeeDocument => (
            signed_in && (oversees || sees(viewer, relation) || reads(viewer, relation)),
            "somebody of the case, or one of the document's readers",
        ),
        Action::TakePart => (
            signed_in && (viewer.holds_everywhere(ADMIN) || concerned(viewer, relation)),
            "somebody who began the case, takes part in it, or was told of it",
        ),
        Action::SeeJournal => (signed_in && viewer.holds_everywhere(AUDITOR), "an auditor"),
        Action::Deploy
        | Action::Repair
        | Action::CheckPack
        | Action::MoveClock
        | Action::ManageCase => (signed_in && viewer.holds_everywhere(ADMIN), "an admin"),
        Action::SeeFigures => (
            signed_in && (oversees || relation.overlooks || viewer.holds_everywhere(DASHBOARD)),
            "an admin, an auditor, a dashboard, or a reader of the process's cases",
        ),
        Action::SeeDefinitions => (signed_in, "somebody signed in"),
        Action::Work => (signed_in && viewer.holds_everywhere(WORKER), "a worker"),
        Action::SeeRegister => (
            relation.open_to_all || (signed_in && (oversees || reads(viewer, relation))),
            "one of the register's readers, or somebody who oversees",
        ),
        Action::Submit => (
            relation.open_to_all || (signed_in && reads(viewer, relation)),
            "one of the roles that the intake is open for",
        ),
        Action::SetDeputy => (
            signed_in && (relation.own || viewer.holds_everywhere(ADMIN)),
            "whose tasks they are, or an admin",
        ),
        Action::SeeFile | Action::SeeRoles | Action::SeeDeputies => {
            (signed_in && (relation.own || oversees), "whose it is, or somebody who oversees")
        }
        Action::Upload | Action::SeePeople => (signed_in, "somebody signed in"),
    };
    if allowed { Ok(()) } else { deny(expected) }
}

fn concerned(viewer: &Viewer, relation: &Relation) -> bool {
    let actor = viewer.actor();
    relation.initiator
        || relation.took_part
        || relation.copied
        || relation.candidates.iter().any(|candidate| actor.is(candidate))
}

fn sees(viewer: &Viewer, relation: &Relation) -> bool {
    relation.overlooks || concerned(viewer, relation)
}

fn reads(viewer: &Viewer, relation: &Relation) -> bool {
    relation.readers.iter().any(|role| viewer.holds(role.as_str()))
}

/// The person that a demonstration token names: `demo-li`. Accounts come later, behind this door.
pub fn demonstration(token: &str) -> Option<PersonId> {
    token.strip_prefix("demo-").filter(|name| !name.is_empty()).map(PersonId::new)
}

#[cfg(test)]
mod tests {
    use super::{Action, Relation, Viewer, demonstration, may};
    use Action::{
        CheckPack, Deploy, ManageCase, MoveClock, Repair, SeeCase, SeeDefinitions, SeeDeputies,
        SeeDocument, SeeFigures, SeeFile, SeeJournal, SeePeople, SeeRegister, SeeRoles, SetDeputy,
        Submit, TakePart, Upload, Work,
    };
    use engine::actor::Grant;

    fn viewer(roles: &[&str]) -> Viewer {
        let grant = |role: &&str| Grant { role: (*role).into(), unit: None };
        Viewer { person: Some("li".into()), grants: roles.iter().map(grant).collect() }
    }

    /// Everything there is.
    const ALL: [Action; 20] = [
        SeeCase,
        SeeDocument,
        SeeJournal,
        TakePart,
        ManageCase,
        Deploy,
        Repair,
        SeeFigures,
        SeeDefinitions,
        Work,
        SeeRegister,
        Submit,
        Upload,
        SeeFile,
        SeePeople,
        SeeRoles,
        SeeDeputies,
        SetDeputy,
        CheckPack,
        MoveClock,
    ];

    #[test]
    fn nobody_may_what_is_not_theirs() {
        let signed_in = [SeeDefinitions, SeePeople, Upload];
        let table: [(&[&str], &[Action]); 6] = [
            (&[], &[]),
            (&["clerk"], &[]),
            (&["dashboard"], &[SeeFigures]),
            (&["worker"], &[Work]),
            (
                &["auditor"],
                &[
                    SeeCase,
                    SeeDocument,
                    SeeJournal,
                    SeeFigures,
                    SeeRegister,
                    SeeFile,
                    SeeRoles,
                    SeeDeputies,
                ],
            ),
            (
                &["admin"],
                &[
                    SeeCase,
                    SeeDocument,
                    TakePart,
                    ManageCase,
                    Deploy,
                    Repair,
                    SeeFigures,
                    SeeRegister,
                    SeeFile,
                    SeeRoles,
                    SeeDeputies,
                    SetDeputy,
                    CheckPack,
                    MoveClock,
                ],
            ),
        ];
        for (roles, allowed) in table {
            for action in ALL {
                let may = may(&viewer(roles), action, &Relation::default()).is_ok();
                let expected = allowed.contains(&action) || signed_in.contains(&action);
                assert_eq!(may, expected, "{roles:?} {action:?}");
            }
        }
        for action in ALL {
            assert!(may(&Viewer::default(), action, &Relation::default()).is_err(), "{action:?}");
        }
    }

    #[test]
    fn a_well_known_role_for_one_unit_does_not_count() {
        let grant = Grant { role: "admin".into(), unit: Some("acme".into()) };
        let viewer = Viewer { person: Some("li".into()), grants: vec![grant] };
        assert!(may(&viewer, Action::Deploy, &Relation::default()).is_err());
        assert!(may(&viewer, Action::SeeCase, &Relation::default()).is_err());
    }

    #[test]
    fn what_is_for_everybody_or_for_some_roles_is_theirs() {
        let open = Relation { open_to_all: true, ..Relation::default() };
        let clerks = Relation { readers: vec!["clerk".into()], ..Relation::default() };
        for action in [Action::SeeRegister, Action::Submit] {
            assert!(may(&Viewer::default(), action, &open).is_ok(), "{action:?}");
            assert!(may(&viewer(&["clerk"]), action, &clerks).is_ok(), "{action:?}");
            assert!(may(&viewer(&["reviewer"]), action, &clerks).is_err(), "{action:?}");
            assert!(may(&Viewer::default(), action, &clerks).is_err(), "{action:?}");
        }
        let own = Relation { own: true, ..Relation::default() };
        assert!(may(&viewer(&[]), Action::SeeFile, &own).is_ok());
        assert!(may(&Viewer::default(), Action::SeeFile, &own).is_err());
    }

    #[test]
    fn those_of_a_case_see_it() {
        let candidates = vec!["role:clerk".parse().expect("it is well formed")];
        for (roles, relation, sees) in [
            (&["clerk"][..], Relation { candidates, ..Relation::default() }, true),
            (&[], Relation { initiator: true, ..Relation::default() }, true),
            (&[], Relation { took_part: true, ..Relation::default() }, true),
            (&[], Relation { copied: true, ..Relation::default() }, true),
            (&["clerk"], Relation::default(), false),
        ] {
            let may = may(&viewer(roles), Action::SeeCase, &relation);
            assert_eq!(may.is_ok(), sees, "{relation:?}");
        }
    }

    #[test]
    fn those_of_the_calling_case_see_it_and_no_more() {
        let called = Relation { called: true, ..Relation::default() };
        assert!(may(&viewer(&[]), Action::SeeCase, &called).is_ok());
        for action in [Action::SeeDocument, Action::TakePart] {
            assert!(may(&viewer(&[]), action, &called).is_err(), "{action:?}");
        }
        assert!(may(&Viewer::default(), Action::SeeCase, &called).is_err());
    }

    #[test]
    fn readers_of_a_process_see_its_cases_and_figures_and_change_nothing() {
        let overlooks = Relation { overlooks: true, ..Relation::default() };
        for action in [Action::SeeCase, Action::SeeDocument, Action::SeeFigures] {
            assert!(may(&viewer(&[]), action, &overlooks).is_ok(), "{action:?}");
            assert!(may(&Viewer::default(), action, &overlooks).is_err(), "{action:?}");
        }
        for action in [Action::TakePart, Action::ManageCase, Action::Repair, Action::SeeJournal] {
            assert!(may(&viewer(&[]), action, &overlooks).is_err(), "{action:?}");
        }
    }

    #[test]
    fn a_demonstration_token_names_a_person() {
        assert_eq!(demonstration("demo-li"), Some("li".into()));
        assert_eq!(demonstration("demo-"), None);
        assert_eq!(demonstration("li"), None);
    }
}
