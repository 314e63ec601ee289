//! The same answers over HTTP on this machine: for a SOAR, an editor, a runner of CI.
//!
//! An archive is posted, one document comes back. So many are read at once as there are processors, some more wait, and who
//! comes then is told to come again: a caller that sends faster than is read must not fill the memory. On a port every request
//! needs the token; a socket of the file system is its owner's alone.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use crate::package::Limits;
use crate::text::json_ascii;
pub use answer::{Asked, Desk, Options};
pub use openapi::openapi;

mod answer;
mod openapi;

/// How many packages may wait, for each that is read.
const WAITING: usize = 8;

/// Shortest token that is taken, characters.
pub const SHORTEST_TOKEN: usize = 16;

/// Where the service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// A port of this machine.
    Port(SocketAddr),
    /// A socket in the file system.
    Socket(PathBuf),
}

/// Why the service cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Others could reach it.
    #[error(
        "{0} can be reached from other machines; listen on 127.0.0.1 or a socket, and put a proxy with TLS before it"
    )]
    Open(SocketAddr),
    /// The system refused.
    #[error("cannot listen on {on}: {source}")]
    Listen {
        /// Where.
        on: String,
        /// What the system said.
        source: io::Error,
    },
    /// Another one listens there.
    #[error("another program listens on {}; end it, or name another socket", .0.display())]
    Taken(PathBuf),
    /// The system refused while it ran.
    #[error("the service ended: {0}")]
    Ended(io::Error),
}

struct Shared {
    desk: Desk,
    token: Option<[u8; 32]>,
    /// Those that are read.
    reading: Semaphore,
    /// Those and the ones that wait.
    room: Semaphore,
    limit: usize,
}

impl Shared {
    fn new(desk: Desk, token: Option<&str>, jobs: usize) -> Self {
        let limit = usize::try_from(Limits::default().archive_bytes).unwrap_or(usize::MAX);
        let (reading, room) = (Semaphore::new(jobs), Semaphore::new(jobs * (1 + WAITING)));
        Self { desk, token: token.map(digest), reading, room, limit }
    }
}

/// Equal digests are compared in a time that says nothing of the token.
fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Serves until the program is told to end. `ready` hears where, once it listens.
///
/// # Errors
/// When it cannot listen, or the system ends it.
pub fn serve(
    listen: &Listen,
    desk: Desk,
    token: Option<&str>,
    jobs: usize,
    ready: impl FnOnce(&str),
) -> Result<(), ServiceError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(jobs + 1)
        .build()
        .map_err(ServiceError::Ended)?;
    let router = router(Arc::new(Shared::new(desk, token, jobs)));
    runtime.block_on(async {
        let end = ending().map_err(ServiceError::Ended)?;
        match listen {
            Listen::Port(address) if !address.ip().is_loopback() => Err(ServiceError::Open(*address)),
            Listen::Port(address) => {
                let failed = |source| ServiceError::Listen { on: address.to_string(), source };
                let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
                ready(&format!("http://{}", listener.local_addr().map_err(failed)?));
                axum::serve(listener, router).with_graceful_shutdown(end).await.map_err(ServiceError::Ended)
            }
            Listen::Socket(path) => on_socket(path, router, end, ready).await,
        }
    })
}

#[cfg(unix)]
async fn on_socket(
    path: &Path,
    router: Router,
    end: impl Future<Output = ()> + Send + 'static,
    ready: impl FnOnce(&str),
) -> Result<(), ServiceError> {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};

    let failed = |source| ServiceError::Listen { on: path.display().to_string(), source };
    // What a service that was killed left behind; nothing else is taken away.
    if std::fs::symlink_metadata(path).is_ok_and(|about| about.file_type().is_socket()) {
        if tokio::net::UnixStream::connect(path).await.is_ok() {
            return Err(ServiceError::Taken(path.to_path_buf()));
        }
        std::fs::remove_file(path).map_err(failed)?;
    }
    let listener = tokio::net::UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    ready(&path.display().to_string());
    let served = axum::serve(listener, router).with_graceful_shutdown(end).await;
    // It serves nobody any more; where that fails the next one takes it away.
    let _ = std::fs::remove_file(path);
    served.map_err(ServiceError::Ended)
}

#[cfg(not(unix))]
async fn on_socket(
    path: &Path,
    _: Router,
    _: impl Future<Output = ()> + Send + 'static,
    _: impl FnOnce(&str),
) -> Result<(), ServiceError> {
    let source = io::ErrorKind::Unsupported.into();
    Err(ServiceError::Listen { on: path.display().to_string(), source })
}

/// What ends when somebody interrupts the program or asks it to end; what is being read is finished. It hears of that from now
/// on, not from when it is waited for.
#[cfg(unix)]
fn ending() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupted.recv() => {}, _ = terminated.recv() => {} }
    })
}

#[cfg(not(unix))]
fn ending() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
}

fn router(shared: Arc<Shared>) -> Router {
    let mut router = Router::new()
        .route("/health", get(health))
        .route("/openapi.json", get(async || document(StatusCode::OK, &openapi())));
    for asked in Asked::ALL {
        let answer = move |State(shared): State<Arc<Shared>>, Query(options): Query<Options>, request: Request| {
            answered(shared, asked, options, request)
        };
        router = router.route(asked.path(), post(answer));
    }
    router
        .fallback(async || refused(StatusCode::NOT_FOUND, "there is nothing here; GET /openapi.json tells what is"))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), admit))
        .with_state(shared)
}

/// Lets nobody in without the token.
async fn admit(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let told = |headers: &HeaderMap| -> Option<[u8; 32]> {
        Some(digest(headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?))
    };
    match shared.token {
        Some(token) if told(request.headers()) != Some(token) => {
            refused(StatusCode::UNAUTHORIZED, "name the token: Authorization: Bearer TOKEN")
        }
        _ => next.run(request).await,
    }
}

async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let room = shared.room.available_permits();
    document(StatusCode::OK, &json!({"schema": "cerebro-health/1", "room": room, "model": shared.desk.model()}))
}

async fn answered(shared: Arc<Shared>, asked: Asked, options: Options, request: Request) -> Response {
    // Before a byte of it is taken.
    let Ok(_room) = shared.room.try_acquire() else {
        let mut full = refused(StatusCode::SERVICE_UNAVAILABLE, "too many packages wait; come again in a moment");
        full.headers_mut().insert(RETRY_AFTER, axum::http::HeaderValue::from_static("1"));
        return full;
    };
    let Ok(bytes) = to_bytes(request.into_body(), shared.limit).await else {
        let why = format!("the archive was cut off, or has more than {} bytes", shared.limit);
        return refused(StatusCode::PAYLOAD_TOO_LARGE, &why);
    };
    let Ok(_reading) = shared.reading.acquire().await else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "the service ends");
    };
    let desk = Arc::clone(&shared);
    let done = tokio::task::spawn_blocking(move || desk.desk.answer(asked, &options, bytes.into())).await;
    match done {
        Ok(Ok(answer)) => text(StatusCode::OK, answer.kind, answer.text),
        Ok(Err(why)) => refused(StatusCode::UNPROCESSABLE_ENTITY, &why),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "the analysis failed, please report it"),
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    document(status, &json!({"error": why}))
}

fn document(status: StatusCode, value: &Value) -> Response {
    text(status, "application/json", json_ascii(value))
}

fn text(status: StatusCode, kind: &'static str, text: String) -> Response {
    (status, [(CONTENT_TYPE, kind)], Body::from(text)).into_response()
}
