"""One convolution in PyTorch, forward and both gradients apart, for `ricci bench conv --peers`."""
import argparse
import json
import statistics
import time

import torch

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--seconds", type=float, default=0.3)
parser.add_argument("--layer", nargs=8, required=True,
                    metavar=("NAME", "BATCH", "IN", "OUT", "SIZE", "KERNEL", "STRIDE", "PADDING"))
given = parser.parse_args()
torch.set_num_threads(given.threads)
name = given.layer[0]
batch, channels, out, size, kernel, stride, padding = map(int, given.layer[1:])

x, w = torch.rand(batch, channels, size, size), torch.rand(out, channels, kernel, kernel)
y = torch.nn.functional.conv2d(x, w, None, stride, padding)
dy = torch.rand_like(y)
flop = 2 * y.numel() * channels * kernel * kernel


def backward(mask):
    torch.ops.aten.convolution_backward(dy, x, w, None, [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1,
                                        mask)


for direction, run in (("forward", lambda: torch.nn.functional.conv2d(x, w, None, stride, padding)),
                       ("input_gradient", lambda: backward([True, False, False])),
                       ("kernel_gradient", lambda: backward([False, True, False]))):
    run()
    times, end = [], time.perf_counter() + given.seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    median = statistics.median(times)
    print(json.dumps({"peer": "torch " + torch.__version__, "threads": given.threads, "layer": name,
                      "direction": direction, "ms": round(median * 1e3, 3), "gflops": round(flop / median * 1e-9, 1)}))
