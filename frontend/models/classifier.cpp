// The classifiers among the registered models.
#include "ricci/classifier.h"

#include <vector>

#include "frontend/models/registry.h"
#include "ir/base/error.h"

namespace ricci {
namespace {

std::vector<NamedModel> classifiers() {
    std::vector<NamedModel> named;
    for (const RegisteredModel& model : registered_models()) {
        if (model.classifier != nullptr) named.push_back({model.name, model.summary, model.classifier});
    }
    return named;
}

}  // namespace

std::span<const NamedModel> named_models() {
    static const std::vector<NamedModel> all = classifiers();
    return all;
}

const NamedModel& model_named(std::string_view name) {
    const RegisteredModel& model = registered_model(name);
    for (const NamedModel& named : named_models()) {
        if (named.name == model.name) return named;
    }
    user_error("model \"{}\" is no classifier: {}", name, model.summary);
}

}  // namespace ricci
