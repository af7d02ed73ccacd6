//! Series of observations as rows.

use super::StoreError;
use envcheck_core::inventory::observation::{Question, Scope, Series, Standing};
use jiff::Timestamp;
use sqlx::{SqliteConnection, query, query_as, query_scalar};
use std::collections::BTreeMap;
use std::path::Path;

/// The number of an environment; it is written when it is new.
pub(super) async fn environment(
    connection: &mut SqliteConnection,
    scope: &Scope,
) -> Result<i64, sqlx::Error> {
    query("INSERT INTO environment (account, name) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(&scope.account)
        .bind(&scope.environment)
        .execute(&mut *connection)
        .await?;
    query_scalar("SELECT id FROM environment WHERE account = ? AND name = ?")
        .bind(&scope.account)
        .bind(&scope.environment)
        .fetch_one(connection)
        .await
}

/// What is kept of a question; `None` when it was never answered.
pub(super) async fn read(
    connection: &mut SqliteConnection,
    file: &Path,
    environment: i64,
    question: &Question,
) -> Result<Option<Series>, StoreError> {
    let failed = |error| StoreError::sqlite(file, &error);
    let kept: Option<(i64, i64)> =
        query_as("SELECT id, answered FROM question WHERE environment = ? AND kind = ? AND fact = ?")
            .bind(environment)
            .bind(&question.kind)
            .bind(&question.fact)
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed)?;
    let Some((number, answered)) = kept else {
        return Ok(None);
    };
    let rows: Vec<(String, i64, i64)> =
        query_as("SELECT object, since, runs FROM observation WHERE question = ?")
            .bind(number)
            .fetch_all(connection)
            .await
            .map_err(failed)?;
    let series = series(answered, rows);
    let series = series.ok_or_else(|| StoreError::damaged(file, "a time or a number in it cannot be"))?;
    Ok(Some(series))
}

fn series(answered: i64, rows: Vec<(String, i64, i64)>) -> Option<Series> {
    let standing = rows.into_iter().map(|(object, since, runs)| {
        let standing = Standing {
            since: Timestamp::from_second(since).ok()?,
            runs: u32::try_from(runs).ok()?,
        };
        Some((object, standing))
    });
    Some(Series {
        answered: Timestamp::from_second(answered).ok()?,
        standing: standing.collect::<Option<BTreeMap<_, _>>>()?,
    })
}

/// Keeps a series in place of the earlier one.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    environment: i64,
    question: &Question,
    series: &Series,
) -> Result<(), sqlx::Error> {
    let number: i64 = query_scalar(
        "INSERT INTO question (environment, kind, fact, answered) VALUES (?, ?, ?, ?) \
         ON CONFLICT DO UPDATE SET answered = excluded.answered RETURNING id",
    )
    .bind(environment)
    .bind(&question.kind)
    .bind(&question.fact)
    .bind(series.answered.as_second())
    .fetch_one(&mut *connection)
    .await?;
    query("DELETE FROM observation WHERE question = ?")
        .bind(number)
        .execute(&mut *connection)
        .await?;
    for (object, standing) in &series.standing {
        query("INSERT INTO observation (question, object, since, runs) VALUES (?, ?, ?, ?)")
            .bind(number)
            .bind(object)
            .bind(standing.since.as_second())
            .bind(i64::from(standing.runs))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
