//! What the tests of mails share: a store with a pack and one person, and a real SMTP server.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::actor::{Actor, Grant};
use engine::command::Command;
use engine::ids::InstanceId;
use engine::time::Timestamp;
use notifier::deliver::Deliverer;
use notifier::email::{Email, Settings as MailSettings};
use notifier::template::Site;
use store::directory::Person;
use store::{Clock, Settings, Store, Submit};
use tests::smtp::SmtpServer;

/// 2026-03-02 17:00:05 in Shanghai.
pub(crate) const BEGIN: Timestamp = Timestamp(1_772_442_005_000);

/// An office that sends mail, and a case of it.
pub(crate) struct Setup {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) server: SmtpServer,
    pub(crate) deliverer: Arc<Deliverer<Email>>,
    pub(crate) case: InstanceId,
    _folder: tempfile::TempDir,
}

/// Li Ming, a clerk.
pub(crate) fn li() -> Actor {
    let grants = vec![Grant { role: "clerk".into(), unit: None }];
    Actor::Person { id: "li".into(), unit: None, grants }
}

/// Publishes a pack, and begins a case of a process.
pub(crate) async fn setup(pack: &[(&str, &str)], process: &str) -> anyhow::Result<Setup> {
    let folder = tempfile::tempdir()?;
    let clock = Clock::manual(BEGIN);
    let url = format!("sqlite://{}/test.db", folder.path().display());
    let store = Store::open(Settings { clock: clock.clone(), ..Settings::new(url) }).await?;
    let files = pack.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let deployed = store.deploy(files.collect(), "admin").await;
    deployed.map_err(|error| anyhow::anyhow!("{error}: {error:#?}"))?;
    let person = Person {
        id: "li".to_owned(),
        name: "李明".to_owned(),
        unit: None,
        email: Some("li@example.org".to_owned()),
        language: Some("en".to_owned()),
        fields: serde_json::Map::new(),
        grants: vec![Grant { role: "clerk".into(), unit: None }],
    };
    store.load_people(&[], &[person]).await?;
    let server = SmtpServer::start().await?;
    let address = format!("smtp://{}:{}", server.host(), server.port());
    let email = Email::new(&MailSettings::from_url(&address, "office@example.org")?)?;
    let site = Site { name: "office".to_owned(), url: "https://example.org".to_owned() };
    let deliverer = Arc::new(Deliverer::new(store.clone(), email, site, "example.org"));
    let (process, documents) = (process.into(), BTreeMap::new());
    let command = Command::Start { process, documents, parent: None, origin: None };
    let case = store.submit(Submit::new(li(), command)).await?.instance;
    Ok(Setup { store, clock, server, deliverer, case, _folder: folder })
}

impl Setup {
    /// Sends what is due.
    pub(crate) async fn deliver(&self) -> anyhow::Result<()> {
        while self.deliverer.deliver_once().await? > 0 {}
        Ok(())
    }
}
