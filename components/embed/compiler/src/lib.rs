//! Makes models ready to ship: f32 weights to int8 ONNX, ONNX to the packed form that the embedder maps.
