"""A new lab to begin from: one task over two devices, which passes all checks."""

from pathlib import Path

from grader.authoring.source import SourceError, as_named

TEMPLATE = Path(__file__).resolve().parent
ENDING = ".txt"


def write_new_lab(name: str, folder: Path, package: str) -> tuple[Path, ...]:
    """The files of a new lab, written below `folder`. Raises SourceError: the name is none that a folder and a package
    can have, or the folder is there already."""
    if not name.isidentifier() or name != name.lower():
        allowed = "a lab's name has small letters, digits and _ only, and begins with a letter"
        raise SourceError(f"{name!r} can't be a lab's name: {allowed}")
    if folder.exists():
        raise SourceError(f"{as_named(folder)}: there is such a folder already: take another name, or remove it first")
    written = []
    for path in sorted(TEMPLATE.rglob(f"*{ENDING}")):
        place = folder / path.relative_to(TEMPLATE).as_posix().removesuffix(ENDING).replace("init.py", "__init__.py")
        place.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8").replace("{{name}}", name).replace("{{package}}", package)
        place.write_text(text, encoding="utf-8")
        written.append(place)
    return tuple(written)
