"""Client of boltzd, the daemon that serves Boltzmann machines.

>>> import boltzd
>>> client = boltzd.Client("http://127.0.0.1:8080")
>>> client.sample("mnist-rbm", count=4, steps=500, seed=7).samples.shape
(4, 784)

`boltzd.sklearn` has estimators that train machines with the `boltz` program; `boltzd.model_file` reads and writes model files.
"""

from .client import Client, Frame, Reply
from .errors import ApiError, BoltzError, ConnectionFailed

__version__ = "0.1.0"
__all__ = ["ApiError", "BoltzError", "Client", "ConnectionFailed", "Frame", "Reply", "__version__"]
