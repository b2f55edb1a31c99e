//! What `/metrics` tells Prometheus. Labels have few values: no case, no person, no path of a
//! request that is not a route.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use connectors::{Calls, OUTCOMES as OUTCOMES_OF_CALLS};
use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};
use store::figures::{Figures, Lag, NOTICES, OUTCOMES};

/// All counters of the process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    memory: IntGauge,
    calls: Arc<Calls>,
}

impl Metrics {
    /// Registers every metric.
    pub(crate) fn new(calls: Arc<Calls>) -> Result<Self> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("mandate_http_requests_total", "HTTP requests answered."),
            &["route", "status"],
        )?;
        let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
        let seconds = HistogramVec::new(
            HistogramOpts::new("mandate_http_request_seconds", "Time to answer a request.")
                .buckets(buckets),
            &["route"],
        )?;
        let memory =
            IntGauge::new("process_resident_memory_bytes", "Resident memory of the process.")?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        registry.register(Box::new(memory.clone()))?;
        Ok(Self { registry, requests, seconds, memory, calls })
    }

    /// Counts an answered request.
    pub(crate) fn answered(&self, route: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[route, &status.to_string()]).inc();
        self.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// The text format of Prometheus; without the lag and the notices that were given up where the
    /// database does not answer.
    pub(crate) fn text(
        &self,
        figures: &Figures,
        lag: Option<Lag>,
        notices_failed: Option<u64>,
    ) -> Result<String> {
        self.memory.set(resident_bytes_of("self").unwrap_or(0));
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .context("the metrics cannot be written as text")?;
        let mut text = String::from_utf8(text).context("the metrics are not UTF-8")?;
        text.push_str(&of_store(figures, lag, notices_failed));
        text.push_str(&of_calls(&self.calls));
        Ok(text)
    }
}

/// What the store counts, in the same format.
fn of_store(figures: &Figures, lag: Option<Lag>, notices_failed: Option<u64>) -> String {
    let mut text = String::new();
    let mut one = |name: &str, kind: &str, help: &str, values: &[(&str, f64)]| {
        text.extend([format!("# HELP {name} {help}\n# TYPE {name} {kind}\n")]);
        for (labels, value) in values {
            text.extend([format!("{name}{labels} {value}\n")]);
        }
    };
    let labels = OUTCOMES.map(|outcome| format!("{{outcome=\"{outcome}\"}}"));
    let outcomes: Vec<_> = labels.iter().map(String::as_str).zip(figures.outcomes).collect();
    let outcomes: Vec<_> = outcomes.into_iter().map(|(labels, n)| (labels, float(n))).collect();
    one("mandate_commands_total", "counter", "Commands by how they ended.", &outcomes);
    let batches = [("", float(figures.batches))];
    one("mandate_batches_total", "counter", "Transactions of commands.", &batches);
    let batched = [("", float(figures.batched))];
    one("mandate_batch_commands_total", "counter", "Commands in these transactions.", &batched);
    let seconds = [("", figures.committing.as_secs_f64())];
    one(
        "mandate_batch_seconds_total",
        "counter",
        "Time from their begin to their commit.",
        &seconds,
    );
    let queued = [("", float(figures.queued as u64))];
    one("mandate_queue_depth", "gauge", "Commands that wait for the writer.", &queued);
    let labels = NOTICES.map(|outcome| format!("{{outcome=\"{outcome}\"}}"));
    let tried: Vec<_> = labels.iter().map(String::as_str).zip(figures.notices).collect();
    let tried: Vec<_> = tried.into_iter().map(|(labels, n)| (labels, float(n))).collect();
    one("mandate_notices_total", "counter", "Tries to send notices by how they ended.", &tried);
    if let Some(lag) = lag {
        let late = [
            ("{of=\"timers\"}", lag.timers_ms),
            ("{of=\"outbox\"}", lag.outbox_ms),
            ("{of=\"followUps\"}", lag.follow_ups_ms),
        ];
        let late = late.map(|(labels, ms)| (labels, float(ms.unsigned_abs()) / 1000.0));
        let help = "How late the oldest thing is that should have happened by now.";
        one("mandate_lag_seconds", "gauge", help, &late);
    }
    if let Some(failed) = notices_failed {
        let help = "Notices that were given up and not sent again since.";
        one("mandate_notices_failed", "gauge", help, &[("", float(failed))]);
    }
    text
}

/// How calls of services ended, in the same format.
fn of_calls(calls: &Calls) -> String {
    let name = "mandate_connector_calls_total";
    let help = "Calls of services by how they ended.";
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} counter\n");
    for (outcome, count) in OUTCOMES_OF_CALLS.iter().zip(calls.ended()) {
        text.extend([format!("{name}{{outcome=\"{outcome}\"}} {count}\n")]);
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus knows no other numbers")]
fn float(count: u64) -> f64 {
    count as f64
}

/// Resident memory of a process (`self` is ours), as Linux tells it.
pub(crate) fn resident_bytes_of(process: &str) -> Option<i64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answered_request_is_counted_under_its_route() {
        let metrics = Metrics::new(Arc::default()).expect("names do not clash");
        metrics.answered("/graphql", 200, Duration::from_millis(3));
        let figures = Figures {
            outcomes: [7, 2, 0, 0, 0],
            unasked: 3,
            batches: 3,
            batched: 9,
            committing: Duration::from_millis(30),
            queued: 4,
            notices: [5, 1, 0],
        };
        let lag = Lag { timers_ms: 1500, outbox_ms: 0, follow_ups_ms: 0 };
        let text = metrics.text(&figures, Some(lag), Some(3)).expect("text");
        for line in [
            "mandate_http_requests_total{route=\"/graphql\",status=\"200\"} 1",
            "mandate_commands_total{outcome=\"refused\"} 2",
            "mandate_batch_commands_total 9",
            "mandate_batch_seconds_total 0.03",
            "mandate_queue_depth 4",
            "mandate_lag_seconds{of=\"timers\"} 1.5",
            "mandate_connector_calls_total{outcome=\"timedOut\"} 0",
            "mandate_notices_failed 3",
            "mandate_notices_total{outcome=\"retried\"} 1",
        ] {
            assert!(text.lines().any(|own| own == line), "`{line}` is not in\n{text}");
        }
    }
}
