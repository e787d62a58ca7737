//! The `embed` component: WIT to the embedding core and back. Nothing is decided here.
//!
//! The model is that of [`gusset_embed_weights`].

mod wit;
