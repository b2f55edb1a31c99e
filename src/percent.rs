//! Text where only some characters of ASCII may stand: in an address, in the value of a header.

use std::fmt::Write as _;

/// The text with every byte as `%XX` but letters, digits, `-`, `.`, `_` and `~` (RFC 3986,
/// unreserved), which stand for themselves everywhere.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn what_is_not_reserved_stands_for_itself() {
        assert_eq!(encoded("a-Z.0_~"), "a-Z.0_~");
        assert_eq!(encoded("方 &+#/\n"), "%E6%96%B9%20%26%2B%23%2F%0A");
    }
}
