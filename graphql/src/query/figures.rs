//! Figures for dashboards.

use access::Action;
use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};

use crate::context::{Told as _, reader};
use crate::error;
use crate::types::instance::InstanceStatus;
use crate::types::statistic::{OpenWork, StatusCount, Throughput};

/// Minutes that Beijing is ahead of UTC.
const BEIJING_MINUTES: i32 = 480;
/// Minutes that a zone may be ahead of or behind UTC.
const OFFSET_MINUTES_MAX: i32 = 18 * 60;

/// Figures.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FigureQuery;

#[Object]
impl FigureQuery {
    /// Open and overdue tasks by process, node and role; of one process or of all.
    async fn open_work(&self, ctx: &Context<'_>, process: Option<String>) -> Result<Vec<OpenWork>> {
        let reader = reader(ctx);
        reader.allow_all(Action::SeeFigures)?;
        let rows = reader.store.open_work(process.as_deref(), reader.now()).await.told(reader)?;
        Ok(rows.into_iter().map(OpenWork::from).collect())
    }

    /// What was decided by node and week, and how long it took, for tasks decided in `from..until`.
    /// Weeks begin on Monday in UTC+8 unless another offset (in minutes) is given; at most the last
    /// 260 weeks before `until`.
    async fn throughput(
        &self,
        ctx: &Context<'_>,
        process: String,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        offset_minutes: Option<i32>,
    ) -> Result<Vec<Throughput>> {
        let reader = reader(ctx);
        reader.allow_all(Action::SeeFigures)?;
        let offset = offset_minutes.unwrap_or(BEIJING_MINUTES);
        if !(-OFFSET_MINUTES_MAX..=OFFSET_MINUTES_MAX).contains(&offset) {
            let (language, most) = (reader.language(), OFFSET_MINUTES_MAX);
            return Err(error::bad_count(
                language,
                "offsetMinutes",
                -i64::from(most),
                most,
                offset,
            ));
        }
        let zone_ms = i64::from(offset) * 60_000;
        let (from, until) = (from.timestamp_millis(), until.timestamp_millis());
        let rows = reader.store.throughput(&process, from, until, zone_ms).await.told(reader)?;
        Ok(rows.into_iter().map(Throughput::from).collect())
    }

    /// Cases of a process by their state.
    async fn instance_counts(
        &self,
        ctx: &Context<'_>,
        process: String,
    ) -> Result<Vec<StatusCount>> {
        let reader = reader(ctx);
        reader.allow_all(Action::SeeFigures)?;
        let rows = reader.store.case_counts(&process).await.told(reader)?;
        let count = |(status, count): (String, i64)| StatusCount {
            status: InstanceStatus::of(&status),
            count,
        };
        Ok(rows.into_iter().map(count).collect())
    }
}
