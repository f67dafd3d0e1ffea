// Windows are read off the index expressions of the reader.
#include "ir/analysis/windows.h"

#include <algorithm>

#include "ir/analysis/coverage.h"
#include "ir/core/iteration.h"

namespace ricci::ir {
namespace {

bool is_on_left(const Equation& equation, IndexId index) {
    return std::ranges::any_of(equation.left, [&](const Affine& at) { return at.uses(index); });
}

/// What an expression in the reader's indices makes of `extent` points: they are all met, or nothing.
std::optional<Window> window_of(const Equation& reader, const Affine& at, std::int64_t extent) {
    auto points = [&](IndexId i) { return reader.indices[i].extent; };
    if (at.offset != 0 || at.terms.empty() || at.terms.size() > 2) return std::nullopt;
    if (at.terms.size() == 1) {
        const IndexId only = at.bare();
        if (only < 0 || points(only) != extent) return std::nullopt;
        if (is_on_left(reader, only)) return Window{.number = only};
        if (extent == kOpen) return std::nullopt;
        return Window{.inside = only, .extent = extent};
    }
    Affine::Term number = at.terms[0];
    Affine::Term inside = at.terms[1];
    if (number.coefficient == 1) std::swap(number, inside);
    const std::int64_t window = points(inside.index);
    const bool cuts = inside.coefficient == 1 && number.coefficient == window && points(number.index) != kOpen &&
                      window != kOpen && points(number.index) * window == extent;
    if (!cuts || !is_on_left(reader, number.index) || is_on_left(reader, inside.index)) return std::nullopt;
    return Window{number.index, inside.index, window};
}

}  // namespace

std::optional<IdVector<IndexId, Window>> windows_of(const Graph& graph, const Equation& writer,
                                                    const Equation& reader) {
    if (reader.reduce == Reduce::argmax || !covers_once(reader, graph.value(reader.result).type)) return std::nullopt;
    const Access* read = nullptr;
    for (const Access* access : accesses(reader.body)) {
        if (access->tensor != writer.result) continue;
        if (access->pad || (read != nullptr && !(*read == *access))) return std::nullopt;
        read = access;
    }
    if (read == nullptr) return std::nullopt;
    const IdVector<IndexId, std::optional<Affine>> written = written_at(writer, reader, read->at);
    IdVector<IndexId, Window> windows(writer.indices.size());
    IdVector<IndexId, int> met(reader.indices.size(), 0);
    for (IndexId i : writer.indices.ids()) {
        const std::int64_t extent = writer.indices[i].extent;
        if (!is_on_left(writer, i) || extent == 1) continue;
        const std::optional<Window> window = written[i] ? window_of(reader, *written[i], extent) : std::nullopt;
        if (!window) return std::nullopt;
        for (IndexId index : {window->number, window->inside}) {
            if (index >= 0) ++met[index];
        }
        windows[i] = *window;
    }
    for (std::size_t i = 0; i < met.size(); ++i) {
        if (met[i] > 1 || (met[i] == 0 && reader.indices[i].extent != 1)) return std::nullopt;
    }
    return windows;
}

std::int64_t points_of(const IdVector<IndexId, Window>& windows) {
    std::int64_t points = 1;
    for (const Window& window : windows) points *= window.extent;
    return points;
}

}  // namespace ricci::ir
