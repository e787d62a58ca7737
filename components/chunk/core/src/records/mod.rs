//! The structure of data: records that stay whole.

pub(crate) mod csv;
pub(crate) mod json;
