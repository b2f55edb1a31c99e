//! Documents that scenarios use by name, and how one is written as a change of another. What a
//! step does with them is in `play`.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::source::FixturesSource;
use crate::diagnostic::Diagnostic;
use crate::yaml::{self, Tree};

/// The key that names the fixture to begin from.
const LIKE: &str = "$like";

/// How many fixtures may be built upon each other.
const LIKE_DEPTH_MAX: usize = 8;

/// The fixtures of a pack, each written out in full.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fixtures(IndexMap<String, Value>);

impl Fixtures {
    /// Reads `scenarios/fixtures.yaml`. A fixture with `$like: another` is the other one, changed as
    /// by a JSON merge patch (RFC 7396): its keys replace, `null` takes away. Every problem at once.
    pub fn read(tree: &Tree) -> Result<Self, Vec<Diagnostic>> {
        let source: FixturesSource = yaml::read(tree, &[])?;
        let mut written = IndexMap::new();
        let mut problems = Vec::new();
        for name in source.fixtures.keys() {
            match write_out(&source, name, 0) {
                Ok(value) => {
                    written.insert(name.clone(), value);
                }
                Err(message) => {
                    let place = tree.place(&["fixtures", name, LIKE]);
                    problems.push(tree.error("badFixture", place, message));
                }
            }
        }
        if problems.is_empty() { Ok(Self(written)) } else { Err(problems) }
    }

    /// The fixture of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

fn write_out(source: &FixturesSource, name: &str, depth: usize) -> Result<Value, String> {
    if depth > LIKE_DEPTH_MAX {
        return Err(format!(
            "expected at most {LIKE_DEPTH_MAX} fixtures that are built upon each other; `{name}` \
             leads to more, perhaps to itself"
        ));
    }
    let Some(value) = source.fixtures.get(name) else {
        return Err(format!("expected the name of a fixture, found `{name}`"));
    };
    match value {
        Value::Object(fields) if fields.contains_key(LIKE) => changed(source, fields, depth),
        value => Ok(value.clone()),
    }
}

fn changed(
    source: &FixturesSource,
    fields: &Map<String, Value>,
    depth: usize,
) -> Result<Value, String> {
    let Some(Value::String(other)) = fields.get(LIKE) else {
        return Err(format!("expected the name of a fixture under `{LIKE}`"));
    };
    let mut value = write_out(source, other, depth + 1)?;
    let mut patch = fields.clone();
    patch.remove(LIKE);
    merge(&mut value, Value::Object(patch));
    Ok(value)
}

/// RFC 7396.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(changes) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else { return };
    for (key, change) in changes {
        if change.is_null() {
            fields.remove(&key);
        } else {
            merge(fields.entry(key).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<Fixtures, Vec<String>> {
        let tree = yaml::parse("scenarios/fixtures.yaml", text.as_bytes()).expect("it is YAML");
        Fixtures::read(&tree).map_err(|problems| {
            let said = |problem: &Diagnostic| {
                format!("{}:{} {}", problem.place.line, problem.place.column, problem.message)
            };
            problems.iter().map(said).collect()
        })
    }

    #[test]
    fn a_fixture_changes_another() {
        let fixtures = read(
            "fixtures:\n  \
             plan: { name: A, term: 60, costs: { now: 1, later: 2 }, list: [1, 2] }\n  \
             long: { $like: plan, term: 72, costs: { later: null }, list: [3] }\n  \
             longer: { $like: long, term: 84 }\n",
        )
        .expect("they can be read");
        let expected = json!({ "name": "A", "term": 84, "costs": { "now": 1 }, "list": [3] });
        assert_eq!(fixtures.get("longer"), Some(&expected));
        assert_eq!(fixtures.get("none"), None);
    }

    #[test]
    fn a_fixture_like_none_or_like_itself_is_said_with_its_place() {
        let problems = read(
            "fixtures:\n  a: { $like: b }\n  b: { $like: a }\n  c: { $like: plan }\n  d: { $like: 4 }\n",
        )
        .expect_err("they cannot be read");
        assert_eq!(problems.len(), 4);
        assert!(problems[0].starts_with("2:") && problems[0].contains("to itself"), "{problems:?}");
        assert!(problems[2].ends_with("expected the name of a fixture, found `plan`"));
        assert!(problems[3].ends_with("expected the name of a fixture under `$like`"));
    }
}
