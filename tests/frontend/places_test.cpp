// Places that a person changed in the text: whatever the verifier lets through runs with the interpreter's values. All
// else is refused by a rule of places, with the name of the value.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "tests/frontend/compiled.h"
#include "tests/frontend/random_program.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr int kPrograms = 12;
constexpr int kChangesAProgram = 60;

/// Updates in place, by a copy and through an output; tiles, sums over samples, transposes, what one kernel alone reads.
constexpr const char* kTraining = R"(ricci 1 model training
input images: f32[batch ?, channel 2, height 8, width 8]
input labels: i32[batch ?]
parameter k: f32[channel 4, channel 2, tap_h 3, tap_w 3] = uniform(-0.4, 0.4)
parameter bias: f32[channel 4] = uniform(-0.4, 0.4)
parameter w: f32[class 5, feature 36] = uniform(-0.4, 0.4)
state seen: f32[class 5]
s = conv2d(images, k)
a[b, o, y, x] = tanh(s[b, o, y, x] + bias[o])
p[b, o, y, x] = max(dy: tap_h 2, dx: tap_w 2) a[b, o, 2*y + dy, 2*x + dx]
f[b, (c, y, x)] = p[b, c, y + 0, x + 0] where c: channel 4, y: height 3, x: width 3
logits = linear(f, w)
xent = softmax_cross_entropy(logits, labels)
loss[] = sum(b: batch ?) xent[b] / f32(extent(b))
next[c] = sum(b: batch ?) seen[c] + logits[b, c]
half[c] = 0.5 * next[c]
update seen = half
output loss
output logits
train loss with adam(learning_rate = 0.01)
)";

ir::Graph planned(const std::string& text, const char* tile) {
    passes::Remarks remarks;
    return passes::run_to(ir::parse(text), ir::Stage::planned, {.conv = "direct", .tile = tile}, remarks);
}

TEST(Places, OfATextThatLacksOneAreRefusedByRule) {
    for (const char* tile : {"off", "8"}) {
        const ir::Graph graph = planned(kTraining, tile);
        const std::string text = ir::print(graph);
        int dropped = 0;
        for (std::size_t at = text.find("\nplace "); at != std::string::npos; at = text.find("\nplace ", at + 1)) {
            const std::size_t end = text.find('\n', at + 1);
            const std::string line = text.substr(at + 1, end - at - 1);
            const std::string name = line.substr(6, line.find(' ', 6) - 6);
            std::string asked = line.substr(0, line.find(", shares"));
            const std::size_t offset = asked.find(" at ") + 4;
            asked.replace(offset, asked.find(',') - offset, "OFFSET");
            SCOPED_TRACE(line);
            ++dropped;
            try {
                ir::parse(text.substr(0, at) + text.substr(end));
                ADD_FAILURE() << "it is read";
            } catch (const UserError& error) {
                const std::string expected = fmt::format("V17 {} has no place; add `{}`", name, asked);
                EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
            }
        }
        EXPECT_GT(dropped, 15) << text;
        EXPECT_NE(text.find(", shares k"), std::string::npos) << "no update is in place\n" << text;
    }
}

/// One change of the places: anything that a text can say.
void change(ir::Graph& graph, std::mt19937_64& random) {
    using Scope = ir::Placement::Scope;
    std::vector<ir::ValueId> placed, all;
    for (const ir::ValueId id : graph.values.ids()) {
        all.push_back(id);
        if (graph.value(id).placement) placed.push_back(id);
    }
    if (placed.empty()) return;
    const auto any = [&](std::uint64_t below) { return random() % below; };
    ir::Value& value = graph.value(placed[any(placed.size())]);
    ir::Placement& place = *value.placement;
    constexpr Scope kScopes[] = {Scope::fixed, Scope::per_sample, Scope::per_pair, Scope::per_thread, Scope::per_chunk};
    std::int64_t* arenas[] = {&graph.arena_fixed, &graph.arena_per_sample, &graph.arena_per_pair,
                              &graph.arena_per_thread, &graph.arena_per_chunk};
    std::int64_t& arena = *arenas[std::to_underlying(place.scope)];
    switch (any(9)) {
        case 0:
            value.placement.reset();
            break;
        case 1:
            place.offset += any(2) == 0 ? 64 : -64;
            break;
        case 2:
            place.bytes += any(2) == 0 ? 4 : -4;
            break;
        case 3:
            place.scope = kScopes[any(5)];
            break;
        case 4:
            (any(2) == 0 ? place.first : place.last) = ir::EquationId(static_cast<int>(any(graph.equations.size())));
            break;
        case 5:
            place.shares = all[any(all.size())];
            if (const auto& other = graph.value(place.shares).placement) place.offset = other->offset;
            break;
        case 6:  // memory of its own, behind all the rest
            place.shares = -1;
            place.offset = (arena + 63) / 64 * 64;
            arena = place.offset + (place.bytes + 63) / 64 * 64;
            break;
        case 7: {  // no text has a negative size
            std::int64_t& bytes = *arenas[any(5)];
            bytes = std::max<std::int64_t>(0, bytes + static_cast<std::int64_t>(any(3)) * 32 - 32);
            break;
        }
        default: {
            ir::Value& other = graph.value(all[any(all.size())]);
            if (!other.placement) other.placement = place;
        }
    }
}

struct Count {
    int run = 0;
    int refused = 0;
};

void check(const ir::Graph& graph, std::uint64_t seed, std::mt19937_64& random, Count& count) {
    const ir::Arrays given = draw(graph, {.batch = graph.fixed_batch > 0 ? graph.fixed_batch : 5, .seed = seed});
    const ir::Arrays expected = ir::interpret(graph, given);
    if (!is_tame(expected)) return;
    int run = 0;
    for (int i = 0; i < kChangesAProgram; ++i) {
        ir::Graph changed = graph;
        change(changed, random);
        const std::vector<ir::Violation> broken = ir::violations(changed);
        if (!broken.empty()) {
            ++count.refused;
            EXPECT_TRUE(broken[0].text.starts_with("V17 ") || broken[0].text.starts_with("V18 ")) << broken[0].text;
            continue;
        }
        if (++run > 4) continue;  // compiling takes longest
        ++count.run;
        SCOPED_TRACE(fmt::format("seed {}\n{}", seed, ir::print(changed)));
        std::optional<Compiled> program;
        ASSERT_NO_THROW(program.emplace(changed));
        ASSERT_EQ(difference(expected, (*program)(given), {.relative = 1e-4, .floor = 1}), "");
    }
}

TEST(Places, ChangedAtRandomGiveTheSameValuesOrAreRefused) {
    Count count;
    const std::vector<ir::Graph> known = {planned(kTraining, "off"), planned(kTraining, "8")};
    for (const std::uint64_t seed : test::seeds(kPrograms)) {
        std::mt19937_64 random(seed);
        check(known[seed % 2], seed, random, count);
        if (HasFatalFailure()) return;
        try {
            check(planned(random_program(seed, 5), "auto"), seed, random, count);
        } catch (const UserError&) {
            continue;  // random_program_test.cpp looks at what is refused
        }
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(count.run, kPrograms) << "of " << count.refused << " refused";
    EXPECT_GT(count.refused, kPrograms);
}

/// Squares of numbers, each computed from one or two before it: at the same places, mirrored, turned or shifted.
std::string chain(std::mt19937_64& random) {
    constexpr int kSteps = 6;
    constexpr const char* kAt[] = {"[i, j]", "[i, j]", "[i, j]", "[7 - i, j]", "[j, i]", "[i, 7 - j]"};
    const auto any = [&](std::uint64_t below) { return random() % below; };
    std::string text = "ricci 1 model chain\ninput v0: f32[feature 8, feature 8]\n";
    const auto read = [&](int step) { return fmt::format("v{}{}", any(static_cast<std::uint64_t>(step)), kAt[any(std::size(kAt))]); };
    for (int step = 1; step <= kSteps; ++step) {
        // One in three only moves what it reads.
        const std::string body = any(3) == 0 ? read(step) : fmt::format("0.5 * {} - {} + {}", read(step), read(step), step);
        text += fmt::format("v{}[i, j] = {} where i: feature 8, j: feature 8\n", step, body);
    }
    return text + fmt::format("out[i, j] = v{}[i, j] + v{}[i, j]\noutput out\n", kSteps, kSteps - 1);
}

TEST(Places, SharedByAnyTwoGiveTheSameValuesOrAreRefused) {
    Count count;
    for (const std::uint64_t seed : test::seeds(kPrograms)) {
        std::mt19937_64 random(seed);
        const std::string text = chain(random);
        for (const bool fuse : {true, false}) {
            passes::Remarks remarks;
            const ir::Graph graph = passes::run_to(ir::parse(text), ir::Stage::planned, {.fuse = fuse}, remarks);
            const ir::Arrays given = draw(graph, {.seed = seed});
            const ir::Arrays expected = ir::interpret(graph, given);
            std::vector<ir::ValueId> placed;
            for (const ir::ValueId id : graph.values.ids())
                if (graph.value(id).placement) placed.push_back(id);
            for (const ir::ValueId id : placed) {
                for (const ir::ValueId other : placed) {
                    ir::Graph changed = graph;
                    ir::Placement& place = *changed.value(id).placement;
                    if (id == other) continue;
                    place.shares = other;
                    place.offset = changed.value(other).placement->offset;
                    if (!ir::violations(changed).empty()) {
                        ++count.refused;
                        continue;
                    }
                    ++count.run;
                    SCOPED_TRACE(fmt::format("seed {}\n{}", seed, ir::print(changed)));
                    Compiled program(changed);
                    ASSERT_EQ(difference(expected, program(given), {.relative = 1e-5, .floor = 1}), "");
                }
            }
        }
    }
    EXPECT_GT(count.run, kPrograms) << "of " << count.refused << " refused";
    EXPECT_GT(count.refused, 4 * kPrograms);
}

}  // namespace
}  // namespace ricci::testing
