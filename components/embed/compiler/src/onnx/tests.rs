//! What is written is read again; what isn't a BERT encoder is an error that names the node.

use gusset_embed::format::{Activation, Norm};
use prost::Message;
use tract_onnx::pb::{AttributeProto, ModelProto};

use super::{read, write};
use crate::encoder::{Encoder, Layer, Linear, Scorer, Weights, transposed};
use crate::error::Error;

/// A small encoder of pseudo-random numbers.
fn encoder(activation: Activation) -> Encoder {
    let mut state = 7u32;
    let mut numbers = |count: usize| -> Vec<f32> {
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect()
    };
    let (hidden, intermediate) = (16, 32);
    let mut layers = Vec::new();
    for _ in 0..2 {
        let mut linear = |inputs: usize, outputs: usize| Linear {
            inputs,
            outputs,
            weights: Weights::F32(numbers(inputs * outputs)),
            bias: numbers(outputs),
        };
        let (query, key, value, output) =
            (linear(hidden, hidden), linear(hidden, hidden), linear(hidden, hidden), linear(hidden, hidden));
        let (up, down) = (linear(hidden, intermediate), linear(intermediate, hidden));
        let output_norm = Norm { gain: numbers(hidden), shift: numbers(hidden) };
        let down_norm = Norm { gain: numbers(hidden), shift: numbers(hidden) };
        layers.push(Layer { query, key, value, output, output_norm, up, down, down_norm });
    }
    Encoder {
        hidden,
        heads: 2,
        epsilon: 1e-6,
        activation,
        words: Weights::F32(numbers(40 * hidden)),
        positions: numbers(12 * hidden),
        types: numbers(2 * hidden),
        embedding_norm: Norm { gain: numbers(hidden), shift: numbers(hidden) },
        layers,
        scorer: None,
    }
}

/// The same with a scorer of one label.
fn cross_encoder() -> Encoder {
    let encoder = encoder(Activation::Gelu);
    let hidden = encoder.hidden;
    let linear = |outputs: usize| Linear {
        inputs: hidden,
        outputs,
        weights: Weights::F32((0..hidden * outputs).map(|at| at as f32).collect()),
        bias: vec![0.5; outputs],
    };
    Encoder { scorer: Some(Scorer { pooler: linear(hidden), classifier: linear(1) }), ..encoder }
}

/// Renames every value, as another exporter would have named it, and swaps the operands of every sum and product.
fn disguised(file: &[u8]) -> Vec<u8> {
    let mut model = ModelProto::decode(file).unwrap();
    let graph = model.graph.as_mut().unwrap();
    let inputs: Vec<String> = graph.input.iter().map(|input| input.name.clone()).collect();
    let rename = |name: &mut String| {
        if !name.is_empty() && !inputs.contains(name) {
            *name = format!(
                "v{}",
                name.bytes().fold(7u64, |hash, byte| hash.wrapping_mul(131) ^ u64::from(byte))
            );
        }
    };
    for node in &mut graph.node {
        node.name.clear();
        node.input.iter_mut().chain(&mut node.output).for_each(rename);
        if matches!(node.op_type.as_str(), "Add" | "Mul") {
            node.input.reverse();
        }
    }
    graph.initializer.iter_mut().for_each(|tensor| rename(&mut tensor.name));
    graph.output.iter_mut().for_each(|output| rename(&mut output.name));
    model.encode_to_vec()
}

#[test]
fn reads_what_it_writes() {
    for activation in [Activation::Gelu, Activation::GeluTanh] {
        let exact = encoder(activation);
        assert_eq!(read(&write(&exact)).unwrap(), exact);
        let int8 = exact.quantised();
        assert_eq!(read(&write(&int8)).unwrap(), int8);
        assert_eq!(read(&disguised(&write(&int8))).unwrap(), int8);
    }
}

#[test]
fn reads_a_scorer() {
    let exact = cross_encoder();
    assert_eq!(read(&write(&exact)).unwrap(), exact);
    let int8 = exact.quantised();
    assert_eq!(read(&disguised(&write(&int8))).unwrap(), int8);
}

/// Exporters write a linear layer of two dimensions as one operator, its weights row by output.
#[test]
fn reads_a_scorer_of_gemm() {
    let exact = cross_encoder();
    let mut model = ModelProto::decode(write(&exact).as_slice()).unwrap();
    let graph = model.graph.as_mut().unwrap();
    for layer in ["pooler", "classifier"] {
        let weights = format!("{layer}.weight");
        let source = graph.node.iter().find(|node| node.output[0] == format!("{layer}.product")).unwrap();
        let source = source.input[0].clone();
        graph.node.retain(|node| node.output[0] != format!("{layer}.product"));
        let sum = graph.node.iter_mut().find(|node| node.output[0] == layer).unwrap();
        sum.op_type = "Gemm".into();
        sum.input = vec![source, weights.clone(), format!("{layer}.bias")];
        sum.attribute = vec![AttributeProto { name: "transB".into(), i: 1, ..AttributeProto::default() }];
        let tensor = graph.initializer.iter_mut().find(|tensor| tensor.name == weights).unwrap();
        let values: Vec<[u8; 4]> = tensor.raw_data.as_chunks().0.to_vec();
        tensor.raw_data = transposed(&values, tensor.dims[1] as usize).concat();
        tensor.dims.reverse();
    }
    assert_eq!(read(&model.encode_to_vec()).unwrap(), exact);
}

/// Applies `change` to the graph's node that computes `output`, and expects the reader to name it.
fn refuses(output: &str, change: impl Fn(&mut tract_onnx::pb::NodeProto)) {
    let mut model = ModelProto::decode(write(&encoder(Activation::Gelu)).as_slice()).unwrap();
    let nodes = &mut model.graph.as_mut().unwrap().node;
    change(nodes.iter_mut().find(|node| node.output[0] == output).unwrap());
    match read(&model.encode_to_vec()) {
        Err(Error::Unrecognised { node, .. }) => assert_eq!(node, output),
        other => panic!("{output}: {other:?}"),
    }
}

#[test]
fn names_the_node_that_does_not_fit() {
    refuses("layer.1.gelu.erf", |node| node.op_type = "Sigmoid".into());
    refuses("layer.0.output.norm", |node| node.op_type = "RMSNormalization".into());
    refuses("layer.1.attention", |node| node.op_type = "Sigmoid".into());
    refuses("layer.0.query.by_head", |node| node.attribute[0].ints = vec![0, 2, 3, 1]);
    refuses("layer.0.up.product", |node| node.op_type = "Gemm".into());
    refuses("embeddings.sum", |node| node.input[0] = "layer.1.down.norm".into());
}

#[test]
fn refuses_other_files() {
    assert!(matches!(read(b"not a model"), Err(Error::Malformed { .. })));
    assert!(matches!(read(b""), Err(Error::Malformed { .. })));
    let mut model = ModelProto::decode(write(&encoder(Activation::Gelu)).as_slice()).unwrap();
    model.graph.as_mut().unwrap().initializer.retain(|tensor| tensor.name != "layer.0.up.bias");
    assert!(read(&model.encode_to_vec()).is_err());
    let mut model = ModelProto::decode(write(&encoder(Activation::Gelu)).as_slice()).unwrap();
    for tensor in &mut model.graph.as_mut().unwrap().initializer {
        if tensor.name == "layer.0.up.bias" {
            tensor.raw_data.truncate(8);
        }
    }
    assert!(
        matches!(read(&model.encode_to_vec()), Err(Error::Tensor { name, .. }) if name == "layer.0.up.bias")
    );
}
