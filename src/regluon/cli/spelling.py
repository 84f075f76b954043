"""The many ways a command line is written, brought to one: ``--key=value`` and the names of our own fields.

``imgsz=512`` and ``--imgsz 512``; ``--max_det`` and ``--max-det``; ``--batch-size`` or ``-b`` as other toolkits say;
``infer`` for ``predict``; ``regluon --json demo`` for ``regluon demo --json``.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from regluon.engine.arguments import Config, hints

__all__ = ["TALK_FLAGS", "normalise"]

VERBS_ELSEWHERE = {"detect": "predict", "infer": "predict", "--version": "version", "-V": "version"}
TALK_FLAGS = {
    "json": "print the result as JSON",
    "quiet": "say nothing on the way but warnings and errors",
    "verbose": "say more on the way, and show where an error comes from",
}
PAIR = re.compile(r"([A-Za-z][\w-]*)=(.*)", re.DOTALL)
FLAG = re.compile(r"(--[A-Za-z][\w-]*|-[A-Za-z])(=.*)?", re.DOTALL)


def normalise(tokens: list[str], verbs: Mapping[str, type[Config] | None]) -> list[str]:
    """Bring the words of a command line to their one spelling.

    Args:
        tokens: the words as typed.
        verbs: the dataclass of each verb, None where a verb takes no arguments of its own.

    Returns:
        The verb first, where there is one, then flags as ``--name`` or ``--name=value`` and everything else as typed.

    Examples:
        >>> from regluon.engine.config import DemoConfig
        >>> normalise(["--json", "demo", "epochs=3", "-b", "8", "--batch_size=8"], {"demo": DemoConfig})
        ['demo', '--json', '--epochs=3', '--batch', '8', '--batch=8']
    """
    before = next((number for number, token in enumerate(tokens) if token.removeprefix("--") not in TALK_FLAGS), 0)
    talk, rest = tokens[:before], tokens[before:]
    if not rest:
        return tokens
    verb = VERBS_ELSEWHERE.get(rest[0], rest[0])
    return [verb, *talk, *(_arguments(rest[1:], verbs[verb]) if verb in verbs else rest[1:])]


def _arguments(tokens: list[str], kind: type[Config] | None) -> list[str]:
    known, switches = _spellings(kind), set(TALK_FLAGS)
    if kind is not None:
        switches |= {name for name, hint in hints(kind).items() if hint is bool}
    written: list[str] = []
    value_follows = False
    for number, token in enumerate(tokens):
        if token == "--":
            return written + tokens[number:]
        pair, flag = PAIR.fullmatch(token), FLAG.fullmatch(token)
        if value_follows:
            value_follows = False
            written.append(token)
        elif pair is not None and (pair[1].replace("_", "-") in known or not Path(token).exists()):
            # A file whose name holds an equals sign is taken for a file, unless it begins like an argument.
            written += _flag(known.get(pair[1].replace("_", "-"), pair[1]), f"={pair[2]}")
        elif flag is not None:
            name = flag[1].lstrip("-").replace("_", "-")
            name = known.get(name, name) if flag[1].startswith("--") or name in known else ""
            written += _flag(name, flag[2] or "") if name else [token]
            value_follows = flag[2] is None and name in known.values() and name not in switches
        else:
            written.append(token)
    return written


def _spellings(kind: type[Config] | None) -> dict[str, str]:
    """Return our name for every spelling, with dashes, that means one of the verb's arguments."""
    known = {name: name for name in (*TALK_FLAGS, "cfg")}
    for field in fields(kind) if kind is not None else ():
        known |= {name.replace("_", "-"): field.name for name in (field.name, *field.metadata["aliases"])}
    return known


def _flag(name: str, value: str) -> list[str]:
    if name == "source":
        # Pictures have no flag of their own: they are what stands without one.
        return [value[1:]] if value else []
    return [f"--{name.replace('_', '-')}{value}"]
