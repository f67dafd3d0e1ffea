// Arrays of `ricci run`.
#include "frontend/cli/arrays.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "frontend/cli/train/trained.h"
#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "ir/base/error.h"
#include "ir/base/places.h"
#include "runtime/base/random.h"
#include "runtime/file/npy.h"

namespace ricci::cli {
namespace {

using runtime::Buffer;
using runtime::BufferSpec;

/// What NumPy calls the type; "" where it has none.
std::string_view numpy_name(DType dtype) {
    switch (dtype) {
        case DType::f32: return "float32";
        case DType::f64: return "float64";
        case DType::i32: return "int32";
        case DType::i64: return "int64";
        case DType::boolean: return "bool";
        default: return "";
    }
}

/// The array in the file, under the name and with the kinds of the value it is for.
Buffer read_for(const std::string& path, const BufferSpec& wanted) {
    Buffer array = runtime::read_npy(path);
    const BufferSpec& found = array.spec();
    bool fits = found.extents.size() == wanted.extents.size();
    for (std::size_t axis = 0; fits && axis < wanted.extents.size(); ++axis) {
        fits = wanted.extents[axis] == runtime::kOpen ? found.extents[axis] >= 1
                                                      : found.extents[axis] == wanted.extents[axis];
    }
    if (!fits || found.dtype != wanted.dtype) {
        const bool none = std::ranges::count(found.extents, 0) > 0;
        const std::string_view name = fits ? numpy_name(wanted.dtype) : "";
        std::string remedy;
        if (!name.empty()) remedy = fmt::format("; NumPy converts it: np.save(\"{}\", a.astype(\"{}\"))", path, name);
        user_error("{} holds {}[{}] but the program takes {}{}{}", path, name_of(found.dtype), fmt::join(found.extents, ", "),
                   wanted.describe(), none ? ", and at least one sample" : "", remedy);
    }
    Buffer named({wanted.name, wanted.dtype, wanted.kinds, found.extents});
    named.copy_contents(array);
    return named;
}

std::int64_t class_count(const ir::Graph& graph) {
    constexpr std::int64_t kUsual = 10;
    for (const ir::Value& value : graph.values) {
        if (const std::optional<std::size_t> axis = value.type.axis_of(ir::kinds::classes())) {
            return value.type.axes[*axis].extent;
        }
    }
    return kUsual;
}

Buffer draw(BufferSpec spec, std::uint64_t seed, std::int64_t batch, std::int64_t classes) {
    std::ranges::replace(spec.extents, runtime::kOpen, batch);
    runtime::Rng rng(seed, spec.name);
    Buffer buffer(std::move(spec));
    const DType dtype = buffer.spec().dtype;
    for (std::int64_t i = 0; i < buffer.elements(); ++i) {
        const std::int64_t most = dtype == boolean ? 2 : classes;
        set_element(buffer, i, is_float(dtype) ? rng.uniform() : static_cast<double>(rng.below(most)));
    }
    return buffer;
}

}  // namespace

FilesByName files_by_name(const std::string& option, const std::vector<std::string>& arguments) {
    FilesByName files;
    for (const std::string& argument : arguments) {
        const std::size_t equals = argument.find('=');
        if (equals == 0 || equals == std::string::npos || equals + 1 == argument.size()) {
            user_error("option {} is \"{}\"; it is NAME=FILE.npy", option, argument);
        }
        const std::string name = argument.substr(0, equals);
        if (!files.emplace(name, argument.substr(equals + 1)).second) user_error("{} {} is given twice", option, name);
    }
    return files;
}

Parameters make_parameters(const ir::Graph& graph, const FilesByName& files, const std::string& weights,
                           std::uint64_t seed) {
    Parameters parameters(seed);
    detail::Internals::add(parameters, graph);
    if (!weights.empty()) load_weights(parameters, weights, graph.name);
    for (const auto& [name, path] : files) {
        if (!parameters.contains(name)) continue;
        Buffer& into = *detail::Internals::shared(parameters, name);
        const Buffer array = read_for(path, into.spec());
        into.copy_contents(array);
    }
    return parameters;
}

std::vector<Buffer> make_inputs(const ir::Graph& graph, const FilesByName& files, std::uint64_t seed,
                                std::int64_t batch) {
    std::vector<Buffer> inputs;
    if (graph.fixed_batch > 0) batch = graph.fixed_batch;
    for (const ir::Value& value : graph.values) {
        if (value.role != ir::Role::input) continue;
        const BufferSpec spec = spec_of(value);
        if (!files.contains(value.name)) {
            inputs.emplace_back();
            continue;
        }
        inputs.push_back(read_for(files.at(value.name), spec));
        const std::size_t open = place_of(spec.extents, runtime::kOpen);
        if (open < spec.extents.size()) batch = inputs.back().spec().extents[open];
    }
    std::size_t place = 0;
    for (const ir::Value& value : graph.values) {
        if (value.role != ir::Role::input) continue;
        std::int64_t numbers = value.numbers ? value.numbers->extent : class_count(graph);
        if (numbers == ir::kOpen) numbers = batch;
        if (!files.contains(value.name)) inputs[place] = draw(spec_of(value), seed, batch, numbers);
        ++place;
    }
    return inputs;
}

std::string summarize(const Buffer& buffer) {
    constexpr std::int64_t kShown = 10;
    const std::string what = buffer.spec().describe();
    if (buffer.spec().extents.empty()) return fmt::format("{} = {}", what, element_text(buffer, 0, 6));
    if (buffer.elements() <= kShown) {
        std::vector<std::string> all;
        for (std::int64_t i = 0; i < buffer.elements(); ++i) all.push_back(element_text(buffer, i, 4));
        return fmt::format("{} = {}", what, fmt::join(all, ", "));
    }
    std::vector<double> values;
    double sum = 0;
    for (std::int64_t i = 0; i < buffer.elements(); ++i) sum += values.emplace_back(element_of(buffer, i));
    if (buffer.spec().dtype == boolean) return fmt::format("{} {} true of {}", what, sum, values.size());
    // A comparison with NaN is false, so that minimum and maximum alone would hide it; the mean shows it.
    const auto [least, most] = std::ranges::minmax_element(values);
    return fmt::format("{} from {} to {}, mean {:.4g}", what, element_text(buffer, least - values.begin(), 4),
                       element_text(buffer, most - values.begin(), 4), std::isnan(sum) ? std::fabs(sum) : sum / static_cast<double>(values.size()));
}

std::string matrices(const Buffer& buffer) {
    constexpr std::int64_t kMost = 24;  // rows, columns and matrices
    const std::vector<std::int64_t>& extents = buffer.spec().extents;
    const std::int64_t columns = extents.empty() ? 1 : extents.back();
    const std::int64_t rows = extents.size() < 2 ? 1 : extents[extents.size() - 2];
    const std::int64_t all = buffer.elements() / std::max<std::int64_t>(rows * columns, 1);
    std::string text = buffer.spec().describe() + "\n";
    for (std::int64_t matrix = 0; matrix < std::min(all, kMost); ++matrix) {
        if (extents.size() > 2) {
            std::vector<std::string> at(extents.size() - 2);
            for (std::size_t axis = at.size(), rest = static_cast<std::size_t>(matrix); axis-- > 0;) {
                at[axis] = fmt::format("{}", rest % static_cast<std::size_t>(extents[axis]));
                rest /= static_cast<std::size_t>(extents[axis]);
            }
            text += fmt::format("  [{}]\n", fmt::join(at, ", "));
        }
        std::vector<std::vector<std::string>> cells;
        std::size_t width = 0;
        for (std::int64_t row = 0; row < std::min(rows, kMost); ++row) {
            cells.emplace_back();
            for (std::int64_t column = 0; column < std::min(columns, kMost); ++column) {
                cells.back().push_back(element_text(buffer, (matrix * rows + row) * columns + column, 4));
                width = std::max(width, cells.back().back().size());
            }
        }
        for (const std::vector<std::string>& row : cells) {
            text += " ";
            for (const std::string& cell : row) text += fmt::format(" {:>{}}", cell, width);
            text += columns > kMost ? " ...\n" : "\n";
        }
        if (rows > kMost) text += "  ...\n";
    }
    if (all > kMost) text += "  ...\n";
    return text;
}

}  // namespace ricci::cli
