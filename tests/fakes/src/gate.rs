//! A gate before servers: all that changes something passes it, one after the other, and a test decides what becomes of each.

use crate::http::{Body, Listening, body_of, forward, response};
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What becomes of a request that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is done and answered.
    Pass,
    /// It stays before the gate, and nobody answers.
    Hold,
    /// It is done, and nobody answers.
    HoldAfterwards,
    /// It is done, and the connection is closed instead of an answer.
    Lose,
    /// It is not done: the connection is closed.
    Close,
    /// It is not done, and answered with this status.
    Refuse(u16),
    /// It is done, and answered with this status.
    RefuseAfterwards(u16),
}

/// A gate before any number of servers, whose writes are counted together. Dropping it ends what is held.
pub struct Gate {
    decide: Arc<Decide>,
    writes: Arc<Mutex<Vec<String>>>,
    fronts: Vec<Listening>,
}

type Decide = dyn Fn(usize, &str) -> Fate + Send + Sync;

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gate({:?})", self.writes())
    }
}

impl Gate {
    /// One that decides by how many writes came before.
    pub fn new(decide: impl Fn(usize) -> Fate + Send + Sync + 'static) -> Self {
        Self::choosing(move |before, _| decide(before))
    }

    /// One that decides by how many writes came before, and by what this one is: `PUT /bucket?acl`.
    pub fn choosing(decide: impl Fn(usize, &str) -> Fate + Send + Sync + 'static) -> Self {
        Self {
            decide: Arc::new(decide),
            writes: Arc::default(),
            fronts: Vec::new(),
        }
    }

    /// Stands before the server of a base URL; where clients find it from then on.
    ///
    /// # Errors
    /// This machine has no free port.
    pub fn before(&mut self, base: &str) -> Result<String, String> {
        let authority = base.trim_start_matches("http://").to_owned();
        let (decide, writes) = (Arc::clone(&self.decide), Arc::clone(&self.writes));
        let front = Listening::start("gate", 0, move |request| {
            pass(
                authority.clone(),
                Arc::clone(&decide),
                Arc::clone(&writes),
                request,
            )
        })?;
        let url = front.url();
        self.fronts.push(front);
        Ok(url)
    }

    /// What wanted to change something so far, as `PUT /bucket?acl`.
    pub fn writes(&self) -> Vec<String> {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn pass(
    authority: String,
    decide: Arc<Decide>,
    writes: Arc<Mutex<Vec<String>>>,
    request: Request<Incoming>,
) -> Option<http::Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = body_of(body).await;
    let fate = if [Method::GET, Method::HEAD].contains(&parts.method) {
        Fate::Pass
    } else {
        let write = format!("{} {}", parts.method, parts.uri);
        let before = {
            let mut writes = writes.lock().unwrap_or_else(PoisonError::into_inner);
            writes.push(write.clone());
            writes.len() - 1
        };
        decide(before, &write)
    };
    let status = |status: u16| {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Some(response(status, &[], "the gate says so".to_owned()))
    };
    match fate {
        Fate::Hold => std::future::pending::<()>().await,
        Fate::Close => return None,
        Fate::Refuse(with) => return status(with),
        _ => {}
    }
    let answer = forward(&authority, Request::from_parts(parts, body)).await;
    match fate {
        Fate::Pass | Fate::Hold | Fate::Close | Fate::Refuse(_) => Some(match answer {
            Ok(answer) => answer.map(Body::new),
            Err(reason) => response(StatusCode::BAD_GATEWAY, &[], reason),
        }),
        Fate::HoldAfterwards => std::future::pending().await,
        Fate::Lose => None,
        Fate::RefuseAfterwards(with) => status(with),
    }
}
