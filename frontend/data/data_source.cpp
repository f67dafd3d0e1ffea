// Passes over a source of samples, and the arrays of a batch by name.
#include "ricci/data_source.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "frontend/data/pass.h"
#include "ir/base/error.h"

namespace ricci {

void Rows::refuse(std::size_t field) const {
    user_error("no field {}; a sample has {} fields, from 0 on", field, fields_.size());
}

void Rows::refuse(std::size_t field, DType asked) const {
    user_error("rows of field {} are {}, but {} is asked for", field, name_of(fields_[field].dtype), name_of(asked));
}

const Array& Samples::operator[](std::size_t field) const {
    if (field >= arrays_.size()) {
        user_error("the samples have no field {}; they have {}, from 0 on: {}", field, arrays_.size(),
                   fmt::join(names_, ", "));
    }
    return arrays_[field];
}

const Array& Samples::operator[](std::string_view field) const {
    const auto found = std::ranges::find(names_, field);
    if (found == names_.end()) user_error("the samples have no \"{}\"; they have {}", field, fmt::join(names_, ", "));
    return arrays_.begin()[found - names_.begin()];
}

SampleRange::Iterator::Iterator(std::shared_ptr<detail::Pass> pass, std::int64_t number)
    : pass_(std::move(pass)), number_(number) {}

const Samples& SampleRange::Iterator::operator*() const {
    return pass_->current();
}

SampleRange::Iterator& SampleRange::Iterator::operator++() {
    if (++number_ < pass_->count()) pass_->next(number_);
    return *this;
}

SampleRange::SampleRange(std::shared_ptr<detail::Pass> pass) : pass_(std::move(pass)) {}

SampleRange::Iterator SampleRange::begin() {
    pass_->start();
    Iterator first(pass_, -1);
    return ++first;
}

SampleRange::Iterator SampleRange::end() {
    return {pass_, pass_->count()};
}

std::shared_ptr<const DataSource> DataSource::part(std::int64_t, std::int64_t, const std::string&) const {
    return nullptr;
}

SampleRange DataSource::samples(std::int64_t size, Order order, int busy) const {
    // The source outlives its passes; nothing owns it here.
    const std::shared_ptr<const DataSource> source(std::shared_ptr<const DataSource>(), this);
    return SampleRange(std::make_shared<detail::Pass>(source, size, order, busy));
}

}  // namespace ricci
