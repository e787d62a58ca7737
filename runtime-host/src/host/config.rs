//! `wasi:config`: the values that `gusset.toml` became.

use super::Ctx;
use crate::bindings::config::{Error, Host};

impl Host for Ctx {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, Error>> {
        Ok(Ok(self.shared.config.get(&key).cloned()))
    }

    fn get_all(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, Error>> {
        Ok(Ok(self.shared.config.clone().into_iter().collect()))
    }
}
