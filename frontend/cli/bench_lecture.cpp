// Every form gets the same numbers; each direction is a program of its own.
#include "frontend/cli/bench_lecture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>

#include "frontend/cli/bench_step.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/streams.h"
#include "frontend/lecture/convolution_forms.h"
#include "frontend/model/buffers.h"
#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "ricci/plot.h"
#include "runtime/base/random.h"

namespace ricci::cli {
namespace {

using lecture::Convolution;
using runtime::Buffer;

struct Lecture {
    const char* title;
    Convolution sizes;
};

/// The sizes of the lectures' own examples and measurements.
constexpr std::array kLectures = {
    Lecture{"10 images of 32 x 32 x 8, kernels of 3 x 3, 16 channels out, channels last",
            {.batch = 10, .in = 8, .out = 16, .height = 32, .width = 32, .tap_h = 3, .tap_w = 3, .channels_last = true,
             .kernel_channels_last = true}},
    Lecture{"LeNet-5's first layer: 64 images of 1 x 32 x 32, kernels of 5 x 5, 6 channels out",
            {.batch = 64, .in = 1, .out = 6, .height = 32, .width = 32, .tap_h = 5, .tap_w = 5}},
    Lecture{"1 image of 3 x 4 x 4, kernels of 2 x 2, 2 channels out",
            {.batch = 1, .in = 3, .out = 2, .height = 4, .width = 4, .tap_h = 2, .tap_w = 2}},
};

constexpr std::array kDirections = {"forward", "gradient by x", "gradient by w"};
constexpr double kMostError = 1e-4;  // largest difference over the largest number, of f32

/// Random numbers from -1 to 1 for an input of that name, and the matrix for the form that takes one.
Buffer numbers_for(const ir::Value& value, const Convolution& sizes) {
    runtime::BufferSpec spec = spec_of(value);
    spec.extents = value.type.extents(sizes.batch);
    if (value.name == "matrix") {
        const Function made = compile(detail::program_of(ir::parse(lecture::matrix_text(sizes), "matrix")));
        const Results results = detail::run(made, {});
        Buffer matrix(std::move(spec));
        std::ranges::copy(results[0].span<float>(), matrix.span<float>().begin());
        return matrix;
    }
    Buffer buffer(std::move(spec));
    runtime::Rng rng(value.name.size());  // x and w: the same for every form
    for (float& element : buffer.span<float>()) element = static_cast<float>(2 * rng.uniform() - 1);
    return buffer;
}

struct Measured {
    double milliseconds = std::numeric_limits<double>::quiet_NaN();
    std::vector<float> values{};
};

Measured measure(const ir::Graph& graph, std::size_t direction, std::string_view form, const Convolution& sizes,
                 const LectureOptions& given) {
    using Clock = std::chrono::steady_clock;
    ir::Graph one = graph;
    one.outputs = {graph.outputs.at(direction)};
    Function function = detail::compile_with(lecture::options_of(form, detail::passes_of(given.compile)),
                                             detail::program_of(std::move(one)), given.compile);
    std::vector<Buffer> inputs;
    for (const ir::Value& value : detail::graph_of(function).values) {
        if (value.role == ir::Role::input) inputs.push_back(numbers_for(value, sizes));
    }
    std::vector<runtime::Binding> bindings;
    for (const Buffer& buffer : inputs) bindings.push_back(runtime::Binding::of(buffer.spec().name, buffer));
    const Results results = detail::run(function, bindings);
    const auto values = results[0].span<float>();
    Measured measured{.values = {values.begin(), values.end()}};
    constexpr std::size_t kLeast = 3;
    std::vector<double> times;
    const auto begin = Clock::now();
    const auto since = [](Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); };
    while (times.size() < kLeast || since(begin) < given.seconds) {
        const auto start = Clock::now();
        detail::run(function, bindings);
        times.push_back(since(start));
    }
    measured.milliseconds = 1e3 * median(times);
    return measured;
}

double error_of(const std::vector<float>& got, const std::vector<float>& expected) {
    double largest = 0, difference = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
        difference = std::max(difference, std::abs(static_cast<double>(got[i]) - expected[i]));
    }
    return got.size() == expected.size() ? difference / largest : std::numeric_limits<double>::infinity();
}

/// A table of one lecture, and its bars. \returns whether all forms agree.
bool run_one(const Lecture& lecture, const LectureOptions& given, std::vector<Drawing>& drawings) {
    fmt::print("{}\n{:<15} {:>12} {:>16} {:>16}   {}\n", lecture.title, "form", "forward ms", "gradient by x", "gradient by w",
               "largest error");
    std::array<std::vector<float>, 3> expected;
    std::array<std::vector<double>, 3> times;
    PlotOptions plot{.title = lecture.title, .y_label = "ms", .log_y = true, .width = 760};
    bool agree = true;
    for (const lecture::Form& form : lecture::forms()) {
        std::string text;
        try {
            text = lecture::text_of(form.name, lecture.sizes, {.gradients = true, .given_matrix = true});
        } catch (const UserError& refused) {
            fmt::print("{}\n", refused.what());
            continue;
        }
        passes::Remarks remarks;
        const std::array names = {std::string("differentiate")};
        const ir::Graph graph = passes::run_only(ir::parse(text, form.name), names, {}, remarks);
        plot.x_names.emplace_back(form.name);
        double worst = 0;
        std::string row = fmt::format("{:<15}", form.name);
        for (std::size_t direction = 0; direction < kDirections.size(); ++direction) {
            Measured found = measure(graph, direction, form.name, lecture.sizes, given);
            times[direction].push_back(found.milliseconds);
            row += fmt::format(" {:>{}.4f}", found.milliseconds, direction == 0 ? 12 : 16);
            if (expected[direction].empty()) expected[direction] = std::move(found.values);
            else worst = std::max(worst, error_of(found.values, expected[direction]));
        }
        const bool equal = worst <= kMostError;
        agree = agree && equal;
        fmt::print("{}   {:.1e}{}\n", row, worst, equal ? "" : ", too much");
        flush_output();
    }
    fmt::print("\n");
    Plot bars(std::move(plot));
    for (std::size_t direction = 0; direction < kDirections.size(); ++direction)
        bars.bars(times[direction], kDirections[direction]);
    drawings.push_back(bars.draw());
    return agree;
}

}  // namespace

int bench_lecture(const LectureOptions& given) {
    bool agree = true;
    std::vector<Drawing> drawings;
    for (const Lecture& lecture : kLectures) {
        if (!std::string_view(lecture.title).contains(given.only)) continue;
        agree = run_one(lecture, given, drawings) && agree;
    }
    if (drawings.empty()) user_error("--only {}: no lecture has that in its title", given.only);
    if (!given.svg.empty()) {
        beside(drawings, 1).save(given.svg);
        fmt::print("drawn in {}\n", given.svg);
    }
    return agree ? kOk : kDiffers;
}

}  // namespace ricci::cli
