"""Files of weights from a mirror: a folder, or a web address that the user names."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from regluon.core.errors import FormatError, MXNetError
from regluon.core.files import replacing

__all__ = ["LARGEST", "fetch", "is_address", "sha1_of"]

#: Bytes that a file of weights may have, packed or not; the largest published one has 0.6 GB.
LARGEST = 1 << 32
SECONDS = 60
CHUNK = 1 << 20

# Below the mirror's root, and where the publishers keep them.
FOLDERS = ("", "gluon/models/")


def is_address(mirror: str) -> bool:
    """Say whether a mirror is on the web rather than a folder."""
    return mirror.startswith(("http://", "https://"))


def fetch(mirror: str, stem: str, sha1: str, target: Path) -> bool:
    """Copy ``<stem>.params`` from a mirror, as such or out of ``<stem>.zip``, to a file whose hash is right.

    Args:
        mirror: folder or web address.
        stem: name of the file without its ending.
        sha1: what its SHA-1 must begin with.
        target: where to; written whole or not at all.

    Returns:
        Whether the mirror has it.

    Raises:
        FormatError: what the mirror has is damaged or too large.
        MXNetError: the mirror does not answer.
    """
    for folder in FOLDERS:
        for ending in (".params", ".zip"):
            where = f"{mirror.rstrip('/')}/{folder}{stem}{ending}"
            with _opened(where) as stream:
                if stream is not None:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _copy(stream, where, f"{stem}.params", sha1, target)
                    return True
    return False


def sha1_of(path: Path) -> str:
    """Return the SHA-1 of a file, as hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha1").hexdigest()


@contextmanager
def _opened(where: str) -> Iterator[IO[bytes] | None]:
    """Open a file or an address; None if there is no such file."""
    if not is_address(where):
        path = Path(where).expanduser()
        if not path.is_file():
            yield None
            return
        with path.open("rb") as stream:
            yield stream
        return
    scheme, rest = where.split("://", 1)
    try:
        stream = build_opener(_SameHost).open(f"{scheme}://{quote(rest, safe='/:@%')}", timeout=SECONDS)
    except HTTPError as error:
        error.close()
        if error.code != 404:
            raise MXNetError(f"load_pretrained: {where} must be readable, got HTTP status {error.code}") from error
        yield None
        return
    except (URLError, HTTPException, OSError) as error:
        raise MXNetError(f"load_pretrained: {where} must be readable, got {error}") from error
    with stream:
        yield stream


class _SameHost(HTTPRedirectHandler):
    """Follow a mirror to other addresses of its own, to no other host."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """Return the next request."""
        if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
            raise MXNetError(f"load_pretrained: {req.full_url} must answer itself, but sends on to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _copy(stream: IO[bytes], where: str, member: str, sha1: str, target: Path) -> None:
    """Write a stream, unpacked if it is a zip, to a file if its hash is right."""
    with replacing(target) as out:
        found = _unpack(stream, out, where, member) if where.endswith(".zip") else _pour(stream, out, where)
        if not found.startswith(sha1):
            raise FormatError(f"load_pretrained: {where} must have the SHA-1 {sha1}, got {found}; it is damaged")


def _unpack(stream: IO[bytes], out: BinaryIO, where: str, member: str) -> str:
    # A zip is read from its end, so all of it must be there first.
    packed = io.BytesIO()
    _pour(stream, packed, where)
    try:
        with zipfile.ZipFile(packed) as archive, archive.open(member) as unpacked:
            return _pour(unpacked, out, where)
    except MXNetError:
        raise
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, RuntimeError, EOFError) as error:
        raise FormatError(f"load_pretrained: {where} must be a zip that holds {member}, got {error}") from error


def _pour(source: IO[bytes], out: BinaryIO, where: str) -> str:
    """Copy a stream and return its SHA-1."""
    digest, size = hashlib.sha1(usedforsecurity=False), 0
    while True:
        try:
            chunk = source.read(CHUNK)
        except (OSError, HTTPException) as error:
            raise MXNetError(f"load_pretrained: {where} must be readable to its end, got {error}") from error
        if not chunk:
            return digest.hexdigest()
        size += len(chunk)
        if size > LARGEST:
            raise FormatError(f"load_pretrained: {where} must have at most {LARGEST} bytes, got more")
        digest.update(chunk)
        out.write(chunk)
