// A training loop of one's own: metrics and gradients as outputs of the step, a schedule in the program, a file.
#include <ricci.h>

using namespace ricci;

int main() {
    Classifier net = lenet5();
    Tensor accuracy = net.model.tensor("accuracy");
    Index b("b", batch);
    accuracy[] = sum(b)(select(cast(net.predicted[b], i32) == net.labels[b], 1.0f, 0.0f) / cast(ricci::extent(b), f32));
    const ImageData digits(draw_digits(6400, 1), net.images.type());
    const auto file = std::filesystem::temp_directory_path() / "own_loop.safetensors";

    // The loop, in ten lines.
    auto step = compile(training_step(net.loss, adamw().schedule("cosine", {{"steps", 300}, {"warm_up", 20}}),
                                      {.outputs = {accuracy}, .gradients = {net.model["fc3.bias"]}}));
    for (int epoch = 1; epoch <= 3; ++epoch) {
        for (const Batch& batch : digits.batches(64, shuffle(1, epoch))) {
            const Results results = step(batch.images, batch.labels);
            if (step.parameters()["optimizer.step"].scalar() == 100 * epoch)
                fmt::print("loss {:.3f}, accuracy {:.3f}\n", results.scalar(), results["accuracy"].scalar());
        }
        step.parameters().save(file, true);
    }
    // Here it ends.

    Classifier used = lenet5();
    const Loaded loaded = used.model.parameters().load(file);
    fmt::print("{} tensors in a program that does not train\n", loaded.taken.size());
    return used.model.parameters().sha256() == net.model.parameters().sha256() ? 0 : 1;
}
