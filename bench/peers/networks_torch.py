"""The training step of models that `ricci models` lists, in PyTorch, for `ricci bench peers MODEL`."""
import sys

import torch
from torch import nn
import torch.nn.functional as F

import measure


def normed(count, out, kernel, stride=1, padding=0, groups=1, eps=1e-5, relu=True):
    parts = [nn.Conv2d(count, out, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(out, eps=eps)]
    return nn.Sequential(*parts, *([nn.ReLU()] if relu else []))


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def head(count, dropout_first):
    """Two hidden layers; dropout stands in front of both, or behind both."""
    layers = [nn.Dropout(), nn.Linear(count, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU()]
    if not dropout_first:
        layers = layers[1:] + layers[:1]
    return [nn.Flatten(), *layers, nn.Linear(4096, 1000)]


def alexnet():
    layers = [nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(64, 192, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(3, 2)]
    for count, out in ((192, 384), (384, 256), (256, 256)):
        layers += [nn.Conv2d(count, out, 3, 1, 1), nn.ReLU()]
    return nn.Sequential(*layers, nn.MaxPool2d(3, 2), nn.AdaptiveAvgPool2d(6), *head(9216, True))


def vgg11():
    layers, count = [], 3
    for out in (64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0):
        layers += [nn.Conv2d(count, out, 3, 1, 1), nn.ReLU()] if out else [nn.MaxPool2d(2)]
        count = out or count
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(7), *head(25088, False))


def vgg11_norm():
    """Of images of at most 32 rows: one linear layer behind the last pool."""
    small = given.size and given.size <= 32
    layers, count = [], 3
    for out in (64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0):
        layers.append(normed(count, out, 3, 1, 1) if out else nn.MaxPool2d(2))
        count = out or count
    ends = [nn.Flatten(), nn.Linear(512, 1000)] if small else [nn.AdaptiveAvgPool2d(7), *head(25088, False)]
    return nn.Sequential(*layers, *ends)


class Residual(nn.Module):
    def __init__(self, count, out, stride):
        super().__init__()
        self.body = nn.Sequential(normed(count, out, 3, stride, 1), normed(out, out, 3, 1, 1, relu=False))
        self.by = nn.Identity() if count == out else normed(count, out, 1, stride, relu=False)

    def forward(self, x):
        return F.relu(self.body(x) + self.by(x))


def resnet18():
    small = given.size and given.size <= 32
    layers = [normed(3, 64, 3, 1, 1)] if small else [normed(3, 64, 7, 2, 3), nn.MaxPool2d(3, 2, 1)]
    count = 64
    for out in (64, 128, 256, 512):
        layers += [Residual(count, out, 1 if out == 64 else 2), Residual(out, out, 1)]
        count = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


class Inception(nn.Module):
    def __init__(self, count, one, three_in, three, five_in, five, pool):
        super().__init__()

        def conv(i, o, kernel):
            return normed(i, o, kernel, 1, kernel // 2, eps=0.001)
        self.branches = nn.ModuleList([
            conv(count, one, 1), nn.Sequential(conv(count, three_in, 1), conv(three_in, three, 3)),
            nn.Sequential(conv(count, five_in, 1), conv(five_in, five, 3)),
            nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(count, pool, 1))])
        self.out = one + three + five + pool

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def googlenet():
    def halve(window=3):
        return nn.MaxPool2d(window, 2, ceil_mode=True)
    layers = [normed(3, 64, 7, 2, 3, eps=0.001), halve(), normed(64, 64, 1, eps=0.001), normed(64, 192, 3, 1, 1, eps=0.001), halve()]
    count = 192
    for widths in ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), None, (192, 96, 208, 16, 48, 64),
                   (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64), (112, 144, 288, 32, 64, 64),
                   (256, 160, 320, 32, 128, 128), 2, (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)):
        if not isinstance(widths, tuple):
            layers.append(halve(widths or 3))
            continue
        layers.append(Inception(count, *widths))
        count = layers[-1].out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(count, 1000))


def mobilenet():
    layers, count = [normed(3, 32, 3, 2, 1)], 32
    for out, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1)):
        layers += [normed(count, count, 3, stride, 1, groups=count), normed(count, out, 1)]
        count = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(count, 1000))


class Block(nn.Module):
    """Attention that sees no later step, then two linear layers; each behind a norm and beside what it is given."""

    def __init__(self, features, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(features), nn.LayerNorm(features)
        self.parts, self.output = nn.Linear(features, 3 * features), nn.Linear(features, features)
        self.hidden, self.out = nn.Linear(features, 4 * features), nn.Linear(4 * features, features)

    def forward(self, x):
        n, t, f = x.shape
        q, k, v = self.parts(self.norm1(x)).view(n, t, 3, self.heads, f // self.heads).permute(2, 0, 3, 1, 4)
        if hasattr(F, "scaled_dot_product_attention"):
            seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            later = torch.ones(t, t, dtype=torch.bool).triu(1)
            seen = (q @ k.transpose(2, 3) / (f // self.heads) ** 0.5).masked_fill(later, float("-inf")).softmax(3) @ v
        x = x + self.output(seen.transpose(1, 2).reshape(n, t, f))
        return x + self.out(F.gelu(self.hidden(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, characters, steps, features, heads, blocks):
        super().__init__()
        self.embedding = nn.Embedding(characters, features)
        self.position = nn.Parameter(torch.zeros(steps, features))
        self.blocks = nn.Sequential(*(Block(features, heads) for _ in range(blocks)))
        self.last = nn.Sequential(nn.LayerNorm(features), nn.Linear(features, characters))

    def forward(self, tokens):
        return self.last(self.blocks(self.embedding(tokens) + self.position)).transpose(1, 2)


# What a sample is, and how many classes there are.
MODELS = {
    "mlp": (mlp, (1, 28, 28), 10), "alexnet": (alexnet, (3, 224, 224), 1000), "vgg11": (vgg11, (3, 224, 224), 1000),
    "vgg11-norm": (vgg11_norm, (3, 224, 224), 1000),
    "googlenet": (googlenet, (3, 224, 224), 1000), "resnet18": (resnet18, (3, 224, 224), 1000),
    "mobilenet": (mobilenet, (3, 224, 224), 1000), "transformer": (lambda: Transformer(65, 32, 64, 4, 2), (32,), 65),
}
given = measure.options(__doc__)
if given.model not in MODELS:
    sys.exit(f"networks_torch.py: there is no {given.model}; it has {', '.join(MODELS)}")
torch.set_num_threads(given.threads)
measure.count_memory_of_torch(given)
torch.manual_seed(0)
build, shape, classes = MODELS[given.model]
if given.size:
    shape = (shape[0], given.size, given.size)
net = build()
last = given.channels_last and len(shape) == 3
if last:
    net = net.to(memory_format=torch.channels_last)


def samples():
    if given.model == "transformer":
        return torch.randint(classes, (given.batch, *shape)), torch.randint(classes, (given.batch, *shape))
    x = torch.rand(given.batch, *shape)
    return x.contiguous(memory_format=torch.channels_last) if last else x, torch.randint(10, (given.batch,))


batches = [samples() for _ in range(given.images // given.batch)]
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
forward = (torch.compile if given.compile else lambda f: f)(lambda x, y: F.cross_entropy(net(x), y))


def epoch():
    for x, y in batches:
        optimizer.zero_grad(set_to_none=True)
        forward(x, y).backward()
        optimizer.step()


how = (" channels-last" if last else "") + (" compile" if given.compile else "")
measure.report("torch " + torch.__version__ + how, given, epoch)
