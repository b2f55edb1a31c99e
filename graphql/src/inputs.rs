//! Which argument it is that cannot be read: the library says of what type it is, and not where. Asked
//! only once something was refused. And what no argument may hold.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::OnceLock;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, InputValueDefinition, OperationDefinition, OperationType,
    Selection, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{Positioned, parse_query, parse_schema};
use async_graphql::{Name, PathSegment, Request, ServerError, Value, Variables};

/// Characters of what was found that are told.
const FOUND_CHARS_MAX: usize = 60;

/// What a request asks, kept until it is answered.
#[derive(Debug)]
pub(crate) struct Asked {
    query: String,
    operation: Option<String>,
    variables: Variables,
}

/// An argument that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Its path, such as `input.changes.0.key`.
    pub(crate) field: String,
    /// What was expected.
    pub(crate) expected: String,
    /// What was found.
    pub(crate) found: String,
}

impl Asked {
    /// What a request asks.
    pub(crate) fn of(request: &Request) -> Self {
        let Request { query, operation_name, variables, .. } = request;
        Self {
            query: query.clone(),
            operation: operation_name.clone(),
            variables: variables.clone(),
        }
    }

    /// The argument that an error of the library is about, where it is one of those at the top.
    pub(crate) fn wrong(&self, error: &ServerError) -> Option<Wrong> {
        let document = parse_query(&self.query).ok()?;
        let operation = self.operation(&document)?;
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let asked = match error.path.as_slice() {
            [] => None,
            [PathSegment::Field(name)] => Some(name.as_str()),
            _ => return None,
        };
        let inputs = Inputs::get();
        let fields =
            operation.selection_set.node.items.iter().filter_map(|item| match &item.node {
                Selection::Field(field) => Some(&field.node),
                Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
            });
        let fields = fields
            .filter(|field| asked.is_none_or(|name| field.response_key().node.as_str() == name));
        let mut numbers = None;
        for field in fields {
            let Some(arguments) = inputs.roots.get(&(root.to_owned(), field.name.node.to_string()))
            else {
                continue;
            };
            for argument in arguments {
                let value = match field.get_argument(&argument.name) {
                    Some(value) => {
                        let variable = |name| Ok::<_, Infallible>(self.variable(operation, &name));
                        match value.node.clone().into_const_with(variable) {
                            Ok(value) => value,
                        }
                    }
                    None if argument.is_optional => continue,
                    None => Value::Null,
                };
                let mut check = Check { inputs, wrong: None, number: None };
                check.value(&argument.ty, &value, argument.name.clone());
                if check.wrong.is_some() {
                    return check.wrong;
                }
                numbers = numbers.or(check.number);
            }
        }
        // Whether a number may be less than 0, the schema does not say; the library does.
        numbers.filter(|_| error.message.starts_with("Failed to parse \"Int\""))
    }

    fn operation<'d>(&self, document: &'d ExecutableDocument) -> Option<&'d OperationDefinition> {
        let wanted = self.operation.as_deref();
        let mut all = document.operations.iter();
        let found = all.find(|(name, _)| {
            wanted.is_none_or(|wanted| name.is_some_and(|name| name.as_str() == wanted))
        });
        found.map(|(_, operation)| &operation.node)
    }

    /// What a variable stands for: nothing where it was not given.
    fn variable(&self, operation: &OperationDefinition, name: &Name) -> Value {
        let given = self.variables.get(name).cloned();
        given.or_else(|| default(operation, name)).unwrap_or_default()
    }

    /// The path of the first value that holds the character 0, which no database keeps in a text.
    pub(crate) fn zero(request: &Request) -> Option<String> {
        let mut variables = request.variables.iter();
        let found = variables.find_map(|(name, value)| zero_in(value, name.to_string()));
        let is_written = || request.query.contains('\0') || request.query.contains("\\u0000");
        found.or_else(|| is_written().then(|| "query".to_owned()))
    }
}

fn default(operation: &OperationDefinition, name: &Name) -> Option<Value> {
    let mut all = operation.variable_definitions.iter().map(|one| &one.node);
    let declared = all.find(|one| one.name.node == *name)?;
    declared.default_value.as_ref().map(|value| value.node.clone())
}

fn zero_in(value: &Value, path: String) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then_some(path),
        Value::List(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(place, item)| zero_in(item, format!("{path}.{place}")))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, item)| {
            if name.contains('\0') {
                Some(path.clone())
            } else {
                zero_in(item, format!("{path}.{name}"))
            }
        }),
        Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Enum(_) | Value::Binary(_) => {
            None
        }
    }
}

#[derive(Debug)]
struct Argument {
    name: String,
    ty: Type,
    is_optional: bool,
}

/// What the schema takes, by its own definition language.
#[derive(Debug, Default)]
struct Inputs {
    /// Arguments of the fields at the top.
    roots: HashMap<(String, String), Vec<Argument>>,
    objects: HashMap<String, Vec<Argument>>,
    enums: HashMap<String, Vec<String>>,
}

impl Inputs {
    fn get() -> &'static Self {
        static INPUTS: OnceLock<Inputs> = OnceLock::new();
        INPUTS.get_or_init(|| Self::of(&crate::sdl()))
    }

    fn of(sdl: &str) -> Self {
        let mut inputs = Self::default();
        let Ok(document) = parse_schema(sdl) else { return inputs };
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.to_string();
            match definition.node.kind {
                TypeKind::Object(object)
                    if matches!(name.as_str(), "Query" | "Mutation" | "Subscription") =>
                {
                    for field in object.fields {
                        let key = (name.clone(), field.node.name.node.to_string());
                        inputs.roots.insert(key, arguments(field.node.arguments));
                    }
                }
                TypeKind::InputObject(object) => {
                    inputs.objects.insert(name, arguments(object.fields));
                }
                TypeKind::Enum(values) => {
                    let values =
                        values.values.iter().map(|value| value.node.value.node.to_string());
                    inputs.enums.insert(name, values.collect());
                }
                TypeKind::Object(_)
                | TypeKind::Scalar
                | TypeKind::Interface(_)
                | TypeKind::Union(_) => {}
            }
        }
        inputs
    }
}

fn arguments(declared: Vec<Positioned<InputValueDefinition>>) -> Vec<Argument> {
    let declared = declared.into_iter().map(|one| one.node);
    let argument = |one: InputValueDefinition| Argument {
        name: one.name.node.to_string(),
        is_optional: one.ty.node.nullable || one.default_value.is_some(),
        ty: one.ty.node,
    };
    declared.map(argument).collect()
}

/// The first value that is not of its type.
struct Check<'a> {
    inputs: &'a Inputs,
    wrong: Option<Wrong>,
    /// The first number that may be too small or too large for where it stands.
    number: Option<Wrong>,
}

impl Check<'_> {
    fn value(&mut self, ty: &Type, value: &Value, path: String) {
        if self.wrong.is_some() || (*value == Value::Null && ty.nullable) {
            return;
        }
        match (&ty.base, value) {
            (_, Value::Null) => self.wrong = Some(wrong(path, ty.to_string(), value)),
            (BaseType::List(of), Value::List(items)) => {
                for (place, item) in items.iter().enumerate() {
                    self.value(of, item, format!("{path}.{place}"));
                }
            }
            // One value stands for a list of it.
            (BaseType::List(of), value) => self.value(of, value, path),
            (BaseType::Named(name), value) => self.named(name.as_str(), value, path),
        }
    }

    fn named(&mut self, name: &str, value: &Value, path: String) {
        let inputs = self.inputs;
        if let Some(fields) = inputs.objects.get(name) {
            return self.object(name, fields, value, &path);
        }
        if let Some(values) = inputs.enums.get(name) {
            let is_one = match value {
                Value::Enum(given) => values.iter().any(|one| one == given.as_str()),
                Value::String(given) => values.contains(given),
                _ => false,
            };
            if !is_one {
                self.wrong = Some(wrong(path, format!("one of {}", values.join(", ")), value));
            }
            return;
        }
        let fits = match name {
            "Int" => matches!(value, Value::Number(number) if !number.is_f64()),
            "Float" => matches!(value, Value::Number(_)),
            "String" => matches!(value, Value::String(_)),
            // What stands for a file that comes with the request.
            "Upload" => {
                matches!(value, Value::String(text) if text.starts_with("#__graphql_file__:"))
            }
            "ID" => matches!(value, Value::String(_) | Value::Number(_)),
            "Boolean" => matches!(value, Value::Boolean(_)),
            // Whoever reads the others says what is wrong with them.
            _ => true,
        };
        let is_odd = matches!(value, Value::Number(number)
            if name == "Int" && number.as_u64().is_none_or(|one| one > u64::from(u32::MAX)));
        if !fits {
            self.wrong = Some(wrong(path, name.to_owned(), value));
        } else if is_odd && self.number.is_none() {
            self.number = Some(wrong(path, "another number".to_owned(), value));
        }
    }

    fn object(&mut self, name: &str, fields: &[Argument], value: &Value, path: &str) {
        let Value::Object(given) = value else {
            self.wrong = Some(wrong(path.to_owned(), format!("an object, {name}"), value));
            return;
        };
        for field in fields {
            let path = format!("{path}.{}", field.name);
            match given.get(field.name.as_str()) {
                Some(value) => self.value(&field.ty, value, path),
                None if field.is_optional => {}
                None => self.value(&field.ty, &Value::Null, path),
            }
        }
        let known = |name: &str| fields.iter().any(|field| field.name == name);
        if let (None, Some((other, value))) =
            (&self.wrong, given.iter().find(|(other, _)| !known(other)))
        {
            let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            let expected = format!("one of the fields {}", names.join(", "));
            self.wrong = Some(wrong(format!("{path}.{other}"), expected, value));
        }
    }
}

fn wrong(field: String, expected: String, found: &Value) -> Wrong {
    let found = found.to_string().chars().take(FOUND_CHARS_MAX).collect();
    Wrong { field, expected, found }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Request, ServerError, Variables};
    use serde_json::{Value, json};

    use super::Asked;

    fn asked(query: &str, variables: Value) -> Request {
        Request::new(query).variables(Variables::from_json(variables))
    }

    /// The path of what is wrong with a request that the library refused with a message.
    fn path(query: &str, variables: Value, message: &str) -> Option<String> {
        let error = ServerError::new(message, None);
        Asked::of(&asked(query, variables)).wrong(&error).map(|wrong| wrong.field)
    }

    #[test]
    fn what_cannot_be_read_is_found_wherever_it_stands() {
        let fail = "mutation($i: FailJobInput!) { failJob(input: $i) { job { id } } }";
        let job = |more: Value| {
            let mut input = json!({ "job": "x", "error": "y" });
            input
                .as_object_mut()
                .expect("it is one")
                .extend(more.as_object().expect("one").clone());
            json!({ "i": input })
        };
        let number = "Failed to parse \"Int\": Invalid number";
        for (given, message, field) in [
            (job(json!({ "retries": -1 })), number, Some("input.retries")),
            (job(json!({ "retries": -1 })), "something else", None),
            (job(json!({ "retries": "1" })), "", Some("input.retries")),
            (job(json!({ "error": null })), "", Some("input.error")),
            (job(json!({ "nix": 1 })), "", Some("input.nix")),
            (json!({ "i": 7 }), "", Some("input")),
            (json!({ "i": { "error": "y" } }), "", Some("input.job")),
            (job(json!({})), "", None),
        ] {
            assert_eq!(path(fail, given.clone(), message).as_deref(), field, "{given}");
        }
        let literal = "mutation { copyInstance(input: { instance: \"x\", people: [\"a\", null] }) { \
                       revision } }";
        assert_eq!(path(literal, json!({}), "").as_deref(), Some("input.people.1"));
        let other =
            "query($first: Int = -5) { a: inboxCount b: inbox(first: $first) { nodes { id } } }";
        assert_eq!(path(other, json!({}), number).as_deref(), Some("first"));
        let upload = "mutation($file: Upload!) { uploadAttachment(input: { file: $file }) { \
                      clientMutationId } }";
        assert_eq!(path(upload, json!({ "file": "x" }), "").as_deref(), Some("input.file"));
        assert_eq!(path("{ nothing(a: 1) }", json!({}), ""), None);
        assert_eq!(path("{ broken", json!({}), ""), None);
    }

    #[test]
    fn the_character_0_is_found_in_variables_and_in_the_query() {
        let zero = |query: &str, variables: Value| Asked::zero(&asked(query, variables));
        let given = json!({ "a": "x", "input": { "people": ["a", "b\u{0}"] } });
        assert_eq!(zero("{ me { id } }", given).as_deref(), Some("input.people.1"));
        let named = json!({ "input": { "content": { "a\u{0}": 1 } } });
        assert_eq!(zero("{ me { id } }", named).as_deref(), Some("input.content"));
        let written = "{ register(name: \"a\\u0000\") { name } }";
        assert_eq!(zero(written, json!({})).as_deref(), Some("query"));
        assert_eq!(zero("{ me { id } }", json!({ "a": "\u{1}" })), None);
    }
}
