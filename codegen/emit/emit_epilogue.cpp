// The epilogue of a register tile: each result goes through the steps up to a pool, each window through those behind it.
#include "codegen/emit/emit_epilogue.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>
#include <map>

#include "codegen/emit/body.h"
#include "codegen/emit/reduction.h"

namespace ricci::codegen {
namespace {

using llvm::Value;

using Offset = decltype(TileResult::offset);

class EpilogueEmitter {
  public:
    EpilogueEmitter(Emitter& e, const ir::Epilogue& epilogue) : e_(e), steps_(epilogue.steps) {}

    void emit_steps(const Point& first, const std::vector<TileResult>& results) {
        const auto pool = std::ranges::find_if(steps_, &ir::EpilogueStep::pools);
        std::map<Offset, std::vector<TileResult>> windows;
        for (const TileResult& result : results) {
            Offset number = result.offset;
            if (pool != steps_.end()) number = numbers(*pool, result.offset);
            windows[number].push_back(result);
        }
        for (auto& [number, window] : windows) follow(0, first, std::move(window));
    }

  private:
    /// Which windows the points at these offsets lie in; the first point of a tile is the first of a window.
    static Offset numbers(const ir::EpilogueStep& pool, Offset offset) {
        for (const ir::LevelId level : offset.ids()) offset[level] /= pool.window(level);
        return offset;
    }

    /// One result after the other, where they come from the tile: all at once do not fit the registers.
    Value* in_turn(std::size_t step, Value* value) const { return step == 0 ? e_.after_stores(value) : value; }

    /// The steps from `step` on, for results that they take together.
    void follow(std::size_t step, const Point& first, std::vector<TileResult> results) {
        if (step == steps_.size()) return;
        const ir::EpilogueStep& now = steps_[step];
        if (now.pools()) {
            Point windows;
            for (const ir::LevelId level : now.inside.ids()) {
                Value* size = e_.integer(now.window(level));
                windows.push_back(now.window(level) == 1 ? first[level]
                                                              : e_.builder.CreateExactUDiv(first[level], size));
            }
            const TileResult pooled = combined(step, windows, results);
            keep(now, windows, pooled);
            return follow(step + 1, windows, {pooled});
        }
        for (TileResult& result : results) {
            result.value = evaluate_body(e_, now.nest, moved(first, result.offset), result.lanes, now.read,
                                         in_turn(step, result.value));
            keep(now, first, result);
        }
        follow(step + 1, first, std::move(results));
    }

    /// One window: its results combined in their order.
    TileResult combined(std::size_t step, const Point& windows, const std::vector<TileResult>& results) {
        const ir::EpilogueStep& pool = steps_[step];
        const ir::Nest& nest = pool.nest;
        TileResult window{numbers(pool, results[0].offset), results[0].lanes, nullptr};
        Value* identity = identity_value(e_, nest.equation->reduce, nest.equation->body->dtype);
        window.value = window.lanes.width > 1 ? spread(e_, identity, window.lanes.width) : identity;
        for (const TileResult& result : results) {
            Point point = moved(windows, window.offset);
            for (const ir::LevelId level : pool.inside.ids()) {
                if (pool.inside[level] >= 0) point.push_back(e_.integer(result.offset[level] % pool.window(level)));
            }
            window.value =
                accumulate_body(e_, nest, point, window.lanes, window.value, pool.read, in_turn(step, result.value));
        }
        return window;
    }

    Point moved(Point point, const Offset& offset) const {
        for (const ir::LevelId level : offset.ids()) {
            if (offset[level] != 0) point[level] = e_.builder.CreateNSWAdd(point[level], e_.integer(offset[level]));
        }
        return point;
    }

    void keep(const ir::EpilogueStep& step, const Point& first, const TileResult& result) {
        if (!step.kept) return;
        store(e_, step.nest, step.nest.left, result.value, moved(first, result.offset), result.lanes);
    }

    Emitter& e_;
    const std::vector<ir::EpilogueStep>& steps_;
};

}  // namespace

void emit_epilogue(Emitter& emitter, const ir::Epilogue& epilogue, const Point& first,
                   const std::vector<TileResult>& results) {
    EpilogueEmitter(emitter, epilogue).emit_steps(first, results);
}

}  // namespace ricci::codegen
