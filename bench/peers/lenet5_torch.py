"""LeNet-5's training step in PyTorch, for `ricci bench peers`."""
import torch
from torch import nn

import measure

given = measure.options(__doc__)
torch.set_num_threads(given.threads)
measure.count_memory_of_torch(given)
torch.manual_seed(0)

model = nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5), nn.Tanh(), nn.AvgPool2d(2),   # 6 x 14 x 14
    nn.Conv2d(6, 16, kernel_size=5), nn.Tanh(), nn.AvgPool2d(2),  # 16 x 5 x 5
    nn.Flatten(),
    nn.Linear(400, 120), nn.Tanh(),
    nn.Linear(120, 84), nn.Tanh(),
    nn.Linear(84, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
forward = torch.compile(lambda x, y: criterion(model(x), y)) if given.compile else lambda x, y: criterion(model(x), y)
batches = [(torch.rand(given.batch, 1, 32, 32), torch.randint(10, (given.batch,)))
           for _ in range(given.images // given.batch)]


def epoch():
    for images, labels in batches:
        optimizer.zero_grad(set_to_none=True)
        forward(images, labels).backward()
        optimizer.step()


measure.report("torch " + torch.__version__ + (" compile" if given.compile else ""), given, epoch)
