"""The verbs: from checked arguments to an exit code.

What a verb needs of torch is imported in it: ``--help`` and ``version`` answer without.
"""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from regluon.cli.output import complain, show
from regluon.engine.arguments import Config
from regluon.engine.config import DemoConfig, PredictConfig
from regluon.engine.environment import missing_parts, versions
from regluon.engine.talk import Talk
from regluon.version import __version__

__all__ = ["VERBS", "Verb"]


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of the command line.

    Args:
        run: takes the arguments (None where there are none), the terminal, and whether JSON is asked for; prints the
            result and returns the exit code. Its docstring is the help.
        config: the dataclass of the arguments, if it has any.
        usage: what must be given, for the first line of the help.
    """

    run: Callable[[Any, Talk, bool], int]
    config: type[Config] | None = None
    usage: str = ""


def demo(config: DemoConfig, talk: Talk, as_json: bool) -> int:
    """Train a small SSD on handwritten digits and show what it finds.

    The pictures are made on the spot: digits on photographs. It takes a few minutes on two CPU cores and leaves the
    weights, the numbers and pictures with boxes in runs/detect/demo.
    """
    from regluon.engine.demo import run_demo

    show(run_demo(config, talk), as_json)
    return 0


def predict(config: PredictConfig, talk: Talk, as_json: bool) -> int:
    """Find objects in pictures, draw them, and write the boxes as JSON.

    A picture that cannot be read is reported and the others go on; the exit code is then 1.
    """
    from regluon.engine.detector import load_detector
    from regluon.engine.predict import predict as outcomes
    from regluon.engine.run_folder import RunFolder

    detect = load_detector(config, talk)
    folder = None
    if config.save or config.save_txt or config.save_crop:
        folder = RunFolder(config.project, config.name, config.exist_ok)
        folder.write_arguments(config)
    pictures: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for outcome in outcomes(config, detect, folder):
        if outcome.results is None:
            complain(f"regluon predict: {outcome.error}")
            failed.append({"path": str(outcome.path), "error": str(outcome.error)})
            continue
        speed = sum(outcome.results.speed.values())
        talk.detail(f"{outcome.path}: {speed:.1f} ms")
        saved = [str(path) for path in outcome.saved]
        pictures.append({"path": str(outcome.path), "boxes": outcome.results.summary(), "saved": saved})
        if not as_json:
            print(f"{outcome.path}: {outcome.results}")
    where = str(folder.path) if folder is not None else None
    if as_json:
        show({"folder": where, "pictures": pictures, "failed": failed}, as_json)
    elif where is not None and pictures:
        talk.say(f"{len(pictures)} picture{'s' * (len(pictures) != 1)} written to {where}")
    return 1 if failed else 0


def version(config: None, talk: Talk, as_json: bool) -> int:  # noqa: ARG001
    """Print the versions of regluon, Python and the packages it computes with."""
    found = {"regluon": __version__, "python": platform.python_version(), **versions()}
    show(found if as_json else {name: number or "not installed" for name, number in found.items()}, as_json)
    return 0


def checks(config: None, talk: Talk, as_json: bool) -> int:  # noqa: ARG001
    """Report what is here: versions, devices, optional parts.

    The exit code is 1 where something is missing or broken that regluon cannot do without.
    """
    extras = missing_parts()
    # numba only makes things fast.
    faults = [f"{part} is not installed: pip install {part}" for part in extras.pop("") if part != "numba"]
    devices: dict[str, str] = {}
    try:
        from regluon.engine.device import available_devices

        devices = available_devices()
    except Exception as error:
        # A torch that does not fit the machine fails at import in many ways; finding that out is what this verb is for.
        faults.append(f"torch cannot be used: {' '.join(str(error).split())}")
    found = {"regluon": __version__, "python": platform.python_version(), **versions()}
    machine = {"platform": platform.platform(), "cpus": os.cpu_count()}
    if as_json:
        ready = {extra: not parts for extra, parts in extras.items()}
        show({**found, **machine, "devices": devices, "extras": ready, "faults": faults}, as_json)
    else:
        lines = found | {"numba": found["numba"] or "not installed (the same numbers, more slowly): pip install numba"}
        lines |= machine | {f"device {name}": text for name, text in devices.items()}
        for extra, parts in extras.items():
            advice = f'missing {", ".join(parts)}: pip install "regluon[{extra}]"'
            lines[f"extra {extra}"] = advice if parts else "installed"
        show({name: value for name, value in lines.items() if value is not None}, as_json)
    for fault in faults:
        complain(f"regluon checks: {fault}")
    return 1 if faults else 0


VERBS = {
    "demo": Verb(demo, DemoConfig),
    "predict": Verb(predict, PredictConfig, " --model WEIGHTS PICTURE-OR-FOLDER..."),
    "checks": Verb(checks),
    "version": Verb(version),
}
