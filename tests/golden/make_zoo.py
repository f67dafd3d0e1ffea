#!/usr/bin/env python3
"""Computes zoo*.json with PyTorch: losses and gradients of the networks in frontend/models.

usage: python3 tests/golden/make_zoo.py [small|large|smooth|smooth_large] [FOLDER] [MODEL...]
FOLDER: where to write, else this one. MODEL: these alone; the file keeps what it has of the others.

Weights and inputs follow from their names by a formula (`numbers` below), which tests/frontend/zoo_values_test.cpp has too.
So the files hold results alone: the loss of each SGD step, and of each gradient of the first step its norm and a few elements.

All this is in float64. `f32_distance` is how far the same gradients in PyTorch's float32 come to lie from these, where the
last bits of the weights differ. A ReLU or a maximum whose operands are a rounding apart decides otherwise then, and batch
norm of a few samples makes rounding a thousand times larger. No system in float32 can be asked for less.
The smooth ones are the same networks without such edges. Float32 is asked for 1e-4 there.
"""
import json
import pathlib
import sys
import time

import numpy
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(2)
SAMPLES = 4
ROUNDINGS = 8
MASK = 0xFFFFFFFFFFFFFFFF


def hash_of(name):
    """FNV-1a of 64 bits."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def bits(name, count):
    """`count` numbers of 64 bits: element i is SplitMix64 of the name's hash plus i."""
    with numpy.errstate(over="ignore"):
        x = numpy.uint64(hash_of(name)) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return x ^ (x >> numpy.uint64(31))


def numbers(name, shape):
    """Uniform in [-1, 1)."""
    unit = (bits(name, int(numpy.prod(shape))) >> numpy.uint64(11)).astype(numpy.float64) * 2.0 ** -53
    return torch.from_numpy(2 * unit - 1).reshape(shape)


def whole(name, shape, below):
    return torch.from_numpy((bits(name, int(numpy.prod(shape))) % numpy.uint64(below)).astype(numpy.int64)).reshape(shape)


class Net:
    """Layers by the names that Ricci gives them; parameters are made on the first run."""

    def __init__(self, smooth):
        self.parameters = {}
        self.smooth = smooth

    def act(self, x):
        return F.silu(x) if self.smooth else torch.relu(x)

    def pool(self, x, kernel, stride=None, padding=0, ceil_mode=False):
        if self.smooth:
            return F.avg_pool2d(x, kernel, stride, padding, ceil_mode, divisor_override=kernel * kernel)
        return F.max_pool2d(x, kernel, stride, padding, ceil_mode=ceil_mode)

    def begin(self):
        self.counts = {}

    def number(self, base):
        self.counts[base] = self.counts.get(base, 0) + 1
        return f"{base}{self.counts[base]}"

    def parameter(self, name, shape):
        if name not in self.parameters:
            u = numbers(name, shape)
            if name.endswith(".scale"):
                w = 1 + 0.1 * u
            elif len(shape) == 1:
                w = 0.1 * u
            else:
                w = (6 / numpy.prod(shape[1:])) ** 0.5 * u
            self.parameters[name] = w.requires_grad_()
        return self.parameters[name]

    def conv(self, x, out, kernel, stride=1, padding=0, groups=1, bias=False):
        name = self.number("conv")
        w = self.parameter(f"{name}.kernel", [out, x.shape[1] // groups, kernel, kernel])
        return F.conv2d(x, w, self.parameter(f"{name}.bias", [out]) if bias else None, stride, padding, groups=groups)

    def norm(self, x, eps=1e-5):
        name = self.number("norm")
        return F.batch_norm(x, None, None, self.parameter(f"{name}.scale", [x.shape[1]]),
                            self.parameter(f"{name}.shift", [x.shape[1]]), training=True, eps=eps)

    def layer_norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.parameter(f"{name}.scale", [x.shape[-1]]),
                            self.parameter(f"{name}.shift", [x.shape[-1]]))

    def linear(self, x, out, name=None):
        name = name or self.number("linear")
        return F.linear(x, self.parameter(f"{name}.weight", [out, x.shape[-1]]), self.parameter(f"{name}.bias", [out]))

    def normed(self, x, *args, eps=1e-5, **more):
        return self.norm(self.conv(x, *args, **more), eps)

    def conv_relu(self, x, *args, **more):
        return self.act(self.conv(x, *args, bias=True, **more))


def large_head(net, x, classes):
    h = net.act(net.linear(x.flatten(1), 4096))
    return net.linear(net.act(net.linear(h, 4096)), classes)


def mlp(net, x, classes):
    h = net.act(net.linear(x.flatten(1), 512))
    return net.linear(net.act(net.linear(h, 512)), classes)


def convnet(net, x, classes):
    def conv(h, out):
        return net.act(net.normed(h, out, 3, 1, 1))
    h = net.pool(conv(x, 16), 2)
    h = net.pool(conv(conv(h, 32), 32), 2)
    return net.linear(conv(conv(h, 64), 64).flatten(1), classes)


def alexnet(net, x, classes):
    h = net.pool(net.conv_relu(x, 64, 11, 4, 2), 3, 2)
    h = net.pool(net.conv_relu(h, 192, 5, 1, 2), 3, 2)
    for out in (384, 256, 256):
        h = net.conv_relu(h, out, 3, 1, 1)
    return large_head(net, F.adaptive_avg_pool2d(net.pool(h, 3, 2), 6), classes)


def vgg(channels):
    def run(net, x, classes):
        for c in channels:
            x = net.pool(x, 2) if c == 0 else net.conv_relu(x, c, 3, 1, 1)
        return large_head(net, F.adaptive_avg_pool2d(x, 7), classes)
    return run


def inception(net, x, one, three_in, three, five_in, five, pool):
    def conv(h, out, kernel):
        return net.act(net.normed(h, out, kernel, 1, kernel // 2, eps=0.001))
    pooled = net.pool(x, 3, 1, 1)
    return torch.cat([conv(x, one, 1), conv(conv(x, three_in, 1), three, 3), conv(conv(x, five_in, 1), five, 3),
                      conv(pooled, pool, 1)], 1)


def googlenet(net, x, classes):
    def halve(h, window=3):
        return net.pool(h, window, 2, ceil_mode=True)
    h = halve(net.act(net.normed(x, 64, 7, 2, 3, eps=0.001)))
    h = net.act(net.normed(h, 64, 1, eps=0.001))
    h = halve(net.act(net.normed(h, 192, 3, 1, 1, eps=0.001)))
    h = inception(net, h, 64, 96, 128, 16, 32, 32)
    h = halve(inception(net, h, 128, 128, 192, 32, 96, 64))
    for c in ((192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
              (112, 144, 288, 32, 64, 64)):
        h = inception(net, h, *c)
    h = halve(inception(net, h, 256, 160, 320, 32, 128, 128), 2)
    h = inception(net, h, 256, 160, 320, 32, 128, 128)
    h = inception(net, h, 384, 192, 384, 48, 128, 128)
    return net.linear(h.mean((2, 3)), classes)


def basic_block(net, x, channels, stride, project):
    h = net.act(net.normed(x, channels, 3, stride, 1))
    h = net.normed(h, channels, 3, 1, 1)
    return net.act(h + (net.normed(x, channels, 1, stride) if project else x))


def bottleneck(net, x, channels, stride, project):
    h = net.act(net.normed(x, channels, 1))
    h = net.act(net.normed(h, channels, 3, stride, 1))
    h = net.normed(h, 4 * channels, 1)
    return net.act(h + (net.normed(x, 4 * channels, 1, stride) if project else x))


def resnet(block, blocks, small):
    def run(net, x, classes):
        if small:
            h = net.act(net.normed(x, 64, 3, 1, 1))
        else:
            h = net.pool(net.act(net.normed(x, 64, 7, 2, 3)), 3, 2, 1)
        for group, count in enumerate(blocks):
            for i in range(count):
                stride = 2 if i == 0 and group > 0 else 1
                h = block(net, h, 64 << group, stride, i == 0 and (group > 0 or block is bottleneck))
        return net.linear(h.mean((2, 3)), classes)
    return run


def mobilenet(net, x, classes):
    h = net.act(net.normed(x, 32, 3, 2, 1))
    for out, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1),
                        (512, 1), (1024, 2), (1024, 1)):
        h = net.act(net.normed(h, h.shape[1], 3, stride, 1, groups=h.shape[1]))
        h = net.act(net.normed(h, out, 1))
    return net.linear(h.mean((2, 3)), classes)


def attention(net, x, heads, name):
    n, t, f = x.shape
    q, k, v = (net.linear(x, f, f"{name}.{part}").view(n, t, heads, f // heads).transpose(1, 2)
               for part in ("query", "key", "value"))
    score = q @ k.transpose(2, 3) / (f // heads) ** 0.5
    score = score.masked_fill(torch.ones(t, t, dtype=torch.bool).triu(1), float("-inf"))
    return net.linear((score.softmax(3) @ v).transpose(1, 2).reshape(n, t, f), f, f"{name}.output")


def transformer(net, tokens, characters, features=64, heads=4, blocks=2):
    h = F.embedding(tokens, net.parameter("embedding", [characters, features]))
    h = h + net.parameter("position", [tokens.shape[1], features])
    for i in range(1, blocks + 1):
        h = h + attention(net, net.layer_norm(h, f"block{i}.norm1"), heads, f"block{i}.attention")
        hidden = F.gelu(net.linear(net.layer_norm(h, f"block{i}.norm2"), 4 * features, f"block{i}.hidden"))
        h = h + net.linear(hidden, features, f"block{i}.out")
    return net.linear(net.layer_norm(h, "norm"), characters, "logits")


def recurrent(form):
    """A linear layer, then the cell along the time: `hidden` features."""
    def run(net, x, hidden):
        h = net.linear(x, 8)
        gates = (4 if form == "lstm" else 3) * hidden
        w = [net.parameter(f"{form}1.{name}", shape) for name, shape in
             (("input.weight", [gates, 8]), ("state.weight", [gates, hidden]), ("input.bias", [gates]), ("state.bias", [gates]))]
        state = torch.zeros(1, len(x), hidden)
        if form == "lstm":
            return torch.lstm(h, (state, state), w, True, 1, 0.0, False, False, True)[0]
        return torch.gru(h, state, w, True, 1, 0.0, False, False, True)[0]
    return run


def masked_attention(net, x, features):
    """Attention to a memory of which some steps are not seen."""
    n, t, _ = x.shape
    heads, memory = 2, net.linear(x.flip(1), features)
    x = net.linear(x, features)
    q = net.linear(x, features, "attention1.query").view(n, t, heads, -1).transpose(1, 2)
    k, v = (net.linear(memory, features, f"attention1.{part}").view(n, t, heads, -1).transpose(1, 2)
            for part in ("key", "value"))
    seen = whole("seen", [n, t], 2) == 1
    seen[:, 0] = True
    score = (q @ k.transpose(2, 3) / (features // heads) ** 0.5).masked_fill(~seen[:, None, None, :], float("-inf"))
    return net.linear((score.softmax(3) @ v).transpose(1, 2).reshape(n, t, features), features, "attention1.output")


LAYERS = ("lstm", "gru", "attention")
VGG11 = vgg((64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0))
# Model, its function, batch, image (or steps), classes, learning rate, steps.
SMALL = [
    ("mlp", mlp, 4, (1, 28, 28), 10, 0.01, 20),
    ("convnet", convnet, 4, (1, 28, 28), 10, 0.01, 20),
    ("resnet18", resnet(basic_block, (2, 2, 2, 2), True), 8, (3, 16, 16), 10, 0.001, 3),
    ("googlenet", googlenet, 2, (3, 64, 64), 10, 0.001, 2),
    ("mobilenet", mobilenet, 2, (3, 64, 64), 10, 0.001, 2),
    ("transformer", transformer, 4, 32, 65, 0.01, 20),
    ("lstm", recurrent("lstm"), 3, (5, 6), 7, 0.1, 5),
    ("gru", recurrent("gru"), 3, (5, 6), 7, 0.1, 5),
    ("attention", masked_attention, 3, (5, 6), 8, 0.1, 5),
]
# Rates at which a rounding of the first weights stays one. MobileNet's losses at 0.01 differ by 5e-2 in step 14 where its
# weights differ by 1e-15.
LARGE = [
    ("resnet18", resnet(basic_block, (2, 2, 2, 2), True), 64, (3, 32, 32), 10, 0.01, 20),
    ("alexnet", alexnet, 4, (3, 224, 224), 1000, 0.001, 20),
    ("vgg11", VGG11, 2, (3, 224, 224), 1000, 0.0001, 20),
    ("googlenet", googlenet, 8, (3, 224, 224), 1000, 0.01, 20),
    ("mobilenet", mobilenet, 8, (3, 224, 224), 1000, 0.0001, 20),
    ("transformer", transformer, 64, 32, 65, 0.1, 20),
]

# With silu for each ReLU and sums for each maximum, whose gradients have no edges: rounding stays rounding.
SMOOTH = {
    "smooth": [("resnet18", resnet(basic_block, (2, 2, 2, 2), True), 8, (3, 16, 16), 10, 0.001, 20),
               ("googlenet", googlenet, 4, (3, 64, 64), 10, 0.001, 5),
               ("mobilenet", mobilenet, 4, (3, 64, 64), 10, 0.001, 5)],
    "smooth_large": [one for one in LARGE if one[0] in ("resnet18", "vgg11", "googlenet", "mobilenet")],
}
SIZES = {"small": ("zoo.json", SMALL), "large": ("zoo_large.json", LARGE),
         "smooth": ("zoo_smooth.json", SMOOTH["smooth"]), "smooth_large": ("zoo_smooth_large.json", SMOOTH["smooth_large"])}


def loss_of(net, name, run, x, labels, classes):
    net.begin()
    logits = run(net, x, classes)
    return (logits * logits).mean() if name in LAYERS else F.cross_entropy(logits.flatten(0, -2), labels.flatten())


def sampled(name, gradient):
    return [int(b) % gradient.numel() for b in bits("sample " + name, SAMPLES)]


def typical(gradient):
    return (gradient.norm() / gradient.numel() ** 0.5).item()


def f32_distance(net, name, run, x, labels, classes):
    """The largest distance of norms and sampled elements, as zoo_values_test.cpp measures it, over ROUNDINGS of the weights:
    the nearest float32, then some whose last bit may differ. Gradients of `net` are there."""
    exact = {key: w.grad for key, w in net.parameters.items()}
    largest = max(typical(g) for g in exact.values())
    worst = 0
    for rounding in range(1 if net.smooth else ROUNDINGS):
        low = Net(net.smooth)
        for key, w in net.parameters.items():
            noise = 2.0 ** -24 * numbers(f"{key} rounding {rounding}", w.shape) if rounding > 0 else 0
            low.parameters[key] = (w.detach() * (1 + noise)).float().requires_grad_()
        torch.set_default_dtype(torch.float32)
        loss_of(low, name, run, x.float() if x.is_floating_point() else x, labels, classes).backward()
        torch.set_default_dtype(torch.float64)
        for key, gradient in exact.items():
            near = low.parameters[key].grad.double()
            size = max(typical(gradient), (1 if typical(gradient) < 1e-12 * largest else 1e-3) * largest)
            worst = max(worst, abs(near.norm() - gradient.norm()).item() / (size * gradient.numel() ** 0.5))
            for at in sampled(key, gradient):
                there = gradient.flatten()[at].item()
                worst = max(worst, abs(near.flatten()[at].item() - there) / max(abs(there), size))
    return worst


def main():
    size = sys.argv[1] if len(sys.argv) > 1 else "small"
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).resolve().parent
    file = folder / SIZES[size][0]
    kept = {one["model"]: one for one in json.loads(file.read_text())} if len(sys.argv) > 3 else {}
    lines = []
    for name, run, batch, image, classes, rate, steps in SIZES[size][1]:
        if name in kept and name not in sys.argv[3:]:
            lines.append(json.dumps(kept[name]))
            continue
        begin = time.time()
        net = Net(size in SMOOTH)
        if isinstance(image, int):
            x, labels = whole("tokens", [batch, image], classes), whole("next", [batch, image], classes)
        else:
            x, labels = numbers("images", [batch, *image]), whole("labels", [batch], classes)
        losses, gradients, distance = [], {}, 0
        for step in range(steps):
            loss = loss_of(net, name, run, x, labels, classes)
            for w in net.parameters.values():
                w.grad = None
            loss.backward()
            losses.append(loss.item())
            if step == 0:
                for key, w in net.parameters.items():
                    at = sampled(key, w.grad)
                    gradients[key] = {"norm": w.grad.norm().item(), "at": at, "elements": w.grad.flatten()[at].tolist()}
                distance = f32_distance(net, name, run, x, labels, classes)
            for w in net.parameters.values():
                w.data -= rate * w.grad
        extents = [image] if isinstance(image, int) else list(image)
        lines.append(json.dumps({"model": name, "batch": batch, "extents": extents, "classes": classes,
                                 "parameters": sum(w.numel() for w in net.parameters.values()), "learning_rate": rate,
                                 "f32_distance": distance, "losses": losses, "gradients": gradients}))
        print(f"{name}: {steps} steps, losses {losses[0]:.6f} to {losses[-1]:.6f}, f32 within {distance:.1e}, "
              f"{time.time() - begin:.1f} s", flush=True)
    file.write_text("[\n" + ",\n".join(lines) + "\n]\n")


main()
