"""Model files: safetensors with the graph in the metadata (docs/FORMAT.md of the project)."""

from __future__ import annotations

import json
import os
import struct
import tempfile
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Union

import numpy as np

from .errors import BoltzError

_TYPES = {"F32": "<f4", "F64": "<f8", "F16": "<f2", "I8": "|i1", "U8": "|u1", "I32": "<i4", "I64": "<i8"}
_NAMES = {np.dtype(v): k for k, v in _TYPES.items()}


@dataclass
class ModelFile:
    """What a model file holds. `graph`: kind, layers, couplings. `tensors`: arrays by name, "visible.bias", "visible~hidden.weight"
    and so on. `metadata`: every other entry, JSON texts parsed."""

    graph: Dict[str, Any]
    tensors: Dict[str, np.ndarray]
    metadata: Dict[str, Any] = field(default_factory=dict)

    @property
    def layers(self) -> List[Dict[str, Any]]:
        return self.graph["layers"]

    def weight(self, a: str, b: str) -> np.ndarray:
        """Weights [n_a, n_b] between two layers, in whichever order the file has them."""
        if f"{a}~{b}.weight" in self.tensors:
            return self.tensors[f"{a}~{b}.weight"]
        return self.tensors[f"{b}~{a}.weight"].T


def parse(data: bytes) -> ModelFile:
    """Reads a model from the bytes of its file."""
    if len(data) < 8:
        raise BoltzError(f"not a model file: {len(data)} bytes")
    (length,) = struct.unpack("<Q", data[:8])
    if length > len(data) - 8:
        raise BoltzError(f"not a model file: a header of {length} bytes in {len(data)}")
    try:
        header = json.loads(data[8 : 8 + length])
    except ValueError as e:
        raise BoltzError(f"not a model file: the header is not JSON ({e})") from None
    meta = header.pop("__metadata__", {})
    if meta.get("format") != "boltz":
        raise BoltzError("a safetensors file, but not a boltz model")
    tensors: Dict[str, np.ndarray] = {}
    for name, t in header.items():
        begin, end = (8 + length + o for o in t["data_offsets"])
        if t["dtype"] == "BF16":
            bits = np.frombuffer(data[begin:end], "<u2").astype(np.uint32) << 16
            tensors[name] = bits.view(np.float32).reshape(t["shape"])
            continue
        if t["dtype"] not in _TYPES:
            raise BoltzError(f"tensor {name}: dtype {t['dtype']} is not known")
        tensors[name] = np.frombuffer(data[begin:end], _TYPES[t["dtype"]]).reshape(t["shape"])
    rest: Dict[str, Any] = {}
    for key, text in meta.items():
        if key in ("format", "format_version", "model"):
            continue
        try:
            rest[key] = json.loads(text)
        except ValueError:
            rest[key] = text
    return ModelFile(json.loads(meta["model"]), tensors, rest)


def read(path: Union[str, os.PathLike]) -> ModelFile:
    """Reads a model file."""
    with open(path, "rb") as f:
        return parse(f.read())


def write(path: Union[str, os.PathLike], model: ModelFile) -> None:
    """Writes a model file: under a temporary name, flushed to disk, then renamed."""
    meta = {"format": "boltz", "format_version": "1", "model": json.dumps(model.graph)}
    for key, value in model.metadata.items():
        meta[key] = value if isinstance(value, str) else json.dumps(value)
    header: Dict[str, Any] = {"__metadata__": meta}
    blocks: List[bytes] = []
    at = 0
    for name, array in model.tensors.items():
        array = np.ascontiguousarray(array)
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        if array.dtype not in _NAMES:
            raise BoltzError(f"tensor {name}: expected one of {', '.join(sorted(_TYPES))}, found {array.dtype}")
        data = array.tobytes()
        header[name] = {"dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [at, at + len(data)]}
        blocks.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".model-")
    try:
        with os.fdopen(handle, "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text)
            for block in blocks:
                f.write(block)
            f.flush()
            os.fsync(f.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def rbm(weight: np.ndarray, visible_bias: np.ndarray, hidden_bias: np.ndarray, *, visible_unit: str = "bernoulli",
        log_sigma: Optional[np.ndarray] = None) -> ModelFile:
    """A restricted machine from arrays: weight [n_visible, n_hidden]."""
    n, h = np.shape(weight)
    layers = [{"name": "visible", "role": "visible", "unit": visible_unit, "size": n},
              {"name": "hidden", "role": "hidden", "unit": "bernoulli", "size": h}]
    tensors = {"visible.bias": np.asarray(visible_bias, np.float32), "hidden.bias": np.asarray(hidden_bias, np.float32),
               "visible~hidden.weight": np.asarray(weight, np.float32)}
    if visible_unit == "gaussian":
        tensors["visible.log_sigma"] = np.zeros(n, np.float32) if log_sigma is None else np.asarray(log_sigma, np.float32)
    return ModelFile({"kind": "rbm", "layers": layers, "couplings": [["visible", "hidden"]]}, tensors)
