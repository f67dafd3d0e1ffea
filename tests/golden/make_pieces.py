#!/usr/bin/env python3
"""Computes pieces.json with PyTorch, in float64: calls of ops that join, cut and pad, of convolutions and of pools.

usage: python3 tests/golden/make_pieces.py [FOLDER]    FOLDER: where to write, else this one
"""
import json
import pathlib
import sys

import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

ROWS = "batch 2, channel 3, width 5"
IMAGES = "batch 2, channel 2, height 5, width 7"
VOLUMES = "batch 2, channel 2, depth 3, height 4, width 3"

# Each call: as the text form has it, the axes of its inputs (the last for those not named), of its result, and PyTorch's.
CALLS = [
    ("concat(x, y, over = channel)", {"y": "batch 2, channel 1, width 5"}, ROWS, "batch 2, channel 4, width 5",
     lambda *x: torch.cat(x, 1)),
    ("concat(x, y, z, x, over = width)", {"y": "batch 2, channel 3, width 1", "z": "batch 2, channel 3, width 20"}, ROWS,
     "batch 2, channel 3, width 31", lambda x, y, z: torch.cat([x, y, z, x], 2)),
    ("stack(x, y, z, over = time)", {}, ROWS, ROWS + ", time 3", lambda *x: torch.stack(x, 3)),
    ("slice(x, start = 1, stop = -1, over = width)", {}, ROWS, "batch 2, channel 3, width 3", lambda x: x[:, :, 1:-1]),
    ("slice(x, start = -4, step = 2, over = width)", {}, ROWS, "batch 2, channel 3, width 2", lambda x: x[:, :, -4::2]),
    ("flip(x, over = width)", {}, ROWS, ROWS, lambda x: x.flip(2)),
    ("roll(x, shift = 2, over = width)", {}, ROWS, ROWS, lambda x: x.roll(2, 2)),
    ("roll(x, shift = -1, over = channel)", {}, ROWS, ROWS, lambda x: x.roll(-1, 1)),
    ("tile(x, times = 3, over = channel)", {}, ROWS, "batch 2, channel 9, width 5", lambda x: x.repeat(1, 3, 1)),
    ("repeat(x, times = 3, over = channel)", {}, ROWS, "batch 2, channel 9, width 5",
     lambda x: x.repeat_interleave(3, 1)),
    ("pad_constant(x, before = 2, after = 1, value = 1.5, over = width)", {}, ROWS, "batch 2, channel 3, width 8",
     lambda x: F.pad(x, (2, 1), value=1.5)),
    ("pad_edge(x, before = 3, after = 2, over = width)", {}, ROWS, "batch 2, channel 3, width 10",
     lambda x: F.pad(x, (3, 2), mode="replicate")),
    ("pad_reflect(x, before = 4, after = 2, over = width)", {}, ROWS, "batch 2, channel 3, width 11",
     lambda x: F.pad(x, (4, 2), mode="reflect")),
    ("cumsum(x, over = width)", {}, ROWS, ROWS, lambda x: x.cumsum(2)),
    ("adaptive_avg_pool2d(x, rows = 3, columns = 4)", {}, IMAGES, "batch 2, channel 2, height 3, width 4",
     lambda x: F.adaptive_avg_pool2d(x, (3, 4))),
    ("adaptive_avg_pool2d(x, rows = 7, columns = 7)", {}, "batch 2, channel 2, height 1, width 2",
     "batch 2, channel 2, height 7, width 7", lambda x: F.adaptive_avg_pool2d(x, 7)),
    ("adaptive_avg_pool2d(x, rows = 2, columns = 3)", {}, "batch 2, channel 2, height 4, width 9",
     "batch 2, channel 2, height 2, width 3", lambda x: F.adaptive_avg_pool2d(x, (2, 3))),
    ("adaptive_max_pool2d(x, rows = 3, columns = 4)", {}, IMAGES, "batch 2, channel 2, height 3, width 4",
     lambda x: F.adaptive_max_pool2d(x, (3, 4))),
    ("max_pool2d(x, window = 3, stride = 2, ceil = 1)", {}, "batch 2, channel 2, height 6, width 8",
     "batch 2, channel 2, height 3, width 4", lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True)),
    ("max_pool2d(x, window = 2, stride = 1, dilation = 2, pad = 1)", {}, IMAGES, "batch 2, channel 2, height 5, width 7",
     lambda x: F.max_pool2d(x, 2, 1, 1, dilation=2)),
    ("conv3d(x, k)", {"k": "channel 3, channel 2, tap_depth 2, tap_h 3, tap_w 2"}, VOLUMES,
     "batch 2, channel 3, depth 2, height 2, width 2", F.conv3d),
    ("conv3d(x, k, groups = 2, stride = 2, pad = 1, dilation_w = 2)",
     {"k": "channel 4, channel 1, tap_depth 2, tap_h 3, tap_w 2"}, VOLUMES, "batch 2, channel 4, depth 2, height 2, width 2",
     lambda x, k: F.conv3d(x, k, stride=2, padding=1, dilation=(1, 1, 2), groups=2)),
    ("conv_transpose3d(x, k, stride = 2, pad = 1, output_pad_h = 1)",
     {"k": "channel 2, channel 3, tap_depth 2, tap_h 3, tap_w 3"}, VOLUMES, "batch 2, channel 3, depth 4, height 8, width 5",
     lambda x, k: F.conv_transpose3d(x, k, stride=2, padding=1, output_padding=(0, 1, 0))),
    ("conv_transpose2d(x, k, stride = 2, pad = 1, output_pad_h = 1)", {"k": "channel 2, channel 3, tap_h 3, tap_w 4"}, IMAGES,
     "batch 2, channel 3, height 10, width 14", lambda x, k: F.conv_transpose2d(x, k, stride=2, padding=1, output_padding=(1, 0))),
    ("conv_transpose1d(x, k, stride = 2, pad = 1, dilation = 2, groups = 2, output_pad = 1)",
     {"k": "channel 4, channel 3, tap_time 3"}, "batch 2, channel 4, time 5", "batch 2, channel 6, time 12",
     lambda x, k: F.conv_transpose1d(x, k, stride=2, padding=1, dilation=2, groups=2, output_padding=1)),
    ("max_pool3d(x, window = 2)", {}, VOLUMES, "batch 2, channel 2, depth 1, height 2, width 1", lambda x: F.max_pool3d(x, 2)),
    ("max_pool3d(x, window_d = 2, window_h = 3, window_w = 2, stride = 2, pad_top = 1, pad_bottom = 1, ceil = 1)", {}, VOLUMES,
     "batch 2, channel 2, depth 2, height 3, width 2",
     lambda x: F.max_pool3d(x, (2, 3, 2), 2, (0, 1, 0), ceil_mode=True)),
    ("max_pool3d(x, window = 2, stride = 1, dilation_h = 2)", {}, VOLUMES, "batch 2, channel 2, depth 2, height 2, width 2",
     lambda x: F.max_pool3d(x, 2, 1, dilation=(1, 2, 1))),
    ("avg_pool3d(x, window = 2, stride = 1, pad = 1)", {}, VOLUMES, "batch 2, channel 2, depth 4, height 5, width 4",
     lambda x: F.avg_pool3d(x, 2, 1, 1)),
    ("avg_pool3d(x, window = 3, stride = 2, pad = 1, count_include_pad = 0, ceil = 1)", {}, VOLUMES,
     "batch 2, channel 2, depth 2, height 3, width 2",
     lambda x: F.avg_pool3d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)),
    ("lp_pool1d(x, window = 3, stride = 2)", {}, "batch 2, channel 3, time 8", "batch 2, channel 3, time 3",
     lambda x: F.lp_pool1d(x, 2, 3, 2)),
    ("cumsum(x, over = channel)", {}, "batch 2, channel 40, width 3", "batch 2, channel 40, width 3", lambda x: x.cumsum(1)),
    ("lp_pool1d(x, window = 3, stride = 2, ceil = 1)", {}, "batch 2, channel 3, time 8", "batch 2, channel 3, time 4",
     lambda x: F.lp_pool1d(x, 2, 3, 2, ceil_mode=True)),
    ("lp_pool2d(x, window_h = 2, window_w = 3, stride = 2, p = 4, ceil = 1)", {}, "batch 2, channel 2, height 5, width 6",
     "batch 2, channel 2, height 3, width 3", lambda x: F.lp_pool2d(x, 4, (2, 3), 2, ceil_mode=True)),
    ("max_pool1d(x, window = 3, stride = 2, pad = 1, ceil = 1)", {}, "batch 2, channel 3, time 8", "batch 2, channel 3, time 5",
     lambda x: F.max_pool1d(x, 3, 2, 1, ceil_mode=True)),
    ("avg_pool1d(x, window = 4, stride = 3, pad = 1, ceil = 1)", {}, "batch 2, channel 3, time 9", "batch 2, channel 3, time 4",
     lambda x: F.avg_pool1d(x, 4, 3, 1, ceil_mode=True)),
]


def main():
    lines = []
    for number, (call, axes, standard, result, run) in enumerate(CALLS):
        torch.manual_seed(700 + number)
        inputs = {}
        for name in call[call.index("(") + 1:-1].split(", "):
            if " = " not in name and name not in inputs:
                extents = [int(axis.split()[1]) for axis in axes.get(name, standard).split(", ")]
                inputs[name] = torch.randn(extents).round(decimals=3).requires_grad_()
        y = run(*inputs.values())
        expected = [int(axis.split()[1]) for axis in result.split(", ")]
        assert list(y.shape) == expected, (call, y.shape)
        dy = torch.randn(y.shape).round(decimals=3)
        (y * dy).sum().backward()
        described = {name: {"type": f"f64[{axes.get(name, standard)}]", "elements": x.flatten().tolist(),
                            "gradient": x.grad.flatten().tolist()} for name, x in inputs.items()}
        lines.append(json.dumps({"call": call, "inputs": described,
                                 "y": {"type": f"f64[{result}]", "elements": y.flatten().tolist()},
                                 "dy": dy.flatten().tolist()}))
    (FOLDER / "pieces.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


main()
