//! Values that crates enter before `main`, by type; on WebAssembly there are none.
//!
//! tract enters all its transforms, runtimes and kernels into registries of the crate `inventory`, by constructors that no linker drops. Behind them
//! stands every operator there is: 2.6 MB of code in a component that runs none of them, since its graph is made of our own. The published crate can't
//! be told so; `[patch.crates-io]` puts this one in its place, which has as much of its interface as tract uses.

pub use value::All::iter;

mod value {
    use std::convert::Infallible;
    use std::marker::PhantomData;

    /// Everything that was entered of a type.
    pub enum All<T> {
        /// A value to iterate over, and a function that returns the iterator: it is used as both.
        #[expect(non_camel_case_types, reason = "it is read as a function")]
        iter,
        #[doc(hidden)]
        Never(Infallible, PhantomData<T>),
    }
}

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};
use std::vec::IntoIter;

/// What [`collect!`] makes of a type.
pub trait Collect: Sync + Sized + 'static {
    #[doc(hidden)]
    fn registry() -> &'static Registry<Self>;
}

#[doc(hidden)]
pub struct Registry<T: 'static>(Mutex<Vec<&'static T>>);

/// A value that was entered, whatever its type.
#[doc(hidden)]
pub trait Entry: Sync {
    fn enter(&'static self);
}

// === impl Registry ===

impl<T> Registry<T> {
    #[doc(hidden)]
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T: Collect> Entry for T {
    fn enter(&'static self) {
        T::registry().0.lock().unwrap_or_else(PoisonError::into_inner).push(self);
    }
}

// === impl All ===

impl<T: Collect> IntoIterator for value::All<T> {
    type Item = &'static T;
    type IntoIter = IntoIter<&'static T>;

    fn into_iter(self) -> Self::IntoIter {
        self()
    }
}

impl<T: Collect> Deref for value::All<T> {
    type Target = fn() -> IntoIter<&'static T>;

    fn deref(&self) -> &Self::Target {
        fn all<T: Collect>() -> IntoIter<&'static T> {
            T::registry().0.lock().unwrap_or_else(PoisonError::into_inner).clone().into_iter()
        }
        &(all::<T> as fn() -> IntoIter<&'static T>)
    }
}

/// Gives a type a registry.
#[macro_export]
macro_rules! collect {
    ($type:ty) => {
        impl $crate::Collect for $type {
            fn registry() -> &'static $crate::Registry<Self> {
                static REGISTRY: $crate::Registry<$type> = $crate::Registry::new();
                &REGISTRY
            }
        }
    };
}

/// Enters a value, which is made at compile time, into the registry of its type.
#[cfg(not(target_family = "wasm"))]
#[macro_export]
macro_rules! submit {
    ($($value:tt)*) => {
        const _: () = {
            static ENTRY: &dyn $crate::Entry = &{ $($value)* };

            extern "C" fn enter() {
                ENTRY.enter();
            }

            // Functions that the platform calls before `main`.
            #[used]
            #[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
            #[cfg_attr(not(any(windows, target_vendor = "apple")), unsafe(link_section = ".init_array"))]
            static CONSTRUCTOR: extern "C" fn() = enter;
        };
    };
}

/// Drops the value.
#[cfg(target_family = "wasm")]
#[macro_export]
macro_rules! submit {
    ($($value:tt)*) => {};
}

#[cfg(test)]
mod tests {
    #[derive(Debug, PartialEq)]
    struct Fruit(&'static str);

    super::collect!(Fruit);
    super::submit! { Fruit("apple") }
    super::submit! { Fruit("pear") }

    #[derive(Debug)]
    struct Nothing;

    super::collect!(Nothing);

    #[test]
    fn values_are_there_before_main_and_by_type() {
        let mut names: Vec<&str> = super::iter::<Fruit>().map(|fruit| fruit.0).collect();
        names.sort_unstable();
        assert_eq!(names, ["apple", "pear"]);
        assert_eq!(super::iter::<Fruit>.into_iter().count(), 2);
        assert_eq!(super::iter::<Nothing>().count(), 0);
    }
}
