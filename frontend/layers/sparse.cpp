// Checks the arrays of a sparse matrix, and hands them to the op as constants.
#include "ricci/sparse.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/base/checked.h"
#include "ricci/arithmetic.h"

namespace ricci {
namespace {

constexpr std::int64_t kMostPositions = std::numeric_limits<std::int32_t>::max();  // ids are i32

void check_extents(std::int64_t rows, std::int64_t columns, const Location& where) {
    for (const auto& [what, extent] : {std::pair{"rows", rows}, std::pair{"columns", columns}}) {
        if (extent < 1 || extent > kMostPositions)
            user_error(where, "sparse matrix: {} are {}; there are 1 to {}", what, extent, kMostPositions);
    }
}

void check_entry(std::size_t number, std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t columns,
                 const Location& where) {
    if (row >= 0 && row < rows && column >= 0 && column < columns) return;
    user_error(where, "sparse matrix: entry {} is at row {}, column {}, outside of {} x {}", number, row, column, rows, columns);
}

void check_count(std::size_t count, std::int64_t rows, std::int64_t columns, const Location& where) {
    if (count > 0) return;
    user_error(where, "sparse matrix: {} x {} without an entry; its product is 0, which no matrix is needed for", rows, columns);
}

std::vector<Number> numbers_of(const auto& values) {
    return {values.begin(), values.end()};
}

/// Refuses rows of different lengths.
std::int64_t entries_of_each_row(const SparseMatrix& matrix, const std::string& what, const Location& where) {
    const std::vector<std::int64_t> starts = matrix.row_starts();
    for (std::size_t row = 1; row + 1 < starts.size(); ++row) {
        const std::int64_t count = starts[row + 1] - starts[row];
        if (count == starts[1]) continue;
        user_error(where, "{}: even_rows, but row {} has {} entries and row 0 has {}", what, row, count, starts[1]);
    }
    return starts[1];
}

}  // namespace

SparseMatrix SparseMatrix::of_dense(std::int64_t rows, std::int64_t columns, std::span<const double> elements,
                                    std::source_location where) {
    const Location location = Location::of(where);
    check_extents(rows, columns, location);
    if (static_cast<std::int64_t>(elements.size()) != rows * columns) {
        user_error(location, "sparse matrix: {} x {} has {} elements, but {} are given", rows, columns, rows * columns,
                   elements.size());
    }
    SparseMatrix matrix(rows, columns);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (elements[i] == 0) continue;
        matrix.values_.push_back(elements[i]);
        matrix.row_ids_.push_back(static_cast<std::int64_t>(i) / columns);
        matrix.column_ids_.push_back(static_cast<std::int64_t>(i) % columns);
    }
    check_count(matrix.values_.size(), rows, columns, location);
    return matrix;
}

SparseMatrix SparseMatrix::of_entries(std::int64_t rows, std::int64_t columns, std::vector<Entry> entries,
                                      std::source_location where) {
    const Location location = Location::of(where);
    check_extents(rows, columns, location);
    for (std::size_t i = 0; i < entries.size(); ++i) check_entry(i, entries[i].row, entries[i].column, rows, columns, location);
    check_count(entries.size(), rows, columns, location);
    const auto place = [](const Entry& entry) { return std::pair(entry.row, entry.column); };
    std::ranges::stable_sort(entries, {}, place);
    SparseMatrix matrix(rows, columns);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i > 0 && place(entries[i]) == place(entries[i - 1])) {
            matrix.values_.back() += entries[i].value;
            continue;
        }
        matrix.values_.push_back(entries[i].value);
        matrix.row_ids_.push_back(entries[i].row);
        matrix.column_ids_.push_back(entries[i].column);
    }
    return matrix;
}

SparseMatrix SparseMatrix::of_csr(std::int64_t rows, std::int64_t columns, std::vector<double> values,
                                  std::vector<std::int64_t> column_ids, const std::vector<std::int64_t>& row_starts,
                                  std::source_location where) {
    const Location location = Location::of(where);
    check_extents(rows, columns, location);
    const auto count = static_cast<std::int64_t>(values.size());
    if (column_ids.size() != values.size())
        user_error(location, "sparse matrix: {} values, but {} column ids; each value has one", count, column_ids.size());
    if (static_cast<std::int64_t>(row_starts.size()) != rows + 1)
        user_error(location, "sparse matrix: {} row starts for {} rows; there is one a row, and the end", row_starts.size(), rows);
    if (row_starts.front() != 0 || row_starts.back() != count) {
        user_error(location, "sparse matrix: row starts go from {} to {}, but {} values from 0 to {}", row_starts.front(),
                   row_starts.back(), count, count);
    }
    SparseMatrix matrix(rows, columns);
    for (std::int64_t row = 0; row < rows; ++row) {
        const auto place = static_cast<std::size_t>(row);
        const std::int64_t begin = row_starts[place], end = row_starts[place + 1];
        if (begin > end) user_error(location, "sparse matrix: row {} starts at {}, but the next one at {}", row, begin, end);
        if (end > count) user_error(location, "sparse matrix: row {} ends at {}, but there are {} values", row, end, count);
        matrix.row_ids_.insert(matrix.row_ids_.end(), static_cast<std::size_t>(end - begin), row);
    }
    for (std::size_t i = 0; i < values.size(); ++i) check_entry(i, matrix.row_ids_[i], column_ids[i], rows, columns, location);
    check_count(values.size(), rows, columns, location);
    matrix.values_ = std::move(values);
    matrix.column_ids_ = std::move(column_ids);
    return matrix;
}

std::vector<std::int64_t> SparseMatrix::row_starts() const {
    std::vector<std::int64_t> starts(static_cast<std::size_t>(rows_) + 1, 0);
    for (const std::int64_t row : row_ids_) {
        const auto place = static_cast<std::size_t>(row);
        ++starts[place + 1];
    }
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    return starts;
}

std::vector<double> SparseMatrix::dense() const {
    std::vector<double> elements(static_cast<std::size_t>(rows_ * columns_), 0);
    for (std::size_t i = 0; i < values_.size(); ++i) {
        const auto place = static_cast<std::size_t>(row_ids_[i] * columns_ + column_ids_[i]);
        elements[place] += values_[i];
    }
    return elements;
}

SparseMatrix SparseMatrix::transposed() const {
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < values_.size(); ++i) entries.push_back({column_ids_[i], row_ids_[i], values_[i]});
    return of_entries(columns_, rows_, std::move(entries));
}

Tensor sparse_matmul(TensorAt x, const SparseMatrix& matrix, Kind over, const SparseOptions& options) {
    const Location where = Location::of(x.where);
    const std::shared_ptr<detail::ModelState> model = detail::common_model("sparse_matmul", {x.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = detail::layer_name(model, "sparse_matmul", options.name, "sparse", where);
    const std::string what = fmt::format("sparse_matmul \"{}\"", name);
    const Axis along = detail::axis_of(what, x.tensor, {over.name()}, "", where);
    if (along.extent != matrix.columns()) {
        user_error(where, "{}: the matrix has {} columns, but {} has {}", what, matrix.columns(), x.tensor.name(), to_string(along));
    }
    std::vector<Axis> entries = {axis("entry", matrix.count())};
    if (options.even_rows) entries = {{over, matrix.rows()}, axis("entry", entries_of_each_row(matrix, what, where))};
    const auto add = [&](const char* part, DType dtype, std::vector<Number> numbers, std::int64_t positions) {
        const std::string full = name + part;
        const bool parameter = positions == 0 && options.trained;
        model->claim(parameter ? "parameter" : "constant", full, where);
        ir::Value value{.name = full,
                        .type = {dtype, entries},
                        .role = parameter ? ir::Role::parameter : ir::Role::state,
                        .initial = ir::Initializer{.form = ir::Initializer::Form::table,
                                                   .table = std::make_shared<const std::vector<Number>>(std::move(numbers))},
                        .fixed = !parameter,
                        .location = where};
        if (positions > 0) value.numbers = Axis{over, positions};
        return detail::tensor_of(model, model->graph.add(std::move(value)));
    };
    const Tensor values = add(".values", x.tensor.dtype(), numbers_of(matrix.values()), 0);
    if (options.even_rows) {
        const Tensor columns = add(".columns", i32, numbers_of(matrix.column_ids()), matrix.columns());
        return layer.keep(apply("row_sparse_matmul", {x.tensor, values, columns}, {.over = over, .name = name}, x.where));
    }
    const Tensor rows = add(".rows", i32, numbers_of(matrix.row_ids()), matrix.rows());
    const Tensor columns = add(".columns", i32, numbers_of(matrix.column_ids()), matrix.columns());
    return layer.keep(apply("sparse_matmul", {x.tensor, values, rows, columns},
                            {.attributes = {{"out", static_cast<double>(matrix.rows())}}, .over = over, .name = name}, x.where));
}

}  // namespace ricci
