//! A client of our own GraphQL API over HTTP, as a person of the demonstration uses it. It knows no
//! procedure: what is asked for is the tests'.

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A server's API.
#[derive(Debug, Clone)]
pub struct Api {
    client: reqwest::Client,
    address: String,
}

/// What the API answers instead of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The stable code.
    pub code: String,
    /// The sentence for people.
    pub message: String,
    /// Everything else that programs read: `field`, `fields`, `retryable`.
    pub extensions: Value,
}

/// What `POST /attachments` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// SHA-256 of the file's bytes.
    pub hash: String,
    /// How many there are.
    pub size: u64,
}

/// The key in the database of a case, from its id: for tests that compare what the API said with
/// what is stored. A client never takes an id apart.
///
/// # Errors
/// Where it is no case's id.
pub fn instance_key(id: &Value) -> Result<i64> {
    let id = id.as_str().with_context(|| format!("expected an id, found {id}"))?;
    let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(id)?)?;
    let key = plain.strip_prefix("Instance:");
    Ok(key.with_context(|| format!("expected a case's id, found `{plain}`"))?.parse()?)
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} {}", self.code, self.message, self.extensions)
    }
}

impl Api {
    /// The API of a server at an address such as `http://127.0.0.1:4711`.
    pub fn of(address: &str) -> Self {
        Self { client: crate::client(), address: address.to_owned() }
    }

    /// Asks as a person, or as the public; answers the data, or the first error.
    ///
    /// # Errors
    /// Where there is no answer, or none that is GraphQL.
    pub async fn try_ask(
        &self,
        person: Option<&str>,
        query: &str,
        variables: Value,
    ) -> Result<Result<Value, Refused>> {
        let request = self.client.post(format!("{}/graphql", self.address));
        let request = match person {
            Some(person) => request.header("Authorization", format!("Bearer demo-{person}")),
            None => request,
        };
        let body = json!({ "query": query, "variables": variables });
        let answer = request.json(&body).send().await.context("the server does not answer")?;
        let text = answer.text().await.context("the answer breaks off")?;
        let mut answer: Value = serde_json::from_str(&text)
            .with_context(|| format!("expected JSON, found `{text}`"))?;
        let Some(error) = answer["errors"].get_mut(0).map(Value::take) else {
            ensure!(answer.get("data").is_some(), "expected data, found {answer}");
            return Ok(Ok(answer["data"].take()));
        };
        Ok(Err(Refused {
            code: error["extensions"]["code"].as_str().unwrap_or_default().to_owned(),
            message: error["message"].as_str().unwrap_or_default().to_owned(),
            extensions: error["extensions"].clone(),
        }))
    }

    /// The same, where an error is none of the story.
    ///
    /// # Errors
    /// What the API answers instead of data.
    pub async fn ask(&self, person: Option<&str>, query: &str, variables: Value) -> Result<Value> {
        match self.try_ask(person, query, variables).await? {
            Ok(data) => Ok(data),
            Err(refused) => bail!("{} was refused: {refused}\n{query}", person.unwrap_or("public")),
        }
    }

    /// Uploads a file.
    ///
    /// # Errors
    /// Where it is not taken.
    pub async fn upload(
        &self,
        person: &str,
        name: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Result<Uploaded> {
        let url = format!("{}/attachments", self.address);
        let url = reqwest::Url::parse_with_params(&url, [("name", name)])?;
        let answer = self
            .client
            .post(url)
            .header("Authorization", format!("Bearer demo-{person}"))
            .header("Content-Type", media_type)
            .body(bytes)
            .send()
            .await
            .context("the server does not answer")?;
        let status = answer.status();
        let text = answer.text().await.context("the answer breaks off")?;
        ensure!(status.is_success(), "{person} cannot upload {name}: {status} {text}");
        let kept: Value = serde_json::from_str(&text).context("expected JSON")?;
        let hash = kept["hash"].as_str().context("a file has a hash")?.to_owned();
        Ok(Uploaded { hash, size: kept["size"].as_u64().context("a file has a size")? })
    }

    /// A file's bytes, or the status instead.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub async fn download(&self, person: &str, hash: &str) -> Result<Result<Vec<u8>, u16>> {
        let answer = self
            .client
            .get(format!("{}/attachments/{hash}", self.address))
            .header("Authorization", format!("Bearer demo-{person}"))
            .send()
            .await
            .context("the server does not answer")?;
        if !answer.status().is_success() {
            return Ok(Err(answer.status().as_u16()));
        }
        Ok(Ok(answer.bytes().await.context("the answer breaks off")?.to_vec()))
    }
}
