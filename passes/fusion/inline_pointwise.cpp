// Substitution of pointwise producers, in one walk from first to last, so that chains collapse.
#include "passes/fusion/inline_pointwise.h"

#include <algorithm>

#include "ir/analysis/look_ups.h"
#include "ir/analysis/substitution.h"
#include "ir/core/body_size.h"
#include "ir/core/uses.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

// Limits of the policy.
constexpr double kCheapOperations = 2;    // operations repeated, not stored: a store and a load take as long
constexpr std::size_t kMostReads = 24;    // reads of a body: more are too many streams to prefetch, and addresses

/// Operations of a body, a cast as one. A body that is one number for the whole run (1 / extent(b)) costs nothing: it is
/// computed outside the loops.
double cost(const ExprRef& body) {
    double total = 0;
    bool varies = false;
    walk(body, [&](const Expr& node) {
        varies |= node.form == Expr::Form::access || node.form == Expr::Form::index;
        if (node.form == Expr::Form::cast) ++total;
        if (node.form == Expr::Form::call) total += info(node.function).operations;
    });
    return varies ? total : 0;
}

double points(const Graph& graph, const std::vector<std::int64_t>& extents) {
    double count = 1;
    for (std::int64_t extent : extents) count *= static_cast<double>(extent == kOpen ? graph.typical_samples() : extent);
    return count;
}

/// How often the reader reads each element, on average.
double reads_per_element(const Graph& graph, const Equation& producer, const Equation& reader) {
    std::vector<std::vector<Affine>> places;
    for (const Access* access : accesses(reader.body)) {
        bool counts = access->tensor == producer.result && std::ranges::find(places, access->at) == places.end();
        if (counts) places.push_back(access->at);
    }
    double reads = static_cast<double>(places.size()) * points(graph, reader.extents());
    return reads / points(graph, graph.value(producer.result).type.extents());
}

/// True for a copy whose neighbours do not lie side by side in what it reads.
bool turns_over(const Equation& producer) {
    if (producer.body->form != Expr::Form::access || producer.left.empty() || producer.body->access.at.empty()) return false;
    return producer.left.back() != producer.body->access.at.back();
}

/// How often the reader looks each element up, on average; 0 where no id says which one it reads.
double look_ups_per_element(const Graph& graph, const Equation& producer, const Equation& reader) {
    const std::vector<LookUp> found = look_ups(graph, reader);
    const auto by_id = [&](const Access* access) {
        return access->tensor == producer.result && std::ranges::any_of(found, [&](const LookUp& one) {
                   return std::ranges::any_of(access->at, [&](const Affine& at) { return at.uses(one.index); });
               });
    };
    const std::vector<const Access*> reads = accesses(reader.body);
    std::vector<std::int64_t> extents;
    for (const IndexId index : reader.indices.ids())
        extents.push_back(std::ranges::count(found, index, &LookUp::index) > 0 ? 1 : reader.indices[index].extent);
    return static_cast<double>(std::ranges::count_if(reads, by_id)) * points(graph, extents) /
           points(graph, graph.value(producer.result).type.extents());
}

bool is_candidate(const Graph& graph, const Equation& equation, const IdVector<ValueId, bool>& kept) {
    return equation.reduce == Reduce::none && !equation.clipped && !kept[equation.result] &&
           equation.reduced().empty() && !stands_alone(equation) &&
           is_bijection(equation.left, equation.indices, graph.value(equation.result).type.extents());
}

}  // namespace

bool stands_alone(const Equation& equation) {
    switch (equation.schedule.how) {
        case How::undecided:
        case How::loops:
            return false;
        case How::register_tile:
        case How::blas:
        case How::library:
            return true;
        case How::copy:  // those that loops around them may take in are of no size to speak of
            return equation.schedule.copy != Copy::repack && equation.schedule.copy != Copy::layout;
    }
    return false;
}

bool is_tiled_contraction(const Equation& equation) {
    return equation.tile >= 0 && equation.schedule.how == How::register_tile;
}

Graph inline_pointwise(const Graph& graph, Remarks& remarks) {
    Graph result = graph;
    const IdVector<ValueId, bool> kept = leaving(graph);

    IdVector<ValueId, std::vector<EquationId>> readers = result.readers();
    IdVector<EquationId, bool> gone(result.equations.size(), false);
    for (const EquationId id : result.equations.ids()) {
        const Equation& producer = result.equations[id];
        const std::vector<EquationId> of = readers[producer.result];
        if (of.empty() || !is_candidate(result, producer, kept)) continue;
        const double price = cost(producer.body);
        std::vector<Equation> made;
        std::string why_not;
        for (const EquationId place : of) {
            const Equation& reader = result.equations[place];
            bool once = of.size() == 1 && reads_per_element(result, producer, reader) <= 1;
            bool cheap = of.size() == 1 ? price <= kCheapOperations : price <= 1 && accesses(producer.body).size() <= 1;
            if (turns_over(producer)) {
                const double often = look_ups_per_element(result, producer, reader);
                if (often > 1) {
                    why_not = fmt::format("{} looks each element up {:.1f} times, in the order of {}",
                                          result.value(reader.result).name, often, result.value(producer.result).name);
                    break;
                }
            }
            if (stands_alone(reader) || reader.tile != producer.tile || (!once && !cheap)) break;
            std::optional<Equation> inlined = with_body_of(result, producer, reader, &why_not);
            if (!inlined || accesses(inlined->body).size() > kMostReads) break;
            if (!fits_in_text(inlined->body)) {
                why_not = fmt::format("the body of {} would be too large to be read back", result.value(reader.result).name);
                break;
            }
            made.push_back(std::move(*inlined));
        }
        if (made.size() != of.size()) {
            if (!why_not.empty()) {
                remarks.push_back(
                    {"fuse", fmt::format("{}: stored, for {}", result.value(producer.result).name, why_not)});
            }
            continue;
        }

        std::string into;
        for (std::size_t r = 0; r < of.size(); ++r) {
            Equation& reader = result.equations[of[r]];
            reader = std::move(made[r]);
            if (reader.reduce == Reduce::none) reader.op.clear();  // it is more than that op now
            if (reader.schedule.how == How::copy) reader.schedule = {};
            into += (into.empty() ? "" : ", ") + result.value(reader.result).name;
        }
        remarks.push_back({"fuse", fmt::format("{}: computed inside {}", result.value(producer.result).name, into)});
        gone[id] = true;
        // What it read is now read by its readers.
        readers[producer.result].clear();
        for (const Access* access : accesses(producer.body)) {
            std::vector<EquationId>& its = readers[access->tensor];
            std::erase(its, id);
            its.insert(its.end(), of.begin(), of.end());
            std::ranges::sort(its);
            its.erase(std::ranges::unique(its).begin(), its.end());
        }
    }
    std::vector<Equation> left;
    for (const EquationId id : result.equations.ids()) {
        if (!gone[id]) left.push_back(std::move(result.equations[id]));
    }
    result.equations = std::move(left);
    result.compact();
    return result;
}

}  // namespace ricci::passes
