//! Text embedding with an int8 BERT encoder: graph, kernels, pooling.
