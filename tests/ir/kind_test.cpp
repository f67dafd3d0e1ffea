// The kind algebra, line by line of ir/core/kind.h.
#include "ir/core/kind.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "ir/base/error.h"

namespace ricci::ir {
namespace {

TEST(Kind, PositionPlusItsTapIsThePosition) {
    EXPECT_EQ(add(kinds::height(), kinds::tap_h()), kinds::height());
    EXPECT_EQ(add(kinds::tap_w(), kinds::width()), kinds::width());
    EXPECT_EQ(add(kinds::time(), Kind::named("tap_time")), kinds::time());
}

TEST(Kind, TapsOfOnePositionAddUpToATap) {
    EXPECT_EQ(add(kinds::tap_h(), kinds::tap_h()), kinds::tap_h());
}

TEST(Kind, NothingElseAddsUp) {
    EXPECT_EQ(add(kinds::height(), kinds::tap_w()), std::nullopt);
    EXPECT_EQ(add(kinds::height(), kinds::height()), std::nullopt);
    EXPECT_EQ(add(kinds::tap_h(), kinds::tap_w()), std::nullopt);
    EXPECT_EQ(add(kinds::batch(), kinds::channel()), std::nullopt);
}

TEST(Kind, FlatteningKeepsAKindThatAllShare) {
    EXPECT_EQ(flatten(std::vector{kinds::channel(), kinds::channel()}), kinds::channel());
    EXPECT_EQ(flatten(std::vector{kinds::channel(), kinds::height(), kinds::width()}), kinds::feature());
    EXPECT_EQ(flatten(std::vector{kinds::width()}), kinds::width());
}

TEST(Kind, EveryKindHasATapAndATapItsPosition) {
    EXPECT_EQ(kinds::height().tap(), kinds::tap_h());
    EXPECT_EQ(kinds::width().tap(), kinds::tap_w());
    EXPECT_EQ(Kind::named("head").tap().name(), "tap_head");
    std::vector<Kind> known = {kinds::height(), kinds::width(), kinds::channel()};
    for (const char* own : {"depth", "h", "w", "of_h", "of_of_w", "of_depth", "tap_h"}) known.push_back(Kind::named(own));
    for (std::size_t i = 0; i < known.size(); ++i) {
        EXPECT_EQ(known[i].tap().position(), known[i]) << known[i].name();
        for (std::size_t j = 0; j < i; ++j) EXPECT_NE(known[i].tap(), known[j].tap()) << known[i].name() << " and " << known[j].name();
    }
    EXPECT_EQ(Kind::named("h").tap().name(), "tap_of_h");
    EXPECT_EQ(kinds::batch().position(), std::nullopt);
}

TEST(Kind, SameNameIsSameKind) {
    EXPECT_EQ(Kind::named("head"), Kind::named("head"));
    EXPECT_EQ(Kind::named("class"), kinds::classes());
    EXPECT_NE(Kind::named("head"), Kind::named("heads"));
}

TEST(Kind, RefusesNamesThatCannotBeWritten) {
    for (std::string name : {"", "Height", "2d", "a b", "_x"}) {
        try {
            Kind::named(name);
            ADD_FAILURE() << name << " was accepted";
        } catch (const UserError& error) {
            EXPECT_EQ(std::string(error.what()),
                      "index kind \"" + name +
                          "\": a kind is spelt with lower-case letters, digits and '_', from a letter on");
        }
    }
}

}  // namespace
}  // namespace ricci::ir
