// Cuts parts out of graphs of stage step: what a part reads becomes its inputs, what others read of it its outputs.
#include "frontend/cli/bench/choice_subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "frontend/cli/bench/conv_layers.h"
#include "ir/analysis/convolution_form.h"
#include "ir/analysis/work.h"
#include "ir/base/error.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "passes/tiles/tile_plan.h"

namespace ricci::cli {
namespace {

using Places = std::vector<ir::EquationId>;

/// These equations as a graph of their own.
ir::Graph part_of(const ir::Graph& graph, const Places& places) {
    ir::Graph made;
    made.name = graph.name;
    made.stage = ir::Stage::step;
    std::set<ir::ValueId> written;
    for (const ir::EquationId place : places) written.insert(graph.equations[place].result);
    std::map<ir::ValueId, ir::ValueId> ids;
    const auto id_of = [&](ir::ValueId old) {
        const auto [found, is_new] = ids.try_emplace(old, -1);
        if (!is_new) return found->second;
        const ir::Value& value = graph.value(old);
        const ir::Role role = written.contains(old) ? ir::Role::temporary : ir::Role::input;
        ir::Value copy{.name = value.name, .type = value.type, .role = role};
        if (role == ir::Role::input) copy.numbers = value.numbers;
        return found->second = made.add(std::move(copy));
    };
    for (const ir::EquationId place : places) {
        ir::Equation copy = graph.equations[place];
        copy.body = ir::rewrite(copy.body, [&](const ir::ExprRef& node) -> ir::ExprRef {
            if (node->form != ir::Expr::Form::access) return nullptr;
            ir::Access access = node->access;
            access.tensor = id_of(access.tensor);
            return ir::element(std::move(access), node->dtype);
        });
        copy.result = id_of(copy.result);
        made.equations.push_back(std::move(copy));
    }
    std::set<ir::ValueId> leaves;
    for (const ir::Output& output : graph.outputs) leaves.insert(output.value);
    for (const ir::Update& update : graph.updates) leaves.insert(update.source);
    const auto readers = graph.readers();
    for (ir::ValueId value : written) {
        const Places& of = readers[value];
        const bool outside = std::ranges::any_of(
            of, [&](ir::EquationId place) { return !std::ranges::binary_search(places, place); });
        if (outside || of.empty() || leaves.contains(value)) made.outputs.push_back({graph.value(value).name, ids.at(value)});
    }
    return made;
}

/// The text with names that say nothing: parts that are alike have the same.
std::string form_of(ir::Graph graph) {
    graph.name.clear();
    for (std::size_t i = 0; i < graph.values.size(); ++i) graph.values[i].name = fmt::format("v{}", i);
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) graph.outputs[i].name = fmt::format("o{}", i);
    return ir::print(graph);
}

/// The extent of a fixed batch, or `batch`.
std::int64_t samples_of(const ir::Graph& graph, std::int64_t batch) {
    for (const ir::Value& value : graph.values) {
        if (value.role != ir::Role::input) continue;
        const std::optional<std::size_t> axis = value.type.axis_of(ir::kinds::batch());
        if (!axis) continue;
        const std::int64_t extent = value.type.axes[*axis].extent;
        return extent == ir::kOpen ? batch : extent;
    }
    return batch;
}

class Subjects {
  public:
    Subjects(const ir::Graph& graph, std::int64_t batch, bool laid_out, std::vector<ChoiceSubject>& found)
        : graph_(graph), batch_(samples_of(graph, batch)), laid_out_(laid_out), found_(found) {}

    void add(const std::string& kind, const std::string& name, const Places& places) {
        ir::Graph part = part_of(graph_, places);
        if (part.outputs.empty() || !ir::violations(part).empty()) return;  // no input has its open batch
        const auto [known, is_new] = places_.try_emplace(kind + form_of(part), found_.size());
        if (!is_new) {
            ++found_[known->second].count;
            return;
        }
        found_.push_back({kind, name, detail::program_of(std::move(part)), batch_, 1, laid_out_});
    }
    /// All of it, where that is not one of the parts.
    void add_whole(const std::string& kind) {
        const auto ids = graph_.equations.ids();
        const Places all(ids.begin(), ids.end());
        if (!places_.try_emplace(kind + form_of(part_of(graph_, all)), found_.size()).second) return;
        found_.push_back({kind, graph_.name, detail::program_of(graph_), batch_});
    }

    const std::string& name(ir::EquationId place) const {
        return graph_.value(graph_.equations[place].result).name;
    }
    /// "conv1.to.relu3"
    std::string name(const Places& places) const {
        return places.size() == 1 ? name(places[0]) : fmt::format("{}.to.{}", name(places.front()), name(places.back()));
    }

    void add_products() {
        for (const ir::EquationId place : graph_.equations.ids()) {
            const ir::Equation& equation = graph_.equations[place];
            if (!ir::multiplies_matrices(equation)) continue;
            add(ir::slides(equation) ? "convolution" : "product", name(place), {place});
        }
    }
    void add_tiles(const passes::Options& options);
    void add_chains();

  private:
    const ir::Graph& graph_;
    std::int64_t batch_;
    bool laid_out_;
    std::vector<ChoiceSubject>& found_;
    std::map<std::string, std::size_t> places_;  // by kind and form: where it stands in found_
};

/// The regions of the plan that tile-batch makes, by the names of what they write.
void Subjects::add_tiles(const passes::Options& options) {
    ir::Graph before;  // tile-batch
    ir::Graph now = graph_;
    passes::Remarks unsaid;
    passes::run_to(graph_, ir::Stage::lowered, options, unsaid, [&](const passes::Pass& pass, const ir::Graph& after) {
        if (pass.name == "tile-batch") before = now;
        now = after;
    });
    const passes::TilePlan plan = passes::plan_tiles(before, options);
    for (const passes::TileRegion& region : plan.regions) {
        std::set<std::string_view> written;
        for (const ir::EquationId place : region.equations)
            written.insert(before.value(before.equations[place].result).name);
        Places places;
        bool multiplies = false;
        for (const ir::EquationId place : graph_.equations.ids()) {
            if (!written.contains(name(place))) continue;
            places.push_back(place);
            multiplies = multiplies || ir::multiplies_matrices(graph_.equations[place]);
        }
        if (!multiplies) continue;  // never worth a tile
        add("tile", name(places), places);
        if (region.why_not.empty()) add("fusion", name(places), places);
    }
}

/// Equations that are no products, joined where one reads another.
void Subjects::add_chains() {
    ir::IdVector<ir::EquationId, ir::EquationId> chain(graph_.equations.size());
    std::ranges::copy(graph_.equations.ids(), chain.begin());
    const auto root = [&](ir::EquationId place) {
        while (chain[place] != place) place = chain[place];
        return place;
    };
    const auto producers = graph_.producers();
    const auto is_product = [&](ir::EquationId place) {
        return ir::multiplies_matrices(graph_.equations[place]);
    };
    for (const ir::EquationId place : graph_.equations.ids()) {
        if (is_product(place)) continue;
        for (const ir::Access* access : ir::accesses(graph_.equations[place].body)) {
            const ir::EquationId writer = producers[access->tensor];
            if (writer >= 0 && !is_product(writer)) chain[root(place)] = root(writer);
        }
    }
    std::map<ir::EquationId, Places> members;
    for (const ir::EquationId place : graph_.equations.ids()) {
        if (!is_product(place)) members[root(place)].push_back(place);
    }
    for (const auto& [first, places] : members) {
        if (places.size() > 1) add("fusion", name(places), places);
    }
}

/// Dense layers of well-known networks and square products, each with both gradients.
void add_dense(std::vector<ChoiceSubject>& subjects) {
    struct Dense {
        const char* name;
        std::int64_t batch, in, out;
    };
    static constexpr std::array kDense = {
        Dense{"lenet.fc1", 64, 400, 120},   Dense{"lenet.fc3", 64, 84, 10},      Dense{"mlp.fc1", 64, 784, 512},
        Dense{"mlp.fc2", 64, 512, 512},     Dense{"alexnet.fc2", 16, 4096, 1000}, Dense{"small", 16, 32, 32},
        Dense{"attention", 256, 64, 256},   Dense{"square", 256, 256, 256}};
    for (const Dense& dense : kDense) {
        const std::string x = fmt::format("input x: f32[batch {}, feature {}]\n", dense.batch, dense.in);
        const std::string w = fmt::format("input w: f32[feature {}, feature {}]\n", dense.out, dense.in);
        const std::string dy = fmt::format("input dy: f32[batch {}, feature {}]\n", dense.batch, dense.out);
        const auto add = [&](std::string_view direction, const std::string& text) {
            const ir::Graph graph = ir::parse("ricci 1 step product\n" + text, "a dense layer");
            subjects.push_back(
                {"product", fmt::format("{} {}", dense.name, direction), detail::program_of(graph), dense.batch});
        };
        add("forward", x + w +
                           fmt::format("y: f32[batch {0}, feature {1}]\ny[b, o] = sum(i: feature {2}) x[b, i] * w[o, i]\n"
                                       "output y\n",
                                       dense.batch, dense.out, dense.in));
        add("input_gradient",
            dy + w + fmt::format("dx: f32[batch {0}, feature {2}]\ndx[b, i] = sum(o: feature {1}) dy[b, o] * w[o, i]\n"
                                 "output dx\n",
                                 dense.batch, dense.out, dense.in));
        add("kernel_gradient",
            dy + x + fmt::format("dw: f32[feature {1}, feature {2}]\ndw[o, i] = sum(b: batch {0}) dy[b, o] * x[b, i]\n"
                                 "output dw\n",
                                 dense.batch, dense.out, dense.in));
    }
}

ir::Graph step_of(const ir::Graph& graph) {
    passes::Remarks remarks;
    return passes::run_to(graph, ir::Stage::step, {}, remarks);
}

/// The step as choose-layout leaves it.
ir::Graph laid_out(const ir::Graph& graph, const passes::Options& options) {
    ir::Graph found;
    passes::Remarks unsaid;
    passes::run_to(graph, ir::Stage::lowered, options, unsaid, [&](const passes::Pass& pass, const ir::Graph& after) {
        if (pass.name == "choose-layout") found = after;
    });
    return found;
}

}  // namespace

std::vector<ChoiceSubject> usual_subjects() {
    std::vector<ChoiceSubject> subjects;
    for (const ConvLayer& layer : conv_layers()) {
        for (const char* direction : kConvDirections) {
            const std::size_t first = subjects.size();
            Subjects(step_of(detail::graph_of(conv_program(layer, direction))), layer.batch, false, subjects).add_products();
            for (std::size_t i = first; i < subjects.size(); ++i)
                subjects[i].name = fmt::format("{} {}", layer.name, direction);
        }
    }
    add_dense(subjects);
    return subjects;
}

std::vector<ChoiceSubject> subjects_of(const ir::Graph& graph, std::int64_t batch, const passes::Options& options) {
    if (graph.stage > ir::Stage::step) {
        user_error("{} is at stage {}, where the passes have chosen; choices are of a text at stage model or step", graph.name,
                   name_of(graph.stage));
    }
    std::vector<ChoiceSubject> found;
    const ir::Graph step = step_of(graph);
    const ir::Graph layers = laid_out(graph, options);
    Subjects(layers, batch, true, found).add_products();
    Subjects subjects(step, batch, false, found);
    subjects.add_tiles(options);
    subjects.add_chains();
    subjects.add_whole("tile");
    subjects.add_whole("fusion");
    return found;
}

}  // namespace ricci::cli
