/// \file ricci/subset.h
/// Some samples of a source, as a source of their own: a part that is held out to validate a training.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ricci/data_source.h"

namespace ricci {

/// Samples by their numbers. Those of a text overlap with others in a shuffled pass; DataSource::part() cuts the text.
class Subset : public DataSource {
  public:
    /// \throws UserError for a number that is no sample, and for none.
    Subset(std::shared_ptr<const DataSource> source, std::vector<std::int64_t> samples, std::string name);

    std::string name() const override { return name_; }
    std::int64_t count() const override;
    const std::vector<Field>& fields() const override { return source_->fields(); }
    /// What is drawn for a sample follows from its number in the source.
    void fill(const SampleRequest& request, const Rows& rows) const override;
    bool is_quick() const override { return source_->is_quick(); }

  private:
    std::shared_ptr<const DataSource> source_;
    std::vector<std::int64_t> samples_;
    std::string name_;
};

struct HeldOut {
    std::shared_ptr<const DataSource> rest;
    std::shared_ptr<const DataSource> held_out;
};
/// Two parts of a source; the seed alone says which samples are held out. Of a text, whose windows overlap from epoch to
/// epoch, it is the end, whatever the seed. Augmented samples are augmented in both.
/// \throws UserError unless each part has a sample.
HeldOut hold_out(const std::shared_ptr<const DataSource>& source, double share, std::uint64_t seed);

}  // namespace ricci
