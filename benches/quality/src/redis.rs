//! A key-value store in Redis, as the native host keeps it: its scripts, on a server of its own, over a Unix socket. Without durability, which is the disk's speed.

use std::cell::RefCell;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use gusset_retrieve::{Edit, Store, StoreError};
use redis::{Connection, Script};
use tempfile::TempDir;

/// Times, a tenth of a second apart, that a server is looked for.
const TRIES: usize = 100;

/// A store for one thread, and its server, which ends with it.
pub struct Redis {
    connection: RefCell<Connection>,
    write: Script,
    swap: Script,
    server: Child,
    _folder: TempDir,
}

impl Redis {
    /// A new server, with nothing in it.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let socket = folder.path().join("socket");
        let server = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .context("redis-server can't be started; Debian's package redis-server has it")?;
        let client = redis::Client::open(format!("unix://{}", socket.display()))?;
        let mut tries = 0;
        let connection = loop {
            match client.get_connection() {
                Ok(connection) => break connection,
                Err(error) if tries == TRIES => return Err(error.into()),
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
            tries += 1;
        };
        Ok(Self {
            connection: RefCell::new(connection),
            write: Script::new(include_str!("../../../runtime-host/src/state/redis/write.lua")),
            swap: Script::new(include_str!("../../../runtime-host/src/state/redis/swap.lua")),
            server,
            _folder: folder,
        })
    }

    /// Bytes of memory that the server uses, and the most that it has used.
    ///
    /// # Errors
    /// It doesn't say.
    pub fn memory(&self) -> anyhow::Result<(u64, u64)> {
        let said: String = redis::cmd("INFO").arg("memory").query(&mut *self.connection.borrow_mut())?;
        let of = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.and_then(|bytes| bytes.trim().parse().ok()).with_context(|| format!("no {name}"))
        };
        Ok((of("used_memory")?, of("used_memory_peak")?))
    }

    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("MGET");
        for key in keys {
            command.arg(prefixed(key));
        }
        command.query(&mut *self.connection.borrow_mut()).map_err(failed)
    }

    fn write(&self, changes: impl Iterator<Item = (String, Vec<u8>)>) -> Result<(), StoreError> {
        let mut invocation = self.write.prepare_invoke();
        invocation.key("gusset:version").key("gusset:keys");
        for (key, value) in changes {
            invocation.key(key).arg(value);
        }
        let written: Result<i64, _> = invocation.invoke(&mut *self.connection.borrow_mut());
        written.map(drop).map_err(failed)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Store for Redis {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.get_many(&[key.to_owned()])?.pop().flatten())
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let values = self.read(keys)?;
        Ok(values.into_iter().map(|value| value.and_then(|value| Some(versioned(value)?.1))).collect())
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        self.write(
            entries.into_iter().map(|(key, value)| (prefixed(&key), [b"=", value.as_slice()].concat())),
        )
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.write(keys.iter().map(|key| (prefixed(key), Vec::new())))
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        let current = self.read(&[key.to_owned()])?.pop().flatten().and_then(versioned);
        let (version, value) = current.unzip();
        let Some(changed) = change(value.as_deref()) else { return Ok(true) };
        let mut invocation = self.swap.prepare_invoke();
        invocation.key("gusset:version").key("gusset:keys").key(prefixed(key));
        invocation.arg(version.unwrap_or_default()).arg(changed);
        invocation.invoke(&mut *self.connection.borrow_mut()).map_err(failed)
    }
}

fn prefixed(key: &str) -> String {
    format!("gusset/{key}")
}

/// A value's version and the value.
fn versioned(mut stored: Vec<u8>) -> Option<(String, Vec<u8>)> {
    let end = stored.iter().position(|&byte| byte == b':')?;
    let value = stored.split_off(end + 1);
    stored.truncate(end);
    Some((String::from_utf8(stored).ok()?, value))
}

fn failed(error: redis::RedisError) -> StoreError {
    StoreError(error.to_string())
}
