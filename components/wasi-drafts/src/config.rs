//! `wasi:config/store`: the two drafts differ in their version alone.

use crate::Drafts;
use crate::bindings::exports::wasi::config0_2_0_draft_2024_09_27::store as lent;
use crate::bindings::wasi::config0_2_0_rc_1::store as host;

impl From<host::Error> for lent::Error {
    fn from(error: host::Error) -> Self {
        match error {
            host::Error::Upstream(message) => Self::Upstream(message),
            host::Error::Io(message) => Self::Io(message),
        }
    }
}

impl lent::Guest for Drafts {
    fn get(key: String) -> Result<Option<String>, lent::Error> {
        Ok(host::get(&key)?)
    }

    fn get_all() -> Result<Vec<(String, String)>, lent::Error> {
        Ok(host::get_all()?)
    }
}
