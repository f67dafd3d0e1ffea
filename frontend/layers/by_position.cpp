// Equations over indices that are called by the places of axes: i0, i1, ...
#include "ricci/by_position.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "ir/elaborate/elaborate.h"
#include "ir/surface/surface_parser.h"

namespace ricci {
namespace {

/// Functions of two elements by name, and how an equation writes them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kFunctions = {
    {{"add", "{} + {}"},       {"sub", "{} - {}"},      {"mul", "{} * {}"},            {"div", "{} / {}"},
     {"pow", "pow({}, {})"},   {"mod", "mod({}, {})"},  {"atan2", "atan2({}, {})"},    {"min", "min({}, {})"},
     {"max", "max({}, {})"},   {"less", "{} < {}"},     {"less_equal", "{} <= {}"},    {"greater", "{} > {}"},
     {"greater_equal", "{} >= {}"}, {"equal", "{} == {}"}, {"not_equal", "{} != {}"}}};

/// An equation of a model, with the types that its result has. Texts call the operands a and b.
Tensor equation(const std::string& name, const std::vector<Tensor>& operands, const std::string& left, const std::string& body,
                const TensorType& type, const Location& where) {
    std::shared_ptr<detail::ModelState> model = detail::common_model(name, operands, where);
    detail::Attempt attempt(model);
    const std::string result = model->number(name);
    ir::surface::Equation written = ir::parse_equation(fmt::format("{}[{}] = {}", result, left, body), name, 1);
    written.type = type;
    written.location = where;
    ir::Scope scope;
    const std::array names = {"a", "b"};
    for (std::size_t i = 0; i < operands.size(); ++i) {
        scope.values[names[i]] = detail::Internals::id(operands[i]);
        scope.spoken[names[i]] = operands[i].name();
    }
    return attempt.keep(detail::tensor_of(model, ir::elaborate(model->graph, written, scope)));
}

std::string index(std::size_t place) { return fmt::format("i{}", place); }
std::string list(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

/// The place from the front. \throws UserError when there is none.
std::size_t place_of(std::string_view what, const Tensor& x, int axis, const Location& where) {
    const int rank = x.rank();
    if (axis < -rank || axis >= rank) {
        user_error(where, "{}: {} has {} axes, so places are from {} to {}; {} is none", what, x.name(), rank, -rank, rank - 1,
                   axis);
    }
    return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

enum class Divided : bool { no, by_count };

Tensor reduced(const std::string& name, std::string_view reduction, const TensorAt& x, const Places& over,
               Divided divided = Divided::no) {
    const Location where = Location::of(x.where);
    const TensorType type = x.tensor.type();
    std::vector<bool> goes(type.axes.size(), over.axes.empty());
    for (const int axis : over.axes) {
        const std::size_t place = place_of(name, x.tensor, axis, where);
        if (goes[place]) user_error(where, "{}: axis {} of {} is given twice", name, place, x.tensor.name());
        goes[place] = true;
    }
    TensorType result{type.dtype, {}};
    std::vector<std::string> left, at, sums, counts;
    for (std::size_t i = 0; i < type.axes.size(); ++i) {
        at.push_back(index(i));
        if (goes[i]) sums.push_back(index(i));
        if (goes[i]) counts.push_back(fmt::format("{}(extent({}))", name_of(type.dtype), index(i)));
        if (goes[i] && !over.keep) continue;
        left.push_back(goes[i] ? "0" : index(i));
        result.axes.push_back(goes[i] ? Axis{type.axes[i].kind, 1} : type.axes[i]);
    }
    std::string body = fmt::format("a[{}]", list(at));
    if (divided == Divided::by_count && !counts.empty()) body = fmt::format("({} / ({}))", body, fmt::join(counts, " * "));
    if (!sums.empty()) body = fmt::format("{}({}) {}", reduction, list(sums), body);
    return equation(name, {x.tensor}, list(left), body, result, where);
}

/// Axes of two tensors, aligned from the last one on.
struct Aligned {
    std::vector<Axis> axes;  // of the result
    std::vector<std::string> left, at_a, at_b;
};

/// \param what     the call, for messages
/// \param skipped  axes at the end that are none of these
Aligned aligned(std::string_view what, const Tensor& a, const Tensor& b, std::size_t skipped, const Location& where) {
    const TensorType of_a = a.type(), of_b = b.type();
    const std::size_t in_a = of_a.axes.size() - skipped, in_b = of_b.axes.size() - skipped, rank = std::max(in_a, in_b);
    Aligned result;
    for (std::size_t i = 0; i < rank; ++i) {
        const auto axis_of = [&](const TensorType& from, std::size_t count) -> std::optional<Axis> {
            const std::size_t missing = rank - count;
            return i < missing ? std::nullopt : std::optional(from.axes[i - missing]);
        };
        const std::optional<Axis> x = axis_of(of_a, in_a), y = axis_of(of_b, in_b);
        const auto repeated = [](const std::optional<Axis>& axis) { return !axis || axis->extent == 1; };
        if (!repeated(x) && !repeated(y) && *x != *y) {
            user_error(where, "{}: {} is {} and {} is {}; from the end, axis {} is {} and {}, and neither is 1", what, a.name(),
                       to_string(of_a), b.name(), to_string(of_b),
                       static_cast<int>(i) - static_cast<int>(rank + skipped), to_string(*x), to_string(*y));
        }
        const Axis axis = !repeated(x) || !y ? *x : !repeated(y) || !x ? *y : *x;
        result.axes.push_back(axis);
        result.left.push_back(axis.extent == 1 ? "0" : index(i));
        if (x) result.at_a.push_back(repeated(x) ? "0" : index(i));
        if (y) result.at_b.push_back(repeated(y) ? "0" : index(i));
    }
    return result;
}

}  // namespace

Tensor by_position(std::string_view function, const Tensor& a, const Tensor& b, std::source_location at) {
    const Location where = Location::of(at);
    detail::common_model("by_position", {a, b}, where);
    const auto* row = std::ranges::find(kFunctions, function, &decltype(kFunctions)::value_type::first);
    if (row == kFunctions.end()) {
        std::vector<std::string_view> names;
        for (const auto& known : kFunctions) names.push_back(known.first);
        user_error(where, "by_position: no function of two elements is called \"{}\"; there are {}", function,
                   fmt::join(names, ", "));
    }
    Aligned both = aligned("by_position", a, b, 0, where);
    const bool compares = std::ranges::any_of(std::array<std::string_view, 4>{"less", "greater", "equal", "not"},
                                              [&](std::string_view word) { return function.starts_with(word); });
    const std::string body = fmt::format(fmt::runtime(row->second), fmt::format("a[{}]", list(both.at_a)),
                                         fmt::format("b[{}]", list(both.at_b)));
    return equation(std::string(function), {a, b}, list(both.left), body, {compares ? boolean : a.dtype(), std::move(both.axes)},
                    where);
}

Tensor matmul(const Tensor& a, const Tensor& b, std::source_location at) {
    const Location where = Location::of(at);
    detail::common_model("matmul", {a, b}, where);
    const TensorType of_a = a.type(), of_b = b.type();
    if (of_a.rank() < 2 || of_b.rank() < 2) {
        user_error(where, "matmul: {} is {} and {} is {}; both need two axes or more", a.name(), to_string(of_a), b.name(),
                   to_string(of_b));
    }
    const Axis rows = of_a.axes[of_a.axes.size() - 2], inner = of_a.axes.back();
    const Axis other = of_b.axes[of_b.axes.size() - 2], columns = of_b.axes.back();
    if (inner != other) {
        user_error(where, "matmul: {} is {} and {} is {}; the last axis of the first is {}, the one before the last of the second {}",
                   a.name(), to_string(of_a), b.name(), to_string(of_b), to_string(inner), to_string(other));
    }
    Aligned both = aligned("matmul", a, b, 2, where);
    both.left.insert(both.left.end(), {"m", "n"});
    both.at_a.insert(both.at_a.end(), {"m", "k"});
    both.at_b.insert(both.at_b.end(), {"k", "n"});
    both.axes.insert(both.axes.end(), {rows, columns});
    return equation("matmul", {a, b}, list(both.left), fmt::format("sum(k) a[{}] * b[{}]", list(both.at_a), list(both.at_b)),
                    {a.dtype(), std::move(both.axes)}, where);
}

Tensor sum(TensorAt x, const Places& over) { return reduced("sum", "sum", x, over); }
Tensor prod(TensorAt x, const Places& over) { return reduced("prod", "prod", x, over); }
Tensor mean(TensorAt x, const Places& over) { return reduced("mean", "sum", x, over, Divided::by_count); }
Tensor max(TensorAt x, const Places& over) { return reduced("max", "max", x, over); }
Tensor min(TensorAt x, const Places& over) { return reduced("min", "min", x, over); }

Tensor moveaxis(TensorAt x, int from, int to) {
    const Location where = Location::of(x.where);
    const TensorType type = x.tensor.type();
    const std::size_t source = place_of("moveaxis", x.tensor, from, where), target = place_of("moveaxis", x.tensor, to, where);
    std::vector<std::string> at, left;
    for (std::size_t i = 0; i < type.axes.size(); ++i) at.push_back(index(i));
    left = at;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(source));
    left.insert(left.begin() + static_cast<std::ptrdiff_t>(target), at[source]);
    TensorType result = type;
    result.axes.erase(result.axes.begin() + static_cast<std::ptrdiff_t>(source));
    result.axes.insert(result.axes.begin() + static_cast<std::ptrdiff_t>(target), type.axes[source]);
    return equation("moveaxis", {x.tensor}, list(left), fmt::format("a[{}]", list(at)), result, where);
}

}  // namespace ricci
