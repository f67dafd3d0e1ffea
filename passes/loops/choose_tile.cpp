// The search for a register tile: every vector level, every pair of left levels, every size that fits the registers.
#include "passes/loops/choose_tile.h"

#include <algorithm>

#include "ir/loops/prologue.h"
#include "ir/loops/streams.h"
#include "passes/loops/tile_cost.h"

namespace ricci::passes {
namespace {

using namespace ir;

using Block = Contraction::Block;

/// Points of one level in a tile, at the most.
constexpr std::int64_t kLargestBlock = 14;
/// Multiply-adds that one kernel may spell out: more cost time to compile and overflow the instruction cache.
constexpr std::int64_t kWrittenOut = 1600;
/// Multiply-adds between two branches beyond which writing out more wins nothing.
constexpr std::int64_t kLongBody = 128;

bool uses(const Guard& guard, LevelId level) {
    return guard.coefficients[level] != 0;
}

class Search {
  public:
    Search(const Nest& nest, const Machine& machine, LevelId split)
        : machine_(machine), registers_(machine.vector_registers), split_(split) {
        draft_.nest = nest;
        draft_.nest.pair = -1;
        end_ = nest.levels.next();
        left_end_ = nest.left_end();
        draft_.constant.assign(nest.levels.size(), false);
        factors_ = factors_of(nest);
        if (nest.prologue) prologue_sums_ = nest.prologue->sums.size();
    }

    /// A choice that has been considered.
    struct Considered {
        TileChoice choice;
        double cycles = 0;
    };

    /// Considers nothing else.
    void restrict_to(const TileChoice& choice) { only_ = &choice; }

    std::optional<Contraction> choose(std::vector<Considered>* all = nullptr) {
        all_ = all;
        for (LevelId vector = draft_.nest.first_own(); vector < end_; ++vector) {
            if (why_no_vector(draft_.nest, vector, split_).empty()) with_vector(vector);
        }
        return best_;
    }

  private:
    const Nest& nest() const { return draft_.nest; }
    bool reduced(LevelId level) const { return nest().levels[level].reduced; }

    void with_vector(LevelId vector) {
        draft_.nest.vector = vector;
        for (LevelId a = nest().first_own(); a < left_end_; ++a) {
            for (std::int64_t of_a = 1; of_a <= most(a); ++of_a) {
                consider({{a, of_a}});
                for (LevelId b = a + 1; b < left_end_; ++b) {
                    for (std::int64_t of_b = 2; of_a > 1 && of_b <= most(b) && of_a * of_b < registers_; ++of_b) {
                        consider({{a, of_a}, {b, of_b}});
                    }
                }
            }
        }
        if (nest().left_levels == 0) consider({});
    }

    /// Of how many points of a level the tile holds a multiple.
    std::int64_t whole(LevelId level) const {
        return nest().whole.empty() ? 1 : nest().whole[level];
    }

    /// The tile with whole windows, in the order of the levels; nothing when it has a part of one, or too many results.
    std::optional<std::vector<Block>> with_windows(std::vector<Block> tile) const {
        if (nest().whole.empty()) return tile;
        std::erase_if(tile, [](Block block) { return block.count == 1; });
        for (LevelId level = nest().first_own(); level < left_end_; ++level) {
            if (whole(level) > 1 && std::ranges::find(tile, level, &Block::level) == tile.end())
                tile.push_back({level, whole(level)});
        }
        std::ranges::sort(tile, {}, &Block::level);
        std::int64_t results = 1;
        for (Block block : tile) {
            if (block.count % whole(block.level) != 0) return std::nullopt;
            results *= block.count;
        }
        return results < registers_ ? std::optional(tile) : std::nullopt;
    }

    std::int64_t most(LevelId level) const {
        if (level == split_ || nest().levels[level].extent.per_batch != 0) return 1;
        return std::min(draft_.units(level), kLargestBlock);
    }

    /// Reduced points that a guard on a tiled level makes stand one after the other; 0 when they are too many.
    std::int64_t plan_guards() {
        draft_.constant.assign(nest().levels.size(), false);
        IdVector<LevelId, bool> spelled(nest().levels.size(), false);
        std::int64_t tiles = 1;
        std::int64_t points = 1;
        for (const Stream& read : nest().reads) {
            for (const Guard& guard : read.guards) {
                bool tiled = std::ranges::any_of(draft_.tile, [&](Block block) { return uses(guard, block.level); });
                if (!tiled) continue;
                for (LevelId level = nest().first_own(); level < end_; ++level) {
                    if (!uses(guard, level) || draft_.constant[level] || spelled[level]) continue;
                    if (nest().levels[level].extent.per_batch != 0 || level == nest().vector || level == split_)
                        return 0;
                    (reduced(level) ? spelled : draft_.constant)[level] = true;
                    (reduced(level) ? points : tiles) *= draft_.units(level);
                }
            }
        }
        std::int64_t other = 1;  // points of the tile on levels that stay loops
        for (Block block : draft_.tile) {
            if (!draft_.constant[block.level]) other *= block.count;
        }
        if (tiles * points * other > kWrittenOut) return 0;
        draft_.reduced.clear();
        draft_.written_out.clear();
        for (LevelId level = left_end_; level < end_; ++level) {
            (spelled[level] ? draft_.written_out : draft_.reduced).push_back(level);
        }
        return points;
    }

    void consider(std::vector<Block> free) {
        std::optional<std::vector<Block>> tile = with_windows(std::move(free));
        if (!tile) return;
        if (only_ != nullptr && (only_->vector != nest().vector || only_->tile != *tile)) return;
        draft_.tile = std::move(*tile);
        const std::int64_t spelled = plan_guards();
        if (spelled == 0) return;
        draft_.cycles = contraction_cycles(draft_, factors_, machine_);
        if (all_ != nullptr) {
            TileChoice choice{nest().vector, draft_.tile};
            // Different free levels may leave the same tile when windows join them.
            if (std::ranges::find(*all_, choice, &Considered::choice) == all_->end())
                all_->push_back({std::move(choice), draft_.cycles});
        }
        if (best_ && best_->cycles <= draft_.cycles) return;
        best_ = draft_;
        order_loops(*best_);
        write_out_innermost(*best_, spelled);
    }

    /// The loops that step along the vectors go outside those along which all vectors stay. What stays the same along a
    /// loop is then found in the cache at its next turn.
    void order_loops(Contraction& plan) const {
        plan.loops.clear();
        for (bool inner : {false, true}) {
            for (LevelId level = nest().first_own(); level < left_end_; ++level) {
                bool same = level != plan.nest.vector && std::ranges::all_of(plan.nest.reads, [&](const Stream& read) {
                                return is_uniform(read, level) || is_uniform(read, plan.nest.vector);
                            });
                if (same == inner) plan.loops.push_back(level);
            }
        }
    }

    /// Registers for results and what the prologue computes for all points of a tile that stand one after the other,
    /// with those of another level.
    std::int64_t computed(const Contraction& plan, LevelId level) const {
        const Factor& operand = *std::ranges::find(factors_, nest().prologue->operand, &Factor::expr);
        std::int64_t results = 1;
        std::int64_t different = plan.units(level);
        for (LevelId other : plan.written_out) different *= plan.units(other);
        for (Block block : plan.tile) {
            results *= block.count;
            if (operand.levels[block.level]) different *= block.count;
        }
        return results + different + static_cast<std::int64_t>(prologue_sums_ + 2);
    }

    void write_out_innermost(Contraction& plan, std::int64_t spelled) const {
        std::int64_t body = spelled;
        for (Block block : plan.tile) body *= block.count;
        while (!plan.reduced.empty()) {
            LevelId level = plan.reduced.back();
            const Size extent = plan.nest.levels[level].extent;
            bool guarded = std::ranges::any_of(plan.nest.reads, [&](const Stream& read) {
                return std::ranges::any_of(read.guards, [&](const Guard& guard) { return uses(guard, level); });
            });
            const std::int64_t units = plan.units(level);
            std::int64_t grown = body * units;
            if (guarded || extent.per_batch != 0 || units > kLongRun || grown > kLongBody) break;
            if (nest().prologue && computed(plan, level) > registers_) break;
            plan.reduced.pop_back();
            plan.written_out.insert(plan.written_out.begin(), level);
            body = grown;
        }
    }

    Contraction draft_;
    std::vector<Factor> factors_;
    std::size_t prologue_sums_ = 0;  // sums of an operand that are made on the way
    const Machine& machine_;
    std::int64_t registers_;
    LevelId split_;
    LevelId end_ = 0;       // behind the last level
    LevelId left_end_ = 0;  // behind the last one of the left
    std::optional<Contraction> best_;
    const TileChoice* only_ = nullptr;
    std::vector<Considered>* all_ = nullptr;
};

bool is_contraction(const Nest& nest, const Machine& machine) {
    if (!why_no_contraction(nest).empty()) return false;
    double points = 1;
    for (const Level& level : nest.levels) {
        if (level.reduced) points *= static_cast<double>(level.extent.at(nest.typical_samples));
    }
    return points >= static_cast<double>(machine.least_tile_points);
}

/// The same levels, whatever the sizes.
bool are_alike(const TileChoice& one, const TileChoice& other) {
    return one.vector == other.vector && std::ranges::equal(one.tile, other.tile, {}, &Block::level, &Block::level);
}

}  // namespace

std::optional<Contraction> plan_contraction(const Nest& nest, const Machine& machine, LevelId split) {
    if (!is_contraction(nest, machine)) return std::nullopt;
    return Search(nest, machine, split).choose();
}

std::vector<TileChoice> promising_tiles(const Nest& nest, const Machine& machine, LevelId split,
                                        std::size_t most) {
    constexpr std::ptrdiff_t kAlike = 3;
    if (!is_contraction(nest, machine)) return {};
    std::vector<Search::Considered> all;
    Search(nest, machine, split).choose(&all);
    std::ranges::stable_sort(all, {}, &Search::Considered::cycles);
    std::vector<TileChoice> best;
    for (Search::Considered& next : all) {
        if (best.size() == most) break;
        auto alike = [&](const TileChoice& other) { return are_alike(next.choice, other); };
        if (std::ranges::count_if(best, alike) < kAlike) best.push_back(std::move(next.choice));
    }
    return best;
}

std::optional<Contraction> plan_with(const Nest& nest, const Machine& machine, LevelId split,
                                     const TileChoice& choice) {
    if (!is_contraction(nest, machine)) return std::nullopt;
    Search search(nest, machine, split);
    search.restrict_to(choice);
    return search.choose();
}

}  // namespace ricci::passes
