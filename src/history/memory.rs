//! What was learnt as rows, and how much of it is kept.

use envcheck_core::inventory::memory::{Changes, Kept};
use jiff::{SignedDuration, Timestamp};
use sqlx::{SqliteConnection, query, query_as};

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// What no run used for so long is forgotten.
    pub(super) unused: SignedDuration,
    /// When it is more than so many bytes, what was used least recently is forgotten.
    pub(super) bytes: i64,
}

pub(super) const LIMITS: Limits = Limits {
    unused: SignedDuration::from_hours(90 * 24),
    bytes: 64 * 1024 * 1024,
};

/// All that is kept. A time that cannot be is the beginning of time: such a fact is the first to be forgotten.
pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Vec<Kept>, sqlx::Error> {
    let rows: Vec<(String, String, String, i64)> = query_as("SELECT namespace, key, value, used FROM memory")
        .fetch_all(connection)
        .await?;
    let kept = rows.into_iter().map(|(namespace, key, text, used)| Kept {
        namespace,
        key,
        text,
        used: Timestamp::from_second(used).unwrap_or(Timestamp::UNIX_EPOCH),
    });
    Ok(kept.collect())
}

/// Keeps what a run learnt and used. Of two runs that learn the same the later one counts.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    changes: &Changes,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    for fact in &changes.learnt {
        query(
            "INSERT INTO memory (namespace, key, value, used) VALUES (?, ?, ?, ?) \
             ON CONFLICT DO UPDATE SET value = excluded.value, used = excluded.used",
        )
        .bind(&fact.namespace)
        .bind(&fact.key)
        .bind(&fact.text)
        .bind(fact.used.as_second())
        .execute(&mut *connection)
        .await?;
    }
    for (namespace, key) in &changes.used {
        query("UPDATE memory SET used = max(used, ?) WHERE namespace = ? AND key = ?")
            .bind(now.as_second())
            .bind(namespace)
            .bind(key)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Forgets what is beyond the limits.
pub(super) async fn prune(
    connection: &mut SqliteConnection,
    now: Timestamp,
    limits: Limits,
) -> Result<(), sqlx::Error> {
    query("DELETE FROM memory WHERE used < ?")
        .bind(now.as_second() - limits.unused.as_secs())
        .execute(&mut *connection)
        .await?;
    query(
        "DELETE FROM memory WHERE rowid IN (SELECT rowid FROM (SELECT rowid, \
         sum(octet_length(namespace) + octet_length(key) + octet_length(value)) \
         OVER (ORDER BY used DESC, rowid DESC) AS bytes FROM memory) WHERE bytes > ?)",
    )
    .bind(limits.bytes)
    .execute(connection)
    .await?;
    Ok(())
}
