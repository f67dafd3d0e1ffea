// A convolution layer and max pooling written as equations, with a stride, and their gradients derived from them.
#include <ricci.h>

using namespace ricci;

int main() {
    Model m("notation");
    Tensor L0 = m.input("L0", f32, {batch(), height(28), width(28), channel(1)});
    Tensor K = m.parameter("K", f32, {channel(8), tap_h(5), tap_w(5), channel(1)}, he());
    Tensor B = m.parameter("B", f32, {channel(8)}, zeros());
    Tensor L1 = m.tensor("L1"), L2 = m.tensor("L2"), energy = m.tensor("energy");

    // Kinds and extents that are not said follow from use: dy stands on tap_h of K and is added to the height of L0.
    Index b("b", batch), y("y", height), x("x", width), n("n", channel), i("i", channel), dy("dy"), dx("dx");
    Index py("py", tap_h(2)), px("px", tap_w(2));
    const int s = 1;
    L1[b, y, x, n] = relu(sum(dy, dx, i)(K[n, dy, dx, i] * L0[b, s * y + dy, s * x + dx, i]) - B[n]);
    L2[b, y, x, n] = max(py, px)(L1[b, 2 * y + py, 2 * x + px, n]);
    energy[] = sum(b, y, x, n)(L2[b, y, x, n] * L2[b, y, x, n]);
    fmt::print("the model\n\n{}\n", m);

    // No gradient is written anywhere: the compiler derives it from the equations.
    fmt::print("with its gradients\n\n{}\n", compile(gradients(energy, {K, B}), {.engine = Engine::interpreter}).text());

    try {
        Tensor wrong = m.tensor("wrong");
        wrong[b, y, x, n] = L1[b, x, y, n];  // both are 24, and still it is a mistake
    } catch (const UserError& error) {
        fmt::print("and a mix-up is refused\n\n{}\n", error.what());
    }
}
