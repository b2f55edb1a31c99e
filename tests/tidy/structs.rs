//! What reads text from outside refuses keys it does not know: rules about serde attributes.

use super::source::{Source, matching_brace};
use super::{expect_none, findings};

/// Engine files whose types are read back from what we wrote ourselves, not from a person's file.
const OWN_RECORDS: [(&str, &str); 10] = [
    ("engine/src/instance", "instances are stored rows; an older row may lack or keep a field"),
    ("engine/src/event", "journalled"),
    ("engine/src/command", "journalled"),
    ("engine/src/rejection", "journalled"),
    ("engine/src/facts", "journalled"),
    ("engine/src/actor", "journalled"),
    ("engine/src/clock", "stored with the instance"),
    ("engine/src/ids", "newtypes"),
    ("engine/src/time", "newtypes"),
    ("store/", "rows and journal entries that we wrote"),
];

/// Types that cannot carry the attribute, and why.
const EXCUSED: [(&str, &str); 2] = [
    ("FieldError", "part of a rejection, which is journalled and read back from there"),
    ("Message", "a client's message of graphql-transport-ws, which may carry what we do not read"),
];

#[test]
fn misspelt_keys_are_refused() {
    expect_none(&findings(|file| {
        if OWN_RECORDS.iter().any(|(path, _)| file.path.starts_with(path)) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (line, name, attributes, body) in types(file) {
            let reads = attributes.contains("Deserialize") && !file.is_test(line);
            let is_plain = ["untagged", "transparent", "try_from", "from ="];
            let has_keys = body.contains(':');
            let is_safe = attributes.contains("deny_unknown_fields")
                || is_plain.iter().any(|word| attributes.contains(word))
                || EXCUSED.iter().any(|(excused, _)| *excused == name);
            if reads && has_keys && !is_safe {
                found.push((
                    line,
                    format!(
                        "`{name}` reads keys and would swallow a misspelt one; add \
                     `#[serde(deny_unknown_fields)]`, or list it in tests/tidy/structs.rs"
                    ),
                ));
            }
        }
        found
    }));
}

#[test]
fn nothing_is_flattened() {
    expect_none(&findings(|file| {
        let mut found = Vec::new();
        for (number, line) in file.product_lines() {
            let is_serde = line.contains("serde(") || line.trim() == "flatten,";
            if is_serde && super::says(line, "flatten") {
                found.push((
                    number,
                    "`flatten` swallows misspelt keys; write the fields out, or \
                                     nest them under a key"
                        .to_owned(),
                ));
            }
        }
        found
    }));
}

/// Line, name, attributes and body of each struct and enum.
fn types(file: &Source) -> Vec<(usize, String, String, String)> {
    let mut found = Vec::new();
    let (mut attributes, mut offset) = (String::new(), 0);
    let mut open_attribute = false;
    for (index, line) in file.code.split_inclusive('\n').enumerate() {
        let words = line.trim();
        let declared = words.split_once("struct ").or_else(|| words.split_once("enum "));
        if words.starts_with("#[") || open_attribute {
            attributes.push_str(words);
            open_attribute = !words.ends_with(']');
        } else if let Some((before, after)) = declared
            && (before.is_empty() || before.starts_with("pub"))
        {
            let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next();
            let body = body(&file.code[offset..]);
            let name = name.unwrap_or_default().to_owned();
            found.push((index + 1, name, std::mem::take(&mut attributes), body));
        } else if !words.is_empty() {
            attributes.clear();
        }
        offset += line.len();
    }
    found
}

/// The fields in braces; empty for a unit or tuple struct.
fn body(code: &str) -> String {
    let Some(open) = code.find(['{', ';']).filter(|at| code.as_bytes()[*at] == b'{') else {
        return String::new();
    };
    let end = matching_brace(code.as_bytes(), open).unwrap_or(code.len());
    // An enum's unit and tuple variants have no keys; paths in types do not count as keys either.
    code[open + 1..end].replace("::", "  ")
}
