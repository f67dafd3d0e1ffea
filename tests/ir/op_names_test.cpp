// Kinds are free words: whatever the axes are called, an op means the same. No index of its texts is taken for another.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "ir/interpret/interpreter.h"
#include "ir/ops/table.h"
#include "ir/print/print.h"
#include "ir/surface/names.h"
#include "ir/surface/surface_parser.h"
#include "ir/text/parser.h"
#include "tests/seed.h"

namespace ricci::ir {
namespace {

bool in_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// A run of `text` that is a word, or one that is none.
struct Piece {
    std::string text;
    bool word;
};

std::vector<Piece> pieces(const std::string& text) {
    std::vector<Piece> found;
    for (char c : text) {
        if (found.empty() || found.back().word != in_word(c)) found.push_back({"", in_word(c)});
        found.back().text += c;
    }
    return found;
}

bool ends_in(const std::string& text, const char* end) {
    return std::string_view(text).ends_with(end);
}

/// Kinds of the example that the op does not ask for by name: their places in its pieces.
std::map<std::string, std::vector<std::size_t>> free_kinds(const Op& op, const std::vector<Piece>& example) {
    std::map<std::string, std::vector<std::size_t>> kinds;
    int depth = 0;
    for (std::size_t i = 0; i < example.size(); ++i) {
        for (char c : example[i].text) depth += c == '[' ? 1 : c == ']' ? -1 : 0;
        const bool axis = depth == 1 && example[i].word && std::isalpha(static_cast<unsigned char>(example[i].text[0])) != 0;
        const bool over = i >= 2 && example[i - 2].text == "over" && ends_in(example[i - 1].text, "= ");
        if (axis || over) kinds[example[i].text].push_back(i);
    }
    std::erase_if(kinds, [&](const auto& kind) {
        const bool asked_for = std::ranges::any_of(
            op.signature, [&](const std::string& operand) { return operand.contains(": " + kind.first); });
        return asked_for || kind.first == "batch";
    });
    return kinds;
}

/// The example with other names for its free kinds.
std::string renamed(std::vector<Piece> example, const std::map<std::string, std::vector<std::size_t>>& kinds,
                    const std::function<std::string(std::size_t)>& name) {
    std::size_t number = 0;
    for (const auto& [kind, places] : kinds) {
        for (std::size_t place : places) example[place].text = name(number);
        ++number;
    }
    std::string text;
    for (const Piece& piece : example) text += piece.text;
    return text;
}

/// All names in the texts of an op that are spelt as kinds are.
std::set<std::string> own_names(const Op& op) {
    std::set<std::string> names;
    for (const OpAttribute& attribute : op.attributes) names.insert(attribute.name);
    std::string texts = op.equations + "\n" + op.constants;
    for (const auto& [condition, text] : op.cases) texts += "\n" + text;
    for (const std::string& operand : op.signature) texts += "\n" + operand;
    for (const Piece& piece : pieces(texts)) {
        const bool lower = std::ranges::none_of(piece.text, [](char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; });
        if (piece.word && lower && std::isalpha(static_cast<unsigned char>(piece.text[0])) != 0) names.insert(piece.text);
    }
    // Packs and flattened axes have an order of these.
    for (const char* known : {"batch", "channel", "height", "width", "time", "tap_h", "tap_w", "feature", "class"}) names.erase(known);
    return names;
}

std::vector<double> numbers_of(const Op& op, const std::string& example) {
    const Graph graph = parse(example_text(op, example), op.name);
    const std::string text = print(graph);
    EXPECT_EQ(print(parse(text, "printed")), text);
    std::mt19937_64 random(test::seed());
    std::uniform_real_distribution<double> number(0.1, 0.9);
    Arrays inputs;
    for (const Value& value : graph.values) {
        if (value.role == Role::temporary) continue;
        Array array;
        for (const Axis& axis : value.type.axes) array.extents.push_back(axis.extent == kOpen ? 3 : axis.extent);
        for (std::int64_t i = 0; i < value.type.count(3); ++i)
            array.elements.push_back(is_float(value.type.dtype) ? number(random) : static_cast<double>(random() % 2));
        inputs[value.name] = std::move(array);
    }
    return interpret(graph, inputs).at("y").elements;
}

TEST(OpNames, AnOpGivesTheSameNumbersWhateverTheKindsAreCalled) {
    std::size_t calls = 0;
    for (const Op& op : ops()) {
        std::vector<std::string> first_letters;
        for (char letter = 'a'; letter <= 'z'; ++letter) first_letters.emplace_back(1, letter);
        const std::set<std::string> own = own_names(op);
        for (const std::string& written : op.examples) {
            const std::vector<Piece> example = pieces(written);
            const auto kinds = free_kinds(op, example);
            if (kinds.empty()) continue;
            std::vector<std::string> texts;
            for (const std::string& letter : first_letters)
                texts.push_back(renamed(example, kinds, [&](std::size_t i) { return i == 0 ? letter : letter + std::to_string(i); }));
            for (const std::string& name : own)
                texts.push_back(renamed(example, kinds, [&](std::size_t i) { return i == 0 ? name : name + "_" + std::to_string(i); }));
            std::vector<double> expected;
            for (const std::string& text : texts) {
                SCOPED_TRACE(op.name + ": " + text);
                ++calls;
                try {
                    const std::vector<double> found = numbers_of(op, text);
                    if (expected.empty()) expected = found;
                    EXPECT_EQ(found, expected);
                } catch (const std::exception& error) {
                    ADD_FAILURE() << error.what();
                }
            }
        }
    }
    EXPECT_GT(calls, 5000u);
}

// Each letter for itself: with several free kinds all but one keep ordinary names.
TEST(OpNames, TheAxisThatAnOpGoesOverMayBeCalledAsItsOwnIndices) {
    for (const char* call : {"tile(x, times = 2, over = row)", "repeat(x, times = 2, over = row)", "cumsum(x, over = row)",
                             "flip(x, over = row)", "slice(x, start = 1, over = row)"}) {
        const std::string text = fmt::format("ricci 1 model m\ninput x: f32[join 2, page 2, row 20]\ny = {}\noutput y\n", call);
        EXPECT_NO_THROW(parse(text)) << call;
    }
}

}  // namespace
}  // namespace ricci::ir
