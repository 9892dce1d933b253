"""ONNX Runtime and OpenVINO beside the packed encoder, on the same sorted batches: time, and how far off the vectors are.

The course needs neither. `python -m bench others` installs them into an environment of their own, below the folder for
temporary files, and runs itself there.
"""

import importlib.util
import os
import subprocess
import sysconfig
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from bench.race import clock
from bench.speed import ratio
from course_utils.clock import all_rounds
from course_utils.given.encoders import Encoder, with_sdpa
from course_utils.given.fewer_bits import int8_layers, same_neighbour
from course_utils.given.packed import fused_layers, packed_encode
from course_utils.given.sentences import mixed_sentences
from course_utils.model import load_model
from course_utils.reference.sentence_search import l2_normalize, mean_pool
from course_utils.reference.speed import length_sorted_batches
from course_utils.reference.tokenization import pad_batch

PACKAGES = ("onnxruntime", "onnx", "openvino")
TEXTS, ROUNDS, OURS = 400, 3, "packed, float32"
Run = Callable[[Tensor, Tensor], Tensor]  # ids and mask, (batch, tokens), to the last hidden states


def main() -> None:
    if any(importlib.util.find_spec(name) is None for name in PACKAGES):
        run_elsewhere()
        return
    tokenizer, model = load_model()
    texts = mixed_sentences(TEXTS)
    ours = {
        OURS: fused_layers(model.state_dict(), model.config),
        "packed, int8": int8_layers(model),
        "packed, int8 but for the product before GELU": int8_layers(model, in_float32=("intermediate.dense",)),
    }
    ways: dict[str, Encoder] = {
        name: lambda texts, layers=layers: packed_encode(texts, tokenizer, model, layers=layers)
        for name, layers in ours.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, run in runtimes(model, Path(folder)).items():
            ways[name] = lambda texts, run=run: in_sorted_batches(texts, tokenizer, run)
        compare(ways, texts)


def run_elsewhere() -> None:
    """Run this part in an environment that has the course's packages and the two runtimes."""
    folder = Path(tempfile.gettempdir()) / "inside-bert-runtimes"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    here = [str(Path(__file__).parent.parent), sysconfig.get_path("purelib")]
    subprocess.run(
        [python, "-m", "bench", "others"], check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(here)}
    )


def runtimes(model, folder: Path) -> dict[str, Run]:
    """The model in both runtimes, in float32 and, in ONNX Runtime, with 8-bit weights rounded as it is called."""
    import onnxruntime
    import openvino
    from onnxruntime.quantization import QuantType, quantize_dynamic

    exported, rounded = folder / "model.onnx", folder / "int8.onnx"
    export(with_sdpa(model), exported)
    quantize_dynamic(exported, rounded, per_channel=True, weight_type=QuantType.QInt8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()

    def by_onnx(path: Path) -> Run:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        names = [each.name for each in session.get_inputs()]

        def run(*inputs: Tensor) -> Tensor:
            given = dict(zip(names, (each.numpy() for each in inputs), strict=True))
            return torch.from_numpy(session.run(None, given)[0])

        return run

    def by_openvino(path: Path) -> Run:
        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": torch.get_num_threads()}
        compiled = openvino.Core().compile_model(str(path), "CPU", settings)
        return lambda *inputs: torch.from_numpy(compiled([each.numpy() for each in inputs])[0].copy())

    return {
        "ONNX Runtime, float32": by_onnx(exported),
        "OpenVINO, float32": by_openvino(exported),
        "ONNX Runtime, int8": by_onnx(rounded),
    }


def export(model, path: Path) -> None:
    class LastHiddenState(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
            return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    axes = {0: "batch", 1: "tokens"}
    ids = torch.ones(2, 7, dtype=torch.int64)
    torch.onnx.export(
        LastHiddenState().eval(),
        (ids, ids),
        path,
        input_names=["input_ids", "attention_mask"],
        output_names=["states"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "states": axes},
        dynamo=False,
        verbose=False,
    )


@torch.no_grad()
def in_sorted_batches(texts: list[str], tokenizer, run: Run, batch_size: int = 32) -> Tensor:
    sequences = tokenizer(texts, truncation=True, max_length=256)["input_ids"]
    vectors = None
    for batch in length_sorted_batches([len(sequence) for sequence in sequences], batch_size):
        input_ids, mask = pad_batch([sequences[index] for index in batch], tokenizer.pad_token_id)
        found = l2_normalize(mean_pool(run(input_ids, mask), mask))
        vectors = torch.empty(len(texts), found.shape[1]) if vectors is None else vectors
        vectors[batch] = found
    return vectors


def compare(ways: dict[str, Encoder], texts: list[str]) -> None:
    found = {name: encode(texts) for name, encode in ways.items()}
    seconds = all_rounds({name: lambda encode=encode: encode(texts) for name, encode in ways.items()}, ROUNDS, clock())
    print(f"\n{len(texts)} sentences, {torch.get_num_threads()} threads, medians of {ROUNDS} rounds\n")
    print("| way | seconds | times ours | largest difference | mean distance | same neighbour |")
    print("|---|---|---|---|---|---|")
    for name, mine in found.items():
        gap, far = (mine - found[OURS]).abs().max(), (mine - found[OURS]).norm(dim=-1).mean()
        times, same = f"{min(seconds[name]):.2f} | {ratio(seconds, name, OURS):.2f}", same_neighbour(mine, found[OURS])
        print(f"| {name} | {times} | {gap:.1e} | {far:.1e} | {same:.0%} |")
