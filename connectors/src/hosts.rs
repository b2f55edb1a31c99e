//! The hosts that may be called, each by its name and port exactly: no patterns, so that nobody has to
//! think about what one matches.

use std::collections::BTreeSet;
use std::str::FromStr;

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// A list of hosts, such as `api.example.cn, 10.0.0.7:8443`. Without a port it is that of the
/// scheme: 80 or 443.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hosts {
    allowed: BTreeSet<(String, Option<u16>)>,
}

impl FromStr for Hosts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut allowed = BTreeSet::new();
        for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let wrong = || {
                format!("expected hosts such as `api.example.cn` or `10.0.0.7:8443`, found `{one}`")
            };
            // A scheme whose port nobody would leave out, so that a port that is said is seen.
            let url = Url::parse(&format!("ws://{one}/")).map_err(|_| wrong())?;
            let host = url.host_str().ok_or_else(wrong)?.to_owned();
            let said = one.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
            let port = said.and_then(|_| url.port_or_known_default());
            let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            if !plain || !url.username().is_empty() || one.contains(['/', '@', '?', '#', '*']) {
                return Err(wrong());
            }
            allowed.insert((host, port));
        }
        Ok(Self { allowed })
    }
}

impl TryFrom<String> for Hosts {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Hosts> for String {
    fn from(hosts: Hosts) -> Self {
        let one = |(host, port): &(String, Option<u16>)| match port {
            Some(port) => format!("{host}:{port}"),
            None => host.clone(),
        };
        hosts.allowed.iter().map(one).collect::<Vec<_>>().join(",")
    }
}

impl Hosts {
    /// Whether nothing may be called.
    pub(crate) fn is_empty(&self) -> bool {
        self.allowed.is_empty()
    }

    /// Whether an address may be called; the error is the host and port that are not allowed.
    pub fn allow(&self, url: &Url) -> Result<(), String> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or_default();
        let known = match url.scheme() {
            "https" => 443,
            _ => 80,
        };
        let without = port == known && self.allowed.contains(&(host.clone(), None));
        if without || self.allowed.contains(&(host.clone(), Some(port))) {
            return Ok(());
        }
        Err(if port == known { host } else { format!("{host}:{port}") })
    }
}

#[cfg(test)]
mod tests {
    use super::{Hosts, Url};

    #[test]
    fn a_host_is_allowed_with_its_port_and_no_other() {
        let hosts: Hosts =
            "api.example.cn, 10.0.0.7:8443,[::1]:80,接口.例.cn,x.cn:80".parse().expect("hosts");
        let allow = |url: &str| hosts.allow(&Url::parse(url).expect("an address"));
        for good in [
            "https://api.example.cn/a",
            "https://API.example.cn:443/",
            "http://api.example.cn/",
            "http://10.0.0.7:8443/",
            "http://[::1]/",
            "https://接口.例.cn/",
            "https://x.cn:80/",
        ] {
            assert_eq!(allow(good), Ok(()), "{good}");
        }
        for (bad, told) in [
            ("https://api.example.cn:8443/", "api.example.cn:8443"),
            ("https://evil.api.example.cn/", "evil.api.example.cn"),
            ("https://api.example.cn.evil.cn/", "api.example.cn.evil.cn"),
            ("http://10.0.0.7/", "10.0.0.7"),
            ("http://0x0a000007:8444/", "10.0.0.7:8444"),
            ("http://localhost/", "localhost"),
            ("https://x.cn/", "x.cn"),
        ] {
            assert_eq!(allow(bad), Err(told.to_owned()), "{bad}");
        }
        assert_eq!(Hosts::default().allow(&Url::parse("http://a/").expect("one")), Err("a".into()));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for bad in ["https://a.cn", "a.cn/path", "*.a.cn", "li@a.cn", "a.cn:99999", "a b"] {
            let told = bad.parse::<Hosts>().expect_err(bad);
            assert!(told.contains(bad), "{told}");
        }
        assert_eq!("".parse::<Hosts>(), Ok(Hosts::default()));
    }
}
