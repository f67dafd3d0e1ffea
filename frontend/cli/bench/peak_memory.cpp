// Reads VmRSS and VmHWM, pages in memory and the most of them, from /proc/self/status.
#include "frontend/cli/bench/peak_memory.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>

#include "ricci/ricci.h"

namespace ricci::cli {
namespace {

/// Bytes that the line of that name says, 0 where there is none.
std::int64_t status_bytes(std::string_view name) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        std::int64_t kilobytes = 0;
        if (word == name && status >> kilobytes) return kilobytes * 1024;
    }
    return 0;
}

}  // namespace

void run_tiny_step() {
    constexpr std::int64_t kSamples = 64, kFeatures = 64, kClasses = 4;
    Model m("tiny");
    const Tensor x = m.input("x", f32, {batch(), feature(kFeatures)});
    const Tensor labels = m.input("labels", i32, {batch()});
    const Tensor loss = mean(softmax_cross_entropy(linear(relu(linear(x, kFeatures)), classes(kClasses)), labels));
    const Program program = training_step(loss, sgd({.learning_rate = 0.01, .momentum = 0.9}));
    Function step = compile(program, {.gemm = Gemm::blas, .tile = TileSize::off(), .threads = 1});
    const Array samples(f32, {batch(kSamples), feature(kFeatures)});
    const Array answers(i32, {batch(kSamples)});
    step(samples, answers);
}

PeakMemory::PeakMemory() {
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak becomes what is held now
    before_ = status_bytes("VmRSS:");
}

std::int64_t PeakMemory::bytes() const {
    return std::max<std::int64_t>(status_bytes("VmHWM:") - before_, 0);
}

}  // namespace ricci::cli
