/// \file ir/analysis/occupied.h
/// Which bytes of an arena are taken during which equations: finds gaps without going through all that was placed.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ir/core/ids.h"

namespace ricci::ir {

/// Cost of a call: the logarithm of the number of equations, times the pieces into which the taken bytes fall.
class Occupied {
  public:
    explicit Occupied(std::size_t equations);

    /// Where the smallest gap begins that takes `bytes` during equations first .. last, the lowest of those; the end of
    /// what is taken then where no gap does.
    std::int64_t best_offset(EquationId first, EquationId last, std::int64_t bytes) const;
    /// True when none of these bytes is taken during equations first .. last.
    bool is_free(EquationId first, EquationId last, std::int64_t offset, std::int64_t bytes) const;
    void take(EquationId first, EquationId last, std::int64_t offset, std::int64_t bytes);

  private:
    /// Pieces that neither overlap nor touch: their ends by where they begin.
    using Pieces = std::map<std::int64_t, std::int64_t>;
    static void add(Pieces& pieces, std::int64_t begin, std::int64_t end);
    /// What is taken during equations first .. last, by node.
    std::vector<const Pieces*> during(EquationId first, EquationId last) const;

    /// A binary tree over the equations: node n has the children 2n and 2n + 1, and leaf i is node leaves_ + i.
    struct Node {
        Pieces all;   // taken during all of its equations, by blocks that do so for no larger node
        Pieces some;  // taken during some of them
    };
    std::size_t leaves_ = 1;
    std::vector<Node> nodes_;
};

}  // namespace ricci::ir
