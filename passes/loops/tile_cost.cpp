// Cycles of a register tile: steps over the reduced points, each bound by multiply-adds, loads or their latency, and
// an end that stores the results.
#include "passes/loops/tile_cost.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/loops/streams.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Registers for what an operand is computed from.
constexpr double kEvaluationRegisters = 2;

class TileCost {
  public:
    TileCost(const Contraction& plan, const std::vector<Factor>& factors, const Machine& machine)
        : plan_(plan),
          nest_(plan.nest),
          factors_(factors),
          machine_(machine),
          end_(nest_.levels.next()),
          left_end_(nest_.left_end()),
          bytes_(operand_bytes()) {}

    /// Cycles for all tiles, those at the ends of the levels with them.
    double cycles() const {
        double others = 1;
        for (const LevelId level : nest_.levels.ids()) {
            bool tiled =
                std::ranges::any_of(plan_.tile, [&](Contraction::Block block) { return block.level == level; });
            if (!tiled) others *= static_cast<double>(plan_.units(level));
        }
        double reduced_units = 1;
        for (LevelId level = left_end_; level < end_; ++level) reduced_units *= static_cast<double>(plan_.units(level));
        const double tiles = others / reduced_units;
        std::vector<std::int64_t> sizes;
        return tiles * sum_of_tiles(sizes, reduced_units);
    }

  private:
    bool reduced(LevelId level) const { return nest_.levels[level].reduced; }

    /// Cycles of the tiles of all sizes, where `sizes` are known along the first dimensions.
    double sum_of_tiles(std::vector<std::int64_t>& sizes, double steps) const {
        if (sizes.size() == plan_.tile.size()) return tile_cycles(sizes, steps);
        double sum = 0;
        for (auto [size, times] : parts(plan_.tile[sizes.size()])) {
            if (times == 0) continue;
            sizes.push_back(size);
            sum += static_cast<double>(times) * sum_of_tiles(sizes, steps);
            sizes.pop_back();
        }
        return sum;
    }

    /// Bytes of the operands that one tile goes over.
    double operand_bytes() const {
        double bytes = 0;
        for (const Stream& read : nest_.reads) {
            bytes += elements(read) * static_cast<double>(size_of(nest_.equation->body->dtype));
        }
        return bytes;
    }

    /// Different elements of a stream that one tile goes over. Levels that step inside the run of a shorter step, such
    /// as rows and the rows of a kernel, make one longer run.
    double elements(const Stream& read) const {
        std::vector<std::pair<double, double>> steps;  // of each level, and its points
        for (LevelId level = nest_.first_own(); level < end_; ++level) {
            double points = static_cast<double>(reduced(level) ? plan_.extent(level) : plan_.count(level));
            if (level == nest_.vector && !reduced(level)) points *= nest_.lanes;
            const double step = std::fabs(static_cast<double>(read.strides[level].at(1)));
            if (step > 0 && points > 1) steps.push_back({step, points});
        }
        std::ranges::sort(steps);
        std::vector<std::pair<double, double>> runs;
        for (auto [step, points] : steps) {
            auto run = std::ranges::find_if(runs, [&](const auto& other) {
                return std::fmod(step, other.first) == 0 && step <= other.first * other.second;
            });
            if (run == runs.end()) {
                runs.push_back({step, points});
            } else {
                run->second += step / run->first * (points - 1);
            }
        }
        double elements = 1;
        for (auto [step, points] : runs) elements *= points;
        return elements;
    }

    /// Sizes of the tiles along a block's level, and how many there are of each.
    std::array<std::pair<std::int64_t, std::int64_t>, 2> parts(Contraction::Block block) const {
        const std::int64_t units = plan_.units(block.level);
        const std::int64_t rest = units % block.count;
        return {{{block.count, units / block.count}, {rest, rest > 0 ? 1 : 0}}};
    }

    /// Whether a tile meets elements of a factor again at the next tap. The taps are the innermost reduced level, are
    /// written out, and step as one of the tile's levels does. What several results read stays in registers until then.
    bool slides(const Factor& factor) const {
        const LevelId taps = end_ - 1;
        if (!reduced(taps) || taps == nest_.vector || plan_.extent(taps) > kLongRun) return false;
        return std::ranges::any_of(factor.reads, [&](std::size_t number) {
            const Stream& read = nest_.reads[number];
            return std::ranges::any_of(plan_.tile, [&](Contraction::Block block) {
                return block.level != nest_.vector && !is_uniform(read, block.level) &&
                       read.strides[block.level].at(1) == read.strides[taps].at(1);
            });
        });
    }

    /// Cycles of one tile of these sizes that takes so many steps over the reduced points.
    double tile_cycles(const std::vector<std::int64_t>& sizes, double steps) const {
        double results = 1;
        for (std::int64_t size : sizes) results *= static_cast<double>(size);
        double loads = 0;
        for (const Stream& read : nest_.reads) {
            double different = 1;
            for (std::size_t i = 0; i < plan_.tile.size(); ++i) {
                if (!is_uniform(read, plan_.tile[i].level)) different *= static_cast<double>(sizes[i]);
            }
            loads += different;
        }
        double held = 1;  // registers for what is loaded: one, and all of a factor, the one with the fewest if none slides
        double fewest = results;
        double sliding = 0;
        double fmas = results * static_cast<double>(std::max<std::size_t>(factors_.size() - 1, 1));
        for (const Factor& factor : factors_) {
            double different = 1;
            for (std::size_t i = 0; i < plan_.tile.size(); ++i) {
                const bool changes = factor.levels[plan_.tile[i].level];
                if (changes) different *= static_cast<double>(sizes[i]);
            }
            fewest = std::min(fewest, different);
            if (different < results && slides(factor)) sliding = std::max(sliding, different);
            if (!nest_.prologue || factor.expr != nest_.prologue->operand) continue;
            const double sums = static_cast<double>(nest_.prologue->sums.size());
            fmas += different * (factor.operations + sums);
            held += different * sums + kEvaluationRegisters;
        }
        if (factors_.size() > 1 && results > 1) held += std::max(fewest, sliding);
        const double vector_bytes =
            static_cast<double>(nest_.lanes) * static_cast<double>(size_of(nest_.equation->body->dtype));
        // What is new at a step, on average, comes from afar; the rest was there a step or a row before.
        const double far =
            bytes_ <= machine_.operand_bytes() ? 0 : bytes_ / vector_bytes / steps / machine_.l2_loads_per_cycle;
        double step = std::max({fmas / machine_.multiply_adds_per_cycle, loads / machine_.loads_per_cycle, far,
                                machine_.multiply_add_latency_cycles,
                                (fmas + loads + 3) / machine_.instructions_per_cycle});
        step += 0.05 * loads;  // of equals, the one that loads less
        const auto registers = static_cast<double>(machine_.vector_registers);
        if (results + held > registers) step += 4 * (results + held - registers);
        const double end = nest_.reduces_along_vector() ? 6 : 1.5;
        return steps * step + end * results + 8;
    }

    const Contraction& plan_;
    const Nest& nest_;
    const std::vector<Factor>& factors_;
    const Machine& machine_;
    const LevelId end_;       // behind the last level
    const LevelId left_end_;  // behind the last one of the left
    const double bytes_;  // of the operands that one tile goes over
};

}  // namespace

double contraction_cycles(const Contraction& plan, const std::vector<Factor>& factors, const Machine& machine) {
    return TileCost(plan, factors, machine).cycles();
}

double reload_cycles(const Contraction& plan, const Machine& machine) {
    double vectors = 1;
    for (LevelId level = plan.nest.first_own(); level < plan.nest.left_end(); ++level) {
        vectors *= static_cast<double>(plan.units(level));
    }
    return vectors / machine.l2_loads_per_cycle;
}

double plain_cycles(const Nest& nest, const Machine& machine) {
    double points = 1;
    double stored = 1;
    for (const LevelId number : nest.levels.ids()) {
        const Level& level = nest.levels[number];
        const auto extent = static_cast<double>(level.extent.at(nest.counted_samples()));
        if (nest.look_up(number) == nullptr) points *= extent;  // an id says the one number that is met
        if (!level.reduced) stored *= extent;
    }
    const double moved = points * static_cast<double>(nest.reads.size()) + stored;
    const double bytes = moved * static_cast<double>(size_of(nest.equation->body->dtype));
    const bool near = bytes <= machine.operand_bytes();
    const double moves = moved / (near ? machine.loads_per_cycle : machine.l2_loads_per_cycle);
    return std::max(moves, points * operations(nest.equation->body) / machine.multiply_adds_per_cycle) /
           std::max(nest.lanes, 1);
}

}  // namespace ricci::passes
