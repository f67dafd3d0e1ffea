/// \file ir/analysis/overwrites.h
/// When an equation may write its result over bytes that equations read. plan-memory decides by it, and V18 checks it.
#pragma once

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/core/graph.h"
#include "ir/core/uses.h"

namespace ricci::ir {

struct Read {
    EquationId reader;
    const Access* access;
};

/// True when the equation writes each element at the address where it reads the access.
bool same_elements(const Graph& graph, const Equation& equation, const Access& access);

/// A copy whose elements lie at the same addresses on both sides, a flatten or a relabelling.
bool is_view(const Graph& graph, const Equation& equation);

/// What one graph's equations may write over. Cost: one pass, then a look at one read a question.
class Overwrites {
  public:
    explicit Overwrites(const Graph& graph);

    /// The first equation of the kernel around an equation.
    EquationId kernel(EquationId equation) const { return kernels_[equation].first; }
    /// Reads of one form are alike to all writers of their kernel. A chain of equations in one storage has many reads of
    /// few forms.
    int form_of(const Read& read);
    /// Why `writer` must not write over what was read; "" where it may.
    std::string_view why_not(EquationId writer, const Read& read) const;

  private:
    struct Form {
        std::vector<std::int64_t> extents;  // of what is read
        std::vector<Affine> at;
        std::vector<std::pair<std::string, std::int64_t>> indices;  // of the reader
        bool same_elements;  // the reader writes where it reads
        friend auto operator<=>(const Form&, const Form&) = default;
    };

    const Graph& graph_;
    IdVector<EquationId, EquationRange> kernels_;
    /// By the first equation of a kernel: codegen may go through its equations a register tile at a time.
    IdVector<EquationId, bool> sums_products_;
    std::map<Form, int> forms_{};  // their numbers
};

}  // namespace ricci::ir
