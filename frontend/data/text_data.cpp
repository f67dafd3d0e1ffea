// Numbers characters, and cuts a text into windows.
#include "ricci/text_data.h"

#include <algorithm>
#include <set>

#include "ir/base/error.h"
#include "ir/core/kind.h"
#include "ricci/axes.h"
#include "runtime/base/random.h"

namespace ricci {

Vocabulary::Vocabulary(std::string_view text) {
    const std::set<unsigned char> found(text.begin(), text.end());
    characters_.assign(found.begin(), found.end());
}

std::vector<std::int32_t> Vocabulary::numbers(std::string_view text) const {
    std::vector<std::int32_t> numbers;
    numbers.reserve(text.size());
    const auto less = [](char a, char b) { return static_cast<unsigned char>(a) < static_cast<unsigned char>(b); };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto found = std::ranges::lower_bound(characters_, text[i], less);
        if (found == characters_.end() || *found != text[i]) {
            user_error("character {} of the text, byte {}, is not among the {} that the model knows", i,
                       static_cast<unsigned char>(text[i]), size());
        }
        numbers.push_back(static_cast<std::int32_t>(found - characters_.begin()));
    }
    return numbers;
}

std::string Vocabulary::text(const std::vector<std::int64_t>& numbers) const {
    std::string text;
    for (const std::int64_t number : numbers) {
        if (number < 0 || number >= size())
            user_error("there is no character {}; they are 0 to {}", number, size() - 1);
        text += characters_.begin()[number];
    }
    return text;
}

TextData::TextData(std::string_view text, const Vocabulary& vocabulary, std::int64_t time, std::string name)
    : name_(std::move(name)),
      numbers_(std::make_shared<const std::vector<std::int32_t>>(vocabulary.numbers(text))),
      time_(time),
      characters_(std::ssize(text)) {
    if (time < 1) user_error("{}: windows of {} characters are not possible; ask for at least 1", name_, time);
    if (std::ssize(text) <= time) {
        user_error("{}: the text has {} characters; windows of {} need {} or more", name_, text.size(), time, time + 1);
    }
    const Axis samples{ir::kinds::batch(), kOpen};
    const TensorType type{i32, {samples, axis("time", time)}};
    fields_ = {{"tokens", type}, {"labels", type}};
}

std::int64_t TextData::count() const {
    return (characters_ - 1) / time_;
}

std::shared_ptr<const DataSource> TextData::part(std::int64_t begin, std::int64_t end, const std::string& name) const {
    if (begin < 0 || begin >= end || end > count())
        user_error("{}: there are no samples {} to {} in {}, which has {}", name, begin, end - 1, name_, count());
    auto part = std::make_shared<TextData>(*this);
    part->name_ = name;
    part->first_ = first_ + begin * time_;
    part->characters_ = (end - begin) * time_ + 1;
    return part;
}

void TextData::fill(const SampleRequest& request, const Rows& rows) const {
    std::int64_t begin = 0;
    if (request.order.shuffled) {
        const std::uint64_t shifting = runtime::Rng(request.order.seed, "windows").next();
        begin = runtime::Rng(shifting, static_cast<std::uint64_t>(request.order.epoch)).below(time_);
    }
    for (std::int64_t row = request.begin; row < request.end; ++row) {
        const std::int64_t last = characters_ - 1 - time_;  // where the last window may begin
        const std::int64_t at = std::min(request.samples.begin()[row] * time_ + begin, last);
        const auto from = numbers_->begin() + first_ + at;
        std::copy_n(from, time_, rows.row<std::int32_t>(0, row).begin());
        std::copy_n(from + 1, time_, rows.row<std::int32_t>(1, row).begin());
    }
}

}  // namespace ricci
