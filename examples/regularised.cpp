// A network with batch norm and dropout, trained by AdamW with clipped gradients until it gets no better. The best weights
// are kept in a file. A second program, which drops nothing, reads them.
#include <ricci.h>

using namespace ricci;

namespace {

struct Network {
    Model m{"regularised"};
    Tensor images = m.input("images", f32, {batch(), channel(1), height(28), width(28)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor logits;

    Network() {
        Tensor h = images;
        for (const int channels : {8, 16}) {
            h = conv2d(h, {.out = channels, .kernel = 3, .padding = 1, .bias = false});
            h = max_pool2d(relu(batch_norm(h, {.running = 0.1})), {.window = 2});
        }
        logits = linear(dropout(relu(linear(flatten(h), 64)), {.rate = 0.2}), classes(10));
    }
};

}  // namespace

int main() {
    Network net;
    const Tensor loss = mean(softmax_cross_entropy(net.logits, net.labels));
    const Optimizer optimizer = adamw({.learning_rate = 0.002}).clip_norm(1).group("bias", {{"weight_decay", 0}});
    auto step = compile(training_step(loss, optimizer));
    auto predict = compile(argmax(net.logits, classes));

    const ImageData train(draw_digits(4096, 1), net.images.type());
    const ImageData test(draw_digits(1024, 2), net.images.type());
    Trainer trainer(step, predict,
                    {.epochs = 8, .batch = 64, .schedule = Schedule::cosine, .patience = 3, .keep_best = true});
    double best = 0;
    for (const EpochReport& epoch : trainer.fit(train, test)) {
        fmt::print("epoch {}: loss {:.4f}, test accuracy {:.2f} %\n", epoch.epoch, epoch.loss, 100 * epoch.test_accuracy);
        best = std::max(best, epoch.test_accuracy);
    }

    const auto file = std::filesystem::temp_directory_path() / "regularised.safetensors";
    net.m.parameters().save(file);
    Network used;
    used.m.parameters().load(file);
    const double accuracy = Trainer(step, compile(argmax(used.logits, classes)), {}).accuracy(test);
    fmt::print("the best weights, in a program of their own: {:.2f} %\n", 100 * accuracy);
    return accuracy == best ? 0 : 1;
}
