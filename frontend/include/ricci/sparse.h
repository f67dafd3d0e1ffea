/// \file ricci/sparse.h
/// Matrices of which most elements are 0: the others are kept, row after row (CSR), and a product with them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ricci/layers.h"

namespace ricci {

/// A matrix as its entries, in the order of its rows. It has one entry at least.
class SparseMatrix {
  public:
    struct Entry {
        std::int64_t row, column;
        double value;
    };

    /// The elements that are not 0. \param elements  rows * columns numbers, row-major.
    static SparseMatrix of_dense(std::int64_t rows, std::int64_t columns, std::span<const double> elements,
                                 std::source_location where = std::source_location::current());
    /// In any order; entries of one place are added up, in their order.
    static SparseMatrix of_entries(std::int64_t rows, std::int64_t columns, std::vector<Entry> entries,
                                   std::source_location where = std::source_location::current());
    /// Three arrays, as scipy.sparse.csr_matrix has them in data, indices and indptr. Row r has the entries from
    /// row_starts[r] to row_starts[r + 1] - 1. \param row_starts  rows + 1 numbers.
    static SparseMatrix of_csr(std::int64_t rows, std::int64_t columns, std::vector<double> values,
                               std::vector<std::int64_t> column_ids, const std::vector<std::int64_t>& row_starts,
                               std::source_location where = std::source_location::current());
    // All three throw UserError for an extent below 1 or above 2^31 - 1 and for arrays that do not fit each other. So they
    // do for a place outside of the matrix, and without an entry.

    std::int64_t rows() const { return rows_; }
    std::int64_t columns() const { return columns_; }
    /// Entries that are kept.
    std::int64_t count() const { return static_cast<std::int64_t>(values_.size()); }
    const std::vector<double>& values() const { return values_; }
    /// By entry; rows go up.
    const std::vector<std::int64_t>& row_ids() const { return row_ids_; }
    const std::vector<std::int64_t>& column_ids() const { return column_ids_; }
    /// rows() + 1 numbers, as of_csr takes them.
    std::vector<std::int64_t> row_starts() const;
    /// rows() * columns() numbers, row-major.
    std::vector<double> dense() const;
    SparseMatrix transposed() const;

  private:
    SparseMatrix(std::int64_t rows, std::int64_t columns) : rows_(rows), columns_(columns) {}

    std::int64_t rows_, columns_;
    std::vector<double> values_{};
    std::vector<std::int64_t> row_ids_{}, column_ids_{};
};

struct SparseOptions {
    bool trained = false;    // the values of the entries are parameters; their places never change
    bool even_rows = false;  // all rows have as many entries: they are kept as a table of rows (ELLPACK)
    std::string name{};
};
/// y[..., r] = sum(c) matrix[r, c] * x[..., c] along the axis `over`, which has matrix.columns() positions and gets
/// matrix.rows(). The axes are in the order of x.
/// NAME.rows and NAME.columns are constants, NAME.values a constant or, when trained, a parameter. Gradients go to x and
/// to the values of the entries.
/// Cost: a multiply-add an entry for each element of the other axes; the dense product costs rows * columns. With `even_rows`
/// a row's sum stays in registers, in place of a load and a store an entry. NAME.values and NAME.columns are [rows, entry]
/// then. A convolution's matrix is such a one, where no padding leaves entries out.
/// \throws UserError for even_rows of a matrix whose rows have not, with both numbers.
Tensor sparse_matmul(TensorAt x, const SparseMatrix& matrix, Kind over, const SparseOptions& options = {});

}  // namespace ricci
