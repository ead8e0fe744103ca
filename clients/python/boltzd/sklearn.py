"""scikit-learn estimators that train Boltzmann machines with the `boltz` program (found on PATH, or named by $BOLTZ).

A fitted estimator holds its model file's bytes (`model_bytes_`), so it pickles, and `save` writes them for boltzd to serve.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from typing import Any, List, Optional

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, OutlierMixin, TransformerMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted

from . import model_file
from .errors import BoltzError

__all__ = ["AnomalyDetector", "BoltzmannMachine", "Classifier", "Imputer"]


def _program() -> str:
    path = os.environ.get("BOLTZ") or shutil.which("boltz")
    if not path:
        raise BoltzError("the program `boltz` is not on PATH; install it, or name it by the environment variable BOLTZ")
    return path


def _run(arguments: List[str], verbose: bool = False) -> None:
    """Runs boltz; its progress goes to this process's standard error, the reason of a failure into the exception."""
    process = subprocess.Popen([_program(), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    assert process.stderr is not None
    lines: List[bytes] = []
    for piece in iter(lambda: process.stderr.read1(4096), b""):  # type: ignore[attr-defined]
        lines.append(piece)
        if verbose:
            sys.stderr.write(piece.decode("utf-8", "replace"))
            sys.stderr.flush()
    if process.wait() != 0:
        text = b"".join(lines).decode("utf-8", "replace").strip().splitlines()
        raise BoltzError(text[-1] if text else f"boltz ended with status {process.returncode}")


class _Folder:
    """A temporary folder with files by name."""

    def __enter__(self) -> "_Folder":
        self._folder = tempfile.TemporaryDirectory(prefix="boltz-")
        return self

    def __exit__(self, *_: Any) -> None:
        self._folder.cleanup()

    def path(self, name: str) -> str:
        return os.path.join(self._folder.name, name)

    def array(self, name: str, x: np.ndarray) -> str:
        path = self.path(name)
        np.save(path, x, allow_pickle=False)
        return path

    def model(self, data: bytes) -> str:
        path = self.path("model.safetensors")
        with open(path, "wb") as f:
            f.write(data)
        return path


class _Machine(BaseEstimator):
    """What all estimators share: training, and running a fitted model on rows."""

    _gaps = False  # NaN stands for an unknown value

    def __init__(self, n_hidden: Optional[int] = 64, unit: str = "auto", updates: Optional[int] = None,
                 random_state: Optional[int] = 1, threads: Optional[int] = None, options: Optional[dict] = None, verbose: bool = False):
        self.n_hidden = n_hidden
        self.unit = unit
        self.updates = updates
        self.random_state = random_state
        self.threads = threads
        self.options = options
        self.verbose = verbose

    def _rows(self, X: Any, fitting: bool) -> np.ndarray:
        X = self._validate_data(X, reset=fitting, dtype="numeric", ensure_min_samples=2 if fitting else 1,
                                force_all_finite="allow-nan" if self._gaps else True)
        return np.asarray(X, dtype=np.float64)

    def _unit(self, X: np.ndarray) -> str:
        if self.unit != "auto":
            return self.unit
        known = X[~np.isnan(X)]
        return "bernoulli" if np.isin(known, (0.0, 1.0)).all() else "gaussian"

    def _seed(self) -> int:
        if self.random_state is None:
            return int(np.random.randint(2**31))
        if isinstance(self.random_state, (int, np.integer)):
            return int(self.random_state)
        return int(self.random_state.randint(2**31))

    def _train(self, X: np.ndarray, extra: Optional[List[str]] = None, labels: Optional[np.ndarray] = None) -> None:
        with _Folder() as folder:
            arguments = ["train", "rbm", "--data", folder.array("data.npy", X), "--visible-unit", self._unit(X), "--out",
                         folder.path("repo/model"), "--seed", str(self._seed())]
            if self.n_hidden is not None:
                arguments += ["--hidden", str(int(self.n_hidden))]
            if self.updates is not None:
                arguments += ["--updates", str(int(self.updates))]
            if self.threads is not None:
                arguments += ["--threads", str(int(self.threads))]
            if np.isnan(X).any():
                arguments += ["--missing", "infer"]
            if labels is not None:
                arguments += ["--labels", folder.array("labels.npy", labels)]
            for key, value in (self.options or {}).items():
                arguments += ["--" + str(key).replace("_", "-"), str(value)]
            _run(arguments + (extra or []), self.verbose)
            with open(folder.path("repo/model/1/model.safetensors"), "rb") as f:
                self.model_bytes_ = f.read()
        self.unit_ = self._unit(X)

    def _apply(self, command: str, X: np.ndarray, *more: str) -> np.ndarray:
        with _Folder() as folder:
            arguments = [command, folder.model(self.model_bytes_), "--data", folder.array("data.npy", X), "--out",
                         folder.path("out.npy"), *more]
            if np.isnan(X).any():
                arguments += ["--missing", "infer"]
            if self.threads is not None:
                arguments += ["--threads", str(int(self.threads))]
            _run(arguments)
            return np.load(folder.path("out.npy"), allow_pickle=False)

    def save(self, folder: str) -> str:
        """Writes the model as version 1 of a model folder, REPO/NAME, where boltzd finds it. Returns the file's path."""
        check_is_fitted(self, "model_bytes_")
        os.makedirs(os.path.join(folder, "1"), exist_ok=False)
        path = os.path.join(folder, "1", "model.safetensors")
        with open(path, "wb") as f:
            f.write(self.model_bytes_)
        return path

    @property
    def model_(self) -> model_file.ModelFile:
        """The fitted model: graph and tensors."""
        check_is_fitted(self, "model_bytes_")
        return model_file.parse(self.model_bytes_)

    def _more_tags(self) -> dict:
        return {"allow_nan": self._gaps}


class BoltzmannMachine(TransformerMixin, _Machine):
    """A restricted Boltzmann machine: `transform` gives posterior means of the hidden units, `score_samples` minus the free energy,
    `sample` draws rows. unit: "auto" (bernoulli where all values are 0 and 1, else gaussian), "bernoulli", "spin", "gaussian"."""

    def fit(self, X: Any, y: Any = None) -> "BoltzmannMachine":
        self._train(self._rows(X, fitting=True))
        self._n_features_out = int(self.n_hidden)
        return self

    def transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "model_bytes_")
        return self._apply("features", self._rows(X, fitting=False)).astype(np.float64)

    def score_samples(self, X: Any) -> np.ndarray:
        """Minus the free energy of each row: log p(x) up to one constant."""
        check_is_fitted(self, "model_bytes_")
        return -self._apply("score", self._rows(X, fitting=False))

    def score(self, X: Any, y: Any = None) -> float:
        return float(np.mean(self.score_samples(X)))

    def sample(self, n_samples: int = 1, steps: int = 1000, random_state: int = 1) -> np.ndarray:
        check_is_fitted(self, "model_bytes_")
        with _Folder() as folder:
            _run(["sample", folder.model(self.model_bytes_), "--count", str(int(n_samples)), "--steps", str(int(steps)), "--seed",
                  str(int(random_state)), "--out", folder.path("out.npy")])
            return np.load(folder.path("out.npy"), allow_pickle=False)


class AnomalyDetector(OutlierMixin, _Machine):
    """The rows that the machine expects least are outliers: `contamination` is their share among the rows of `fit`. Real columns with
    heavy tails are scaled by their quartiles, as with options={"clip": 6}, the default; {"clip": 0} learns all values as they are."""

    def __init__(self, n_hidden: int = 64, unit: str = "auto", contamination: float = 0.01, updates: Optional[int] = None,
                 random_state: Optional[int] = 1, threads: Optional[int] = None, options: Optional[dict] = None,
                 verbose: bool = False):
        super().__init__(n_hidden, unit, updates, random_state, threads, options, verbose)
        self.contamination = contamination

    def fit(self, X: Any, y: Any = None) -> "AnomalyDetector":
        rows = self._rows(X, fitting=True)
        if not 0 < self.contamination <= 0.5:
            raise ValueError(f"contamination: expected a number in (0, 0.5], found {self.contamination!r}")
        self._train(rows)
        self.offset_ = float(np.quantile(self._scores(rows), self.contamination))
        return self

    def _scores(self, rows: np.ndarray) -> np.ndarray:
        return -self._apply("score", rows)

    def score_samples(self, X: Any) -> np.ndarray:
        """Minus the free energy of each row: the larger, the more usual."""
        check_is_fitted(self, "model_bytes_")
        return self._scores(self._rows(X, fitting=False))

    def decision_function(self, X: Any) -> np.ndarray:
        """Negative for outliers."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> np.ndarray:
        """1 for usual rows, -1 for outliers."""
        return np.where(self.decision_function(X) < 0, -1, 1)


class Imputer(TransformerMixin, _Machine):
    """Fills in unknown values (NaN) with their means given the known values of the row; `fit` takes rows with gaps too. Without `n_hidden`
    real columns are learned by gaussian hidden units, which start with the columns' covariances."""

    _gaps = True

    def __init__(self, n_hidden: Optional[int] = None, unit: str = "auto", updates: Optional[int] = None,
                 random_state: Optional[int] = 1, threads: Optional[int] = None, options: Optional[dict] = None,
                 verbose: bool = False):
        super().__init__(n_hidden, unit, updates, random_state, threads, options, verbose)

    def fit(self, X: Any, y: Any = None) -> "Imputer":
        rows = self._rows(X, fitting=True)
        if np.isnan(rows).all(axis=0).any():
            raise ValueError(f"column {int(np.isnan(rows).all(axis=0).argmax())} has no known value")
        factors = self.n_hidden is None and self._unit(rows) == "gaussian" and rows.shape[1] > 1
        given = factors and "hidden_unit" not in (self.options or {})
        self._train(rows[~np.isnan(rows).all(axis=1)], ["--hidden-unit", "gaussian"] if given else None)
        self._means = np.nanmean(rows, axis=0)
        self._n_features_out = rows.shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "model_bytes_")
        rows = self._rows(X, fitting=False).copy()
        gaps = np.isnan(rows)
        empty = gaps.all(axis=1)  # nothing to infer from: the columns' means
        rows[empty] = self._means
        some = gaps.any(axis=1) & ~empty
        if some.any():
            filled = self._apply("reconstruct", rows[some], "--steps", "30")
            rows[some] = np.where(gaps[some], filled, rows[some])
        return rows


class Classifier(ClassifierMixin, _Machine):
    """A machine trained on the rows, then fine-tuned as a classifier. Rows whose label in `fit` is -1 (numbers) or "" (texts) are
    used only for the machine."""

    _gaps = True

    def __init__(self, n_hidden: int = 64, unit: str = "auto", updates: Optional[int] = None, finetune: Optional[dict] = None,
                 random_state: Optional[int] = 1, threads: Optional[int] = None, options: Optional[dict] = None,
                 verbose: bool = False):
        super().__init__(n_hidden, unit, updates, random_state, threads, options, verbose)
        self.finetune = finetune

    def fit(self, X: Any, y: Any) -> "Classifier":
        X, y = self._validate_data(X, y, dtype="numeric", force_all_finite="allow-nan", ensure_min_samples=2)
        check_classification_targets(y)
        rows = np.asarray(X, np.float64)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"expected at least two classes, found 1 class: {self.classes_[0]!r}")
        self._train(rows)
        with _Folder() as folder:
            arguments = ["finetune", folder.model(self.model_bytes_), "--data", folder.array("data.npy", rows), "--labels",
                         folder.array("labels.npy", labels.astype(np.int64)), "--out", folder.path("repo/model"), "--seed",
                         str(self._seed())]
            if np.isnan(rows).any():
                arguments += ["--missing", "infer"]
            if self.threads is not None:
                arguments += ["--threads", str(int(self.threads))]
            for key, value in (self.finetune or {}).items():
                arguments += ["--" + str(key).replace("_", "-"), str(value)]
            _run(arguments, self.verbose)
            with open(folder.path("repo/model/1/model.safetensors"), "rb") as f:
                self.model_bytes_ = f.read()
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "model_bytes_")
        return self._apply("classify", self._rows(X, fitting=False))

    def predict(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "model_bytes_")
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]
