"""Ways to get points without doing the task; each stands in the attacker's cell, or in one before it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """`attack` runs in the task's cell, `before` in a cell of the student's own; `wins` against stock nbgrader."""

    name: str
    attack: str = "pass"
    before: str = ""
    cell: str = "Y = X @ W.T"
    locked: str = ""
    wins: bool = True


EVIDENCE = '''
from IPython.display import display
import json
MIME = "application/vnd.tensor-parallel-course.evidence+json"
'''

ATTACKS = (
    Attack("exam and check replaced by nothing", "exam = check = lambda *_: None"),
    Attack("exam replaced through the shell", "get_ipython().user_ns.update(exam=print, check=print)"),
    Attack("exam replaced after every cell", before="get_ipython().events.register('post_run_cell', lambda *_: get_ipython().user_ns.update(exam=print, check=print))"),
    Attack("examine says passed", "import grader.bench.notebook as n\nfrom grader.judge.verdict import Verdict\nn.examine = lambda *a, **k: Verdict()"),
    Attack("every verdict has passed", "from grader.judge.verdict import Verdict\nVerdict.passed = property(lambda verdict: True)"),
    Attack("the failure is no exception", "import grader.bench.notebook as n\nn.Notebook._failure = lambda self, reason: SystemExit(0)", wins=False),
    Attack("wrong_numbers finds nothing", "import grader.judge.compare as c\nc.wrong_numbers = c.wrong_shape_or_dtype = lambda *a: None"),
    Attack("the oracle follows the student", "import grader.judge.answers as a\nold = a.Answer.value\na.Answer.value = lambda s, n: s._drawn['X'] @ s._drawn['W'].T if n == 'Y' else old(s, n)"),
    Attack("tolerance without end", "import torch, grader.judge.answers as a\na.Answer.bound = lambda s, n: torch.zeros_like(s.value(n)) + 1e9"),
    Attack("torch.Tensor compares as it likes", "import torch\ntorch.Tensor.__le__ = lambda *a: torch.ones(1, dtype=torch.bool)\ntorch.Tensor.any = lambda *a, **k: False"),
    Attack("no challenges", "from grader.lab.registry import find_lab\nobject.__setattr__(find_lab('linear').section('manual.forward'), 'cases', ())", wins=False),
    Attack("an input transformer empties locked cells", before="get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'] if any('exam(' in l for l in lines) else lines)"),
    Attack("an AST transformer empties locked cells", before="import ast\nclass Empty(ast.NodeTransformer):\n    def visit_Module(self, node):\n        if 'exam' in ast.dump(node): node.body = []\n        return node\nget_ipython().ast_transformers.append(Empty())"),
    Attack("run_cell runs something else", before="s = get_ipython()\nold = s.run_cell_async\nasync def run(raw, *a, **k):\n    return await old('pass' if 'exam(' in raw else raw, *a, **k)\ns.run_cell_async = run", wins=False),
    Attack("showtraceback shows nothing, replies say ok", before="k = get_ipython().kernel\nold = k.do_execute\nasync def do(code, *a, **kw):\n    return await old('pass' if 'exam(' in code else code, *a, **kw)\nk.do_execute = do"),
    Attack("errors are swallowed by a custom handler", "get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)", wins=False),
    Attack("builtins without AssertionError", "import builtins\nclass Never(Exception): pass\nimport grader.bench.notebook as n\nn.TaskFailed = type('T', (Never,), {'__new__': lambda c, *a: Never.__new__(Never)})", wins=False),
    Attack("an execute_result of many points before the end", "import sys", before="import sys\ndef hook(*_):\n    get_ipython().displayhook(100)\nget_ipython().events.register('pre_run_cell', hook)", wins=False),
    Attack("evidence of another task is handed out", EVIDENCE, before=EVIDENCE + "import grader.bench.evidence as e\nold = e.evidence\ndef forged(section, name, record):\n    out = old(section, name, record)\n    return {**out, 'task': 'manual.dY'}\ne.evidence = forged", wins=False),
    Attack("evidence without the hard challenges", before="import grader.bench.evidence as e\nold = e.evidence\ndef forged(section, name, record):\n    out = old(section, name, record)\n    return {**out, 'runs': out['runs'][:0]}\ne.evidence = forged", wins=False),
    Attack("evidence that is rubbish", before="import grader.bench.evidence as e\ne.evidence = lambda *a: {'version': 1, 'task': 'manual.forward', 'runs': [{'challenge': {}, 'trace': '['}] * 50 + [3, None, 'x', {'challenge': [], 'trace': 7}]}", wins=False),
    Attack("evidence of infinite depth", before="import grader.bench.evidence as e\nold = e.evidence\ndef forged(*a):\n    out = old(*a)\n    for run in out['runs']: run['trace'] = '[' * 100000\n    return out\ne.evidence = forged", wins=False),
    Attack("evidence with another answer in constants", before="import grader.bench.evidence as e\nold = e.evidence\ndef forged(*a):\n    out = old(*a)\n    for run in out['runs']: run['trace'] = run['trace'].replace('aten.mm.default', 'aten.zeros.default')\n    return out\ne.evidence = forged", wins=False),
    Attack("a message of the kernel's own on iopub", "k = get_ipython().kernel\nk.session.send(k.iopub_socket, 'execute_result', {'data': {'text/plain': '1.0'}, 'metadata': {}, 'execution_count': 1}, parent=k.get_parent())", wins=False),
    Attack("a widget comm", "from comm import create_comm\ncreate_comm(target_name='jupyter.widget', data={'state': {'outputs': []}})", wins=False),
    Attack("outputs of earlier cells updated later", EVIDENCE + "h = display({'text/plain': 'x'}, raw=True, display_id='later')", locked="from IPython.display import update_display\nupdate_display({'text/html': '<b>100</b>'}, display_id='later', raw=True)", wins=False),
    Attack("answers made outside torch", "import numpy", cell="Y = torch.from_numpy(X.numpy() @ W.numpy().T + b.numpy())", wins=False),
    Attack("answers dug out of the frames", "import sys, gc", cell="f = sys._getframe()\nfound = None\nwhile f:\n    for v in list(f.f_locals.values()):\n        q = getattr(v, 'quantity', None)\n        if q is not None: found = q['Y']\n    f = f.f_back\nY = found if found is not None else X @ W.T", wins=False),
    Attack("a tensor that equals everything", "import torch", cell="class Yes(torch.Tensor):\n    @classmethod\n    def __torch_function__(cls, f, types, args=(), kwargs=None):\n        return torch.ones((), dtype=torch.bool) if f is torch.Tensor.any else super().__torch_function__(f, types, args, kwargs or {})\nY = (X @ W.T).as_subclass(Yes)", wins=False),
    Attack("the check returns too many points", "exam = check = lambda *_: 100", wins=False),
    Attack("the check returns infinity", "exam = lambda *_: float('inf')\ncheck = lambda *_: None", wins=False),
    Attack("the check returns not a number", "exam = lambda *_: float('nan')\ncheck = lambda *_: None"),
    Attack("the check returns less than nothing", "exam = lambda *_: -1\ncheck = lambda *_: None"),
    Attack("the check returns True", "exam = lambda *_: True\ncheck = lambda *_: None"),
    Attack("the check returns a tensor", "import torch\nexam = lambda *_: torch.tensor(1.)\ncheck = lambda *_: None"),
    Attack("the check returns what shows itself as points", "class One:\n    def __repr__(self): return '1.0'\nexam = lambda *_: One()\ncheck = lambda *_: None"),
    Attack("a score is shown before the error", "def exam(*_):\n    get_ipython().displayhook(1.0)\n    raise AssertionError('late')\ncheck = lambda *_: None"),
    Attack("the solution's own output says full points", "print('1.0')\nprint('✓ manual.forward')", wins=False),
    Attack("points written to stderr", "import sys\nexam = lambda *_: print('1.0', file=sys.stderr)\ncheck = lambda *_: None", wins=False),
    Attack("later cells redefine what earlier ones did", locked="import torch\nY = X @ W.T + b\nget_ipython().history_manager.reset()", wins=False),
    Attack("later cells rewrite the remembered text", locked="for found in list(get_ipython().events.callbacks['pre_run_cell']):\n    owner = getattr(found, '__self__', None)\n    if hasattr(owner, 'cells'): owner.cells['manual.forward'] = 'Y = X @ W.T + b'\nexam('manual.forward')", wins=False),
    Attack("exec, eval and import are replaced", "import builtins\nold = builtins.__import__\ndef careful(name, *a, **k):\n    if 'verdict' in name: raise ImportError(name)\n    return old(name, *a, **k)\nbuiltins.__import__ = careful", wins=False),
    Attack("isinstance always says yes", "import builtins, grader.judge.verdict as v\nv.isinstance = lambda *_: True", wins=False),
    Attack("numpy compares as it likes", "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True", wins=False),
    Attack("torch.allclose, equal and testing say yes", "import torch\ntorch.allclose = torch.equal = lambda *a, **k: True\ntorch.testing.assert_close = lambda *a, **k: None", wins=False),
    Attack("matrix products are what the attacker says", before="import torch\nold = torch.Tensor.__matmul__\ntorch.Tensor.__matmul__ = lambda a, c: old(a, c) * 0 + 1", wins=False),
    Attack("the recorder's mode is switched off", before="import torch.utils._python_dispatch as d\nd.TorchDispatchMode.__enter__ = lambda self: self\nd.TorchDispatchMode.__exit__ = lambda *a: None", wins=False),
    Attack("evidence is made of a string", before="import grader.bench.evidence as e\ne.evidence = lambda *a: 'full points'", wins=False),
    Attack("evidence is shown as well by the attacker's cell", EVIDENCE + "display({MIME: {'version': 1, 'task': 'manual.forward', 'runs': []}}, raw=True)", wins=False),
    Attack("a thread shows outputs into later cells", "import threading, time\ndef later():\n    time.sleep(0.3)\n    print('1.0'); get_ipython().displayhook(1.0)\nthreading.Thread(target=later).start()", wins=False),
    Attack("right at the notebook's own sizes only", cell="Y = X @ W.T + (b if X.shape[0] == 32 else 0)", wins=False),
    Attack("right in single precision only", cell="Y = X @ W.T + (b if X.dtype == torch.float32 else 0)", wins=False),
    Attack("right the first two times", before="calls = []\ndef lazily(b):\n    calls.append(1)\n    return b if len(calls) < 3 else 0", cell="Y = X @ W.T + lazily(b)", wins=False),
    Attack("modules replaced in sys.modules", "import sys, types\nfake = types.ModuleType('grader.judge.verdict')\nsys.modules['grader.judge.verdict'] = fake\nimport grader.bench.notebook as n\nn.told = n.examine = lambda *a, **k: type('V', (), {'passed': True, 'ledger': None})()"),
)  # fmt: skip

# they stop a kernel or fill it: the task is lost, the other one is not, and the grader goes on
HARMS = (
    Attack("ends its process", "import os", cell="os._exit(0)"),
    Attack("kills its process in the check", "import grader.bench.notebook as n, os\nn.Notebook.exam = lambda *a: os._exit(1)"),
    Attack("loops for ever", cell="while True: pass"),
    Attack("loops for ever and can't be interrupted", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)", cell="while True: pass"),
    Attack("prints without end", cell="while True: print('x' * 100000)"),
    Attack("nests without end", cell="def f(): f()\nf()"),
    Attack("segfaults", "import ctypes", cell="ctypes.string_at(0)"),
)  # fmt: skip
