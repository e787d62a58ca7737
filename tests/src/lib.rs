//! Tests of components, of their composition and of the served application.
