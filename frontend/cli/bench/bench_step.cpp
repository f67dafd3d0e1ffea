// `ricci bench step`: microseconds an image of the training step, as peers are timed.
#include "frontend/cli/bench/bench_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "frontend/cli/bench/peak_memory.h"
#include "frontend/cli/bench/roofline.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/json_text.h"
#include "frontend/cli/machine_file.h"
#include "frontend/cli/samples.h"
#include "frontend/cli/source.h"
#include "frontend/cli/streams.h"
#include "frontend/models/registry.h"
#include "frontend/program/internals.h"
#include "ir/analysis/work.h"
#include "ir/base/error.h"
#include "ricci/trainer.h"
#include "runtime/base/random.h"
#include "runtime/call/gemm.h"

namespace ricci::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr double kEpochImages = 60000;
constexpr double kMicro = 1e6;
constexpr double kTenths = 10;
constexpr double kHundredths = 100;
constexpr double kThousandths = 1000;

struct StepOptions {
    std::string model = "lenet5";
    std::int64_t size = 0;
    std::vector<std::int64_t> threads = {1};
    std::vector<std::int64_t> batches = {64};
    bool fixed_too = false;
    std::int64_t images = 8192;
    std::int64_t repeats = 7;
    std::string target;
    bool cache = true;
    std::string search;
    std::string machine;
    bool profile = false;
    passes::Options passes;
};

/// To so many parts of one; a quotient, so that the nearest double is printed short.
double rounded(double value, double parts) {
    return std::round(value * parts) / parts;
}

/// A tensor of random numbers, or of ids below 10, for so many samples.
Array random_array(const Tensor& tensor, std::int64_t batch, runtime::Rng& rng) {
    constexpr std::int64_t kIds = 10;
    std::vector<Axis> axes = tensor.type().axes;
    for (Axis& axis : axes) {
        if (axis.extent == kOpen) axis.extent = batch;
    }
    Array array(tensor.dtype(), std::move(axes));
    if (tensor.dtype() == i32) {
        for (std::int32_t& id : array.span<std::int32_t>()) id = static_cast<std::int32_t>(rng.below(kIds));
    } else {
        for (float& number : array.span<float>()) number = static_cast<float>(rng.uniform());
    }
    return array;
}

/// Enough batches for so many samples, cut before the clock starts: what a step takes, in the order of its inputs.
std::vector<std::vector<Array>> random_batches(const Network& network, std::int64_t images, std::int64_t batch) {
    runtime::Rng rng(0);
    std::vector<Tensor> taken = network.inputs;
    if (network.labels) taken.push_back(*network.labels);
    std::vector<std::vector<Array>> batches(static_cast<std::size_t>(images / batch));
    for (std::vector<Array>& one : batches) {
        for (const Tensor& tensor : taken) one.push_back(random_array(tensor, batch, rng));
    }
    return batches;
}

/// Each kernel: its time, what bounds it, and how much of its time that bound would take one core.
void print_profile(const Function& step, double images, std::int64_t batch, double gflops, const passes::Machine& machine) {
    std::vector<runtime::KernelProfile> kernels = detail::executable_of(step)->profile();
    std::ranges::stable_sort(kernels, std::greater(), &runtime::KernelProfile::nanoseconds);
    const ir::Graph& graph = detail::graph_of(step);
    const std::map<std::string, KernelNeeds> needs = needs_of_kernels(graph, batch);
    const double runs = images / static_cast<double>(batch);
    double total = 0;
    for (const runtime::KernelProfile& kernel : kernels) total += static_cast<double>(kernel.nanoseconds);
    complain(fmt::format("{:>7} {:>10} {:>8} {:>14} {:>9}  kernel", "time", "us/image", "calls", "bound by", "roofline"));
    for (const runtime::KernelProfile& kernel : kernels) {
        const auto nanoseconds = static_cast<double>(kernel.nanoseconds);
        const std::size_t prefix = kernel.name.starts_with(graph.name + ".") ? graph.name.size() + 1 : 0;
        const auto own = needs.find(kernel.name.substr(prefix));
        std::string bound = fmt::format("{:>14} {:>9}", "", "");
        if (own != needs.end() && nanoseconds > 0) {
            const Bound by = bound_of(own->second, gflops * 1e9, machine);
            bound = fmt::format("{:>14} {:>7.0f} %", by.name, 100 * by.seconds * runs * 1e9 / nanoseconds);
        }
        complain(fmt::format("{:>5.1f} % {:>10.3f} {:>8} {}  {}", 100 * nanoseconds / total, nanoseconds / 1e3 / images,
                             kernel.calls, bound, kernel.name));
    }
    complain(fmt::format("{:>7} {:>10.3f} {:>8} {:>14} {:>9}  in all", "", total / 1e3 / images, "", "", ""));
}

/// A step for one number of threads and one batch extent, and how long each repeat took.
class TimedStep {
  public:
    /// \param fixed  the model says how many images a step has, else they are what each call brings.
    TimedStep(const StepOptions& options, std::int64_t threads, std::int64_t batch, bool fixed)
        : batch_(batch), fixed_(fixed) {
        if (options.images < batch) {
            user_error("--images {} is less than one batch of {}; ask for more images", options.images, batch);
        }
        const Network network = registered_model(options.model).build(
            {.batch = fixed ? batch : kOpen, .height = options.size, .width = options.size});
        check_size(options.size, options.model, network);
        batches_ = random_batches(network, options.images, batch);
        for (const std::vector<Array>& arrays : batches_) arguments_.emplace_back(arrays.begin(), arrays.end());
        constexpr double kLearningRate = 0.01;
        constexpr double kMomentum = 0.9;
        const Program program =
            training_step(network.loss, sgd({.learning_rate = kLearningRate, .momentum = kMomentum}));
        flop_ = product_flop(program, batch) / static_cast<double>(batch);
        passes::Options passes = options.passes;
        passes.measured = machine_of_file(options.machine);
        passes.memory_samples = batch;
        machine_ = detail::machine_of(options.target, passes.measured);
        step_.emplace(detail::compile_with(passes, program,
                                           {.target = options.target,
                                            .threads = static_cast<int>(threads),
                                            .cache = options.cache,
                                            .search = options.search}));
        warn_of(*step_);
        first_ = step_->compile_seconds() + epoch();
        peak_bytes_ = memory_.bytes();
    }

    bool has_fixed_batch() const { return fixed_; }
    void repeat() { times_.push_back(epoch() / images() * kMicro); }

    /// Microseconds an image, of each repeat.
    const std::vector<double>& times() const { return times_; }

    nlohmann::ordered_json line(double gflops) const {
        const double middle = median(times_);
        const double floor = flop_ / gflops / 1e3;
        return {{"peer", name_and_version()},
                {"threads", step_->threads()},
                {"batch", batch_},
                {"us_per_image", rounded(middle, kHundredths)},
                {"min", rounded(std::ranges::min(times_), kHundredths)},
                {"max", rounded(std::ranges::max(times_), kHundredths)},
                {"epoch_s", rounded(middle * kEpochImages / kMicro, kThousandths)},
                {"first_epoch_extra_s", rounded(first_ - middle * images() / kMicro, kHundredths)},
                {"peak_bytes", peak_bytes_},
                {"sgemm_gflops", rounded(gflops, kTenths)},
                {"floor_us", rounded(floor, kHundredths)},
                {"times_floor", rounded(middle / floor, kHundredths)}};
    }

    /// One more repeat with a clock around each kernel, which would slow the timed ones down.
    void profile(double gflops) {
        detail::executable_of(*step_)->set_profiling(true);
        epoch();
        print_profile(*step_, images(), batch_, gflops, machine_);
        detail::executable_of(*step_)->set_profiling(false);
    }

  private:
    double epoch() {
        const auto start = Clock::now();
        for (const std::vector<Argument>& arguments : arguments_) step_->run(arguments);
        return seconds_since(start);
    }

    double images() const { return static_cast<double>(static_cast<std::int64_t>(batches_.size()) * batch_); }

    PeakMemory memory_;  // begins before the model is built
    std::int64_t batch_;
    bool fixed_;
    std::vector<std::vector<Array>> batches_;
    std::vector<std::vector<Argument>> arguments_;  // that point to them
    passes::Machine machine_;
    std::optional<Function> step_;
    double flop_ = 0;   // of an image: products of matrices, as the step's equations have them
    double first_ = 0;  // seconds: compilation and the first pass over the images
    std::int64_t peak_bytes_ = 0;
    std::vector<double> times_;
};

/// How many times as fast as the first: the median over the repeats, which took turns, and the least and most.
void add_speedup(nlohmann::ordered_json& line, const std::vector<double>& first, const std::vector<double>& times) {
    std::vector<double> ratios;
    std::ranges::transform(first, times, std::back_inserter(ratios), std::divides());
    line["speedup"] = rounded(median(ratios), kHundredths);
    line["speedup_min"] = rounded(std::ranges::min(ratios), kHundredths);
    line["speedup_max"] = rounded(std::ranges::max(ratios), kHundredths);
}

void time_steps(const StepOptions& options) {
    run_tiny_step();
    std::vector<TimedStep> steps;
    for (const std::int64_t threads : options.threads) {
        for (const std::int64_t batch : options.batches) {
            steps.emplace_back(options, threads, batch, false);
            if (options.fixed_too) steps.emplace_back(options, threads, batch, true);
        }
    }
    constexpr int kSgemmTries = 3;
    std::vector<double> gflops;
    for (std::int64_t i = 0; i < options.repeats; ++i) {
        gflops.push_back(sgemm_gflops(kSgemmTries));
        for (TimedStep& step : steps) step.repeat();
    }
    for (TimedStep& step : steps) {
        nlohmann::ordered_json line = step.line(median(gflops));
        if (options.fixed_too) line["fixed_batch"] = step.has_fixed_batch();
        if (steps.size() > 1) add_speedup(line, steps.front().times(), step.times());
        fmt::print("{}", json_line(line));
        flush_output();
        if (options.profile) step.profile(median(gflops));
    }
}

}  // namespace

double sgemm_gflops(int tries) {
    constexpr std::int64_t kSize = 1024;
    const std::vector<float> a(kSize * kSize, 0.5F);
    const std::vector<float> b(kSize * kSize, 0.25F);
    std::vector<float> c(kSize * kSize);
    const runtime::GemmShape shape{.m = kSize, .n = kSize, .k = kSize, .lda = kSize, .ldb = kSize, .ldc = kSize};
    double best = 0;
    for (int i = 0; i < tries; ++i) {
        const auto start = Clock::now();
        runtime::gemm(shape, 1.0F, a.data(), b.data(), 0.0F, c.data());
        best = std::max(best, 2.0 * kSize * kSize * kSize / seconds_since(start) / 1e9);
    }
    return best;
}

double product_flop(const Program& program, std::int64_t batch) {
    passes::Remarks remarks;
    return ir::work_of(passes::run_to(detail::graph_of(program), ir::Stage::step, {}, remarks), batch).product_flop;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void declare_timed_model(Options& options, std::string& model, std::int64_t& size) {
    options.word("MODEL", model, "one that ricci models lists; lenet5 when left out", false);
    options.whole("--size", "N", size, kImageSize, "rows and columns of an image; 0 is what the model is known for");
}

int bench_step(Arguments arguments) {
    StepOptions given;
    Options options(
        "bench step",
        "Times the training step on random data in memory. Prints a line of JSON for each number of threads and "
        "batch extent.\nRepeats take turns. floor_us is what no program can beat: the FLOP of the step's products, at "
        "the speed of a large\nSGEMM in the same run. With several lines, speedup is the first one's time by this "
        "one's: the median of\nthe repeats, their least and most. peak_bytes is the most memory that the process holds up "
        "to the end of the first pass over\nthe images. What it held before the model was built is taken off.");
    declare_timed_model(options, given.model, given.size);
    options.wholes("--threads", "N", given.threads, kThreads, "0 is one a processor");
    options.wholes("--batch", "N", given.batches, kBatch, "images a step");
    options.flag("--fixed-batch", given.fixed_too, "also times each batch as one of the model, batch(64) in place of batch()");
    options.whole("--images", "N", given.images, kTimedImages, "images a repeat; only full batches count");
    options.whole("--repeats", "N", given.repeats, kRepeats, "of which the median is given");
    options.flag("--profile", given.profile, "also prints, to standard error, the time of each kernel and what bounds it. The share of its "
                 "roofline says how much of that time one core would need at that bound. Filtering multiplies less, and may be above");
    declare_passes(options, given.passes);
    declare_target(options, given.target);
    declare_cache(options, given.cache);
    declare_search(options, given.search);
    declare_machine(options, given.machine);
    if (!options.parse(arguments)) return kOk;
    time_steps(given);
    return kOk;
}

}  // namespace ricci::cli
