/// \file ir/elaborate/draft.h
/// An equation on its way through `elaborate`: names resolved, kinds and extents being found. Internal to ir/.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ir/elaborate/elaborate.h"

namespace ricci::ir {

/// An index of any of the scopes of one written equation; two sums may each have their own `k`.
struct DraftIndex {
    std::string name;
    std::optional<Kind> kind{};
    std::optional<std::int64_t> extent{};
    std::string extent_from{};  // "declared 6", "6 in x (axis 1, channel)"
    bool on_left = false;
    bool bare_left = false;   // stands alone on an axis of the result
    bool bare_right = false;  // stands alone on an axis of some operand
};

/// What stands on one axis: a tuple, or an affine expression.
struct Position {
    Affine affine{};               // over places in Draft::indices; not set for a tuple
    std::vector<IndexId> tuple{};  // members, outermost first
    IndexId whole = -1;            // the index when it stands alone and so runs over the whole axis; `c + 0` does not
    std::string text{};
    std::vector<IndexId> indices() const;
};

/// A tensor with its index expressions: a read, or the result on the left.
struct Use {
    std::string name;  // as messages call it
    ValueId tensor = -1;
    std::optional<TensorType> type{};  // nothing for a result whose type is to be inferred
    std::vector<Position> at{};
    std::optional<Number> pad{};
    bool left = false;
    bool may_leave = false;  // padded or clipped: points outside are allowed
};

/// A scalar expression with its names resolved.
struct Node {
    enum class Form : std::uint8_t { number, truth, access, index, extent, call, cast, reduction, inlined, argument };
    Form form = Form::number;
    Number number{};      // number, truth
    std::size_t use = 0;  // access: place in Draft::uses; argument: place among the inlined op's operands
    Position position{};  // index
    IndexId index = -1;   // extent
    Scalar function = Scalar::add;
    DType dtype = DType::f32;  // cast
    Reduce reduce = Reduce::none;
    std::vector<IndexId> indices{};  // reduction
    std::vector<Node> args{};        // inlined: the operands, then the op's body
    std::string name{};              // how a message calls it
};

struct Draft {
    const Graph& graph;
    const surface::Equation& written;
    const Scope& scope;
    IdVector<IndexId, DraftIndex> indices{};
    std::vector<Use> uses{};  // uses[0] is the left
    Node body{};              // a reduction at the top is the equation's own

    template <typename... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) const {
        throw UserError(written.location.prefix() + subject() + ": " + fmt::format(text, std::forward<Args>(args)...));
    }
    /// The left as written, or the scope's subject.
    std::string subject() const;
    DraftIndex& index(IndexId id) { return indices[id]; }
    const DraftIndex& index(IndexId id) const { return indices[id]; }
    std::vector<std::int64_t> extents() const;  // \pre all are known
};

/// "2*y + dy - 1", "(c, y, x)".
std::string spell(const surface::IndexExpr& expr);
/// The value of an integer expression over the scope's constants; '?' is kOpen.
std::int64_t evaluate(const Draft& draft, const surface::IndexExpr& expr);

}  // namespace ricci::ir
