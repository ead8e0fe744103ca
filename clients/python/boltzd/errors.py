"""What can go wrong, as exceptions."""

from __future__ import annotations

import json
from typing import Any, Mapping, Optional


class BoltzError(Exception):
    """Every exception of this package."""


class ConnectionFailed(BoltzError):
    """The server could not be reached, or the connection ended before the reply was complete."""


class ApiError(BoltzError):
    """The server refused a request; the problem object's fields (RFC 9457) are attributes."""

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Optional[Mapping[str, str]] = None):
        self.status = status
        self.code: str = str(problem.get("code", ""))
        self.title: str = str(problem.get("title", ""))
        self.detail: str = str(problem.get("detail") or problem.get("error") or "")
        self.request_id: str = str(problem.get("request_id", ""))
        self.problem = dict(problem)
        self.headers = dict(headers or {})
        super().__init__(f"{status} {self.code}: {self.detail}" if self.code else f"{status}: {self.detail}")

    @property
    def retry_after(self) -> Optional[float]:
        """Seconds after which the server asks for another attempt, if it does."""
        try:
            return float(self.headers.get("retry-after", ""))
        except ValueError:
            return None

    @classmethod
    def of(cls, status: int, body: bytes, headers: Mapping[str, str]) -> "ApiError":
        try:
            problem = json.loads(body)
            if not isinstance(problem, dict):
                raise ValueError
        except ValueError:
            problem = {"detail": body[:500].decode("utf-8", "replace")}
        return cls(status, problem, headers)
