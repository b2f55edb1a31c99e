//! What comes from outside under an id of its sender's: whoever takes the id first is heard, and the
//! same again, at the same moment or a day later, finds another's mark. An id that comes again with
//! something else is refused.

use engine::definition::MESSAGE_KEPT_MS;
use engine::ids::Hash;
use engine::time::Timestamp;

use crate::error::StoreError;
use crate::row::{Kind, Row, Value};
use crate::writer::Statement;

/// An id that is taken, or was.
pub(super) struct Taken {
    /// The id.
    pub(super) id: String,
    /// The mark of this attempt to take it.
    pub(super) mark: String,
    /// What was said under it, by its hash.
    said: String,
    /// Until when it is known.
    expires_at: Timestamp,
    /// Until when what was said is kept.
    kept_until: Timestamp,
}

impl Taken {
    /// An attempt to take an id for what is said under it.
    pub(super) fn new(id: String, said: &str, at: Timestamp, kept_until: Timestamp) -> Self {
        Self {
            id,
            mark: format!("{:016x}", crate::random::mark(at.0)),
            said: Hash::of(said.as_bytes()).to_string(),
            expires_at: at.plus_ms(MESSAGE_KEPT_MS).max(kept_until),
            kept_until,
        }
    }

    /// The statement that takes it, and answers what was said under it and until when that is kept.
    pub(super) fn statement(&self) -> Statement {
        let sql = "INSERT INTO message_id (id, taken_by, expires_at, said, kept_until) \
                   VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (id) DO UPDATE SET said = message_id.said \
                   RETURNING said, kept_until";
        let parameters = vec![
            Value::Text(self.id.clone()),
            Value::Text(self.mark.clone()),
            Value::Int(self.expires_at.0),
            Value::Text(self.said.clone()),
            Value::Int(self.kept_until.0),
        ];
        Statement::new(sql, parameters).answering(&[Kind::Text, Kind::Int])
    }

    /// Until when what was said first is kept, from what the statement answered.
    pub(super) fn answered(&self, answers: Vec<Vec<Row>>) -> Result<Timestamp, StoreError> {
        let Some(row) = answers.into_iter().flatten().next() else { return Ok(self.kept_until) };
        let mut row = row.into_iter();
        let said = row.next().and_then(Value::into_text);
        if said.is_some_and(|said| said != self.said) {
            return Err(StoreError::KeyReused);
        }
        // Ids from before say nothing of it.
        Ok(match row.next() {
            Some(Value::Int(kept_until)) => Timestamp(kept_until),
            Some(Value::Null | Value::Text(_)) | None => self.kept_until,
        })
    }
}
