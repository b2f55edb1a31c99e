//! Structured logs on standard error. They name cases, tasks and codes, never a person, a
//! document's content or a token: whoever logs gives ids, and the request log gives routes.

use anyhow::{Context as _, Result};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Config, LogFormat};
use crate::output;

/// Starts logging, once per process.
pub(crate) fn start(config: &Config) -> Result<()> {
    let filter = EnvFilter::try_new(&config.log)
        .with_context(|| format!("`{}` is not a log filter such as info", config.log))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let builder = builder.with_ansi(output::is_watched());
    let started = match config.log_format {
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
        LogFormat::Text => builder.with_target(false).finish().try_init(),
    };
    started.context("logging was started twice")?;
    if matches!(config.log_format, LogFormat::Json) {
        output::log_from_now();
    }
    Ok(())
}
