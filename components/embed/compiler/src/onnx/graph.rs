//! An ONNX graph to walk from its output to its inputs.

use std::collections::{HashMap, HashSet};

use prost::Message;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, tensor_proto::DataType,
};

use crate::error::Error;

/// A parsed file.
pub(super) struct File {
    graph: GraphProto,
}

/// Nodes by their outputs, stored tensors by their names.
pub(super) struct Graph<'a> {
    nodes: HashMap<&'a str, &'a NodeProto>,
    tensors: HashMap<&'a str, &'a TensorProto>,
    output: &'a str,
}

impl File {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = |source| Error::Malformed { format: "ONNX", source };
        let model = ModelProto::decode(bytes).map_err(|source| malformed(source.into()))?;
        let graph = model.graph.ok_or_else(|| malformed("it has no graph".into()))?;
        Ok(Self { graph })
    }

    pub(super) fn graph(&self) -> Result<Graph<'_>, Error> {
        let graph = &self.graph;
        let mut nodes = HashMap::new();
        let mut tensors: HashMap<_, _> =
            graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
        let computed: HashSet<&String> = graph.node.iter().flat_map(|node| &node.output).collect();
        for node in &graph.node {
            // As ONNX demands; a graph with a cycle can't have it, so that every walk over it ends.
            let is_later = |input: &&String| computed.contains(input) && !nodes.contains_key(input.as_str());
            if node.input.iter().any(|input| is_later(&input)) {
                return Err(unrecognised(node, "inputs that earlier nodes compute"));
            }
            for output in &node.output {
                nodes.insert(output.as_str(), node);
            }
            if let ("Constant", Some(output), Some(value)) =
                (node.op_type.as_str(), node.output.first(), attribute(node, "value"))
            {
                tensors.extend(value.t.as_ref().map(|tensor| (output.as_str(), tensor)));
            }
        }
        let output = graph.output.first().map(|output| output.name.as_str()).unwrap_or_default();
        Ok(Graph { nodes, tensors, output })
    }
}

impl<'a> Graph<'a> {
    /// Name of the graph's first output.
    pub(super) fn output(&self) -> &'a str {
        self.output
    }

    /// The node that computes a value; identities are looked through.
    pub(super) fn node(&self, value: &str) -> Result<&'a NodeProto, Error> {
        let mut value = value;
        loop {
            let node = *self.nodes.get(value).ok_or_else(|| Error::MissingValue(value.to_owned()))?;
            match node.input.first() {
                Some(input) if node.op_type == "Identity" => value = input,
                _ => return Ok(node),
            }
        }
    }

    /// As [`Self::node`], which must be of that operator.
    pub(super) fn expect(
        &self,
        value: &str,
        operator: &str,
        expected: &'static str,
    ) -> Result<&'a NodeProto, Error> {
        let node = self.node(value)?;
        if node.op_type == operator { Ok(node) } else { Err(unrecognised(node, expected)) }
    }

    pub(super) fn tensor(&self, name: &str) -> Option<&'a TensorProto> {
        self.tensors.get(name).copied()
    }

    /// The stored one of a node's first two inputs, and the other input's name.
    pub(super) fn stored(&self, node: &'a NodeProto) -> Option<(&'a TensorProto, &'a str)> {
        let (a, b) = (node.input.first()?, node.input.get(1)?);
        self.tensor(b).map(|tensor| (tensor, a.as_str())).or_else(|| Some((self.tensor(a)?, b.as_str())))
    }

    /// Whether two names are the same value, identities looked through.
    pub(super) fn same(&self, a: &str, b: &str) -> bool {
        a == b
            || match (self.node(a), self.node(b)) {
                (Ok(a), Ok(b)) => std::ptr::eq(a, b),
                _ => false,
            }
    }
}

/// A node's input. An absent one is an error that names the node.
pub(super) fn input(node: &NodeProto, at: usize) -> Result<&str, Error> {
    node.input.get(at).map(String::as_str).ok_or_else(|| unrecognised(node, "one input more"))
}

pub(super) fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

pub(super) fn unrecognised(node: &NodeProto, expected: &'static str) -> Error {
    let name = Some(&node.name).filter(|name| !name.is_empty()).or_else(|| node.output.first());
    Error::Unrecognised { node: name.cloned().unwrap_or_default(), operator: node.op_type.clone(), expected }
}

pub(super) fn floats(tensor: &TensorProto) -> Result<Vec<f32>, Error> {
    kind(tensor, DataType::Float)?;
    let values: Vec<f32> = if tensor.raw_data.is_empty() {
        tensor.float_data.clone()
    } else {
        tensor.raw_data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    };
    if !values.iter().all(|x| x.is_finite()) {
        return Err(Error::tensor(&tensor.name, "holds values that are not finite"));
    }
    sized(tensor, values)
}

pub(super) fn int8(tensor: &TensorProto) -> Result<Vec<i8>, Error> {
    kind(tensor, DataType::Int8)?;
    let values: Vec<i8> = if tensor.raw_data.is_empty() {
        tensor.int32_data.iter().map(|&x| x as i8).collect()
    } else {
        bytemuck::cast_slice(&tensor.raw_data).to_vec()
    };
    if values.contains(&i8::MIN) {
        return Err(Error::tensor(&tensor.name, "holds -128; symmetric weights end at -127"));
    }
    sized(tensor, values)
}

pub(super) fn ints(tensor: &TensorProto) -> Result<Vec<i64>, Error> {
    kind(tensor, DataType::Int64)?;
    let values = if tensor.raw_data.is_empty() {
        tensor.int64_data.clone()
    } else {
        tensor.raw_data.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect()
    };
    sized(tensor, values)
}

pub(super) fn is(tensor: &TensorProto, kind: DataType) -> bool {
    tensor.data_type == kind as i32
}

fn kind(tensor: &TensorProto, expected: DataType) -> Result<(), Error> {
    if is(tensor, expected) {
        return Ok(());
    }
    let found = DataType::try_from(tensor.data_type).map_or("an unknown type", |kind| kind.as_str_name());
    Err(Error::tensor(&tensor.name, format!("{found} instead of {}", expected.as_str_name())))
}

fn sized<T>(tensor: &TensorProto, values: Vec<T>) -> Result<Vec<T>, Error> {
    let expected: i64 = tensor.dims.iter().product();
    if usize::try_from(expected).ok() == Some(values.len()) {
        Ok(values)
    } else {
        let problem = format!("{} values for the dimensions {:?}", values.len(), tensor.dims);
        Err(Error::tensor(&tensor.name, problem))
    }
}
