"""Requests to boltzd: one method per operation, arrays in and out."""

from __future__ import annotations

import base64
import http.client
import io
import json
import os
import random
import ssl
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple, Union

import numpy as np

from .errors import ApiError, ConnectionFailed

Inputs = Any
"""Rows: an array-like [n, units] (one row may be flat), a mapping of such by layer, a pandas DataFrame, or a list of dicts by
column name. NaN and None are unknown."""


class Reply(Dict[str, Any]):
    """A reply's fields, as items and as attributes; arrays of numbers are numpy arrays."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the reply has no '{name}'; it has {', '.join(sorted(self))}") from None

    def __repr__(self) -> str:
        shown = (f"{k}={v.dtype}{list(v.shape)}" if isinstance(v, np.ndarray) else f"{k}={v!r:.60}" for k, v in self.items())
        return f"Reply({', '.join(shown)})"


@dataclass
class Frame:
    """One event of a stream: the states of the chains after so many steps."""

    step: int
    samples: Any  # [count, units], or a dict of such by layer
    energy: np.ndarray
    done: bool = False
    continue_: Optional[str] = field(default=None, repr=False)


# Fields that are [n] or [[...]] of numbers; what they are as arrays.
_ARRAYS = {
    "features": np.float32, "reconstruction": np.float32, "samples": np.float32, "probabilities": np.float32,
    "free_energy": np.float64, "log_prob": np.float64, "energy": np.float64, "error": np.float64, "distances": np.float64,
    "percentile": np.float64, "indices": np.int64, "missing": np.int64, "anomaly": np.bool_, "data": np.float32,
}


def _array(value: Any, dtype: Any) -> Any:
    if isinstance(value, dict):
        return {k: _array(v, dtype) for k, v in value.items()}
    if value is None or (isinstance(value, list) and any(v is None for v in value)):
        if dtype in (np.float32, np.float64) and isinstance(value, list):
            return np.array([np.nan if v is None else v for v in value], dtype)
        return value
    try:
        return np.array(value, dtype)
    except (TypeError, ValueError):  # rows by name
        return value


def _reply(tree: Mapping[str, Any]) -> Reply:
    return Reply({k: _array(v, _ARRAYS[k]) if k in _ARRAYS else v for k, v in tree.items()})


def _is_frame(x: Any) -> bool:
    return hasattr(x, "columns") and hasattr(x, "to_dict")


def _plain(x: Any) -> Any:
    """What json.dumps can write; unknown values become null."""
    if isinstance(x, np.ndarray) or hasattr(x, "__array__"):
        x = np.asarray(x)
        if x.dtype.kind == "f" and not np.isfinite(x).all():
            if np.isinf(x).any():
                raise ValueError("an infinite value cannot be sent")
            return [_plain(row) for row in x] if x.ndim > 1 else [None if v != v else v for v in x.tolist()]
        return _plain(x.tolist()) if x.dtype.kind == "O" else x.tolist()
    if isinstance(x, Mapping):
        return {str(k): _plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [_plain(v) for v in x]
    if isinstance(x, float):
        if x != x:
            return None
        if x in (float("inf"), float("-inf")):
            raise ValueError("an infinite value cannot be sent")
    if isinstance(x, np.generic):
        return _plain(x.item())
    return x


def _records(frame: Any) -> List[Dict[str, Any]]:
    """The rows of a DataFrame, gaps as None."""
    twice = [str(c) for c in frame.columns[frame.columns.duplicated()]]
    if twice:
        raise ValueError(f"columns: {', '.join(twice)} is there twice; expected each name once")
    rows = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
    return [{str(k): _plain(v) for k, v in row.items()} for row in rows]


def _content(inputs: Inputs, extra: Mapping[str, Any]) -> Tuple[bytes, str]:
    """Body and content type. A plain array is sent as npy if only scalars go with it."""
    body = {k: _plain(v) for k, v in extra.items() if v is not None}
    if hasattr(inputs, "to_frame") and any(isinstance(name, str) for name in getattr(inputs, "index", ())):  # a DataFrame's row
        inputs = inputs.to_frame().T
    if inputs is None:
        pass
    elif _is_frame(inputs):
        body["rows"] = _records(inputs)
    elif isinstance(inputs, (list, tuple)) and inputs and isinstance(inputs[0], Mapping):
        body["rows"] = _plain(inputs)
    elif isinstance(inputs, Mapping) or body:
        body["inputs"] = _plain(inputs)
    else:
        array = np.asarray(inputs)
        if array.dtype.kind in "biuf":
            out = io.BytesIO()
            np.save(out, np.ascontiguousarray(array.astype(np.float32) if array.dtype.kind == "f" else array), allow_pickle=False)
            return out.getvalue(), "application/x-npy"
        body["inputs"] = _plain(inputs)
    return json.dumps(body, allow_nan=False).encode(), "application/json"


class Client:
    """A connection to one server. Safe to share between threads: each has its own connection.

    url: "http://host:port" with a prefix if there is one. key: an API key; without it $BOLTZD_API_KEY. retries: how often a request
    is tried again that the server could not take (503, 429: after as long as it asks for) or that never reached it. timeout:
    seconds without a byte from the server.
    """

    def __init__(self, url: str = "http://127.0.0.1:8080", key: Optional[str] = None, *, timeout: float = 60.0, retries: int = 3,
                 context: Optional[ssl.SSLContext] = None):
        parts = urllib.parse.urlsplit(url if "://" in url else "http://" + url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url: expected http://host:port or https://host:port, found {url!r}")
        self.url = url
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")
        self._key = key if key is not None else os.environ.get("BOLTZD_API_KEY")
        self._timeout, self._retries = timeout, max(0, int(retries))
        self._context = context
        self._local = threading.local()

    def __repr__(self) -> str:
        return f"boltzd.Client({self.url!r})"

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Closes this thread's connection; the next request opens another."""
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    # transport

    def _connect(self) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout,
                                               context=self._context or ssl.create_default_context())
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)

    def _headers(self, content_type: Optional[str], accept: str) -> Dict[str, str]:
        headers = {"Accept": accept, "User-Agent": "boltzd-python/0.1.0"}
        if content_type:
            headers["Content-Type"] = content_type
        if self._key:
            headers["Authorization"] = "Bearer " + self._key
        return headers

    def _send(self, method: str, path: str, body: Optional[bytes], content_type: Optional[str], accept: str,
              connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
        connection.request(method, self._prefix + path, body=body, headers=self._headers(content_type, accept))
        return connection.getresponse()

    def _once(self, method: str, path: str, body: Optional[bytes], content_type: Optional[str],
              accept: str) -> Tuple[Mapping[str, str], bytes]:
        connection = getattr(self._local, "connection", None)
        kept = connection is not None
        for attempt in (0, 1):
            if connection is None:
                connection = self._connect()
            try:
                response = self._send(method, path, body, content_type, accept, connection)
                data = response.read()
                break
            except (http.client.HTTPException, OSError) as e:
                connection.close()
                connection = None
                self._local.connection = None
                if not kept or attempt:  # a kept connection may have been closed meanwhile: once more on a new one
                    raise ConnectionFailed(f"{self.url}: {e or type(e).__name__}") from e
        self._local.connection = connection
        headers = {k.lower(): v for k, v in response.getheaders()}
        if response.status >= 400:
            raise ApiError.of(response.status, data, headers)
        return headers, data

    def request(self, method: str, path: str, body: Optional[bytes] = None, content_type: Optional[str] = None,
                accept: str = "application/json") -> Tuple[Mapping[str, str], bytes]:
        """Headers (lower case) and body of a reply. Every request of this interface may be sent again: none changes anything but
        loading and unloading, which do not change when repeated."""
        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                return self._once(method, path, body, content_type, accept)
            except ApiError as e:
                if last or e.status not in (429, 503):
                    raise
                wait = e.retry_after if e.retry_after is not None else 0.5 * 2**attempt
            except ConnectionFailed:
                if last:
                    raise
                wait = 0.2 * 2**attempt
            time.sleep(min(wait, 30) * (1 + 0.1 * random.random()))
        raise AssertionError

    def _json(self, method: str, path: str, body: Optional[bytes] = None, content_type: Optional[str] = None) -> Any:
        return json.loads(self.request(method, path, body, content_type)[1])

    @staticmethod
    def _model_path(model: str, version: Union[int, str, None], rest: str = "") -> str:
        path = "/v1/models/" + urllib.parse.quote(model, safe="")
        if version is not None:
            path += "/versions/" + urllib.parse.quote(str(version), safe="")
        return path + rest

    def _operation(self, model: str, operation: str, inputs: Inputs, version: Union[int, str, None], extra: Mapping[str, Any],
                   query: Mapping[str, Any]) -> Reply:
        body, content_type = _content(inputs, extra)
        path = self._model_path(model, version, "/" + operation) + _query(query)
        reply = _reply(self._json("POST", path, body, content_type))
        if "rows" in reply and _is_frame(inputs):
            reply["rows"] = type(inputs)(reply["rows"], index=inputs.index)
        return reply

    # listing

    def ready(self) -> bool:
        """Whether the server is running and ready to serve."""
        try:
            self._once("GET", "/v2/health/ready", None, None, "*/*")
            return True
        except (ApiError, ConnectionFailed):
            return False

    def models(self) -> List[Dict[str, Any]]:
        """Every model: name, version, state, kind, layers."""
        return self._json("GET", "/v1/models")["models"]

    def model(self, model: str, version: Union[int, str, None] = None) -> Dict[str, Any]:
        """All about one model: layers, couplings, training, log Z, digest."""
        return self._json("GET", self._model_path(model, version))

    def parameters(self, model: str, tensor: str, version: Union[int, str, None] = None) -> np.ndarray:
        """A tensor of a model by its name in the file, e.g. "visible~hidden.weight"."""
        path = self._model_path(model, version, "/parameters/" + urllib.parse.quote(tensor, safe="~.")) + "?format=npy"
        return np.load(io.BytesIO(self.request("GET", path, accept="application/x-npy")[1]), allow_pickle=False)

    # operations

    def free_energy(self, model: str, inputs: Inputs, *, mask: Any = None, counts: Any = None, threshold: Optional[float] = None,
                    explain: bool = False, as_rows: bool = False, version: Union[int, str, None] = None) -> Reply:
        """`free_energy` [n] of each row, in nats: the lower, the more the model expects it; `log_prob` [n] where log Z is known;
        `percentile` and `anomaly` [n] where the model keeps free energies to compare with, the latter also by `threshold`; with
        explain=True `explain`, the least expected cells of each row."""
        return self._operation(model, "free-energy", inputs, version, {"mask": mask, "counts": counts},
                               {"threshold": threshold, "explain": explain or None, "as": _layout(as_rows)})

    def energy(self, model: str, states: Mapping[str, Any], *, version: Union[int, str, None] = None) -> Reply:
        """`energy` [n] of complete states: rows of every layer by its name."""
        return self._operation(model, "energy", None, version, {"states": states}, {})

    def features(self, model: str, inputs: Inputs, *, layer: Optional[str] = None, type: Optional[str] = None,
                 seed: Optional[int] = None, mask: Any = None, counts: Any = None,
                 version: Union[int, str, None] = None) -> np.ndarray:
        """The hidden representation [n, units]: posterior means, or with type="state" draws from them."""
        return self._operation(model, "features", inputs, version, {"mask": mask, "counts": counts},
                               {"layer": layer, "type": type, "seed": seed}).features

    def reconstruct(self, model: str, inputs: Inputs, *, steps: Optional[int] = None, type: Optional[str] = None, mask: Any = None,
                    seed: Optional[int] = None, counts: Any = None, as_rows: bool = False,
                    version: Union[int, str, None] = None) -> Reply:
        """`reconstruction` of rows as the model sees them; unknown values are filled in, and known values of such rows are kept.
        as_rows: `rows` under the names of the columns instead, a DataFrame if one was given."""
        return self._operation(model, "reconstruct", inputs, version, {"mask": mask, "counts": counts},
                               {"steps": steps, "type": type, "seed": seed, "as": _layout(as_rows)})

    def classify(self, model: str, inputs: Inputs, *, top: Optional[int] = None, mask: Any = None, counts: Any = None,
                 as_rows: bool = False, version: Union[int, str, None] = None) -> Reply:
        """`classes` [n][top], the most probable first, and their `probabilities`."""
        return self._operation(model, "classify", inputs, version, {"mask": mask, "counts": counts},
                               {"top": top, "as": _layout(as_rows)})

    def neighbors(self, model: str, inputs: Inputs, *, k: Optional[int] = None, metric: Optional[str] = None, mask: Any = None,
                  counts: Any = None, version: Union[int, str, None] = None) -> Reply:
        """`indices` [n, k] of the indexed rows nearest to each row, `distances`, and `ids` where the index has names."""
        return self._operation(model, "neighbors", inputs, version, {"mask": mask, "counts": counts}, {"k": k, "metric": metric})

    def sample(self, model: str, *, count: Optional[int] = None, steps: Optional[int] = None, seed: Optional[int] = None,
               temperature: Optional[float] = None, type: Optional[str] = None, clamp: Any = None, init: Any = None,
               layers: Any = None, counts: Any = None, continue_: Optional[str] = None, sampler: Optional[str] = None,
               version: Union[int, str, None] = None) -> Reply:
        """`samples` [count, units] (by layer where there are several), `energy`, `seed`, and `continue` to continue from."""
        extra = {"clamp": clamp, "init": init, "layers": layers, "counts": counts, "continue": continue_}
        return self._operation(model, "sample", None, version, extra,
                               {"count": count, "steps": steps, "seed": seed, "temperature": temperature, "type": type,
                                "sampler": sampler})

    def stream(self, model: str, *, every: int = 100, count: Optional[int] = None, steps: Optional[int] = None,
               seed: Optional[int] = None, temperature: Optional[float] = None, type: Optional[str] = None, clamp: Any = None,
               init: Any = None, layers: Any = None, counts: Any = None, continue_: Optional[str] = None,
               version: Union[int, str, None] = None) -> Iterator[Frame]:
        """Frames of the chains every `every` steps; the last one has done=True and the token to continue from. Closing the iterator
        stops the chains on the server."""
        extra = {"clamp": clamp, "init": init, "layers": layers, "counts": counts, "continue": continue_}
        body, content_type = _content(None, extra)
        path = self._model_path(model, version, "/sample") + _query(
            {"format": "ndjson", "every": every, "count": count, "steps": steps, "seed": seed, "temperature": temperature,
             "type": type})
        connection = self._connect()
        try:
            try:
                response = self._send("POST", path, body, content_type, "application/x-ndjson", connection)
                if response.status >= 400:
                    raise ApiError.of(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})
                yield from _frames(response)
            except (http.client.HTTPException, OSError) as e:
                raise ConnectionFailed(f"{self.url}: {e or e.__class__.__name__}") from e
        finally:
            connection.close()

    def picture(self, model: str, *, count: int = 64, steps: Optional[int] = None, seed: Optional[int] = None,
                upscale: Optional[int] = None, version: Union[int, str, None] = None) -> "Picture":
        """Samples as one PNG; a notebook shows it."""
        path = self._model_path(model, version, "/sample") + _query(
            {"format": "png", "count": count, "steps": steps, "seed": seed, "upscale": upscale})
        return Picture(self.request("POST", path, b"{}", "application/json", "image/png")[1])

    def receptive_fields(self, model: str, tensor: str = "visible~hidden.weight",
                         version: Union[int, str, None] = None) -> "Picture":
        """The weights of each hidden unit as one PNG; a notebook shows it."""
        path = self._model_path(model, version, "/parameters/" + urllib.parse.quote(tensor, safe="~.")) + "?format=png"
        return Picture(self.request("GET", path, accept="image/png")[1])


class Picture(bytes):
    """Bytes of a PNG that a notebook shows."""

    def _repr_png_(self) -> bytes:
        return bytes(self)

    def __repr__(self) -> str:
        return f"Picture({len(self)} bytes of PNG)"


def _query(values: Mapping[str, Any]) -> str:
    given = {k: str(v).lower() if isinstance(v, bool) else v for k, v in values.items() if v is not None}
    return "?" + urllib.parse.urlencode(given) if given else ""


def _layout(as_rows: bool) -> Optional[str]:
    return "rows" if as_rows else None


def _rows(tree: Any) -> Any:
    return {k: _rows(v) for k, v in tree.items()} if isinstance(tree, dict) else np.array(tree, np.float32)


def _frames(response: http.client.HTTPResponse) -> Iterator[Frame]:
    last: Optional[Frame] = None
    for line in response:
        if not line.strip():
            continue
        event = json.loads(line)
        if event.get("event") == "error":
            raise ApiError(int(event.get("status", 500)), event)
        if event.get("event") == "done":
            yield Frame(int(event["steps"]), last.samples if last else None, last.energy if last else np.array([]), True,
                        event.get("continue"))
            return
        if event.get("event") != "frame":
            continue
        last = Frame(int(event["step"]), _rows(event["samples"]), np.array(event["energy"], np.float64))
        yield last
    raise ConnectionFailed("the stream ended before its last frame")


def decode_bits(text: str, units: int) -> np.ndarray:
    """A row of `encoding=bits`: base64 of packed bits, most significant first."""
    return np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8))[:units].astype(np.float32)
