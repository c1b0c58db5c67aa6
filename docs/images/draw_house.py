"""The house in one picture: what goes through which room, drawn as SVG text in English and in Russian.

Run `python docs/images/draw_house.py` to write both anew: same description, same bytes.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from grader.pictures.card import KINDS, WIDTH, Card

Words = str | tuple[str, str]  # the same in both languages, or (English, Russian)
FILES, ROOM = "weight", "activation"


class House(Card):
    """The picture in one language."""

    def __init__(self, language: str) -> None:
        self.russian = language == "ru"
        title = ("The house in one picture", "Устройство проекта на одной картинке")
        super().__init__(self.say(title), 534)
        self.text(WIDTH / 2, 28, self.say(title), 16, bold=True)

    def definitions(self) -> list[str]:
        """The arrows' tip."""
        return [
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0L8 4L0 8z" fill="#333"/></marker></defs>'
        ]

    def say(self, words: Words) -> str:
        return words if isinstance(words, str) else words[self.russian]

    def lane(self, y: float, height: float, words: Words) -> None:
        """What one person does, from left to right."""
        self.box(14, y, WIDTH - 28, height, "#f0f1ee", "#8a8a86", rx=10)
        self.text(26, y + 19, self.say(words), 13, bold=True, anchor="start")

    def chip(self, kind: str, x: float, y: float, width: float, height: float, *rows: Words) -> None:
        """Files or a room: its name, and below what it is for."""
        fill, stroke, outline = KINDS[kind]
        self.box(x, y, width, height, fill, stroke, outline, rx=6)
        top = y + height / 2 - 7.5 * (len(rows) - 1) + 4
        for number, row in enumerate(rows):
            self.text(x + width / 2, top + 15 * number, self.say(row), 12 if not number else 11, bold=not number)

    def arrow(self, *points: tuple[float, float], words: Words = "") -> None:
        drawn = "L".join(f"{x:g} {y:g}" for x, y in points)
        self.path(f"M{drawn}", "#333", more=' marker-end="url(#tip)"')
        if words:
            (x1, y), (x2, _) = points[:2]
            self.text((x1 + x2) / 2, y - 6, self.say(words), 11)


def house(language: str) -> str:
    """The picture as SVG text."""
    picture = House(language)
    _author(picture)
    _student(picture)
    _instructor(picture)
    _judge(picture)
    _tests(picture)
    _legend(picture)
    return picture.svg()


def imports() -> str:
    """The rooms in the order in which they may import one another, from the project's own rule."""
    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return " → ".join(layer.replace("grader.", "").replace(" |", ",") for layer in layers)


def _author(picture: House) -> None:
    picture.lane(44, 100, ("An author writes a lab", "Автор пишет работу"))
    picture.chip(
        FILES,
        26,
        74,
        156,
        58,
        "labs/linear/notebook.py",
        ("the one source,", "один исходник"),
        ("both languages", "на двух языках"),
    )
    picture.arrow((182, 103), (208, 103))
    picture.chip(
        ROOM,
        210,
        74,
        156,
        58,
        "authoring/",
        ("builds, and says", "собирает и говорит,"),
        ("what is stale", "что устарело"),
    )
    picture.arrow((366, 88), (394, 88))
    picture.arrow((366, 118), (394, 118))
    picture.chip(FILES, 396, 74, 298, 26, ("assignments/{en,ru}/: for students", "assignments/{en,ru}/ — студентам"))
    picture.chip(
        FILES, 396, 106, 298, 26, ("solutions/{en,ru}/: for nbgrader and CI", "solutions/{en,ru}/ — для nbgrader и CI")
    )


def _student(picture: House) -> None:
    picture.lane(154, 100, ("A student checks a task", "Студент проверяет задание"))
    picture.chip(FILES, 26, 184, 156, 58, "linear.ipynb", ("cells with %%task", "ячейки с %%task"))
    picture.arrow((182, 213), (208, 213))
    picture.chip(
        ROOM,
        210,
        184,
        190,
        58,
        "bench/",
        ("records every operation,", "записывает операции"),
        ("on decoys", "на подставных данных"),
    )
    picture.arrow((400, 213), (454, 213), words=("trace", "запись"))
    picture.arrow((582, 213), (600, 213))
    picture.chip(ROOM, 602, 184, 92, 58, "pictures/", ("message,", "сообщение"), ("drawing", "и рисунок"))


def _instructor(picture: House) -> None:
    picture.lane(264, 100, ("An instructor grades a class", "Преподаватель проверяет группу"))
    picture.chip(FILES, 26, 294, 92, 58, "submitted/", ("notebooks", "ноутбуки"))
    picture.arrow((118, 323), (134, 323))
    picture.chip(
        ROOM,
        136,
        294,
        120,
        58,
        "course/",
        ("takes in, runs", "принимает работы,"),
        ("stock nbgrader", "ведёт nbgrader"),
    )
    picture.arrow((256, 323), (274, 323))
    picture.chip(ROOM, 276, 294, 124, 58, "kernel/", ("sandbox, with", "песочница,"), ("bench/ inside", "в ней bench/"))
    picture.arrow((400, 323), (454, 323), words=("trace", "запись"))
    picture.arrow((582, 323), (600, 323))
    picture.chip(ROOM, 602, 294, 92, 58, "report/", ("table,", "таблица,"), ("feedback", "отзывы"))


def _judge(picture: House) -> None:
    """Across both lanes: the same judge for the student and for the class."""
    rows: tuple[Words, ...] = (
        "judge/",
        ("replays a trace", "повторяет запись"),
        ("on other numbers", "на других числах"),
        ("labs/: the tasks", "labs/ — задания"),
        ("oracle: what is right", "oracle — что верно"),
        ("ledger/: the rule", "ledger/ — правило"),
        ("mistakes/: hints", "mistakes/ — ошибки"),
        ("ranks/: N ranks", "ranks/ — N рангов"),
    )
    picture.chip(ROOM, 456, 176, 126, 180, *rows)


def _tests(picture: House) -> None:
    picture.lane(374, 80, ("Tests ask whether the judge is right", "Тесты проверяют, прав ли судья"))
    said = (
        "right and wrong solutions, and what each of them has to lose",
        "верные и неверные решения и что каждое теряет",
    )
    picture.chip(FILES, 26, 400, 404, 44, "labs/*/corpus/", said)
    picture.arrow((430, 422), (519, 422), (519, 358))


def _legend(picture: House) -> None:
    said = ("Imports run one way, from left to right:", "Импорт идёт в одну сторону, слева направо:")
    picture.text(WIDTH / 2, 474, picture.say(said), 11)
    picture.text(WIDTH / 2, 491, imports(), 11)
    for x, kind, words in (
        (200, FILES, ("files", "файлы")),
        (330, ROOM, ("rooms in grader/", "комнаты в grader/")),
    ):
        picture.chip(kind, x, 506, 22, 14)
        picture.text(x + 30, 517, picture.say(words), anchor="start")


if __name__ == "__main__":
    for language in ("en", "ru"):
        Path(__file__).with_name(f"house.{language}.svg").write_text(house(language), encoding="utf-8")
