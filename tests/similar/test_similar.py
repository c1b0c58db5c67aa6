"""Similar work: copies are found under new names and comments, honest coincidence is not, a class of 1,000 is quick."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from grader.__main__ import main
from grader.similar import Similar, similar_work
from grader.similar.normal import normal_code
from grader.similar.pairs import WINDOW, K, fingerprints
from tests.similar.people import FORMS, KNOWN, copied, written_by

ROOT = Path(__file__).resolve().parents[2]


def class_of(size: int, seed: int = 1) -> dict[str, dict[str, str]]:
    draw = random.Random(seed)
    return {f"s{number:04}": written_by(draw) for number in range(size)}


def found(people: dict[str, dict[str, str]]) -> Similar:
    return similar_work(people, KNOWN)


UNUSUAL = {
    task: "\n".join([f"%%task {task}", f"half_{place} = {place} + out_ch // 2", "for k in range(2):", *lines[-1][-1:], "del k"])
    for place, (task, lines) in enumerate(FORMS.items())
}  # fmt: skip


def test_layout_comments_and_own_names_change_nothing() -> None:
    one = normal_code("%%task a.b\nsize = out_ch//2  # half\nY = torch.cat((X,\n  size), 1)", {"torch", "X", "Y"})
    two = normal_code("n=out_ch // 2\n\nY=torch.cat( (X, n), 1 )", {"torch", "X", "Y"})
    assert one == two
    assert normal_code("Y = X.sum()", {"X", "Y"}) != normal_code("Y = X.mean()", {"X", "Y"})


@pytest.mark.parametrize("broken", ["Y = (1 +", "'''", "\tx\n y", "$ ls", "", "\x00", "x = '\\"])
def test_what_is_no_python_has_tokens_too(broken: str) -> None:
    fingerprints(normal_code(broken, set()))


def test_a_shared_run_is_sure_to_share_a_fingerprint() -> None:
    draw = random.Random(3)
    for _ in range(200):
        run = [str(draw.random()) for _ in range(K + WINDOW - 1)]
        around = [[str(draw.random()) for _ in range(draw.randrange(30))] for _ in range(4)]
        assert fingerprints(around[0] + run + around[1]) & fingerprints(around[2] + run + around[3])


def test_a_thousand_honest_students_and_one_copy_under_other_names() -> None:
    people = class_of(1000)
    people["s0007"] = UNUSUAL
    people["s0500"] = {task: copied(text) for task, text in UNUSUAL.items()}
    leads = found(people).leads
    assert (leads[0].first, leads[0].second) == ("s0007", "s0500")
    assert set(leads[0].shared) == set(FORMS) and min(leads[0].shared.values()) > 0.9
    assert len(leads) <= 10


def test_a_copy_in_a_class_of_thirty_and_none_without_it() -> None:
    people = class_of(30, seed=5)
    assert not found(people).leads
    people["s0003"], people["s0020"] = UNUSUAL, {task: copied(text) for task, text in UNUSUAL.items()}
    assert [(pair.first, pair.second) for pair in found(people).leads] == [("s0003", "s0020")]


def test_two_alike_to_the_letter_show_in_a_class_of_eight_and_none_without_them() -> None:
    people = class_of(8, seed=5)
    assert not found(people).leads
    people["s0002"], people["s0006"] = UNUSUAL, dict(UNUSUAL)
    [lead] = found(people).leads
    assert (lead.first, lead.second, set(lead.alike)) == ("s0002", "s0006", set(FORMS))
    assert lead.bits < found(people).needed
    for task in sorted(FORMS)[2:]:
        people["s0006"] = people["s0006"] | {task: UNUSUAL[task] + "  # mine"}
    assert not found(people).leads, "two tasks are no lead"


def test_honest_classes_of_any_size_show_next_to_none_alike() -> None:
    assert sum(len(found(class_of(size, seed)).leads) for seed in range(20) for size in (8, 15, 30)) <= 2


def test_the_lab_s_own_solution_with_other_comments_and_what_five_wrote_is_no_one_s() -> None:
    own = {task: texts[1] + "  # the same" for task, texts in KNOWN.items()}
    assert not found(class_of(6) | {"t1": own, "t2": dict(own)}).leads
    assert not found(class_of(5) | {f"t{number}": UNUSUAL for number in range(5)}).leads


def test_the_lab_s_own_solution_and_what_many_wrote_are_nobody_s() -> None:
    solution = {task: texts[1] for task, texts in KNOWN.items()}
    assert not found({f"s{number}": solution for number in range(200)}).leads
    many = class_of(200) | {f"t{number}": UNUSUAL for number in range(40)}
    assert not [pair for pair in found(many).leads if pair.first.startswith("t")]


def test_the_same_mistake_once_is_no_lead() -> None:
    people = class_of(1000)
    for student in ("s0100", "s0200"):
        people[student] = {task: texts[1] for task, texts in KNOWN.items()}
        people[student]["row.forward"] = UNUSUAL["row.forward"]
    assert not [pair for pair in found(people).leads if pair.first == "s0100"]


def test_an_answer_in_words_counts_by_its_words() -> None:
    people = class_of(300)
    people["s0001"], people["s0002"] = UNUSUAL, dict(UNUSUAL)
    [before, *_] = found(people).leads
    words = "The sums are added in another order, so the last digits of fp32 differ, as I saw over seeds and sizes."
    people["s0001"] = people["s0001"] | {"fp32.conclusion": words}
    people["s0002"] = people["s0002"] | {"fp32.conclusion": words.replace(", ", " – ").upper()}
    [after, *_] = similar_work(people, KNOWN, frozenset({"fp32.conclusion"})).leads
    assert after.shared["fp32.conclusion"] == 1 and after.bits > before.bits + 5


def test_the_command_lists_pairs_and_takes_broken_submissions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    released = json.loads((ROOT / "assignments" / "en" / "linear" / "linear.ipynb").read_text(encoding="utf-8"))
    people = class_of(30, seed=5)
    people["s0003"], people["s0020"] = UNUSUAL, {task: copied(text) for task, text in UNUSUAL.items()}
    for student, texts in people.items():
        for cell in released["cells"]:
            task = "".join(cell["source"]).split("\n", 1)[0].removeprefix("%%task ")
            if task in texts:
                cell["source"] = texts[task]
        path = tmp_path / student / "linear" / "linear.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(released), encoding="utf-8")
    (tmp_path / "broken" / "linear").mkdir(parents=True)
    (tmp_path / "broken" / "linear" / "linear.ipynb").write_text("PNG")
    assert main(["similar", "linear", "--submitted", str(tmp_path), "--json", "--language", "en"]) == 0
    [pair] = json.loads(capsys.readouterr().out)
    assert (pair["first"], pair["second"]) == ("s0003", "s0020")
    assert main(["similar", "linear", "--submitted", str(tmp_path), "--language", "ru"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "не приговор" in shown and "s0003 s0020" in shown
    (tmp_path / "s0020" / "linear" / "linear.ipynb").write_bytes(
        (tmp_path / "s0003" / "linear" / "linear.ipynb").read_bytes()
    )
    assert main(["similar", "linear", "--submitted", str(tmp_path), "--language", "ru"]) == 0
    assert "буква в букву: column.forward" in " ".join(capsys.readouterr().out.split())
    assert main(["similar", "linear", "--submitted", str(tmp_path / "nowhere"), "--language", "en"]) == 2
    assert "no folder" in capsys.readouterr().err
