"""Answers to CloudFormation, put where it looks for them."""

import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection, InvalidURL
from urllib.parse import urlsplit

from domain.model.errors import AwsUnavailable

_TRIES, _SECONDS = 5, 10


class Responses:
    """A URL is a secret: whoever has it can answer. So no error of this names it."""

    def put(self, url: str, body: bytes) -> bool:
        """Put the answer there, and tell whether it was taken.

        False where it never will be: the URL has ended, or leads nowhere. Raises AwsUnavailable
        where it may be taken later.
        """
        why = ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(2**attempt)
            try:
                status = _put(url, body)
            except InvalidURL:
                return False
            except (OSError, HTTPException) as error:
                why = type(error).__name__
                continue
            except (KeyError, ValueError):  # no URL that anybody could ask
                return False
            if status < 400:
                return True
            if status < 500 and status != 429:
                return False
            why = f"status {status}"
        raise AwsUnavailable(f"CloudFormation takes no answer ({why})")


def _put(url: str, body: bytes) -> int:
    parts = urlsplit(url)
    connection = _CONNECTIONS[parts.scheme](parts.netloc)
    try:
        # The URL is signed for no type of content, and S3 refuses any.
        headers = {"Content-Type": "", "Content-Length": str(len(body))}
        connection.request("PUT", f"{parts.path or '/'}?{parts.query}", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _tls(host: str) -> HTTPConnection:
    return HTTPSConnection(host, timeout=_SECONDS, context=ssl.create_default_context())


_CONNECTIONS: dict[str, Callable[[str], HTTPConnection]] = {
    "https": _tls,
    "http": lambda host: HTTPConnection(host, timeout=_SECONDS),
}
