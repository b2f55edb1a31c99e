//! Documents that scenarios use by name, and how one is written as a change of another. What a
//! step does with them is in `play`.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::source::FixturesSource;
use crate::diagnostic::Diagnostic;
use crate::problem::did_you_mean;
use crate::yaml::{self, Tree};

/// The key that names the fixture to begin from.
pub(super) const LIKE: &str = "$like";

/// How many fixtures may be built upon each other.
const LIKE_DEPTH_MAX: usize = 8;

/// The fixtures of a pack, each written out in full.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fixtures(IndexMap<String, Value>);

impl Fixtures {
    /// Reads `scenarios/fixtures.yaml`. A fixture with `$like: another` is the other one, changed as
    /// by a JSON merge patch (RFC 7396): its keys replace, `null` takes away. Every problem at once.
    pub fn read(tree: &Tree) -> Result<Self, Vec<Diagnostic>> {
        Self::default().over(tree)
    }

    /// The same with the fixtures of a pack that extends the one that these are of: one by the same name
    /// replaces it.
    pub(crate) fn over(&self, tree: &Tree) -> Result<Self, Vec<Diagnostic>> {
        let own: FixturesSource = yaml::read(tree, &[])?;
        let mut written = self.0.clone();
        let mut source = FixturesSource { fixtures: self.0.clone() };
        source.fixtures.extend(own.fixtures.clone());
        let mut problems = Vec::new();
        for name in own.fixtures.keys() {
            match write_out(&source, name, 0).and_then(checked) {
                Ok(value) => {
                    written.insert(name.clone(), value);
                }
                Err(message) => {
                    let place = match tree.has(&["fixtures", name, LIKE]) {
                        true => tree.place(&["fixtures", name, LIKE]),
                        false => tree.place_key(&["fixtures", name]),
                    };
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

    /// A value of a scenario: the fixture that it names, the one that it is `$like` with its own
    /// changes, or itself.
    ///
    /// # Errors
    /// There is no fixture of that name, or a key begins with `$` that is none.
    pub fn content(&self, value: &Value) -> Result<Value, String> {
        let named =
            |name: &str| self.get(name).cloned().ok_or_else(|| unknown(name, self.0.keys()));
        match value {
            Value::String(name) => named(name),
            Value::Object(fields) => checked(changed(fields.clone(), named)?),
            value => checked(value.clone()),
        }
    }
}

/// A value without keys that begin with `$`: they would be fields of a document, which is then refused
/// for them.
fn checked(value: Value) -> Result<Value, String> {
    let mut todo = vec![&value];
    while let Some(next) = todo.pop() {
        match next {
            Value::Object(fields) => {
                if let Some(key) = fields.keys().find(|key| key.starts_with('$')) {
                    return Err(match key == LIKE {
                        true => format!("expected `{LIKE}` only at the top of a value"),
                        false => format!("expected a field or `{LIKE}`, found `{key}`"),
                    });
                }
                todo.extend(fields.values());
            }
            Value::Array(items) => todo.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    Ok(value)
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let near = did_you_mean(name, known.map(String::as_str));
    let near = near.map(|near| format!(" ({near})")).unwrap_or_default();
    format!("expected the name of a fixture, found `{name}`{near}")
}

fn write_out(source: &FixturesSource, name: &str, depth: usize) -> Result<Value, String> {
    if depth > LIKE_DEPTH_MAX {
        return Err(format!(
            "expected at most {LIKE_DEPTH_MAX} fixtures that are built upon each other; `{name}` \
             leads to more, perhaps to itself"
        ));
    }
    let Some(value) = source.fixtures.get(name) else {
        return Err(unknown(name, source.fixtures.keys()));
    };
    match value {
        Value::Object(fields) => {
            changed(fields.clone(), |other| write_out(source, other, depth + 1))
        }
        value => Ok(value.clone()),
    }
}

/// An object, or the other one that it is like with its own changes.
fn changed(
    mut fields: Map<String, Value>,
    other: impl FnOnce(&str) -> Result<Value, String>,
) -> Result<Value, String> {
    let mut value = match fields.remove(LIKE) {
        None => return Ok(Value::Object(fields)),
        Some(Value::String(name)) => other(&name)?,
        Some(_) => return Err(format!("expected the name of a fixture under `{LIKE}`")),
    };
    merge(&mut value, Value::Object(fields));
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
    fn a_scenario_changes_a_fixture_where_it_stands() {
        let fixtures = read("fixtures:\n  plan: { name: A, term: 60 }\n").expect("they are read");
        let own = json!({ "$like": "plan", "term": 72 });
        assert_eq!(fixtures.content(&own), Ok(json!({ "name": "A", "term": 72 })));
        assert_eq!(fixtures.content(&json!("plan")), Ok(json!({ "name": "A", "term": 60 })));
        let unknown = "expected the name of a fixture, found `plna` (did you mean `plan`?)";
        assert_eq!(fixtures.content(&json!("plna")), Err(unknown.to_owned()));
        assert_eq!(fixtures.content(&json!({ "$like": "plna" })), Err(unknown.to_owned()));
        let inner = "expected `$like` only at the top of a value".to_owned();
        assert_eq!(fixtures.content(&json!({ "parts": [{ "$like": "plan" }] })), Err(inner));
    }

    #[test]
    fn a_fixture_like_none_or_like_itself_is_said_with_its_place() {
        let problems = read(
            "fixtures:\n  a: { $like: b }\n  b: { $like: a }\n  c: { $like: plan }\n  d: { $like: 4 }\n  e: { $liek: a }\n",
        )
        .expect_err("they cannot be read");
        assert_eq!(problems.len(), 5);
        assert_eq!(problems[4], "6:3 expected a field or `$like`, found `$liek`");
        assert!(problems[0].starts_with("2:") && problems[0].contains("to itself"), "{problems:?}");
        assert!(problems[2].ends_with("expected the name of a fixture, found `plan`"));
        assert!(problems[3].ends_with("expected the name of a fixture under `$like`"));
    }
}
