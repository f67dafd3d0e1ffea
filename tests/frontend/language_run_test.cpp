// Every example of docs/language.md runs: through all passes and the JIT, with the results of the interpreter.
#include <gtest/gtest.h>

#include <fstream>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/apply_optimizer.h"
#include "passes/gradient/differentiate.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {
namespace {

/// The ```ein blocks of the reference.
std::vector<std::string> examples() {
    std::vector<std::string> found;
    std::ifstream file(std::string(RICCI_SOURCE_DIR) + "/docs/language.md");
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line == "```ein") {
            inside = true;
            found.emplace_back();
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            found.back() += line + "\n";
        }
    }
    return found;
}

/// The graph with its gradients and updates.
ir::Graph step_of(const ir::Graph& graph) {
    passes::Remarks remarks;
    if (graph.stage != ir::Stage::model) return graph;
    return passes::apply_optimizer(passes::differentiate(graph, {}, remarks), {}, remarks);
}

TEST(Language, ExamplesRunAsTheInterpreterRunsThem) {
    const std::vector<std::string> all = examples();
    EXPECT_GE(all.size(), 10u);
    for (const std::string& text : all) {
        SCOPED_TRACE(text);
        try {
            const ir::Graph graph = ir::parse(text, "docs/language.md");
            for (const char* layout : {"keep", "nhwc"}) {
                for (std::int64_t batch : {1, 5}) {
                    if (graph.fixed_batch > 0) batch = graph.fixed_batch;
                    const ir::Graph step = step_of(graph);
                    const ir::Arrays given = draw(step, {.batch = batch, .numbers = 5});
                    Compiled compiled(graph, {.layout = layout});
                    const Tolerance tolerance{.relative = 2e-5, .floor = 1, .terms = terms_of(step, given)};
                    EXPECT_EQ(difference(ir::interpret(step, given), compiled(given), tolerance), "");
                }
            }
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
    }
}

}  // namespace
}  // namespace ricci::testing
