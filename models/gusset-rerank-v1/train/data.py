"""Reads the public sets and splits them: what is trained on, what chooses (dev), what only judges (test).

Nothing here is random: a split depends on the seed and on the name of an article, a block or a query, by SHA-256. Cranfield and the chunking questions have no
training part, so they measure how well the reranker does on a kind of text that it has never seen.
"""

import gzip
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Collection:
    """Passages, queries and which passages answer which query."""

    name: str
    passages: dict[str, str] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)
    relevant: dict[str, set[str]] = field(default_factory=dict)
    # Part of each query: "train", "dev" or "test".
    part: dict[str, str] = field(default_factory=dict)

    def of(self, part):
        """Ids of a part's queries, in the order of the file."""
        return [query for query in self.queries if self.part[query] == part]


def fraction(seed, *names):
    """A number in [0, 1) that depends on its arguments only."""
    digest = hashlib.sha256("|".join([str(seed), *names]).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def lines(path):
    """The objects of a `.jsonl` or `.jsonl.gz` file."""
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as file:
        for line in file:
            yield json.loads(line)


def beir(folder, name):
    """A set in BEIR's layout. A passage is its title, a blank and its text."""
    collection = Collection(name)
    for document in lines(folder / "corpus.jsonl.gz"):
        title, text = document.get("title") or "", document["text"]
        collection.passages[document["_id"]] = (text if text.startswith(title) else f"{title} {text}").strip()
    relevant = {}
    with open(folder / "qrels.tsv", encoding="utf-8") as file:
        next(file)
        for line in file:
            query, document, score = line.rstrip("\n").split("\t")
            if float(score) > 0:
                relevant.setdefault(query, set()).add(document)
    for query in lines(folder / "queries.jsonl"):
        if query["_id"] in relevant:
            collection.queries[query["_id"]] = query["text"]
            collection.relevant[query["_id"]] = relevant[query["_id"]]
            collection.part[query["_id"]] = "test"
    return collection


def squad(data, seed):
    """SQuAD: whole articles are held back. All paragraphs are candidates in every part."""
    collection = beir(data / "retrieval/squad-dev", "squad")
    articles = sorted({document.split("#")[0] for document in collection.passages}, key=lambda name: fraction(seed, "squad", name))
    place = {article: at / len(articles) for at, article in enumerate(articles)}
    for query, documents in collection.relevant.items():
        at = place[next(iter(documents)).split("#")[0]]
        collection.part[query] = "train" if at < 0.62 else "dev" if at < 0.75 else "test"
    return collection


def scifact(data, seed, others=0.42):
    """SciFact: claims are held back, those with a document in common together. Of the abstracts that answer no claim, a share are candidates."""
    collection = beir(data / "retrieval/scifact", "scifact")
    answers = set().union(*collection.relevant.values())
    collection.passages = {name: text for name, text in collection.passages.items() if name in answers or fraction(seed, "sub", name) < others}
    group = {}

    def root(name):
        while group.setdefault(name, name) != name:
            name = group[name]
        return name

    for documents in collection.relevant.values():
        first, *others = sorted(documents)
        for other in others:
            group[root(other)] = root(first)
    for query, documents in collection.relevant.items():
        at = fraction(seed, "scifact", root(min(documents)))
        collection.part[query] = "train" if at < 0.45 else "dev" if at < 0.62 else "test"
    return collection


def medquad(data, seed, rows_in_block=100):
    """MedQuAD: blocks of rows that follow each other are held back, so that a disease's rows stay together. Equal answers are one passage."""
    collection = Collection("medquad")
    by_question, by_answer = {}, {}
    for at, row in enumerate(lines(data / "training/medquad.jsonl.gz")):
        at_block = fraction(seed, "medquad", str(at // rows_in_block))
        part = "dev" if at_block < 0.03 else "test" if at_block < 0.11 else "train"
        question = re.sub(r"\s+([?.])", r"\1", row["question"]).strip()
        answer = re.sub(r"\s+", " ", row["answer"]).strip()
        if len(answer) < 20:
            continue
        document = by_answer.setdefault(answer, f"a{at}")
        collection.passages[document] = answer
        query = by_question.setdefault(question, f"q{at}")
        collection.queries[query] = question
        collection.relevant.setdefault(query, set()).add(document)
        # A question or answer that occurs on both sides of a border is nobody's.
        collection.part[query] = part if collection.part.get(query, part) == part else "none"
    parts = {}
    for query, documents in collection.relevant.items():
        for document in documents:
            parts.setdefault(document, set()).add(collection.part[query])
    for query, documents in collection.relevant.items():
        if any(len(parts[document]) > 1 for document in documents):
            collection.part[query] = "none"
    keep = {"dev": 200, "test": 400, "train": 1200}
    for part, count in keep.items():
        queries = sorted(collection.of(part), key=lambda query: fraction(seed, "medquad", query))
        for query in queries[count:]:
            collection.part[query] = "none"
    # Candidates are the answers of the held-back blocks and those of the training questions that were kept.
    wanted = {document for document, of in parts.items() if of & {"dev", "test"}}
    wanted |= {document for query in collection.of("train") for document in collection.relevant[query]}
    collection.passages = {document: text for document, text in collection.passages.items() if document in wanted}
    return collection


def cranfield(data, _seed):
    """Cranfield: never trained on."""
    return beir(data / "retrieval/cranfield", "cranfield")


def chunking(data, _seed, length=1300):
    """The chunking questions over passages of about 200 tokens: never trained on. A passage is relevant that holds most of a reference, or 100 characters of it."""
    collection = Collection("chunking")
    spans = {}
    for path in sorted((data / "chunking/corpora").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        spans[path.stem] = recursive(text, 0, len(text), length)
        for start, end in spans[path.stem]:
            collection.passages[f"{path.stem}#{start}"] = text[start:end].strip()
    for at, row in enumerate(lines(data / "chunking/questions.jsonl")):
        found = set()
        for reference in row["references"]:
            begin, finish = reference["start_index"], reference["end_index"]
            for start, end in spans[row["corpus"]]:
                if min(end, finish) - max(start, begin) >= min(100, (finish - begin) / 2):
                    found.add(f"{row['corpus']}#{start}")
        if found:
            collection.queries[str(at)] = row["question"]
            collection.relevant[str(at)] = found
            collection.part[str(at)] = "test"
    return collection


def recursive(text, start, end, length, separators=("\n\n", "\n", ". ", " ")):
    """Spans of at most `length` characters, split at the coarsest separator that does, neighbours joined while they fit."""
    if end - start <= length:
        return [(start, end)] if text[start:end].strip() else []
    if not separators:
        return [(at, min(at + length, end)) for at in range(start, end, length)]
    separator, *finer = separators
    pieces, at = [], start
    while at < end:
        found = text.find(separator, at, end)
        stop = end if found < 0 else found + len(separator)
        pieces.append((at, stop))
        at = stop
    spans = []
    for piece in pieces:
        for begin, finish in recursive(text, *piece, length, tuple(finer)):
            if spans and finish - spans[-1][0] <= length and begin == spans[-1][1]:
                spans[-1] = (spans[-1][0], finish)
            else:
                spans.append((begin, finish))
    return spans


READERS = {"squad": squad, "scifact": scifact, "medquad": medquad, "cranfield": cranfield, "chunking": chunking}
