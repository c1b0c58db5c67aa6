"""The project's frame: what is declared, locked and offered agrees, and imports run one way."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import PackageNotFoundError, requires
from itertools import takewhile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted|download\.pytorch|anaconda\.(?:org|com)|conda\.anaconda|\bindex-url\b|find-links|"
    r"file://|/simple/",
    re.IGNORECASE,
)


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements() -> list[Requirement]:
    declared = project()
    return [Requirement(text) for text in (*declared["dependencies"], *declared["optional-dependencies"]["dev"])]


def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return dict(_plain(line).split("==") for line in lines if line and not line.startswith("#"))


def _plain(line: str) -> str:
    assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._!]+", line), f"not `name==version`: {line}"
    return re.sub(r"^[^=]+", lambda name: _normal(name[0]), line)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_has_every_declared_dependency_in_a_version_that_fits():
    versions = locked()
    for requirement in requirements():
        assert _normal(requirement.name) in versions, f"{requirement.name} isn't locked: run make lock"
        assert requirement.specifier.contains(versions[_normal(requirement.name)])


def test_the_lock_is_complete():
    """What a locked package needs is locked too, apart from what comes with an interpreter or a GPU."""
    versions = locked()
    for name in versions:
        try:
            needs = [Requirement(text) for text in requires(name) or []]
        except PackageNotFoundError:
            continue
        for need in needs:
            if need.marker and not need.marker.evaluate({"extra": ""}):
                continue
            if _normal(need.name) in {"setuptools", "pip", "triton"} or need.name.startswith(("nvidia", "cuda")):
                continue
            assert _normal(need.name) in versions, f"{name} needs {need.name}, which isn't locked: run make lock"


def test_the_lock_says_how_it_is_made_and_has_no_duplicates():
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    names = [_normal(line.split("==")[0]) for line in lines[1:]]

    assert lines[0].startswith("#") and "make lock" in lines[0]
    assert len(names) == len(set(names))
    assert not {"pip", "setuptools", "tensor-parallel-course", "grader"} & set(names)


def test_the_conda_environment_is_the_same_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    (python,) = [entry.partition("=")[2] for entry in plain if entry.startswith("python=")]

    assert environment["name"] == project()["name"]
    assert SpecifierSet(project()["requires-python"]).contains(python)
    assert {"pip", "make"} <= set(plain), "the rest comes from the lock alone"
    assert pip == ["-r requirements.lock", "-e ."]


def test_the_container_is_the_same_environment():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (python,) = [entry.partition("=")[2] for entry in plain if entry.startswith("python=")]
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    (base,) = [line.split()[1] for line in lines if line.startswith("FROM ")]
    installed = [line.split("pip install")[1] for line in lines if "pip install" in line]

    assert base.startswith(f"python:{python}-")
    assert len(installed) == 2 and "--requirement requirements.lock" in installed[0]
    assert "--no-deps --editable ." in installed[1], "the lock alone says which versions"


def test_the_devcontainer_is_the_container_and_binder_the_conda_environment():
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    built = ROOT / ".devcontainer" / settings["build"]["dockerfile"]

    assert built.resolve() == ROOT / "Containerfile"
    assert "--no-deps" in settings["postCreateCommand"]
    assert f"useradd --create-home --uid 1000 {settings['remoteUser']}" in built.read_text(encoding="utf-8")
    assert not any((ROOT / name).exists() for name in (".binder", "binder")), "Binder would not read environment.yml"


def test_no_registry_is_named():
    names = ("requirements.lock", "environment.yml", "pyproject.toml", "Makefile", "Containerfile")
    tracked = [ROOT / name for name in names]
    prose = [path for path in ROOT.rglob("*.md") if ".venv" not in path.parts]
    for path in [*tracked, *prose, *ROOT.glob("grader/labs/*/notebook.py")]:
        found = REGISTRY.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path.relative_to(ROOT)} names a registry: {found and found[0]}"


def test_the_hooks_run_what_make_test_runs_before_the_tests():
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ntest:")[2].splitlines()[1:]
    commands = [line.strip().replace("$(VENV)", ".venv") for line in takewhile(lambda line: line.startswith("\t"), lines)]
    *checks, tests = commands
    configuration = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in configuration["repos"] for hook in repository["hooks"]]

    assert "pytest" in tests
    assert [hook["entry"] for hook in hooks] == checks
    for hook in hooks:
        assert hook["language"] == "system", f"{hook['id']} would be fetched from the network"
        assert hook["always_run"] and not hook["pass_filenames"], f"{hook['id']} would see only some files"


def test_imports_run_one_way():
    lint = Path(sys.executable).parent / "lint-imports"
    if not lint.is_file():
        pytest.skip("import-linter isn't installed")
    ran = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_the_package_carries_its_catalogues():
    carried = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    catalogues = set((ROOT / "grader" / "locale").rglob("*.po"))
    found = {path for pattern in carried["grader"] for path in (ROOT / "grader").glob(pattern)}

    assert catalogues and catalogues <= found


def test_a_corpus_is_carried_as_data_and_is_no_package():
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    files = set((ROOT / "grader" / "labs").glob("*/corpus/**/*.py"))
    carried = {path for pattern in tools["package-data"]["grader"] for path in (ROOT / "grader").glob(pattern)}
    folders = {".".join(path.relative_to(ROOT).parent.parts) for path in files}

    assert files and files <= carried
    assert all(any(fnmatch(name, left_out) for left_out in tools["packages"]["find"]["exclude"]) for name in folders)


@pytest.mark.skipif(shutil.which("make") is None, reason="make isn't installed")
def test_make_refuses_an_older_python_with_a_clear_line(tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    ran = subprocess.run(["make", "setup", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode != 0
    assert "Python 3.11 or newer is needed" in ran.stderr
    assert not (tmp_path / ".venv").exists()
