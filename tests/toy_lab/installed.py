"""The toy lab as somebody else's package: a folder with a copy of it and the metadata of its entry point."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
NOT_OF_THE_LAB = ("__pycache__", "installed.py")


def write_entry_point(folder: Path, distribution: str, name: str, package: str) -> None:
    """A distribution in that folder says that a lab of this name is this package."""
    metadata = folder / f"{distribution}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[tensor_parallel.labs]\n{name} = {package}\n", encoding="utf-8")


def install(folder: Path) -> Path:
    """The folder, with `toy_lab` in it as a package that stands by itself."""
    for path in HERE.rglob("*"):
        place = path.relative_to(HERE)
        if path.is_file() and not set(NOT_OF_THE_LAB) & set(place.parts):
            target = folder / "toy_lab" / place
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            target.write_text(text.replace("from tests.toy_lab", "from toy_lab"), encoding="utf-8")
    write_entry_point(folder, "toy_lab", "toy_lab", "toy_lab")
    return folder
