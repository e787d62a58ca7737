//! BERT WordPiece tokenizer: exact, allocation-light, without a regular expression.
