// The one list of named models.
#include "ricci/classifier.h"

#include <algorithm>
#include <array>

#include "ricci/lenet5.h"
#include "ir/base/error.h"

namespace ricci {
namespace {

constexpr std::array kModels = {
    NamedModel{"lenet5", "LeNet-5 for grey images of 32 x 32, 10 classes", lenet5},
};

}  // namespace

std::span<const NamedModel> named_models() { return kModels; }

const NamedModel& model_named(std::string_view name) {
    auto found = std::ranges::find(kModels, name, &NamedModel::name);
    if (found != kModels.end()) return *found;
    std::string names;
    for (const NamedModel& model : kModels) names += (names.empty() ? "" : ", ") + std::string(model.name);
    user_error("no model \"{}\"; there is {}", name, names);
}

}  // namespace ricci
