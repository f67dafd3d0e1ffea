"""What the peers of `ricci bench peers` share: their options, the clock, and the one line of JSON that they print.

A peer trains LeNet-5 (tanh, average pooling, mean softmax cross-entropy, SGD with learning rate 0.01 and momentum 0.9,
float32) on random images that are in memory and cut into batches before the clock starts, as `ricci bench step` does.
"""
import argparse
import json
import statistics
import time


def options(doc):
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--images", type=int, default=8192)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--model", default="lenet5")
    parser.add_argument("--size", type=int, default=0, help="rows and columns of an image; 0 is what the model is known for")
    parser.add_argument("--channels-last", action="store_true", help="PyTorch: the memory order of images")
    parser.add_argument("--compile", action="store_true", help="PyTorch: by torch.compile")
    given = parser.parse_args()
    count_memory(given)
    return given


def count_memory(given):
    """The peak that report() prints is counted from here on, above what the process holds now."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # the peak becomes what is held now
    except OSError:
        pass
    given.bytes_before = status_bytes("VmRSS:")


def status_bytes(name):
    """Bytes that a line of /proc/self/status says: VmRSS is what is in memory, VmHWM the most of it; 0 where there is none."""
    try:
        with open("/proc/self/status") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith(name)), 0)
    except OSError:
        return 0


def report(peer, given, epoch):
    """Calls epoch(), which steps through all full batches and waits for the last, and prints what it took."""
    images = given.images // given.batch * given.batch

    def seconds():
        start = time.perf_counter()
        epoch()
        return time.perf_counter() - start

    first = seconds()  # with compilation and the first touch of memory
    each = [seconds() / images * 1e6 for _ in range(given.repeats)]
    median = statistics.median(each)
    print(json.dumps({
        "peer": peer,
        "threads": given.threads,
        "batch": given.batch,
        "us_per_image": round(median, 2),
        "min": round(min(each), 2),
        "max": round(max(each), 2),
        "epoch_s": round(median * 60000 / 1e6, 3),
        "first_epoch_extra_s": round(first - median * images / 1e6, 2),
        "peak_bytes": max(status_bytes("VmHWM:") - given.bytes_before, 0),
    }))


def count_memory_of_torch(given):
    """The same, behind a step of a tiny model: what PyTorch itself loads and makes with its first step is no part of a model's."""
    import torch
    from torch import nn

    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 4))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    nn.functional.cross_entropy(net(torch.rand(4, 3, 8, 8)), torch.randint(4, (4,))).backward()
    optimizer.step()
    count_memory(given)
