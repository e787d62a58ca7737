//! The `embed` component: WIT to the embedding core and back.
