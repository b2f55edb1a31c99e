//! Mail over SMTP, by lettre. What a mail says and when it is tried again is decided elsewhere.

use std::time::{Duration, SystemTime};

use crate::notice::{Address, Channel, Notice, SendError};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

mod settings;

pub use settings::{Secret, Security, Settings, SettingsError, TIMEOUT_S_MAX};

/// Connections kept open; also the number of mails sent at once.
pub const CONNECTIONS_MAX: u32 = 4;

/// The mail channel.
#[derive(Debug)]
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    timeout: Duration,
}

impl Email {
    /// Prepares the channel; no connection is made before the first mail.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let from: Mailbox =
            settings.from.parse().map_err(|_| SettingsError::From(settings.from.clone()))?;
        if !(1..=TIMEOUT_S_MAX).contains(&settings.timeout_s) {
            return Err(SettingsError::Timeout(settings.timeout_s));
        }
        let (tls, port) = match settings.security {
            Security::None => (Tls::None, 25),
            Security::Starttls => (Tls::Required(tls_parameters(settings)?), 587),
            Security::Tls => (Tls::Wrapper(tls_parameters(settings)?), 465),
        };
        let timeout = Duration::from_secs(settings.timeout_s);
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str())
                .port(settings.port.unwrap_or(port))
                .tls(tls)
                .timeout(Some(timeout))
                .pool_config(PoolConfig::new().max_size(CONNECTIONS_MAX));
        builder = match (&settings.user, &settings.password) {
            (Some(user), Some(Secret(password))) => {
                builder.credentials(Credentials::new(user.clone(), password.clone()))
            }
            (None, None) => builder,
            (Some(_), None) | (None, Some(_)) => return Err(SettingsError::Login),
        };
        Ok(Self { transport: builder.build(), from, timeout })
    }

    /// The domain of the sender, for Message-IDs.
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Whether the relay answers, for a readiness check and for `mandate serve` at its start.
    pub async fn check(&self) -> Result<(), SendError> {
        match tokio::time::timeout(self.timeout, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(SendError::transient("the mail relay does not answer NOOP")),
            Ok(Err(error)) => Err(explain(&error)),
            Err(_) => Err(SendError::transient("the mail relay did not answer in time")),
        }
    }

    fn message(&self, notice: &Notice) -> Result<Message, SendError> {
        let date = SystemTime::UNIX_EPOCH
            + Duration::from_millis(u64::try_from(notice.at.0).unwrap_or_default());
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(mailbox(&notice.recipient)?)
            .subject(notice.subject.as_str())
            .date(date)
            .message_id(Some(format!("<{}>", notice.message_id)))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN);
        if let Some(thread) = &notice.thread {
            builder = builder.references(format!("<{thread}>"));
        }
        builder
            .body(notice.body.clone())
            .map_err(|error| SendError::permanent(format!("the mail cannot be written: {error}")))
    }
}

impl Channel for Email {
    async fn send(&self, notice: &Notice) -> Result<(), SendError> {
        let message = self.message(notice)?;
        // lettre's timeout is for each answer of the server; this one is for all of them.
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(explain(&error)),
            Err(_) => Err(SendError::transient(format!(
                "the mail relay did not take it within {} s",
                self.timeout.as_secs()
            ))),
        }
    }
}

/// Says to other machines that no person wrote it, so that no absence note comes back (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn mailbox(address: &Address) -> Result<Mailbox, SendError> {
    let email = address.email.trim().parse().map_err(|_| {
        SendError::permanent(format!("expected a mail address, found `{}`", address.email))
    })?;
    Ok(Mailbox::new(address.name.clone(), email))
}

fn tls_parameters(settings: &Settings) -> Result<TlsParameters, SettingsError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(file) = &settings.ca_file {
        let bad = || SettingsError::CaFile(file.clone());
        let pem = std::fs::read(file).map_err(|_| bad())?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| bad())?);
    }
    builder.build().map_err(|source| SettingsError::Tls { host: settings.host.clone(), source })
}

/// Codes by which a relay refuses us rather than the mail: logging in is required or failed, or the
/// protection is too weak. A person mends the settings; the mail is still good.
const OUR_FAULT: [&str; 5] = ["530", "534", "535", "538", "454"];

fn explain(error: &SmtpError) -> SendError {
    let message = error.to_string();
    let ours = error.status().is_some_and(|code| OUR_FAULT.contains(&code.to_string().as_str()));
    if error.is_permanent() && !ours {
        SendError::permanent(message)
    } else {
        SendError::transient(message)
    }
}
