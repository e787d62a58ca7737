//! The `chunk` component: WIT to the chunking core and back.
