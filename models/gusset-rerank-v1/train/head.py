"""The score: late interaction of token vectors, exact matches and the cosine, in one sum. The model card says it in formulas."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

# Terms of the sum. All but the last need the lower layers only.
TERMS = ("late", "exact", "cosine")
LOWER_TERMS = 2


@dataclass
class Vectors:
    """Texts as the head compares them, all of length 1. The tokens of the texts follow each other, without [CLS] and [SEP]."""

    tokens: torch.Tensor
    # Tokens of each text, none of them 0.
    lengths: list[int]


@dataclass
class Pairs:
    """A query and passages for it."""

    ids: torch.Tensor
    # States of the query's tokens after the lower layers, and what comes of them.
    states: torch.Tensor
    query: Vectors
    passages: Vectors
    # How often token i of the query occurs in passage p, at [p, i].
    counts: torch.Tensor
    # Of the embedder's vectors, one a passage.
    cosines: torch.Tensor


class Head(nn.Module):
    """What is trained. Everything below it is the embedder's encoder, as it is."""

    def __init__(self, hidden, dimension, idf):
        super().__init__()
        self.register_buffer("idf", idf)
        self.token = nn.Linear(hidden, dimension)
        self.weight = nn.Linear(hidden, 1)
        self.rarity = nn.Parameter(torch.tensor(0.3))
        self.saturation = nn.Parameter(torch.tensor(0.0))
        self.mix = nn.Parameter(torch.tensor([18.0, 3.0, 9.0]))
        nn.init.zeros_(self.weight.weight)
        nn.init.zeros_(self.weight.bias)

    def vectors(self, states, lengths):
        """From the states of texts after the lower layers."""
        return Vectors(F.normalize(self.token(states), dim=-1), lengths)

    def weights(self, states, ids):
        """How much each token of the query counts; they sum to 1."""
        raw = F.softplus(self.weight(states)[:, 0] + self.rarity * self.idf[ids])
        return raw / raw.sum()

    def terms(self, pairs):
        """The terms, a row each passage."""
        weights, query, passages = self.weights(pairs.states, pairs.ids), pairs.query, pairs.passages
        return torch.stack([
            nearest(query.tokens, passages.tokens, passages.lengths) @ weights,
            (pairs.counts / (pairs.counts + self.saturation.exp())) @ weights,
            pairs.cosines,
        ], dim=1)


def nearest(query, passages, lengths):
    """The similarity of each query token to each passage's nearest, at [passage, token]."""
    return torch.stack([part.amax(1) for part in (query @ passages.T).split(lengths, dim=1)])
