"""Compares the shipped model's network on a graphics card with PyTorch on the same card: logits and texts a second.

    card.py BENCH_BINARY [--device cuda|cpu]

The binary is the encoder bench, built with `--features cuda` (README.md beside this file; on a card's machine LD_LIBRARY_PATH names
the toolkit's lib). With `--device cpu` the same way is taken on a processor, to try this script. Fails where logits differ by more
than 1e-3 in single precision.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import BertForSequenceClassification

parser = argparse.ArgumentParser()
parser.add_argument("binary")
parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
parser.add_argument("--seconds", type=float, default=2.0)
arguments = parser.parse_args()

MODEL = pathlib.Path(__file__).parents[2] / "models/cerebro"
words = json.loads((MODEL / "config.json").read_text())["vocab_size"]


def ours(folder, half, texts, tokens):
    how = [arguments.device] + ["f16"] * half
    answer = subprocess.run(
        [arguments.binary, str(folder), *how], input=f"{texts} {tokens} {arguments.seconds}\n", capture_output=True, text=True,
        check=True,
    )
    answer = json.loads(answer.stdout)
    return min(answer["turns"]), np.array(answer["logits"])


def theirs(model, texts, tokens):
    ids = [[(text * 7919 + at * 104729) % words for at in range(tokens)] for text in range(texts)]
    ids = torch.tensor(ids, device=arguments.device)
    turns, begun = [], time.perf_counter()
    with torch.inference_mode():
        while len(turns) < 3 or time.perf_counter() - begun < arguments.seconds:
            turn = time.perf_counter()
            # Bringing them back waits for the card.
            logits = model(input_ids=ids).logits.float().cpu().numpy()
            turns.append((time.perf_counter() - turn) * 1e3)
    return min(turns), logits


print(f"{'':6}{'texts':>6}{'tokens':>8}{'ours/s':>10}{'torch/s':>10}{'faster':>8}{'apart':>10}")
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "config.json").write_text((MODEL / "config.json").read_text())
    # The bench takes names without a prefix, in single precision.
    tensors = {name.removeprefix("bert."): tensor.float() for name, tensor in load_file(MODEL / "model.safetensors").items()}
    save_file(tensors, folder / "model.safetensors")
    for half in [False, True]:
        dtype = torch.float16 if half else torch.float32
        model = BertForSequenceClassification.from_pretrained(MODEL, dtype=dtype).to(arguments.device).eval()
        for texts, tokens in [(1, 256), (32, 64), (32, 256)]:
            (mine, a), (other, b) = ours(folder, half, texts, tokens), theirs(model, texts, tokens)
            apart = float(np.abs(a - b).max())
            rates = [texts * 1e3 / took for took in (mine, other)]
            print(f"{'f16' if half else 'f32':6}{texts:6}{tokens:8}{rates[0]:10.0f}{rates[1]:10.0f}{other / mine:8.2f}{apart:10.0e}")
            assert half or apart < 1e-3, f"logits differ by {apart}"
