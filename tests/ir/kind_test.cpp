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
    for (Kind kind : {kinds::height(), kinds::width(), kinds::channel(), Kind::named("depth")}) {
        EXPECT_EQ(kind.tap().position(), kind);
    }
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
