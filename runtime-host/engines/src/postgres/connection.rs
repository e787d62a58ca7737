//! Connections to the database: a bounded number, kept while they work, with their prepared statements.

use super::Error;
use gusset_retrieve::engine::EngineError;
use rustls::{ClientConfig, RootCertStore};
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Row, Statement, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections at most: a search holds one for milliseconds, and a server has a hundred by default for all who use it.
const CONNECTIONS: usize = 8;

/// How long to try to connect where the URL doesn't say.
const CONNECT: Duration = Duration::from_secs(5);

/// Statements kept a connection. There are some twenty, and a few for each collection.
const STATEMENTS: usize = 256;

/// What every connection begins with: an index scan looks at no fewer passages than a search wants of a side, and goes on while a filter leaves some out.
const SESSION: &str = "
    SET hnsw.ef_search = 400;
    SET hnsw.iterative_scan = strict_order;
    SET client_min_messages = warning;
";

/// A parameter of a statement.
pub(super) type Value<'a> = &'a (dyn ToSql + Sync);

/// Connections to one database.
pub(super) struct Pool {
    config: Config,
    tls: MakeRustlsConnect,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

/// A connection for one call; goes back when dropped.
pub(super) struct Lease<'a> {
    connection: Option<Connection>,
    pool: &'a Pool,
    _permit: SemaphorePermit<'a>,
}

/// The configuration in a URL, with a password that it need not contain.
pub(super) fn parse(url: &str, password: Option<&str>) -> Result<Config, Error> {
    let mut config = Config::from_str(url).map_err(|error| Error::Url(explain(&error)))?;
    if let Some(password) = password {
        config.password(password);
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    config.application_name("gusset");
    Ok(config)
}

/// An error with what the server said about it.
pub(super) fn failed(error: tokio_postgres::Error) -> EngineError {
    EngineError::Failed(format!("PostgreSQL: {}", explain(&error)))
}

fn explain(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

// === impl Pool ===

impl Pool {
    pub(super) fn new(config: Config) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
        // The provider is the one these versions are made for.
        #[expect(clippy::expect_used, reason = "ring knows the default versions of TLS")]
        let tls = MakeRustlsConnect::new(tls.expect("TLS versions of the provider"));
        Self { config, tls, idle: Mutex::default(), permits: Semaphore::new(CONNECTIONS) }
    }

    /// A connection: one that is idle, else a new one, else the first that is given back.
    pub(super) async fn lease(&self) -> Result<Lease<'_>, EngineError> {
        let closed = |_| EngineError::Failed("the connections are closed".to_owned());
        let permit = self.permits.acquire().await.map_err(closed)?;
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match idle {
                Some(connection) if connection.client.is_closed() => continue,
                Some(connection) => connection,
                None => self.connect().await?,
            };
            return Ok(Lease { connection: Some(connection), pool: self, _permit: permit });
        }
    }

    async fn connect(&self) -> Result<Connection, EngineError> {
        let (client, connection) = self.config.connect(self.tls.clone()).await.map_err(failed)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!("a connection to the database broke: {}", explain(&error));
            }
        });
        client.batch_execute(SESSION).await.map_err(failed)?;
        Ok(Connection { client, statements: HashMap::new() })
    }
}

// === impl Lease ===

impl Lease<'_> {
    fn connection(&mut self) -> Result<&mut Connection, EngineError> {
        self.connection
            .as_mut()
            .ok_or_else(|| EngineError::Failed("the connection was given back".to_owned()))
    }

    /// Prepared once a connection.
    pub(super) async fn prepare(&mut self, sql: &str) -> Result<Statement, EngineError> {
        let Connection { client, statements } = self.connection()?;
        if let Some(statement) = statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = client.prepare(sql).await.map_err(failed)?;
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(super) async fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, EngineError> {
        let statement = self.prepare(sql).await?;
        self.connection()?.client.query(&statement, values).await.map_err(failed)
    }

    pub(super) async fn transaction(&mut self) -> Result<Transaction<'_>, EngineError> {
        self.connection()?.client.transaction().await.map_err(failed)
    }

    /// Several statements without parameters, unprepared.
    pub(super) async fn batch(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        match &self.connection {
            Some(connection) => connection.client.batch_execute(sql).await,
            None => Ok(()),
        }
    }
}

impl Lease<'_> {
    /// The first value of a statement's first row, as text.
    pub(super) async fn simple(&self, sql: &str) -> Result<Option<String>, EngineError> {
        let Some(connection) = &self.connection else { return Ok(None) };
        let messages = connection.client.simple_query(sql).await.map_err(failed)?;
        Ok(messages.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|connection| !connection.client.is_closed()) {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
