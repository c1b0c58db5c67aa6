"""The toy lab as somebody else's package: a folder with a copy of it and the metadata of its entry point."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
NOT_OF_THE_LAB = ("__pycache__", "installed.py", "classroom.py")


def write_entry_point(folder: Path, distribution: str, name: str, package: str) -> None:
    """A distribution in that folder says that a lab of this name is this package."""
    metadata = folder / f"{distribution}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[tensor_parallel.labs]\n{name} = {package}\n", encoding="utf-8")


def write_package(folder: Path, package: str = "toy_lab") -> Path:
    """The folder of the lab, written below that one as a package that stands by itself."""
    home = folder.joinpath(*package.split("."))
    for path in HERE.rglob("*"):
        place = path.relative_to(HERE)
        if path.is_file() and not set(NOT_OF_THE_LAB) & set(place.parts):
            target = home / place
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            target.write_text(text.replace("from tests.toy_lab", f"from {package}"), encoding="utf-8")
    for around in home.relative_to(folder).parents[:-1]:
        (folder / around / "__init__.py").write_text('"""Of somebody else."""\n', encoding="utf-8")
    return home


def install(folder: Path, package: str = "toy_lab") -> Path:
    """The folder, with the toy lab in it and what announces it."""
    write_package(folder, package)
    write_entry_point(folder, "toy_lab", "toy_lab", package)
    return folder
