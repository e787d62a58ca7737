//! The `gateway` component: HTTP to the other components and back.
