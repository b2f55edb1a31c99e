//! Addresses of services: which are taken, and how a query is added to one. Whether the server may
//! go there is its own setting.

/// The longest address, in bytes.
const URL_BYTES_MAX: usize = 4096;

/// Whether an address may be called: `http` or `https`, a host, no name or password, no place in a
/// page, and no way up that a value may have brought in.
pub(super) fn check(url: &str) -> Result<(), String> {
    let expected = |what: &str| Err(format!("expected {what}, found `{}`", shown(url)));
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return expected("an address such as `https://example.cn/path`");
    };
    if url.len() > URL_BYTES_MAX {
        return Err(format!("expected at most {URL_BYTES_MAX} bytes, found {}", url.len()));
    }
    if url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return expected("no white space and no `\\` in it");
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return Err("expected no name and no password in an address: that would be a secret in the \
                    pack; use a header with `{ secret: NAME }`"
            .to_owned());
    }
    if authority.is_empty() || authority.starts_with(':') {
        return expected("a host in it");
    }
    if path.contains('#') {
        return expected("no `#` in it");
    }
    let path = path.split('?').next().unwrap_or_default();
    let is_way_up = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        matches!(plain.as_str(), "." | "..")
    };
    if path.split('/').any(is_way_up) {
        return expected("no `.` and no `..` as a part of its path");
    }
    Ok(())
}

/// The beginning of an address, without its query.
fn shown(url: &str) -> String {
    url.split('?').next().unwrap_or_default().chars().take(100).collect()
}

/// Adds `name=value` to the query of an address.
pub(super) fn add(url: &mut String, name: &str, value: &str) {
    let sign = if url.contains('?') { '&' } else { '?' };
    url.push(sign);
    encode(url, name);
    url.push('=');
    encode(url, value);
}

fn encode(url: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push('%');
            url.push(char::from(HEX[usize::from(byte >> 4)]));
            url.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{add, check};

    #[test]
    fn only_plain_addresses_are_taken() {
        for good in ["https://example.cn", "http://127.0.0.1:8080/a/b?c=..", "https://例.cn/路"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("ftp://example.cn/", "https://example.cn/path"),
            ("//example.cn/", "https://example.cn/path"),
            ("https:///a", "a host"),
            ("https://:80/a", "a host"),
            ("https://li:pass@example.cn/", "no password"),
            ("https://example.cn/#a", "no `#`"),
            ("https://example.cn/a b", "white space"),
            ("https://example.cn\\@evil.cn/", "no `\\`"),
            ("https://example.cn/a/../b", "`..`"),
            ("https://example.cn/a/%2E%2e/b", "`..`"),
        ] {
            let told = check(bad).expect_err(bad);
            assert!(told.contains(why), "{bad}: {told}");
            assert!(!told.contains("pass@"), "{told}");
        }
    }

    #[test]
    fn a_query_is_encoded() {
        let mut url = "https://example.cn/a".to_owned();
        add(&mut url, "城", "a b&c=d/é");
        add(&mut url, "n", "1");
        assert_eq!(url, "https://example.cn/a?%E5%9F%8E=a%20b%26c%3Dd%2F%C3%A9&n=1");
    }
}
