//! The retrieval core's store over a table.

use gusset_retrieve::{Edit, Store, StoreError};

use crate::Table;

/// What every attempt to change a baked collection is told.
pub const READ_ONLY: &str = "collections of this component are baked into it and can't be changed: bake their documents anew with `gusset bake`, \
     or compose the application with `retrieve`, which keeps collections in a key-value store";

/// A table as a store that is only read.
#[derive(Clone, Copy, Debug)]
pub struct Baked<'a>(pub Table<'a>);

/// A key without its tenant: what a table calls it.
#[must_use]
pub fn shared(key: &str) -> &str {
    key.split_once('/').map_or(key, |(_, rest)| rest)
}

impl Store for Baked<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(shared(key)).map(<[u8]>::to_vec))
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    fn set_many(&self, _: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        Err(read_only())
    }

    fn delete_many(&self, _: &[String]) -> Result<(), StoreError> {
        Err(read_only())
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        match change(self.0.get(shared(key))) {
            None => Ok(true),
            Some(_) => Err(read_only()),
        }
    }
}

fn read_only() -> StoreError {
    StoreError(READ_ONLY.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write;

    #[test]
    fn all_tenants_read_the_same_and_none_writes() {
        let bytes = write([("retrieve/catalogue", &b"docs"[..])].into_iter()).unwrap();
        let store = Baked(Table::new(&bytes).unwrap());
        for tenant in ["default", "other"] {
            let key = format!("{tenant}/retrieve/catalogue");
            assert_eq!(store.get(&key).unwrap().as_deref(), Some(&b"docs"[..]));
            assert_eq!(store.get(&format!("{tenant}/else")).unwrap(), None);
            let kept = store.swap(&key, &mut |current| {
                assert_eq!(current, Some(&b"docs"[..]));
                None
            });
            assert_eq!(kept, Ok(true));
            assert_eq!(store.swap(&key, &mut |_| Some(Vec::new())), Err(read_only()));
            assert_eq!(store.set_many(vec![(key.clone(), Vec::new())]), Err(read_only()));
            assert_eq!(store.delete_many(&[key]), Err(read_only()));
        }
    }
}
