// Solves `left of the writer = access of the reader` for the writer's indices, one axis at a time.
#include "ir/core/iteration.h"

#include <algorithm>

#include "ir/core/type.h"

namespace ricci::ir {
namespace {

const Index& index_of(const Equation& equation, IndexId i) {
    return equation.indices[i];
}

bool is_static(const Equation& equation, const Affine& a) {
    return std::ranges::none_of(a.terms,
                                [&](const Affine::Term& t) { return index_of(equation, t.index).extent == kOpen; });
}

/// The terms of a mixed-radix tuple, outermost first; empty when `left` is none.
std::vector<Affine::Term> tuple_terms(const Equation& writer, const Affine& left) {
    std::vector<Affine::Term> terms = left.terms;
    std::ranges::sort(terms, std::greater<>(), &Affine::Term::coefficient);
    std::int64_t radix = 1;
    for (std::size_t t = terms.size(); t-- > 0;) {
        std::int64_t extent = index_of(writer, terms[t].index).extent;
        if (terms[t].coefficient != radix || (extent == kOpen && t != 0)) return {};
        radix *= extent;
    }
    return left.offset == 0 ? terms : std::vector<Affine::Term>{};
}

/// Splits `at` into the parts of the tuple, each inside its extent; false when it does not split.
bool split(const Equation& writer, const std::vector<Affine::Term>& tuple, const Equation& reader, Affine at,
           IdVector<IndexId, std::optional<Affine>>& solved) {
    std::vector<Affine> parts(tuple.size());
    for (std::size_t t = 0; t < tuple.size(); ++t) {
        std::int64_t radix = tuple[t].coefficient;
        Affine rest;
        for (const Affine::Term& term : at.terms) {
            bool divides = term.coefficient % radix == 0;
            Affine& to = divides ? parts[t] : rest;
            to = to + Affine::of(term.index, divides ? term.coefficient / radix : term.coefficient);
        }
        parts[t].offset = at.offset / radix;
        rest.offset = at.offset % radix;
        at = rest;
    }
    std::vector<std::int64_t> extents = reader.extents();
    for (std::size_t t = 0; t < tuple.size(); ++t) {
        std::int64_t extent = index_of(writer, tuple[t].index).extent;
        bool inside = is_static(reader, parts[t]) && extent != kOpen;
        if (inside) {
            auto [low, high] = range(parts[t], extents);
            inside = low >= 0 && high < extent;
        }
        // Alone on its axis an index is what the axis is read at, also outside (a padded read) or open.
        if (!inside && tuple.size() > 1) return false;
    }
    for (std::size_t t = 0; t < tuple.size(); ++t) solved[tuple[t].index] = parts[t];
    return true;
}

}  // namespace

IdVector<IndexId, std::optional<Affine>> written_at(const Equation& writer, const Equation& reader,
                                                    std::span<const Affine> at) {
    RICCI_CHECK(at.size() == writer.left.size(), "an access of rank {} to a result of rank {}", at.size(),
                writer.left.size());
    IdVector<IndexId, std::optional<Affine>> solved(writer.indices.size());
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
        std::vector<Affine::Term> tuple = tuple_terms(writer, writer.left[axis]);
        bool own = std::ranges::all_of(tuple, [&](const Affine::Term& term) {
            return std::ranges::count_if(writer.left, [&](const Affine& l) { return l.uses(term.index); }) == 1;
        });
        if (own) split(writer, tuple, reader, at[axis], solved);
    }
    return solved;
}

bool same_iteration(const Equation& writer, const Equation& reader, std::span<const Affine> at,
                    const std::vector<std::string>& loops) {
    IdVector<IndexId, std::optional<Affine>> solved = written_at(writer, reader, at);
    return std::ranges::all_of(loops, [&](const std::string& loop) {
        IndexId of_writer = writer.index_named(loop);
        IndexId of_reader = reader.index_named(loop);
        if (of_writer < 0 || of_reader < 0) return false;
        const std::optional<Affine>& index = solved[of_writer];
        return index && index->bare() == of_reader;
    });
}

}  // namespace ricci::ir
