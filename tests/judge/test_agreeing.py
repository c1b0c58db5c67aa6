"""Operations on tensors that don't fit together are refused before they read or write past their memory."""

from __future__ import annotations

import pytest
import torch

from grader.judge.agreeing import CHECKS, check_agreement

X, ROW, IDS = torch.randn(4, 6), torch.randn(4, 1), torch.tensor([0, 1, 1, 2])
ONE = torch.ones(())
GOOD = {
    "_softmax_backward_data": (X, X.softmax(1), 1, torch.float32),
    "_log_softmax_backward_data": (X, X, 1, torch.float32),
    "native_layer_norm_backward": (X, X, [6], ROW, ROW, torch.randn(6), None, [True, True, False]),
    "embedding_dense_backward": (X, IDS, 3, -1, False),
    "nll_loss_forward": (X, IDS, None, 1, -100),
    "nll_loss_backward": (ONE, X, IDS, None, 1, -100, ONE),
}
BAD = {
    "_softmax_backward_data": [(X, X[:1], 1, torch.float32), (X,), (X, 3, 1)],
    "_log_softmax_backward_data": [(X[:, :1], X, 1, torch.float32)],
    "native_layer_norm_backward": [
        (X, X, [6], ROW[:1], ROW, None, None, [True, True, True]),
        (X, X, [6], ROW, ROW[:0], None, None, [True, True, True]),
        (X[:1], X, [6], ROW, ROW, None, None, [True, True, True]),
        (X, X, [6], ROW, ROW, torch.randn(2), None, [True, True, True]),
        (X, X, [600], ROW, ROW, None, None, [True, True, True]),
    ],
    "embedding_dense_backward": [
        (X, IDS + 10**6, 3, -1, False),
        (X, IDS - 1, 3, -1, False),
        (X, IDS, 3, -1, True),
        (X, IDS[:2], 3, -1, False),
    ],
    "nll_loss_forward": [(X, IDS[:1], None, 1, -100), (X, IDS, torch.randn(2), 1, -100)],
    "nll_loss_backward": [(ONE, X, IDS[:1], None, 1, -100, ONE), (X[0, :3], X, IDS, None, 0, -100, ONE)],
}


@pytest.mark.parametrize("name", CHECKS)
def test_tensors_that_fit_are_let_through(name: str):
    check_agreement(name, GOOD[name], {})
    getattr(torch.ops.aten, name)(*GOOD[name])


@pytest.mark.parametrize("name", CHECKS)
def test_tensors_that_do_not_fit_are_refused(name: str):
    for arguments in BAD[name]:
        with pytest.raises(ValueError, match="do not fit"):
            check_agreement(name, arguments, {})


def test_other_operations_check_themselves():
    check_agreement("mm", (X, X), {})
