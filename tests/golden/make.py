#!/usr/bin/env python3
"""Computes the reference values of this folder with PyTorch, in float64: see README.md.

usage: python3 tests/golden/make.py [FOLDER]    FOLDER: where to write, else this one
"""
import json
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F
import torch.optim.lr_scheduler as rates

FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def pool(attrs, **more):
    return dict(kernel_size=attrs["window"], stride=attrs["stride"], padding=attrs["pad"], ceil_mode=attrs["ceil"], **more)


def conv(attrs):
    return dict(stride=attrs["stride"], padding=attrs["pad"], groups=attrs["groups"])


# Each op: how PyTorch computes it from its attributes and inputs.
OPS = {
    "conv2d": lambda a, x, w, b: F.conv2d(x, w, b, dilation=a["dilation"], **conv(a)),
    "conv_transpose2d": lambda a, x, w, b: F.conv_transpose2d(x, w, b, **conv(a)),
    "max_pool2d": lambda a, x: F.max_pool2d(x, **pool(a)),
    "avg_pool2d": lambda a, x: F.avg_pool2d(x, **pool(a, count_include_pad=a["count_include_pad"])),
    "linear": lambda a, x, w, b: F.linear(x, w, b),
    "tanh": lambda a, x: torch.tanh(x),
    "gelu": lambda a, x: F.gelu(x),
    "log_softmax": lambda a, x: F.log_softmax(x, dim=a["axis"]),
    "softmax_cross_entropy": lambda a, x, labels: F.cross_entropy(
        x, labels.long(), reduction=a["reduction"], label_smoothing=a["label_smoothing"]),
    "batch_norm": lambda a, x, w, b: F.batch_norm(x, None, None, w, b, training=a["training"], eps=a["eps"]),
    "layer_norm": lambda a, x, w, b: F.layer_norm(x, x.shape[-1:], w, b, eps=a["eps"]),
    "einsum": lambda a, *operands: torch.einsum(a["equation"], *operands),
    "broadcast_div": lambda a, x, y: x / y,
}

# Each case: op, attributes, extents of the inputs by name; "labels" are whole numbers below the last extent of x.
CASES = [
    ("conv2d", {"stride": [1, 1], "pad": [1, 1], "dilation": [1, 1], "groups": 1},
     {"x": [2, 2, 4, 5], "w": [3, 2, 3, 3], "b": [3]}),
    ("conv2d", {"stride": [2, 1], "pad": [1, 0], "dilation": [1, 2], "groups": 2},
     {"x": [2, 4, 5, 6], "w": [4, 2, 3, 2], "b": [4]}),
    ("conv_transpose2d", {"stride": [2, 1], "pad": [1, 0], "groups": 2},
     {"x": [2, 4, 3, 3], "w": [4, 1, 3, 2], "b": [2]}),
    ("max_pool2d", {"window": [3, 2], "stride": [2, 2], "pad": [1, 0], "ceil": True}, {"x": [2, 2, 5, 5]}),
    ("avg_pool2d", {"window": [2, 3], "stride": [2, 1], "pad": [1, 1], "ceil": False, "count_include_pad": False},
     {"x": [2, 2, 4, 5]}),
    ("linear", {}, {"x": [3, 5], "w": [4, 5], "b": [4]}),
    ("tanh", {}, {"x": [3, 7]}),
    ("gelu", {}, {"x": [3, 7]}),
    ("log_softmax", {"axis": 1}, {"x": [3, 6]}),
    ("softmax_cross_entropy", {"reduction": "mean", "label_smoothing": 0.1}, {"x": [4, 5], "labels": [4]}),
    ("batch_norm", {"eps": 1e-05, "training": True}, {"x": [3, 2, 3, 4], "w": [2], "b": [2]}),
    ("layer_norm", {"eps": 1e-05}, {"x": [3, 6], "w": [6], "b": [6]}),
    ("einsum", {"equation": "bij,bjk->bik"}, {"a": [2, 3, 4], "b": [2, 4, 2]}),
    ("broadcast_div", {}, {"a": [3, 1, 4], "b": [2, 4]}),
]


def save(path, tensor):
    path.parent.mkdir(parents=True, exist_ok=True)
    numpy.save(path, tensor.detach().numpy())


def draw(name, extents, inputs):
    if name == "labels":
        return torch.randint(inputs["x"].shape[1], extents, dtype=torch.int32)
    return torch.randn(extents).requires_grad_()


def make_ops():
    descriptions = []
    for number, (op, attrs, extents) in enumerate(CASES):
        torch.manual_seed(number)
        case = f"{number:02}_{op}"
        inputs = {}
        for name, extent in extents.items():
            inputs[name] = draw(name, extent, inputs)
        y = OPS[op](attrs, *inputs.values())
        dy = torch.randn(y.shape)
        (y * dy).sum().backward()
        arrays = {**inputs, "y": y, "dy": dy}
        arrays |= {"d" + name: x.grad for name, x in inputs.items() if x.grad is not None}
        for name, array in arrays.items():
            save(FOLDER / "ops" / case / f"{name}.npy", array)
        descriptions.append({"case": case, "op": op, "attrs": attrs, "inputs": list(inputs)})
    lines = ",\n".join(json.dumps(one) for one in descriptions)
    (FOLDER / "ops" / "cases.json").write_text(f"[\n{lines}\n]\n")


def make_step():
    """Three training steps of the network in step/step.ein, on one batch."""
    torch.manual_seed(100)
    images = torch.rand(4, 1, 8, 8)
    labels = torch.randint(3, [4], dtype=torch.int32)
    shapes = {"conv.kernel": [2, 1, 3, 3], "conv.bias": [2], "fc.weight": [3, 2, 3, 3], "fc.bias": [3]}
    parameters = {name: (0.5 * torch.randn(shape)).requires_grad_() for name, shape in shapes.items()}
    save(FOLDER / "step" / "images.npy", images)
    save(FOLDER / "step" / "labels.npy", labels)
    for name, parameter in parameters.items():
        save(FOLDER / "step" / f"init.{name}.npy", parameter)

    optimizer = torch.optim.SGD(parameters.values(), lr=0.1, momentum=0.9)
    losses = []
    for step in range(3):
        active = torch.tanh(F.conv2d(images, parameters["conv.kernel"], parameters["conv.bias"]))
        pooled = F.avg_pool2d(active, 2)
        logits = F.linear(pooled.flatten(1), parameters["fc.weight"].flatten(1), parameters["fc.bias"])
        loss = F.cross_entropy(logits, labels.long())
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss)
        if step == 0:
            save(FOLDER / "step" / "step0.logits.npy", logits)
            for name, parameter in parameters.items():
                save(FOLDER / "step" / f"step0.grad.{name}.npy", parameter.grad)
        optimizer.step()
    save(FOLDER / "step" / "losses.npy", torch.stack(losses))
    for name, parameter in parameters.items():
        save(FOLDER / "step" / f"final.{name}.npy", parameter)


# Each optimizer: how a text says it, PyTorch's, and the limits of gradients.
OPTIMIZERS = [
    ("sgd(learning_rate = 0.1, momentum = 0.9, weight_decay = 0.01, nesterov = 1)", torch.optim.SGD,
     {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "nesterov": True}, {}, {}),
    ("sgd(learning_rate = 0.1, clip_norm = 0.5)", torch.optim.SGD, {"lr": 0.1}, {}, {"norm": 0.5}),
    ("sgd(learning_rate = 0.1, momentum = 0.9, clip_value = 0.2)", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}, {},
     {"value": 0.2}),
    ("adagrad(learning_rate = 0.1, weight_decay = 0.01, rate_decay = 0.1)", torch.optim.Adagrad,
     {"lr": 0.1, "weight_decay": 0.01, "lr_decay": 0.1}, {}, {}),
    ("rmsprop(learning_rate = 0.01)", torch.optim.RMSprop, {"lr": 0.01}, {}, {}),
    ("rmsprop(learning_rate = 0.01, alpha = 0.9, momentum = 0.5, weight_decay = 0.1)", torch.optim.RMSprop,
     {"lr": 0.01, "alpha": 0.9, "momentum": 0.5, "weight_decay": 0.1}, {}, {}),
    ("adam(learning_rate = 0.01)", torch.optim.Adam, {"lr": 0.01}, {}, {}),
    ("adam(learning_rate = 0.01, beta1 = 0.8, beta2 = 0.95, epsilon = 0.001, weight_decay = 0.1)", torch.optim.Adam,
     {"lr": 0.01, "betas": (0.8, 0.95), "eps": 0.001, "weight_decay": 0.1}, {}, {}),
    ("adamw(learning_rate = 0.01)", torch.optim.AdamW, {"lr": 0.01}, {}, {}),
    ("adamw(learning_rate = 0.01, weight_decay = 0.1, clip_norm = 1) except bias(weight_decay = 0, rate_factor = 2)",
     torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.1}, {"lr": 0.02, "weight_decay": 0}, {"norm": 1}),
]


def make_optimizers():
    """Eight steps of each optimizer on a linear layer."""
    torch.manual_seed(200)
    arrays = {"x": torch.randn(4, 4), "t": torch.randn(4, 3), "init.fc.weight": torch.randn(3, 4),
              "init.fc.bias": torch.randn(3)}
    for name, array in arrays.items():
        save(FOLDER / "optimizers" / f"{name}.npy", array)
    texts = []
    for number, (text, optimizer, settings, of_bias, clip) in enumerate(OPTIMIZERS):
        weight = arrays["init.fc.weight"].clone().requires_grad_()
        bias = arrays["init.fc.bias"].clone().requires_grad_()
        step = optimizer([{"params": [weight]}, {"params": [bias], **of_bias}], **settings)
        losses = []
        for _ in range(8):
            step.zero_grad()
            loss = F.mse_loss(F.linear(arrays["x"], weight, bias), arrays["t"])
            loss.backward()
            losses.append(loss)
            if "value" in clip:
                torch.nn.utils.clip_grad_value_([weight, bias], clip["value"])
            if "norm" in clip:
                torch.nn.utils.clip_grad_norm_([weight, bias], clip["norm"])
            step.step()
        folder = FOLDER / "optimizers" / f"{number:02}"
        save(folder / "losses.npy", torch.stack(losses))
        save(folder / "fc.weight.npy", weight)
        save(folder / "fc.bias.npy", bias)
        texts.append(text)
    (FOLDER / "optimizers" / "cases.txt").write_text("".join(f"{text}\n" for text in texts))


def warmed(optimizer, steps, start, main):
    """`main` after steps in which the rate rises from a share of it."""
    rise = rates.LinearLR(optimizer, start_factor=start, total_iters=steps)
    return rates.SequentialLR(optimizer, [rise, main], milestones=[steps])


# Each schedule: as the text form has it, and as PyTorch has it; the rate is 0.1, and 50 steps are taken.
SCHEDULES = [
    ("constant(warm_up = 10, warm_from = 0.25)", lambda o: rates.LinearLR(o, start_factor=0.25, total_iters=10)),
    ("cosine(steps = 50)", lambda o: rates.CosineAnnealingLR(o, 50)),
    ("cosine(steps = 50, least = 0.1)", lambda o: rates.CosineAnnealingLR(o, 50, eta_min=0.01)),
    ("cosine(steps = 50, warm_up = 10, warm_from = 0.2)",
     lambda o: warmed(o, 10, 0.2, rates.CosineAnnealingLR(o, 40))),
    ("linear(steps = 50, least = 0.05)", lambda o: rates.LinearLR(o, start_factor=1, end_factor=0.05, total_iters=50)),
    ("step(every = 7, factor = 0.5)", lambda o: rates.StepLR(o, 7, gamma=0.5)),
    ("step(every = 7, factor = 0.5, warm_up = 5)", lambda o: warmed(o, 5, 0.1, rates.StepLR(o, 7, gamma=0.5))),
    ("one_cycle(steps = 50)", lambda o: rates.OneCycleLR(o, 0.1, total_steps=50, cycle_momentum=False)),
    ("one_cycle(steps = 50, rise = 0.4, first = 0.1, last = 0.001)",
     lambda o: rates.OneCycleLR(o, 0.1, total_steps=50, pct_start=0.4, div_factor=10, final_div_factor=100,
                                cycle_momentum=False)),
]


def make_schedules():
    """The rates of the steps of each schedule."""
    for number, (_, schedule) in enumerate(SCHEDULES):
        optimizer = torch.optim.SGD([torch.zeros(1).requires_grad_()], lr=0.1)
        changes = schedule(optimizer)
        taken = []
        for _ in range(50):
            taken.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            changes.step() if len(taken) < 50 else None
        save(FOLDER / "schedules" / f"{number:02}.npy", torch.tensor(taken))
    (FOLDER / "schedules" / "cases.txt").write_text("".join(f"{text}\n" for text, _ in SCHEDULES))


# Numbers far out and near the bends of activations, and a few between; no bend itself.
WIDE = [-1000, -100, -30, -6.5, -3.2, -2.9, -1.1, -0.6, -0.45, -1e-3,
        1e-3, 0.3, 0.55, 0.9, 1.2, 2.8, 3.3, 5.8, 6.2, 25, 100, 1000]
ELEMENTS = f"feature {len(WIDE)}"
IMAGES = "batch 2, channel 4, height 3, width 5"


def pooled(x, p):
    return F.lp_pool2d(x, p, 2, stride=1)


def smoothed(x, labels, factor):
    return F.cross_entropy(x, labels.long(), weight=factor, reduction="none", label_smoothing=0.1)


def of_samples(loss):
    """The mean over all axes but the batch."""
    return loss.flatten(1).mean(1)


def celu(x):
    """F.celu rounds alpha to float, and F.hardsigmoid its sixth: both are written out here."""
    return torch.where(x > 0, x, 0.7 * torch.expm1(torch.clamp(x, max=0) / 0.7))


def signs(x):
    return torch.where(x > 0, 1.0, -1.0)


# Each call: as the text form has it, its inputs and its result with their axes, how PyTorch computes it. Inputs called
# "wide" are the numbers above, "logits" these times 1000, "labels" and "ids" whole numbers. A "chance" is from 0 to 1, a "share"
# a distribution, a "sign" 1 or -1, and a "divisor" no part of a number above.
POINTWISE = [
    ("sin(wide)", torch.sin), ("cos(wide)", torch.cos), ("atan(wide)", torch.atan), ("sinh(x)", torch.sinh),
    ("cosh(x)", torch.cosh), ("asin(chance)", torch.asin), ("acos(chance)", torch.acos), ("log1p(chance)", torch.log1p),
    ("expm1(x)", torch.expm1), ("ceil(wide)", torch.ceil), ("trunc(wide)", torch.trunc), ("round(wide)", torch.round),
    ("relu(wide)", F.relu), ("relu6(wide)", F.relu6), ("leaky_relu(wide, slope = 0.2)", lambda x: F.leaky_relu(x, 0.2)),
    ("elu(wide, alpha = 0.7)", lambda x: F.elu(x, 0.7)), ("selu(wide)", F.selu),
    ("celu(wide, alpha = 0.7)", celu), ("silu(wide)", F.silu), ("gelu(wide)", F.gelu),
    ("gelu_tanh(wide)", lambda x: F.gelu(x, approximate="tanh")), ("mish(wide)", F.mish),
    ("hard_tanh(wide)", F.hardtanh), ("hard_tanh(wide, low = -2, high = 3)", lambda x: F.hardtanh(x, -2, 3)),
    ("hard_sigmoid(wide)", lambda x: F.relu6(x + 3) / 6), ("hard_swish(wide)", F.hardswish), ("softplus(wide)", F.softplus),
    ("scaled_softplus(wide, beta = 2, threshold = 5)", lambda x: F.softplus(x, 2, 5)), ("softsign(wide)", F.softsign),
    ("tanh_shrink(wide)", F.tanhshrink), ("soft_shrink(wide)", F.softshrink), ("hard_shrink(wide)", F.hardshrink),
    ("log_sigmoid(wide)", F.logsigmoid), ("sigmoid(wide)", torch.sigmoid),
    ("threshold(wide, threshold = 1, value = -3)", lambda x: F.threshold(x, 1, -3)),
]
LOSSES = [
    ("mse(x, target)", lambda x, t: of_samples(F.mse_loss(x, t, reduction="none"))),
    ("l1(x, target)", lambda x, t: of_samples(F.l1_loss(x, t, reduction="none"))),
    ("huber(x, target, delta = 0.7)", lambda x, t: of_samples(F.huber_loss(x, t, reduction="none", delta=0.7))),
    ("smooth_l1(x, target, beta = 0.7)", lambda x, t: of_samples(F.smooth_l1_loss(x, t, reduction="none", beta=0.7))),
    ("bce(chance, chance2)", lambda x, t: of_samples(F.binary_cross_entropy(x, t, reduction="none"))),
    ("bce_with_logits(logits, chance)",
     lambda x, t: of_samples(F.binary_cross_entropy_with_logits(x, t, reduction="none"))),
    ("soft_margin(logits, sign)", lambda x, t: of_samples(-F.logsigmoid(t * x))),
    ("hinge(logits, sign)", lambda x, t: of_samples(torch.relu(1 - t * x))),
    ("hinge_embedding(logits, sign)", lambda x, t: of_samples(F.hinge_embedding_loss(x, t, reduction="none"))),
    ("kl_div(logits, share)", lambda x, t: F.kl_div(x, t, reduction="none").sum(1)),
]
CLASSES = [
    ("softmax(logits, over = class)", "batch 3, class 5", lambda x: F.softmax(x, 1)),
    ("softmin(logits, over = class)", "batch 3, class 5", lambda x: F.softmin(x, 1)),
    ("log_softmax(logits, over = class)", "batch 3, class 5", lambda x: F.log_softmax(x, 1)),
    ("nll(logits, labels)", "batch 3", lambda x, k: F.nll_loss(x, k.long(), reduction="none")),
    ("multi_margin(logits, labels, margin = 2)", "batch 3",
     lambda x, k: F.multi_margin_loss(x, k.long(), margin=2, reduction="none")),
    ("softmax_cross_entropy(logits, labels)", "batch 3", lambda x, k: F.cross_entropy(x, k.long(), reduction="none")),
    ("soft_cross_entropy(logits, share, label_smoothing = 0.1)", "batch 3",
     lambda x, t: F.cross_entropy(x, t, reduction="none", label_smoothing=0.1)),
    ("weighted_softmax_cross_entropy(logits, labels, factor, label_smoothing = 0.1)", "batch 3", smoothed),
]
CALLS = [(call, {}, ELEMENTS, ELEMENTS, run) for call, run in POINTWISE]
CALLS += [(call, {}, "batch 3, feature 4", "batch 3", run) for call, run in LOSSES]
CALLS += [(call, {"labels": "batch 3", "factor": "class 5"}, "batch 3, class 5", result, run)
          for call, result, run in CLASSES]
CALLS += [
    ("atan2(x, y)", {}, ELEMENTS, ELEMENTS, torch.atan2),
    ("mod(wide, divisor)", {}, ELEMENTS, ELEMENTS, torch.fmod),
    ("glu(x, over = channel)", {}, IMAGES, "batch 2, channel 2, height 3, width 5", lambda x: F.glu(x, 1)),
    ("prelu(x, weight)", {"weight": "channel 4"}, IMAGES, IMAGES, F.prelu),
    ("cosine_embedding(x, y, sign, margin = 0.1)", {"sign": "batch 3"}, "batch 3, feature 4", "batch 3",
     lambda a, b, t: F.cosine_embedding_loss(a, b, t, margin=0.1, reduction="none")),
    ("triplet_margin(x, y, z)", {}, "batch 3, feature 4", "batch 3",
     lambda a, p, n: F.triplet_margin_loss(a, p, n, reduction="none")),
    ("margin_ranking(x, y, sign, margin = 0.1)", {}, "batch 6", "batch 6",
     lambda a, b, t: F.margin_ranking_loss(a, b, t, margin=0.1, reduction="none")),
    ("group_norm(x, weight, shift, groups = 2)", {"weight": "channel 4", "shift": "channel 4"}, IMAGES, IMAGES,
     lambda x, w, b: F.group_norm(x, 2, w, b)),
    ("instance_norm(x, weight, shift)", {"weight": "channel 4", "shift": "channel 4"}, IMAGES, IMAGES,
     lambda x, w, b: F.instance_norm(x, weight=w, bias=b)),
    ("layer_norm(x, weight, shift)", {"weight": "feature 4", "shift": "feature 4"}, "batch 3, time 2, feature 4",
     "batch 3, time 2, feature 4", lambda x, w, b: F.layer_norm(x, [4], w, b)),
    ("rms_norm(x, weight)", {"weight": "feature 4"}, "batch 3, feature 4", "batch 3, feature 4",
     lambda x, w: x / torch.sqrt((x * x).mean(1, keepdim=True) + 1e-5) * w),
    ("local_response_norm(x, size = 3, alpha = 0.5)", {}, IMAGES, IMAGES,
     lambda x: F.local_response_norm(x, 3, alpha=0.5)),
    ("local_response_norm(x, size = 2, alpha = 0.5, beta = 0.5, k = 2)", {}, IMAGES, IMAGES,
     lambda x: F.local_response_norm(x, 2, alpha=0.5, beta=0.5, k=2)),
    ("conv1d(x, weight, stride = 2, pad_before = 1, pad_after = 1, dilation = 2, groups = 2)",
     {"weight": "channel 6, channel 2, tap_time 3"}, "batch 2, channel 4, time 9", "batch 2, channel 6, time 4",
     lambda x, w: F.conv1d(x, w, stride=2, padding=1, dilation=2, groups=2)),
    ("max_pool1d(x, window = 3, stride = 2, pad_before = 1, pad_after = 1)", {}, "batch 2, channel 2, time 8",
     "batch 2, channel 2, time 4", lambda x: F.max_pool1d(x, 3, 2, 1)),
    ("avg_pool1d(x, window = 3, stride = 2, pad_before = 1, pad_after = 1)", {}, "batch 2, channel 2, time 8",
     "batch 2, channel 2, time 4", lambda x: F.avg_pool1d(x, 3, 2, 1)),
    ("lp_pool2d(x, window = 2, stride = 1, p = 3)", {}, IMAGES, "batch 2, channel 4, height 2, width 4",
     lambda x: pooled(x.abs(), 3)),
    ("global_avg_pool2d(x)", {}, IMAGES, "batch 2, channel 4", lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1)),
    ("global_max_pool2d(x)", {}, IMAGES, "batch 2, channel 4", lambda x: F.adaptive_max_pool2d(x, 1).flatten(1)),
    ("conv2d(x, weight, groups = 4, pad = 1)", {"weight": "channel 8, channel 1, tap_h 3, tap_w 3"}, IMAGES,
     "batch 2, channel 8, height 3, width 5", lambda x, w: F.conv2d(x, w, groups=4, padding=1)),
    ("gather(ids, x, over = vocab)", {"ids": "batch 3, time 4", "x": "vocab 5, feature 3"}, "", "batch 3, time 4, feature 3",
     lambda k, x: F.embedding(k, x)),
    ("gather(ids, x, over = class)", {"ids": "batch 3, time 2", "x": "batch 3, class 4"}, "", "batch 3, time 2",
     lambda k, x: torch.gather(x, 1, k)),
    ("gather(ids, x, over = class)", {"ids": "place 4", "x": "batch 3, class 5"}, "", "place 4, batch 3",
     lambda k, x: x.index_select(1, k).t()),
    ("ignoring_nll(logits, labels, factor, ignored = 2)", {"labels": "batch 5", "factor": "class 4"}, "batch 5, class 4",
     "batch 5", lambda x, k, w: F.nll_loss(x, k, w, ignore_index=2, reduction="none")),
    ("ignoring_cross_entropy(logits, labels, factor, ignored = 1, label_smoothing = 0.1)",
     {"labels": "batch 5", "factor": "class 4"}, "batch 5, class 4", "batch 5",
     lambda x, k, w: F.cross_entropy(x, k, w, ignore_index=1, reduction="none", label_smoothing=0.1)),
    ("ignoring_cross_entropy(logits, labels, factor)", {"labels": "batch 2, height 3", "factor": "class 4"},
     "batch 2, class 4, height 3", "batch 2, height 3", lambda x, k, w: F.cross_entropy(x, k, w, reduction="none")),
]


def drawn(name, axes):
    extents = [int(axis.split()[1]) for axis in axes.split(", ")]
    if name == "wide":
        return torch.tensor(WIDE, dtype=torch.float64)
    if name in ("labels", "ids"):
        return torch.randint(3, extents)
    if name.startswith("chance"):
        return (0.02 + 0.96 * torch.rand(extents)).round(decimals=3)
    if name == "factor":
        return (0.5 + torch.rand(extents)).round(decimals=3)
    if name == "divisor":
        return 0.3 + torch.rand(extents)
    if name == "share":
        return F.softmax(torch.randn(extents), 1)
    if name == "sign":
        return signs(torch.randn(extents))
    return torch.randn(extents).round(decimals=3) * (1000 if name == "logits" else 1)


def make_calls():
    """Calls with their numbers in one file: see README.md."""
    lines = []
    for number, (call, axes, standard, result, run) in enumerate(CALLS):
        torch.manual_seed(200 + number)
        operands = call[call.index("(") + 1:-1].split(", ")
        inputs = {}
        for name in operands:
            if " = " not in name:
                inputs[name] = drawn(name, axes.get(name, standard))
                if name not in ("labels", "ids", "sign", "factor"):
                    inputs[name].requires_grad_()
        y = run(*inputs.values())
        dy = torch.randn(y.shape).round(decimals=3)
        (y * dy).sum().backward()
        described = {name: {"type": f"{'i64' if name in ('labels', 'ids') else 'f64'}[{axes.get(name, standard)}]",
                            "elements": x.flatten().tolist()} for name, x in inputs.items()}
        for name, x in inputs.items():
            if x.requires_grad and x.grad is not None:
                described[name]["gradient"] = x.grad.flatten().tolist()
        lines.append(json.dumps({"call": call, "inputs": described,
                                 "y": {"type": f"f64[{result}]", "elements": y.flatten().tolist()},
                                 "dy": dy.flatten().tolist()}))
    (FOLDER / "calls.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


make_ops()
make_step()
make_optimizers()
make_schedules()
make_calls()
