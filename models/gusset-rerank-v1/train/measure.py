"""nDCG@10 of a first stage, of BM25 and of the reranker, with bootstrap intervals."""

import numpy as np
import scipy.sparse
import torch

from head import LOWER_TERMS, TERMS, Pairs, Vectors

DEPTH, REFINE = 50, 24
DISCOUNTS = 1 / np.log2(np.arange(2, 12))


def first_stage(collection, query):
    """Numbers of the passages nearest by cosine, nearest first, and the cosines."""
    cosines = collection.passages.pooled @ collection.queries.pooled[query]
    order = np.argsort(-cosines, kind="stable")[:DEPTH]
    return order, cosines[order]


def ndcg(order, relevant):
    """nDCG@10 of passages in that order; all relevant ones of the collection count, found or not."""
    gains = np.array([passage in relevant for passage in order[:10]], float)
    return gains @ DISCOUNTS[: len(gains)] / DISCOUNTS[: min(10, len(relevant))].sum()


class Source:
    """Where a head's pairs come from: a collection whose passages are projected once, or each time anew because the head learns."""

    def __init__(self, head, collection, fixed=True):
        self.head, self.collection, self.fixed, self.known = head, collection, fixed, {}

    def vectors(self, texts, numbers):
        """Vectors of some texts."""
        states = torch.from_numpy(np.concatenate([texts.inner(at) for at in numbers])).float()
        return self.head.vectors(states, [len(texts.tokens(at)) for at in numbers])

    def once(self, passages):
        """Vectors of passages, those known already from memory."""
        new = [at for at in passages if at not in self.known]
        if new:
            made = self.vectors(self.collection.passages, new)
            self.known.update(zip(new, made.tokens.split(made.lengths)))
        tokens = [self.known[at] for at in passages]
        return Vectors(torch.cat(tokens), [len(one) for one in tokens])

    def pairs(self, query, passages):
        """The passages that have tokens, and what the head reads of them."""
        queries, texts = self.collection.queries, self.collection.passages
        passages = [at for at in passages if len(texts.tokens(at))]
        vectors = self.once(passages) if self.fixed else self.vectors(texts, passages)
        ids = queries.tokens(query)
        counts = [(ids[:, None] == texts.tokens(at)[None]).sum(1) for at in passages]
        return passages, Pairs(
            torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(np.array(queries.inner(query))).float(), self.vectors(queries, [query]), vectors,
            torch.from_numpy(np.array(counts, np.float32)), torch.from_numpy(texts.pooled[passages] @ queries.pooled[query]),
        )

    @torch.no_grad()
    def terms(self, query):
        """The first stage's passages and the terms of each."""
        passages, pairs = self.pairs(query, first_stage(self.collection, query)[0])
        return passages, self.head.terms(pairs).numpy()


def scores(terms, mix, unrefined, refine=REFINE):
    """Final scores: only the best `refine` by the lower layers' terms get the upper layers' term, the others a constant."""
    lower = terms[:, :LOWER_TERMS] @ mix[:LOWER_TERMS]
    upper = terms[:, LOWER_TERMS:] @ mix[LOWER_TERMS:]
    rank = np.argsort(np.argsort(-lower, kind="stable"), kind="stable")
    return lower + np.where(rank < refine, upper, unrefined)


def ordered(passages, final):
    """Passages by falling score."""
    return [passages[place] for place in np.argsort(-final, kind="stable")]


def bm25(collection, queries, k1=0.9, b=0.4):
    """nDCG@10 of BM25 over WordPiece tokens, with the collection's own document frequencies, on all passages."""
    texts = collection.passages
    rows = np.repeat(np.arange(len(texts)), [len(texts.tokens(at)) for at in range(len(texts))])
    ids = np.concatenate([texts.tokens(at) for at in range(len(texts))])
    counts = scipy.sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, ids)))
    lengths = np.asarray(counts.sum(1)).ravel()
    frequency = np.asarray((counts > 0).sum(0)).ravel()
    idf = np.log(1 + (len(texts) - frequency + 0.5) / (frequency + 0.5))
    norm = k1 * (1 - b + b * lengths / lengths.mean())
    counts.data *= (k1 + 1) / (counts.data + np.repeat(norm, np.diff(counts.indptr)))
    weighted = counts.multiply(idf[None]).tocsc()
    out = []
    for query in queries:
        tokens = [token for token in collection.queries.tokens(query) if token < weighted.shape[1]]
        score = np.asarray(weighted[:, tokens].sum(1)).ravel()
        out.append(ndcg(np.argsort(-score, kind="stable")[:10], collection.relevant[query]))
    return np.array(out)


def interval(differences, seed, samples=10_000):
    """95% of the means of resampled queries, and the share of them that is not above 0."""
    random = np.random.default_rng(seed)
    means = np.array([differences[random.integers(0, len(differences), len(differences))].mean() for _ in range(samples)])
    return *np.percentile(means, [2.5, 97.5]), float((means <= 0).mean())


def report(head, collection, part, seed, description, count=None):
    """One row of the model card's table, with what the score's parts are worth: none or all of the passages refined, and every term left out in turn."""
    queries = collection.of(part)
    queries = queries[np.linspace(0, len(queries) - 1, min(count or len(queries), len(queries))).astype(int)]
    mix, unrefined, refine = head.mix.numpy(force=True), description["unrefined"], description["refine"]
    variants = {"reranked": (mix, refine), "none_refined": (mix, 0), "all_refined": (mix, DEPTH)}
    for at, term in enumerate(TERMS):
        variants[f"without_{term}"] = (np.where(np.arange(len(mix)) == at, 0, mix), DEPTH)
    before, after, source = [], {name: [] for name in variants}, Source(head, collection)
    for query in queries:
        relevant = collection.relevant[query]
        before.append(ndcg(first_stage(collection, query)[0], relevant))
        passages, terms = source.terms(query)
        for name, (weights, refined) in variants.items():
            after[name].append(ndcg(ordered(passages, scores(terms, weights, unrefined, refined)), relevant))
    differences = np.array(after["reranked"]) - before
    low, high, p = interval(differences, seed)
    round4 = lambda number: round(float(number), 4)
    return {
        "set": collection.name, "part": part, "queries": len(queries), "passages": len(collection.passages),
        "bm25": round4(bm25(collection, queries).mean()), "first_stage": round4(np.mean(before)), "difference": round4(differences.mean()),
        "low": round4(low), "high": round4(high), "p": round(p, 5), **{name: round4(np.mean(values)) for name, values in after.items()},
    }
