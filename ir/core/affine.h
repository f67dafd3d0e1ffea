/// \file ir/core/affine.h
/// Affine index expressions: integer * index + ... + integer.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ir/core/ids.h"

namespace ricci::ir {

/// sum(coefficient * index) + offset. Terms are sorted by index, one term an index, no coefficient is 0.
struct Affine {
    struct Term {
        IndexId index;
        std::int64_t coefficient;
        friend auto operator<=>(const Term&, const Term&) = default;
    };
    std::vector<Term> terms;
    std::int64_t offset = 0;

    static Affine of(IndexId index, std::int64_t coefficient = 1) {
        return coefficient == 0 ? Affine{} : Affine{{{index, coefficient}}, 0};
    }
    static Affine constant(std::int64_t value) { return {{}, value}; }

    bool is_constant() const { return terms.empty(); }
    /// The index when this is exactly `1 * index + 0`, else -1.
    IndexId bare() const { return terms.size() == 1 && terms[0].coefficient == 1 && offset == 0 ? terms[0].index : -1; }
    std::int64_t coefficient(IndexId index) const;
    bool uses(IndexId index) const { return coefficient(index) != 0; }

    friend auto operator<=>(const Affine&, const Affine&) = default;
};

Affine operator+(const Affine& a, const Affine& b);
Affine operator-(const Affine& a, const Affine& b);
Affine operator*(std::int64_t factor, const Affine& a);

/// Replaces every index i by with[i]; `with` has an entry for each index used.
Affine substitute(const Affine& a, IdSpan<IndexId, const Affine> with);

/// Smallest and largest value when index i runs over [0, extents[i]); an extent of kOpen counts as `open`.
std::pair<std::int64_t, std::int64_t> range(const Affine& a, IdSpan<IndexId, const std::int64_t> extents,
                                            std::int64_t open = 1);

}  // namespace ricci::ir
