//! The native host's ways to the engines that collections can be kept in: what [`gusset_engines`] decides, over sockets.
//!
//! The map: [`http`] is one exchange with a server, `pool` connections to a database, `system` the clock and chance that both need. [`qdrant()`] and [`postgres()`] put them
//! under an engine. Nothing is decided here.

pub mod http;
mod pool;
mod system;

pub use gusset_engines::Error;
use gusset_engines::Names;
use gusset_engines::postgres::Postgres;
use gusset_engines::qdrant::Qdrant;
pub use http::Http;
pub use pool::Pool;

/// As `gusset.toml` calls them.
pub const NAMES: Names = Names { url: "retrieval.url", key: "retrieval.api_key_env" };

/// Connects to a server.
///
/// # Errors
/// Where it can't be reached, or refuses the key.
pub async fn qdrant(url: &str, key: Option<&str>) -> Result<Qdrant<Http>, Error> {
    let qdrant = Qdrant::new(Http::default(), url, key, NAMES)?;
    qdrant.knock().await?;
    Ok(qdrant)
}

/// Connects to a database, and makes what tables and functions are missing.
///
/// # Errors
/// Where it can't be reached, or is too old, or may not be written.
pub async fn postgres(url: &str, password: Option<&str>) -> Result<Postgres<Pool>, Error> {
    let postgres = Postgres::new(Pool::new(url, password)?, NAMES);
    postgres.prepare().await?;
    Ok(postgres)
}

/// Whether `url` is one of a database.
///
/// # Errors
/// What is wrong with it.
pub fn check_postgres(url: &str) -> Result<(), Error> {
    pool::parse(url, None).map(drop)
}
