/// \file ir/ops/call/binding.h
/// What the names in an op's texts stand for in one call. Internal to ir/ops.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/ops/call/instantiate.h"
#include "ir/ops/table.h"
#include "ir/surface/surface.h"

namespace ricci::ir {

/// One axis that a name of a signature stands for.
struct BoundAxis {
    std::string index;  // its name in the equations
    Kind kind;
    std::int64_t extent;
    std::string said_by;  // "x (pool1) has channel 6 (axis 1)"
    std::optional<std::size_t> slot{};  // the place of the axis in the first operand
};

/// A signature such as x[b: batch, ..., k: over].
struct OperandPattern {
    enum class Match : std::uint8_t { kind, any, over, rest, ellipsis };
    struct Entry {
        std::string name;  // "" for the ellipsis
        Match match = Match::any;
        std::optional<Kind> kind{};
    };
    std::string name;
    std::vector<Entry> entries;
};

/// An operand of a call: which of its axes each entry of the pattern took.
struct BoundOperand {
    OperandPattern pattern;
    std::string spoken;  // "x (pool1)", or "x" when the tensor is called so
    TensorType type;
    std::vector<std::vector<std::size_t>> axes{};  // by entry
    /// By axis of Binding::shared: the operand's axis, or nothing.
    std::vector<std::optional<std::size_t>> shared{};
};

struct Binding {
    const Op& op;
    const OpCall& call;
    std::string subject{};
    std::vector<BoundOperand> operands{};
    std::map<std::string, std::vector<BoundAxis>> names{};  // one axis each, several for `over` and `rest`
    std::vector<BoundAxis> shared{};                        // what the ellipsis stands for
    std::map<std::string, double> constants{};

    template <typename... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) const {
        throw UserError(call.location.prefix() + subject + ": " + fmt::format(text, std::forward<Args>(args)...));
    }
    const BoundOperand* operand(std::string_view name) const;
    /// The kind that a declaration of the op means: that of the call where it is `over`.
    Kind said(Kind kind) const { return kind.name() == "over" && call.over ? *call.over : kind; }
    /// Several axes: what was declared `over` or `rest`.
    bool is_pack(const std::string& name) const;
};

/// How messages call an operand: "x (pool1)", or "x" when the value is called so.
std::string spoken(const std::string& operand, const Value& value);

}  // namespace ricci::ir
