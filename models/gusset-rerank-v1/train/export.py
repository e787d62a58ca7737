"""Writes the head: `head.safetensors` and `model.json`."""

import json

import torch
from safetensors.torch import save_file

from encode import LAYERS, LOWER, PASSAGE_TOKENS, QUERY_TOKENS
from head import TERMS
from measure import REFINE

TENSORS = ("token", "weight")


def export(head, out, unrefined, slope, intercept):
    """Tensors are f16, and the head given takes on their values, so that what is measured later is what ships."""
    tensors = {"idf": head.idf.half()}
    with torch.no_grad():
        for name in TENSORS:
            linear = getattr(head, name)
            for kind in ("weight", "bias"):
                parameter = getattr(linear, kind)
                tensors[f"{name}.{kind}"] = parameter.half().contiguous()
                parameter.copy_(tensors[f"{name}.{kind}"].float())
    out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(out / "head.safetensors"))
    description = {
        "id": "gusset-rerank-v1",
        "architecture": "late-interaction",
        "encoder": "all-minilm-l6-v2",
        "layers": {"lower": LOWER, "all": LAYERS},
        "dimension": head.token.out_features,
        "query_tokens": QUERY_TOKENS,
        "passage_tokens": PASSAGE_TOKENS,
        "rarity": head.rarity.item(),
        "saturation": head.saturation.exp().item(),
        "mix": dict(zip(TERMS, head.mix.tolist())),
        "refine": REFINE,
        "unrefined": unrefined,
        "probability": {"slope": slope, "intercept": intercept},
    }
    (out / "model.json").write_text(json.dumps(description, indent=2) + "\n")


def restore(folder):
    """The head of a folder, and its description."""
    from safetensors.torch import load_file

    from head import Head

    description = json.loads((folder / "model.json").read_text())
    tensors = {name: tensor.float() for name, tensor in load_file(str(folder / "head.safetensors")).items()}
    head = Head(tensors["token.weight"].shape[1], description["dimension"], tensors.pop("idf"))
    scalars = {
        "rarity": torch.tensor(description["rarity"]),
        "saturation": torch.tensor(description["saturation"]).log(),
        "mix": torch.tensor([description["mix"][term] for term in TERMS]),
    }
    head.load_state_dict({**tensors, **scalars, "idf": head.idf})
    return head.eval(), description
