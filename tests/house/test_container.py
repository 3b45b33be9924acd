"""The container image's file, read (it is built elsewhere): not root, nothing secret, a health
check, and of the checkout only what is shipped.
"""

import re

from tests.helpers.paths import ROOT

LINES = (ROOT / ".ci" / "Containerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
STEPS = [line.split(maxsplit=1) for line in LINES if line and not line.startswith("#")]


def told(word: str) -> list[str]:
    return [rest for step, rest in STEPS if step == word]


def test_it_runs_as_nobody_that_matters_and_is_watched():
    last = max(at for at, (step, _) in enumerate(STEPS) if step == "FROM")
    steps = [step for step, _ in STEPS[last:]]
    assert told("USER") == ["10001"]
    assert steps.index("USER") < steps.index("ENTRYPOINT")
    assert len(told("HEALTHCHECK")) == 1
    assert told("VOLUME") == ["/var/lib/xunban"]


def test_nothing_secret_is_in_it_and_nothing_unlocked_is_installed():
    assert told("ARG") == []
    assert not re.search(r"(?i)secret|token|password|key", " ".join(told("ENV")))
    assert not any("/" in image.split()[0] for image in told("FROM")), "no registry's address"
    assert any("--require-hashes" in step for step in told("RUN"))
    left_out = set((ROOT / ".dockerignore").read_text("utf-8").split())
    assert {".git", ".venv", ".xunban", "**/*.db*", "**/secrets.toml"} <= left_out
