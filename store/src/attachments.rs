//! Uploaded files: blobs by the hash of their bytes.

use std::path::PathBuf;

/// Where uploaded files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// In a folder.
    Folder(PathBuf),
}

impl Default for Files {
    fn default() -> Self {
        Self::Folder("files".into())
    }
}
