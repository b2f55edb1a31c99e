//! Where a server of a test keeps what it has: one of the two databases, and a folder for files.

use anyhow::{Context as _, Result};
use testkit::postgres::Database;

/// A database and a folder of one test; both go with it.
#[derive(Debug)]
pub struct Place {
    folder: tempfile::TempDir,
    postgres: Option<Database>,
}

impl Place {
    /// A `SQLite` file.
    ///
    /// # Errors
    /// Where no temporary folder can be made.
    pub fn sqlite() -> Result<Self> {
        Ok(Self { folder: tempfile::tempdir().context("a folder")?, postgres: None })
    }

    /// A database on the run's `PostgreSQL`.
    ///
    /// # Errors
    /// Where there is no server.
    pub fn postgres() -> Result<Self> {
        let postgres = Some(Database::create()?);
        Ok(Self { folder: tempfile::tempdir().context("a folder")?, postgres })
    }

    /// One on each database.
    ///
    /// # Errors
    /// Where one of them cannot be had.
    pub fn both() -> Result<[Self; 2]> {
        Ok([Self::sqlite()?, Self::postgres()?])
    }

    /// The address of its database.
    pub fn url(&self) -> String {
        match &self.postgres {
            None => format!("sqlite://{}", self.folder.path().join("mandate.db").display()),
            Some(database) => database.url(),
        }
    }

    /// The rows of a query whose columns are numbers, read behind the server's back.
    ///
    /// # Errors
    /// Where the SQL does not run.
    pub fn numbers(&self, sql: &str) -> Result<Vec<Vec<i64>>> {
        if let Some(database) = &self.postgres {
            let rows = database.sql(sql)?;
            let row = |line: &str| line.split('|').map(|one| Ok(one.trim().parse()?)).collect();
            return rows.lines().filter(|line| !line.is_empty()).map(row).collect();
        }
        let connection = rusqlite::Connection::open(self.folder.path().join("mandate.db"))?;
        let mut statement = connection.prepare(sql)?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect())?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The folder for uploaded files.
    pub fn files(&self) -> String {
        self.folder.path().join("files").display().to_string()
    }

    /// Its folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}
