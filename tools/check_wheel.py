"""Build the wheel and use it where the checkout is not.

The wheel must be one for every Python and machine. It is installed into a new environment that borrows the
dependencies of the running one, and used from an empty folder.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent

USE = """
import sys
import numpy as np, torch
import regluon
from regluon import nd, th

assert regluon.__file__.startswith(sys.prefix), f"the wheel is not what was imported: {regluon.__file__}"
rows = [[0, 0.9, 0, 0, 4, 4], [0, 0.8, 0, 0, 4, 3], [0, 0.7, 5, 5, 9, 9]]
kept = [rows[0], rows[2], [-1] * 6]
for out in (nd.contrib.box_nms(nd.array(rows)).asnumpy(), th.contrib.box_nms(torch.tensor(rows)).numpy()):
    np.testing.assert_array_equal(out, np.array(kept, np.float32))
"""


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command; end here with its output when it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"check_wheel: {' '.join(map(str, command))} ... failed\n{done.stdout}")


def build(folder: Path) -> Path:
    """Build the wheel into ``folder``, whose older wheels go."""
    for old in folder.glob("regluon-*.whl"):
        old.unlink()
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, ROOT, cwd=ROOT)
    (wheel,) = folder.glob("regluon-*.whl")
    if not wheel.name.endswith("-py3-none-any.whl"):
        sys.exit(f"check_wheel: the wheel must be pure Python, got {wheel.name}")
    return wheel


def borrow(folder: Path) -> Path:
    """Make an environment in ``folder`` that sees this one's packages, but not the checkout; give its ``bin``."""
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    paths = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", scheme="venv", vars=paths))
    # A folder named in a .pth is searched, but its own .pth files, where the editable install lives, are not read.
    (site / "borrowed.pth").write_text("".join(f"{sysconfig.get_path(kind)}\n" for kind in ("purelib", "platlib")))
    return Path(sysconfig.get_path("scripts", scheme="venv", vars=paths))


def main() -> None:
    """Build, install, use."""
    wheel = build(ROOT / "dist")
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        programs = borrow(folder / "environment")
        python = programs / "python"
        run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
        (folder / "use.py").write_text(USE)
        run(python, "use.py", cwd=folder)
        run(programs / "regluon", "version", cwd=folder)
    print(f"check_wheel: {wheel.name} works outside the checkout")


if __name__ == "__main__":
    main()
