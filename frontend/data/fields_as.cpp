// Checks that rows have the same form in memory, and hands them on.
#include "frontend/data/fields_as.h"

#include <utility>

#include "ir/base/error.h"
#include "ir/core/type.h"

namespace ricci::detail {

FieldsAs::FieldsAs(std::shared_ptr<const DataSource> source, const std::vector<Field>& as)
    : source_(std::move(source)), fields_(source_->fields()) {
    for (std::size_t i = 0; i < as.size() && i < fields_.size(); ++i) {
        const TensorType &from = fields_[i].type, &to = as[i].type;
        if (from.dtype != to.dtype || from.count(1) != to.count(1)) {
            user_error("{}: {} is {}, which does not fit {}, {}", source_->name(), fields_[i].name, to_string(from), as[i].name,
                       to_string(to));
        }
        fields_[i] = as[i];
    }
}

std::shared_ptr<const DataSource> FieldsAs::part(std::int64_t begin, std::int64_t end, const std::string& name) const {
    std::shared_ptr<const DataSource> inner = source_->part(begin, end, name);
    return inner == nullptr ? nullptr : std::make_shared<FieldsAs>(std::move(inner), fields_);
}

}  // namespace ricci::detail
