// Runs the tests of one folder, with what RICCI_TEST_OPTIONS says, such as "--conv=im2col --tile=5", in place of the
// standard choices. `./ricci test --conv=im2col` sets it. Memory that a program has not written holds nan, in the
// commands that tests start too (runtime/base/fill.h). RICCI_FILL set to nothing leaves it as it comes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/forced.h"
#include "tests/seed.h"

int main(int argc, char** argv) {
    const char* given = std::getenv("RICCI_TEST_OPTIONS");
    if (const std::string error = ricci::test::force(given == nullptr ? "" : given); !error.empty()) {
        std::cerr << error << '\n';
        return 2;
    }
    setenv("RICCI_FILL", "nan", 0);
    testing::InitGoogleTest(&argc, argv);
    if (const std::string error = ricci::test::prepare_seeds(argv[0]); !error.empty()) {
        std::cerr << error << '\n';
        return 2;
    }
    return RUN_ALL_TESTS();
}
