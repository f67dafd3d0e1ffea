// LeNet-5, layer by layer.
#include "ricci/lenet5.h"

#include "ricci/layers.h"
#include "ricci/arithmetic.h"

namespace ricci {

Classifier lenet5(const ClassifierOptions& options) {
    Model m("lenet5");
    const Axis samples = options.batch == kOpen ? batch() : batch(options.batch);
    Tensor images = m.input("images", options.dtype,
                            options.channels_last ? std::vector<Axis>{samples, height(32), width(32), channel(1)}
                                                  : std::vector<Axis>{samples, channel(1), height(32), width(32)});
    Tensor labels = m.input("labels", i32, {samples});
    Tensor h = avg_pool2d(tanh(conv2d(images, {.out = 6, .kernel = 5})), {.window = 2});  // 6 x 14 x 14
    h = avg_pool2d(tanh(conv2d(h, {.out = 16, .kernel = 5})), {.window = 2});             // 16 x 5 x 5
    h = tanh(linear(flatten(h), 120, {.name = "fc1"}));
    h = tanh(linear(h, 84, {.name = "fc2"}));
    Tensor logits = linear(h, classes(options.classes > 0 ? options.classes : 10), {.name = "fc3"});
    Tensor loss = mean(softmax_cross_entropy(logits, labels));
    Tensor predicted = argmax(logits, classes);
    m.output("logits", logits);
    m.output("loss", loss);
    m.output("predicted", predicted);
    return {std::move(m), images, labels, logits, loss, predicted};
}

}  // namespace ricci
