//! Connections to a database: a bounded number, kept while they work, with their prepared statements.

use crate::http::explain;
use crate::system::surroundings;
use gusset_engines::Error;
use gusset_engines::postgres::{Database, Failure, Session, address};
use rustls::{ClientConfig, RootCertStore};
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections at most: a search holds one for milliseconds, and a server has a hundred by default for all who use it.
const CONNECTIONS: usize = 8;

/// Statements kept a connection. There are some twenty, and a few for each collection.
const STATEMENTS: usize = 256;

/// Connections to one database.
pub struct Pool {
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
pub struct Lease<'a> {
    connection: Option<Connection>,
    pool: &'a Pool,
    _permit: SemaphorePermit<'a>,
}

/// The configuration in a URL, with a password that it need not contain.
pub(crate) fn parse(url: &str, password: Option<&str>) -> Result<Config, Error> {
    Config::from_str(&address(url, password)?).map_err(|error| Error::Database(explain(&error)))
}

/// An error with what the server said about it.
fn failed(error: &tokio_postgres::Error) -> Failure {
    match error.as_db_error() {
        Some(said) => {
            Failure::Statement { code: said.code().code().to_owned(), message: said.message().to_owned() }
        }
        None if error.is_closed() => Failure::Connection(explain(error)),
        None => Failure::Other(explain(error)),
    }
}

surroundings!(Pool);

// === impl Pool ===

impl Pool {
    pub(crate) fn new(url: &str, password: Option<&str>) -> Result<Self, Error> {
        let config = parse(url, password)?;
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
        // The provider is the one these versions are made for.
        #[expect(clippy::expect_used, reason = "ring knows the default versions of TLS")]
        let tls = MakeRustlsConnect::new(tls.expect("TLS versions of the provider"));
        Ok(Self { config, tls, idle: Mutex::default(), permits: Semaphore::new(CONNECTIONS) })
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let refused = |error: tokio_postgres::Error| match failed(&error) {
            Failure::Other(problem) => Failure::Connection(problem),
            failure => failure,
        };
        let (client, connection) = self.config.connect(self.tls.clone()).await.map_err(refused)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!("a connection to the database broke: {}", explain(&error));
            }
        });
        Ok(Connection { client, statements: HashMap::new() })
    }
}

impl Database for Pool {
    type Session<'a> = Lease<'a>;

    /// One that is idle, else a new one, else the first that is given back.
    async fn session(&self) -> Result<Lease<'_>, Failure> {
        let closed = |_| Failure::Other("the connections are closed".to_owned());
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
}

// === impl Lease ===

impl Connection {
    /// Prepared once a connection.
    async fn prepare(&mut self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    async fn query(&mut self, sql: &str, parameters: &[&str]) -> Result<Vec<String>, tokio_postgres::Error> {
        let statement = self.prepare(sql).await?;
        let parameters: Vec<&(dyn ToSql + Sync)> =
            parameters.iter().map(|text| text as &(dyn ToSql + Sync)).collect();
        let rows = self.client.query(&statement, &parameters).await?;
        // A statement such as CREATE has no column, and one that returns nothing has no text.
        let texts = rows.iter().filter(|row| !row.is_empty()).map(|row| row.try_get::<_, Option<String>>(0));
        texts.filter_map(Result::transpose).collect()
    }
}

impl Session for Lease<'_> {
    async fn query(&mut self, sql: &str, parameters: &[&str]) -> Result<Vec<String>, Failure> {
        match &mut self.connection {
            Some(connection) => connection.query(sql, parameters).await.map_err(|error| failed(&error)),
            None => Err(Failure::Other("the connection was given back".to_owned())),
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|connection| !connection.client.is_closed()) {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
