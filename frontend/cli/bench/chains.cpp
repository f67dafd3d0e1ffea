// One layer after another, each with parameters of its own.
#include "frontend/cli/bench/chains.h"

#include <fmt/format.h>

#include <iterator>

namespace ricci::cli {

std::string chain_text(std::string_view chain, std::int64_t equations) {
    const bool trains = chain == "training";
    std::string parameters, layers;
    std::string last = "x";
    const std::int64_t count = equations - (trains ? 1 : 0);
    for (std::int64_t i = 1; i <= count; ++i) {
        const std::string result = fmt::format("y{}", i);
        if (chain != "pointwise" && i % 2 == 1) {
            fmt::format_to(std::back_inserter(parameters), "parameter w{}: f32[feature 16, feature 16] = 0.1\n", i);
            fmt::format_to(std::back_inserter(layers), "{}[b, k: feature 16] = w{}[k, I] * {}[b, I]\n", result, i, last);
        } else {
            fmt::format_to(std::back_inserter(parameters), "parameter a{0}: f32[feature 16] = 1\nparameter c{0}: f32[feature 16] = 0\n",
                           i);
            fmt::format_to(std::back_inserter(layers), "{}[b, j: feature 16] = relu(a{}[j] * {}[b, j] + c{}[j])\n", result,
                           i, last, i);
        }
        last = result;
    }
    std::string text = fmt::format("ricci 1 model {}\ninput x: f32[batch ?, feature 16]\n{}{}", chain, parameters, layers);
    if (!trains) return text + fmt::format("output {}\n", last);
    return text + fmt::format("loss[] = sum(b, j) {0}[b, j] * {0}[b, j]\noutput loss\ntrain loss with sgd(learning_rate = 0.01)\n", last);
}

}  // namespace ricci::cli
