// Reads what stands behind '=' of a parameter, a state or a constant.
#include "ir/text/initial_parser.h"

namespace ricci::ir {
namespace {

Initializer drawn_or_one(Tokens& tokens) {
    for (auto form : {Initializer::Form::uniform, Initializer::Form::normal}) {
        bool uniform = form == Initializer::Form::uniform;
        if (!tokens.accept(uniform ? "uniform" : "normal")) continue;
        tokens.expect("(");
        Number a = tokens.expect_number(uniform ? "the lower bound" : "the mean");
        tokens.expect(",");
        Number b = tokens.expect_number(uniform ? "the upper bound" : "the standard deviation");
        tokens.expect(")");
        return {form, a, b};
    }
    if (tokens.accept("true")) return {.a = 1};
    if (tokens.accept("false")) return {.a = 0};
    return {.a = tokens.expect_number(
                "how the value begins: a number, uniform(low, high), normal(mean, deviation) or a table such as {1, 2, 1}")};
}

std::vector<Number> numbers_in_braces(Tokens& tokens, const TensorType& type) {
    const Location where = tokens.here();
    std::vector<Number> numbers;
    tokens.expect("{");
    for (tokens.skip_newlines(); !tokens.accept("}"); tokens.skip_newlines()) {
        if (!numbers.empty() && !tokens.accept(",")) tokens.fail("',' or '}' after a number of the table");
        tokens.skip_newlines();
        const bool truth = tokens.is("true") || tokens.is("false");
        numbers.push_back(truth ? Number(tokens.take().text == "true" ? 1 : 0) : tokens.expect_number("a number of the table"));
        if (auto why = misfit(numbers.back(), type.dtype)) user_error(where, "number {} of the table: {}", numbers.size() - 1, *why);
    }
    return numbers;
}

Initializer made_of(std::vector<Number> numbers) {
    return {.form = Initializer::Form::table, .table = std::make_shared<const std::vector<Number>>(std::move(numbers))};
}

/// `{1, 2, 1}`, row-major.
Initializer table(Tokens& tokens, const TensorType& type) {
    const Location where = tokens.here();
    std::vector<Number> numbers = numbers_in_braces(tokens, type);
    if (type.is_open() || static_cast<std::int64_t>(numbers.size()) != type.count()) {
        user_error(where, "the table has {} numbers, but {} has {} elements", numbers.size(), to_string(type), type.count());
    }
    return made_of(std::move(numbers));
}

/// `row_starts {0, 2, 2, 5}`: the row of each entry of a CSR matrix.
Initializer rows_of_entries(Tokens& tokens, const TensorType& type, const std::optional<Axis>& numbers) {
    const Location where = tokens.here();
    if (!is_integer(type.dtype) || type.rank() != 1 || type.is_open())
        user_error(where, "row_starts give the row of each entry, as in i32<feature 4>[entry 6]; the type is {}", to_string(type));
    const std::vector<Number> starts = numbers_in_braces(tokens, type);
    const std::int64_t entries = type.count();
    if (starts.empty() || starts.front().integer() != 0 || starts.back().integer() != entries) {
        user_error(where, "row_starts go from 0 to the {} entries of {}, and these go from {} to {}", entries, to_string(type),
                   starts.empty() ? "none" : to_string(starts.front()), starts.empty() ? "none" : to_string(starts.back()));
    }
    const std::int64_t rows = std::ssize(starts) - 1;
    if (numbers && numbers->extent != rows)
        user_error(where, "{} row starts make {} rows, but the entries number {}", starts.size(), rows, to_string(*numbers));
    std::vector<Number> row_of;
    for (std::size_t row = 0; row + 1 < starts.size(); ++row) {
        const std::int64_t begin = starts[row].integer(), end = starts[row + 1].integer();
        if (end < begin || end > entries) user_error(where, "row {} starts at {} and ends at {}; row starts never fall", row, begin, end);
        row_of.insert(row_of.end(), static_cast<std::size_t>(end - begin), Number(static_cast<std::int64_t>(row)));
    }
    return made_of(std::move(row_of));
}

}  // namespace

Initializer parse_initializer(Tokens& tokens, const TensorType& type, const std::optional<Axis>& numbers) {
    if (tokens.is("row_starts") && tokens.is("{", 1)) {
        tokens.take();
        return rows_of_entries(tokens, type, numbers);
    }
    return tokens.is("{") ? table(tokens, type) : drawn_or_one(tokens);
}

}  // namespace ricci::ir
