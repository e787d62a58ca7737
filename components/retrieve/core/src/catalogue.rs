//! Which collections a tenant has. A hint for listing, so that no store needs to list keys: a name is in it from before its manifest is live
//! until after it no longer is.

use std::collections::BTreeMap;

use crate::store::{Change, Store, update};
use crate::{Error, codec, keys};

/// Names, and the incarnation that each entry stands for.
type Catalogue = BTreeMap<String, u64>;

/// Names in ascending order; some may have no live manifest.
pub(crate) fn names(store: &dyn Store, tenant: &str) -> Result<Vec<String>, Error> {
    let key = keys::catalogue(tenant);
    let catalogue = store.get(&key)?.map(|bytes| codec::decode::<Catalogue>(&key, &bytes)).transpose()?;
    Ok(catalogue.unwrap_or_default().into_keys().collect())
}

pub(crate) fn add(store: &dyn Store, tenant: &str, name: &str, incarnation: u64) -> Result<(), Error> {
    change(store, tenant, |catalogue| {
        let newer = catalogue.get(name).is_none_or(|&other| other < incarnation);
        if newer {
            catalogue.insert(name.to_owned(), incarnation);
        }
        newer
    })
}

/// Removes a name, unless a later collection has it by now.
pub(crate) fn remove(store: &dyn Store, tenant: &str, name: &str, incarnation: u64) -> Result<(), Error> {
    change(store, tenant, |catalogue| {
        let same = catalogue.get(name) == Some(&incarnation);
        if same {
            catalogue.remove(name);
        }
        same
    })
}

fn change(
    store: &dyn Store,
    tenant: &str,
    mut edit: impl FnMut(&mut Catalogue) -> bool,
) -> Result<(), Error> {
    let key = keys::catalogue(tenant);
    update(store, &key, |current| {
        let mut catalogue = current.map(|bytes| codec::decode(&key, bytes)).transpose()?.unwrap_or_default();
        Ok(if edit(&mut catalogue) {
            Change::Write(codec::encode(&catalogue)?, ())
        } else {
            Change::Keep(())
        })
    })
}
