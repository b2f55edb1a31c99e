//! The JSON Schema of the language, made of the Rust types that read it: editors complete keys and
//! show the types' own comments.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

use crate::calendar::CalendarSource;
use crate::decision::DecisionSource;
use crate::definition::source::ProcessSource;
use crate::elements::Element;
use crate::form::FormSource;
use crate::notice::NoticeSource;
use crate::pack::{Kind, PackSource, PeopleSource, ProcessOverride, RegisterSource, RolesSource};
use crate::scenario::source::{FixturesSource, ScenarioSource};

/// The schema (JSON Schema 2020-12) of the files of one kind; `None` for kinds without one.
pub fn json_schema(kind: Kind) -> Option<Value> {
    match kind {
        Kind::Pack => Some(schema::<PackSource>()),
        Kind::Roles => Some(schema::<RolesSource>()),
        Kind::People => Some(schema::<PeopleSource>()),
        Kind::Calendar => Some(schema::<CalendarSource>()),
        Kind::Decision => Some(schema::<DecisionSource>()),
        Kind::Form => Some(schema::<FormSource>()),
        Kind::Notice => Some(schema::<NoticeSource>()),
        Kind::Process => Some(schema::<ProcessFile>()),
        Kind::Register => Some(schema::<RegisterSource>()),
        Kind::Scenario => Some(schema::<ScenarioFile>()),
    }
}

/// A file of `processes/`: a process, or changes to one of the pack that is extended.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only described")]
enum ProcessFile {
    /// A process.
    Whole(ProcessSource),
    /// Changes.
    Changes(ProcessOverride),
}

/// A file of `scenarios/`.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, clippy::large_enum_variant, reason = "only described")]
enum ScenarioFile {
    /// A scenario.
    Scenario(ScenarioSource),
    /// Values that scenarios name.
    Fixtures(FixturesSource),
}

fn schema<T: JsonSchema>() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value();
    describe_elements(&mut schema);
    schema
}

/// Says of each element what its own type says of it, and not only its name.
fn describe_elements(schema: &mut Value) {
    let Some(ways) = schema.pointer_mut("/$defs/Element/oneOf").and_then(Value::as_array_mut)
    else {
        return;
    };
    for (kind, own) in Element::schemas() {
        let is_it = |way: &&mut Value| way["properties"]["type"]["const"] == kind;
        if let (Some(way), Some(said)) = (ways.iter_mut().find(is_it), own.get("description")) {
            way["description"] = said.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::json_schema;
    use crate::pack::Kind;

    #[test]
    fn every_element_says_what_it_is() {
        let schema = json_schema(Kind::Process).expect("processes have one");
        let ways = schema["$defs"]["Element"]["oneOf"].as_array().expect("there are several");
        assert_eq!(ways.len(), crate::elements::KINDS.len());
        for way in ways {
            let said = way["description"].as_str().unwrap_or_default();
            assert!(said.contains(' '), "{}: {said}", way["properties"]["type"]["const"]);
        }
    }

    #[test]
    fn every_kind_but_those_named_has_a_schema_that_explains_its_keys() {
        for kind in Kind::ALL {
            let schema = json_schema(kind);
            let text = schema.unwrap().to_string();
            assert!(text.contains("additionalProperties\":false"), "{kind:?}");
            assert!(text.contains("description"), "{kind:?}");
        }
    }

    #[test]
    fn a_user_task_is_known_by_its_type_and_its_keys_are_explained() {
        let text = json_schema(Kind::Process).unwrap().to_string();
        assert!(text.contains("\"const\":\"userTask\""), "{text}");
        assert!(text.contains("startedBy"));
    }
}
