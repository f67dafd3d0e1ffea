// Ops that find axes by kind refuse operands with several of that kind, where nothing says which are meant.
#include <gtest/gtest.h>

#include <algorithm>

#include "ir/ops/table.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

std::string answer(const std::string& lines) {
    try {
        return print(parse("ricci 1 model m\n" + lines, "m.ein"));
    } catch (const UserError& error) {
        return error.what();
    }
}

const std::string kWhich = "write it with indices, or give each axis a kind of its own";

TEST(AmbiguousAxes, AreNamedByTheirPlaces) {
    EXPECT_EQ(
        answer("input a: f32[batch ?, time 4, time 5]\ny = softmax(a, over = time)\n"),
        "m.ein:3: softmax \"y\": x (a) has 2 axes of kind time (1 and 2) but softmax takes 1 of that kind, and its "
        "type f32[batch ?, time 4, time 5] does not say which; " +
            kWhich);
    EXPECT_EQ(
        answer("input a: f32[time 4, time 4]\ninput b: f32[time 4]\ny = add(a, b)\n"),
        "m.ein:4: add \"y\": a has 2 axes of kind time (0 and 1) but b has 1 (0), and the types f32[time 4, time 4] "
        "and f32[time 4] do not say which go together; " +
            kWhich);
    EXPECT_EQ(
        answer("input x: f32[feature 4, feature 4]\ninput c: f32[feature 4]\ny = bias_add(x, c)\n"),
        "m.ein:4: bias_add \"y\": x has 2 axes of kind feature (0 and 1) but bias_add takes 1 of that kind, and its "
        "type f32[feature 4, feature 4] does not say which; " +
            kWhich);
}

TEST(AmbiguousAxes, OfLayersAreRefused) {
    for (const std::string& lines :
         {std::string("input x: f32[feature 4, feature 4]\ninput w: f32[class 3, feature 4]\ny = linear(x, w)"),
          std::string("input x: f32[batch 2, batch 3]\ny = flatten(x)"),
          std::string("input x: f32[channel 2, batch 3, channel 2]\ninput w: f32[channel 2]\ny = batch_norm(x, w, w)"),
          std::string("input x: f32[feature 2, feature 2]\ninput w: f32[feature 2]\ny = layer_norm(x, w, w)"),
          std::string("input x: f32[class 3, class 3]\ninput t: i32[]\ny = softmax_cross_entropy(x, t)"),
          std::string("input x: f32[batch 2, batch 2]\ninput t: f32[batch 2, batch 2]\ny = mse(x, t)")}) {
        EXPECT_NE(answer(lines).find("axes of kind"), std::string::npos) << lines << "\n" << answer(lines);
        EXPECT_NE(answer(lines).find(kWhich), std::string::npos) << lines << "\n" << answer(lines);
    }
}

/// Where the axes of x begin, the operand that has the axis that an op goes over.
std::size_t axes_of_x(const std::string& text) { return text.find('[', text.find("input x:")); }

/// The example with one more axis in x: of that kind, at that place.
std::string with_axis(const std::string& text, const std::string& kind, std::size_t place) {
    const std::size_t open = axes_of_x(text);
    const std::size_t close = text.find(']', open);
    std::vector<std::string> axes = {""};
    for (char c : text.substr(open + 1, close - open - 1)) {
        if (c == ',')
            axes.emplace_back();
        else if (c != ' ' || !axes.back().empty())
            axes.back() += c;
    }
    axes.insert(axes.begin() + static_cast<std::ptrdiff_t>(place), kind + " 3");
    std::string all;
    for (const std::string& axis : axes) all += (all.empty() ? "" : ", ") + axis;
    return text.substr(0, open + 1) + all + text.substr(close);
}

TEST(AmbiguousAxes, OfTheKindThatAnOpGoesOverAreRefusedByEveryOp) {
    int tried = 0;
    for (const Op& op : ops()) {
        if (!op.takes_over) continue;
        for (const std::string& example : op.examples) {
            const std::size_t over = example.find("over = ");
            if (over == std::string::npos) continue;
            const std::string kind = example.substr(over + 7);
            const std::string text = example_text(op, example);
            if (op.many) continue;  // they call their operands x1, x2, ...
            const std::size_t open = axes_of_x(text);
            const std::string input = text.substr(open, text.find(']', open) - open);
            const auto rank = static_cast<std::size_t>(std::ranges::count(input, ',')) + 1;
            for (std::size_t place = 0; place <= rank; ++place) {
                const std::string doubled = with_axis(text, kind, place);
                const std::string said = answer(doubled.substr(doubled.find('\n') + 1));
                EXPECT_NE(said.find(fmt::format("x has 2 axes of kind {} (", kind)), std::string::npos)
                    << doubled << said;
                ++tried;
            }
        }
    }
    EXPECT_GE(tried, 40);
}

TEST(AmbiguousAxes, OfOneOfManyOperandsAreRefused) {
    const std::string inputs = "input a: f32[channel 2, width 3]\ninput c: f32[channel 2, width 3, channel 2]\n";
    EXPECT_NE(answer(inputs + "y = concat(a, a, c, over = channel)\noutput y\n").find("x3 (c) has 2 axes of kind channel ("),
              std::string::npos);
    EXPECT_EQ(answer(inputs + "y = concat(a, a, a, over = channel)\noutput y\n").find("has 2 axes"), std::string::npos);
}

/// All orders of up to three axes of the kinds n and m, of one extent.
std::vector<std::vector<std::string>> shapes() {
    std::vector<std::vector<std::string>> all = {{}};
    for (std::size_t from = 0; from < all.size(); ++from) {
        if (all[from].size() == 3) continue;
        for (const char* kind : {"n", "m"}) {
            std::vector<std::string> longer = all[from];
            longer.emplace_back(kind);
            all.push_back(std::move(longer));
        }
    }
    return all;
}

TEST(AmbiguousAxes, AreRefusedByEveryOpOfTwoOperandsExactlyWhereTheCountsDiffer) {
    int refused = 0;
    int accepted = 0;
    for (const Op& op : ops()) {
        if (op.signature != std::vector<std::string>{"a[...]", "b[...]"}) continue;
        for (const std::vector<std::string>& a : shapes()) {
            for (const std::vector<std::string>& b : shapes()) {
                bool ambiguous = false;
                for (const char* kind : {"n", "m"}) {
                    const auto of_a = std::ranges::count(a, kind);
                    const auto of_b = std::ranges::count(b, kind);
                    ambiguous = ambiguous || (of_a != of_b && of_a > 0 && of_b > 0);
                }
                auto type = [](const std::vector<std::string>& kinds) {
                    std::string text;
                    for (const std::string& kind : kinds) text += (text.empty() ? "" : ", ") + kind + " 2";
                    return "f32[" + text + "]";
                };
                const std::string lines =
                    fmt::format("input a: {}\ninput b: {}\ny = {}(a, b)\n", type(a), type(b), op.name);
                const std::string said = answer(lines);
                EXPECT_EQ(said.find("do not say which go together") != std::string::npos, ambiguous) << lines << said;
                EXPECT_EQ(said.starts_with("ricci 1"), !ambiguous) << lines << said;
                ++(ambiguous ? refused : accepted);
            }
        }
    }
    EXPECT_GE(refused, 500);
    EXPECT_GE(accepted, 500);
}

}  // namespace
}  // namespace ricci::ir
