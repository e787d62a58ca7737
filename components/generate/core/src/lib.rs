//! Canonical requests to provider wire formats and back; timeouts, targets, failures.
