//! Receipts for what the public hands in. Anybody may name anybody's address, so that one address gets
//! only so many in a time; what is handed in is taken all the same.
//!
//! They are counted in the database, not in memory: a restart forgets nothing, and several nodes count
//! together. However an address is written, in capitals or not, it is the same mailbox. Which ones go out hangs on their order alone, not on who counts first. On `PostgreSQL`
//! two that are handed in at the very same moment may not see each other; then one more goes out.

use engine::event::{Event, Recipient};
use engine::ids::InstanceId;

use crate::error::StoreError;
use crate::notices::{self, NEW};
use crate::row::Value;
use crate::store::Store;
use crate::writer::{Statement, Write};

/// How long a receipt counts: 24 hours, in milliseconds.
const COUNTED_MS: i64 = 24 * 60 * 60 * 1000;
/// What a receipt is that is not sent, since its address had enough.
pub const WITHHELD: &str = "withheld";

/// What becomes of the receipt of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// There is none: nothing says where to.
    None,
    /// It is on its way, or was sent.
    Sent,
    /// It is left out: its address had as many as it gets in 24 hours.
    Withheld,
}

impl Store {
    /// Receipts that one mail address gets in 24 hours for what the public hands in.
    pub fn receipts_max(&self) -> u32 {
        self.inner.receipts_max
    }

    /// What becomes of the receipt that a command on a case asked for, decided now where it was not yet.
    pub async fn receipt_of(
        &self,
        case: InstanceId,
        revision: i64,
        events: &[Event],
    ) -> Result<Receipt, StoreError> {
        let asked = events.iter().enumerate().find_map(|(place, event)| match event {
            Event::NoticeRequested { submission: Some(_), to, .. } => {
                let is_counted = to.iter().any(|to| matches!(to, Recipient::Address(_)));
                Some((place, is_counted))
            }
            _ => None,
        });
        let Some((place, is_counted)) = asked else { return Ok(Receipt::None) };
        if !is_counted {
            return Ok(Receipt::Sent);
        }
        let id = notices::id_of(case, revision, place, 0);
        let mut found = self.notices(std::slice::from_ref(&id)).await?;
        if found.first().is_some_and(|notice| notice.status == NEW) {
            let statements = vec![self.counting()];
            self.write(Write { statements, ..Write::default() }).await?;
            // Written by statement, so that no row tells its worker.
            self.inner.shared.announce(std::iter::once("outbox"), Vec::new());
            found = self.notices(&[id]).await?;
        }
        Ok(match found.first() {
            Some(notice) if notice.status == WITHHELD => Receipt::Withheld,
            Some(_) => Receipt::Sent,
            None => Receipt::None,
        })
    }

    /// Lets receipts that are new go out, or not: by how many their address had before each of them.
    pub(crate) fn counting(&self) -> Statement {
        let sql = "UPDATE outbox SET status = CASE WHEN (SELECT count(*) FROM outbox o \
                   WHERE o.submission IS NOT NULL AND lower(o.recipient) = lower(outbox.recipient) \
                   AND o.created_at > outbox.created_at - $1 AND o.status <> 'withheld' \
                   AND (o.created_at, o.id) < (outbox.created_at, outbox.id)) >= $2 \
                   THEN 'withheld' ELSE 'pending' END WHERE status = 'new'";
        let most = i64::from(self.inner.receipts_max);
        Statement::new(sql, vec![Value::Int(COUNTED_MS), Value::Int(most)])
    }
}
