// Local values get their extent in memory; sample indices that meet only local values get it too.
#include "ir/loops/tile_view.h"

#include <algorithm>

#include "ir/core/tile.h"

namespace ricci::ir {

Graph tile_view(const Graph& planned) {
    Graph view = planned;
    const StoredTypes stored(planned);
    for (ValueId id : planned.values.ids()) view.value(id).type = stored.type(id);
    auto leaves_open = [&](ValueId id) {
        return planned.value(id).type.is_open() && stored.crossing(id) != Crossing::local;
    };
    for (Equation& equation : view.equations) {
        if (equation.tile < 0) continue;
        const IndexId sample = sample_index(equation);
        if (sample < 0) continue;
        bool open = leaves_open(equation.result);
        open |= std::ranges::none_of(equation.left, [&](const Affine& at) { return at.uses(sample); });
        walk(equation.body, [&](const Expr& node) {
            if (node.form == Expr::Form::access) open |= leaves_open(node.access.tensor);
            if (node.form == Expr::Form::extent) open |= node.affine.bare() == sample;
        });
        if (open) continue;
        const BatchTile& tile = view.tiles[equation.tile];
        equation.indices[sample].extent = tile.samples;
    }
    return view;
}

}  // namespace ricci::ir
