//! A predictor's parts and bytes: what `gusset-router-trainer train` writes and a router reads.
//!
//! Postcard (varints, little-endian floats) behind a magic text and a version. Everything is checked when it is read, so that prediction
//! can neither loop nor meet a part of the wrong length.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::features;

const MAGIC: &[u8; 8] = b"GUSSETRT";

/// Version of the layout and of the features. A predictor of any other is refused.
pub const VERSION: u32 = 1;

/// In [`Tree::feature`]: the node is a leaf.
pub const LEAF: u8 = u8::MAX;

/// All that was learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Predictor {
    /// Name, for people.
    pub id: String,
    /// Name of the embedding model below it.
    pub embedder: String,
    /// Length of that model's vectors.
    pub dimension: u32,
    /// Groups of models that answered the same prompts. Where two know a model, the later one speaks for it.
    pub panels: Vec<Panel>,
    /// What is taken of models that no panel knows.
    pub prior: PriorFit,
}

/// Models that answered the same prompts, and what was learned from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Name, for people.
    pub name: String,
    /// One an output, in order.
    pub models: Vec<Learned>,
    /// What the forest sees of the embedding, behind the features. May have no axes: then no embedding is computed for the panel.
    pub projection: Projection,
    /// From features and projection.
    pub forest: Forest,
}

/// A model that answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Its name first, then others that it goes by; lower case, without the organisation.
    pub names: Vec<String>,
    /// Share of the panel's prompts that it did well.
    pub mean: f32,
    /// Log odds of doing a prompt of the first panel well, so that models of different panels can be compared. For the first panel, those
    /// of `mean`.
    pub level: f32,
    /// Embedding of its description, times 127.
    pub description: Vec<i8>,
}

/// The line from the size of a model to its quality, and how far a stranger is taken to follow the known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriorFit {
    /// Log odds of doing a prompt well at one billion parameters.
    pub intercept: f32,
    /// Added for each unit of the natural logarithm of billions.
    pub slope: f32,
    /// Part of the known models' deviation from their mean that a prompt's difficulty is taken to be; 0 to 1.
    pub follow: f32,
}

/// The directions in which the embeddings of a panel's prompts differ most.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// Subtracted first; as long as an embedding.
    pub mean: Vec<f32>,
    /// Axes × dimension, axis by axis.
    pub axes: Vec<f32>,
}

/// Trees whose leaves are averaged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// For each input, ascending: value v is in bin "how many edges are at most v".
    pub edges: Vec<Vec<f32>>,
    /// At least one.
    pub trees: Vec<Tree>,
}

/// A binary tree, each node before those below it, the left before the right.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// What each node asks; [`LEAF`] for none.
    #[serde(with = "bytes")]
    pub feature: Vec<u8>,
    /// Highest bin that goes left, to the next node.
    #[serde(with = "bytes")]
    pub bin: Vec<u8>,
    /// Position of the node to the right; for a leaf, its number among the leaves.
    pub right: Vec<u16>,
    /// Probabilities times 255: one an output, leaf by leaf.
    #[serde(with = "bytes")]
    pub leaves: Vec<u8>,
}

impl Predictor {
    /// The bytes of a predictor.
    ///
    /// # Errors
    /// [`Error::Predictor`] for parts that don't fit together.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        let body = postcard::to_allocvec(self).map_err(|_| Error::Predictor("it can't be written"))?;
        bytes.extend(body);
        Ok(bytes)
    }

    /// Reads a predictor.
    ///
    /// # Errors
    /// [`Error::Predictor`], saying what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let body = bytes.strip_prefix(MAGIC).ok_or(Error::Predictor("it begins with something else"))?;
        let body = body
            .strip_prefix(&VERSION.to_le_bytes())
            .ok_or(Error::Predictor("it is of another version: train it anew"))?;
        let (predictor, rest): (Self, _) =
            postcard::take_from_bytes(body).map_err(|_| Error::Predictor("it is cut off or damaged"))?;
        if !rest.is_empty() {
            return Err(Error::Predictor("it has something behind its end"));
        }
        predictor.check()?;
        Ok(predictor)
    }

    fn check(&self) -> Result<(), Error> {
        ensure(!self.panels.is_empty(), "it knows no models")?;
        let PriorFit { intercept, slope, follow } = self.prior;
        ensure(finite(&[intercept, slope]) && (0.0..=1.0).contains(&follow), "its prior is out of range")?;
        self.panels.iter().try_for_each(|panel| panel.check(self.dimension as usize))
    }
}

impl Panel {
    fn check(&self, dimension: usize) -> Result<(), Error> {
        let outputs = self.models.len();
        ensure(outputs > 0, "a panel has no models")?;
        for model in &self.models {
            ensure(!model.names.is_empty(), "a model has no name")?;
            ensure((0.0..=1.0).contains(&model.mean) && model.level.is_finite(), "a mean is out of range")?;
            ensure(model.description.len() == dimension, "a description is of another length")?;
        }
        let Projection { mean, axes } = &self.projection;
        let whole = axes.is_empty()
            || (mean.len() == dimension && dimension > 0 && axes.len().is_multiple_of(dimension));
        ensure(whole && finite(mean) && finite(axes), "a projection is of another length")?;
        self.forest.check(features::COUNT + self.projection.count(), outputs)
    }
}

impl Forest {
    fn check(&self, inputs: usize, outputs: usize) -> Result<(), Error> {
        ensure(!self.trees.is_empty(), "a forest has no trees")?;
        ensure(self.edges.len() == inputs && inputs < usize::from(LEAF), "a forest is for other inputs")?;
        ensure(self.edges.iter().all(|edges| edges.len() < 255 && finite(edges)), "edges are out of range")?;
        self.trees.iter().try_for_each(|tree| tree.check(inputs, outputs))
    }
}

impl Tree {
    fn check(&self, inputs: usize, outputs: usize) -> Result<(), Error> {
        let nodes = self.feature.len();
        ensure(nodes > 0 && self.bin.len() == nodes && self.right.len() == nodes, "a tree has no root")?;
        ensure(self.leaves.len().is_multiple_of(outputs), "leaves are of another length")?;
        let leaves = self.leaves.len() / outputs;
        for (at, (&feature, &right)) in self.feature.iter().zip(&self.right).enumerate() {
            let right = usize::from(right);
            let holds = match feature {
                LEAF => right < leaves,
                // Forward only: so every walk ends.
                _ => usize::from(feature) < inputs && right > at && right < nodes && at + 1 < nodes,
            };
            ensure(holds, "a tree leads out of itself")?;
        }
        Ok(())
    }
}

fn ensure(holds: bool, otherwise: &'static str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Predictor(otherwise)) }
}

fn finite(numbers: &[f32]) -> bool {
    numbers.iter().all(|number| number.is_finite())
}

/// Bytes as one piece: serde would take them one by one.
mod bytes {
    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}
