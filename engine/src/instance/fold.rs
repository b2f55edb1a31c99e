//! Which fold of the events a state was made by, so that one from before something was noted can be
//! told from one that was changed.

use serde::{Deserialize, Serialize};

/// Which fold of the events a case began with. A case that ran when the engine learnt to note something
/// new keeps the old one, since only what happened after it notes that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fold(u32);

impl Fold {
    /// Today's. Raise it whenever `apply` notes something in a state that it did not note before, or rows say
    /// something else of the same state: `mandate rebuild` then lets cases that began before be without it.
    pub const NOW: Self = Self(3);

    /// The first by which an agreement stays that was given inside something which is not undone.
    pub(super) const AGREED_INSIDE: Self = Self(3);

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    pub(super) const fn is_first(&self) -> bool {
        self.0 == 0
    }
}
