"""The examples of the documentation run as they stand, and its pictures are there."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
# That of the design shows how an operator begins, and does not run.
PAGES = [one for one in sorted(DOCS.rglob("*.md")) if one.name != "design.md" and "```python" in one.read_text("utf-8")]


@pytest.mark.parametrize("page", PAGES, ids=lambda one: str(one.relative_to(DOCS)))
def test_examples_run(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    namespace: dict = {}
    for example in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(example, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda one: str(one.relative_to(DOCS)))
def test_pictures_and_pages_that_are_named_are_there(page):
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (page.parent / name).exists(), name


def test_every_detection_part_has_its_line():
    from regluon.cv.nn import bbox, coder, feature, matcher, predictor, sampler

    pages = "".join(one.read_text(encoding="utf-8") for one in (DOCS / "parts").glob("*.md"))
    for module in (bbox, coder, feature, matcher, predictor, sampler):
        assert all(f"`{name}" in pages for name in module.__all__)
