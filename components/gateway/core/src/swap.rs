//! One key changed by compare-and-swap.

use crate::Error;
use crate::files::{Store, Swap};

/// Attempts to change a key. A failed one means that another writer succeeded, so that this many writers have to be faster, one
/// after the other, before anyone gives up.
const ATTEMPTS: u32 = 512;

/// What to do with a value that was seen.
pub(crate) enum Change<T> {
    /// Replace it.
    Write(Vec<u8>, T),
    /// Leave it as it is.
    Leave(T),
}

/// Changes the value of `key` to what `change` makes of it, however many others write it meanwhile: `change` sees the newest value
/// each time.
///
/// # Errors
/// Those of `change`, [`Error::Store`], and [`Error::Overloaded`] after the last attempt.
pub(crate) fn update<S: Store, T>(
    store: &S,
    key: &str,
    mut change: impl FnMut(Option<&[u8]>) -> Result<Change<T>, Error>,
) -> Result<T, Error> {
    let mut cas = store.look(key).map_err(Error::Store)?;
    for _ in 0..ATTEMPTS {
        let seen = store.seen(&cas).map_err(Error::Store)?;
        let (value, result) = match change(seen.as_deref())? {
            Change::Leave(result) => return Ok(result),
            Change::Write(value, result) => (value, result),
        };
        match store.swap(cas, &value).map_err(Error::Store)? {
            Swap::Done => return Ok(result),
            Swap::Lost(newer) => cas = newer,
        }
    }
    let message = "Too many requests are being counted at once.".to_owned();
    Err(Error::Overloaded { message, retry_after: 1 })
}
