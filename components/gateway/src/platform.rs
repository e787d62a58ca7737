//! What only the host knows: the time, random numbers, the configuration.

use std::cell::RefCell;
use std::rc::Rc;

use gusset_gateway::{Config, Error};
use spin_sdk::wasip3::clocks::system_clock;
use spin_sdk::wasip3::random::random;

use crate::bindings::gusset::orchestrate::orchestrate;
use crate::bindings::wasi::config::store;

/// Unix time in nanoseconds.
pub(crate) fn now_nanoseconds() -> u64 {
    let now = system_clock::now();
    u64::try_from(now.seconds).unwrap_or(0) * 1_000_000_000 + u64::from(now.nanoseconds)
}

/// Unix time in seconds.
pub(crate) fn now_seconds() -> u64 {
    now_nanoseconds() / 1_000_000_000
}

/// Random bytes, fit for identities that nobody can guess.
pub(crate) fn entropy<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    for chunk in bytes.chunks_mut(8) {
        let random = random::get_random_u64().to_le_bytes();
        chunk.iter_mut().zip(random).for_each(|(byte, random)| *byte = random);
    }
    bytes
}

/// A random number.
pub(crate) fn random_number() -> u64 {
    random::get_random_u64()
}

/// The configuration. Read once an instance; one that can't be read is asked for again.
pub(crate) fn config() -> Result<Rc<Config>, Error> {
    thread_local! {
        static CONFIG: RefCell<Option<Rc<Config>>> = const { RefCell::new(None) };
    }
    if let Some(config) = CONFIG.with_borrow(Clone::clone) {
        return Ok(config);
    }
    let config = Rc::new(Config::read(|key| {
        store::get(key).map_err(|(store::Error::Upstream(message) | store::Error::Io(message))| message)
    })?);
    orchestrate::configure(&config.settings)
        .map_err(|problem| Error::Configuration { key: "settings".to_owned(), problem })?;
    CONFIG.set(Some(Rc::clone(&config)));
    Ok(config)
}
