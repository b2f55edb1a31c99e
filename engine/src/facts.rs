//! What a step knows from outside: fetched before it runs, so that it stays pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::actor::{Member, Principal, Unit};
use crate::calendar::Calendars;
use crate::definition::Definition;
use crate::deputy::Deputies;
use crate::ids::{Hash, PersonId, RegisterName, RoleName, UnitId};
use crate::register::Entry;
use crate::text::Text;

/// How often a step may ask for more before that is a mistake.
pub const ROUNDS_MAX: usize = 32;

/// Entries that were found; none where there are more than may be.
pub type Found = Option<Arc<Vec<Entry>>>;

/// Everything that was fetched for a step. What is missing, the step asks for by a `Need`.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Contents of documents by their hash.
    pub documents: BTreeMap<Hash, Arc<Value>>,
    /// Members of roles.
    pub members: BTreeMap<RoleName, Arc<Vec<Member>>>,
    /// Whether somebody holds a role, by the principal that addresses them.
    pub held: Arc<BTreeMap<Principal, bool>>,
    /// People by id; none for who is not there.
    pub people: BTreeMap<PersonId, Option<Arc<Member>>>,
    /// What the directory calls people and units, by id; none where it has no such id.
    pub names: BTreeMap<String, Option<Text>>,
    /// Units by id; none where there is no such unit.
    pub units: BTreeMap<UnitId, Option<Arc<Unit>>>,
    /// The next free number of a series in a year.
    pub numbers: BTreeMap<(String, i32), u32>,
    /// Other versions of the process, by number; none where there is no such version.
    pub versions: BTreeMap<u32, Option<Arc<Definition>>>,
    /// Entries of registers by number; none for a number that no entry has.
    pub entries: BTreeMap<(RegisterName, String), Option<Arc<Entry>>>,
    /// Entries of registers in which a column has a value (as `register::sought` gives it), as they
    /// were made; none where there are more than may be found.
    pub found: BTreeMap<(RegisterName, String, String), Found>,
    /// Who does the tasks of whom while they are away.
    pub deputies: Arc<Deputies>,
    /// Working days.
    pub calendars: Arc<Calendars>,
}
