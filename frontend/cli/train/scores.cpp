// Counts answers batch by batch.
#include "frontend/cli/train/scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "frontend/data/feed.h"
#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "ir/base/error.h"
#include "ir/core/kind.h"

namespace ricci::cli {
namespace {

using detail::Internals;

/// Elements between one class and the next, and between one answer and the next, of logits[..., class] or [batch,
/// class, ...].
struct Logits {
    std::int64_t classes = 0;
    std::int64_t inner = 1;  // elements of the axes behind the classes

    explicit Logits(const TensorType& type) {
        const std::optional<std::size_t> axis = type.axis_of(ir::kinds::classes());
        if (!axis) user_error("the model's logits are {}, without an axis of classes", to_string(type));
        classes = type.axes[*axis].extent;
        for (std::size_t i = *axis + 1; i < type.axes.size(); ++i) inner *= type.axes[i].extent;
    }
    std::vector<double> row(const runtime::Buffer& buffer, std::int64_t answer) const {
        std::vector<double> values;
        const std::int64_t first = answer / inner * classes * inner + answer % inner;
        for (std::int64_t c = 0; c < classes; ++c) values.push_back(element_of(buffer, first + c * inner));
        return values;
    }
};

}  // namespace

std::vector<double> probabilities(std::vector<double> logits) {
    const double most = *std::ranges::max_element(logits);
    double sum = 0;
    for (double& each : logits) sum += each = std::exp(each - most);
    for (double& each : logits) each /= sum;
    return logits;
}

std::int64_t Scores::labelled(std::int64_t label) const {
    const auto row = confusion.begin() + label * classes;
    return std::accumulate(row, row + classes, std::int64_t{0});
}

std::int64_t Scores::taken_for(std::int64_t predicted) const {
    std::int64_t sum = 0;
    for (std::int64_t label = 0; label < classes; ++label) sum += confused(label, predicted);
    return sum;
}

Scores score(const Function& function, const Network& network, const DataSource& data, std::int64_t batch,
             std::int64_t worst, std::int64_t classes) {
    detail::Feed feed(function, data);
    Scores scores{.samples = data.count()};
    std::optional<Logits> form;
    const bool has_classes = network.predicted.has_value();
    if (has_classes) {
        if (network.logits) form.emplace(network.logits->type());
        scores.classes = form ? form->classes : classes;
        if (scores.classes < 1) user_error("{}: its labels number no classes, but the model predicts some", data.name());
        scores.confusion.resize(static_cast<std::size_t>(scores.classes * scores.classes));
    }
    const std::size_t label_field = detail::label_field(data);
    const auto less = [](const Unlikely& a, const Unlikely& b) {
        return std::pair(a.probability, a.sample) < std::pair(b.probability, b.sample);
    };
    std::int64_t done = 0;
    for (const Samples& samples : data.samples(batch, in_order(), function.threads())) {
        const Results results = feed(samples);
        scores.loss += results[0].scalar() * static_cast<double>(samples.count()) / static_cast<double>(data.count());
        const runtime::Buffer& labels = Internals::buffer(samples[label_field]);
        for (std::int64_t i = 0; has_classes && i < labels.elements(); ++i) {
            const auto label = static_cast<std::int64_t>(element_of(labels, i));
            const auto predicted = static_cast<std::int64_t>(element_of(Internals::buffer(results[1]), i));
            if (label < 0 || label >= scores.classes)
                user_error("{}: a label is {}, but the model has classes 0 to {}", data.name(), label, scores.classes - 1);
            if (predicted < 0 || predicted >= scores.classes)
                user_error("{}: the model predicts class {}, but there are classes 0 to {}", data.name(), predicted,
                           scores.classes - 1);
            ++scores.answers;
            scores.right += label == predicted ? 1 : 0;
            ++scores.confusion.begin()[label * scores.classes + predicted];
            if (!form) continue;
            const std::vector<double> shares = probabilities(form->row(Internals::buffer(results[2]), i));
            scores.worst.push_back(
                {done + i * samples.count() / labels.elements(), label, predicted, shares.begin()[label]});
        }
        // Only those that are to be kept: a large set has many.
        const auto kept = std::min<std::int64_t>(worst, std::ssize(scores.worst));
        std::ranges::partial_sort(scores.worst, scores.worst.begin() + kept, less);
        scores.worst.resize(static_cast<std::size_t>(kept));
        done += samples.count();
    }
    return scores;
}

}  // namespace ricci::cli
