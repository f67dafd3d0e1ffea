/// Random graphs of several outputs and updates: in any order, under other names, read by each other, of parameters
/// that are updated. Results come in the order of the text, by both engines. RICCI_SEED and RICCI_ROUNDS choose others,
/// and more.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "ricci/compile.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "tests/forced.h"
#include "tests/frontend/compiled.h"
#include "tests/frontend/function.h"
#include "tests/frontend/poisoned.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr int kRounds = 40;

/// Values of one type, so that each may read, be, or update any other.
class Writer {
  public:
    explicit Writer(std::uint64_t seed) : engine_(seed) {}

    std::string write() {
        std::string text = "ricci 1 model outputs\ninput x: f64[batch ?, feature 5]\ninput z: f64[feature 5]\n";
        std::vector<std::string> owned;
        for (int i = 0; i < pick(1, 3); ++i) owned.push_back(fmt::format("w{}", i));
        for (const std::string& name : owned) {
            text += fmt::format("{} {}: f64[feature 5]\n", pick(0, 1) == 0 ? "parameter" : "state", name);
        }
        std::vector<std::string> fixed = owned;  // f64[feature 5]
        fixed.emplace_back("z");
        std::vector<std::string> batched = {"x"};  // f64[batch ?, feature 5]
        std::vector<std::string> made;             // that an update may take
        for (int i = 0; i < pick(2, 9); ++i) {
            const std::string name = fmt::format("v{}", i);
            const std::string f = any(fixed), g = any(fixed), b = any(batched);
            switch (pick(0, 5)) {
                case 0:
                    text += fmt::format("{}[i] = {}[i] + {}[i]\n", name, f, g);
                    break;
                case 1:
                    text += fmt::format("{}[i] = {}[i]\n", name, f);
                    break;
                case 2:
                    text += fmt::format("{}[i] = sum(b: batch) {}[b, i] * {}[i]\n", name, b, f);
                    break;
                case 3:
                    text += fmt::format("{}[b, i] = {}[b, i] - {}[i]\n", name, b, f);
                    break;
                case 4:
                    text += fmt::format("{}[b, i] = {}[b, i]\n", name, b);
                    break;
                default:
                    text += fmt::format("{}[b, i] = max({}[b, i], {}[b, i])\n", name, b, any(batched));
                    break;
            }
            const bool open = text.rfind(name + "[b, i] =") != std::string::npos;
            (open ? batched : fixed).push_back(name);
            if (!open) made.push_back(name);
        }
        std::vector<std::string> all = fixed;
        all.insert(all.end(), batched.begin(), batched.end());
        std::vector<std::string> lines;
        std::vector<std::string> names;
        for (int i = 0; i < pick(1, 6); ++i) {
            const std::string value = any(all);
            // Its own name, a new one, or that of another value.
            const std::string name = pick(0, 2) == 0 ? fmt::format("r{}", i) : pick(0, 3) == 0 ? any(all) : value;
            if (std::ranges::find(names, name) != names.end()) continue;
            names.push_back(name);
            lines.push_back(name == value ? "output " + name : fmt::format("output {} = {}", name, value));
        }
        for (const std::string& target : owned) {
            if (!made.empty() && pick(0, 3) != 0) lines.push_back(fmt::format("update {} = {}", target, any(made)));
        }
        std::ranges::shuffle(lines, engine_);
        return fmt::format("{}{}\n", text, fmt::join(lines, "\n"));
    }

  private:
    int pick(int low, int high) { return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1)); }
    std::string any(const std::vector<std::string>& names) { return names[engine_() % names.size()]; }

    std::mt19937_64 engine_;
};

ir::Arrays draw_whole(const ir::Graph& graph, std::int64_t batch, std::uint64_t seed) {
    ir::Arrays given = draw(graph, {.batch = batch, .seed = seed, .low = -4, .high = 4});
    for (auto& [name, array] : given) {
        for (double& element : array.elements) element = std::floor(element);
    }
    return given;
}

/// One call by the engine behind compile().
CallResults run_engine(const ir::Graph& graph, const ir::Arrays& given, Engine engine, const passes::Options& passes) {
    Parameters parameters;
    detail::Internals::add(parameters, graph);
    std::vector<runtime::Buffer> inputs;
    for (const ir::Value& value : graph.values) {
        if (value.role == ir::Role::temporary) continue;
        const ir::Array& array = given.at(value.name);
        if (value.role == ir::Role::input) {
            inputs.push_back(to_buffer(value.name, value.type, array));
            continue;
        }
        for (std::size_t i = 0; i < array.elements.size(); ++i) {
            set_element(*detail::Internals::shared(parameters, value.name), static_cast<std::int64_t>(i), array.elements[i]);
        }
    }
    std::vector<runtime::Binding> bindings;
    for (const runtime::Buffer& input : inputs) bindings.push_back(runtime::Binding::of(input.spec().name, input));
    Function function =
        detail::compile_with(test::forced(passes), detail::program_of(graph),
                             {.threads = 1, .cache = false, .engine = engine, .parameters = parameters});
    const Results results = detail::run(function, bindings);
    CallResults got;
    for (std::size_t i = 0; i < results.size(); ++i) {
        got.outputs.emplace_back(results.names()[i], to_array(results[i]));
    }
    for (const ir::Update& update : graph.updates) {
        const std::string& name = graph.value(update.target).name;
        got.updated[name] = to_array(parameters[name]);
    }
    return got;
}

std::string error_of(std::uint64_t seed) {
    const std::string text = Writer(seed).write();
    constexpr const char* kTiles[] = {"off", "auto", "2", "16"};
    std::mt19937_64 random(seed + 1);
    passes::Options options;
    options.tile = kTiles[random() % 4];
    options.fuse = random() % 4 != 0;
    const std::string what = fmt::format("\nseed {}, tile {}, fuse {}\n{}", seed, options.tile, options.fuse, text);
    try {
        const ir::Graph graph = ir::parse(text);
        const ir::Arrays given = draw_whole(graph, 1 + static_cast<std::int64_t>(random() % 5), seed);
        const CallResults expected = run_interpreter(graph, given);
        passes::Remarks remarks;
        const ir::Graph planned = passes::run_to(graph, ir::Stage::planned, test::forced(options), remarks);
        for (const ir::Graph& same : {planned, ir::parse(ir::print(planned))}) {
            const std::string apart = first_difference(expected, run_poisoned(same, given, 1));
            if (!apart.empty()) return "machine code: " + apart + what;
        }
        for (const Engine engine : {Engine::jit, Engine::interpreter}) {
            const std::string apart = first_difference(expected, run_engine(graph, given, engine, options));
            if (!apart.empty()) return fmt::format("engine {}: {}{}", engine == Engine::jit ? 0 : 1, apart, what);
        }
    } catch (const std::exception& error) {
        return error.what() + what;
    }
    return "";
}

TEST(RandomOutputs, ComeInTheOrderOfTheTextWithTheValuesFromBeforeTheUpdate) {
    const char* asked = std::getenv("RICCI_ROUNDS");
    const int rounds = asked == nullptr ? kRounds : std::atoi(asked);
    for (const std::uint64_t own : test::seeds(rounds)) {
        const std::string error = error_of(own);
        EXPECT_TRUE(error.empty()) << error;
    }
}

}  // namespace
}  // namespace ricci::testing
