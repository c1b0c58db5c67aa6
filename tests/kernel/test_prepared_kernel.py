"""Kernels that are made before the fork are each student's own behind it."""

from __future__ import annotations

import pytest

from grader.kernel.warm.fork_server_client import ForkServerClient
from grader.kernel.warm.prepared_kernel import PreparedApp
from tests.kernel.live import Live, kernel

EVERY_EXPRESSION = "--InteractiveShell.ast_node_interactivity=all"


def test_a_kernel_is_made_before_the_fork(sandboxed: Live) -> None:
    assert sandboxed.call("type(get_ipython().kernel.parent).__name__") == PreparedApp.__name__


def test_what_warmed_a_kernel_up_is_not_counted(sandboxed: Live) -> None:
    with kernel("python3") as plain:
        count = "get_ipython().execution_count"
        assert [sandboxed.call(count), sandboxed.call(count)] == [plain.call(count), plain.call(count)]


def test_what_warmed_a_kernel_up_is_not_in_its_namespace(sandboxed: Live, plain: Live) -> None:
    names = "sorted(name for name in vars() if not name.startswith('_'))"
    assert sandboxed.call(names) == ["In", "Out", "exit", "get_ipython", "open", "quit"] == plain.call(names)


def test_a_cell_may_wait_for_something(sandboxed: Live) -> None:
    said = sandboxed.run("import asyncio\nawait asyncio.sleep(0.01)\nprint('waited')", timeout=20)
    assert (said.text, said.error) == ("waited\n", "")


@pytest.mark.parametrize(
    "expression",
    [
        "vars() is vars(__import__('sys').modules['__main__'])",
        "sorted(vars(__import__('types').ModuleType('')).keys() - vars().keys())",
        "[str(place) for place in _dh] == [get_ipython().starting_dir] == [__import__('os').getcwd()]",
        "__import__('sys').path.count('')",
        "__import__('os').environ['MPLBACKEND']",
    ],
)
def test_a_kernel_begins_as_a_plain_one(sandboxed: Live, plain: Live, expression: str) -> None:
    assert sandboxed.call(expression) == plain.call(expression)


def test_a_kernel_keeps_its_profile_in_its_own_sandbox(sandboxed: Live) -> None:
    assert sandboxed.call("get_ipython().profile_dir.location") == "/tmp/.ipython/profile_default"
    assert sandboxed.call("get_ipython().ipython_dir") == "/tmp/.ipython"
    sandboxed.run("kept = 4\n%store kept")
    assert sandboxed.run("%store").text.count("kept") == 1
    with kernel() as another:
        assert "kept" not in another.run("%store").text


def test_two_kernels_draw_different_names_and_numbers(the_fork_server: ForkServerClient) -> None:
    found = []
    for _ in range(2):
        with kernel() as live:
            found.append(live.call("(get_ipython().kernel.session.session, __import__('torch').rand(3).tolist())"))
    assert found[0][0] != found[1][0] and found[0][1] != found[1][1]


def test_a_kernel_with_arguments_of_its_own_heeds_them(the_fork_server: ForkServerClient) -> None:
    with kernel(arguments=(EVERY_EXPRESSION,)) as live:
        assert live.run("1\n2").rich == ["1", "2"]
    with kernel() as live:
        assert live.run("1\n2").rich == ["2"]


def test_a_cell_shows_all_that_its_programs_wrote_below_python(sandboxed: Live) -> None:
    for number in range(20):
        said = sandboxed.run(f"import os\n_ = os.system('echo {number}; echo ö >&2')")
        assert sorted(said.text.split()) == [str(number), "ö"]


def test_output_goes_on_where_a_pipe_was_closed_or_a_fork_flushes(sandboxed: Live) -> None:
    pool = "from multiprocessing import Pool\nwith Pool(2) as pool: print(pool.map(abs, [-1, 2]), flush=True)"
    assert sandboxed.run(pool).text == "[1, 2]\n"
    assert sandboxed.run("import os, sys\nos.close(sys.stdout._fid)\nprint('still')").text == "still\n"
    assert sandboxed.run("print('here')").text == "here\n"


def test_output_is_waited_for_while_another_thread_flushes(sandboxed: Live) -> None:
    said = sandboxed.run("""
import ipykernel.iostream, sys, threading
waits, goes_on = threading.Event(), threading.Event()
real = ipykernel.iostream.OutStream.flush
def slow(stream):
    if threading.current_thread().name == "slow":
        waits.set()
        goes_on.wait(10)
    real(stream)
ipykernel.iostream.OutStream.flush = slow
print("first")
other = threading.Thread(target=sys.stdout.flush, name="slow")
other.start()
waits.wait(10)
sys.stdout.flush()
print(repr(sum(map(len, map(str, sys.stdout._buffers.values())))), file=sys.stderr)
goes_on.set()
other.join()
""")
    assert sorted(said.text.split()) == ["0", "first"]


def test_an_object_may_flush_when_it_is_freed(sandboxed: Live) -> None:
    said = sandboxed.run(
        """
import os, sys
class Flushes:
    def decode(self, found):
        sys.stdout.flush()
        return found.decode()
sys.stdout._decoder = Flushes()
os.write(1, b"low")
""",
        timeout=20,
    )
    assert said.text == "low"
