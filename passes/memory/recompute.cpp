// Candidates by what they free for what they cost; then the fewest of them that keep the bound, by halving.
#include "passes/memory/recompute.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <span>

#include "ir/base/checked.h"
#include "ir/core/uses.h"
#include "passes/build.h"
#include "passes/fusion/fuse.h"
#include "passes/fusion/fuse_pool.h"
#include "passes/loops/plan_loops.h"
#include "passes/memory/plan_memory.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Equations between two uses of a value below which nothing is freed in between.
constexpr int kLeastGap = 2;

/// A value that may be computed anew.
struct Recomputable {
    EquationId writer;
    EquationId last_early;  // reader in front of the gap
    EquationId first_late;
    std::set<EquationId> chain{};  // pointwise equations whose results are computed anew for it alone
    double freed = 0;              // bytes
    double operations = 0;         // that are made once more
};

class Recomputing {
  public:
    Recomputing(const Graph& graph, std::int64_t samples)
        : graph_(graph), samples_(samples), uses_(graph), tiles_(tile_spans(graph)) {}

    /// The best first.
    std::vector<Recomputable> candidates() const {
        std::vector<Recomputable> found;
        for (const EquationId id : graph_.equations.ids()) {
            if (const std::optional<Recomputable> one = candidate(id)) found.push_back(*one);
        }
        std::ranges::stable_sort(found, std::greater(), [](const Recomputable& one) { return one.freed / one.operations; });
        return found;
    }

    /// The graph with the first `count` of them computed anew.
    Graph with(const std::vector<Recomputable>& candidates, std::size_t count) const;

  private:
    double bytes(ValueId value) const {
        const TensorType& type = graph_.value(value).type;
        return static_cast<double>(type.count(samples_)) * static_cast<double>(size_of(type.dtype));
    }
    bool is_cheap(EquationId id) const;
    std::optional<Recomputable> candidate(EquationId id) const;
    void add_operands(EquationId id, Recomputable& to) const;

    const Graph& graph_;
    std::int64_t samples_;
    Uses uses_;
    IdVector<EquationId, EquationRange> tiles_;
};

/// A pointwise equation that may be computed twice.
bool Recomputing::is_cheap(EquationId id) const {
    const Equation& equation = graph_.equations[id];
    const How how = equation.schedule.how;
    const bool cheap = how == How::undecided || how == How::loops || how == How::copy;
    return cheap && is_pointwise(equation) && equation.reduce == Reduce::none && !equation.clipped && equation.tile < 0;
}

/// What the equation reads must be there once more: it is kept anyway, is computed anew too, or stays for longer.
void Recomputing::add_operands(EquationId id, Recomputable& to) const {
    const Equation& equation = graph_.equations[id];
    std::set<ValueId> operands;
    double each = 1;
    for (const Access* access : accesses(equation.body)) {
        ++each;
        const ValueId operand = access->tensor;
        if (graph_.value(operand).role != Role::temporary || !operands.insert(operand).second) continue;
        if (uses_.leaves(operand) || uses_.last_use(operand) >= to.first_late) continue;
        const EquationId writer = uses_.writer(operand);
        if (!is_cheap(writer)) {
            to.freed -= bytes(operand);
        } else if (to.chain.insert(writer).second) {
            add_operands(writer, to);
        }
    }
    walk(equation.body, [&](const Expr& node) {
        if (node.form == Expr::Form::call) each += info(node.function).operations;
    });
    to.operations += each * static_cast<double>(graph_.value(equation.result).type.count(samples_));
}

std::optional<Recomputable> Recomputing::candidate(EquationId id) const {
    const ValueId value = graph_.equations[id].result;
    if (!is_cheap(id) || uses_.leaves(value)) return std::nullopt;
    const std::span<const EquationId> readers = uses_.readers(value);
    if (readers.size() < 2) return std::nullopt;
    Recomputable made{.writer = id, .last_early = id, .first_late = id};
    EquationId before = readers.front();
    int widest = 0;
    for (const EquationId reader : readers) {
        const int gap = static_cast<int>(reader) - static_cast<int>(before);
        if (gap > widest) {
            widest = gap;
            made.last_early = before;
            made.first_late = reader;
        }
        before = reader;
    }
    if (widest < kLeastGap) return std::nullopt;
    made.freed = bytes(value);
    add_operands(id, made);
    return made.freed > 0 ? std::optional(std::move(made)) : std::nullopt;
}

Graph Recomputing::with(const std::vector<Recomputable>& candidates, std::size_t count) const {
    Graph result = graph_;
    struct Again {
        EquationId writer;      // of the old value
        EquationId last_early;  // that reads the old one
        EquationId place;       // of the graph before: the new one stands in front of this equation
        ValueId value{};        // the new one
    };
    std::map<EquationId, Again, std::greater<>> chosen;  // later ones first: what they read is met when their place is known
    const EquationId end = graph_.equations.next();
    for (std::size_t i = 0; i < count; ++i) {
        for (const EquationId id : candidates[i].chain)
            chosen.try_emplace(id, Again{id, uses_.last_use(graph_.equations[id].result), end});
    }
    for (std::size_t i = 0; i < count; ++i) {
        const Recomputable& one = candidates[i];
        chosen.insert_or_assign(one.writer, Again{one.writer, one.last_early, one.first_late});
    }
    std::map<ValueId, Again> again;  // by the old value
    for (auto& [writer, one] : chosen) {
        const ValueId old = graph_.equations[writer].result;
        for (const auto& [reader, other] : again) {
            const bool reads = std::ranges::any_of(accesses(graph_.equations[other.writer].body),
                                                   [&](const Access* access) { return access->tensor == old; });
            if (reads && other.place > one.last_early) one.place = std::min(one.place, other.place);
        }
        if (one.place == end) continue;  // those that it was for read it before
        if (graph_.equations[one.place].tile >= 0) one.place = tiles_[one.place].first;  // a tile is not cut
        Value value = graph_.value(old);
        value.name += ".again";
        one.value = result.add(std::move(value));
        again.emplace(old, one);
    }
    const auto at = [&](Equation equation, EquationId place) {
        equation.body = rewrite(equation.body, [&](const ExprRef& node) -> ExprRef {
            if (node->form != Expr::Form::access) return nullptr;
            const auto found = again.find(node->access.tensor);
            if (found == again.end() || place <= found->second.last_early) return nullptr;
            Access access = node->access;
            access.tensor = found->second.value;
            return element(std::move(access), node->dtype);
        });
        return equation;
    };
    result.equations.clear();
    for (const EquationId id : graph_.equations.ids()) {
        std::vector<const Again*> here;
        for (const auto& [old, one] : again) {
            if (one.place == id) here.push_back(&one);
        }
        std::ranges::sort(here, {}, [](const Again* one) { return one->writer; });
        for (const Again* one : here) {
            Equation equation = at(graph_.equations[one->writer], id);
            equation.result = one->value;
            result.equations.push_back(std::move(equation));
        }
        result.equations.push_back(at(graph_.equations[id], id));
    }
    return result;
}

std::int64_t peak_of(const Graph& graph, std::int64_t samples, Options options) {
    options.memory.clear();
    Remarks unread;
    Graph planned = fuse(fuse_pool(graph, options, unread), options, unread);
    planned = plan_memory(plan_loops(planned, options, unread), options, unread);
    return arena_bytes(planned, samples);
}

}  // namespace

std::int64_t arena_bytes(const Graph& planned, std::int64_t samples) {
    constexpr std::int64_t kChunks = 8;
    const char* what = "bytes of the arena";
    std::int64_t chunks = 0;
    for (const BatchTile& tile : planned.tiles)
        chunks = std::max(chunks, std::min(kChunks, (samples + tile.samples - 1) / tile.samples));
    std::int64_t bytes = checked_add(planned.arena_fixed, checked_mul(samples, planned.arena_per_sample, what), what);
    bytes = checked_add(bytes, checked_mul(checked_mul(samples, samples, what), planned.arena_per_pair, what), what);
    return checked_add(bytes, checked_add(planned.arena_per_thread, checked_mul(chunks, planned.arena_per_chunk, what), what), what);
}

std::optional<std::int64_t> memory_bound(const std::string& text) {
    if (text.empty()) return std::nullopt;
    constexpr std::int64_t kThousand = 1000;
    const std::map<std::string_view, std::int64_t> units = {
        {"", 1}, {"K", kThousand}, {"M", kThousand * kThousand}, {"G", kThousand * kThousand * kThousand}};
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    const auto unit = units.find(std::string_view(rest, static_cast<std::size_t>(end - rest)));
    if (error != std::errc() || number < 1 || unit == units.end())
        user_error("memory is \"{}\"; it is a number of bytes from 1 on, or of thousands of them: 200000, 200K, 200M, 1G", text);
    return checked_mul(number, unit->second, "bytes of memory");
}

Graph recompute(const Graph& graph, const Options& options, Remarks& remarks) {
    const std::optional<std::int64_t> bound = memory_bound(options.memory);
    if (!bound) return graph;
    const std::int64_t samples = options.memory_samples > 0 ? options.memory_samples : graph.typical_samples();
    const std::int64_t before = peak_of(graph, samples, options);
    if (before <= *bound) {
        remarks.push_back({"recompute", fmt::format("a peak of {} bytes for {} samples, of {} that may be used; nothing is computed again",
                                                    before, samples, *bound)});
        return graph;
    }
    const Recomputing recomputing(graph, samples);
    const std::vector<Recomputable> candidates = recomputing.candidates();
    // The fewest that keep the bound. More of them free more, but where one's operands stay for it alone.
    std::size_t few = 0, enough = candidates.size() + 1;  // too few; the fewest known to be enough, or none
    std::int64_t least = before, peak = before;
    for (std::size_t tried = candidates.size(); tried > few && tried < enough;) {
        const std::int64_t found = peak_of(recomputing.with(candidates, tried), samples, options);
        least = std::min(least, found);
        if (found <= *bound) {
            enough = tried;
            peak = found;
        } else {
            few = tried;
        }
        tried = few + (enough - few) / 2;
        if (few == candidates.size()) break;
    }
    if (enough > candidates.size()) {
        user_error("memory is {} bytes, but {} needs {} for {} samples, and {} where all that may be is computed again; "
                   "allow at least that, or make the batch smaller",
                   *bound, graph.name, before, samples, least);
    }
    std::vector<std::string_view> names;
    double operations = 0;
    for (std::size_t i = 0; i < enough; ++i) {
        names.push_back(graph.value(graph.equations[candidates[i].writer].result).name);
        operations += candidates[i].operations;
    }
    remarks.push_back({"recompute", fmt::format("a peak of {} bytes for {} samples, of {} that may be used, and {} without; "
                                                "{} of {} values are computed again, in {:.3g} operations: {}",
                                                peak, samples, *bound, before, enough, candidates.size(), operations,
                                                fmt::join(names, ", "))});
    return recomputing.with(candidates, enough);
}

}  // namespace ricci::passes
