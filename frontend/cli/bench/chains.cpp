// One layer after another, each with parameters of its own.
#include "frontend/cli/bench/chains.h"

#include <fmt/format.h>

namespace ricci::cli {

std::string chain_text(std::string_view chain, std::int64_t equations) {
    const bool trains = chain == "training";
    std::string parameters, layers;
    std::string last = "x";
    const std::int64_t count = equations - (trains ? 1 : 0);
    for (std::int64_t i = 1; i <= count; ++i) {
        const std::string result = fmt::format("y{}", i);
        if (chain != "pointwise" && i % 2 == 1) {
            parameters += fmt::format("parameter w{}: f32[feature 16, feature 16] = 0.1\n", i);
            layers += fmt::format("{}[b, k: feature 16] = w{}[k, I] * {}[b, I]\n", result, i, last);
        } else {
            parameters += fmt::format("parameter a{0}: f32[feature 16] = 1\nparameter c{0}: f32[feature 16] = 0\n", i);
            layers += fmt::format("{0}[b, j: feature 16] = relu(a{1}[j] * {2}[b, j] + c{1}[j])\n", result, i, last);
        }
        last = result;
    }
    const std::string text =
        fmt::format("ricci 1 model {}\ninput x: f32[batch ?, feature 16]\n{}{}", chain, parameters, layers);
    if (!trains) return fmt::format("{}output {}\n", text, last);
    return fmt::format("{0}loss[] = sum(b, j) {1}[b, j] * {1}[b, j]\noutput loss\n"
                       "train loss with sgd(learning_rate = 0.01)\n", text, last);
}

}  // namespace ricci::cli
