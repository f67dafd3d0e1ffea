// A new model is a line here; its layers are in a file of its own.
#include "frontend/models/registry.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "ir/base/error.h"
#include "ricci/lenet5.h"

namespace ricci {
namespace {

constexpr std::array kModels = {
    RegisteredModel{"lenet5", "LeNet-5 for grey images of 32 x 32, 10 classes", SampleKind::grey_images, lenet5},
};

}  // namespace

Network RegisteredModel::build(const ClassifierOptions& options) const {
    if (network != nullptr) return network(options);
    Classifier made = classifier(options);
    return {.model = std::move(made.model),
            .inputs = {made.images},
            .outputs = {made.logits, made.predicted},
            .loss = made.loss,
            .labels = made.labels,
            .logits = made.logits,
            .predicted = made.predicted};
}

std::span<const RegisteredModel> registered_models() {
    return kModels;
}

const RegisteredModel& registered_model(std::string_view name) {
    auto found = std::ranges::find(kModels, name, &RegisteredModel::name);
    if (found != kModels.end()) return *found;
    std::string names;
    for (const RegisteredModel& model : kModels) names += (names.empty() ? "" : ", ") + std::string(model.name);
    user_error("no model \"{}\"; there is {}", name, names);
}

}  // namespace ricci
