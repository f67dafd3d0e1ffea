// Builds LeNet-5 layer by layer, prints its equations, and trains it on drawn digits for three epochs.
#include <ricci.h>

using namespace ricci;

int main() {
    Model m("lenet5");
    Tensor images = m.input("images", f32, {batch(), channel(1), height(32), width(32)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor h = avg_pool2d(tanh(conv2d(images, {.out = 6, .kernel = 5})), {.window = 2});
    h = avg_pool2d(tanh(conv2d(h, {.out = 16, .kernel = 5})), {.window = 2});
    h = tanh(linear(flatten(h), 120));
    h = tanh(linear(h, 84));
    Tensor logits = linear(h, classes(10));
    Tensor loss = mean(softmax_cross_entropy(logits, labels));
    fmt::print("{}\n", m);

    auto step = compile(training_step(loss, sgd({.learning_rate = 0.05f, .momentum = 0.9f})));
    auto predict = compile(argmax(logits, classes));

    const ImageData train(draw_digits(8192, 1), images.type());
    const ImageData test(draw_digits(2048, 2), images.type());
    Trainer trainer(step, predict, {.epochs = 3, .batch = 64});
    for (const EpochReport& epoch : trainer.fit(train, test)) {
        fmt::print("epoch {}: loss {:.4f}, test accuracy {:.2f} %, {:.0f} images/s\n", epoch.epoch, epoch.loss,
                   100 * epoch.test_accuracy, epoch.images_per_second);
    }
}
