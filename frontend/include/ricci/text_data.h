/// \file ricci/text_data.h
/// A text as samples for a model of characters: windows of it, and the character behind each of theirs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/data_source.h"

namespace ricci {

/// The characters of a text, sorted; a character is a byte.
class Vocabulary {
  public:
    explicit Vocabulary(std::string_view text);
    std::int64_t size() const { return static_cast<std::int64_t>(characters_.size()); }
    const std::string& characters() const { return characters_; }
    /// \throws UserError naming the character and its place, when it is not in the vocabulary.
    std::vector<std::int32_t> numbers(std::string_view text) const;
    std::string text(const std::vector<std::int64_t>& numbers) const;

  private:
    std::string characters_;
};

/// Fields "tokens" and "labels", both i32[batch, time T]: a window, and the same one character further on. Windows
/// follow one another; a shuffled pass begins them at a place that is drawn for the epoch.
class TextData : public DataSource {
  public:
    /// \throws UserError if `time` is below 1, or the text has not more characters than that.
    TextData(std::string_view text, const Vocabulary& vocabulary, std::int64_t time, std::string name = "text");

    std::string name() const override { return name_; }
    std::int64_t count() const override;
    const std::vector<Field>& fields() const override { return fields_; }
    void fill(const SampleRequest& request, const Rows& rows) const override;
    bool is_quick() const override { return true; }
    /// The characters of these windows, and the one behind them. No shuffled pass reads others.
    std::shared_ptr<const DataSource> part(std::int64_t begin, std::int64_t end, const std::string& name) const override;

  private:
    std::string name_;
    std::shared_ptr<const std::vector<std::int32_t>> numbers_;  // of the whole text
    std::int64_t time_;
    std::int64_t first_ = 0;       // where it begins in that text
    std::int64_t characters_ = 0;  // of it
    std::vector<Field> fields_;
};

}  // namespace ricci
