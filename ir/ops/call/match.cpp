// Matches the axes of a call's operands with an op's signature, by kind.
#include "ir/ops/call/match.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/surface/names.h"
#include "ir/surface/surface_parser.h"

namespace ricci::ir {
namespace {

using Match = OperandPattern::Match;
using Entry = OperandPattern::Entry;

OperandPattern parse_pattern(const std::string& text) {
    surface::Equation parsed = parse_equation(text + " = 0", "signature", 1);
    OperandPattern pattern{.name = parsed.result, .entries = {}};
    for (const surface::IndexExpr& at : parsed.left) {
        if (at.form == surface::IndexExpr::Form::ellipsis) {
            pattern.entries.push_back({.name = "", .match = Match::ellipsis});
            continue;
        }
        Entry entry{.name = at.name};
        auto decl = std::ranges::find(parsed.left_decls, at.name, &surface::IndexDecl::name);
        if (decl != parsed.left_decls.end()) {
            bool over = decl->kind->name() == "over";
            bool rest = decl->kind->name() == "rest";
            entry.match = over ? Match::over : rest ? Match::rest : Match::kind;
            if (!over && !rest) entry.kind = decl->kind;
        }
        pattern.entries.push_back(std::move(entry));
    }
    return pattern;
}

std::string capital(std::string name) {
    for (char& c : name) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return name;
}

/// What an index over an axis of that kind is called where the op does not say.
std::string index_name(Kind kind) {
    if (kind == kinds::height()) return "y";
    if (kind == kinds::width()) return "x";
    if (kind == kinds::tap_h()) return "dy";
    if (kind == kinds::tap_w()) return "dx";
    if (kind == kinds::classes()) return "k";
    return std::string(kind.name().substr(0, 1));
}

/// Canonical order of axes that are taken together, whatever the layout: flatten(x) gives the same features.
int canonical_rank(Kind kind) {
    const std::vector<Kind> order = {kinds::batch(), kinds::channel(), kinds::height(),  kinds::width(),  kinds::time(),
                                     kinds::tap_h(), kinds::tap_w(),   kinds::feature(), kinds::classes()};
    return static_cast<int>(std::ranges::find(order, kind) - order.begin());
}

class Matcher {
  public:
    Matcher(Binding& binding, const Graph& graph) : binding_(binding), graph_(graph) {}

    void match_all() {
        read_signature();
        // Those that name all their axes say what the names are before those that take what is left.
        std::vector<std::size_t> order(binding_.operands.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::ranges::stable_sort(order, {}, [&](std::size_t i) { return openness(binding_.operands[i].pattern); });
        for (std::size_t i : order) match(binding_.operands[i]);
        share();
        name_indices();
        for (const auto& [name, axes] : binding_.names) {
            if (axes.size() == 1 && (!binding_.is_pack(name) || is_axis_of_kind(name))) {
                binding_.constants[capital(name)] = static_cast<double>(axes[0].extent);
            }
        }
    }

  private:
    /// Whether the name is that of the one axis of the kind that the caller gives.
    bool is_axis_of_kind(const std::string& name) const {
        const auto is_over = [&](const Entry& entry) { return entry.name == name && entry.match == Match::over; };
        return !binding_.op.over_all && std::ranges::any_of(binding_.operands, [&](const BoundOperand& operand) {
            return std::ranges::any_of(operand.pattern.entries, is_over);
        });
    }

    void read_signature() {
        std::map<std::string, Entry> said;
        for (std::size_t i = 0; i < binding_.op.signature.size(); ++i) {
            const Value& value = graph_.value(binding_.call.operands[i]);
            BoundOperand operand{.pattern = parse_pattern(binding_.op.signature[i]), .spoken = "", .type = value.type};
            const std::string& name = operand.pattern.name;
            operand.spoken = spoken(name, value);
            operand.axes.resize(operand.pattern.entries.size());
            for (const Entry& entry : operand.pattern.entries) {
                if (entry.match != Match::any && entry.match != Match::ellipsis) said.emplace(entry.name, entry);
            }
            binding_.operands.push_back(std::move(operand));
        }
        for (BoundOperand& operand : binding_.operands) {
            for (Entry& entry : operand.pattern.entries) {
                if (auto found = said.find(entry.name); found != said.end()) entry = found->second;
            }
        }
    }

    static int openness(const OperandPattern& pattern) {
        int openness = 0;
        for (const Entry& entry : pattern.entries) {
            if (entry.match == Match::ellipsis) openness = 2;
            if (entry.match == Match::rest || entry.match == Match::over) openness = std::max(openness, 1);
        }
        return openness;
    }

    void match(BoundOperand& operand) {
        taken_.assign(operand.type.axes.size(), false);
        refuse_choice(operand);
        for (std::size_t e = 0; e < operand.pattern.entries.size(); ++e) take_pack(operand, e);
        if (!take_singles(operand, 0)) report_missing(operand);
        // What is left goes to the packs, and only without one to the ellipsis.
        for (bool packs : {true, false}) {
            for (std::size_t e = 0; e < operand.pattern.entries.size(); ++e) {
                const Entry& entry = operand.pattern.entries[e];
                bool takes = takes_all_left(entry) && packs == (entry.match != Match::ellipsis);
                for (std::size_t axis = 0; takes && axis < taken_.size(); ++axis) {
                    if (!taken_[axis]) take(operand, e, axis);
                }
            }
        }
        for (std::size_t axis = 0; axis < taken_.size(); ++axis) {
            if (taken_[axis]) continue;
            binding_.fail("{} has a {} axis too many (axis {}); {} takes {}", operand.spoken,
                          operand.type.axes[axis].kind.name(), axis, binding_.op.name, expectation(operand.pattern));
        }
        for (std::size_t e = 0; e < operand.pattern.entries.size(); ++e) bind(operand, e);
    }

    void take(BoundOperand& operand, std::size_t entry, std::size_t axis) {
        taken_[axis] = true;
        operand.axes[entry].push_back(axis);
    }

    bool takes_all_left(const Entry& entry) const {
        if (entry.match == Match::ellipsis) return true;
        bool everything = entry.match == Match::rest || (entry.match == Match::over && !binding_.call.over);
        return everything && !binding_.names.contains(entry.name);
    }

    std::vector<std::size_t> axes_of(const BoundOperand& operand, Kind kind) const {
        std::vector<std::size_t> axes;
        for (std::size_t axis = 0; axis < operand.type.axes.size(); ++axis) {
            if (operand.type.axes[axis].kind == kind) axes.push_back(axis);
        }
        return axes;
    }

    static constexpr const char* kSayWhich = "write it with indices, or give each axis a kind of its own";

    /// Refuses an operand that has more axes of a kind than the op asks for by that kind. Where an entry takes all that
    /// is left, nothing else says which are meant.
    void refuse_choice(const BoundOperand& operand) const {
        if (std::ranges::none_of(operand.pattern.entries, [&](const Entry& e) { return takes_all_left(e); })) return;
        std::vector<std::pair<Kind, std::size_t>> wanted;  // axes by kind
        auto want = [&](Kind kind) {
            auto known = std::ranges::find(wanted, kind, &std::pair<Kind, std::size_t>::first);
            if (known == wanted.end()) known = wanted.insert(known, {kind, 0});
            ++known->second;
        };
        for (const Entry& entry : operand.pattern.entries) {
            auto bound = binding_.names.find(entry.name);
            if (entry.match == Match::over && binding_.call.over && bound == binding_.names.end()) {
                want(*binding_.call.over);
            } else if (entry.match == Match::over || entry.match == Match::rest) {
                if (bound == binding_.names.end()) continue;
                for (const BoundAxis& axis : bound->second) want(axis.kind);
            } else if (entry.match != Match::ellipsis) {
                if (std::optional<Kind> kind = wanted_kind(entry)) want(*kind);
            }
        }
        for (const auto& [kind, count] : wanted) {
            const std::vector<std::size_t> axes = axes_of(operand, kind);
            if (axes.size() <= count) continue;
            binding_.fail(
                "{} has {} axes of kind {} ({}) but {} takes {} of that kind, and its type {} does not say "
                "which; {}",
                operand.spoken, axes.size(), kind.name(), fmt::join(axes, " and "), binding_.op.name, count,
                to_string(operand.type), kSayWhich);
        }
    }

    /// Axes of `over`, and those of packs that another operand has bound.
    void take_pack(BoundOperand& operand, std::size_t e) {
        const Entry& entry = operand.pattern.entries[e];
        auto bound = binding_.names.find(entry.name);
        if (entry.match == Match::over && binding_.call.over && bound == binding_.names.end()) {
            for (std::size_t axis = 0; axis < taken_.size(); ++axis) {
                if (operand.type.axes[axis].kind == *binding_.call.over) take(operand, e, axis);
            }
            if (operand.axes[e].empty()) {
                binding_.fail("{} has no {} axis to go over; its type is {}", operand.spoken,
                              binding_.call.over->name(), to_string(operand.type));
            }
        } else if ((entry.match == Match::over || entry.match == Match::rest) && bound != binding_.names.end()) {
            for (const BoundAxis& wanted : bound->second) {
                std::optional<std::size_t> axis = untaken(operand, wanted.kind);
                if (!axis) {
                    binding_.fail("{}, but {} has no such axis; its type is {}", wanted.said_by, operand.spoken,
                                  to_string(operand.type));
                }
                take(operand, e, *axis);
            }
        }
    }

    std::optional<std::size_t> untaken(const BoundOperand& operand, Kind kind) const {
        for (std::size_t axis = 0; axis < taken_.size(); ++axis) {
            if (!taken_[axis] && operand.type.axes[axis].kind == kind) return axis;
        }
        return std::nullopt;
    }

    std::optional<Kind> wanted_kind(const Entry& entry) const {
        if (entry.kind) return entry.kind;
        auto bound = binding_.names.find(entry.name);
        if (bound == binding_.names.end() || bound->second.empty()) return std::nullopt;
        return bound->second[0].kind;
    }

    /// Gives each single axis its place, the first that leaves a place for the others.
    bool take_singles(BoundOperand& operand, std::size_t e) {
        if (e == operand.pattern.entries.size()) return true;
        const Entry& entry = operand.pattern.entries[e];
        if (entry.match != Match::kind && entry.match != Match::any) return take_singles(operand, e + 1);
        std::optional<Kind> kind = wanted_kind(entry);
        for (std::size_t axis = 0; axis < taken_.size(); ++axis) {
            if (taken_[axis] || (kind && operand.type.axes[axis].kind != *kind)) continue;
            take(operand, e, axis);
            if (take_singles(operand, e + 1)) return true;
            operand.axes[e].clear();
            taken_[axis] = false;
        }
        return false;
    }

    std::string expectation(const OperandPattern& pattern) const {
        std::vector<std::string> axes;
        for (const Entry& entry : pattern.entries) {
            std::optional<Kind> kind = entry.match == Match::ellipsis ? std::nullopt : wanted_kind(entry);
            switch (entry.match) {
                case Match::ellipsis:
                case Match::rest:
                    axes.push_back("...");
                    break;
                case Match::over:
                    axes.push_back("over");
                    break;
                default:
                    axes.push_back(kind ? std::string(kind->name()) : "an axis of any kind");
            }
        }
        return fmt::format("{}[{}]", pattern.name, fmt::join(axes, ", "));
    }

    [[noreturn]] void report_missing(const BoundOperand& operand) const {
        std::vector<bool> used = taken_;
        for (const Entry& entry : operand.pattern.entries) {
            if (entry.match != Match::kind && entry.match != Match::any) continue;
            std::optional<Kind> kind = wanted_kind(entry);
            std::size_t axis = 0;
            while (axis < used.size() && (used[axis] || (kind && operand.type.axes[axis].kind != *kind))) ++axis;
            if (axis < used.size()) {
                used[axis] = true;
                continue;
            }
            std::string hint;
            if (kind == kinds::feature()) hint = "; flatten gives one: flatten(x)";
            binding_.fail("{} has no {} axis, its type is {}; {} takes {}{}", operand.spoken,
                          kind ? kind->name() : std::string_view("further"), to_string(operand.type), binding_.op.name,
                          expectation(operand.pattern), hint);
        }
        binding_.fail("the axes of {} ({}) do not fit {}", operand.spoken, to_string(operand.type),
                      expectation(operand.pattern));
    }

    std::string say(const BoundOperand& operand, std::size_t axis) const {
        return fmt::format("{} has {} (axis {})", operand.spoken,
                           to_string(operand.type.axes[axis]), axis);
    }

    std::optional<std::size_t> slot_of(const BoundOperand& operand, std::size_t axis) const {
        return &operand == &binding_.operands[0] ? std::optional(axis) : std::nullopt;
    }

    void bind(BoundOperand& operand, std::size_t e) {
        const Entry& entry = operand.pattern.entries[e];
        if (entry.match == Match::ellipsis) return;
        auto [bound, first] = binding_.names.try_emplace(entry.name);
        for (std::size_t i = 0; i < operand.axes[e].size(); ++i) {
            const std::size_t axis = operand.axes[e][i];
            const Axis& own = operand.type.axes[axis];
            if (first) {
                bound->second.push_back({.index = entry.name,
                                         .kind = own.kind,
                                         .extent = own.extent,
                                         .said_by = say(operand, axis),
                                         .slot = slot_of(operand, axis)});
                continue;
            }
            BoundAxis& known = bound->second[i];
            if (!known.slot) known.slot = slot_of(operand, axis);
            if (known.extent != own.extent) binding_.fail("{} but {}", known.said_by, say(operand, axis));
        }
        if (first && binding_.is_pack(entry.name)) {
            // A pack is taken in canonical order, and so are the axes of this operand.
            auto rank = [](const BoundAxis& axis) { return canonical_rank(axis.kind); };
            std::ranges::stable_sort(bound->second, {}, rank);
            std::ranges::stable_sort(operand.axes[e], {}, [&](std::size_t axis) {
                return canonical_rank(operand.type.axes[axis].kind);
            });
        }
    }

    std::vector<std::size_t>* ellipsis_axes(BoundOperand& operand) {
        for (std::size_t e = 0; e < operand.pattern.entries.size(); ++e) {
            if (operand.pattern.entries[e].match == Match::ellipsis) return &operand.axes[e];
        }
        return nullptr;
    }

    /// Several axes of a kind go along each other in their order, so all operands that have the kind have as many.
    void refuse_uneven(const std::vector<BoundOperand*>& operands) {
        auto axes_left = [&](BoundOperand& operand, Kind kind) {
            std::vector<std::size_t> axes = axes_of(operand, kind);
            const std::vector<std::size_t>& left = *ellipsis_axes(operand);
            std::erase_if(axes, [&](std::size_t axis) { return std::ranges::count(left, axis) == 0; });
            return axes;
        };
        for (BoundOperand* many : operands) {
            for (std::size_t axis : *ellipsis_axes(*many)) {
                const Kind kind = many->type.axes[axis].kind;
                const std::vector<std::size_t> axes = axes_left(*many, kind);
                for (BoundOperand* few : operands) {
                    const std::vector<std::size_t> fewer = axes_left(*few, kind);
                    if (fewer.empty() || fewer.size() >= axes.size()) continue;
                    binding_.fail(
                        "{} has {} axes of kind {} ({}) but {} has {} ({}), and the types {} and {} do not say "
                        "which go together; {}",
                        many->spoken, axes.size(), kind.name(), fmt::join(axes, " and "), few->spoken, fewer.size(),
                        fmt::join(fewer, " and "), to_string(many->type), to_string(few->type), kSayWhich);
                }
            }
        }
    }

    /// The axes of the ellipsis: those of the operand with most, then what the others add.
    void share() {
        std::vector<BoundOperand*> order;
        for (BoundOperand& operand : binding_.operands) {
            if (ellipsis_axes(operand)) order.push_back(&operand);
        }
        std::ranges::stable_sort(order, std::greater{}, [&](BoundOperand* o) { return ellipsis_axes(*o)->size(); });
        refuse_uneven(order);
        for (BoundOperand* operand : order) {
            std::vector<bool> used(binding_.shared.size(), false);
            for (std::size_t axis : *ellipsis_axes(*operand)) {
                const Axis& own = operand->type.axes[axis];
                std::size_t at = 0;
                while (at < used.size() && (used[at] || binding_.shared[at].kind != own.kind)) ++at;
                if (at == binding_.shared.size()) {
                    binding_.shared.push_back(
                        {.index = "", .kind = own.kind, .extent = own.extent, .said_by = say(*operand, axis)});
                    used.push_back(false);
                }
                if (at == used.size()) used.push_back(false);
                used[at] = true;
                BoundAxis& shared = binding_.shared[at];
                if (shared.extent == 1 && own.extent != 1) {
                    shared.extent = own.extent;
                    shared.said_by = say(*operand, axis);
                }
                if (own.extent != shared.extent && own.extent != 1) {
                    binding_.fail("{} but {}; only an extent of 1 is repeated", shared.said_by, say(*operand, axis));
                }
                if (!shared.slot) shared.slot = slot_of(*operand, axis);
                operand->shared.resize(binding_.shared.size());
                operand->shared[at] = axis;
            }
        }
        for (BoundOperand* operand : order) operand->shared.resize(binding_.shared.size());
    }

    /// The names in the op's own texts. Names of packs are none, for their indices take the place of each.
    std::vector<std::string> own_names() const {
        const Op& op = binding_.op;
        std::vector<std::string> names;
        const auto add = [&](const std::string& text) {
            for (const surface::Equation& written : parse_equations(text, op.name, 1)) {
                const std::vector<std::string> inside = names_in(written);
                names.insert(names.end(), inside.begin(), inside.end());
            }
        };
        add(op.equations);
        for (const auto& [condition, text] : op.cases) add(text);
        std::erase_if(names, [&](const std::string& name) { return binding_.is_pack(name); });
        for (const surface::Equation& constant : parse_equations(op.constants, op.name, 1)) names.push_back(constant.result);
        for (const OpAttribute& attribute : op.attributes) names.push_back(attribute.name);
        for (const auto& [name, axes] : binding_.names) {
            if (!binding_.is_pack(name)) names.push_back(name);
            names.push_back(capital(name));
        }
        return names;
    }

    /// Gives each axis of `...` and of packs an index that no text of the op names.
    void name_indices() {
        std::vector<std::string> names = own_names();
        auto fresh = [&](Kind kind) {
            std::string base = index_name(kind);
            std::string name = base;
            for (int i = 2; std::ranges::find(names, name) != names.end(); ++i) name = fmt::format("{}{}", base, i);
            names.push_back(name);
            return name;
        };
        for (auto& [name, axes] : binding_.names) {
            if (!binding_.is_pack(name)) continue;
            for (BoundAxis& axis : axes) axis.index = fresh(axis.kind);
        }
        for (BoundAxis& axis : binding_.shared) axis.index = fresh(axis.kind);
    }

    Binding& binding_;
    const Graph& graph_;
    std::vector<bool> taken_{};  // axes of the operand at hand
};

}  // namespace

std::string spoken(const std::string& operand, const Value& value) {
    return value.name == operand ? operand : fmt::format("{} ({})", operand, value.name);
}

const BoundOperand* Binding::operand(std::string_view name) const {
    auto found =
        std::ranges::find(operands, name, [](const BoundOperand& o) -> std::string_view { return o.pattern.name; });
    return found == operands.end() ? nullptr : &*found;
}

bool Binding::is_pack(const std::string& name) const {
    for (const BoundOperand& operand : operands) {
        for (const Entry& entry : operand.pattern.entries) {
            if (entry.name == name && (entry.match == Match::over || entry.match == Match::rest)) return true;
        }
    }
    return false;
}

void bind_operands(Binding& binding, const Graph& graph) {
    Matcher(binding, graph).match_all();
}

}  // namespace ricci::ir
