//! The SQLite file: opened, found to be ours and whole, and brought to the newest version.
//!
//! It is written in a single transaction per run, with SQLite's rollback journal: nothing lies beside it between runs, and it
//! works on file systems of networks, where a write-ahead log does not.

use super::StoreError;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqlSafeStr, SqliteConnection, Transaction, query_scalar};
use std::path::Path;
use std::time::Duration;

/// How long to wait for another run that is writing; writing takes milliseconds.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// `PRAGMA application_id` of our files, set by the first migration.
const OURS: i64 = 0x656e_7663;

type Sql = (i64, &'static str, &'static str);

/// Every step from nothing to the newest version. A step that was published is never changed.
const MIGRATIONS: [Sql; 1] = [(
    1,
    "observations",
    include_str!("migrations/0001_observations.sql"),
)];

/// The newest version.
pub(super) const VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// An open file.
pub(super) struct Database<'a> {
    pub(super) file: &'a Path,
    connection: SqliteConnection,
}

enum State {
    /// Nothing has been written yet.
    Empty,
    Version(i64),
}

impl<'a> Database<'a> {
    /// Opens a file that exists, looks whether it is whole, and brings it to the newest version.
    pub(super) async fn open(file: &'a Path) -> Result<Self, StoreError> {
        // What begins with `file:` would be more than a path for SQLite.
        let absolute = std::path::absolute(file).map_err(|error| StoreError::io(file, error))?;
        let mut connection = SqliteConnectOptions::new()
            .filename(absolute)
            .create_if_missing(false)
            .busy_timeout(BUSY)
            .foreign_keys(true)
            .connect()
            .await
            .map_err(|error| StoreError::sqlite(file, &error))?;
        let state = match inspect(&mut connection, file).await? {
            State::Version(version) => {
                check(&mut connection, file).await?;
                version
            }
            State::Empty => 0,
        };
        let mut database = Self { file, connection };
        if state < VERSION {
            database.upgrade().await?;
        }
        Ok(database)
    }

    /// Begins to write, after whoever is writing now.
    pub(super) async fn begin(&mut self) -> Result<Transaction<'_, sqlx::Sqlite>, StoreError> {
        self.connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|error| StoreError::sqlite(self.file, &error))
    }

    /// For reading.
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Closes it, when all is written; otherwise dropping it does.
    pub(super) async fn close(self) -> Result<(), StoreError> {
        let closed = self.connection.close().await;
        closed.map_err(|error| StoreError::sqlite(self.file, &error))
    }

    async fn upgrade(&mut self) -> Result<(), StoreError> {
        let file = self.file;
        let mut transaction = self.begin().await?;
        // Another run may have done it meanwhile.
        if let State::Version(VERSION) = inspect(&mut transaction, file).await? {
            return Ok(());
        }
        let migrations = MIGRATIONS.map(|(version, name, sql)| {
            let (name, sql) = (name.into(), sql.into_sql_str());
            Migration::new(version, name, MigrationType::Simple, sql, false)
        });
        let migrator = Migrator::with_migrations(migrations.to_vec());
        let migrated = migrator.run(&mut *transaction).await;
        migrated.map_err(|error| match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                StoreError::sqlite(file, &error)
            }
            other => StoreError::damaged(file, other.to_string()),
        })?;
        let committed = transaction.commit().await;
        committed.map_err(|error| StoreError::sqlite(file, &error))
    }
}

/// Whose file it is, and of which version; as of one moment, as another run may just be making it.
async fn inspect(connection: &mut SqliteConnection, file: &Path) -> Result<State, StoreError> {
    let failed = |error| StoreError::sqlite(file, &error);
    let mut moment = connection.begin().await.map_err(failed)?;
    let owner: i64 = query_scalar("PRAGMA application_id")
        .fetch_one(&mut *moment)
        .await
        .map_err(failed)?;
    let tables: i64 = query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *moment)
        .await
        .map_err(failed)?;
    if owner == 0 && tables == 0 {
        return Ok(State::Empty);
    }
    if owner != OURS {
        return Err(StoreError::Foreign(file.to_owned()));
    }
    let version: Option<i64> = query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(&mut *moment)
        .await
        .map_err(failed)?;
    let found = version.ok_or_else(|| StoreError::damaged(file, "it does not say its version"))?;
    if found > VERSION {
        return Err(StoreError::Newer {
            file: file.to_owned(),
            found,
            known: VERSION,
        });
    }
    Ok(State::Version(found))
}

/// Reads all of it once: what is damaged must not be believed.
async fn check(connection: &mut SqliteConnection, file: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::sqlite(file, &error);
    let bytes: i64 = query_scalar("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let there = std::fs::metadata(file).map_err(|error| StoreError::io(file, error))?;
    // SQLite reads a last page that was cut as one that ends in zeros.
    if u64::try_from(bytes).is_ok_and(|bytes| there.len() < bytes) {
        return Err(StoreError::damaged(file, "it was cut short"));
    }
    let told: String = query_scalar("PRAGMA quick_check(1)")
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    if told == "ok" {
        return Ok(());
    }
    Err(StoreError::damaged(file, told.lines().last().unwrap_or_default()))
}
