/// \file tests/frontend/subset_test.cpp
/// Parts of a source, and sources whose fields have other names.
#include "ricci/subset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/data/fields_as.h"
#include "ricci.h"
#include "tests/frontend/refusal.h"

namespace ricci {
namespace {

/// Rows (i, 10 * i), labelled i.
std::shared_ptr<const DataSource> numbers(std::int64_t count) {
    std::vector<float> rows;
    std::vector<std::int32_t> labels;
    for (std::int64_t i = 0; i < count; ++i) {
        rows.insert(rows.end(), {static_cast<float>(i), static_cast<float>(10 * i)});
        labels.push_back(static_cast<std::int32_t>(i));
    }
    return std::make_shared<ArrayData>(std::vector<NamedArray>{{"x", Array(rows, {batch(count), feature(2)})},
                                                               {"labels", Array(labels, {batch(count)})}});
}

std::vector<std::int32_t> labels_of(const DataSource& source, const Order& order = in_order()) {
    std::vector<std::int32_t> all;
    for (const Samples& samples : source.samples(3, order)) {
        const auto labels = samples["labels"].span<std::int32_t>();
        const auto rows = samples[std::size_t{0}].span<float>();
        for (std::size_t i = 0; i < labels.size(); ++i) EXPECT_EQ(rows[2 * i + 1], static_cast<float>(10 * labels[i]));
        all.insert(all.end(), labels.begin(), labels.end());
    }
    return all;
}

TEST(Subset, HasItsSamplesInItsOrder) {
    const Subset part(numbers(20), {7, 3, 19, 0, 4}, "part");
    EXPECT_EQ(labels_of(part), (std::vector<std::int32_t>{7, 3, 19, 0, 4}));
    std::vector<std::int32_t> shuffled = labels_of(part, shuffle(1, 2));
    std::ranges::sort(shuffled);
    EXPECT_EQ(shuffled, (std::vector<std::int32_t>{0, 3, 4, 7, 19}));
}

TEST(Subset, WhatIsHeldOutIsNotInTheRest) {
    const HeldOut parts = hold_out(numbers(40), 0.25, 3);
    std::vector<std::int32_t> all = labels_of(*parts.held_out), rest = labels_of(*parts.rest);
    EXPECT_EQ(all.size(), 10U);
    EXPECT_EQ(labels_of(*hold_out(numbers(40), 0.25, 3).held_out), all) << "the seed says which";
    EXPECT_NE(labels_of(*hold_out(numbers(40), 0.25, 4).held_out), all);
    all.insert(all.end(), rest.begin(), rest.end());
    std::ranges::sort(all);
    EXPECT_EQ(all, labels_of(*numbers(40)));
}

/// All tokens that a source shows in some epochs, without order where it has none, and the largest label.
std::pair<std::int32_t, std::int32_t> first_and_last(const DataSource& source, bool shuffled) {
    std::int32_t first = std::numeric_limits<std::int32_t>::max(), last = -1;
    for (int epoch = 1; epoch <= (shuffled ? 40 : 1); ++epoch) {
        for (const Samples& samples : source.samples(3, shuffled ? shuffle(7, epoch) : in_order())) {
            for (const std::int32_t token : samples[std::size_t{0}].span<std::int32_t>())
                first = std::min(first, token);
            for (const std::int32_t label : samples[std::size_t{1}].span<std::int32_t>()) last = std::max(last, label);
        }
    }
    return {first, last};
}

// Windows of a text move from epoch to epoch, so single ones cannot be kept out of the training.
TEST(Subset, OfATextTheEndIsHeldOutAndNoEpochReadsIt) {
    std::string text;
    for (int i = 0; i < 256; ++i) text += static_cast<char>(i);
    const auto whole = std::make_shared<TextData>(text, Vocabulary(text), 8);  // 31 windows
    const TensorType type{i32, {batch(), Axis{Kind::named("place"), 8}}};
    const auto renamed = std::make_shared<detail::FieldsAs>(whole, std::vector<Field>{{"characters", type}});
    for (const std::shared_ptr<const DataSource>& source :
         {std::shared_ptr<const DataSource>(whole), std::shared_ptr<const DataSource>(renamed)}) {
        const HeldOut parts = hold_out(source, 0.25, 3);
        EXPECT_EQ(parts.held_out->count(), 8);
        EXPECT_EQ(parts.rest->count(), 23);
        EXPECT_EQ(parts.rest->fields()[0].name, source->fields()[0].name);
        EXPECT_EQ(first_and_last(*parts.held_out, false), std::pair(23 * 8, 31 * 8));
        EXPECT_EQ(first_and_last(*parts.rest, true), std::pair(0, 23 * 8))
            << "the last label is the first token held out";
    }
    EXPECT_EQ(first_and_last(*hold_out(hold_out(whole, 0.25, 3).rest, 0.1, 4).rest, true).second, 21 * 8) << "again";
    EXPECT_EQ(test::refusal([&] { whole->part(5, 32, "end"); }),
              "end: there are no samples 5 to 31 in text, which has 31");
}

TEST(Subset, RefusesNumbersThatAreNoSamples) {
    EXPECT_EQ(test::refusal([] { Subset(numbers(3), {3}, "part"); }), "part: there is no sample 3 in arrays, which has 3");
    EXPECT_EQ(test::refusal([] { Subset(numbers(3), {}, "part"); }), "part: a subset of arrays has no samples");
    EXPECT_EQ(test::refusal([] { hold_out(numbers(3), 0.1, 1); }), "a share of 0.1 of 3 samples leaves 3 to train and 0 to validate");
}

TEST(FieldsAs, GiveRowsOtherNamesAndAxes) {
    const detail::FieldsAs source(numbers(4), {{"y", {f32, {batch(), height(1), width(2)}}}});
    EXPECT_EQ(source.fields()[0].name, "y");
    EXPECT_EQ(source.fields()[1].name, "labels");
    EXPECT_EQ(labels_of(source), (std::vector<std::int32_t>{0, 1, 2, 3}));
    EXPECT_EQ(test::refusal([] { detail::FieldsAs(numbers(4), {{"y", {f32, {batch(), feature(3)}}}}); }),
              "arrays: x is f32[batch ?, feature 2], which does not fit y, f32[batch ?, feature 3]");
}

}  // namespace
}  // namespace ricci
