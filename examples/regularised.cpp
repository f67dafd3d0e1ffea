// LeNet-5 with batch norm and dropout, trained by AdamW with clipped gradients until it gets no better. The best
// weights are kept in a file. A second program, which drops nothing, reads them and classifies.
#include <ricci.h>

using namespace ricci;

namespace {

struct LeNet5 {
    Model m{"lenet5"};
    Tensor images = m.input("images", f32, {batch(), channel(1), height(32), width(32)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor logits;

    LeNet5() {
        Tensor h = images;
        for (const int channels : {6, 16}) {
            h = batch_norm(conv2d(h, {.out = channels, .kernel = 5, .bias = false}), {.running = 0.1});
            h = max_pool2d(relu(h), {.window = 2});
        }
        h = flatten(h);
        for (const int units : {120, 84}) h = dropout(relu(linear(h, units)), {.rate = 0.1});
        logits = linear(h, classes(10));
    }
};

}  // namespace

int main() {
    LeNet5 net;
    const Tensor loss = mean(softmax_cross_entropy(net.logits, net.labels));
    const Optimizer optimizer = adamw({.learning_rate = 0.002}).clip_norm(1).group("bias", {{"weight_decay", 0}});
    auto step = compile(training_step(loss, optimizer));
    auto predict = compile(argmax(net.logits, classes));

    const ImageData train(draw_digits(4096, 1), net.images.type()), test(draw_digits(1024, 2), net.images.type());
    Trainer trainer(step, predict,
                    {.epochs = 8, .batch = 64, .schedule = Schedule::cosine, .patience = 3, .keep_best = true});
    double best = 0;
    for (const EpochReport& epoch : trainer.fit(train, test)) {
        fmt::print("epoch {}: loss {:.4f}, test accuracy {:.2f} %\n", epoch.epoch, epoch.loss, 100 * epoch.test_accuracy);
        best = std::max(best, epoch.test_accuracy);
    }
    const auto file = std::filesystem::temp_directory_path() / "regularised.safetensors";
    net.m.parameters().save(file);

    LeNet5 used;  // in a program of its own, this is all that inference takes
    used.m.parameters().load(file);
    auto classify = compile(argmax(used.logits, classes));
    std::int64_t right = 0;
    for (const Batch& batch : test.batches(256)) {
        const Array found = classify(batch.images)[0];
        for (std::int64_t i = 0; i < batch.count; ++i) right += found.at({i}) == batch.labels.at({i}) ? 1 : 0;
    }
    fmt::print("the best weights, in a program of their own: {} of {}\n", right, test.count());
    return static_cast<double>(right) / static_cast<double>(test.count()) == best ? 0 : 1;
}
