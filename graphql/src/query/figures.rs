//! Figures for dashboards.

use access::{Action, Relation};
use async_graphql::{Context, Object, Result};
use store::read::{CaseScope, FiguresOf};

use crate::context::{Reader, Told as _, reader};
use crate::error;
use crate::types::instance::InstanceStatus;
use crate::types::instant::Instant;
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
    /// Open and overdue tasks by process, node and role; of one process or of all. The `readers` of
    /// processes see the figures of what they read.
    async fn open_work(&self, ctx: &Context<'_>, process: Option<String>) -> Result<Vec<OpenWork>> {
        let reader = reader(ctx);
        let within = within(reader, process.as_deref())?;
        known(reader, process.as_deref()).await?;
        let of = FiguresOf { process: process.as_deref(), within: within.as_deref() };
        let rows = reader.store.open_work(of, reader.now()).await.told(reader)?;
        OpenWork::all(reader, rows).await
    }

    /// What people were done with by process, node and week, and how long it took, for tasks decided,
    /// returned, or from which somebody ended the case in `from..until`; of one process or of all. Weeks begin on Monday in UTC+8 unless another offset (in minutes) is given; at most the last
    /// 260 weeks before `until`.
    async fn throughput(
        &self,
        ctx: &Context<'_>,
        process: Option<String>,
        from: Instant,
        until: Instant,
        offset_minutes: Option<i32>,
    ) -> Result<Vec<Throughput>> {
        let reader = reader(ctx);
        let within = within(reader, process.as_deref())?;
        let from = from.read(reader.language(), "from")?;
        let until = until.read(reader.language(), "until")?;
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
        if from > until {
            let zh = format!("应不晚于 until({until}),实为 {from}");
            let en = format!("expected a time not after `until`, {until}, found {from}");
            return Err(error::bad_argument(reader.language(), "from", &zh, &en));
        }
        known(reader, process.as_deref()).await?;
        let zone_ms = i64::from(offset) * 60_000;
        let (from, until) = (from.timestamp_millis(), until.timestamp_millis());
        let of = FiguresOf { process: process.as_deref(), within: within.as_deref() };
        let rows = reader.store.throughput(of, from, until, zone_ms).await;
        Throughput::all(reader, rows.told(reader)?).await
    }

    /// Cases by their state; of one process or of all.
    async fn instance_counts(
        &self,
        ctx: &Context<'_>,
        process: Option<String>,
    ) -> Result<Vec<StatusCount>> {
        let reader = reader(ctx);
        let within = within(reader, process.as_deref())?;
        known(reader, process.as_deref()).await?;
        let of = FiguresOf { process: process.as_deref(), within: within.as_deref() };
        let rows = reader.store.case_counts(of).await.told(reader)?;
        let count = |(status, count): (String, i64)| StatusCount {
            status: InstanceStatus::of(&status),
            count,
        };
        Ok(rows.into_iter().map(count).collect())
    }
}

/// Of which cases whoever asks sees figures: none is all, for those who oversee; the readers of processes
/// see those of theirs.
fn within(reader: Reader<'_>, process: Option<&str>) -> Result<Option<Vec<CaseScope>>> {
    if reader.allow_all(Action::SeeFigures).is_ok() {
        return Ok(None);
    }
    let scopes = reader.scopes(process);
    let relation = Relation { overlooks: !scopes.is_empty(), ..Relation::default() };
    reader.allow(Action::SeeFigures, &relation)?;
    Ok(Some(scopes))
}

/// Refuses a process that there never was. One whose pack is active is known without asking.
async fn known(reader: Reader<'_>, process: Option<&str>) -> Result<()> {
    let Some(process) = process else { return Ok(()) };
    let name = process.into();
    if reader.store.newest_definition(&name).is_some() {
        return Ok(());
    }
    match reader.store.definition_versions(&name).await.told(reader)?.is_empty() {
        true => Err(error::at("process", error::no_process(process, reader.language()))),
        false => Ok(()),
    }
}
