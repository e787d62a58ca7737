//! From a labelled set to what a predictor holds of it.

use anyhow::Result;
use gusset_router::features::{COUNT, features};
use gusset_router::predict::{Learned, Panel, Predictor, logit};

use crate::axes::axes;
use crate::data::{Set, about};
use crate::forest::{Labels, Shape, grow};
use crate::prior;
use crate::vectors::Vectors;

/// How a panel is learned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    /// Of the embedding. 0: the forest sees features only.
    pub(crate) axes: usize,
    pub(crate) shape: Shape,
}

/// Prompts of the kind that was trained on: small leaves, since what resembles a prompt tells much.
pub(crate) const KNOWN_KIND: Recipe = Recipe { axes: 16, shape: Shape { trees: 40, leaf: 16, inputs: 0.5 } };

/// Prompts on any subject: large leaves that few inputs had a say in, since what tells subjects apart leads astray.
pub(crate) const ANY_SUBJECT: Recipe = Recipe { axes: 16, shape: Shape { trees: 60, leaf: 50, inputs: 0.3 } };

/// The prompts of a set as a forest sees them.
pub(crate) struct Prompts {
    pub(crate) features: Vec<[f32; COUNT]>,
    pub(crate) vectors: Vec<Vec<f32>>,
}

impl Prompts {
    pub(crate) fn of(set: &Set, vectors: &Vectors) -> Result<Self> {
        let texts: Vec<&str> = set.rows.iter().map(|row| row.prompt.as_str()).collect();
        Ok(Self { features: texts.iter().map(|text| features(text)).collect(), vectors: vectors.of(&texts)? })
    }

    /// What a panel predicts for a row.
    pub(crate) fn predict(&self, panel: &Panel, row: usize) -> Vec<f32> {
        let vector = self.vectors.get(row).map(Vec::as_slice);
        self.features.get(row).map(|features| panel.predict(vector, features)).unwrap_or_default()
    }
}

/// A panel from some rows of a set. Its models have no description yet, and their level is their own mean's.
pub(crate) fn panel(set: &Set, prompts: &Prompts, rows: &[usize], recipe: Recipe, seed: u64) -> Panel {
    let vectors: Vec<&[f32]> =
        rows.iter().filter_map(|&row| prompts.vectors.get(row)).map(Vec::as_slice).collect();
    let projection = axes(&vectors, recipe.axes);
    let input = |&row: &usize| {
        let mut input = prompts.features.get(row).map(|features| features.to_vec()).unwrap_or_default();
        input.extend(projection.apply(prompts.vectors.get(row).map(Vec::as_slice)));
        input
    };
    let inputs: Vec<Vec<f32>> = rows.iter().map(input).collect();
    let means = set.means(rows);
    let scores = rows.iter().filter_map(|&row| set.rows.get(row)).map(|row| row.scores.clone());
    let forest = grow(&inputs, &Labels::new(scores, &means), recipe.shape, seed);
    let models = set.models.iter().zip(&means).map(|(name, &mean)| Learned {
        names: names(name),
        mean,
        level: logit(mean),
        description: Vec::new(),
    });
    Panel { name: set.name.clone(), models: models.collect(), projection, forest }
}

/// A set on its way into a predictor.
pub(crate) struct Source {
    pub(crate) set: Set,
    pub(crate) recipe: Recipe,
    /// Whether its models' levels are put onto the first set's scale. Not for one's own: those are measured on the prompts that count.
    pub(crate) aligned: bool,
}

/// A predictor: the nine models, which sizes are compared by, then the pair, then one's own.
pub(crate) fn predictor(sources: &[Source], vectors: &Vectors, seed: u64) -> Result<Predictor> {
    let mut panels = Vec::with_capacity(sources.len());
    let mut fitted = None;
    for Source { set, recipe, aligned } in sources {
        let prompts = Prompts::of(set, vectors)?;
        let rows: Vec<usize> = (0..set.rows.len()).collect();
        let mut panel = panel(set, &prompts, &rows, *recipe, seed);
        describe(&mut panel, vectors)?;
        let fit = match &fitted {
            Some(fit) => fit,
            None => fitted.insert(prior::fit(set, &prompts, *recipe, seed)),
        };
        if *aligned {
            prior::align(&mut panel, fit);
        }
        panels.push(panel);
    }
    let embedder = vectors.model();
    Ok(Predictor {
        id: "gusset-router-v1".to_owned(),
        embedder: embedder.id.clone(),
        dimension: embedder.dimension as u32,
        panels,
        prior: fitted.unwrap_or_default(),
    })
}

fn names(name: &str) -> Vec<String> {
    let aliases = about(name).map(|about| about.aliases).unwrap_or_default();
    let own = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    std::iter::once(own).chain(aliases.iter().map(|&alias| alias.to_owned())).collect()
}

/// Descriptions of the public models; of others, their names.
fn describe(panel: &mut Panel, vectors: &Vectors) -> Result<()> {
    let text = |learned: &Learned| {
        let name = learned.names.first().cloned().unwrap_or_default();
        about(&name).map_or(name, |about| about.description.to_owned())
    };
    let texts: Vec<String> = panel.models.iter().map(text).collect();
    let found = vectors.of(&texts.iter().map(String::as_str).collect::<Vec<_>>())?;
    for (learned, vector) in panel.models.iter_mut().zip(found) {
        learned.description = vector.iter().map(|value| (value * 127.0).round() as i8).collect();
    }
    Ok(())
}
