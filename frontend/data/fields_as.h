/// \file frontend/data/fields_as.h
/// A source whose fields have other names and axes, for a model that calls them otherwise. Internal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ricci/data_source.h"

namespace ricci::detail {

/// The same samples; the first fields are called and typed as these. A row has as many elements of the same dtype as
/// before.
class FieldsAs : public DataSource {
  public:
    /// \throws UserError naming both types when a row of one does not fit the other.
    FieldsAs(std::shared_ptr<const DataSource> source, const std::vector<Field>& as);

    std::string name() const override { return source_->name(); }
    std::int64_t count() const override { return source_->count(); }
    const std::vector<Field>& fields() const override { return fields_; }
    void fill(const SampleRequest& request, const Rows& rows) const override { source_->fill(request, rows); }
    bool is_quick() const override { return source_->is_quick(); }
    std::shared_ptr<const DataSource> part(std::int64_t begin, std::int64_t end, const std::string& name) const override;
    const DataSource& source() const { return *source_; }

  private:
    std::shared_ptr<const DataSource> source_;
    std::vector<Field> fields_;
};

}  // namespace ricci::detail
