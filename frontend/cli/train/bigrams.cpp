// Counts pairs of characters, and mixes their shares with those of single characters.
#include "frontend/cli/train/bigrams.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "frontend/data/feed.h"
#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"

namespace ricci::cli {
namespace {

using detail::Internals;

/// How often each character follows each.
struct Counts {
    explicit Counts(std::int64_t count) : classes(count), pairs(static_cast<std::size_t>(count * count)),
                                          firsts(static_cast<std::size_t>(count)), seconds(static_cast<std::size_t>(count)) {}

    void add(const DataSource& data) {
        constexpr std::int64_t kBatch = 256;  // samples
        const std::size_t field = detail::label_field(data);
        for (const Samples& samples : data.samples(kBatch)) {
            const runtime::Buffer& from = Internals::buffer(samples[0]);
            const runtime::Buffer& to = Internals::buffer(samples[field]);
            for (std::int64_t i = 0; i < to.elements(); ++i) {
                const auto first = static_cast<std::int64_t>(element_of(from, i));
                const auto second = static_cast<std::int64_t>(element_of(to, i));
                pairs.begin()[first * classes + second] += 1;
                firsts.begin()[first] += 1;
                seconds.begin()[second] += 1;
                all += 1;
            }
        }
    }

    std::int64_t classes;
    double all = 0;
    std::vector<double> pairs;    // [first, second]
    std::vector<double> firsts;   // pairs that begin with this character
    std::vector<double> seconds;  // that end with it
};

/// Mean of -log(share) over the tested pairs, where share(first, second) says how likely the second one is.
template <typename Share>
double loss(const Counts& tested, const Share& share) {
    double sum = 0;
    for (std::int64_t first = 0; first < tested.classes; ++first) {
        for (std::int64_t second = 0; second < tested.classes; ++second) {
            const double count = tested.pairs.begin()[first * tested.classes + second];
            if (count > 0) sum -= count * std::log(share(first, second));
        }
    }
    return sum / tested.all;
}

}  // namespace

BigramLoss bigram_loss(const DataSource& train, const DataSource& tested, std::int64_t classes) {
    Counts known(classes), asked(classes);
    known.add(train);
    asked.add(tested);
    BigramLoss result{.trained = std::numeric_limits<double>::infinity()};
    // So many imagined pairs a character have the shares of single characters, each seen once more than it was.
    for (double imagined = 1.0 / 64; imagined <= 4096; imagined *= std::sqrt(2.0)) {
        result.trained = std::min(result.trained, loss(asked, [&](std::int64_t first, std::int64_t second) {
            const double single = (known.seconds.begin()[second] + 1) / (known.all + static_cast<double>(classes));
            return (known.pairs.begin()[first * classes + second] + imagined * single) / (known.firsts.begin()[first] + imagined);
        }));
    }
    result.least = loss(asked, [&](std::int64_t first, std::int64_t second) {
        return asked.pairs.begin()[first * classes + second] / asked.firsts.begin()[first];
    });
    return result;
}

}  // namespace ricci::cli
