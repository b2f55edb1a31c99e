//! Single values: whether a text is a mail address, a telephone number, a credit code, and so on.

/// The characters of a unified social credit code, in the order of their values (GB 32100-2015).
const USCC_CHARACTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Whether a text is a unified social credit code 统一社会信用代码, its check character included.
pub fn is_uscc(text: &str) -> bool {
    let Some(values) = text
        .bytes()
        .map(|byte| USCC_CHARACTERS.iter().position(|known| *known == byte))
        .collect::<Option<Vec<usize>>>()
    else {
        return false;
    };
    if values.len() != 18 {
        return false;
    }
    let mut weight = 1;
    let mut sum = 0;
    for value in &values[..17] {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    values[17] == (31 - sum % 31) % 31
}

/// Whether a text looks like a mail address: one `@`, a name before it, a domain behind it.
pub fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c);
    let label = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && part.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text.len() <= 254
        && (1..=64).contains(&name.len())
        && name.chars().all(plain)
        && domain.contains('.')
        && domain.split('.').all(label)
}

/// Whether a text is a telephone number: 7 to 15 digits with a `+`, spaces, hyphens or brackets,
/// and perhaps an extension (`转 12`, `ext. 12`).
pub fn is_phone(text: &str) -> bool {
    let number = ["转", "ext.", "ext", "x", "#"]
        .iter()
        .find_map(|mark| text.split_once(mark))
        .filter(|(_, extension)| {
            let digits = extension.trim();
            (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
        .map_or(text, |(number, _)| number);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits)
        && number
            .trim()
            .char_indices()
            .all(|(at, c)| c.is_ascii_digit() || " -()（）".contains(c) || (c == '+' && at == 0))
}

/// Whether a text is a web address that a browser may follow.
pub fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    text.len() <= 2000
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && host
            .is_some_and(|host| !host.is_empty() && !host.contains('@') && !host.starts_with('.'))
}

/// Whether a text is the name of a person or unit of the directory.
pub(super) fn is_identifier(text: &str) -> bool {
    (1..=100).contains(&text.len()) && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Whether a text is a SHA-256 in lower-case hexadecimal.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Bytes of a size such as `20 MB`, `500 KB`, `1.5 GB`; a kilobyte is 1024 bytes.
pub(super) fn size_of(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let amount: f64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim().to_ascii_uppercase().as_str() {
        "B" => 1.0,
        "KB" => 1024.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let bytes = amount * unit;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded and positive"
    )]
    (1.0..=1.0e15).contains(&bytes).then_some(bytes as u64)
}

/// A size as people read it: in the largest unit of which it is a whole or a half.
pub(super) fn shown_size(bytes: u64) -> String {
    let units = [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)];
    let fits = |(_, unit): &(&str, u64)| bytes >= *unit && (bytes * 2).is_multiple_of(*unit);
    match units.into_iter().find(fits) {
        Some((name, unit)) if bytes.is_multiple_of(unit) => format!("{} {name}", bytes / unit),
        Some((name, unit)) => format!("{}.5 {name}", bytes / unit),
        None => format!("{bytes} B"),
    }
}

/// Whether a file fits what a field accepts: an ending (`pdf`), a media type, or `image/*`.
pub(super) fn accepts(accepted: &[String], name: &str, media_type: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    accepted.is_empty()
        || accepted.iter().any(|accepted| match accepted.split_once('/') {
            Some((family, "*")) => media_type.split('/').next() == Some(family),
            Some(_) => media_type == accepted,
            None => ending.as_deref() == Some(accepted.trim_start_matches('.')),
        })
}

#[cfg(test)]
mod tests {
    use super::{accepts, is_email, is_phone, is_url, is_uscc, shown_size, size_of};

    fn check(test: impl Fn(&str) -> bool, table: &[(&str, bool)]) {
        for (text, expected) in table {
            assert_eq!(test(text), *expected, "{text}");
        }
    }

    #[test]
    fn a_credit_code_has_the_right_check_character() {
        check(
            is_uscc,
            &[
                ("91350100M000100Y43", true),
                ("91350100M000100Y4Z", false),
                ("91350100M000100Y44", false),
                ("91350100m000100y43", false),
                ("91350100M000100Y4", false),
                ("91350100M000100Y433", false),
                ("9135010OM000100Y43", false),
                ("", false),
                ("统一社会信用代码统一社会信用代码统一", false),
            ],
        );
    }

    #[test]
    fn addresses_and_numbers_are_told_from_others() {
        check(
            is_email,
            &[
                ("li@example.gov.cn", true),
                ("a.b+c@d-e.cn", true),
                ("li@localhost", false),
                ("li example@x.cn", false),
                ("a@b@c.cn", false),
                ("a@b..cn", false),
                ("a\n@b.cn", false),
            ],
        );
        check(
            is_phone,
            &[
                ("0879-2123456", true),
                ("+86 138 0000 0000", true),
                ("(0879) 2123456转12", true),
                ("12345", false),
                ("call me", false),
                ("+86+138 0000 0000", false),
            ],
        );
        check(
            is_url,
            &[
                ("https://www.puershi.gov.cn/a?b=c", true),
                ("http://x", true),
                ("javascript:alert(1)", false),
                ("https://", false),
                ("https://user@evil.cn", false),
                ("ftp://x.cn", false),
            ],
        );
    }

    #[test]
    fn sizes_have_units() {
        for (text, expected) in [
            ("20 MB", Some(20 * 1024 * 1024)),
            ("500KB", Some(500 * 1024)),
            ("1.5 GB", Some(1_610_612_736)),
            ("20", None),
            ("MB", None),
            ("20 M", None),
        ] {
            assert_eq!(size_of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_size_is_shown_as_it_was_written() {
        for text in ["20 KB", "1.5 GB", "50 MB", "999 B"] {
            assert_eq!(size_of(text).map(shown_size).as_deref(), Some(text));
        }
        assert_eq!(shown_size(1_025), "1025 B");
    }

    #[test]
    fn files_are_accepted_by_ending_or_media_type() {
        let accepted = ["pdf".to_owned(), "image/*".to_owned()];
        assert!(accepts(&accepted, "a.PDF", "application/octet-stream"));
        assert!(accepts(&accepted, "a", "image/png"));
        assert!(!accepts(&accepted, "a.exe", "application/x-dosexec"));
        assert!(accepts(&[], "a.exe", "x/y"));
    }
}
