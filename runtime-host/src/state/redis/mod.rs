//! State in Redis, or in what speaks its protocol: for several hosts over one state.
//!
//! Each value is a string of its own, `<version>:<bytes>`, and its key a member of one sorted set, by which keys are listed in order. A change is a Lua script, which
//! Redis runs as a whole: that makes a batch one change, and a swap safe. How durable an acknowledged change is, is Redis' own setting (`appendfsync`). Not for a
//! cluster, where a script sees the keys of one slot only.

#[cfg(test)]
pub(super) mod server;
#[cfg(test)]
mod tests;

use super::{Entry, Error, PAGE, Page, Store, Version, add};
use futures::FutureExt;
use futures::future::BoxFuture;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{
    Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo as _, ProtocolVersion,
    RedisError, Script, ScriptInvocation, ServerErrorKind,
};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// In front of every key of ours: others may use the same server.
const PREFIX: &str = "gusset/";

/// Counts changes: where versions come from.
const VERSION: &str = "gusset:version";

/// All keys, as members of the same score: in the order of their bytes.
const KEYS: &str = "gusset:keys";

/// A server that accepts no connection for so long is down.
const CONNECT: Duration = Duration::from_secs(3);

/// A server that answers nothing for so long is as good as down.
const ANSWER: Duration = Duration::from_secs(10);

/// How long what is safe to ask again is asked again, and how often: a server that is restarted is back in about a second.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(50);

/// Times that a counter is read anew because somebody else was faster.
const ATTEMPTS: usize = 1000;

static WRITE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("write.lua")));
static SWAP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("swap.lua")));

/// A store on a Redis server. Connects again by itself.
pub struct Redis {
    connection: ConnectionManager,
    /// For people: without what is secret.
    server: String,
}

/// What is asked of the server.
enum Request<'a> {
    /// Changes nothing, so that it may be asked twice.
    Read(&'a Cmd),
    Change(&'a ScriptInvocation<'a>),
}

// === impl Redis ===

impl Redis {
    /// Where a URL leads, for people: without what is secret.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn server(url: &str) -> Result<String, String> {
        Ok(parse(url)?.addr().to_string())
    }

    /// Connects.
    ///
    /// # Errors
    /// The URL is none; the server can't be reached or refuses.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let info = parse(url).map_err(Error::Url)?;
        let server = info.addr().to_string();
        let failed = |source| Error::Redis { server: server.clone(), source };
        // With this one a connection that is lost is noticed at once, not by the next who asks.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(failed)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(ANSWER));
        let connection = ConnectionManager::new_with_config(client, config).await.map_err(failed)?;
        Ok(Self { connection, server })
    }

    async fn ask<T: FromRedisValue>(&self, request: Request<'_>) -> Result<T, Error> {
        let begun = Instant::now();
        let mut connection = self.connection.clone();
        loop {
            let answer = match &request {
                Request::Read(command) => command.query_async(&mut connection).await,
                Request::Change(script) => script.invoke_async(&mut connection).await,
            };
            let error = match answer {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if begun.elapsed() > PATIENCE || !request.may_be_repeated(&error) {
                return Err(self.error(&request, error));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn error(&self, request: &Request<'_>, source: RedisError) -> Error {
        let server = self.server.clone();
        let refused = matches!(source.kind(), ErrorKind::Server(_) | ErrorKind::Extension);
        match request {
            _ if source.code() == Some("OOM") => Error::OutOfMemory(server),
            Request::Change(_) if !refused && !source.is_connection_refusal() => {
                Error::Unsure { server, source }
            }
            _ => Error::Redis { server, source },
        }
    }

    async fn read(&self, keys: &[String]) -> Result<Vec<Option<Entry>>, Error> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("MGET");
        for key in keys {
            command.arg(prefixed(key));
        }
        let values: Vec<Option<Vec<u8>>> = self.ask(Request::Read(&command)).await?;
        Ok(values.into_iter().map(|value| value.and_then(entry)).collect())
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Version>,
        value: &[u8],
    ) -> Result<bool, Error> {
        let expected = expected.map(|Version(version)| version.to_string()).unwrap_or_default();
        let mut script = SWAP.prepare_invoke();
        script.key(VERSION).key(KEYS).key(prefixed(key)).arg(expected).arg(value);
        self.ask(Request::Change(&script)).await
    }
}

impl Store for Redis {
    fn get(&self, keys: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Entry>>, Error>> {
        async move { self.read(&keys).await }.boxed()
    }

    fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> BoxFuture<'_, Result<(), Error>> {
        async move {
            if changes.is_empty() {
                return Ok(());
            }
            let mut script = WRITE.prepare_invoke();
            script.key(VERSION).key(KEYS);
            for (key, value) in changes {
                let value = value.map(|value| [b"=", value.as_slice()].concat());
                script.key(prefixed(&key)).arg(value.unwrap_or_default());
            }
            self.ask::<i64>(Request::Change(&script)).await.map(drop)
        }
        .boxed()
    }

    fn swap(
        &self,
        key: String,
        expected: Option<Version>,
        value: Vec<u8>,
    ) -> BoxFuture<'_, Result<bool, Error>> {
        async move { self.compare_and_swap(&key, expected, &value).await }.boxed()
    }

    /// By compare-and-swap: Lua's numbers are floats, which lose what is beyond 53 bits.
    fn increment(&self, key: String, delta: i64) -> BoxFuture<'_, Result<i64, Error>> {
        async move {
            for _ in 0..ATTEMPTS {
                let found = self.read(std::slice::from_ref(&key)).await?.pop().flatten();
                let (value, version) = found.map(|entry| (entry.value, entry.version)).unzip();
                let sum = add(&key, value.as_deref(), delta)?;
                if self.compare_and_swap(&key, version, &sum.to_le_bytes()).await? {
                    return Ok(sum);
                }
            }
            Err(Error::Contended(key))
        }
        .boxed()
    }

    fn list(&self, after: Option<String>) -> BoxFuture<'_, Result<Page, Error>> {
        async move {
            let from = after.map_or_else(|| "-".to_owned(), |after| format!("({}", prefixed(&after)));
            let mut command = redis::cmd("ZRANGEBYLEX");
            command.arg(KEYS).arg(from).arg("+").arg("LIMIT").arg(0).arg(PAGE + 1);
            let found: Vec<String> = self.ask(Request::Read(&command)).await?;
            let more = found.len() > PAGE as usize;
            let keys = found.iter().take(PAGE as usize).filter_map(|key| key.strip_prefix(PREFIX));
            Ok(Page { keys: keys.map(str::to_owned).collect(), more })
        }
        .boxed()
    }
}

// === impl Request ===

impl Request<'_> {
    /// A change only where it is certain that the server has not made it.
    fn may_be_repeated(&self, error: &RedisError) -> bool {
        let untouched =
            error.is_connection_refusal() || error.kind() == ErrorKind::Server(ServerErrorKind::BusyLoading);
        match self {
            Self::Read(_) => untouched || error.is_connection_dropped(),
            Self::Change(_) => untouched,
        }
    }
}

fn parse(url: &str) -> Result<ConnectionInfo, String> {
    let remedy = "write `redis://HOST:PORT`, `rediss://…` for TLS, or `unix:///PATH`";
    url.into_connection_info().map_err(|error| format!("{error}; {remedy}"))
}

fn prefixed(key: &str) -> String {
    format!("{PREFIX}{key}")
}

/// A value and its version; `None` for what is not ours.
fn entry(mut stored: Vec<u8>) -> Option<Entry> {
    let end = stored.iter().take(20).position(|&byte| byte == b':')?;
    let version = std::str::from_utf8(stored.get(..end)?).ok()?.parse().ok()?;
    stored.drain(..=end);
    Some(Entry { value: stored, version: Version(version) })
}
