//! What a graph is written with: nodes, constants, attributes and the types of its ends. Nothing about encoders here.

use tract_onnx::pb::{
    AttributeProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
    attribute_proto::AttributeType, tensor_proto::DataType, tensor_shape_proto,
    tensor_shape_proto::dimension, type_proto,
};

/// A graph that grows. Its methods return the name of the value that they add.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) nodes: Vec<NodeProto>,
    pub(super) initializers: Vec<TensorProto>,
}

impl Writer {
    pub(super) fn gather(&mut self, output: &str, table: &str, ids: &str) -> String {
        self.node("Gather", output, &[table, ids], vec![int_attribute("axis", 0)])
    }

    pub(super) fn cast(&mut self, output: &str, input: &str, to: DataType) -> String {
        self.node("Cast", output, &[input], vec![int_attribute("to", to as i64)])
    }

    pub(super) fn node(
        &mut self,
        operator: &str,
        output: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> String {
        self.nodes.push(NodeProto {
            name: output.to_owned(),
            op_type: operator.to_owned(),
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![output.to_owned()],
            attribute,
            ..NodeProto::default()
        });
        output.to_owned()
    }

    pub(super) fn initialized_zero(&mut self) -> String {
        self.int8("weight.zero", &[], &[0])
    }

    pub(super) fn floats(&mut self, name: &str, dims: &[i64], values: &[f32]) -> String {
        self.constant(name, dims, DataType::Float, values.iter().flat_map(|x| x.to_le_bytes()).collect())
    }

    pub(super) fn ints(&mut self, name: &str, values: &[i64]) -> String {
        let raw = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.constant(name, &[values.len() as i64], DataType::Int64, raw)
    }

    /// One number without a dimension.
    pub(super) fn index(&mut self, name: &str, index: i64) -> String {
        self.constant(name, &[], DataType::Int64, index.to_le_bytes().to_vec())
    }

    pub(super) fn int8(&mut self, name: &str, dims: &[i64], values: &[i8]) -> String {
        self.constant(name, dims, DataType::Int8, bytemuck::cast_slice(values).to_vec())
    }

    /// Small constants are shared: a name that is there already is taken for the same tensor.
    fn constant(&mut self, name: &str, dims: &[i64], kind: DataType, raw_data: Vec<u8>) -> String {
        if !self.initializers.iter().any(|tensor| tensor.name == name) {
            self.initializers.push(TensorProto {
                name: name.to_owned(),
                dims: dims.to_vec(),
                data_type: kind as i32,
                raw_data,
                ..TensorProto::default()
            });
        }
        name.to_owned()
    }
}

pub(super) fn int_attribute(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Int as i32, i, ..AttributeProto::default() }
}

pub(super) fn float_attribute(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Float as i32, f, ..AttributeProto::default() }
}

pub(super) fn ints_attribute(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: AttributeType::Ints as i32,
        ints: ints.to_vec(),
        ..AttributeProto::default()
    }
}

/// A dimension a symbol, and `width` where the value has one more.
pub(super) fn value(name: &str, symbols: &[&str], kind: DataType, width: Option<usize>) -> ValueInfoProto {
    let dims = symbols
        .iter()
        .map(|&symbol| dimension::Value::DimParam(symbol.into()))
        .chain(width.map(|width| dimension::Value::DimValue(width as i64)))
        .map(|value| tensor_shape_proto::Dimension { value: Some(value), ..Default::default() })
        .collect();
    let tensor = type_proto::Tensor { elem_type: kind as i32, shape: Some(TensorShapeProto { dim: dims }) };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}
