//! Where and how mail goes out: read from the binary's settings, checked at once. No connection.

use std::fmt;
use std::path::PathBuf;

use lettre::transport::smtp::Error as SmtpError;
use serde::Deserialize;
use thiserror::Error;

/// Seconds that one mail may take at most, whatever the settings say.
pub const TIMEOUT_S_MAX: u64 = 150;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Security {
    /// Not at all: for a relay on the same machine or in the same rack.
    None,
    /// Plain at first, then upgraded; refused where the server does not offer it.
    #[default]
    Starttls,
    /// From the first byte.
    Tls,
}

/// A text that never appears in logs.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub(super) String);

impl Secret {
    /// A secret from its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Where and how mail goes out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Settings {
    /// The relay's name or address.
    pub host: String,
    /// Its port; by default 25, 587 or 465 as the protection has it.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: Security,
    /// A certificate in PEM that is trusted besides the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The name to log in with, where the relay asks for it.
    #[serde(default)]
    pub user: Option<String>,
    /// Its password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// The sender, such as `Mandate <no-reply@example.org>`.
    pub from: String,
    /// Seconds until the relay must have taken a mail, 1 to 150: one that looks through a mail before it
    /// takes it needs its time, and what it takes after that would be sent again.
    #[serde(default = "timeout_default")]
    pub timeout_s: u64,
}

const fn timeout_default() -> u64 {
    120
}

impl Settings {
    /// Settings from an address: `smtp://host:25` (plain), `smtp://host:587?tls=required` (plain at
    /// first, then upgraded) or `smtps://user:password@host:465` (protected from the first byte).
    /// What is not a letter or a digit in the user and password is written as `%40`.
    pub fn from_url(url: &str, from: impl Into<String>) -> Result<Self, SettingsError> {
        let bad = || SettingsError::Url(without_login(url));
        let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let security = match (scheme, query) {
            ("smtps", "") => Security::Tls,
            ("smtp", "tls=required") => Security::Starttls,
            ("smtp", "") => Security::None,
            _ => return Err(bad()),
        };
        let (login, place) = match rest.trim_end_matches('/').rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest.trim_end_matches('/')),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| bad())?)),
            None => (place, None),
        };
        if host.is_empty() {
            return Err(bad());
        }
        let (user, password) = match login {
            Some(login) => {
                let (user, password) = login.split_once(':').ok_or(SettingsError::Login)?;
                let decoded = decoded(user).zip(decoded(password)).ok_or_else(bad)?;
                (Some(decoded.0), Some(Secret::new(decoded.1)))
            }
            None => (None, None),
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            security,
            ca_file: None,
            user,
            password,
            from: from.into(),
            timeout_s: timeout_default(),
        })
    }
}

/// An address as it may be shown.
fn without_login(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        _ => url.to_owned(),
    }
}

/// A text with `%40` and the like; none where it is not well-formed.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let (high, low) = (char::from(rest.next()?), char::from(rest.next()?));
            let value = high.to_digit(16)? * 16 + low.to_digit(16)?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Settings with which no mail can go out.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The relay's address cannot be read.
    #[error(
        "expected a mail server such as `smtp://host:25`, `smtp://host:587?tls=required` or \
             `smtps://user:password@host:465`, found `{0}`"
    )]
    Url(String),
    /// The sender is not a mail address.
    #[error("expected a sender such as `Mandate <no-reply@example.org>`, found `{0}`")]
    From(String),
    /// The certificate cannot be read.
    #[error("expected a certificate in PEM in `{0}`")]
    CaFile(PathBuf),
    /// The time for a mail is out of range.
    #[error("expected a timeout of 1 to {TIMEOUT_S_MAX} seconds, found {0}")]
    Timeout(u64),
    /// A password without a user or the other way round.
    #[error("expected a user together with a password, found only one of them")]
    Login,
    /// The protection cannot be set up.
    #[error("the protected connection to `{host}` cannot be set up")]
    Tls {
        /// The relay.
        host: String,
        /// Why.
        #[source]
        source: SmtpError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_all_that_is_needed() {
        for (url, host, port, security, user) in [
            ("smtp://localhost", "localhost", None, Security::None, None),
            ("smtp://mail:25/", "mail", Some(25), Security::None, None),
            ("smtp://mail:587?tls=required", "mail", Some(587), Security::Starttls, None),
            ("smtps://li%40x:p%3Aw@mail:465", "mail", Some(465), Security::Tls, Some("li@x")),
        ] {
            let settings = Settings::from_url(url, "office@example.org").unwrap();
            assert_eq!(
                (
                    settings.host.as_str(),
                    settings.port,
                    settings.security,
                    settings.user.as_deref()
                ),
                (host, port, security, user),
                "{url}"
            );
            assert_eq!(settings.password.is_some(), user.is_some());
        }
    }

    #[test]
    fn an_address_that_cannot_be_read_is_shown_without_its_password() {
        for url in ["mail", "http://mail", "smtp://:25", "smtp://mail:x", "smtps://u:%zz@mail"] {
            assert!(matches!(Settings::from_url(url, "x"), Err(SettingsError::Url(_))), "{url}");
        }
        let error = Settings::from_url("smtps://li:secret@mail:x", "x").unwrap_err().to_string();
        assert!(error.contains("smtps://…@mail:x") && !error.contains("secret"), "{error}");
        assert!(matches!(Settings::from_url("smtp://li@mail", "x"), Err(SettingsError::Login)));
    }
}
