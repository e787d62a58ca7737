//! Question to answer: prompts within a budget, extraction, citations.
