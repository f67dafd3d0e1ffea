// Two walks over the equations: forwards to number the regions, backwards to move what stands between them.
#include "passes/tiles/tile_plan.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "ir/analysis/convolution_form.h"
#include "ir/analysis/look_ups.h"
#include "ir/base/checked.h"
#include "ir/core/tile.h"
#include "ir/core/uses.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Positions that a batch tile compares an id with, all of them: its lanes are samples, and each would need a row of its
/// own. Where a sample has an element for each position, as scores of classes, comparing is no more than was computed.
constexpr std::int64_t kMostCompared = 32;

/// The values that the body reads, each once.
std::set<ValueId> operands(const Equation& equation) {
    std::set<ValueId> found;
    for (const Access* access : accesses(equation.body)) found.insert(access->tensor);
    return found;
}

class Planner {
  public:
    Planner(const Graph& graph, const Options& options)
        : graph_(graph),
          options_(options),
          forced_(forced_samples(options)),
          leaves_(leaving(graph)),
          producers_(graph.producers()),
          readers_(graph.readers()) {}

    TilePlan plan();

  private:
    std::string why_outside(const Equation& equation) const;
    void number_regions();
    void sink();
    void place_others();
    void measure(TileRegion& region, RegionId number) const;
    std::string why_not(const TileRegion& region) const;

    const Equation& equation(EquationId place) const { return graph_.equations[place]; }
    const std::string& name(EquationId place) const { return graph_.value(equation(place).result).name; }
    RegionId& region(EquationId place) { return plan_.region[place]; }
    RegionId region(EquationId place) const { return plan_.region[place]; }
    RegionId& slot(EquationId place) { return slots_[place]; }
    const std::vector<EquationId>& readers(EquationId place) const { return readers_[equation(place).result]; }
    std::int64_t bytes(ValueId value) const {
        const TensorType& type = graph_.value(value).type;
        return checked_mul(type.count(), static_cast<std::int64_t>(size_of(type.dtype)), "bytes of a tensor");
    }

    const Graph& graph_;
    const Options& options_;
    std::optional<std::int64_t> forced_;
    IdVector<ValueId, bool> leaves_;
    IdVector<ValueId, EquationId> producers_;
    IdVector<ValueId, std::vector<EquationId>> readers_;
    IdVector<EquationId, RegionId> slots_;  // of an equation outside: the first region behind it
    RegionId regions_ = 0;                  // behind the last
    TilePlan plan_;
};

/// Why an equation belongs to no region.
std::string Planner::why_outside(const Equation& equation) const {
    std::string why = why_not_by_samples(graph_, equation);
    if (!why.empty()) return why;
    if (equation.schedule.how == How::library) return "one call computes all samples";
    for (const LookUp& found : look_ups(graph_, equation)) {
        const Index& index = equation.indices[found.index];
        const bool own = std::ranges::any_of(accesses(equation.body), [&](const Access* access) {
            const auto uses = [&](IndexId id) {
                return std::ranges::any_of(access->at, [&](const Affine& at) { return at.uses(id); });
            };
            return uses(found.index) && uses(sample_index(equation));
        });
        if (own || (index.extent != kOpen && index.extent <= kMostCompared)) continue;
        return fmt::format("each sample looks up a row of its own, one of {} {}", extent_text(index.extent), index.kind.name());
    }
    auto inside = [&](ValueId value) {
        const Value& v = graph_.value(value);
        const bool fixed = v.role == Role::input || leaves_[value];
        return fixed && v.type.is_open() && v.type.axes.front().extent != kOpen;
    };
    std::set<ValueId> touched = operands(equation);
    touched.insert(equation.result);
    auto found = std::ranges::find_if(touched, inside);
    return found == touched.end() ? ""
                                  : fmt::format("the batch of {} is not its outermost axis", graph_.value(*found).name);
}

/// Each equation as early as what it reads allows.
void Planner::number_regions() {
    plan_.region.assign(graph_.equations.size(), -1);
    slots_.assign(graph_.equations.size(), 0);
    std::map<RegionId, std::string> begins;  // why each region begins
    for (const EquationId place : graph_.equations.ids()) {
        const Equation& here = equation(place);
        const std::string why = why_outside(here);
        RegionId earliest = 0;
        ValueId last = -1;  // what it waits for
        for (ValueId operand : operands(here)) {
            const EquationId producer = producers_[operand];
            if (producer < 0) continue;
            const bool summed = region(producer) >= 0 && !graph_.value(operand).type.is_open();
            const int behind = summed || !why.empty() ? 1 : 0;
            const RegionId after = region(producer) < 0 ? slot(producer) : region(producer) + behind;
            if (after <= earliest) continue;
            earliest = after;
            last = summed || region(producer) < 0 ? operand : -1;
        }
        if (!why.empty()) {
            slot(place) = earliest;
            const bool batched = std::ranges::any_of(here.indices, [](const Index& i) { return i.extent == kOpen; });
            if (batched) plan_.notes.push_back(fmt::format("{}: outside of tiles, for {}", name(place), why));
            continue;
        }
        region(place) = earliest;
        regions_ = std::max(regions_, earliest + 1);
        if (last >= 0 && !begins.contains(earliest)) {
            begins[earliest] = fmt::format("{}: begins a new tile, for it reads {}, which all samples make",
                                           name(place), graph_.value(last).name);
        }
    }
    for (const auto& [number, text] : begins) plan_.notes.push_back(text);
}

/// What reads nothing of its own region moves to the first region that reads it.
void Planner::sink() {
    for (const EquationId place : std::views::reverse(graph_.equations.ids())) {
        const bool leaves = leaves_[equation(place).result];
        if (region(place) < 0 || leaves || readers(place).empty()) continue;
        if (!graph_.value(equation(place).result).type.is_open()) continue;
        const bool bound = std::ranges::any_of(operands(equation(place)), [&](ValueId operand) {
            const EquationId producer = producers_[operand];
            return producer >= 0 && region(producer) == region(place);
        });
        if (bound) continue;
        RegionId first = regions_ - 1;
        for (const EquationId reader : readers(place))
            first = std::min(first, region(reader) >= 0 ? region(reader) : slot(reader) - 1);
        region(place) = std::max(first, region(place));
    }
}

/// Equations of no region, as late as their readers allow.
void Planner::place_others() {
    for (const EquationId place : std::views::reverse(graph_.equations.ids())) {
        if (region(place) >= 0) continue;
        RegionId last = regions_;
        for (const EquationId reader : readers(place))
            last = std::min(last, region(reader) >= 0 ? region(reader) : slot(reader));
        slot(place) = last;
    }
}

/// Samples and bytes.
void Planner::measure(TileRegion& region, RegionId number) const {
    std::map<ValueId, std::pair<std::size_t, std::size_t>>
        live;  // batched values: the places that first and last use them
    std::set<ValueId> shared;
    std::size_t element = 8;
    for (std::size_t at = 0; at < region.equations.size(); ++at) {
        const Equation& here = equation(region.equations[at]);
        std::set<ValueId> used = operands(here);
        used.insert(here.result);
        for (ValueId value : used) {
            const TensorType& type = graph_.value(value).type;
            if (!type.is_open()) {
                shared.insert(value);
                continue;
            }
            live.try_emplace(value, at, at).first->second.second = at;
            if (is_float(type.dtype)) element = std::min(element, size_of(type.dtype));
        }
    }
    region.samples = forced_.value_or(std::max<std::int64_t>(
        1, options_.machine.f32_lanes * static_cast<std::int64_t>(size_of(f32)) / static_cast<std::int64_t>(element)));
    for (const EquationId place : region.equations) {
        if (!multiplies_matrices(equation(place))) continue;
        double points = 2 * static_cast<double>(region.samples);
        for (std::int64_t extent : equation(place).extents())
            points *= extent == kOpen ? 1 : static_cast<double>(extent);
        region.flop += points;
    }
    std::vector<std::int64_t> change(region.equations.size() + 1, 0);
    for (const auto& [value, uses] : live) {
        const std::int64_t size = checked_mul(bytes(value), region.samples, "bytes of a tile");
        change[uses.first] += size;
        change[uses.second + 1] -= size;
        const EquationId producer = producers_[value];
        const std::vector<EquationId>& read_by = readers_[value];
        auto here = [&](EquationId place) { return this->region(place) == number; };
        const bool made = producer >= 0 && here(producer);
        const bool leaves = leaves_[value] || !std::ranges::all_of(read_by, here);
        if (!made || leaves) {
            region.crossing += size;
        } else if (!is_pointwise(equation(producer))) {
            region.inside += size;  // what is pointwise will be a part of its reader
        }
    }
    std::int64_t now = 0;
    for (std::int64_t step : change) region.values = std::max(region.values, now += step);
    for (ValueId value : shared) region.shared = checked_add(region.shared, bytes(value), "bytes of a tile");
}

std::string Planner::why_not(const TileRegion& region) const {
    if (options_.tile == "off") return "tiles are off";
    // A convolution reads its image again and again: that alone is worth a copy that stays in the cache.
    const bool convolves =
        std::ranges::any_of(region.equations, [&](EquationId place) {
            return reads_again(equation(place)) && multiplies_matrices(equation(place));
        });
    const bool passes_on = std::ranges::any_of(region.equations, [&](EquationId place) {
        return graph_.value(equation(place).result).type.is_open() &&
               std::ranges::any_of(readers(place),
                                   [&](EquationId reader) { return this->region(reader) == this->region(place); });
    });
    if (!passes_on && !convolves) return "no value passes from one of its equations to another";
    if (forced_) return "";
    const bool multiplies =
        std::ranges::any_of(region.equations, [&](EquationId place) { return multiplies_matrices(equation(place)); });
    if (!multiplies) return "it multiplies no matrices";
    const std::int64_t cache = options_.machine.l2_bytes;
    const bool small = convolves && region.values <= cache;
    if (!small && region.inside <= region.crossing) return "more bytes enter and leave it than live inside";
    const auto shared = static_cast<double>(region.shared);
    if (shared > options_.machine.most_shared_l2_ratio * static_cast<double>(cache) &&
        region.flop < options_.machine.least_shared_flop_per_byte * shared) {
        return fmt::format("each tile would read what samples share anew, and makes {:.0f} operations of a byte of it",
                           region.flop / shared);
    }
    const std::int64_t most = options_.machine.most_tile_l2_ratio;
    if (region.values > checked_mul(cache, most, "bytes of caches")) {
        return fmt::format("its values are more than {} times the second-level cache of {} bytes", most, cache);
    }
    return "";
}

TilePlan Planner::plan() {
    number_regions();
    sink();
    place_others();
    plan_.regions.resize(regions_.place());
    for (const EquationId place : graph_.equations.ids()) {
        plan_.order.push_back(place);
        if (region(place) >= 0) plan_.regions[region(place)].equations.push_back(place);
    }
    std::ranges::stable_sort(plan_.order, {}, [&](EquationId place) {
        return region(place) >= 0 ? std::pair(region(place), 1) : std::pair(slot(place), 0);
    });
    for (const RegionId number : plan_.regions.ids()) {
        TileRegion& found = plan_.regions[number];
        measure(found, number);
        found.why_not = why_not(found);
    }
    return std::move(plan_);
}

}  // namespace

bool TilePlan::is_tiled(EquationId id) const {
    const RegionId number = region[id];
    return number >= 0 && regions[number].why_not.empty();
}

std::optional<std::int64_t> forced_samples(const Options& options) {
    if (options.tile == "auto" || options.tile == "off") return std::nullopt;
    std::int64_t samples = 0;
    const char* end = options.tile.data() + options.tile.size();
    const auto [rest, error] = std::from_chars(options.tile.data(), end, samples);
    if (error != std::errc() || rest != end || samples < 1 || samples > kMostSamples) {
        user_error("tile is \"{}\"; it is auto, off or a number of samples from 1 to {}", options.tile, kMostSamples);
    }
    return samples;
}

TilePlan plan_tiles(const Graph& graph, const Options& options) {
    return Planner(graph, options).plan();
}

}  // namespace ricci::passes
