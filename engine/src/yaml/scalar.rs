//! What a scalar means: YAML 1.2's core schema, without the parts that surprise. `no`, `yes`, `on`,
//! `off` and dates are text; numbers that people read in two ways are refused.

/// A scalar's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Meaning {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text,
}

/// JSON readers lose digits of whole numbers beyond this.
const INT_MAX: u64 = 9_007_199_254_740_991;

/// What an unquoted scalar means, or why it may not be written so: code, message.
pub(super) fn plain(text: &str) -> Result<Meaning, (&'static str, String)> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Meaning::Null),
        "true" | "True" | "TRUE" => return Ok(Meaning::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Meaning::Bool(false)),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(digits, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        let message = format!("expected a number that can be counted with, found `{text}`");
        return Err(("notANumber", message));
    }
    if let Some(value) = other_base(text) {
        let message = format!("`{text}` may be read as {value} or as text");
        return Err(("ambiguousNumber", message));
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Ok(Meaning::Text);
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) { whole(text, digits) } else { fraction(text) }
}

/// The value of `0x1F` and `0o17`.
fn other_base(text: &str) -> Option<String> {
    let (digits, radix) = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => (digits, 16),
        (_, Some(digits)) => (digits, 8),
        (None, None) => return None,
    };
    let well = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    well.then(|| {
        u64::from_str_radix(digits, radix).map_or("a large number".into(), |n| n.to_string())
    })
}

fn whole(text: &str, digits: &str) -> Result<Meaning, (&'static str, String)> {
    let shown = digits.trim_start_matches('0');
    if (digits.starts_with('0') && digits.len() > 1) || text.starts_with('+') {
        let shown = if shown.is_empty() { "0" } else { shown };
        let message = format!("`{text}` may be read as the number {shown} or as text");
        return Err(("ambiguousNumber", message));
    }
    match digits.parse::<u64>() {
        Ok(value) if value <= INT_MAX => {
            let value = i64::try_from(value).expect("at most 2^53");
            Ok(Meaning::Int(if text.starts_with('-') { -value } else { value }))
        }
        _ => Err((
            "numberTooLarge",
            format!("expected a whole number of at most {INT_MAX}, found `{text}`"),
        )),
    }
}

/// `1.5` and `.5`; what is no number is text, such as `2026-03-31`, `10 workdays` and `1.2.3`.
fn fraction(text: &str) -> Result<Meaning, (&'static str, String)> {
    let known = |c: char| matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-');
    if !text.chars().all(known) || !text.contains(|c: char| c.is_ascii_digit()) {
        return Ok(Meaning::Text);
    }
    match text.parse::<f64>() {
        // A code such as 1E5 is a number in YAML and hardly ever meant as one.
        Ok(_) if text.contains(['e', 'E']) => {
            let message = format!("`{text}` may be read as a number with an exponent or as text");
            Err(("ambiguousNumber", message))
        }
        Ok(value) if value.is_finite() => Ok(Meaning::Float(value)),
        Ok(_) => Err(("numberTooLarge", format!("expected a smaller number, found `{text}`"))),
        Err(_) => Ok(Meaning::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::{Meaning, plain};

    #[test]
    fn plain_scalars_mean_what_a_reader_expects() {
        let text = [
            "no",
            "yes",
            "on",
            "off",
            "y",
            "N",
            "NO",
            "2026-03-31",
            "10 workdays",
            "1.2.3",
            "12:30",
            "1_000",
            "-",
            ".",
            "0b11",
            "e5",
            "0x",
            "0o9",
            "2/3",
            "80%",
            "=a > 1",
            "1e",
            "+",
            "一",
        ];
        for text in text {
            assert_eq!(plain(text), Ok(Meaning::Text), "{text}");
        }
        assert_eq!(plain("0"), Ok(Meaning::Int(0)));
        assert_eq!(plain("-7"), Ok(Meaning::Int(-7)));
        assert_eq!(plain("9007199254740991"), Ok(Meaning::Int(9_007_199_254_740_991)));
        assert_eq!(plain("1.5"), Ok(Meaning::Float(1.5)));
        assert_eq!(plain("0.05"), Ok(Meaning::Float(0.05)));
        assert_eq!(plain("true"), Ok(Meaning::Bool(true)));
        assert_eq!(plain("~"), Ok(Meaning::Null));
    }

    #[test]
    fn numbers_that_read_two_ways_are_refused() {
        let check = |text: &str, code| assert_eq!(plain(text).unwrap_err().0, code, "{text}");
        check("0755", "ambiguousNumber");
        check("00", "ambiguousNumber");
        check("-010", "ambiguousNumber");
        check("+8613800000000", "ambiguousNumber");
        check("0x1F", "ambiguousNumber");
        check("0o17", "ambiguousNumber");
        check("9007199254740992", "numberTooLarge");
        check("913508000000000000000000", "numberTooLarge");
        check("1e3", "ambiguousNumber");
        check("915308021E00000014", "ambiguousNumber");
        check(&format!("{}.5", "9".repeat(400)), "numberTooLarge");
        check(".inf", "notANumber");
        check("-.INF", "notANumber");
        check(".nan", "notANumber");
    }
}
