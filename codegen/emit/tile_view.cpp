// Local values get their extent in memory; sample indices that meet only local values get it too.
#include "codegen/emit/tile_view.h"

#include <algorithm>

#include "ir/core/tile.h"

namespace ricci::codegen {

ir::Graph tile_view(const ir::Graph& planned) {
    ir::Graph view = planned;
    const std::vector<ir::Crossing> crossing = ir::crossings(planned);
    for (ir::ValueId id = 0; id < static_cast<ir::ValueId>(planned.values.size()); ++id) {
        view.value(id).type = ir::stored_type(planned, id);
    }
    auto leaves_open = [&](ir::ValueId id) {
        return planned.value(id).type.is_open() && crossing[static_cast<std::size_t>(id)] != ir::Crossing::local;
    };
    for (ir::Equation& equation : view.equations) {
        if (equation.tile < 0) continue;
        const ir::IndexId sample = ir::sample_index(equation);
        if (sample < 0) continue;
        bool open = leaves_open(equation.result);
        open |= std::ranges::none_of(equation.left, [&](const ir::Affine& at) { return at.uses(sample); });
        ir::walk(equation.body, [&](const ir::Expr& node) {
            if (node.form == ir::Expr::Form::access) open |= leaves_open(node.access.tensor);
            if (node.form == ir::Expr::Form::extent) open |= node.affine.bare() == sample;
        });
        if (open) continue;
        const ir::BatchTile& tile = view.tiles[static_cast<std::size_t>(equation.tile)];
        equation.indices[static_cast<std::size_t>(sample)].extent = tile.samples;
    }
    return view;
}

}  // namespace ricci::codegen
