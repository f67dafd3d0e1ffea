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


make_ops()
make_step()
make_optimizers()
