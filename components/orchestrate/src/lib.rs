//! The `orchestrate` component: WIT to the orchestration core and back.
