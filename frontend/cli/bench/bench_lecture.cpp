// Every form gets the same numbers; each direction is a program of its own.
#include "frontend/cli/bench/bench_lecture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>

#include "frontend/cli/bench/bench_step.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/streams.h"
#include "frontend/lecture/convolution_forms.h"
#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "ricci/plot.h"
#include "runtime/base/random.h"

namespace ricci::cli {
namespace {

using detail::Internals;
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

/// Of the largest difference over the largest number.
double most_error(DType dtype) {
    return dtype == f32 ? 1e-4 : 1e-12;
}

std::vector<double> numbers_of(const Array& array) {
    if (array.dtype() == f64) return array.to_vector<double>();
    const auto values = array.span<float>();
    return {values.begin(), values.end()};
}

/// Random numbers from -1 to 1 for an input of that name, and the matrix for the form that takes one.
Buffer numbers_for(const ir::Value& value, const Convolution& sizes) {
    runtime::BufferSpec spec = spec_of(value);
    spec.extents = value.type.extents(sizes.batch);
    if (value.name == "matrix") {
        const Function made = compile(detail::program_of(ir::parse(lecture::matrix_text(sizes), "matrix")));
        const Results results = detail::run(made, {});
        Buffer matrix(std::move(spec));
        std::copy_n(Internals::buffer(results[0]).contents().data(), matrix.bytes(), static_cast<std::byte*>(matrix.data()));
        return matrix;
    }
    Buffer buffer(std::move(spec));
    runtime::Rng rng(value.name.size());  // x and w: the same for every form
    for (std::int64_t i = 0; i < buffer.elements(); ++i) set_element(buffer, i, 2 * rng.uniform() - 1);
    return buffer;
}

struct Measured {
    double milliseconds = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> values{};
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
    Measured measured{.values = numbers_of(results[0])};
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

double error_of(const std::vector<double>& got, const std::vector<double>& expected) {
    double largest = 0, difference = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        largest = std::max(largest, std::abs(expected[i]));
        difference = std::max(difference, std::abs(got[i] - expected[i]));
    }
    return got.size() == expected.size() ? difference / largest : std::numeric_limits<double>::infinity();
}

/// A table of one lecture, and its bars. \returns whether all forms agree.
bool run_one(const Lecture& lecture, const LectureOptions& given, std::vector<Drawing>& drawings) {
    fmt::print("{}\n{:<15} {:>12} {:>16} {:>16}   {}\n", lecture.title, "form", "forward ms", "gradient by x", "gradient by w",
               "largest error");
    std::array<std::vector<double>, 3> expected;
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
        const bool equal = worst <= most_error(given.dtype);
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
    std::vector<Lecture> lectures;
    for (const Lecture& lecture : kLectures) {
        if (std::string_view(lecture.title).contains(given.only)) lectures.push_back(lecture);
    }
    if (lectures.empty()) user_error("--only {}: no lecture has that in its title", given.only);
    for (Lecture& lecture : lectures) lecture.sizes.dtype = given.dtype;
    if (!given.print.empty()) {
        for (const Lecture& lecture : lectures) {
            const std::string text = lecture::text_of(given.print, lecture.sizes);
            const auto form = std::ranges::find(lecture::forms(), given.print, &lecture::Form::name);
            fmt::print("# {}{}\n{}", lecture.title,
                       form->gemm.empty() ? "" : fmt::format("; {} with the option --gemm {}", form->name, form->gemm), text);
        }
        return kOk;
    }
    bool agree = true;
    std::vector<Drawing> drawings;
    for (const Lecture& lecture : lectures) agree = run_one(lecture, given, drawings) && agree;
    if (!given.svg.empty()) {
        beside(drawings, 1).save(given.svg);
        fmt::print("drawn in {}\n", given.svg);
    }
    return agree ? kOk : kDiffers;
}

}  // namespace ricci::cli
