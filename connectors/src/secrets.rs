//! Secrets by name: a file of a folder, read when it is wanted, so that it may be changed while the
//! server runs, or a variable of the environment. Values are never shown.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The longest secret, in bytes.
const SECRET_BYTES_MAX: u64 = 8 * 1024;

/// What a server knows.
#[derive(Default)]
pub struct Secrets {
    folder: Option<PathBuf>,
    environment: BTreeMap<String, String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Secrets {
    /// Secrets of a folder, whose files are called as they are, and of the environment, by their
    /// names without `MANDATE_SECRET_`.
    pub fn new(folder: Option<PathBuf>, environment: BTreeMap<String, String>) -> Self {
        Self { folder, environment }
    }

    /// Whether there is a place for secrets, or one at least.
    pub(crate) fn are_kept(&self) -> bool {
        self.folder.is_some() || !self.environment.is_empty()
    }

    /// A secret's value, if there is one; the file goes before the environment.
    pub(crate) async fn get(&self, name: &str) -> Option<String> {
        // The checker took nothing else; a name with dots would be another folder's file.
        if !engine::elements::service_task::is_secret_name(name) {
            return None;
        }
        if let Some(folder) = &self.folder {
            let path = folder.join(name);
            let length = tokio::fs::metadata(&path).await.map_or(0, |file| file.len());
            if (1..=SECRET_BYTES_MAX).contains(&length)
                && let Ok(text) = tokio::fs::read_to_string(&path).await
            {
                return Some(text.trim_end_matches(['\r', '\n']).to_owned());
            }
        }
        self.environment.get(name).filter(|value| !value.is_empty()).cloned()
    }
}
