//! What a person hands in: values or fixtures by name, signed with their own id, with every file
//! uploaded before.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use engine::ids::DocumentName;
use serde_json::{Map, Value, json};

use super::Player;

impl Player<'_> {
    /// Documents as mutations take them.
    pub(super) async fn documents(
        &mut self,
        by: &str,
        with: &BTreeMap<DocumentName, Value>,
    ) -> Result<Value> {
        let mut documents = Vec::new();
        for (name, value) in with {
            let content = self.content(by, value).await?;
            documents.push(json!({ "document": name, "content": content }));
        }
        Ok(Value::Array(documents))
    }

    /// A value as it stands, or the fixture that it names.
    pub(super) async fn content(&mut self, by: &str, value: &Value) -> Result<Value> {
        let mut value = self.script.fixtures.content(value).map_err(anyhow::Error::msg)?;
        self.fill(by, &mut value).await?;
        Ok(value)
    }

    async fn fill(&mut self, by: &str, value: &mut Value) -> Result<()> {
        match value {
            Value::String(text) if text == "$by" => by.clone_into(text),
            Value::Array(values) => {
                for value in values {
                    Box::pin(self.fill(by, value)).await?;
                }
            }
            Value::Object(fields) if is_file(fields) => self.upload(by, fields).await?,
            Value::Object(fields) => {
                for value in fields.values_mut() {
                    Box::pin(self.fill(by, value)).await?;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        Ok(())
    }

    /// Uploads a file of the named type and size, and refers to it by the hash that was answered.
    async fn upload(&mut self, by: &str, file: &mut Map<String, Value>) -> Result<()> {
        let (name, media_type) = (super::text(&file["name"])?, super::text(&file["type"])?);
        let size = usize::try_from(file["size"].as_u64().context("a size")?)?;
        let key = (by.to_owned(), name.clone());
        if !self.uploaded.contains_key(&key) {
            let bytes = of_type(&media_type, &name, size);
            let kept = self.api.upload(by, &name, &media_type, bytes).await?;
            self.uploaded.insert(key.clone(), kept);
        }
        let kept = &self.uploaded[&key];
        file.insert("hash".to_owned(), json!(kept.hash));
        file.insert("size".to_owned(), json!(kept.size));
        Ok(())
    }
}

fn is_file(fields: &Map<String, Value>) -> bool {
    ["hash", "name", "size", "type"].iter().all(|key| fields.contains_key(*key))
}

/// Bytes that begin as a file of the type does and tell files of different names apart.
fn of_type(media_type: &str, name: &str, size: usize) -> Vec<u8> {
    let begins = store::attachments::MEDIA_TYPES.iter().find(|(known, _)| *known == media_type);
    let mut bytes = begins.map(|(_, begins)| begins.to_vec()).unwrap_or_default();
    bytes.extend_from_slice(name.as_bytes());
    bytes.resize(size.max(bytes.len()), b' ');
    bytes
}
