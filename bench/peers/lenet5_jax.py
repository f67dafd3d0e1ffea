"""LeNet-5's training step in JAX, jitted as one function, for `ricci bench peers`.

The number of threads is XLA's to know: ricci bench peers sets XLA_FLAGS and pins the process for one thread.
"""
import jax
import jax.numpy as jnp
import numpy as np

import measure

given = measure.options(__doc__)
random = np.random.default_rng(0)
SHAPES = {  # weight shape, fan in
    "conv1": ((6, 1, 5, 5), 25), "conv2": ((16, 6, 5, 5), 150),
    "fc1": ((400, 120), 400), "fc2": ((120, 84), 120), "fc3": ((84, 10), 84),
}


def initial(shape, fan_in):
    return jnp.asarray(random.uniform(-1, 1, shape) / np.sqrt(fan_in), jnp.float32)


weights = {}
for name, (shape, fan_in) in SHAPES.items():
    weights[name] = initial(shape, fan_in)
    weights[name + ".bias"] = initial((shape[0] if name.startswith("conv") else shape[1],), fan_in)


def conv_block(w, name, x):
    y = jax.lax.conv(x, w[name], window_strides=(1, 1), padding="VALID") + w[name + ".bias"][:, None, None]
    halves = (1, 1, 2, 2)
    return jax.lax.reduce_window(jnp.tanh(y), 0.0, jax.lax.add, halves, halves, "VALID") * 0.25


def dense(w, name, x):
    return x @ w[name] + w[name + ".bias"]


def loss(w, images, labels):
    h = conv_block(w, "conv2", conv_block(w, "conv1", images))
    h = h.reshape(h.shape[0], -1)
    logits = dense(w, "fc3", jnp.tanh(dense(w, "fc2", jnp.tanh(dense(w, "fc1", h)))))
    picked = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1)
    return -picked.mean()


def update(w, velocity, images, labels):
    gradients = jax.grad(loss)(w, images, labels)
    velocity = jax.tree_util.tree_map(lambda v, g: 0.9 * v + g, velocity, gradients)
    return jax.tree_util.tree_map(lambda p, v: p - 0.01 * v, w, velocity), velocity


step = jax.jit(update, donate_argnums=(0, 1))
state = (weights, jax.tree_util.tree_map(jnp.zeros_like, weights))
batches = [(jnp.asarray(random.random((given.batch, 1, 32, 32), dtype=np.float32)),
            jnp.asarray(random.integers(0, 10, given.batch)))
           for _ in range(given.images // given.batch)]


def epoch():
    global state
    for images, labels in batches:
        state = step(*state, images, labels)
    jax.block_until_ready(state)


measure.report("jax " + jax.__version__, given, epoch)
