//! YAML as maps of keys: what a node says, cut down to what it must say, compared and merged.
//! Between the elements of BPMN and the typed elements of ours everything is such a map, so that a
//! key that is added to an element needs nothing here.

use serde_yaml::{Mapping, Value};

/// Maps inside maps are looked into so deep.
const DEPTH_MAX: usize = 6;

/// The keys of a node, a process or a flow.
pub(super) type Keys = Mapping;

/// Sets a value at a path, with maps on the way there.
pub(super) fn set(keys: &mut Keys, path: &[&str], value: Value) {
    let Some((last, way)) = path.split_last() else { return };
    let mut at = keys;
    for key in way {
        let next = at.entry(Value::from(*key)).or_insert_with(|| Value::Mapping(Keys::new()));
        if !next.is_mapping() {
            // An outcome may be only its label.
            let label = std::mem::replace(next, Value::Mapping(Keys::new()));
            if let (Some(map), false) = (next.as_mapping_mut(), label.is_null()) {
                map.insert("label".into(), label);
            }
        }
        at = next.as_mapping_mut().expect("it was just made a map");
    }
    at.insert(Value::from(*last), value);
}

/// Removes what is at a path; a map that is then empty goes too, but for the first.
pub(super) fn remove(keys: &mut Keys, path: &[&str]) -> Option<Value> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        return keys.shift_remove(*first);
    }
    let inner = keys.get_mut(*first)?.as_mapping_mut()?;
    let removed = remove(inner, rest);
    if inner.is_empty() {
        keys.shift_remove(*first);
    }
    removed
}

/// Whether something stands at a path.
pub(super) fn has(keys: &Keys, path: &[&str]) -> bool {
    match path.split_first() {
        None => true,
        Some((first, [])) => keys.contains_key(*first),
        Some((first, rest)) => {
            keys.get(*first).and_then(Value::as_mapping).is_some_and(|inner| has(inner, rest))
        }
    }
}

/// A key's text.
pub(super) fn text<'k>(keys: &'k Keys, key: &str) -> Option<&'k str> {
    keys.get(key)?.as_str()
}

/// What must be merged over `have` to make it `wanted`; nulls remove.
pub(super) fn difference(wanted: &Keys, have: &Keys) -> Keys {
    let mut difference = Keys::new();
    for (key, value) in wanted {
        match (value, have.get(key)) {
            (value, Some(same)) if value == same => {}
            (Value::Mapping(inner), Some(Value::Mapping(other))) => {
                let inner = in_order(inner, other, self::difference(inner, other));
                difference.insert(key.clone(), Value::Mapping(inner));
            }
            (value, _) => {
                difference.insert(key.clone(), value.clone());
            }
        }
    }
    for (key, _) in have {
        if !wanted.contains_key(key) {
            difference.insert(key.clone(), Value::Null);
        }
    }
    difference
}

/// What there is of the same things that `over` says, at any depth.
pub(super) fn beside(over: &Keys, have: &Keys) -> Keys {
    let mut same = Keys::new();
    for (key, value) in over {
        match (value, have.get(key)) {
            (_, None) => {}
            (Value::Mapping(inner), Some(Value::Mapping(other))) => {
                let inner = beside(inner, other);
                if !inner.is_empty() {
                    same.insert(key.clone(), Value::Mapping(inner));
                }
            }
            (_, Some(other)) => drop(same.insert(key.clone(), other.clone())),
        }
    }
    same
}

/// What `keys` says without what `named` says as well, at any depth.
pub(super) fn without(keys: &mut Keys, named: &Keys) {
    for (key, value) in named {
        match (keys.get_mut(key), value) {
            (Some(Value::Mapping(inner)), Value::Mapping(named)) => {
                without(inner, named);
                if inner.is_empty() {
                    keys.shift_remove(key);
                }
            }
            (_, _) => drop(keys.shift_remove(key)),
        }
    }
}

/// A difference that brings back the order too, since that of outcomes and scripts means something:
/// where the shorter one does not, all keys are said.
fn in_order(wanted: &Keys, have: &Keys, difference: Keys) -> Keys {
    let mut merged = have.clone();
    merge(&mut merged, difference.clone());
    if merged.keys().eq(wanted.keys()) {
        return difference;
    }
    let mut all = wanted.clone();
    for (key, value) in difference {
        if value.is_null() {
            all.insert(key, value);
        }
    }
    all
}

/// Merges over what is there; nulls remove what is there. What is merged comes first, in its order.
pub(super) fn merge(have: &mut Keys, over: Keys) {
    let mut merged = Keys::new();
    for (key, value) in over {
        match (value, have.shift_remove(&key)) {
            (Value::Null, _) => {}
            (Value::Mapping(inner), Some(Value::Mapping(mut old))) => {
                merge(&mut old, inner);
                merged.insert(key, Value::Mapping(old));
            }
            (value, _) => {
                merged.insert(key, value);
            }
        }
    }
    for (key, value) in std::mem::take(have) {
        merged.insert(key, value);
    }
    *have = merged;
}

/// One change after another as one: what merging it does is what merging both did.
pub(super) fn then(first: &mut Keys, second: Keys) {
    for (key, value) in second {
        match (first.get_mut(&key), value) {
            (Some(Value::Mapping(old)), Value::Mapping(new)) => then(old, new),
            (_, value) => {
                first.insert(key, value);
            }
        }
    }
}

/// Removes every null, except in values that may be anything.
pub(super) fn without_nulls(keys: &mut Keys) {
    keys.retain(|_, value| !value.is_null());
    for (key, value) in keys.iter_mut() {
        if key.as_str() != Some("initial") {
            clean(value);
        }
    }
}

fn clean(value: &mut Value) {
    match value {
        Value::Mapping(inner) => without_nulls(inner),
        Value::Sequence(items) => items.iter_mut().for_each(clean),
        _ => {}
    }
}

/// Removes keys that say what holds anyway: those without which it is the same.
pub(super) fn minimal(keys: &mut Keys, same: &dyn Fn(&Keys) -> bool) {
    without_nulls(keys);
    prune(keys, &mut Vec::new(), same);
}

fn prune(whole: &mut Keys, path: &mut Vec<Value>, same: &dyn Fn(&Keys) -> bool) {
    let Some(here) = at(whole, path) else { return };
    let names: Vec<Value> = here.keys().cloned().collect();
    for name in names {
        let mut without = whole.clone();
        if let Some(map) = at(&mut without, path) {
            map.shift_remove(&name);
        }
        if same(&without) {
            *whole = without;
        } else if path.len() < DEPTH_MAX {
            path.push(name);
            prune(whole, path, same);
            path.pop();
        }
    }
}

fn at<'k>(whole: &'k mut Keys, path: &[Value]) -> Option<&'k mut Keys> {
    let mut map = whole;
    for key in path {
        map = map.get_mut(key)?.as_mapping_mut()?;
    }
    Some(map)
}

#[cfg(test)]
mod tests {
    use super::{Keys, difference, merge, remove, set};

    fn keys(text: &str) -> Keys {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn what_differs_merged_over_what_is_there_is_what_was_wanted() {
        for (wanted, have) in [
            ("{a: 1, b: {c: 2, d: 3}}", "{a: 1, b: {c: 4}, e: 5}"),
            ("{a: {b: {c: [1, null]}}}", "{}"),
            ("{}", "{a: {b: 1}}"),
        ] {
            let mut merged = keys(have);
            merge(&mut merged, difference(&keys(wanted), &keys(have)));
            assert_eq!(merged, keys(wanted), "{wanted} over {have}");
        }
    }

    #[test]
    fn the_order_comes_back_too() {
        let wanted = keys("{set: {a: 1, b: 2, c: 3}}");
        let mut merged = keys("{set: {a: 1, b: 9, c: 3, d: 4}}");
        let over = difference(&wanted, &merged);
        merge(&mut merged, over);
        assert_eq!(serde_yaml::to_string(&merged).unwrap(), "set:\n  a: 1\n  b: 2\n  c: 3\n");
    }

    #[test]
    fn a_path_is_made_and_removed_and_a_label_stays() {
        let mut map = keys("{outcomes: {accept: 通过}}");
        set(&mut map, &["outcomes", "accept", "to"], "end".into());
        assert_eq!(map, keys("{outcomes: {accept: {label: 通过, to: end}}}"));
        assert_eq!(remove(&mut map, &["outcomes", "accept", "to"]), Some("end".into()));
        assert_eq!(map, keys("{outcomes: {accept: {label: 通过}}}"));
    }
}
