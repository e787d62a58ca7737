//! The native host: serves the composed application, offloads generation, keeps its state.
