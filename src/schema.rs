//! `mandate schema`: the JSON Schema of each kind of file, and the reference that is made of them.
//! Both are checked in under `docs/language/`; `cargo xtask schema` writes them anew.

mod reference;

use anyhow::{Result, bail};
use engine::pack::Kind;
use engine::schema::json_schema;
use serde_json::Value;

use crate::{Outcome, output};

/// What prints the reference instead of a schema.
const REFERENCE: &str = "reference";

/// Prints the JSON Schema of one kind of file, or the reference of all.
pub(crate) fn schema(kind: &str) -> Result<Outcome> {
    if kind == REFERENCE {
        output::say(reference::of(&kinds()).trim_end());
        return Ok(Outcome::Good);
    }
    let known = kinds();
    let Some((_, schema)) = known.iter().find(|(known, _)| known.name() == kind) else {
        let names: Vec<_> = known.iter().map(|(known, _)| known.name()).collect();
        bail!("expected one of {}, {REFERENCE}; found `{kind}`", names.join(", "))
    };
    output::say(&serde_json::to_string_pretty(schema)?);
    Ok(Outcome::Good)
}

fn kinds() -> Vec<(Kind, Value)> {
    Kind::ALL.into_iter().filter_map(|kind| Some((kind, json_schema(kind)?))).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{kinds, reference};

    /// The file is what the code makes; told to, it is written first.
    fn check(path: &str, made: &str) -> Option<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/language").join(path);
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
            fs::write(&path, made).expect("it can be written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        (kept != made).then(|| path.display().to_string())
    }

    #[test]
    fn the_schema_is_as_it_is_checked_in() {
        let kinds = kinds();
        let mut stale = Vec::new();
        for (kind, schema) in &kinds {
            let text = serde_json::to_string_pretty(schema).expect("a schema is JSON");
            stale.extend(check(&format!("schema/{}.json", kind.name()), &format!("{text}\n")));
        }
        stale.extend(check("reference.md", &reference::of(&kinds)));
        assert!(stale.is_empty(), "not what the code makes: run `cargo xtask schema`\n{stale:#?}");
    }
}
