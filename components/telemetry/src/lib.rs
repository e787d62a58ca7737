//! The `telemetry` component: WIT to the telemetry core and back.
