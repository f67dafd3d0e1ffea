// Look-ups by data: what they stand for, which equations are some, and what is refused.
#include "ir/analysis/look_ups.h"

#include <gtest/gtest.h>

#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"

namespace ricci::ir {
namespace {

constexpr const char* kInputs =
    "input tokens: i32<vocab 5>[batch ?, time 3]\n"
    "input ids: i64[batch ?]\n"
    "input E: f32[vocab 5, feature 4]\n"
    "input x: f32[batch ?, class 6]\n"
    "input g: f32[batch ?, time 3, feature 4]\n"
    "input seen: bool[vocab 5]\n";

Graph model(const std::string& lines) { return parse(std::string("ricci 1 model m\n") + kInputs + lines, "m.ein"); }

/// The equations of a model, without the types of their results.
std::string equations(const std::string& lines) {
    const Graph graph = model(lines);
    std::string text;
    for (const Equation& equation : graph.equations) text += print(graph, equation) + "\n";
    return text;
}

std::string refusal(const std::string& lines, const std::string& more_inputs = "") {
    try {
        return "accepted: " + print(model(more_inputs + lines));
    } catch (const UserError& error) {
        return error.what();
    }
}

TEST(LookUps, AreSumsThatAnEqualitySelectsFrom) {
    EXPECT_EQ(equations("y[b, t, f] = E[tokens[b, t], f]\n"),
              "y[b, t, f] = sum(vocab: vocab 5) select(tokens[b, t] == i32(vocab), E[vocab, f], 0)\n");
    EXPECT_EQ(equations("y[b] = exp(x[b, ids[b]])\n"),
              "y.sum[b] = sum(class: class 6) select(ids[b] == class, x[b, class], 0)\ny[b] = exp(y.sum[b])\n");
    EXPECT_EQ(equations("y[b, f] += E[tokens[b, t], f]\n"),
              "y[b, f] = sum(t: time 3, vocab: vocab 5) select(tokens[b, t] == i32(vocab), E[vocab, f], 0)\n");
}

TEST(LookUps, OnTheLeftSelectWhatIsAdded) {
    EXPECT_EQ(equations("d: f32[vocab 5, feature 4]\nd[tokens[b, t], f] += g[b, t, f]\n"),
              "d[vocab, f] = sum(b: batch ?, t: time 3) select(tokens[b, t] == i32(vocab), g[b, t, f], 0)\n");
    EXPECT_EQ(equations("d: f32[vocab 5, feature 4]\nd[tokens[b, t], f] max= g[b, t, f]\n"),
              "d[vocab, f] = max(b: batch ?, t: time 3) select(tokens[b, t] == i32(vocab), g[b, t, f], -inf)\n");
    EXPECT_EQ(equations("d[tokens[b, t], f] *= g[b, t, f]\n"),
              "d[vocab, f] = prod(b: batch ?, t: time 3) select(tokens[b, t] == i32(vocab), g[b, t, f], 1)\n");
}

TEST(LookUps, OfTruthValuesGoThroughNumbers) {
    EXPECT_EQ(equations("y[b, t] = seen[tokens[b, t]]\n"),
              "y.sum[b, t] = sum(vocab: vocab 5) select(tokens[b, t] == i32(vocab), i32(seen[vocab]), 0)\n"
              "y[b, t] = y.sum[b, t] != 0\n");
}

TEST(LookUps, InsideEachOtherGetAnEquationEach) {
    EXPECT_EQ(equations("input map: i64<vocab 5>[vocab 5]\ny[b, t, f] = E[map[tokens[b, t]], f]\n"),
              "y.sum[b, t] = sum(vocab2: vocab 5) select(tokens[b, t] == i32(vocab2), map[vocab2], 0)\n"
              "y[b, t, f] = sum(vocab: vocab 5) select(y.sum[b, t] == vocab, E[vocab, f], 0)\n");
}

TEST(LookUps, MayBePartsOfASum) {
    EXPECT_EQ(equations("input at: i32<time 2>[batch ?]\ninput w: f32[time 3]\n"
                        "y[b, i] = w[at[b] + i] where i: tap_time 2\n"),
              "y[b, i] = sum(time: time 2) select(at[b] == i32(time), w[i + time], 0)\n");
    EXPECT_EQ(refusal("input at: i32[batch ?]\ninput w: f32[time 3]\ny[b, i] = w[at[b] + i] where i: tap_time 2\n"),
              "m.ein:10: y[b, i]: at[b] stands in a sum of indices and does not say what it numbers; declare it, as in at: "
              "i32<time 10>");
}

TEST(LookUps, SayWhatAnInputNumbers) {
    const Graph graph = model("y[b] = x[b, ids[b]]\noutput y\n");
    EXPECT_EQ(graph.value(graph.find("ids")).numbers, (Axis{kinds::classes(), 6}));
    EXPECT_EQ(refusal("y[b] = x[b, ids[b]]\nz[b, f] = E[ids[b], f]\n"),
              "m.ein:9: z[b, f]: ids[b] numbers class 6, but axis 0 of E is vocab 5; an id stands on an axis of its own kind "
              "alone");
}

TEST(LookUps, OfSamplesNumberThoseOfTheCall) {
    const Graph graph = model("y[b, k] = x[ids[b], k]\noutput y\n");
    EXPECT_EQ(graph.value(graph.find("ids")).numbers, (Axis{kinds::batch(), kOpen}));
    EXPECT_NE(print(graph).find("input ids: i64<batch ?>[batch ?]"), std::string::npos) << print(graph);
    EXPECT_EQ(print(parse(print(graph))), print(graph));
    const Graph gathered = model("y = gather(ids, x, over = batch)\noutput y\n");
    EXPECT_EQ(to_string(gathered.value(gathered.find("y")).type), "f32[batch ?, class 6]");
    EXPECT_EQ(gathered.value(gathered.find("ids")).numbers, (Axis{kinds::batch(), kOpen}));
    EXPECT_EQ(refusal("input few: i32<batch 1000>[batch ?]\ny[b, k] = x[few[b], k]\n"),
              "m.ein:9: y[b, k]: few[b] numbers batch 1000, but axis 0 of x is batch ?: a call may have fewer samples; declare few as "
              "numbering batch ?; an id stands on an axis of its own kind alone");
    EXPECT_EQ(refusal("input any: i32<batch ?>[time 3]\ninput w: f32[batch 4]\ny[t] = w[any[t]]\n"),
              "m.ein:10: y[t]: any[t] numbers batch ?, but axis 0 of w is batch 4: some any would be outside; an id stands on an axis "
              "of its own kind alone");
    EXPECT_TRUE(refusal("input four: f32[batch 4]\nbest[] = argmax(i: batch 4) four[i]\ny[k] = x[best[], k]\n").starts_with("accepted"));
    EXPECT_EQ(refusal("input any: i32<class ?>[time 3]\n"), "m.ein:8: found '?', expected how many positions there are, an integer from 1 to 9223372036854775807");
    EXPECT_EQ(refusal("constant two: i32<batch ?>[time 2] = {0, 1}\n"),
              "m.ein:8: constant two numbers batch ?, but number 1 is 1; a call may have one sample");
}

TEST(LookUps, OfAnotherKindAreRefusedThoughExtentsAgree) {
    EXPECT_EQ(refusal("input w: f32[class 5]\ny[b, t] = w[tokens[b, t]]\n"),
              "m.ein:9: y[b, t]: tokens[b, t] numbers vocab 5, but axis 0 of w is class 5; an id stands on an axis of its own "
              "kind alone");
    EXPECT_EQ(refusal("input w: f32[vocab 4]\ny[b, t] = w[tokens[b, t]]\n"),
              "m.ein:9: y[b, t]: tokens[b, t] numbers vocab 5, but axis 0 of w is vocab 4: some tokens would be outside; an id "
              "stands on an axis of its own kind alone");
    EXPECT_EQ(refusal("best[b] = argmax(k) x[b, k]\ny[b, f] = E[best[b], f]\n"),
              "m.ein:9: y[b, f]: best[b] numbers class 6, but axis 0 of E is vocab 5; an id stands on an axis of its own kind "
              "alone");
    EXPECT_NE(refusal("y[b, t, k] = select(tokens[b, t] == k, 1.0, 0.0) where k: class 5\n")
                  .find("tokens numbers vocab 5, but it is compared with index k of kind class"),
              std::string::npos);
}

TEST(LookUps, ThatCannotBeAreRefused) {
    EXPECT_EQ(refusal("y[b, f] = E[x[b, c], f]\n"),
              "m.ein:8: y[b, f]: x[b, c] is f32 and stands on axis 0 of E; what is looked up goes by integers: write i32 or i64 ids, as "
              "in i32<class 10>");
    EXPECT_EQ(refusal("y[tokens[b, t], f] = g[b, t, f]\n"),
              "m.ein:8: y[tokens[b, t], f]: tokens[b, t] stands on the left: ids may repeat or leave elements out; write +=, "
              "*=, max= or min=");
    EXPECT_EQ(refusal("y[b] = x[b, 2*small[b]]\n", "input small: i32<class 4>[batch ?]\n"),
              "m.ein:9: y[b]: 2*small[b] on axis 1 of x (class 6) runs from 0 to 6, past the last element 5; pad(x[...], 0) reads 0 "
              "there");
    EXPECT_EQ(refusal("y[ids[b]] += 1 where b: batch ?\n"),
              "m.ein:8: y[ids[b]]: ids[b]: declare the type of y, or what ids numbers");
    EXPECT_EQ(refusal("y[b] = x[b, (ids[b], b)]\n"),
              "m.ein:8: y[b]: ids[b] stands in a sum of indices and does not say what it numbers; declare it, as in ids: "
              "i32<class 10>");
    std::string deep = "tokens[b, t]";
    for (int i = 0; i < 20; ++i) deep = "map[" + deep + "]";
    EXPECT_NE(refusal("input map: i64<vocab 5>[vocab 5]\ny[b, t] = " + deep + "\n").find("at most 16 look-ups inside each other"),
              std::string::npos);
}

TEST(LookUps, AreFoundWhoeverWroteThem) {
    const auto found = [](const std::string& lines) {
        const Graph graph = model(lines);
        std::string text;
        for (const Equation& equation : graph.equations) {
            for (const LookUp& one : look_ups(graph, equation))
                text += equation.indices[one.index].name + (one.inside ? " inside; " : "; ");
        }
        return text;
    };
    EXPECT_EQ(found("y[b, t, f] = sum(v) select(tokens[b, t] == v, E[v, f], 0)\n"), "v inside; ");
    EXPECT_EQ(found("y[b, f] = sum(v) select(v == ids[b], E[v, f], 0)\n"), "v; ");
    EXPECT_EQ(found("y[v, f] = sum(b, t) select(tokens[b, t] == v && t > 0, g[b, t, f], 0) where v: vocab 5\n"), "v inside; ");
    // Another value than the reduction's identity, another comparison, an id of the index itself, two indices.
    EXPECT_EQ(found("y[b, f] = sum(v) select(ids[b] == v, E[v, f], 1)\n"), "");
    EXPECT_EQ(found("y[b, f] = max(v) select(ids[b] == v, E[v, f], 0)\n"), "");
    EXPECT_EQ(found("y[b, f] = sum(v) select(ids[b] <= v, E[v, f], 0)\n"), "");
    EXPECT_EQ(found("y[f] = sum(v, w: vocab 5) select(v == w, E[v, f], 0)\n"), "");
    EXPECT_EQ(found("y[b, t, v] = select(tokens[b, t] == v, 1.0, 0.0) where v: vocab 5\n"), "");
}

/// The same graph, once where the interpreter runs over all positions and once where it takes that of the id.
TEST(LookUps, GiveTheSameInTheInterpreterBothWays) {
    const std::string lines =
        "input w: f64[vocab 3000, feature 2]\ninput at: i64[batch ?, time 3]\ninput h: f64[batch ?, time 3, feature 2]\n"
        "y[b, t, f] = w[at[b, t] , f]\n"
        "d: f64[vocab 3000, feature 2]\nd[at2[b, t], f] += h[b, t, f]\n"
        "m: f64[vocab 3000, feature 2]\nm[at2[b, t], f] max= h[b, t, f]\n"
        "output y\noutput d\noutput m\n";
    std::string text = "ricci 1 model m\n" + lines;
    text.insert(text.find("y[b, t, f]"), "at2[b, t] = at[b, t] + 0\n");
    const Graph graph = parse(text, "m.ein");
    Array ids{{8, 3}, {}}, w{{3000, 2}, {}}, h{{8, 3, 2}, {}};
    for (int i = 0; i < 24; ++i) ids.integers.push_back(i % 5 == 0 ? 2999 : i % 7 == 0 ? 0 : 7 * i);
    for (int i = 0; i < 6000; ++i) w.elements.push_back(0.25 * i);
    for (int i = 0; i < 48; ++i) h.elements.push_back(i - 20);
    const Arrays got = interpret(graph, {{"at", ids}, {"w", w}, {"h", h}});  // 144,000 points: by ids
    std::vector<double> d(6000, 0), m(6000, -std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < 24; ++i) {
        for (std::size_t f = 0; f < 2; ++f) {
            const std::size_t row = 2 * static_cast<std::size_t>(ids.integers[i]) + f;
            EXPECT_EQ(got.at("y").elements[2 * i + f], w.elements[row]);
            d[row] += h.elements[2 * i + f];
            m[row] = std::max(m[row], h.elements[2 * i + f]);
        }
    }
    EXPECT_EQ(got.at("d").elements, d);
    EXPECT_EQ(got.at("m").elements, m);
    // Few points: over all positions. Ids that are none read 0.
    ids = {{1, 3}, {}, {-1, 3000, 2}};
    h.extents = {1, 3, 2}, h.elements.resize(6);
    const Array few = interpret(graph, {{"at", ids}, {"w", w}, {"h", h}}).at("y");
    EXPECT_EQ(few.elements, (std::vector<double>{0, 0, 0, 0, 1, 1.25}));
}

}  // namespace
}  // namespace ricci::ir
