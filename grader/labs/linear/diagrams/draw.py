"""The lab's diagrams: one description, drawn as SVG text in English and in Russian.

Run `python grader/labs/linear/diagrams/draw.py` to write them anew: same description, same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from card import LANES, Picture, Words, devices

from grader.pictures.card import WIDTH

STAYS: Words = ("stays here", "остаётся здесь")


def column_forward(language: str) -> str:
    title = ("Column-wise, forward", "По столбцам (column-wise), прямой проход")
    picture = Picture(language, title, 504)
    for k, y, _ in devices(picture, 146):
        picture.chip("activation", 148, y, 150, 36, f"X_gpu{k}  (32, 1024)")
        picture.chip("weight", 148, y + 46, 150, 36, f"W_gpu{k}  (304, 1024)")
        picture.chip("weight", 148, y + 92, 150, 36, f"b_gpu{k}  (1, 304)")
        for offset in (18, 64, 110):
            picture.arrow((298, y + offset), (332, y + 52 + offset * 0.2))
        product = (f"X_gpu{k} @ W_gpu{k}.T", f"+ b_gpu{k}")
        picture.chip("activation", 334, y + 34, 138, 60, f"Y_gpu{k}  (32, 304)", *product)
        picture.arrow((122, y + 18), (146, y + 18))
        picture.arrow((472, y + 64), (490, y + 64))
        picture.arrow((588, y + 64), (606, y + 64))
        picture.chip("activation", 608, y + 42, 88, 44, "Y", "(32, 608)")
    picture.collective(26, 96, "broadcast", "X", "(32, 1024)", ("to both", "на оба"))
    each = ("from each,", "с каждого,")
    picture.collective(492, 96, "all-gather", "(32, 304)", each, "cat, dim 1")
    picture.footer(
        (
            "Each device holds half of the output channels: its own rows of W, its own piece of b.",
            "У каждого устройства — половина выходных каналов: свои строки W и своя часть b.",
        ),
    )
    return picture.svg()


def column_backward(language: str) -> str:
    title = ("Column-wise, backward", "По столбцам (column-wise), обратный проход")
    picture = Picture(language, title, 522)
    for k, y, own in devices(picture):
        picture.chip(
            "gradient",
            28,
            y - 1,
            186,
            40,
            f"dY[:, {own}]  (32, 304)",
            ("own columns of dY", "свои столбцы dY"),
        )
        picture.chip("weight", 28, y + 48, 186, 34, f"W_gpu{k}  (304, 1024)")
        picture.chip("activation", 28, y + 94, 186, 34, f"X_gpu{k}  (32, 1024)")
        outputs(
            picture,
            y,
            [
                (f"dX_gpu{k}  (32, 1024)", f"dY[:, {own}] @ W_gpu{k}"),
                (f"dW_gpu{k}  (1024, 304)", f"X_gpu{k}.T @ dY[:, {own}]"),
                (f"db_gpu{k}  (304,)", f"dY[:, {own}].sum(dim=0)"),
            ],
            "dX",
            "(32, 1024)",
        )
    picture.collective(490, 96, "all-reduce", ("sum of two", "сумма двух"), "(32, 1024)")
    picture.footer(
        (
            "dX_gpu1 and dX_gpu2 are partial sums over different output channels: add them.",
            "dX_gpu1 и dX_gpu2 — частичные суммы по разным выходным каналам: их складывают.",
        ),
        (
            "The gradients of the weights and the bias never leave their device.",
            "Градиенты весов и смещения не покидают своё устройство.",
        ),
    )
    return picture.svg()


def outputs(picture: Picture, y: float, rows: list[tuple[str, str]], name: str, shape: str) -> None:
    """A device's three gradients: the first crosses to the others, the other two stay."""
    for height in (19, 65, 111):  # from the three inputs to one line that feeds all outputs
        picture.line((214, y + height), (234, y + height))
    picture.line((234, y + 19), (234, y + 111))
    for number, (first, second) in enumerate(rows):
        top = y - 2 + 46 * number
        picture.chip("gradient", 256, top, 202, 42, first, second)
        picture.arrow((234, top + 21), (254, top + 21))
        if number:
            picture.words(640, top + 25, STAYS, 12)
    picture.arrow((458, y + 19), (488, y + 19))
    picture.arrow((586, y + 19), (598, y + 19))
    picture.chip("gradient", 600, y - 2, 98, 42, name, shape)


def row_forward(language: str) -> str:
    title = ("Row-wise, forward", "По строкам (row-wise), прямой проход")
    picture = Picture(language, title, 522)
    for k, y, _ in devices(picture, 146):
        picture.chip("activation", 148, y, 150, 36, f"X_gpu{k}  (32, 512)")
        picture.chip("weight", 148, y + 46, 150, 36, f"W_gpu{k}  (608, 512)")
        picture.chip("weight", 148, y + 92, 150, 36, f"b_gpu{k}  (1, 608)")
        for offset in (18, 64):
            picture.arrow((298, y + offset), (326, y + 24 + offset * 0.25))
        picture.chip(
            "activation", 328, y + 8, 138, 52, f"Y_gpu{k}  (32, 608)", f"X_gpu{k} @ W_gpu{k}.T"
        )
        picture.arrow((122, y + 18), (146, y + 18))
        picture.arrow((466, y + 34), (484, y + 34))
        picture.arrow((582, y + 34), (604, y + 34))
        picture.arrow((298, y + 110), (604, y + 110))
        picture.chip(
            "activation",
            606,
            y + 14,
            90,
            114,
            "Y",
            "(32, 608)",
            ("sum + b,", "сумма + b,"),
            ("b once", "b один раз"),
        )
    picture.collective(26, 96, "scatter", "(32, 512)", ("to each", "каждому"))
    all_reduce = ("all-reduce", ("sum of two", "сумма двух"), "(32, 608)")
    picture.collective(486, 96, *all_reduce)
    for y in LANES:  # b goes under the bar, on its own device
        picture.line((488, y + 140), (580, y + 140), dashed=True)
    picture.footer(
        (
            "Each device holds half of the input channels: its columns of W. Both hold b.",
            "У каждого устройства — половина входных каналов: свои столбцы W. b есть у обоих.",
        ),
        (
            "Y_gpu1 and Y_gpu2 are full-sized, but partial, sums; b is added after the all-reduce.",
            "Y_gpu1 и Y_gpu2 — частичные суммы полного размера; b прибавляют после all-reduce.",
        ),
    )
    return picture.svg()


def row_backward(language: str) -> str:
    title = ("Row-wise, backward", "По строкам (row-wise), обратный проход")
    picture = Picture(language, title, 522)
    for k, y, _ in devices(picture):
        picture.chip(
            "gradient",
            28,
            y - 1,
            186,
            40,
            "dY  (32, 608)",
            ("the same on both", "одинаков на обоих"),
        )
        picture.chip("weight", 28, y + 48, 186, 34, f"W_gpu{k}  (608, 512)")
        picture.chip("activation", 28, y + 94, 186, 34, f"X_gpu{k}  (32, 512)")
        outputs(
            picture,
            y,
            [
                (f"dX_gpu{k}  (32, 512)", f"dY @ W_gpu{k}"),
                (f"dW_gpu{k}  (608, 512)", f"dY.T @ X_gpu{k}"),
                ("db  (608,)", "dY.sum(dim=0)"),
            ],
            "dX",
            "(32, 1024)",
        )
    picture.collective(
        490, 96, "all-gather", "(32, 512)", ("from each,", "с каждого,"), "cat, dim 1"
    )
    picture.footer(
        (
            "Only dX is gathered, and only for a previous layer that wants all of it.",
            "Собирают только dX, и только если предыдущему слою он нужен целиком.",
        ),
        (
            "db comes out the same on both devices, so both replicas of the bias stay equal.",
            "db на обоих устройствах один и тот же, поэтому копии смещения остаются равными.",
        ),
    )
    return picture.svg()


def one_device(title: Words, names: dict[str, str]) -> Callable[[str], str]:
    """A step of the layer on one device, with the section's own names."""

    def draw(language: str) -> str:
        picture = Picture(language, title, 318)
        picture.lane(46, 206, ("one device", "одно устройство"))
        for number, (kind, words) in enumerate(
            [
                ("activation", "X  (32, 1024)"),
                ("weight", "W  (608, 1024)"),
                ("weight", "b  (1, 608)"),
            ]
        ):
            picture.chip(kind, 28, 78 + 44 * number, 130, 34, words)
            picture.arrow((158, 95 + 44 * number), (184, 127 + 12 * number))
        picture.chip("activation", 186, 116, 116, 46, names["Y"], "(32, 608)")
        picture.arrow((302, 139), (326, 139))
        picture.chip("gradient", 328, 116, 108, 46, names["dY"], "(32, 608)")
        rows = [("dX", "(32, 1024)"), ("dW", names["dW shape"]), ("db", "(608,)")]
        for number, (name, shape) in enumerate(rows):
            top = 74 + 50 * number
            picture.arrow((436, 130 + 9 * number), (464, top + 21))
            picture.chip("gradient", 466, top, 100, 42, names[name], shape)
        for name, top, shape in (("W", 124, "(608, 1024)"), ("b", 174, names["b shape"])):
            picture.arrow((566, top + 21), (584, top + 21))
            picture.chip("weight", 586, top, 112, 42, names[name], shape)
        picture.words(310, 228, names["loss"], 12)
        transposed = "ᵀ" if names["dW shape"] == "(1024, 608)" else ""
        picture.words(628, 238, f"W − lr · dW{transposed},  b − lr · db", 11)
        picture.footer(
            (
                "forward → loss → backward → one SGD step",
                "прямой проход → loss → обратный проход → шаг SGD",
            )
        )
        return picture.svg()

    return draw


def sum_order(language: str) -> str:
    title = (
        "The same eight terms, three orders of addition",
        "Одни и те же восемь слагаемых, три порядка сложения",
    )
    picture = Picture(language, title, 430)
    blocks: list[tuple[int, Words, list[int]]] = [
        (58, ("one running sum", "подряд"), [8]),
        (168, ("two halves, then their sum", "две половины, затем их сумма"), [4, 4]),
        (
            278,
            ("small leaves of fixed size, then a tree", "листья постоянного размера, затем дерево"),
            [2, 2, 2, 2],
        ),
    ]
    for y, words, sizes in blocks:
        picture.words(28, y + 8, words, 13, bold=True, anchor="start")
        ends: list[tuple[float, float]] = []
        first = 0
        for size in sizes:
            for place in range(first, first + size):
                picture.chip("activation", 28 + 54 * place, y + 20, 46, 26, f"x{place}·w{place}")
            left, right = 28 + 54 * first, 28 + 54 * (first + size) - 8
            picture.arrow((left + 4, y + 58), (right - 2, y + 58))
            ends.append(((left + right) / 2, y + 62))
            first += size
        while len(ends) > 1:
            joined = []
            for (x1, y1), (x2, y2) in zip(ends[::2], ends[1::2], strict=True):
                middle = ((x1 + x2) / 2, y1 + 22)
                picture.line((x1, y1), (x1, y1 + 12), (x2, y1 + 12), (x2, y2))
                picture.words(middle[0], middle[1] + 3, "+", 14, bold=True)
                joined.append((middle[0], middle[1] + 6))
            ends = joined
        picture.arrow((468, y + 33), (506, y + 33))
        picture.chip("activation", 508, y + 16, 184, 34, ("one number of Y", "одно число из Y"))
    picture.words(
        WIDTH / 2,
        414,
        (
            "Every + rounds to fp32, so the last digits depend on the order.",
            "Каждый + округляет до fp32, поэтому последние цифры зависят от порядка.",
        ),
        13,
    )
    return picture.svg()


TORCH = {
    "Y": "Y_pred", "dY": "dY (autograd)", "dX": "dX_torch", "dW": "dW_torch", "db": "db_torch",
    "W": "linear.weight", "b": "linear.bias", "dW shape": "(608, 1024)", "b shape": "(608,)",
    "loss": "loss = ((Y_pred − Y_gt) ** 2).mean()",
}  # fmt: skip
MANUAL = {
    "Y": "Y", "dY": "dY", "dX": "dX", "dW": "dW", "db": "db",
    "W": "W_manual", "b": "b_manual", "dW shape": "(1024, 608)", "b shape": "(1, 608)",
    "loss": "loss = mean((Y − Y_gt)²)",
}  # fmt: skip

DIAGRAMS: dict[str, Callable[[str], str]] = {
    "reference-step": one_device(("nn.Linear: one SGD step", "nn.Linear: один шаг SGD"), TORCH),
    "manual-step": one_device(("The same step by hand", "Тот же шаг вручную"), MANUAL),
    "column-forward": column_forward,
    "column-backward": column_backward,
    "row-forward": row_forward,
    "row-backward": row_backward,
    "sum-order": sum_order,
}

if __name__ == "__main__":
    for diagram, draw in DIAGRAMS.items():
        for language in ("en", "ru"):
            path = Path(__file__).with_name(f"{diagram}.{language}.svg")
            path.write_text(draw(language), encoding="utf-8")
