// Mutated texts: whatever the parser is given, it answers with a graph that prints and reads back, or with a UserError.
#include <gtest/gtest.h>

#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "tests/seed.h"

namespace ricci::ir {
namespace {

const char* const kSeedText = R"(ricci 1 planned seed
input images: f32[batch ?, channel 1, height 6, width 6]
input labels: i32[batch ?]
parameter w: f32[channel 2, channel 1, tap_h 3, tap_w 3] = uniform(-0.2, 0.2)
state rate: f32[] = 0.05
kernel front(b) {
    for o, y, x:
        compute conv over dy, dx
    conv[b, o, y, x] = sum(i: channel 1, dy: tap_h 3, dx: tap_w 3) images[b, i, y + dy, x + dx] * w[o, i, dy, dx]  @conv2d
    for o, y, x:
        compute act
    act[b, o, y, x] = select(conv[b, o, y, x] > 0, conv[b, o, y, x], -0.5 * exp(conv[b, o, y, x]))
}
kernel pool() {
    for b, c, y, x:
        compute pool over dy, dx
    pool[b, c, y, x] = max(dy: tap_h 2, dx: tap_w 2) pad(act[b, c, 2*y + dy - 1, 2*x + dx - 1], -inf) where y: height 2, x: width 2
}
kernel flat() {
    for b, c, y, x:
        compute flat
    flat[b, (c, y, x)] = pool[b, c, y, x] where c: channel 2, y: height 2, x: width 2
}
kernel d() {
    for b, o, y, dy:
        compute d over x
    d: f32[batch ?, channel 2, height 2]
    clip d[b, o, y + dy] += pool[b, o, y, x] where b: batch ?, o: channel 2, y: height 2, dy: tap_h 2, x: width 2
}
kernel best() {
    for b:
        compute best over k
    best[b] = argmax(k: feature 8) flat[b, k]
}
kernel loss() {
    compute loss over b, k
    loss[] = sum(b: batch ?, k: feature 8) select(labels[b] == k, flat[b, k], 0) / f32(extent(b))
}
kernel w.next() {
    for o, y, x:
        compute w.next
    w.next[o, i, y, x] = w[o, i, y, x] - rate[] * w[o, i, y, x]
}
output loss
output best
output gradient = d
update w = w.next
place conv at 256, 128 bytes per sample, live 0..1
place act at 0, 128 bytes per sample, live 1..2
place pool at 128, 32 bytes per sample, live 2..4
place flat at 192, 32 bytes per sample, live 3..6
place w.next at 0, 72 bytes, live 7..7
arena 128 bytes + 384 per sample
)";

const char* const kPieces[] = {"(",      ")",
                               "[",      "]",
                               "{",      "}",
                               ",",      ":",
                               "=",      "+",
                               "-",      "*",
                               "/",      "<",
                               "==",     "?",
                               "@",      "..",
                               "...",    "#",
                               "\n",     " ",
                               "0",      "1",
                               "-1",     "9223372036854775807",
                               "1e308",  "nan",
                               "inf",    "sum",
                               "max",    "where",
                               "pad",    "index",
                               "extent", "clip",
                               "kernel", "place",
                               "for",    "compute",
                               "over",   "vector",
                               "of 16",  "by 2",
                               "then",   "unrolled",
                               "first",  "in registers",
                               "split",  "transpose",
                               "with",   "stored",
                               "tile t(4) {\n", "per thread",
                               "images", "y",
                               "b",      "batch",
                               "f32",    "bool",
                               "\xff",   "\0"};

std::string mutated(std::mt19937_64& random) {
    std::string text = kSeedText;
    auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
    for (std::size_t times = 1 + below(4); times > 0; --times) {
        std::size_t at = below(text.size());
        switch (below(4)) {
            case 0:
                text.erase(at, 1 + below(8));
                break;
            case 1:
                text.insert(at, kPieces[below(std::size(kPieces))]);
                break;
            case 2:
                text.insert(at, text.substr(below(text.size()), below(40)));
                break;
            case 3:
                text.replace(at, 1, kPieces[below(std::size(kPieces))]);
                break;
        }
    }
    return text;
}

TEST(ParserFuzz, TheSeedIsGood) {
    EXPECT_EQ(print(parse(print(parse(kSeedText)))), print(parse(kSeedText)));
}

TEST(ParserFuzz, MutatedTextsAreReadOrRefused) {
    constexpr int kTexts = 5000;
    int accepted = 0;
    for (const std::uint64_t seed : test::seeds(kTexts)) {
        std::mt19937_64 random(seed);
        std::string text = mutated(random);
        try {
            std::string printed = print(parse(text));
            EXPECT_EQ(print(parse(printed)), printed) << "seed " << seed << "\n" << text;
            ++accepted;
        } catch (const UserError&) {
        } catch (const std::exception& error) {
            ADD_FAILURE() << "seed " << seed << ": " << error.what() << "\n" << text;
            break;
        }
    }
    EXPECT_GT(accepted, 50);
}

}  // namespace
}  // namespace ricci::ir
