"""Weights of networks of the zoo: where they are looked for, how they are checked and loaded.

Nothing is published any more under the addresses that MXNet and GluonCV know. Files that one has are taken from
``~/.mxnet/models``, where both have kept them (``$MXNET_HOME/models`` if that variable is set), and from a mirror, a
folder or a web address, that the environment variable ``REGLUON_MODEL_MIRROR`` names.
"""

import os
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, UnknownNameError
from regluon.gluon.block import Block
from regluon.gluon.model_zoo.mirror import fetch, is_address, sha1_of

__all__ = ["MIRROR", "ROOT", "Edition", "Pretrained", "find_weights", "get_model_file", "load_pretrained", "purge"]

ROOT = "~/.mxnet/models"
MIRROR = "REGLUON_MODEL_MIRROR"

#: No, yes, a file or folder, or the first eight or more digits of a file's SHA-1.
Pretrained = bool | str | os.PathLike[str] | None
#: Whose weights come first where both have published some.
Edition = Literal["mxnet", "gluoncv"]

DIGITS = re.compile(r"[0-9a-f]{8,40}")


def load_pretrained(
    net: Block,
    name: str,
    pretrained: Pretrained,
    root: str | os.PathLike[str] = ROOT,
    ctx: Any = None,
    edition: Edition = "mxnet",
    **load: Any,
) -> None:
    """Load weights into a network.

    Args:
        net: the network.
        name: its name in the zoo.
        pretrained: False or None for nothing; True for ``<name>-<8 hex digits>.params``, whose SHA-1 must begin with
            these digits, or ``<name>.params``, from ``root`` or the mirror; digits to choose among several; or a file
            or folder.
        root: folder where weights are kept.
        ctx: devices for the Parameters.
        edition: whose weights come first.
        load: further arguments of ``load_parameters``.

    Raises:
        UnknownNameError: there are none; it says where they were looked for. Or names of Parameters differ.
        FormatError: a file is damaged.
        ShapeError: shapes of Parameters differ.
    """
    if pretrained is not None and pretrained is not False:
        net.load_parameters(find_weights(name, pretrained, root, edition), ctx=ctx, **load)


def find_weights(
    name: str,
    pretrained: Pretrained = True,
    root: str | os.PathLike[str] = ROOT,
    edition: Edition = "mxnet",
    local: bool = False,
) -> Path:
    """Return the file of a network's weights, whose hash is checked; from the web it is fetched into ``root`` first.

    Args:
        name: name in the zoo.
        pretrained: True, digits, or a file or folder, as for ``load_pretrained``.
        root: folder where weights are kept.
        edition: whose weights come first.
        local: look on this machine only.
    """
    if isinstance(pretrained, (str, os.PathLike)):
        path = Path(pretrained).expanduser()
        if path.is_file():
            return path
        if path.is_dir():
            return _required(_in_folder(path, name, published(name, edition)), name, [str(path)])
        if not DIGITS.fullmatch(str(pretrained)):
            raise UnknownNameError(
                f"load_pretrained: {name}: pretrained must be a file, a folder, the first 8 digits of a SHA-1, or "
                f"True, got {str(pretrained)!r}, which is not there"
            )
        wanted = (str(pretrained),)
    elif pretrained is True:
        wanted = ()
    else:
        raise ArgumentTypeError(
            f"load_pretrained: {name}: pretrained must be True, False, None or a path, got {pretrained!r}"
        )
    hashes = published(name, edition)
    chosen = tuple(one for one in hashes if one.startswith(wanted)) or wanted
    mirror = os.environ.get(MIRROR, "")
    return _search(name, chosen or hashes, bool(wanted), _root(root), "" if local and is_address(mirror) else mirror)


def get_model_file(name: str, root: str | os.PathLike[str] = ROOT) -> str:
    """Return the path of the weights that MXNet has published for a network, from ``root`` or the mirror.

    Args:
        name: name in the zoo.
        root: folder where weights are kept.
    """
    return str(find_weights(name, True, root))


def purge(root: str | os.PathLike[str] = ROOT) -> None:
    """Delete all files of weights from a folder."""
    folder = _root(root)
    for path in folder.glob("*.params") if folder.is_dir() else ():
        path.unlink()


def published(name: str, edition: Edition) -> tuple[str, ...]:
    """Return the SHA-1s of the published weights of a network, those of an edition first."""
    both = _hashes().get(name, ())
    return tuple(one for one in (reversed(both) if edition == "mxnet" else both) if one != "-")


@cache
def _hashes() -> dict[str, tuple[str, ...]]:
    """Read the table: for each network, GluonCV's SHA-1 and MXNet's."""
    text = files("regluon.gluon.model_zoo").joinpath("hashes.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {name: tuple(dict.fromkeys(hashes)) for name, *hashes in rows}


def _root(root: str | os.PathLike[str]) -> Path:
    home = os.environ.get("MXNET_HOME")
    return Path(home, "models") if home and str(root) == ROOT else Path(root).expanduser()


def _search(name: str, hashes: tuple[str, ...], only: bool, root: Path, mirror: str) -> Path:
    """Look for weights in ``root``, then in the mirror."""
    places = [root]
    if mirror and not is_address(mirror):
        places += [Path(mirror).expanduser(), Path(mirror).expanduser() / "gluon" / "models"]
    for place in places:
        found = _in_folder(place, name, hashes, only)
        if found is not None:
            return found
    for sha1 in hashes if mirror else ():
        target = root / f"{name}-{sha1[:8]}.params"
        if fetch(mirror, f"{name}-{sha1[:8]}", sha1, target):
            return target
    return _required(None, name, [str(root), *([mirror] if mirror else [])], hashes)


def _in_folder(folder: Path, name: str, hashes: tuple[str, ...], only: bool = False) -> Path | None:
    """Return the weights of a network in a folder: published ones first, those without a hash last.

    Args:
        folder: the folder.
        name: the network.
        hashes: SHA-1s, or how they begin, in the order to prefer.
        only: take no others.
    """
    pattern = re.compile(re.escape(name) + r"-([0-9a-f]{8})\.params")
    there = {match[1]: folder / match[0] for one in _names(folder) if (match := pattern.fullmatch(one))}
    for sha1 in hashes:
        if sha1[:8] in there:
            return _checked(there[sha1[:8]], sha1)
    if only:
        return None
    if len(there) > 1:
        raise ArgumentError(
            f"load_pretrained: {name}: there must be one file of weights in {folder}, got {len(there)}; "
            f"pretrained= chooses among {', '.join(sorted(there))}"
        )
    for digits, path in there.items():
        return _checked(path, digits)
    bare = folder / f"{name}.params"
    return bare if bare.is_file() else None


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if one.is_file()) if folder.is_dir() else []


def _checked(path: Path, sha1: str) -> Path:
    found = sha1_of(path)
    if not found.startswith(sha1):
        raise FormatError(f"load_pretrained: {path} must have the SHA-1 {sha1}, got {found}; it is damaged, delete it")
    return path


def _required(found: Path | None, name: str, places: list[str], hashes: tuple[str, ...] = ()) -> Path:
    if found is None:
        files = " or ".join([*(f"{name}-{sha1[:8]}.params" for sha1 in hashes), f"{name}.params"])
        raise UnknownNameError(
            f"load_pretrained: {name}: its weights must be in {' or '.join(places)} as {files}, but are not; give "
            f"their path as pretrained=, or name a folder or web address that has them in the environment variable "
            f"{MIRROR}"
        )
    return found
