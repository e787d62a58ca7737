//! Collections, segments and exact int8 search over any key-value store.
