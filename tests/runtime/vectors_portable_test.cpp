// The vectors of convolutions without instructions beyond those that the tree is compiled for.
#include "tests/runtime/vectors.inl"

namespace ricci::runtime {
namespace {

TEST(Vectors, MoveAsOneLaneAtATimeDoesInTheBaseline) {
    expect_vectors_of_this_file();
}

}  // namespace
}  // namespace ricci::runtime
