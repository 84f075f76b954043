"""``regluon <verb> ...``: words in, exit code out.

Exit codes: 0 done, 1 not done (the reason is one line on stderr), 130 stopped by Ctrl-C. The result goes to stdout.
"""

import dataclasses
import inspect
import os
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from cyclopts import (
    App,
    CoercionError,
    CycloptsError,
    Group,
    MissingArgumentError,
    Parameter,
    UnknownOptionError,
    UnusedCliTokensError,
)

from regluon.cli.output import complain, show
from regluon.cli.spelling import TALK_FLAGS, normalise
from regluon.cli.verbs import VERBS, Verb
from regluon.core.errors import ArgumentError, MXNetError
from regluon.engine.arguments import build, hints, load_arguments
from regluon.engine.talk import Talk

__all__ = ["main"]

INTERRUPTED = 130
TALK_GROUP = Group("Output", sort_key=1)
CFG_HELP = "read arguments from the args.yaml of an earlier run; those given beside it win"
HELP = """Apache MXNet's Gluon and GluonCV's detection stack on PyTorch.

Arguments are written --imgsz 512 or imgsz=512. The result goes to stdout, everything else to stderr.
This help as data: --help-json."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        arguments: the words after ``regluon``; those of the process by default.

    Returns:
        The exit code.
    """
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    who = "regluon"
    try:
        tokens = normalise(tokens, {name: verb.config for name, verb in VERBS.items()})
        who = f"regluon {tokens[0]}" if tokens and tokens[0] in VERBS else who
        if "--help-json" in tokens and tokens[0] in (*VERBS, "--help-json"):
            show({name: _describe(verb) for name, verb in VERBS.items() if tokens[0] in (name, "--help-json")}, True)
            return 0
        command, bound, _ = _app().parse_args(tokens, exit_on_error=False, print_error=False, verbose=False)
        code = command(*bound.args, **bound.kwargs)
        sys.stdout.flush()
        return code or 0
    except KeyboardInterrupt:
        complain(f"{who}: stopped by Ctrl-C")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the result has closed the pipe (| head); Python must not complain again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (CycloptsError, MXNetError, OSError) as error:
        if "--verbose" in tokens:
            traceback.print_exc()
        complain(_line(who, error))
        return 1


def _app() -> App:
    app = App(name="regluon", help=HELP, help_format="plaintext", version_flags=[])
    for name, verb in VERBS.items():
        usage = f"Usage: regluon {name}{' [OPTIONS]' if verb.config else ''}{verb.usage}"
        app.command(_command(verb), name=name, usage=usage)
    return app


def _command(verb: Verb) -> Any:
    """Return what cyclopts calls: a function whose signature is made of the fields of the verb's dataclass."""

    def command(*source: str, **given: Any) -> int:
        as_json, quiet, verbose = (given.pop(flag, False) for flag in TALK_FLAGS)
        if quiet and verbose:
            raise ArgumentError("quiet and verbose exclude each other")
        with Talk("quiet" if quiet else "verbose" if verbose else "normal") as talk:
            if verb.config is None:
                return verb.run(None, talk, as_json)
            cfg = given.pop("cfg", None)
            table = {} if cfg is None else load_arguments(Path(cfg), verb.config.verb)
            typed = given | ({"source": source} if source else {})
            return verb.run(build(verb.config, table | typed), talk, as_json)

    parameters = _parameters(verb)
    command.__doc__ = _flowing(verb.run.__doc__ or "")
    command.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _flowing(text: str) -> str:
    """Undo the line breaks inside paragraphs: the terminal has its own width."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))


def _parameters(verb: Verb) -> list[inspect.Parameter]:
    parameters = []
    if verb.config is not None:
        for field in dataclasses.fields(verb.config):
            hint, text = hints(verb.config)[field.name], field.metadata["help"]
            if field.name == "source":
                shape = inspect.Parameter.VAR_POSITIONAL
                parameters.insert(
                    0, inspect.Parameter("source", shape, annotation=Annotated[str, Parameter(help=text)])
                )
                continue
            required = field.default is dataclasses.MISSING
            text = f"{text} [required]" if required else text
            default = None if required else field.default
            parameters.append(_flag(field.name, hint, default, text))
        parameters.append(_flag("cfg", str, None, CFG_HELP))
    talk = [_flag(name, bool, False, text, group=TALK_GROUP) for name, text in TALK_FLAGS.items()]
    return parameters + talk


def _flag(name: str, hint: Any, default: Any, text: str, **more: Any) -> inspect.Parameter:
    if hint is not bool:
        # The dataclass turns text into values and says what is wrong with them.
        more["converter"] = _as_typed
    if default is not True:
        more["negative"] = ""
    rule = Parameter(help=text, show_default=default not in (None, False), **more)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[hint, rule])


def _as_typed(_hint: Any, words: Sequence[Any]) -> str:
    """Return the text of a flag; where it takes several values and is given several times, with commas between."""
    return ",".join(word.value for word in words)


def _describe(verb: Verb) -> dict[str, Any]:
    """Return a verb's help as data."""
    arguments = {}
    for field in dataclasses.fields(verb.config) if verb.config is not None else ():
        hint = hints(verb.config)[field.name]
        required = field.default is dataclasses.MISSING
        arguments[field.name] = {
            "type": str(getattr(hint, "__name__", hint)),
            "default": None if required else field.default,
            "required": required,
            "help": field.metadata["help"],
            "aliases": field.metadata["aliases"],
        }
    return {"help": _flowing(verb.run.__doc__ or ""), "arguments": arguments, "output": TALK_FLAGS}


def _line(who: str, error: Exception) -> str:
    """Say in one line, in the words of the other messages, what went wrong."""
    if isinstance(error, UnknownOptionError):
        word = (error.token.keyword or error.token.value).partition("=")[0]
        close = get_close_matches(word, [name for argument in error.argument_collection for name in argument.names], 1)
        return f"{who}: {word} is not one of its arguments; {f'did you mean {close[0]}?' if close else 'see --help'}"
    if isinstance(error, CoercionError) and error.argument is not None:
        # Everything but switches is turned into values elsewhere.
        return f"{who}: {error.argument.name} must be true or false"
    if isinstance(error, UnusedCliTokensError):
        words = ", ".join(map(repr, error.unused_tokens or ()))
        return f"{who}: takes no {words}; arguments are written --epochs 3 or epochs=3"
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        return f"{who}: {error.argument.name} needs a value"
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{who}: {error.strerror}{where}"
    text = " ".join(str(error).split())
    # Messages begin with who speaks, which is often the verb itself.
    return f"{who}: {text.removeprefix(who.removeprefix('regluon ') + ': ')}"
