// Pairs the inputs of a function with the fields of a source.
#include "frontend/data/feed.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "frontend/program/internals.h"
#include "ir/base/error.h"

namespace ricci::detail {
namespace {

std::vector<std::string> inputs_of(const Function& function) {
    std::vector<std::string> names;
    for (const ir::Value& value : graph_of(function).values) {
        if (value.role == ir::Role::input) names.push_back(value.name);
    }
    return names;
}

/// Calls visit(elements of `a`, elements of `b`) where both are i32 or i64.
template <typename Visit>
bool with_whole_numbers(const Array& a, const Array& b, const Visit& visit) {
    const auto both = [&](const auto of_a) {
        if (b.dtype() == i32) return visit(of_a, b.span<std::int32_t>()), true;
        if (b.dtype() == i64) return visit(of_a, b.span<std::int64_t>()), true;
        return false;
    };
    if (a.dtype() == i32) return both(a.span<std::int32_t>());
    return a.dtype() == i64 && both(a.span<std::int64_t>());
}

}  // namespace

Feed::Feed(Function function, const DataSource& source)
    : function_(std::move(function)), inputs_(inputs_of(function_)) {
    std::vector<std::string> fields;
    for (const Field& field : source.fields()) fields.push_back(field.name);
    const auto place_of = [&](const std::string& name) {
        return static_cast<std::size_t>(std::ranges::find(fields, name) - fields.begin());
    };
    const bool by_name = std::ranges::any_of(inputs_, [&](const auto& name) { return place_of(name) < fields.size(); });
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
        const std::size_t field = by_name ? place_of(inputs_[i]) : i;
        if (field >= fields.size()) {
            user_error("{}: there is no field for input \"{}\"; the program takes {}, the samples have {}",
                       source.name(), inputs_[i], fmt::join(inputs_, ", "), fmt::join(fields, ", "));
        }
        fields_.push_back(field);
    }
}

Results Feed::operator()(const Samples& samples) {
    std::vector<NamedArgument> arguments;
    for (std::size_t i = 0; i < inputs_.size(); ++i) arguments.emplace_back(inputs_[i], samples[fields_[i]]);
    return function_.run(arguments);
}

std::size_t label_field(const DataSource& source) {
    const std::vector<Field>& fields = source.fields();
    const auto found = std::ranges::find(fields, "labels", &Field::name);
    return static_cast<std::size_t>(found - fields.begin()) - (found == fields.end() ? 1 : 0);
}

std::int64_t count_right(const Array& predicted, const Array& labels) {
    std::int64_t right = 0;
    const bool whole = with_whole_numbers(predicted, labels, [&](auto guesses, auto wanted) {
        for (std::size_t i = 0; i < std::min(guesses.size(), wanted.size()); ++i)
            right += guesses[i] == wanted[i] ? 1 : 0;
    });
    if (!whole || predicted.size() != labels.size()) {
        user_error(
            "{} predicted classes of {} cannot be compared with {} labels of {}; both are whole numbers, one for one",
            predicted.size(), name_of(predicted.dtype()), labels.size(), name_of(labels.dtype()));
    }
    return right;
}

}  // namespace ricci::detail
