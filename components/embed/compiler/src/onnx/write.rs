//! An encoder as standard ONNX, opset 17, that any runtime runs.
//!
//! Inputs `input_ids`, `attention_mask` and `token_type_ids` (i64, batch × sequence), output `last_hidden_state` (f32, batch × sequence × hidden),
//! as the exports of the model hub have them; of a cross-encoder `logits` (f32, batch × 1) instead. Int8 layers are `DynamicQuantizeLinear` and `MatMulInteger`, the int8 word embedding is
//! `Gather`, `Cast` and `Mul` by the gathered scales.

mod parts;

use gusset_embed::format::{Activation, Norm};
use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, OperatorSetIdProto, tensor_proto::DataType};

use self::parts::{Writer, float_attribute, int_attribute, ints_attribute, value};
use crate::encoder::{Encoder, Layer, Linear, Scorer, Weights};

/// Serialises an encoder.
pub fn write(encoder: &Encoder) -> Vec<u8> {
    let mut writer = Writer::default();
    let hidden = encoder.hidden;
    let embedded = writer.embeddings(encoder);
    let mask = writer.mask();
    let mut state = writer.norm("embeddings.norm", embedded, &encoder.embedding_norm, encoder.epsilon);
    for (at, layer) in encoder.layers.iter().enumerate() {
        state = writer.layer(&format!("layer.{at}"), &state, &mask, layer, encoder);
    }
    let output = match &encoder.scorer {
        None => {
            writer.node("Identity", "last_hidden_state", &[&state], vec![]);
            value("last_hidden_state", &["batch", "sequence"], DataType::Float, Some(hidden))
        }
        Some(scorer) => {
            let logits = writer.scorer(&state, scorer);
            writer.node("Identity", "logits", &[&logits], vec![]);
            value("logits", &["batch"], DataType::Float, Some(scorer.classifier.outputs))
        }
    };

    let ids = ["input_ids", "attention_mask", "token_type_ids"];
    let graph = GraphProto {
        name: "encoder".into(),
        node: writer.nodes,
        initializer: writer.initializers,
        input: ids.map(|name| value(name, &["batch", "sequence"], DataType::Int64, None)).into(),
        output: vec![output],
        ..GraphProto::default()
    };
    let model = ModelProto {
        ir_version: 8,
        producer_name: "gusset-embed-compiler".into(),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 17 }],
        graph: Some(graph),
        ..ModelProto::default()
    };
    model.encode_to_vec()
}

impl Writer {
    fn embeddings(&mut self, encoder: &Encoder) -> String {
        let hidden = encoder.hidden;
        let rows = |length: usize| (length / hidden) as i64;
        let width = hidden as i64;
        let words = match &encoder.words {
            Weights::F32(values) => {
                let table = self.floats("embeddings.words", &[rows(values.len()), width], values);
                self.gather("embeddings.word", &table, "input_ids")
            }
            Weights::Int8 { values, scales } => {
                let table = self.int8("embeddings.words", &[rows(values.len()), width], values);
                let scales = self.floats("embeddings.words.scale", &[scales.len() as i64, 1], scales);
                let row = self.gather("embeddings.word.int8", &table, "input_ids");
                let row = self.cast("embeddings.word.cast", &row, DataType::Float);
                let scale = self.gather("embeddings.word.scale", &scales, "input_ids");
                self.node("Mul", "embeddings.word", &[&row, &scale], vec![])
            }
        };
        let types = self.floats("embeddings.types", &[rows(encoder.types.len()), width], &encoder.types);
        let kind = self.gather("embeddings.type", &types, "token_type_ids");
        let positions =
            self.floats("embeddings.positions", &[rows(encoder.positions.len()), width], &encoder.positions);
        let (zero, one, two) =
            (self.ints("index.0", &[0]), self.ints("index.1", &[1]), self.ints("index.2", &[2]));
        let shape = self.node("Shape", "input_ids.shape", &["input_ids"], vec![]);
        let length = self.node("Slice", "input_ids.length", &[&shape, &one, &two, &zero], vec![]);
        let position =
            self.node("Slice", "embeddings.position", &[&positions, &zero, &length, &zero], vec![]);
        let sum = self.node("Add", "embeddings.word_type", &[&words, &kind], vec![]);
        self.node("Add", "embeddings.sum", &[&sum, &position], vec![])
    }

    /// 0 where a token is to be seen, -10000 where it is padding; batch × 1 × 1 × sequence.
    fn mask(&mut self) -> String {
        let mask = self.cast("mask.float", "attention_mask", DataType::Float);
        let one = self.floats("mask.one", &[], &[1.0]);
        let inverted = self.node("Sub", "mask.inverted", &[&one, &mask], vec![]);
        let low = self.floats("mask.low", &[], &[-10_000.0]);
        let scaled = self.node("Mul", "mask.scaled", &[&inverted, &low], vec![]);
        let axes = self.ints("mask.axes", &[1, 2]);
        self.node("Unsqueeze", "mask", &[&scaled, &axes], vec![])
    }

    fn layer(&mut self, name: &str, input: &str, mask: &str, layer: &Layer, encoder: &Encoder) -> String {
        let part = |part: &str| format!("{name}.{part}");
        let width = encoder.hidden / encoder.heads;
        let split = self.ints("heads.split", &[0, 0, encoder.heads as i64, width as i64]);
        let join = self.ints("heads.join", &[0, 0, encoder.hidden as i64]);
        let scale = self.floats("heads.scale", &[], &[1.0 / (width as f32).sqrt()]);

        let source = self.quantised(&part("input"), input, &layer.query.weights);
        let head = |writer: &mut Self, kind: &str, linear: &Linear, order: [i64; 4]| {
            let projected = writer.linear(&part(kind), &source, linear);
            let heads =
                writer.node("Reshape", &part(&format!("{kind}.heads")), &[&projected, &split], vec![]);
            let order = vec![ints_attribute("perm", &order)];
            writer.node("Transpose", &part(&format!("{kind}.by_head")), &[&heads], order)
        };
        let query = head(self, "query", &layer.query, [0, 2, 1, 3]);
        let key = head(self, "key", &layer.key, [0, 2, 3, 1]);
        let values = head(self, "value", &layer.value, [0, 2, 1, 3]);
        let scores = self.node("MatMul", &part("scores"), &[&query, &key], vec![]);
        let scores = self.node("Mul", &part("scores.scaled"), &[&scores, &scale], vec![]);
        let scores = self.node("Add", &part("scores.masked"), &[&scores, mask], vec![]);
        let weights = self.node("Softmax", &part("attention"), &[&scores], vec![int_attribute("axis", -1)]);
        let mixed = self.node("MatMul", &part("mixed"), &[&weights, &values], vec![]);
        let order = vec![ints_attribute("perm", &[0, 2, 1, 3])];
        let mixed = self.node("Transpose", &part("mixed.by_token"), &[&mixed], order);
        let mixed = self.node("Reshape", &part("mixed.joined"), &[&mixed, &join], vec![]);

        let mixed = self.quantised(&part("mixed"), &mixed, &layer.output.weights);
        let output = self.linear(&part("output"), &mixed, &layer.output);
        let sum = self.node("Add", &part("output.residual"), &[&output, input], vec![]);
        let middle = self.norm(&part("output.norm"), sum, &layer.output_norm, encoder.epsilon);

        let narrow = self.quantised(&part("middle"), &middle, &layer.up.weights);
        let up = self.linear(&part("up"), &narrow, &layer.up);
        let wide = self.gelu(&part("gelu"), &up, encoder.activation);
        let wide = self.quantised(&part("wide"), &wide, &layer.down.weights);
        let down = self.linear(&part("down"), &wide, &layer.down);
        let sum = self.node("Add", &part("down.residual"), &[&down, &middle], vec![]);
        self.norm(&part("down.norm"), sum, &layer.down_norm, encoder.epsilon)
    }

    /// The logits: batch × labels.
    fn scorer(&mut self, states: &str, scorer: &Scorer) -> String {
        let first = self.index("index.first", 0);
        let first = self.node("Gather", "first", &[states, &first], vec![int_attribute("axis", 1)]);
        let pooled = self.linear("pooler", &Source::float(&first), &scorer.pooler);
        let bent = self.node("Tanh", "pooled", &[&pooled], vec![]);
        self.linear("classifier", &Source::float(&bent), &scorer.classifier)
    }

    /// What a linear layer of such weights reads: the value itself, or its int8 form, scale and zero point.
    fn quantised(&mut self, name: &str, input: &str, weights: &Weights) -> Source {
        if matches!(weights, Weights::F32(_)) {
            return Source::float(input);
        }
        let source = Source {
            value: format!("{name}.int8"),
            scale: format!("{name}.scale"),
            zero: format!("{name}.zero"),
        };
        self.nodes.push(NodeProto {
            name: source.value.clone(),
            op_type: "DynamicQuantizeLinear".into(),
            input: vec![input.to_owned()],
            output: vec![source.value.clone(), source.scale.clone(), source.zero.clone()],
            ..NodeProto::default()
        });
        source
    }

    fn linear(&mut self, name: &str, source: &Source, linear: &Linear) -> String {
        let dims = [linear.inputs as i64, linear.outputs as i64];
        let bias = self.floats(&format!("{name}.bias"), &[linear.outputs as i64], &linear.bias);
        let product = match &linear.weights {
            Weights::F32(values) => {
                let weights = self.floats(&format!("{name}.weight"), &dims, values);
                self.node("MatMul", &format!("{name}.product"), &[&source.value, &weights], vec![])
            }
            Weights::Int8 { values, scales } => {
                let weights = self.int8(&format!("{name}.weight"), &dims, values);
                let scales = self.floats(&format!("{name}.weight.scale"), &[scales.len() as i64], scales);
                let sums = self.initialized_zero();
                let sums = self.node(
                    "MatMulInteger",
                    &format!("{name}.sums"),
                    &[&source.value, &weights, &source.zero, &sums],
                    vec![],
                );
                let sums = self.cast(&format!("{name}.sums.float"), &sums, DataType::Float);
                let scale = self.node("Mul", &format!("{name}.scale"), &[&source.scale, &scales], vec![]);
                self.node("Mul", &format!("{name}.product"), &[&sums, &scale], vec![])
            }
        };
        self.node("Add", name, &[&product, &bias], vec![])
    }

    fn gelu(&mut self, name: &str, input: &str, activation: Activation) -> String {
        let half = self.floats("gelu.half", &[], &[0.5]);
        let one = self.floats("gelu.one", &[], &[1.0]);
        let part = |part: &str| format!("{name}.{part}");
        let bent = match activation {
            Activation::Gelu => {
                let root = self.floats("gelu.root", &[], &[std::f32::consts::SQRT_2]);
                let scaled = self.node("Div", &part("scaled"), &[input, &root], vec![]);
                self.node("Erf", &part("erf"), &[&scaled], vec![])
            }
            Activation::GeluTanh => {
                let factor = self.floats("gelu.cubic", &[], &[0.044_715]);
                let scale = self.floats("gelu.scale", &[], &[0.797_884_6]);
                let square = self.node("Mul", &part("square"), &[input, input], vec![]);
                let cube = self.node("Mul", &part("cube"), &[&square, input], vec![]);
                let cube = self.node("Mul", &part("cubic"), &[&cube, &factor], vec![]);
                let inner = self.node("Add", &part("inner"), &[input, &cube], vec![]);
                let inner = self.node("Mul", &part("scaled"), &[&inner, &scale], vec![]);
                self.node("Tanh", &part("tanh"), &[&inner], vec![])
            }
        };
        let shifted = self.node("Add", &part("shifted"), &[&bent, &one], vec![]);
        let product = self.node("Mul", &part("product"), &[input, &shifted], vec![]);
        self.node("Mul", name, &[&product, &half], vec![])
    }

    fn norm(&mut self, name: &str, input: String, norm: &Norm, epsilon: f32) -> String {
        let width = norm.gain.len() as i64;
        let gain = self.floats(&format!("{name}.gain"), &[width], &norm.gain);
        let shift = self.floats(&format!("{name}.shift"), &[width], &norm.shift);
        let attributes = vec![int_attribute("axis", -1), float_attribute("epsilon", epsilon)];
        self.node("LayerNormalization", name, &[&input, &gain, &shift], attributes)
    }
}

/// Input of a linear layer.
struct Source {
    value: String,
    scale: String,
    zero: String,
}

impl Source {
    fn float(value: &str) -> Self {
        Self { value: value.to_owned(), scale: String::new(), zero: String::new() }
    }
}
