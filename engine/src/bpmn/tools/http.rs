//! Calls of HTTP services as other tools write them: Camunda 7's `http-connector`, Camunda 8's
//! `io.camunda:http-json`, Flowable's `type="http"`. What they say by values and expressions becomes
//! `http` of a service task; what they say by scripts, logins and handlers is told of.

use serde_json::Value as Json;
use serde_yaml::{Mapping, Value};

use crate::bpmn::import::Reading;
use crate::bpmn::keys::{Keys, set};
use crate::bpmn::names::{CAMUNDA, FLOWABLE, ZEEBE};
use crate::bpmn::xml::Id;
use crate::elements::service_task::{TIMEOUT_S_MAX, is_secret_name};

/// How the type of Camunda 8's connector begins; its version follows.
const ZEEBE_TYPE: &str = "io.camunda:http-json:";
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// Headers whose values are secrets wherever they come from.
const SECRET_HEADERS: [&str; 5] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token"];

/// Something that a call says, and where.
#[derive(Debug, Clone, Copy)]
struct Said<'m> {
    text: &'m str,
    element: Id,
    attribute: &'static str,
}

/// What is not said of a call here.
fn not_mapped(reading: &mut Reading<'_>, said: Said<'_>, what: &str) {
    let message = format!("{what} has no counterpart; it stays in the XML file");
    reading.not_mapped(said.element, said.attribute, message);
}

/// Camunda 7: a connector with parameters. Whether it is one of HTTP, and its address can be said.
pub(super) fn camunda(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) -> bool {
    let tree = reading.tree;
    let Some(connector) = reading.extension(element, CAMUNDA, "connector") else { return false };
    let id = tree.child(connector, CAMUNDA, "connectorId");
    let mapping = tree.child(connector, CAMUNDA, "inputOutput");
    let (Some(id), Some(mapping)) = (id, mapping) else { return false };
    let inputs: Vec<Id> = tree.children(mapping, CAMUNDA, "inputParameter").collect();
    let url = inputs.iter().find(|one| tree.attribute(**one, "name") == Some("url"));
    if tree.text(id) != "http-connector"
        || !url.is_some_and(|url| said_url(reading, *url, "", keys))
    {
        return false;
    }
    for taken in [connector, id, mapping] {
        reading.take_element(taken);
    }
    for input in inputs {
        let Some(name) = reading.take(input, "", "name") else { continue };
        let said = Said { text: tree.text(input), element: input, attribute: "" };
        reading.take_element(input);
        match (name, tree.get(input).children.first()) {
            ("url", _) => {}
            ("method", None) => method(reading, said, keys),
            ("payload", None) => body(reading, said, keys),
            ("headers", Some(map)) if tree.is(*map, CAMUNDA, "map") => {
                reading.take_element(*map);
                let entries: Vec<Id> = tree.children(*map, CAMUNDA, "entry").collect();
                for entry in entries {
                    reading.take_element(entry);
                    let key = reading.take(entry, "", "key").unwrap_or_default();
                    let said = Said { text: tree.text(entry), element: entry, attribute: "" };
                    header(reading, key, said, keys);
                }
            }
            (name, _) => not_mapped(reading, said, &format!("`{name}` of a call")),
        }
    }
    let outputs: Vec<Id> = tree.children(mapping, CAMUNDA, "outputParameter").collect();
    for output in outputs {
        reading.take_element(output);
        let Some(name) = reading.take(output, "", "name") else { continue };
        let said = Said { text: tree.text(output), element: output, attribute: "" };
        let taken = match (said.text.trim(), tree.get(output).children.is_empty()) {
            ("${response}", true) => "response.body",
            ("${statusCode}", true) => "response.status",
            ("${headers}", true) => "response.headers",
            _ => {
                not_mapped(reading, said, &format!("how `{name}` is taken from the answer"));
                continue;
            }
        };
        let name = reading.variable(name, output, "name");
        set(keys, &["http", "result", &name], taken.into());
    }
    true
}

/// Camunda 8: a type of job with its own inputs and headers. Whether it is one of HTTP, and its
/// address can be said.
pub(super) fn zeebe(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) -> bool {
    let tree = reading.tree;
    let definition = reading.extension(element, ZEEBE, "taskDefinition");
    let kind = definition.and_then(|one| tree.attribute(one, "type")).unwrap_or_default();
    let mapping = reading.extension(element, ZEEBE, "ioMapping");
    let (Some(definition), Some(mapping)) = (definition, mapping) else { return false };
    let inputs: Vec<Id> = tree.children(mapping, ZEEBE, "input").collect();
    let url = inputs.iter().find(|one| tree.attribute(**one, "target") == Some("url"));
    if !kind.starts_with(ZEEBE_TYPE)
        || !url.is_some_and(|url| said_url(reading, *url, "source", keys))
    {
        return false;
    }
    reading.take_element(definition);
    reading.take(definition, "", "type");
    reading.take_element(mapping);
    let login = |target: &str| {
        let found = inputs.iter().find(|one| tree.attribute(**one, "target") == Some(target));
        found.and_then(|one| tree.attribute(*one, "source")).unwrap_or_default()
    };
    let kind_of_login = login("authentication.type").to_owned();
    for input in inputs.clone() {
        reading.take_element(input);
        let text = reading.take(input, "", "source").unwrap_or_default();
        let target = reading.take(input, "", "target").unwrap_or_default();
        let said = Said { text, element: input, attribute: "source" };
        match target {
            "url" => {}
            "method" => method(reading, said, keys),
            "body" => body(reading, said, keys),
            "authentication.type" if matches!(text, "noAuth" | "bearer") => {}
            "authentication.token" if kind_of_login == "bearer" => {
                secret(reading, "Authorization", "Bearer ", said, keys);
            }
            "readTimeoutInSeconds" => timeout(reading, said, 1, keys),
            target => match target.split_once('.') {
                Some(("headers", name)) => header(reading, name, said, keys),
                Some(("queryParameters", name)) => query(reading, name, said, keys),
                _ => not_mapped(reading, said, &format!("`{target}` of a call")),
            },
        }
    }
    zeebe_headers(reading, element, keys);
    true
}

/// Camunda 8 says in headers of the task what becomes of the answer.
fn zeebe_headers(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) {
    let tree = reading.tree;
    let Some(headers) = reading.take_extension(element, ZEEBE, "taskHeaders") else { return };
    let headers: Vec<Id> = tree.children(headers, ZEEBE, "header").collect();
    for header in headers {
        reading.take_element(header);
        let key = reading.take(header, "", "key").unwrap_or_default();
        let text = reading.take(header, "", "value").unwrap_or_default();
        if key == "resultVariable" && !text.is_empty() {
            let name = reading.variable(text, header, "value");
            set(keys, &["http", "result", &name], "response".into());
        } else if !text.is_empty() {
            let said = Said { text, element: header, attribute: "value" };
            not_mapped(reading, said, &format!("`{key}` of a call"));
        }
    }
}

/// Flowable: a type of task with fields. Whether it is one of HTTP, and its address can be said.
pub(super) fn flowable(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) -> bool {
    let tree = reading.tree;
    if tree.attribute_in(element, FLOWABLE, "type") != Some("http") {
        return false;
    }
    let extensions = tree.child(element, crate::bpmn::names::BPMN, "extensionElements");
    let fields: Vec<Id> =
        extensions.iter().flat_map(|all| tree.children(*all, FLOWABLE, "field")).collect();
    let name_of = |field: Id| tree.attribute(field, "name").unwrap_or_default();
    let Some(url) = fields.iter().find(|field| name_of(**field) == "requestUrl") else {
        return false;
    };
    let said = field(reading, *url);
    if !put(reading, &["http", "url"], said, keys) {
        return false;
    }
    reading.take(element, FLOWABLE, "type");
    for one in fields {
        let name = reading.take(one, "", "name").unwrap_or_default();
        reading.take_element(one);
        let said = field(reading, one);
        match name {
            "requestUrl" => {}
            "requestMethod" => method(reading, said, keys),
            "requestBody" => body(reading, said, keys),
            "requestTimeout" => timeout(reading, said, 1000, keys),
            "requestHeaders" => {
                for line in said.text.lines().filter(|line| !line.trim().is_empty()) {
                    match line.split_once(':') {
                        Some((name, text)) => {
                            header(reading, name.trim(), Said { text: text.trim(), ..said }, keys);
                        }
                        None => not_mapped(reading, said, "a header without `:`"),
                    }
                }
            }
            "responseVariableName" => {
                let name = reading.variable(said.text, said.element, said.attribute);
                set(keys, &["http", "result", &name], "response.body".into());
            }
            "saveResponseVariableAsJson" if said.text == "true" => {}
            "disallowRedirects" if said.text == "true" => {}
            name => not_mapped(reading, said, &format!("`{name}` of a call")),
        }
    }
    true
}

/// The value of a field of Flowable, which stands in an attribute or an element.
fn field<'m>(reading: &mut Reading<'m>, field: Id) -> Said<'m> {
    let tree = reading.tree;
    for attribute in ["stringValue", "expression"] {
        if let Some(text) = reading.take(field, "", attribute) {
            return Said { text, element: field, attribute };
        }
    }
    for local in ["string", "expression"] {
        if let Some(inside) = tree.child(field, FLOWABLE, local) {
            reading.take_element(inside);
            return Said { text: tree.text(inside), element: inside, attribute: "" };
        }
    }
    Said { text: "", element: field, attribute: "" }
}

/// Says the address, from an attribute or from the element's text.
fn said_url(reading: &mut Reading<'_>, at: Id, attribute: &'static str, keys: &mut Keys) -> bool {
    let tree = reading.tree;
    let text = match attribute {
        "" => tree.text(at),
        attribute => tree.attribute(at, attribute).unwrap_or_default(),
    };
    put(reading, &["http", "url"], Said { text, element: at, attribute }, keys)
}

/// A value or an expression, where it can be said.
fn put(reading: &mut Reading<'_>, path: &[&str], said: Said<'_>, keys: &mut Keys) -> bool {
    let text = said.text.trim();
    let value = match text.is_empty() {
        true => None,
        false => value(reading, text, said),
    };
    let is_said = value.is_some();
    if let Some(value) = value {
        set(keys, path, value.into());
    }
    is_said
}

/// A text of theirs that may be an expression. Secrets stand in headers only.
fn value(reading: &mut Reading<'_>, text: &str, said: Said<'_>) -> Option<String> {
    if text.contains("{{secrets.") {
        not_mapped(reading, said, "a secret that is not in a header");
        return None;
    }
    reading.dynamic(text, said.element, said.attribute)
}

fn method(reading: &mut Reading<'_>, said: Said<'_>, keys: &mut Keys) {
    let name = said.text.trim().to_ascii_uppercase();
    if METHODS.contains(&name.as_str()) {
        set(keys, &["http", "method"], name.into());
    } else {
        not_mapped(reading, said, &format!("the method `{}`", said.text));
    }
}

fn query(reading: &mut Reading<'_>, name: &str, said: Said<'_>, keys: &mut Keys) {
    put(reading, &["http", "query", name], said, keys);
}

/// A header: a secret of their server becomes one of ours, and what is a secret stays in their file.
fn header(reading: &mut Reading<'_>, name: &str, said: Said<'_>, keys: &mut Keys) {
    let known = said.text.split_once("{{secrets.");
    if let Some((prefix, _)) = known {
        return secret(reading, name, prefix, said, keys);
    }
    if SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return secret(reading, name, "", said, keys);
    }
    put(reading, &["http", "headers", name], said, keys);
}

/// A header that the server knows: `{{secrets.NAME}}`, or a value that no pack may hold.
fn secret(reading: &mut Reading<'_>, header: &str, prefix: &str, said: Said<'_>, keys: &mut Keys) {
    let inside = said.text.trim().split_once("{{secrets.").map(|(_, rest)| rest);
    let known = inside.and_then(|rest| rest.strip_suffix("}}")).filter(|name| is_secret_name(name));
    let own: String = header
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    let name = known.map_or(own, str::to_owned);
    if known.is_none() {
        let message =
            format!("its value is a secret: give it to the server as the secret `{name}`");
        reading.in_part(said.element, said.attribute, message);
    }
    let mut value = Mapping::new();
    value.insert("secret".into(), name.into());
    if !prefix.is_empty() {
        value.insert("prefix".into(), prefix.into());
    }
    set(keys, &["http", "headers", header], Value::Mapping(value));
}

fn timeout(reading: &mut Reading<'_>, said: Said<'_>, divide: u32, keys: &mut Keys) {
    match said.text.trim().parse::<u32>() {
        Ok(time) => {
            let seconds = time.div_ceil(divide).clamp(1, TIMEOUT_S_MAX);
            set(keys, &["http", "timeout"], format!("{seconds} seconds").into());
        }
        Err(_) => not_mapped(reading, said, &format!("the time `{}`", said.text)),
    }
}

/// What is sent: JSON with their expressions in its texts, or one expression, or text.
fn body(reading: &mut Reading<'_>, said: Said<'_>, keys: &mut Keys) {
    let text = said.text.trim();
    let json: Result<Json, _> = serde_json::from_str(text);
    let sent = match json {
        Ok(json @ (Json::Object(_) | Json::Array(_))) => within(reading, &json, said),
        Ok(_) | Err(_) if text.is_empty() => return,
        Ok(_) | Err(_) => value(reading, text, said).map(Value::from),
    };
    if let Some(sent) = sent {
        set(keys, &["http", "body"], sent);
    }
}

/// A part of JSON; none where an expression in it cannot be said.
fn within(reading: &mut Reading<'_>, json: &Json, said: Said<'_>) -> Option<Value> {
    Some(match json {
        Json::Null => "=null".into(),
        Json::String(text) => value(reading, text, said).map(Value::from)?,
        Json::Bool(_) | Json::Number(_) => serde_yaml::to_value(json).ok()?,
        Json::Array(items) => {
            let items: Option<_> = items.iter().map(|item| within(reading, item, said)).collect();
            Value::Sequence(items?)
        }
        Json::Object(fields) => {
            let mut mapping = Mapping::new();
            for (name, field) in fields {
                mapping.insert(name.as_str().into(), within(reading, field, said)?);
            }
            Value::Mapping(mapping)
        }
    })
}
