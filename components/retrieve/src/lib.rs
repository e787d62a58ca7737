//! The `retrieve` component: WIT to the retrieval core and back.
