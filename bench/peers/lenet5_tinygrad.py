"""LeNet-5's training step in tinygrad, captured by its JIT, for `ricci bench peers`."""
import importlib.metadata

from tinygrad import Tensor, TinyJit, nn
from tinygrad.helpers import Context

import measure

given = measure.options(__doc__)
Tensor.manual_seed(0)


class LeNet5:
    def __init__(self):
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def __call__(self, x):
        for conv in (self.conv1, self.conv2):
            x = conv(x).tanh().avg_pool2d(2)
        x = x.flatten(1)
        for dense in (self.fc1, self.fc2):
            x = dense(x).tanh()
        return self.fc3(x)


model = LeNet5()
optimizer = nn.optim.SGD(nn.state.get_parameters(model), lr=0.01, momentum=0.9)
batches = [(Tensor.rand(given.batch, 1, 32, 32).realize(),
            Tensor.randint(given.batch, low=0, high=10).realize())
           for _ in range(given.images // given.batch)]


@TinyJit
def step(images, labels):
    optimizer.zero_grad()
    loss = model(images).sparse_categorical_crossentropy(labels).backward()
    optimizer.step()
    return loss.realize()


def training():
    """What lets an optimizer step: a method of older versions, a variable of newer ones."""
    return Tensor.train() if hasattr(Tensor, "train") else Context(TRAINING=1)


def epoch():
    with training():
        for images, labels in batches:
            loss = step(images, labels)
    loss.item()


measure.report("tinygrad " + importlib.metadata.version("tinygrad"), given, epoch)
