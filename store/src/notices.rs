//! Notices that were given up: which they are, and sending one again once its cause is gone. Sending
//! is `notifier`'s, leasing is `workers::outbox`.

use engine::ids::InstanceId;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::error::StoreError;
use crate::read::{Page, Slice, bounded};
use crate::row::Value;
use crate::store::Store;
use crate::tables::{outbox, resent};
use crate::writer::{Statement, Write};

/// A notice to one recipient, on its way, sent or given up.
pub use outbox::Model as Notice;
/// A notice that was sent again after it had been given up.
pub use resent::Model as NoticeResent;

/// The place of a notice in a list by time: the time, the notice.
pub type NoticeCursor = (i64, String);

/// What a receipt is before it is counted.
pub const NEW: &str = "new";
/// What a notice is while it is given up.
pub const FAILED: &str = "failed";

/// The id of a notice: the event that asked for it, by its case, the case's revision and its place
/// there, and which of its recipients it is.
pub(crate) fn id_of(case: InstanceId, revision: i64, place: usize, recipient: usize) -> String {
    format!("{}.{revision}.{place}.{recipient}", case.0)
}

impl Store {
    /// Notices that were given up and not sent again since, the last ones first.
    pub async fn notices_failed(
        &self,
        page: Page<NoticeCursor>,
    ) -> Result<Slice<Notice>, StoreError> {
        let limit = page.limit();
        let mut query = outbox::Entity::find().filter(outbox::Column::Status.eq(FAILED));
        if let Some((at, id)) = page.after {
            let place = [outbox::Column::NextTryAt, outbox::Column::Id].map(Expr::col);
            query =
                query.filter(Expr::tuple(place).lt(Expr::tuple([Expr::val(at), Expr::val(id)])));
        }
        let query = query
            .order_by_desc(outbox::Column::NextTryAt)
            .order_by_desc(outbox::Column::Id)
            .limit(limit as u64 + 1);
        let rows = query.all(self.reads()).await?;
        Ok(Slice::of(rows.into_iter().map(discreet).collect(), limit))
    }

    /// How many notices were given up and not sent again since.
    pub async fn notices_failed_count(&self) -> Result<u64, StoreError> {
        let failed = outbox::Entity::find().filter(outbox::Column::Status.eq(FAILED));
        Ok(failed.count(self.reads()).await?)
    }

    /// Notices by id; one that is not there is left out.
    pub async fn notices(&self, ids: &[String]) -> Result<Vec<Notice>, StoreError> {
        let ids = bounded(ids)?.iter().map(String::as_str);
        let query = outbox::Entity::find().filter(outbox::Column::Id.is_in(ids));
        Ok(query.all(self.reads()).await?.into_iter().map(discreet).collect())
    }

    /// Has a notice sent again that was given up, by whom, and keeps who it was. One that is on its
    /// way or was sent stays as it is. Answers the notice afterwards, and whether that was so.
    pub async fn resend(&self, id: &str, by: &str) -> Result<(Notice, bool), StoreError> {
        let now = Value::Int(self.clock().now().0);
        let text = |text: &str| Value::Text(text.to_owned());
        let kept = "INSERT INTO resent (notice_id, failed_at, resent_at, instance_id, person, error) \
                    SELECT id, next_try_at, CAST($1 AS BIGINT), instance_id, CAST($2 AS TEXT), \
                    last_error FROM outbox WHERE id = $3 AND status = 'failed' \
                    ON CONFLICT DO NOTHING";
        let again = "UPDATE outbox SET status = 'pending', attempts = 0, next_try_at = $1, \
                     last_error = NULL WHERE id = $2 AND status = 'failed' RETURNING id";
        let mut write = Write::default();
        write.statements.push(Statement::new(kept, vec![now.clone(), text(by), text(id)]));
        let again = Statement::new(again, vec![now, text(id)]);
        write.statements.push(again.answering(&[crate::row::Kind::Text]));
        let answers = self.write(write).await?;
        let is_again = answers.into_iter().flatten().next().is_some();
        if is_again {
            // Written by statement, so that no row tells its worker.
            self.inner.shared.announce(std::iter::once("outbox"), Vec::new());
        }
        let found = self.notices(&[id.to_owned()]).await?.pop();
        let missing = || StoreError::NotFound("such notice".to_owned());
        Ok((found.ok_or_else(missing)?, !is_again))
    }

    /// Notices that were sent again, the last ones first.
    pub async fn notices_resent(
        &self,
        page: Page<NoticeCursor>,
    ) -> Result<Slice<NoticeResent>, StoreError> {
        let limit = page.limit();
        let mut query = resent::Entity::find();
        if let Some((at, id)) = page.after {
            let place = [resent::Column::ResentAt, resent::Column::NoticeId].map(Expr::col);
            query =
                query.filter(Expr::tuple(place).lt(Expr::tuple([Expr::val(at), Expr::val(id)])));
        }
        let query = query
            .order_by_desc(resent::Column::ResentAt)
            .order_by_desc(resent::Column::NoticeId)
            .limit(limit as u64 + 1);
        let mut rows = query.all(self.reads()).await?;
        for row in &mut rows {
            row.error = row.error.take().map(|error| without_addresses(&error));
        }
        Ok(Slice::of(rows, limit))
    }
}

/// A notice whose error, perhaps of an older version, names no address.
fn discreet(row: Notice) -> Notice {
    let last_error = row.last_error.map(|error| without_addresses(&error));
    Notice { last_error, ..row }
}

/// A text with `…` in the place of every mail address: what a mail server answers repeats them.
pub fn without_addresses(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, behind) = (&rest[..at], &rest[at + 1..]);
        let quoted = before.strip_suffix('"').and_then(|inner| inner.rfind('"'));
        let begin = quoted.unwrap_or_else(|| before.trim_end_matches(is_part).len());
        kept.push_str(&before[..begin]);
        kept.push('…');
        rest = match behind.strip_prefix('[').and_then(|literal| literal.split_once(']')) {
            Some((_, behind)) => behind,
            None => behind.trim_start_matches(is_part),
        };
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn no_address_stays_in_an_error() {
        for (error, expected) in [
            ("550 5.1.1 <li.ming+x@example.org>: unknown", "550 5.1.1 <…>: unknown"),
            ("to li@example.org and 李@例子.中国, both", "to … and …, both"),
            ("\"li ming\"@[10.0.0.1] is full", "… is full"),
            ("no address here", "no address here"),
            ("@", "…"),
        ] {
            assert_eq!(without_addresses(error), expected);
        }
    }
}
