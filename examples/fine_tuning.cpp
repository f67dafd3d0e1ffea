// Training that is stopped and goes on from a checkpoint, and fine-tuning: the body of a network is loaded and frozen,
// its head is new.
#include <ricci.h>

using namespace ricci;

namespace {

struct Network {
    Model m{"network"};
    Tensor images = m.input("images", f32, {batch(), channel(1), height(28), width(28)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor logits;
    Tensor loss;

    explicit Network(const char* head)
        : logits(linear(dropout(relu(linear(flatten(images), 64, {.name = "body"})), {.rate = 0.1}), classes(10),
                        {.name = head})),
          loss(mean(softmax_cross_entropy(logits, labels))) {}
};

}  // namespace

int main() {
    const auto folder = std::filesystem::temp_directory_path() / "ricci_fine_tuning";
    std::filesystem::remove_all(folder);
    Network net("head");
    const ImageData train(draw_digits(2048, 1), net.images.type());
    const ImageData test(draw_digits(512, 2), net.images.type());
    auto step = compile(training_step(net.loss, adamw({.learning_rate = 0.002}).schedule("cosine")));
    auto predict = compile(argmax(net.logits, classes));

    TrainerOptions options{.epochs = 2, .batch = 64, .checkpoint = {.folder = folder, .every = 20}};
    options.on_epoch = [](const EpochReport& epoch) { fmt::print("epoch {}: loss {:.4f}\n", epoch.epoch, epoch.loss); };
    options.stop = [steps = 0]() mutable { return ++steps == 50; };
    Trainer(step, predict, options).fit(train, test);
    options.stop = {};
    options.resume = folder;
    fmt::print("goes on from {}\n", newest_checkpoint(folder).filename().string());
    const double whole = Trainer(step, predict, options).fit(train, test).back().test_accuracy;

    Network tuned("new_head");
    const Loaded loaded = tuned.m.parameters().load(newest_checkpoint(folder), {.strict = false});
    fmt::print("{} tensors fit, {} of the model are new\n", loaded.taken.size(), loaded.missing.size());
    auto tune = compile(training_step(tuned.loss, sgd({.learning_rate = 0.1}).freeze("body")));
    const auto reports =
        Trainer(tune, compile(argmax(tuned.logits, classes)), {.epochs = 2, .batch = 64}).fit(train, test);
    fmt::print("accuracy {:.2f} %, with a new head {:.2f} %\n", 100 * whole, 100 * reports.back().test_accuracy);
    std::filesystem::remove_all(folder);
    return reports.back().test_accuracy > 0.5 ? 0 : 1;
}
