// `ricci bench step`: microseconds an image of the training step, as peers are timed.
#include "frontend/cli/bench_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "frontend/cli/commands.h"
#include "frontend/cli/source.h"
#include "frontend/models/classifier.h"
#include "frontend/trainer.h"
#include "ir/base/error.h"
#include "runtime/gemm.h"
#include "runtime/random.h"

namespace ricci::cli {
namespace {

using Clock = std::chrono::steady_clock;
using runtime::Buffer;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr double kLenetFlop = 2.26e6;  // of an image and step: multiplications and additions of all layers
constexpr double kTenths = 10;
constexpr double kHundredths = 100;
constexpr double kThousandths = 1000;

/// "16,64" as numbers. \throws UserError naming what is none of 1 or more.
std::vector<std::int64_t> batches_of(const std::string& list) {
    std::vector<std::int64_t> batches;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t end = std::min(list.find(',', at), list.size());
        std::int64_t batch = 0;
        const auto [rest, error] = std::from_chars(list.data() + at, list.data() + end, batch);
        if (error != std::errc() || rest != list.data() + end || batch < 1) {
            user_error("option --batch: \"{}\" is not a whole number of 1 or more", list.substr(at, end - at));
        }
        batches.push_back(batch);
        at = end + 1;
    }
    return batches;
}

/// To so many parts of one; a quotient, so that the nearest double is printed short.
double rounded(double value, double parts) {
    return std::round(value * parts) / parts;
}

/// All batches, cut before the clock starts.
std::vector<std::pair<Buffer, Buffer>> random_batches(const Classifier& classifier, const BenchOptions& options) {
    constexpr std::int64_t kClasses = 10;
    runtime::Rng rng(0);
    std::vector<std::pair<Buffer, Buffer>> batches;
    for (std::int64_t i = 0; i < options.images / options.batch; ++i) {
        runtime::BufferSpec images{"images", classifier.images.dtype(), {}, {}};
        for (const ir::Axis& axis : classifier.images.type().axes) {
            images.kinds.emplace_back(axis.kind.name());
            images.extents.push_back(axis.extent == ir::kOpen ? options.batch : axis.extent);
        }
        Buffer pixels(std::move(images));
        Buffer labels({"labels", i32, {"batch"}, {options.batch}});
        for (float& pixel : pixels.span<float>()) pixel = static_cast<float>(rng.uniform());
        for (std::int32_t& label : labels.span<std::int32_t>()) label = static_cast<std::int32_t>(rng.below(kClasses));
        batches.emplace_back(std::move(pixels), std::move(labels));
    }
    return batches;
}

void print_profile(const Function& step, double images) {
    std::vector<runtime::KernelProfile> kernels = step.executable()->profile();
    std::ranges::stable_sort(kernels, std::greater(), &runtime::KernelProfile::nanoseconds);
    double total = 0;
    for (const runtime::KernelProfile& kernel : kernels) total += static_cast<double>(kernel.nanoseconds);
    fmt::print(stderr, "{:>7} {:>10} {:>8}  kernel\n", "time", "us/image", "calls");
    for (const runtime::KernelProfile& kernel : kernels) {
        const auto nanoseconds = static_cast<double>(kernel.nanoseconds);
        fmt::print(stderr, "{:>5.1f} % {:>10.3f} {:>8}  {}\n", 100 * nanoseconds / total, nanoseconds / 1e3 / images,
                   kernel.calls, kernel.name);
    }
    fmt::print(stderr, "{:>7} {:>10.3f} {:>8}  in all\n", "", total / 1e3 / images, "");
}

}  // namespace

double sgemm_gflops() {
    constexpr std::int64_t kSize = 1024;
    constexpr int kTries = 8;
    const std::vector<float> a(kSize * kSize, 0.5F);
    const std::vector<float> b(kSize * kSize, 0.25F);
    std::vector<float> c(kSize * kSize);
    const runtime::GemmShape shape{.m = kSize, .n = kSize, .k = kSize, .lda = kSize, .ldb = kSize, .ldc = kSize};
    double best = 0;
    for (int i = 0; i < kTries; ++i) {
        const auto start = Clock::now();
        runtime::gemm(shape, 1.0F, a.data(), b.data(), 0.0F, c.data());
        best = std::max(best, 2.0 * kSize * kSize * kSize / seconds_since(start) / 1e9);
    }
    return best;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string time_step(const BenchOptions& options) {
    if (options.images < options.batch) {
        user_error("--images {} is less than one batch of {}; ask for more images", options.images, options.batch);
    }
    const Classifier classifier = model_named(options.model).build({});
    const auto batches = random_batches(classifier, options);
    constexpr double kLearningRate = 0.01;
    constexpr double kMomentum = 0.9;
    Function step =
        compile(training_step(classifier.loss, sgd({.learning_rate = kLearningRate, .momentum = kMomentum})),
                {.passes = options.passes,
                 .target = options.target,
                 .threads = static_cast<int>(options.threads),
                 .cache = options.cache,
                 .search = options.search});
    const auto epoch = [&] {
        const auto start = Clock::now();
        for (const auto& [images, labels] : batches) step(images, labels);
        return seconds_since(start);
    };

    const double first = step.compile_seconds() + epoch();
    const auto images = static_cast<double>(static_cast<std::int64_t>(batches.size()) * options.batch);
    constexpr double kMicro = 1e6;
    std::vector<double> times;
    for (std::int64_t i = 0; i < options.repeats; ++i) times.push_back(epoch() / images * kMicro);
    const double middle = median(times);
    constexpr double kEpochImages = 60000;
    const double gflops = sgemm_gflops();
    const double floor = kLenetFlop / gflops / 1e3;
    const nlohmann::ordered_json line = {
        {"peer", fmt::format("ricci {}", RICCI_VERSION)},
        {"threads", step.threads()},
        {"batch", options.batch},
        {"us_per_image", rounded(middle, kHundredths)},
        {"min", rounded(std::ranges::min(times), kHundredths)},
        {"max", rounded(std::ranges::max(times), kHundredths)},
        {"epoch_s", rounded(middle * kEpochImages / kMicro, kThousandths)},
        {"first_epoch_extra_s", rounded(first - middle * images / kMicro, kHundredths)},
        {"sgemm_gflops", rounded(gflops, kTenths)},
        {"floor_us", rounded(floor, kHundredths)},
        {"times_floor", rounded(middle / floor, kHundredths)}};
    if (options.profile) {
        // Apart from the timed repeats, which the clock around each kernel would slow down.
        step.executable()->set_profiling(true);
        epoch();
        print_profile(step, images);
    }
    return line.dump();
}

int bench_step(Arguments arguments) {
    BenchOptions given;
    std::string batch = "64";
    Options options("bench step",
                    "Times the training step on random data in memory and prints one line of JSON. floor_us is what no "
                    "program can\nbeat: LeNet-5's 2.26 MFLOP an image at the speed of a large SGEMM in the same run.");
    constexpr double kMostImages = 1e6;  // all are in memory, 4 GB of them
    options.word("MODEL", given.model, "lenet5, which it is when left out", false);
    options.whole("--threads", "N", given.threads, kThreads, "0 is one a processor");
    options.text("--batch", "N[,N...]", batch, "images a step; a line of JSON each");
    options.whole("--images", "N", given.images, {1, kMostImages}, "images a repeat; only full batches count");
    options.whole("--repeats", "N", given.repeats, at_least(1), "of which the median is given");
    options.flag("--profile", given.profile, "also prints the time of each kernel, to standard error");
    declare_passes(options, given.passes);
    declare_target(options, given.target);
    declare_cache(options, given.cache);
    declare_search(options, given.search);
    if (!options.parse(arguments)) return kOk;
    for (std::int64_t each : batches_of(batch)) {
        given.batch = each;
        fmt::print("{}\n", time_step(given));
        std::fflush(stdout);
    }
    return kOk;
}

}  // namespace ricci::cli
