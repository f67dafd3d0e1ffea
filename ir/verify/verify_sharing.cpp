// Goes through the values of each storage in the order in which they are written.
#include "ir/verify/verify_sharing.h"

#include <algorithm>
#include <map>
#include <string>

#include "ir/analysis/overwrites.h"

namespace ricci::ir {
namespace {

class Sharing {
  public:
    Sharing(Report& report, const Uses& uses, const IdVector<ValueId, ValueId>& storages)
        : report_(report), graph_(report.graph()), uses_(uses), storages_(storages), overwrites_(graph_) {}

    /// \param values  of one storage, its own first.
    void check(std::vector<ValueId> values) {
        std::ranges::stable_sort(values, {}, [&](ValueId id) { return uses_.writer(id); });
        const std::vector<Read> reads = reads_of(values);
        std::size_t next = 0;
        std::map<std::pair<EquationId, int>, Read> forms;  // of reads so far, by kernel
        ValueId kept = -1;                                 // of what is written before, what is needed the longest
        for (const ValueId id : values) {
            const EquationId writer = uses_.writer(id);
            for (; next < reads.size() && reads[next].reader < writer; ++next)
                forms.try_emplace({overwrites_.kernel(reads[next].reader), overwrites_.form_of(reads[next])}, reads[next]);
            if (writer >= 0 && !is_view_of_one(writer)) {
                const std::string why = why_not(id, kept, forms);
                if (!why.empty()) report_.add("V18", graph_.value(id).location, "{} takes the storage of {}", name(id), why);
            }
            if (kept < 0 || needed_until(id) > needed_until(kept)) kept = id;
        }
    }

  private:
    const std::string& name(ValueId id) const { return graph_.value(id).name; }

    bool is_output(ValueId id) const {
        return std::ranges::any_of(graph_.outputs, [&](const Output& output) { return output.value == id; });
    }

    /// The last equation that needs the value; past the end for one that leaves.
    EquationId needed_until(ValueId id) const {
        const bool leaves = graph_.value(id).role == Role::temporary ? uses_.leaves(id) : is_output(id);
        if (leaves) return graph_.equations.next();
        return uses_.readers(id).empty() ? uses_.writer(id) : uses_.readers(id).back();
    }

    std::vector<Read> reads_of(const std::vector<ValueId>& values) const {
        std::vector<Read> reads;
        for (const ValueId id : values) {
            for (const EquationId reader : uses_.readers(id)) {
                for (const Access* access : accesses(graph_.equations[reader].body)) {
                    if (access->tensor == id) reads.push_back({reader, access});
                }
            }
        }
        std::ranges::stable_sort(reads, {}, &Read::reader);
        return reads;
    }

    /// Of a value of its storage: every element is what lies there.
    bool is_view_of_one(EquationId writer) const {
        const Equation& equation = graph_.equations[writer];
        return is_view(graph_, equation) &&
               storages_[equation.body->access.tensor] == storages_[equation.result];
    }

    /// Whose storage the value must not take, and why; "" when it may.
    std::string why_not(ValueId id, ValueId kept, const std::map<std::pair<EquationId, int>, Read>& forms) const {
        const EquationId writer = uses_.writer(id);
        const ValueId storage = storages_[id];
        const Value& own = graph_.value(storage);
        const auto updates = [&](const Update& update) { return update.target == storage && update.source == id; };
        if (own.role != Role::temporary && std::ranges::none_of(graph_.updates, updates)) {
            const std::string_view article = own.role == Role::input ? "an" : "a";
            return fmt::format("{}, {} {} that it does not update", own.name, article, name_of(own.role));
        }
        if (kept >= 0 && needed_until(kept) > writer) return fmt::format("{}, which is still read", name(kept));
        const EquationId kernel = overwrites_.kernel(writer);
        for (auto of = forms.lower_bound({kernel, 0}); of != forms.end() && of->first.first == kernel; ++of) {
            const std::string_view why = overwrites_.why_not(writer, of->second);
            if (!why.empty()) return fmt::format("{}: {}", name(of->second.access->tensor), why);
        }
        for (const Access* access : accesses(graph_.equations[writer].body)) {
            if (storages_[access->tensor] != storage) continue;
            const std::string_view why = overwrites_.why_not(writer, {writer, access});
            if (!why.empty()) return fmt::format("{}: {}", name(access->tensor), why);
        }
        return "";
    }

    Report& report_;
    const Graph& graph_;
    const Uses& uses_;
    const IdVector<ValueId, ValueId>& storages_;
    Overwrites overwrites_;
};

}  // namespace

void check_sharing(Report& report, const Uses& uses, const IdVector<ValueId, ValueId>& storages) {
    const Graph& graph = report.graph();
    std::map<ValueId, std::vector<ValueId>> groups;
    for (const ValueId id : graph.values.ids()) {
        const Value& value = graph.value(id);
        if (storages[id] != id) {
            groups[storages[id]].push_back(id);
        } else if (value.placement && value.placement->shares >= 0) {
            report.add("V18", value.location, "{} takes the storage of {}, which leads back to itself", value.name,
                       graph.value(value.placement->shares).name);
        }
    }
    if (groups.empty()) return;
    Sharing sharing(report, uses, storages);
    for (auto& [storage, values] : groups) {
        values.insert(values.begin(), storage);
        sharing.check(std::move(values));
    }
}

}  // namespace ricci::ir
