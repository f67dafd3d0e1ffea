// Cuts a product into a few equal pieces, long enough for BLAS to run at its full rate.
#include "passes/loops/choose_call_split.h"

#include <algorithm>
#include <optional>

#include "ir/loops/call_split.h"

namespace ricci::passes {
namespace {

using namespace ir;

// Rows or columns of a piece. On Zen 5 a product of 512 takes 1 to 3 % longer in pieces of 256, and 4 to 8 % in pieces of 128.
// Pieces of 32 columns take 11 % longer.
constexpr double kUsualLength = 256;
constexpr double kLeastLength = 32;   // rows or columns of each of two pieces, where the product has less than the usual length
constexpr double kLargeLength = 64;   // rows or columns of a piece of a large result
constexpr double kPieceFlop = 16e6;   // FLOP of a piece; of large products, which have as many pieces as kMostPieces
constexpr double kLeastFlop = 4e6;    // FLOP of the two pieces of a small product: some 20 microseconds
constexpr double kMostPieces = 16;
// BLAS sets a piece to 0 before it adds to it. One that is larger than a cache goes to memory twice. A product of 4 terms with
// 411 MB of results took 33 ms in pieces of 26 MB. In pieces of 6 MB it took 26 ms. One of 32 terms with 151 MB took 17 and 16 ms.
constexpr double kLargeBytes = 8e6;    // bytes of a result that is large
constexpr double kPieceBytes = 2.5e6;  // bytes of the results of its pieces
constexpr std::int64_t kMultiple = 16;  // elements: pieces end where vectors and cache lines do
// A piece of rows may have the columns' operand packed again for this share of the time that its results take.
constexpr double kPackedShare = 1.0 / 16;

double points_of(const Size& size, std::int64_t samples) { return static_cast<double>(size.at(samples)); }

/// Rounds of the outermost index for each piece; 0 where fewer than two pieces would come of it.
std::int64_t rounds_of_piece(const CallSplit& split, double length, double pieces, double usual, std::int64_t samples) {
    const std::int64_t extent = split.extent == kOpen ? samples : split.extent;
    const double least = std::min(usual, length / 2);
    if (least < kLeastLength) return 0;
    // An even number of pieces is shared out evenly by two threads.
    const std::int64_t even = std::max<std::int64_t>(static_cast<std::int64_t>(std::min(pieces, length / least)) / 2 * 2, 2);
    std::int64_t rounds = (extent + even - 1) / even;
    if (split.inner == Size{1, 0}) rounds = (rounds + kMultiple - 1) / kMultiple * kMultiple;
    return rounds < extent ? rounds : 0;
}

}  // namespace

ChosenCallSplit choose_call_split(const GemmForm& form, const Equation& equation, std::int64_t samples) {
    const auto name = [&](IndexId index) { return equation.indices[index].name; };
    if (!form.parallel.empty()) return {name(form.parallel[0].index), 0};
    const double rows = points_of(form.rows, samples);
    const double columns = points_of(form.columns, samples);
    double depth = points_of(form.depth, samples);
    for (const GemmForm::Loop& loop : form.accumulate) depth *= points_of(loop.extent, samples);
    const double flop = 2 * rows * columns * depth;
    if (flop < 2 * kLeastFlop) return {};
    double pieces = std::max(2.0, std::min(flop / kPieceFlop, kMostPieces));
    double usual = kUsualLength;
    const auto cut = [&](const std::vector<IndexId>& dimension, double length) -> ChosenCallSplit {
        if (dimension.empty()) return {};
        const std::optional<CallSplit> split = call_split(form, equation, dimension[0]);
        const std::int64_t by = split ? rounds_of_piece(*split, length, pieces, usual, samples) : 0;
        return by > 0 ? ChosenCallSplit{name(dimension[0]), by} : ChosenCallSplit{};
    };
    const double bytes = rows * columns * sizeof(float);
    const bool large = bytes > kLargeBytes && rows >= 4 * kLargeLength;  // rows, which lie in one piece of memory
    if (large) {
        pieces = std::max(pieces, bytes / kPieceBytes);
        usual = kLargeLength;
    }
    const bool by_rows = large || rows > columns || pieces * depth <= kPackedShare * rows;
    const ChosenCallSplit first = by_rows ? cut(form.m, rows) : cut(form.n, columns);
    if (!first.index.empty()) return first;
    return by_rows ? cut(form.n, columns) : cut(form.m, rows);
}

}  // namespace ricci::passes
