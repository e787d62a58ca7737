//! The `generate-http` component: the generation core over `wasi:http`.
