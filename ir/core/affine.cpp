// Arithmetic of affine index expressions.
#include "ir/core/affine.h"

#include <algorithm>

#include "ir/base/checked.h"
#include "ir/core/type.h"

namespace ricci::ir {

std::int64_t Affine::coefficient(IndexId index) const {
    auto found = std::ranges::lower_bound(terms, index, {}, &Term::index);
    return found != terms.end() && found->index == index ? found->coefficient : 0;
}

Affine operator+(const Affine& a, const Affine& b) {
    Affine sum;
    sum.offset = checked_add(a.offset, b.offset, "index expression");
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.terms.size() || j < b.terms.size()) {
        bool from_a = j == b.terms.size() || (i < a.terms.size() && a.terms[i].index <= b.terms[j].index);
        bool from_b = i == a.terms.size() || (j < b.terms.size() && b.terms[j].index <= a.terms[i].index);
        IndexId index = from_a ? a.terms[i].index : b.terms[j].index;
        std::int64_t coefficient = 0;
        if (from_a) coefficient = a.terms[i++].coefficient;
        if (from_b) coefficient = checked_add(coefficient, b.terms[j++].coefficient, "index expression");
        if (coefficient != 0) sum.terms.push_back({index, coefficient});
    }
    return sum;
}

Affine operator-(const Affine& a, const Affine& b) { return a + (-1) * b; }

Affine operator*(std::int64_t factor, const Affine& a) {
    if (factor == 0) return {};
    Affine product = a;
    product.offset = checked_mul(factor, a.offset, "index expression");
    for (Affine::Term& term : product.terms) {
        term.coefficient = checked_mul(factor, term.coefficient, "index expression");
    }
    return product;
}

Affine substitute(const Affine& a, IdSpan<IndexId, const Affine> with) {
    Affine result = Affine::constant(a.offset);
    for (const Affine::Term& term : a.terms) {
        result = result + term.coefficient * with[term.index];
    }
    return result;
}

std::pair<std::int64_t, std::int64_t> range(const Affine& a, IdSpan<IndexId, const std::int64_t> extents,
                                            std::int64_t open) {
    std::int64_t low = a.offset;
    std::int64_t high = a.offset;
    for (const Affine::Term& term : a.terms) {
        std::int64_t extent = extents[term.index];
        std::int64_t span = checked_mul(term.coefficient, (extent == kOpen ? open : extent) - 1, "index range");
        std::int64_t& bound = span > 0 ? high : low;
        bound = checked_add(bound, span, "index range");
    }
    return {low, high};
}

}  // namespace ricci::ir
