// Register tiles: loops over tiles, loops over reduced points with the accumulators carried, and in them one fused
// multiply-add a result, each operand loaded once.
#include "codegen/emit/emit_contraction.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>

#include "codegen/emit/emit_epilogue.h"
#include "codegen/emit/emit_operands.h"
#include "codegen/emit/long_sum.h"
#include "codegen/emit/reduction.h"
#include "codegen/emit/tile_guards.h"

namespace ricci::codegen {
namespace {

using llvm::Value;
using Carried = Emitter::Carried;

constexpr int kRegistersOfAvx2 = 16;

class ContractionEmitter {
  public:
    ContractionEmitter(Emitter& e, const ir::Contraction& plan, const Point& shared, const Rows& rows,
                       const ir::Epilogue* epilogue)
        : e_(e), plan_(plan), epilogue_(epilogue), nest_(plan.nest), point_(shared), rows_(rows) {
        point_.resize(nest_.levels.size(), e.integer(0));
        for (const ir::Contraction::Block& block : plan.tile) sizes_.push_back(block.count);
        const bool guarded = std::ranges::any_of(nest_.reads, [](const ir::Stream& read) { return !read.guards.empty(); });
        const bool vector = std::ranges::find(plan.written_out, nest_.vector) != plan.written_out.end();
        in_order_ = nest_.prologue && !guarded && !vector;
    }

    void emit_tiles() {
        if (nest_.samples > 0) ahead_ = e_.ahead();
        tile_loops(0);
    }

  private:
    const ir::Level& level(ir::LevelId number) const { return nest_.levels[number]; }
    Value*& at(ir::LevelId number) { return point_[number]; }
    bool is_split(ir::LevelId number) const { return number == nest_.first_own() && rows_.first != nullptr; }

    // ---- loops over tiles

    void tile_loops(std::size_t depth) {
        if (depth == plan_.loops.size()) return tile();
        const ir::LevelId number = plan_.loops[depth];
        std::size_t dimension = plan_.tile.size();
        for (std::size_t i = 0; i < plan_.tile.size(); ++i) {
            if (plan_.tile[i].level == number) dimension = i;
        }
        const std::int64_t unit = number == nest_.vector ? nest_.lanes : 1;
        const std::int64_t size = dimension < plan_.tile.size() ? plan_.tile[dimension].count : 1;
        const std::int64_t extent = plan_.extent(number);
        const std::int64_t whole = extent / (unit * size);  // tiles without a tail
        auto at_tile = [&](Value* first, std::int64_t units, bool tail) {
            at(number) = first;
            if (dimension < sizes_.size()) sizes_[dimension] = units;
            if (number == nest_.vector) tail_ = tail;
            tile_loops(depth + 1);
        };
        if (plan_.constant[number]) {
            // Tiles that no guard can break have the same code, so they are a loop.
            const TileGuards::Rounds inner = guards_.unbroken(number, size * unit, whole);
            const auto one_by_one = [&](std::int64_t first, std::int64_t last) {
                for (std::int64_t i = first; i < last; ++i) at_tile(e_.integer(i * size * unit), size, false);
            };
            one_by_one(0, inner.first);
            guards_.leave_out(number, true);
            if (inner.last > inner.first) {
                e_.loop(e_.integer(inner.first * size * unit), e_.integer(inner.last * size * unit), size * unit, {},
                        false, [&](Value* i, const Carried&) {
                            at_tile(i, size, false);
                            return Carried{};
                        });
            }
            guards_.leave_out(number, false);
            one_by_one(inner.last, whole);
        } else if (is_split(number) || level(number).extent.per_batch != 0) {
            Value* first = is_split(number) ? rows_.first : e_.integer(0);
            Value* last = is_split(number) ? rows_.last : e_.size(level(number).extent);
            e_.loop(first, last, 1, {}, true, [&](Value* i, const Carried&) {
                at_tile(i, 1, false);
                return Carried{};
            });
            return;
        } else if (whole > 0) {
            e_.loop(e_.integer(0), e_.integer(whole * size * unit), size * unit, {}, false,
                    [&](Value* i, const Carried&) {
                        at_tile(i, size, false);
                        return Carried{};
                    });
        }
        const std::int64_t rest = extent - whole * size * unit;
        if (rest > 0) at_tile(e_.integer(whole * size * unit), (rest + unit - 1) / unit, rest % unit != 0);
        if (number == nest_.vector) tail_ = false;
    }

    // ---- one tile

    /// The lanes of a result: all, or those of the level's tail.
    Lanes lanes_of(const TilePlace& result) const {
        if (!tail_) return {nest_.lanes, nullptr};
        std::int64_t last = 0;
        std::int64_t own = 0;
        for (std::size_t i = 0; i < plan_.tile.size(); ++i) {
            if (plan_.tile[i].level != nest_.vector) continue;
            last = (sizes_[i] - 1) * nest_.lanes;
            own = result[i];
        }
        if (own != last) return {nest_.lanes, nullptr};
        return {nest_.lanes, e_.integer(plan_.extent(nest_.vector) % nest_.lanes)};
    }

    void tile() {
        // AVX-512 multiplies by one number in memory, so the factor that is the same in all lanes needs no register.
        const std::vector<TilePlace> all = places_of(plan_, sizes_, e_.avx512 ? 0 : kRegistersOfAvx2);
        if (ahead_ != nullptr) e_.prefetch(ahead_);
        llvm::Type* type = llvm::FixedVectorType::get(e_.register_type(nest_.equation->body->dtype),
                                                      static_cast<unsigned>(nest_.lanes));
        const std::vector<PrologueSum> others = prologue_sums(plan_, all);
        Carried sums(all.size() + others.size(), llvm::Constant::getNullValue(type));
        const auto multiplies = [&](const Carried& carried) {
            return in_order_ ? multiply_add_in_order(all, others, carried) : multiply_add(all, others, carried);
        };
        if (const std::optional<SumCut> cut = cut_of_sums()) {
            const BlockSums blocks(e_);
            sums = blocks.finish(reduced_blocks(*cut, 0, blocks.start(sums), multiplies));
        } else {
            sums = reduced_loops(0, std::move(sums), multiplies);
        }
        if (nest_.reduces_along_vector()) sums = totals(std::move(sums));
        for (std::size_t i = 0; i < all.size(); ++i) finish(all[i], sums[i]);
        for (std::size_t i = 0; i < others.size(); ++i) finish_prologue_sum(others[i], sums[all.size() + i]);
        if (epilogue_ != nullptr) follow(all, sums);
    }

    /// The results at these places go through the epilogue.
    void follow(const std::vector<TilePlace>& all, const Carried& sums) {
        const ir::LevelId left = nest_.left_end();
        std::vector<TileResult> results;
        for (std::size_t i = 0; i < all.size(); ++i) {
            results.push_back({ir::IdVector<ir::LevelId, std::int64_t>(left.place(), 0), lanes_of(all[i]), sums[i]});
            for (std::size_t block = 0; block < plan_.tile.size(); ++block) {
                results.back().offset[plan_.tile[block].level] = all[i][block];
            }
        }
        emit_epilogue(e_, *epilogue_, {point_.begin(), point_.begin() + static_cast<std::ptrdiff_t>(left)}, results);
    }

    void finish_prologue_sum(const PrologueSum& of, Value* sum) {
        const Point point = operands_.point_of(of.result, point_);
        const Lanes lanes{1, nullptr};
        if (of.sum->accumulates) {
            sum = e_.builder.CreateFAdd(load(e_, nest_, of.sum->left, 0, point, lanes), sum);
        }
        store(e_, nest_, of.sum->left, sum, point, lanes);
    }

    /// The lanes of each sum added up.
    Carried totals(Carried sums) {
        if (limited() && plan_.units(nest_.vector) == 1) {
            for (Value*& sum : sums) sum = keep_samples(sum, e_.integer(0), nullptr);
        }
        Carried all;
        const auto lanes = static_cast<std::size_t>(nest_.lanes);
        for (std::size_t i = 0; i < sums.size(); i += lanes) {
            const auto first = sums.begin() + static_cast<std::ptrdiff_t>(i);
            const auto last = sums.begin() + static_cast<std::ptrdiff_t>(std::min(i + lanes, sums.size()));
            for (Value* total : combine_lanes(e_, ir::Reduce::sum, {first, last})) all.push_back(total);
        }
        return all;
    }

    /// Stores the sum, if it is wanted in memory.
    void finish(const TilePlace& result, Value* sum) {
        if (epilogue_ != nullptr && !epilogue_->keeps_sum) return;
        const Point point = operands_.point_of(result, point_);
        Lanes lanes = lanes_of(result);
        if (nest_.reduces_along_vector()) lanes = {1, nullptr};
        if (nest_.accumulates) sum = add_to_result(e_, nest_, point, lanes, sum);
        store(e_, nest_, nest_.left, sum, point, lanes);
    }

    /// True when the vector runs over the samples of a batch tile, of which the last has fewer than it has room for.
    bool limited() const { return level(nest_.vector).extent.per_batch != 0; }

    /// The lanes that are samples of this call, `otherwise` (null: zero) in the others.
    Value* keep_samples(Value* value, Value* first, Value* otherwise) {
        Value* active = e_.builder.CreateNSWSub(e_.batch(), first);
        Value* mask = active_mask(e_, {nest_.lanes, active}, nest_.lanes);
        if (otherwise == nullptr) otherwise = llvm::Constant::getNullValue(value->getType());
        return e_.builder.CreateSelect(mask, value, otherwise);
    }

    Carried reduced_loops(std::size_t depth, Carried carried, const std::function<Carried(const Carried&)>& body) {
        if (depth == plan_.reduced.size()) return written_out(0, std::move(carried), body);
        const ir::LevelId number = plan_.reduced[depth];
        auto inside = [&](Value* i, const Carried& now) {
            at(number) = i;
            return reduced_loops(depth + 1, now, body);
        };
        if (number == nest_.vector) return over_vectors(std::move(carried), inside);
        Value* first = e_.integer(0);
        Value* last = e_.size(level(number).extent);
        const bool bounded = guards_.clip(e_, number, point_, first, last);
        return e_.loop(first, last, 1, std::move(carried), bounded || level(number).extent.per_batch != 0, inside);
    }

    /// Where sums of so many terms are cut; those that are written out are never.
    std::optional<SumCut> cut_of_sums() const {
        std::vector<ir::Size> rounds;
        for (ir::LevelId number : plan_.reduced) {
            const bool open = nest_.samples == 0 && level(number).extent.per_batch != 0;
            rounds.push_back(open ? level(number).extent : ir::Size{plan_.units(number), 0});
        }
        std::int64_t inside = 1;
        for (ir::LevelId number : plan_.written_out) inside *= plan_.units(number);
        return cut_sum(*nest_.equation, rounds, inside, kTileBlocks);
    }

    /// The same as reduced_loops(), block by block.
    Carried reduced_blocks(const SumCut& cut, std::size_t depth, Carried carried,
                           const std::function<Carried(const Carried&)>& body) {
        const BlockSums sums(e_);
        const ir::LevelId number = plan_.reduced[depth];
        const auto inside = [&](Value* i, const Carried& now) {
            at(number) = i;
            if (depth == cut.loop) return reduced_loops(depth + 1, now, body);
            return reduced_blocks(cut, depth + 1, now, body);
        };
        const auto part = [&](std::int64_t step) {
            return [&, step](Value* from, Value* to, const Carried& now) {
                return e_.loop(from, to, step, now, false, inside);
            };
        };
        if (number == nest_.vector) {
            const std::int64_t extent = plan_.extent(number);
            const std::int64_t whole = extent / nest_.lanes * nest_.lanes;
            if (depth < cut.loop) return over_vectors(std::move(carried), inside);
            carried = sums.add_parts(e_.integer(0), e_.integer(whole), cut.rounds, nest_.lanes, std::move(carried),
                                     false, part(nest_.lanes));
            if (extent == whole) return carried;
            return sums.add(carried, [&](const Carried& now) { return tail_of_vectors(now, inside); });
        }
        Value* first = e_.integer(0);
        Value* last = e_.size(level(number).extent);
        const bool bounded = guards_.clip(e_, number, point_, first, last);
        const bool may_be_empty = bounded || level(number).extent.per_batch != 0;
        if (depth < cut.loop) return e_.loop(first, last, 1, std::move(carried), may_be_empty, inside);
        return sums.add_parts(first, last, cut.rounds, 1, std::move(carried), may_be_empty, part(1));
    }

    /// The vectors of a reduced level. A tail has lanes that hold nothing: they are masked at the loads.
    Carried over_vectors(Carried carried, const std::function<Carried(Value*, const Carried&)>& inside) {
        const std::int64_t extent = plan_.extent(nest_.vector);
        const std::int64_t whole = extent / nest_.lanes;
        if (whole == 1) {
            carried = inside(e_.integer(0), carried);
        } else if (whole > 1) {
            carried =
                e_.loop(e_.integer(0), e_.integer(whole * nest_.lanes), nest_.lanes, std::move(carried), false, inside);
        }
        return extent % nest_.lanes == 0 ? carried : tail_of_vectors(std::move(carried), inside);
    }

    /// Lanes without a point are zeros at the loads, but what is the same for all lanes may be infinite: they keep
    /// their sums.
    Carried tail_of_vectors(Carried carried, const std::function<Carried(Value*, const Carried&)>& inside) {
        const std::int64_t extent = plan_.extent(nest_.vector);
        tail_ = true;
        Carried sums = inside(e_.integer(extent / nest_.lanes * nest_.lanes), carried);
        tail_ = false;
        Value* mask = active_mask(e_, {nest_.lanes, e_.integer(extent % nest_.lanes)}, nest_.lanes);
        for (std::size_t i = 0; i < sums.size(); ++i) {
            if (sums[i] != carried[i] && sums[i]->getType()->isVectorTy())
                sums[i] = e_.builder.CreateSelect(mask, sums[i], carried[i]);
        }
        return sums;
    }

    Carried written_out(std::size_t depth, Carried carried, const std::function<Carried(const Carried&)>& body) {
        if (depth == plan_.written_out.size() || in_order_) return body(carried);
        const ir::LevelId number = plan_.written_out[depth];
        if (number == nest_.vector) {
            return over_vectors(std::move(carried), [&](Value* i, const Carried& now) {
                at(number) = i;
                return written_out(depth + 1, now, body);
            });
        }
        for (std::int64_t i = 0; i < level(number).extent.fixed; ++i) {
            at(number) = e_.integer(i);
            carried = written_out(depth + 1, std::move(carried), body);
        }
        return carried;
    }

    // ---- one reduced point

    Carried multiply_add(const std::vector<TilePlace>& all, const std::vector<PrologueSum>& others, const Carried& carried) {
        operands_.move_to(point_);
        Carried sums = carried;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (guards_.holds(point_, all[i])) sums[i] = operands_.accumulate(all[i], lanes_at_point(all[i]), sums[i]);
        }
        for (std::size_t i = 0; i < others.size(); ++i) add_to_prologue_sum(operands_, others[i], sums[all.size() + i]);
        return keep_all_samples(std::move(sums), carried);
    }

    /// The same for all points that stand one after the other, in the order of what is loaded. A load then serves all
    /// its points at once, and its register is free again. In the order of the points, most of what one point loads
    /// would be held for the next, in more registers than there are.
    Carried multiply_add_in_order(const std::vector<TilePlace>& all, const std::vector<PrologueSum>& others,
                                  const Carried& carried) {
        std::vector<Operands> operands;
        std::vector<MultiplyAdd> steps;
        each_written_out(0, [&] {
            operands.push_back(operands_);
            operands.back().move_to(point_);
            for (std::size_t i = 0; i < all.size(); ++i)
                steps.push_back({operands.back().place_of_load(all[i]), operands.size() - 1, i});
        });
        std::ranges::stable_sort(steps, {}, &MultiplyAdd::place);
        Carried sums = carried;
        for (const MultiplyAdd& step : steps) {
            const TilePlace& result = all[step.result];
            sums[step.result] = operands[step.point].accumulate(result, lanes_at_point(result), sums[step.result]);
        }
        for (Operands& point : operands) {
            for (std::size_t i = 0; i < others.size(); ++i) add_to_prologue_sum(point, others[i], sums[all.size() + i]);
        }
        return keep_all_samples(std::move(sums), carried);
    }

    struct MultiplyAdd {
        std::int64_t place = 0;  // of what it loads
        std::size_t point = 0;
        std::size_t result = 0;
    };

    void each_written_out(std::size_t depth, const std::function<void()>& visit) {
        if (depth == plan_.written_out.size()) return visit();
        const ir::LevelId number = plan_.written_out[depth];
        for (std::int64_t i = 0; i < level(number).extent.fixed; ++i) {
            at(number) = e_.integer(i);
            each_written_out(depth + 1, visit);
        }
    }

    void add_to_prologue_sum(Operands& operands, const PrologueSum& of, Value*& sum) {
        Value* operand = spread(e_, operands.computed(of.result, lanes_at_point(of.result)), nest_.lanes);
        sum = e_.builder.CreateFAdd(sum, operand);
    }

    Carried keep_all_samples(Carried sums, const Carried& carried) {
        if (!nest_.reduces_along_vector() || !limited() || plan_.units(nest_.vector) == 1) return sums;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            if (sums[i] != carried[i]) sums[i] = keep_samples(sums[i], at(nest_.vector), carried[i]);
        }
        return sums;
    }

    /// The lanes of a result at one reduced point.
    Lanes lanes_at_point(const TilePlace& result) const {
        if (!nest_.reduces_along_vector() || !tail_) return lanes_of(result);
        return {nest_.lanes, e_.integer(plan_.extent(nest_.vector) % nest_.lanes)};
    }

    Emitter& e_;
    const ir::Contraction& plan_;
    const ir::Epilogue* epilogue_;
    const ir::Nest& nest_;
    Point point_;
    Rows rows_;
    Value* ahead_ = nullptr;  // in a batch tile: what to ask for while it multiplies
    TileGuards guards_{plan_};
    std::vector<std::int64_t> sizes_;  // of the current tile, by its dimension
    bool in_order_ = false;            // of loads: see multiply_add_in_order
    bool tail_ = false;                // the current tile, or vector, ends with the tail of the vector level
    Operands operands_{e_, plan_, guards_.at_loads()};
};

}  // namespace

void emit_contraction(Emitter& emitter, const ir::Contraction& plan, const Point& shared, const Rows& rows,
                      const ir::Epilogue* epilogue) {
    ContractionEmitter(emitter, plan, shared, rows, epilogue).emit_tiles();
}

}  // namespace ricci::codegen
