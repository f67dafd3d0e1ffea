// The loops of one equation: left loops outside, reduced loops inside, with accumulators in registers. Vector blocks
// have a masked tail, and short loops are written out.
#include "codegen/emit/emit_nest.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include "codegen/emit/body.h"
#include "codegen/emit/long_sum.h"
#include "codegen/emit/reduction.h"
#include "ir/loops/pieces.h"

namespace ricci::codegen {
namespace {

using llvm::Value;
using Carried = Emitter::Carried;

class NestEmitter {
  public:
    /// `piece`: the part of the plan's nest to emit; null for all of it.
    NestEmitter(Emitter& e, const ir::PlainLoops& plan, const ir::Piece* piece, const Point& shared, const Rows& rows)
        : e_(e),
          plan_(plan),
          nest_(piece ? piece->nest : plan.nest),
          piece_(piece),
          point_(shared),
          rows_(rows),
          lanes_(plan.nest.lanes),
          left_(plan.left),
          reduced_(plan.reduced),
          written_out_(plan.written_out) {
        point_.resize(nest_.levels.size(), e.integer(0));
    }

    void emit_loops() {
        if (nest_.scatters_by_ids())
            scatter(0, 0);
        else
            left_loops(0);
    }

  private:
    const ir::Level& level(ir::LevelId number) const { return nest_.levels[number]; }
    Value*& at(ir::LevelId number) { return point_[number]; }
    bool is_split(ir::LevelId number) const { return number == nest_.first_own() && rows_.first != nullptr; }
    /// A piece begins or ends inside of the level.
    bool is_cut(ir::LevelId number) const { return piece_ && level(number).extent.is_fixed(); }
    std::int64_t first_of(ir::LevelId number) const { return is_cut(number) ? piece_->numbers[number].first : 0; }
    std::int64_t end_of(ir::LevelId number) const {
        return is_cut(number) ? piece_->numbers[number].second : level(number).extent.fixed;
    }
    /// The numbers of a level that this call does, {first, behind the last}; a piece may have none of them.
    std::pair<Value*, Value*> bounds_of(ir::LevelId number) {
        llvm::IRBuilderBase& b = e_.builder;
        if (!is_split(number))
            return {e_.integer(first_of(number)), is_cut(number) ? e_.integer(end_of(number)) : e_.size(level(number).extent)};
        if (!is_cut(number)) return {rows_.first, rows_.last};
        const auto pick = [&](llvm::Intrinsic::ID which, Value* x, Value* y) { return b.CreateBinaryIntrinsic(which, x, y); };
        Value* first = pick(llvm::Intrinsic::smax, rows_.first, e_.integer(first_of(number)));
        Value* last = pick(llvm::Intrinsic::smin, rows_.last, e_.integer(end_of(number)));
        return {first, pick(llvm::Intrinsic::smax, first, last)};
    }

    /// Steps of the vector level in one vector.
    std::int64_t units() const { return plan_.units(); }

    /// Runs `body` for each number of a level.
    Carried over(ir::LevelId number, Carried carried, const std::function<Carried(const Carried&)>& body) {
        if (const ir::LookedUp* found = nest_.look_up(number)) return over_id(*found, std::move(carried), body);
        if (written_out_[number]) {
            for (std::int64_t i = first_of(number); i < end_of(number); ++i) {
                at(number) = e_.integer(i);
                carried = body(carried);
            }
            return carried;
        }
        const auto [first, last] = bounds_of(number);
        const bool may_be_empty = is_split(number) && is_cut(number);
        return e_.loop(first, last, 1, std::move(carried), may_be_empty, [&](Value* i, const Carried& inside) {
            at(number) = i;
            return body(inside);
        });
    }

    /// Runs `body` for the one number that the id says: not at all where that is none of the level, or of these rows.
    Carried over_id(const ir::LookedUp& found, Carried carried, const std::function<Carried(const Carried&)>& body) {
        llvm::IRBuilderBase& b = e_.builder;
        const std::vector<Value*> unread(nest_.reads.size(), nullptr);
        Value* id = evaluate_part(e_, nest_, *found.look_up.id, point_, {1, nullptr}, unread);
        id = b.CreateSExtOrTrunc(id, b.getInt64Ty());
        if (found.look_up.inside && !is_split(found.level)) {
            at(found.level) = id;
            return body(carried);
        }
        Value* first = is_split(found.level) ? rows_.first : e_.integer(0);
        Value* last = is_split(found.level) ? rows_.last : e_.size(level(found.level).extent);
        Value* inside = b.CreateAnd(b.CreateICmpSGE(id, first), b.CreateICmpSLT(id, last));
        const auto one = [&] {
            at(found.level) = id;
            return body(carried);
        };
        if (!carried.empty()) return e_.choose(inside, one, carried);
        e_.when(inside, [&] { one(); });
        return {};
    }

    /// Loops whose ids say where points go: left loops before the first that is looked up, all reduced ones, the others.
    void scatter(std::size_t depth, std::size_t reduced) {
        const bool here = depth < left_.size() && nest_.look_up(left_[depth]) == nullptr;
        if (!here && reduced < reduced_.size()) {
            over(reduced_[reduced], {}, [&](const Carried&) {
                scatter(depth, reduced + 1);
                return Carried{};
            });
            return;
        }
        if (reduced == reduced_.size() || depth == left_.size()) return left_loops(depth);
        over(left_[depth], {}, [&](const Carried&) {
            scatter(depth + 1, reduced);
            return Carried{};
        });
    }

    /// Runs `body` for each vector along the vector level: whole ones, then one with the remaining lanes.
    Carried over_blocks(Carried carried, const std::function<Carried(const Lanes&, const Carried&)>& body) {
        ir::LevelId number = nest_.vector;
        ir::Size extent = level(number).extent;
        if (extent.per_batch != 0 || is_split(number)) return over_open_blocks(std::move(carried), body);
        const std::int64_t first = first_of(number);
        const std::int64_t whole = (end_of(number) - first) / units();
        const std::int64_t rest = (end_of(number) - first) % units();
        const std::int64_t whole_end = first + whole * units();
        Lanes all{lanes_, nullptr};
        if (written_out_[number]) {
            for (std::int64_t i = 0; i < whole; ++i) {
                at(number) = e_.integer(first + i * units());
                carried = body(all, carried);
            }
        } else if (whole > 0) {
            carried = e_.loop(e_.integer(first), e_.integer(whole_end), units(), std::move(carried), false,
                              [&](Value* i, const Carried& inside) {
                                  at(number) = i;
                                  return body(all, inside);
                              });
        }
        if (rest > 0) {
            at(number) = e_.integer(whole_end);
            carried = body({lanes_, e_.integer(rest * nest_.pair_extent())}, carried);
        }
        return carried;
    }

    Carried over_open_blocks(Carried carried, const std::function<Carried(const Lanes&, const Carried&)>& body) {
        ir::LevelId number = nest_.vector;
        llvm::IRBuilderBase& b = e_.builder;
        const auto [first, last] = bounds_of(number);
        Value* step = e_.integer(units());
        Value* count = b.CreateNSWSub(last, first);
        Value* rest = b.CreateURem(count, step);
        Value* whole_end = b.CreateNSWSub(last, rest);
        carried = e_.loop(first, whole_end, units(), std::move(carried), true, [&](Value* i, const Carried& inside) {
            at(number) = i;
            return body({lanes_, nullptr}, inside);
        });
        // At most one round: the loop form skips it when nothing is left.
        Value* lanes_left = b.CreateNSWMul(rest, e_.integer(nest_.pair_extent()));
        return e_.loop(whole_end, last, units(), std::move(carried), true, [&](Value* i, const Carried& inside) {
            at(number) = i;
            return body({lanes_, lanes_left}, inside);
        });
    }

    void left_loops(std::size_t depth) {
        if (depth == left_.size()) {
            if (nest_.vector >= 0 && !nest_.reduces_along_vector()) {
                over_blocks({}, [&](const Lanes& lanes, const Carried&) {
                    element(lanes);
                    return Carried{};
                });
            } else {
                element({1, nullptr});
            }
            return;
        }
        over(left_[depth], {}, [&](const Carried&) {
            left_loops(depth + 1);
            return Carried{};
        });
    }

    /// The elements of one vector of points of the left: reduce, then store.
    void element(const Lanes& lanes) {
        const ir::Equation& equation = *nest_.equation;
        Value* value = nullptr;
        if (equation.reduce == ir::Reduce::none) {
            value = evaluate_body(e_, nest_, point_, lanes);
        } else if (equation.reduce == ir::Reduce::argmax) {
            value = argmax(lanes);
        } else if (nest_.levels.next() == nest_.left_end() || nest_.scatters_by_ids()) {
            value = evaluate_body(e_, nest_, point_, lanes);  // nothing of its own to reduce: accumulates, or one point
        } else {
            value = reduction(lanes);
        }
        if (nest_.accumulates) {
            value = add_to_result(e_, nest_, point_, lanes, value);
        }
        store(e_, nest_, nest_.left, value, point_, lanes);
    }

    Value* reduction(const Lanes& lanes) {
        const ir::Reduce reduce = nest_.equation->reduce;
        const bool along = nest_.reduces_along_vector();
        Value* identity = identity_value(e_, reduce, nest_.equation->body->dtype);
        const Carried start = {along || lanes.width > 1 ? spread(e_, identity, lanes_) : identity};
        Carried total;
        if (const std::optional<SumCut> cut = cut_of_sum()) {
            const BlockSums sums(e_);
            total = sums.finish(blocks(*cut, 0, sums.start(start), lanes));
        } else {
            total = terms(0, start, lanes);
        }
        return along ? combine_lanes(e_, reduce, total[0]) : total[0];
    }

    /// Points of a level; in a batch tile, of as many samples as it has room for.
    ir::Size most_points(ir::LevelId number) const {
        if (nest_.look_up(number) != nullptr) return {1, 0};
        const ir::Size extent = level(number).extent;
        return nest_.samples > 0 ? ir::Size{extent.at(nest_.samples), 0} : extent;
    }

    /// A long sum is cut in one of the loops that stay loops, or in the vectors of a reduced level.
    std::optional<SumCut> cut_of_sum() const {
        std::vector<ir::Size> rounds;
        for (ir::LevelId number : reduced_) rounds.push_back(most_points(number));
        if (nest_.reduces_along_vector()) {
            ir::Size extent = most_points(nest_.vector);
            if (extent.per_batch == 0) extent.fixed = (extent.fixed + units() - 1) / units();
            rounds.push_back(extent);
        }
        return cut_sum(*nest_.equation, rounds, 1, kPlainBlocks);
    }

    /// All terms of the reduced loops from `depth` on, added to what is carried.
    Carried terms(std::size_t depth, Carried carried, const Lanes& lanes) {
        return reduced_loops(depth, std::move(carried), [&](const Carried& outer) {
            if (nest_.reduces_along_vector()) {
                return over_blocks(outer,
                                   [&](const Lanes& block, const Carried& inside) { return term(block, inside); });
            }
            return Carried{accumulate_body(e_, nest_, point_, lanes, outer[0])};
        });
    }

    /// One vector of a level that is reduced.
    Carried term(const Lanes& block, const Carried& carried) {
        Value* next = accumulate_body(e_, nest_, point_, block, carried[0]);
        if (Value* mask = active_mask(e_, block, lanes_)) next = e_.builder.CreateSelect(mask, next, carried[0]);
        return {next};
    }

    /// The same as terms(), block by block.
    Carried blocks(const SumCut& cut, std::size_t depth, Carried carried, const Lanes& lanes) {
        const BlockSums sums(e_);
        if (depth == reduced_.size()) return blocks_of_vectors(cut, std::move(carried));
        const ir::LevelId number = reduced_[depth];
        if (depth < cut.loop) {
            return over(number, std::move(carried),
                        [&](const Carried& inside) { return blocks(cut, depth + 1, inside, lanes); });
        }
        if (cut.rounds == 1 || written_out_[number]) {
            return over(number, std::move(carried), [&](const Carried& inside) {
                return sums.add(inside, [&](const Carried& block) { return terms(depth + 1, block, lanes); });
            });
        }
        return sums.add_parts(e_.integer(0), e_.size(level(number).extent), cut.rounds, 1, std::move(carried), false,
                              [&](Value* first, Value* last, const Carried& block) {
                                  return e_.loop(first, last, 1, block, false, [&](Value* i, const Carried& inside) {
                                      at(number) = i;
                                      return terms(depth + 1, inside, lanes);
                                  });
                              });
    }

    Carried blocks_of_vectors(const SumCut& cut, Carried carried) {
        const BlockSums sums(e_);
        llvm::IRBuilderBase& b = e_.builder;
        const ir::LevelId number = nest_.vector;
        Value* last = e_.size(level(number).extent);
        Value* rest = b.CreateURem(last, e_.integer(units()));
        Value* whole = b.CreateNSWSub(last, rest);
        carried = sums.add_parts(e_.integer(0), whole, cut.rounds, units(), std::move(carried), true,
                                 [&](Value* from, Value* to, const Carried& block) {
                                     return e_.loop(from, to, units(), block, false, [&](Value* i, const Carried& now) {
                                         at(number) = i;
                                         return term({lanes_, nullptr}, now);
                                     });
                                 });
        // At most one round, as in over_open_blocks.
        Value* left = b.CreateNSWMul(rest, e_.integer(nest_.pair_extent()));
        return e_.loop(whole, last, units(), std::move(carried), true, [&](Value* i, const Carried& inside) {
            at(number) = i;
            return sums.add(inside, [&](const Carried& block) { return term({lanes_, left}, block); });
        });
    }

    Carried reduced_loops(std::size_t depth, Carried carried, const std::function<Carried(const Carried&)>& body) {
        if (depth == reduced_.size()) return body(carried);
        return over(reduced_[depth], std::move(carried),
                    [&](const Carried& inside) { return reduced_loops(depth + 1, inside, body); });
    }

    Value* argmax(const Lanes& lanes) {
        llvm::IRBuilderBase& b = e_.builder;
        DType dtype = nest_.equation->body->dtype;
        Value* lowest = identity_value(e_, ir::Reduce::max, dtype);
        Value* zero = e_.integer(0);
        auto fit = [&](Value* value) { return lanes.width > 1 ? spread(e_, value, lanes.width) : value; };
        return reduced_loops(0, {fit(lowest), fit(zero)}, [&](const Carried& best) {
            Value* value = fit(evaluate_body(e_, nest_, point_, lanes));
            // The first largest wins; a nan wins over everything but an earlier nan.
            Value* better = is_float(dtype)
                                ? b.CreateAnd(b.CreateFCmpUGT(value, best[0]), b.CreateFCmpORD(best[0], best[0]))
                                : b.CreateICmpSGT(value, best[0]);
            return Carried{b.CreateSelect(better, value, best[0]),
                           b.CreateSelect(better, fit(reduced_number()), best[1])};
        })[1];
    }

    /// The row-major number of the current point among those reduced.
    Value* reduced_number() {
        Value* number = e_.integer(0);
        for (const ir::LevelId i : reduced_) {
            number = e_.builder.CreateNSWMul(number, e_.size(level(i).extent));
            number = e_.builder.CreateNSWAdd(number, at(i));
        }
        return number;
    }

    Emitter& e_;
    const ir::PlainLoops& plan_;
    const ir::Nest& nest_;
    const ir::Piece* piece_;
    Point point_;
    Rows rows_;
    int lanes_;
    const std::vector<ir::LevelId>&left_, &reduced_;
    const ir::IdVector<ir::LevelId, bool>& written_out_;
};

}  // namespace

void emit_plain_loops(Emitter& emitter, const ir::PlainLoops& plan, const Point& shared, const Rows& rows) {
    const std::vector<ir::Piece> pieces = ir::pieces_of(emitter.graph, plan.nest);
    if (pieces.empty()) NestEmitter(emitter, plan, nullptr, shared, rows).emit_loops();
    for (const ir::Piece& piece : pieces) NestEmitter(emitter, plan, &piece, shared, rows).emit_loops();
}

}  // namespace ricci::codegen
