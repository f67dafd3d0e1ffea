// Two inputs, two losses, two optimizers, one set of weights. A generator turns noise into numbers; a judge tells them from real
// ones. The judge's weights serve twice, for real and for made numbers. Each program trains one of the two and freezes the
// other.
#include <ricci.h>

#include <random>

using namespace ricci;

namespace {

constexpr std::int64_t kNoise = 4, kHidden = 16;

struct Network {
    Model m{"adversarial"};
    Tensor noise = m.input("noise", f32, {batch(), feature(kNoise)});
    Tensor real = m.input("real", f32, {batch(), feature(1)});
    // The judge: made once, applied to whatever it is given.
    Tensor w1 = m.parameter("judge.w1", f32, {feature(kHidden), feature(1)});
    Tensor b1 = m.parameter("judge.b1", f32, {feature(kHidden)}, zeros());
    Tensor w2 = m.parameter("judge.w2", f32, {feature(1), feature(kHidden)});

    Tensor judged(const Tensor& x) {
        Tensor hidden = leaky_relu(apply("linear", {x, w1}) + b1, 0.2);
        return apply("linear", {hidden, w2});
    }
    Tensor made() {
        Tensor h = tanh(linear(noise, kHidden, {.name = "maker.hidden"}));
        return linear(h, 1, {.name = "maker.out"});
    }
};

std::mt19937 generator(1);

/// Rows of numbers around a mean.
Array drawn(std::int64_t rows, std::int64_t columns, float mean, float deviation) {
    std::normal_distribution<float> number(mean, deviation);
    std::vector<float> numbers(static_cast<std::size_t>(rows * columns));
    for (float& x : numbers) x = number(generator);
    return {numbers, {rows, columns}};
}

}  // namespace

int main() {
    Network net;
    const Tensor made = net.made();
    const Tensor of_real = net.judged(net.real), of_made = net.judged(made);
    // The judge is to say yes to real numbers and no to made ones; the maker, that the judge says yes.
    const Tensor judge_loss = mean(softplus(-of_real)) + mean(softplus(of_made));
    const Tensor maker_loss = mean(softplus(-of_made));
    auto train_judge = compile(training_step(judge_loss, adam({.learning_rate = 0.01}).freeze("maker")));
    auto train_maker = compile(training_step(maker_loss, rmsprop({.learning_rate = 0.002}).freeze("judge")));
    auto make = compile(made);

    for (int i = 0; i < 1500; ++i) {
        const Array noise = drawn(64, kNoise, 0, 1), real = drawn(64, 1, 3, 0.5F);
        train_judge({{"noise", noise}, {"real", real}});
        train_maker({{"noise", noise}});
    }
    const Array noise = drawn(1000, kNoise, 0, 1);
    double mean = 0;
    for (float x : make(noise)[0].to_vector<float>()) mean += x / 1000;
    fmt::print("the mean of real numbers is 3, that of made ones {:.2f}\n", mean);
    return mean > 2 && mean < 4 ? 0 : 1;
}
