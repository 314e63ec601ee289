"""Compares the encoder with ONNX Runtime and PyTorch on the same throw-away weights and the same texts.

    encoder.py BENCH_BINARY [--threads N] [--seconds S] [--rounds N]

README.md beside this file says how to make the environment and the binary. Each cell of the table is the fastest of all turns; the three
take turns, a moment of rest between them, so that neither a busy machine nor threads that still spin favour one of them.
Fails when logits differ by more than 1e-4.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("binary")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seconds", type=float, default=0.3)
parser.add_argument("--rounds", type=int, default=5)
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(arguments.threads)

import numpy as np
import onnxruntime
import torch
from onnxruntime.transformers import optimizer
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification

torch.set_num_threads(arguments.threads)
torch.manual_seed(1)

shipped = json.loads((pathlib.Path(__file__).parents[2] / "models/cerebro/config.json").read_text())
SHAPES = {
    "shipped": {
        key: shipped[key]
        for key in ["vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"]
    },
    "BERT-base": dict(
        vocab_size=1000, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072
    ),
}


def network(shape, folder):
    """A network with random weights, written as a checkpoint and as ONNX."""
    config = BertConfig(**shape, num_labels=2, hidden_act="gelu", max_position_embeddings=512)
    model = BertForSequenceClassification(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 1:
                weight += torch.randn_like(weight) * 0.1
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    tensors = {
        name.removeprefix("bert."): tensor.contiguous()
        for name, tensor in model.state_dict().items()
        if tensor.is_floating_point()
    }
    save_file(tensors, folder / "model.safetensors")

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask):
            return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    model.config._attn_implementation = "eager"
    example = torch.ones(2, 16, dtype=torch.long)
    axes = {name: {0: "batch", 1: "tokens"} for name in ["input_ids", "attention_mask"]}
    path = str(folder / "model.onnx")
    torch.onnx.export(
        Logits(), (example, example), path, dynamo=False, opset_version=17, dynamic_axes=axes,
        input_names=list(axes), output_names=["logits"],
    )
    model.config._attn_implementation = "sdpa"
    # Exporting leaves it in training, with dropout.
    model.eval()
    return model, path


def sessions(path, shape):
    """ONNX Runtime as it is, and with the graph rewritten by its own optimiser for BERT."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    yield onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    better = optimizer.optimize_model(
        path, model_type="bert", num_heads=shape["num_attention_heads"], hidden_size=shape["hidden_size"]
    )
    fused = path.replace(".onnx", "-fused.onnx")
    better.save_model_to_file(fused)
    yield onnxruntime.InferenceSession(fused, options, providers=["CPUExecutionProvider"])


def timed(run):
    turns = []
    begun = time.perf_counter()
    while len(turns) < 3 or time.perf_counter() - begun < arguments.seconds:
        turn = time.perf_counter()
        logits = run()
        turns.append((time.perf_counter() - turn) * 1e3)
    return turns, logits


def measure(name, shape):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model, path = network(shape, folder)
        plain, fused = sessions(path, shape)
        environment = {**os.environ, "RAYON_NUM_THREADS": str(arguments.threads)}
        ours = subprocess.Popen(
            [arguments.binary, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        for batch in [1, 8]:
            for tokens in [64, 128, 256, 512]:
                ids = np.array(
                    [[(text * 7919 + at * 104729) % shape["vocab_size"] for at in range(tokens)] for text in range(batch)]
                )
                feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
                tensor = torch.from_numpy(ids)

                def by_torch():
                    with torch.inference_mode():
                        return model(input_ids=tensor).logits.numpy()

                def by_us():
                    ours.stdin.write(f"{batch} {tokens} {arguments.seconds}\n")
                    ours.stdin.flush()
                    answer = json.loads(ours.stdout.readline())
                    return answer["turns"], np.array(answer["logits"])

                ways = {
                    "ours": by_us,
                    "onnx": lambda: timed(lambda: plain.run(None, feed)[0]),
                    "fused": lambda: timed(lambda: fused.run(None, feed)[0]),
                    "torch": lambda: timed(by_torch),
                }
                best, answers = {}, {}
                for _ in range(arguments.rounds):
                    for way, run in ways.items():
                        time.sleep(0.1)
                        turns, answers[way] = run()
                        best[way] = min([best.get(way, float("inf")), *turns])
                worst = max(float(np.abs(answers["ours"] - other).max()) for other in answers.values())
                assert worst < 1e-4, f"logits differ by {worst}"
                others = min(best["onnx"], best["fused"], best["torch"])
                times = "".join(f"{best[way]:10.2f}" for way in ways)
                print(f"{name:10}{batch:6}{tokens:7}{times}{others / best['ours']:12.2f}{worst:10.0e}", flush=True)
        ours.stdin.close()
        ours.wait()


print(f"ms, {arguments.threads} threads; the last but one column: how many times faster ours is than the fastest other")
print(f"{'shape':10}{'batch':>6}{'tokens':>7}{'ours':>10}{'onnx':>10}{'+ fusion':>10}{'torch':>10}{'faster':>12}{'apart':>10}")
for name, shape in SHAPES.items():
    measure(name, shape)
