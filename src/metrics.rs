//! What `/metrics` tells Prometheus. Labels have few values: no case, no person, no path of a
//! request that is not a route.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

/// All counters of the process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    memory: IntGauge,
}

impl Metrics {
    /// Registers every metric.
    pub(crate) fn new() -> Result<Self> {
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
        Ok(Self { registry, requests, seconds, memory })
    }

    /// Counts an answered request.
    pub(crate) fn answered(&self, route: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[route, &status.to_string()]).inc();
        self.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// The text format of Prometheus.
    pub(crate) fn text(&self) -> Result<String> {
        self.memory.set(resident_bytes().unwrap_or(0));
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .context("the metrics cannot be written as text")?;
        String::from_utf8(text).context("the metrics are not UTF-8")
    }
}

/// Resident memory, as Linux tells it.
pub(crate) fn resident_bytes() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answered_request_is_counted_under_its_route() {
        let metrics = Metrics::new().expect("names do not clash");
        metrics.answered("/graphql", 200, Duration::from_millis(3));
        let text = metrics.text().expect("text");
        let line = "mandate_http_requests_total{route=\"/graphql\",status=\"200\"} 1";
        assert!(text.contains(line), "{text}");
    }
}
