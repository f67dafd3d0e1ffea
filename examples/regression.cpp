// A curve through noisy points by 20 hidden units. Data, fit and loss are drawn in regression.svg.
#include <ricci.h>

#include <cmath>
#include <random>

using namespace ricci;

int main(int count, char** arguments) {
    Model m("regression");
    Tensor x = m.input("x", f32, {batch(), feature(1)});
    Tensor y = m.input("y", f32, {batch(), feature(1)});
    Tensor fit = linear(relu(linear(x, 20)), 1);
    Tensor loss = mean(mse(fit, y));
    auto step = compile(training_step(loss, sgd({.learning_rate = 0.05f, .momentum = 0.9f})));
    auto predict = compile(fit);

    std::mt19937 random(1);
    std::normal_distribution<float> noise(0, 0.1f);
    std::vector<float> at, values;
    for (int i = 0; i < 128; ++i) {
        at.push_back(static_cast<float>(i) / 32 - 2);
        values.push_back(std::sin(2 * at.back()) + noise(random));
    }
    const Array points(at, {batch(128), feature(1)}), targets(values, {batch(128), feature(1)});

    std::vector<double> steps, losses;
    for (int i = 0; i <= 1000; ++i) {
        losses.push_back(step(points, targets).scalar());
        steps.push_back(i);
        if (i % 200 == 0) fmt::print("step {:>4}: loss {:.4f}\n", i, losses.back());
    }

    const std::vector<float> line = predict(points)[0].to_vector<float>();
    const std::vector<double> along(at.begin(), at.end());
    Plot curve({.title = "20 hidden units", .x_label = "x"});
    curve.points(along, {values.begin(), values.end()}, "data").line(along, {line.begin(), line.end()}, "fit");
    Plot learning({.title = "mean squared error", .x_label = "step", .log_y = true});
    learning.line(steps, losses);
    const std::filesystem::path folder = count > 1 ? arguments[1] : std::filesystem::temp_directory_path();
    beside({curve.draw(), learning.draw()}).save(folder / "regression.svg");
    fmt::print("drawn in {}\n", (folder / "regression.svg").string());
    return losses.back() < 0.02 ? 0 : 1;  // the noise is 0.01
}
