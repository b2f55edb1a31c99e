//! What the service tasks of a definition need of the server that calls: hosts, as far as their addresses
//! say them, and secrets. An address that a case works out is only known when it is called.

use std::fmt;

use engine::definition::Definition;
use engine::elements::Element;
use engine::elements::service_task::source::{HeaderValue, HttpCall};
use engine::ids::{NodeName, ProcessName};
use reqwest::Url;

use crate::Settings;

/// One thing that a service task needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Its process.
    pub process: ProcessName,
    /// Its node.
    pub node: NodeName,
    /// What.
    pub what: Needed,
}

/// What a service task needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needed {
    /// That a host may be called.
    Host(Url),
    /// A secret, by its name.
    Secret {
        /// Its name.
        name: String,
        /// The header that it is for.
        header: String,
    },
}

impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(url) => {
                write!(f, "host {}", url.host_str().unwrap_or_default())?;
                url.port().map_or(Ok(()), |port| write!(f, ":{port}"))
            }
            Self::Secret { name, .. } => write!(f, "secret {name}"),
        }
    }
}

/// What the service tasks of a definition need, in the order of its file.
pub fn needs(definition: &Definition) -> Vec<Need> {
    let mut all = Vec::new();
    for node in definition.nodes() {
        let Element::ServiceTask(task) = node.element() else { continue };
        let Some(call) = &task.http else { continue };
        let (process, node) = (definition.process(), node.name());
        let need = |what| Need { process: process.clone(), node: node.clone(), what };
        all.extend(of_call(call).into_iter().map(need));
    }
    all
}

fn of_call(call: &HttpCall) -> Vec<Needed> {
    let host = host(&call.url).map(Needed::Host);
    let secrets = call.headers.iter().filter_map(|(header, value)| match value {
        HeaderValue::Secret(secret) => {
            Some(Needed::Secret { name: secret.secret.clone(), header: header.clone() })
        }
        HeaderValue::Text(_) => None,
    });
    host.into_iter().chain(secrets).collect()
}

/// The address whose host is plain: written out, or at the beginning of an expression, such as
/// `='https://example.cn/v1/' + id`.
fn host(url: &str) -> Option<Url> {
    let Some(expression) = url.strip_prefix('=') else { return Url::parse(url).ok() };
    let mut rest = expression.trim_start().chars();
    let quote = rest.next().filter(|first| matches!(first, '\'' | '"'))?;
    let (literal, _) = rest.as_str().split_once(quote)?;
    let (scheme, behind) = literal.split_once("://")?;
    // Where the literal ends before the host does, the host is not known.
    let end = behind.find(['/', '?'])?;
    Url::parse(&format!("{scheme}://{}/", behind.get(..end)?)).ok()
}

impl Settings {
    /// Whether it is said where calls may go or which secrets they send: a server without either calls
    /// nobody, and need not.
    pub fn say_something(&self) -> bool {
        !self.hosts.is_empty() || self.secrets.are_kept()
    }

    /// What is missing for something that a service task needs, with the setting to set; none where it
    /// is there, or somebody else makes the calls.
    pub async fn missing(&self, needed: &Needed) -> Option<String> {
        if self.calls_max == 0 {
            return None;
        }
        match needed {
            Needed::Host(url) => {
                let host = self.hosts.allow(url).err()?;
                Some(format!("the host `{host}` is not in connectorHosts"))
            }
            Needed::Secret { name, .. } => match self.secrets.get(name).await {
                Some(_) => None,
                None => Some(format!(
                    "the secret `{name}` is not there: a file in connectorSecrets, or \
                     MANDATE_SECRET_{name}"
                )),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn a_host_is_known_where_it_is_written_out() {
        for (url, expected) in [
            ("https://api.example.cn/a", Some("https://api.example.cn/a")),
            (
                "='https://api.example.cn:8443/v1/' + string(n)",
                Some("https://api.example.cn:8443/"),
            ),
            ("= \"http://10.0.0.7?q=\" + q", Some("http://10.0.0.7/")),
            ("='https://api.' + region + '.example.cn/'", None),
            ("='https://api.example.cn' + path", None),
            ("=address", None),
            ("='' + address", None),
        ] {
            assert_eq!(host(url).map(String::from).as_deref(), expected, "{url}");
        }
    }
}
