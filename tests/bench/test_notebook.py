"""A notebook with the extension: `%%task`, `%language`, `%lab`, `check` and `exam`."""

from __future__ import annotations

import sys
import warnings

import pytest
import torch
from IPython.utils.capture import capture_output

from grader.bench.notebook import TaskFailed
from tests.bench.conftest import Run

FORWARD = "%%task manual.forward\nY = X @ W.T + b"
WRONG = "%%task manual.forward\nY = X @ W.T"
DY = "%%task manual.dY\ndY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)"


def failure(run, cell: str) -> str:
    _, error = run(cell)
    assert isinstance(error, TaskFailed), error
    return str(error)


def test_a_task_cell_runs_like_any_other(run, shell):
    _, error = run(FORWARD)
    assert error is None and torch.equal(shell.user_ns["Y"], shell.user_ns["X"] @ shell.user_ns["W"].T + shell.user_ns["b"])


@pytest.mark.parametrize("judge", ["check", "exam"])
def test_a_right_task_is_praised_in_one_line(run, judge):
    run(FORWARD)
    out, error = run(f'{judge}("manual.forward")')
    said = out.stdout if judge == "exam" else out.outputs[0].data["text/plain"]
    assert error is None and said.startswith("✓ manual.forward: right") and len(said.splitlines()) == 1


@pytest.mark.parametrize("judge", ["check", "exam"])
def test_a_wrong_task_raises_with_what_is_wrong_and_where(run, judge):
    run(WRONG)
    said = failure(run, f'{judge}("manual.forward")')
    assert said.startswith("✗ manual.forward: Y is wrong: ")
    assert ("tried on: batch" in said) == (judge == "exam")  # check tries the notebook's own sizes


def test_a_failure_is_shown_without_a_traceback(run):
    run(WRONG)
    out, _ = run('check("manual.forward")')
    assert "Traceback" not in out.stdout + out.stderr and "✗ manual.forward" in out.stdout + out.stderr


def test_check_uses_the_notebooks_own_sizes(run):
    run("%%task manual.dY\ndY = 2 * (Y - Y_gt) / (4 * 7)")
    assert run('check("manual.dY")')[1] is None
    assert "tried on: batch 32, in 1024" in failure(run, 'exam("manual.dY")')


def test_a_russian_notebook_is_told_in_russian(run):
    run("%language ru")
    run(WRONG)
    said = failure(run, 'check("manual.forward")')
    assert any("а" <= letter <= "я" for letter in said.lower())
    run("%language")
    assert "is wrong" in failure(run, 'check("manual.forward")')


def test_a_notebook_says_which_lab_it_is_of(run, shell):
    notebook = shell.find_line_magic("lab").__self__
    assert notebook._lab is None
    assert run("%lab linear")[1] is None and notebook.lab.name == "linear"


@pytest.mark.parametrize(("line", "shown"), [("%lab lineer", "lineer"), ("%lab", "?")])
def test_a_lab_that_nobody_knows_is_refused_in_one_line(run, shell, line, shown):
    run("%lab linear")
    _, error = run(line)
    assert isinstance(error, TaskFailed) and str(error).startswith(f"✗ this course has no lab {shown} (it has linear")
    assert "\n" not in str(error) and "Traceback" not in "".join(error._render_traceback_())
    assert shell.find_line_magic("lab").__self__.lab.name == "linear"


def test_a_name_that_the_lab_does_not_have_is_refused_where_the_cell_runs(run, shell):
    assert "there is no task manual.forwards" in failure(run, "%%task manual.forwards\nY = 1")
    assert "there is no task ?" in failure(run, "%%task\nY = 1")
    assert "Y" not in shell.user_ns
    assert "there is no task nothing; the lab has reference.step" in failure(run, 'check("nothing")')


def test_a_task_whose_name_was_mistyped_since_is_no_longer_praised(run):
    run(FORWARD)
    assert "there is no task manual.foward" in failure(run, FORWARD.replace("forward", "foward"))
    assert "run its cell first" in failure(run, 'check("manual.forward")')


def test_comments_may_stand_above_the_first_line(run):
    run(WRONG)
    assert run("# my second try\n\n" + FORWARD)[1] is None
    assert run('check("manual.forward")')[1] is None


def test_a_cell_that_was_not_run_is_asked_for(run):
    said = failure(run, 'exam("manual.dY")')
    assert said == "✗ manual.dY: run its cell first, the one whose very first line is `%%task manual.dY`"


def test_a_cell_that_is_not_solved_yet_says_so(run):
    out, error = run("%%task manual.forward\n# YOUR CODE HERE\nraise NotImplementedError()\nprint(Y)")
    assert error is None and out.stdout == "○ manual.forward: write your code in place of `raise NotImplementedError()`\n"
    assert "✗ manual.forward: not solved yet" in failure(run, 'check("manual.forward")')


def test_the_last_run_of_a_task_counts(run):
    run(WRONG)
    run(FORWARD)
    assert run('check("manual.forward")')[1] is None
    run(WRONG)
    failure(run, 'check("manual.forward")')


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("%%task manual.forward\n\n# a comment\nY = X @ W\n", 4),
        ("\n\n%%task manual.forward\nY = X @ W\n", 4),
        ("# mine\n%%task manual.forward\n\nY = X @ W\n", 4),
        ("%%task manual.forward  \n%time\nx = '''\n'''\nY = X @ W\n", 5),
        ("%%task manual.forward\ndef f():\n    return X @ W\nY = f()\n", 3),
    ],
)
def test_lines_in_messages_are_those_of_the_cell_as_displayed(run, cell, line):
    run(cell)
    said = failure(run, 'check("manual.forward")')
    assert f"line {line}, `" in said and "X @ W`: a product of matrices" in said


def test_a_syntax_error_is_told_with_its_line(run):
    _, error = run("%%task manual.forward\nY = X @\n")
    assert isinstance(error, SyntaxError)
    assert "line 2, `Y = X @`: SyntaxError" in failure(run, 'check("manual.forward")')


def test_functions_of_other_cells_are_carried_over(run):
    run(
        "from typing import Optional\nimport functools\n"
        "def _linear(x, w, *, bias: Optional[torch.Tensor] = None): return x @ w.T + bias\n"
        "@torch.no_grad()\ndef residual(Y): return Y - Y_gt\n"
        "@functools.cache\ndef scale(n): return 2 / n\n"
        "class Loss:\n    factor = 1\n    def dY(self, Y): return self.factor * scale(batch_size * out_ch) * residual(Y)\n"
        "class Sub(Loss):\n    def dY(self, Y): return super().dY(Y)\n"
    )
    run("%%task manual.forward\ndef again(x: Optional[int]): return x\nY = _linear(X, W, bias=b)")
    run("%%task manual.dY\ndY = Sub().dY(Y)")
    assert run('exam("manual.forward")')[1] is None
    assert run('exam("manual.dY")')[1] is None


def test_variables_of_other_cells_are_not_carried_over(run):
    run("mine = X @ W.T + b")
    run("%%task manual.forward\nY = mine")
    assert "mine is not defined" in failure(run, 'check("manual.forward")')


def test_what_re_run_cells_print_and_warn_is_silent(run, capfd):
    run("%%task manual.forward\nimport warnings, sys, logging\nwarnings.warn('careful')\nprint('hello')\n"
        "print('hello', file=sys.stderr)\nlogging.getLogger('x').warning('hello')\nY = X @ W.T + b")  # fmt: skip
    capfd.readouterr()
    with warnings.catch_warnings(record=True) as seen:
        out, error = run('check("manual.forward"); exam("manual.forward")')
    assert error is None and out.stdout.count("\n") == 1 and len(out.outputs) == 1 and not seen
    assert out.stderr == "" and capfd.readouterr().err == ""


@pytest.mark.parametrize("judge", ["check", "exam"])
def test_the_students_variables_are_left_alone(run, shell, judge):
    run("helper = [1]\n%precision 3")
    run("%%task manual.forward\nhelper = 2\nleft_over = 3\nX2 = X\nY = X @ W.T + b\nlr, batch_size = lr, batch_size")
    run("helper = [1]\ndel left_over\nY = None")
    hidden = ("_", "In", "Out")
    before = {name: value for name, value in shell.user_ns.items() if not name.startswith(hidden)}
    copies = {name: value.clone() for name, value in before.items() if isinstance(value, torch.Tensor)}
    run(f'{judge}("manual.forward")')
    after = {name: value for name, value in shell.user_ns.items() if not name.startswith(hidden)}
    assert after.keys() == before.keys() and all(after[name] is before[name] for name in before)
    assert all(torch.equal(after[name], copies[name]) for name in copies)
    assert "helper" in after and after["helper"] == [1]


def test_random_numbers_are_drawn_as_if_nobody_had_checked(run, shell):
    run(FORWARD)
    run("torch.manual_seed(1); wanted = torch.rand(2); torch.manual_seed(1)")
    run('check("manual.forward")')
    run("got = torch.rand(2)")
    assert torch.equal(shell.user_ns["got"], shell.user_ns["wanted"])


@pytest.mark.parametrize("broken", ["batch_size = 'many'", "in_ch = None", "out_ch = 0", "lr = X", "device = 'gpu'", "in_chs = 3", "in_chs = [0]"])
def test_parameters_that_are_none_are_asked_for_again(run, broken):
    run(FORWARD)
    run(broken)
    assert "run those again" in failure(run, 'check("manual.forward")')
    assert run('exam("manual.forward")')[1] is None


def test_a_default_device_in_the_notebook_does_not_matter(run):
    run("torch.set_default_device('meta')")
    run("%%task manual.forward\nY = torch.zeros(batch_size, out_ch) + X @ W.T + b")
    assert run('exam("manual.forward")')[1] is None


@pytest.mark.parametrize(
    "cell",
    [
        "class Stop(BaseException): pass\nraise Stop",
        "class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd()",
        "raise SyntaxError('x', ('file', 'line', 1, 3))",
        "import sys; sys.exit(0)",
        "raise ValueError('\\ud800 {a.b} {0}')",
        "def f(): f()\nf()",
        "Y = torch.tensor(1j)",
        "Y = torch.nested.nested_tensor([X])",
        "Y = X.to_sparse()",
        "Y = torch.tensor([2**64 - 1], dtype=torch.uint64)",
        "Y = torch.empty(10**13)",
        "from torch.utils._python_dispatch import TorchDispatchMode\nclass M(TorchDispatchMode):\n"
        "    def __torch_dispatch__(self, f, t, a=(), k=None): return f(*a, **(k or {}))\nM().__enter__()\nY = X",
        "import torch.utils._python_dispatch as d\ntorch._C._pop_torch_dispatch_stack(None)\nY = X @ W.T",
        "torch.set_default_dtype(torch.float16)\nY = torch.zeros(3)",
        "try:\n    for _ in range(30_000): X.abs()\nexcept Exception: pass",
        "class T(torch.Tensor):\n    @classmethod\n    def __torch_function__(cls, *a, **k): raise ValueError\nY = X.as_subclass(T)",
    ],
)  # fmt: skip
def test_whatever_a_cell_does_its_exam_says_what_is_wrong(run, cell):
    run(FORWARD)
    _, before = run('check("manual.forward")')
    assert before is None
    run("%%task manual.dY\n" + cell.replace("Y = ", "dY = "))
    torch.set_default_dtype(torch.float32)
    while torch._C._len_torch_dispatch_stack():
        torch._C._pop_torch_dispatch_stack(None)
    assert "✗ manual.dY: " in failure(run, 'check("manual.dY")')
    assert run('check("manual.forward")')[1] is None
    assert torch._C._len_torch_dispatch_stack() == 0


def test_the_extension_imports_nothing_heavy_before_it_is_used():
    assert "grader.bench" in sys.modules


COLUMN = {
    "shard": "W_gpu1, W_gpu2 = W[:out_ch // 2].clone(), W[out_ch // 2:].clone()\n"
    "b_gpu1, b_gpu2 = b[:, :out_ch // 2].clone(), b[:, out_ch // 2:].clone()\nX_gpu1, X_gpu2 = X.clone(), X.clone()",
    "forward": "Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)",
}


@pytest.fixture
def column(run):
    for step, text in COLUMN.items():
        run(f"%%task column.{step}\n{text}")


@pytest.mark.usefixtures("column")
def test_check_draws_what_the_cell_did_and_exam_does_not(run):
    out, error = run('check("column.forward")')
    assert error is None
    (shown,) = out.outputs
    assert "<img" in shown.data["text/html"] and "all-gather, line 2" in shown.data["text/plain"]
    assert not run('exam("column.forward")')[0].outputs
    run(FORWARD)
    (plain,) = run('check("manual.forward")')[0].outputs
    assert "<img" not in plain.data["text/html"]  # one device: nothing to draw


@pytest.mark.usefixtures("column")
def test_a_wrong_cell_is_drawn_too(run):
    run("%%task column.forward\nY = X @ torch.cat((W_gpu1, W_gpu2)).T + b")
    out, error = run('check("column.forward")')
    assert isinstance(error, TaskFailed) and "✗" in out.outputs[0].data["text/plain"] + str(error)


@pytest.mark.usefixtures("column")
def test_no_point_is_lost_over_a_picture(run, monkeypatch):
    def fails(*_):
        raise ValueError("no ink")

    monkeypatch.setattr("grader.bench.notebook.picture_of", fails)
    out, error = run('check("column.forward")')
    assert error is None and "✓ column.forward" in out.outputs[-1].data["text/plain"] and "could not be drawn" in out.stdout


@pytest.mark.usefixtures("column")
def test_pictures_speak_the_notebooks_language(run):
    run("%language ru")
    text = run('check("column.forward")')[0].outputs[0].data["text/plain"]
    assert any("а" <= letter <= "я" for letter in text)
    run("%language")


@pytest.fixture
def looked_at(shell) -> Run:
    """`looked_at(cell)`: the cell run as a notebook's page does it, which names its cells."""

    def of(cell: str):
        with capture_output() as captured:
            result = shell.run_cell(cell, cell_id="a1b2")
        return captured, result.error_before_exec or result.error_in_exec

    return of


def test_on_a_page_a_failure_is_told_once_by_a_card_and_the_error_points_at_it(looked_at):
    looked_at(WRONG)
    out, error = looked_at('check("manual.forward")')
    assert isinstance(error, TaskFailed) and "Y is wrong" in str(error)
    assert error._render_traceback_() == ["✗ manual.forward: see above"]
    (card,) = out.outputs
    assert "expected" in card.data["text/html"] and "✗ manual.forward: Y is wrong" in card.data["text/plain"]


def test_where_nobody_looks_on_the_error_says_all(run):
    run(WRONG)
    out, error = run('check("manual.forward")')
    assert not out.outputs and "Y is wrong" in " ".join(error._render_traceback_())


def test_on_a_page_an_unsolved_task_is_no_error_and_everywhere_else_it_is(run, looked_at):
    run("%%task manual.forward\nraise NotImplementedError()")
    out, error = looked_at('check("manual.forward")')
    assert error is None and out.outputs[0].data["text/plain"] == "○ manual.forward: not solved yet"
    assert failure(run, 'check("manual.forward")') == "✗ manual.forward: not solved yet"
    assert isinstance(looked_at('exam("manual.forward")')[1], TaskFailed)


def test_a_raise_of_ones_own_is_an_error_as_ever(run):
    assert isinstance(run("%%task manual.forward\nif True:\n    raise NotImplementedError()")[1], NotImplementedError)
    assert isinstance(run("raise NotImplementedError()")[1], NotImplementedError)
    assert isinstance(run("%%task manual.forward\nraise NotImplementedError('later')")[1], NotImplementedError)


def test_a_given_cell_waits_for_the_tasks_that_it_names(run):
    out, error = run("%%after manual.forward\nprint(Y.shape)")
    assert error is None and out.stdout == "○ this cell shows something once manual.forward is solved\n"
    run(FORWARD)
    assert "torch.Size" in run("%%after manual.forward\nprint(Y.shape)")[0].stdout
    assert "manual.dY is solved" in run("%%after manual\nprint(Y.shape)")[0].stdout.replace("reference.step", "")
    run("%%task manual.forward\nY = (")
    assert "torch.Size" in run("%%after manual.forward\nprint(Y.shape)")[0].stdout  # begun: its own error says why
