//! What runs beside the HTTP server: the store's own workers, the sender of notices, and the caller of
//! services.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use connectors::{Calls, Connector};
use notifier::deliver::Deliverer;
use notifier::email::Email;
use notifier::template::Site;
use store::Store;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::services;

/// The running workers.
#[derive(Debug)]
pub(crate) struct Workers {
    ending: watch::Sender<bool>,
    running: JoinSet<()>,
    calls: Arc<Calls>,
}

impl Workers {
    /// Starts them all.
    pub(crate) fn start(store: &Store, config: &Config) -> Result<Self> {
        let (ending, _) = watch::channel(false);
        let mut running = JoinSet::new();
        let (own, end) = (store.clone(), until(ending.subscribe()));
        running.spawn(async move { own.run(end).await });
        if config.smtp.is_empty() {
            tracing::info!("no mail server is set (smtp): notices wait in the outbox");
        } else {
            let sender = sender(store, config)?;
            let end = until(ending.subscribe());
            running.spawn(async move { sender.run(end).await });
        }
        let connector = Connector::new(store.clone(), config.connectors());
        let (calls, end) = (connector.calls(), until(ending.subscribe()));
        if config.connector_calls_max > 0 {
            running.spawn(async move { connector.run(end).await });
            let (own, settings) = (store.clone(), Arc::new(config.connectors()));
            let end = until(ending.subscribe());
            running.spawn(async move {
                tokio::select! {
                    () = end => {}
                    () = services::watch(own, settings) => {}
                }
            });
        }
        Ok(Self { ending, running, calls })
    }

    /// What calls of services ended how.
    pub(crate) fn calls(&self) -> Arc<Calls> {
        Arc::clone(&self.calls)
    }

    /// Tells them to end and waits until they have.
    pub(crate) async fn end(mut self) {
        self.ending.send_replace(true);
        while let Some(ended) = self.running.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker ended badly");
            }
        }
    }
}

fn sender(store: &Store, config: &Config) -> Result<Deliverer<Email>> {
    let settings = notifier::email::Settings::from_url(&config.smtp, config.mail_from.clone());
    let email = Email::new(&settings.context("the setting smtp or mailFrom is wrong")?)
        .context("the setting smtp or mailFrom is wrong")?;
    let domain = email.domain().to_owned();
    let url = config.public_url.trim_end_matches('/').to_owned();
    Ok(Deliverer::new(store.clone(), email, Site { name: "Mandate".to_owned(), url }, domain))
}

async fn until(mut ending: watch::Receiver<bool>) {
    // A closed channel means that the workers' owner is gone: then they end too.
    let _ended_or_gone = ending.wait_for(|ending| *ending).await;
}
