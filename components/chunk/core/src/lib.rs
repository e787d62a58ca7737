//! Documents to chunks: byte ranges within a token budget.
