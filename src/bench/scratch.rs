//! Where a measurement writes: beside the configured database, on the same disk or server, and never
//! in it. On `SQLite` a folder of its own beside the file, on `PostgreSQL` a schema of its own in the
//! same database. Both are removed afterwards. What is measured is not here.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};

use crate::config::Config;

/// A place to write to.
#[derive(Debug)]
pub(crate) enum Scratch {
    /// A folder with one file.
    Sqlite(PathBuf),
    /// A schema, in the database of this address.
    Postgres { database: String, schema: String },
}

impl Scratch {
    /// Makes an empty place beside a database; `name` tells several of one run apart.
    pub(crate) async fn make(database: &str, name: &str) -> Result<Self> {
        let own = format!("mandate_bench_{}_{name}", std::process::id());
        if database.starts_with("postgres://") || database.starts_with("postgresql://") {
            let scratch = Self::Postgres { database: database.to_owned(), schema: own };
            scratch.remove().await?;
            let Self::Postgres { schema, .. } = &scratch else { return Ok(scratch) };
            let made = format!("CREATE SCHEMA {schema}");
            let connection = connect(database).await?;
            let made = connection.execute_unprepared(&made).await;
            connection.close().await?;
            made.context("a schema for the measurement could not be made")?;
            return Ok(scratch);
        }
        let Some(path) =
            database.strip_prefix("sqlite://").or_else(|| database.strip_prefix("sqlite:"))
        else {
            bail!("expected `sqlite://path/to/file` or `postgres://…` as the database");
        };
        let folder = Path::new(path.split('?').next().unwrap_or_default()).with_file_name(own);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("the folder {} could not be made", folder.display()))?;
        Ok(Self::Sqlite(folder))
    }

    /// The address that a store opens.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}", file(folder).display()),
            Self::Postgres { database, schema } => {
                let separator = if database.contains('?') { '&' } else { '?' };
                format!("{database}{separator}options[search_path]={schema}")
            }
        }
    }

    /// The settings of a store there, all others as they are. No file is uploaded while it is measured,
    /// but a store opens its folder.
    pub(crate) fn config(&self, config: &Config) -> Config {
        let blobs = self.blobs().display().to_string();
        Config { database: self.url(), blobs, ..config.clone() }
    }

    fn blobs(&self) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.join("blobs"),
            Self::Postgres { schema, .. } => std::env::temp_dir().join(format!("{schema}_blobs")),
        }
    }

    /// The file, on `SQLite`.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(folder) => Some(file(folder)),
            Self::Postgres { .. } => None,
        }
    }

    /// Removes everything that was written.
    pub(crate) async fn remove(&self) -> Result<()> {
        match self {
            Self::Sqlite(folder) => std::fs::remove_dir_all(folder)
                .with_context(|| format!("the folder {} could not be removed", folder.display())),
            Self::Postgres { database, schema } => {
                let blobs = self.blobs();
                if blobs.exists() {
                    std::fs::remove_dir_all(blobs)?;
                }
                let gone = format!("DROP SCHEMA IF EXISTS {schema} CASCADE");
                let connection = connect(database).await?;
                let gone = connection.execute_unprepared(&gone).await;
                connection.close().await?;
                gone.map(|_| ()).context("the schema of the measurement could not be removed")
            }
        }
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("bench.db")
}

async fn connect(database: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(database);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.context("the database could not be reached")
}
