// The transforms of Winograd's minimal filtering in one dimension. F(4, 3) and F(2, 5) have the points 0, 1, -1, 2, -2
// and infinity; F(2, 3) has 0, 1, -1 and infinity. Those of their gradients by the kernel stand beside them.
#pragma once

#include "runtime/call/convolution/vectors.inl"

namespace ricci::runtime {
namespace {

inline Vector times(float a, Vector x) {
    return broadcast(a) * x;
}
inline Vector plus(Vector a, float b, Vector x) {
    return fma(broadcast(b), x, a);
}  // a + b*x

/// Outputs, taps and points of a tile; the functions read and write every `step`-th vector.
struct Winograd4 {
    static constexpr int64_t kOut = 4, kTaps = 3, kPoints = 6;

    static void image(const Vector* d, Vector* t, int64_t step) {
        const Vector d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
        const Vector even = plus(d4, -4, d2), odd = plus(d3, -4, d1);
        const Vector near = d4 - d2, twice = times(2, d3 - d1);
        t[0] = plus(plus(d4, -5, d2), 4, d0);
        t[step] = even + odd;
        t[2 * step] = even - odd;
        t[3 * step] = near + twice;
        t[4 * step] = near - twice;
        t[5 * step] = plus(plus(d5, -5, d3), 4, d1);
    }
    /// Of a kernel of 3.
    static void kernel(const Vector* g, Vector* t, int64_t from, int64_t step) {
        const Vector g0 = g[0], g1 = g[from], g2 = g[2 * from];
        const Vector outer = times(-1.0F / 6, g0 + g2), middle = times(1.0F / 6, g1);
        const Vector far = plus(times(1.0F / 24, g0), 1.0F / 6, g2), half = times(1.0F / 12, g1);
        t[0] = times(0.25F, g0);
        t[step] = outer - middle;
        t[2 * step] = outer + middle;
        t[3 * step] = far + half;
        t[4 * step] = far - half;
        t[5 * step] = g2;
    }
    /// Of the gradient of 4 outputs.
    static void result(const Vector* g, Vector* t, int64_t from, int64_t step) {
        const Vector g0 = g[0], g1 = g[from], g2 = g[2 * from], g3 = g[3 * from];
        const Vector even = times(-1.0F / 6, g0 + g2), odd = times(1.0F / 6, g1 + g3);
        const Vector far = plus(times(1.0F / 24, g0), 1.0F / 6, g2), third = plus(times(1.0F / 12, g1), 1.0F / 3, g3);
        t[0] = times(0.25F, g0);
        t[step] = even - odd;
        t[2 * step] = even + odd;
        t[3 * step] = far + third;
        t[4 * step] = far - third;
        t[5 * step] = g3;
    }
    /// To 4 outputs.
    static void outputs(const Vector* m, Vector* y, int64_t from, int64_t step) {
        const Vector m0 = m[0], m1 = m[from], m2 = m[2 * from], m3 = m[3 * from], m4 = m[4 * from], m5 = m[5 * from];
        const Vector sum = m1 + m2, difference = m1 - m2, far_sum = m3 + m4, far_difference = m3 - m4;
        y[0] = m0 + sum + far_sum;
        y[step] = plus(difference, 2, far_difference);
        y[2 * step] = plus(sum, 4, far_sum);
        y[3 * step] = plus(difference + m5, 8, far_difference);
    }
    /// To the gradient of 3 taps.
    static void taps(const Vector* m, Vector* w, int64_t from, int64_t step) {
        const Vector m0 = m[0], m1 = m[from], m2 = m[2 * from], m3 = m[3 * from], m4 = m[4 * from], m5 = m[5 * from];
        const Vector sum = m1 + m2, far_sum = m3 + m4;
        w[0] = m0 + sum + far_sum;
        w[step] = plus(m1 - m2, 2, m3 - m4);
        w[2 * step] = plus(sum + m5, 4, far_sum);
    }
};

/// The same points for 5 taps and 2 outputs.
struct Winograd5 {
    static constexpr int64_t kOut = 2, kTaps = 5, kPoints = 6;

    static void image(const Vector* d, Vector* t, int64_t step) { Winograd4::image(d, t, step); }
    static void kernel(const Vector* g, Vector* t, int64_t from, int64_t step) {
        const Vector g0 = g[0], g1 = g[from], g2 = g[2 * from], g3 = g[3 * from], g4 = g[4 * from];
        const Vector even = times(-1.0F / 6, g0 + g2 + g4), odd = times(1.0F / 6, g1 + g3);
        const Vector far = plus(plus(times(1.0F / 24, g0), 1.0F / 6, g2), 2.0F / 3, g4);
        const Vector third = plus(times(1.0F / 12, g1), 1.0F / 3, g3);
        t[0] = times(0.25F, g0);
        t[step] = even - odd;
        t[2 * step] = even + odd;
        t[3 * step] = far + third;
        t[4 * step] = far - third;
        t[5 * step] = g4;
    }
    static void result(const Vector* g, Vector* t, int64_t from, int64_t step) {
        const Vector g0 = g[0], g1 = g[from];
        t[0] = times(0.25F, g0);
        t[step] = times(-1.0F / 6, g0 + g1);
        t[2 * step] = times(-1.0F / 6, g0 - g1);
        t[3 * step] = plus(times(1.0F / 24, g0), 1.0F / 12, g1);
        t[4 * step] = plus(times(1.0F / 24, g0), -1.0F / 12, g1);
        t[5 * step] = g1;
    }
    static void outputs(const Vector* m, Vector* y, int64_t from, int64_t step) {
        const Vector m1 = m[from], m2 = m[2 * from], m3 = m[3 * from], m4 = m[4 * from];
        y[0] = m[0] + (m1 + m2) + (m3 + m4);
        y[step] = plus(m1 - m2 + m[5 * from], 2, m3 - m4);
    }
    static void taps(const Vector* m, Vector* w, int64_t from, int64_t step) {
        const Vector m1 = m[from], m2 = m[2 * from], m3 = m[3 * from], m4 = m[4 * from];
        const Vector sum = m1 + m2, difference = m1 - m2, far_sum = m3 + m4, far_difference = m3 - m4;
        w[0] = m[0] + sum + far_sum;
        w[step] = plus(difference, 2, far_difference);
        w[2 * step] = plus(sum, 4, far_sum);
        w[3 * step] = plus(difference, 8, far_difference);
        w[4 * step] = plus(sum + m[5 * from], 16, far_sum);
    }
};

struct Winograd2 {
    static constexpr int64_t kOut = 2, kTaps = 3, kPoints = 4;

    static void image(const Vector* d, Vector* t, int64_t step) {
        const Vector d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step];
        t[0] = d0 - d2;
        t[step] = d1 + d2;
        t[2 * step] = d2 - d1;
        t[3 * step] = d1 - d3;
    }
    static void kernel(const Vector* g, Vector* t, int64_t from, int64_t step) {
        const Vector g0 = g[0], g2 = g[2 * from];
        const Vector outer = times(0.5F, g0 + g2), middle = times(0.5F, g[from]);
        t[0] = g0;
        t[step] = outer + middle;
        t[2 * step] = outer - middle;
        t[3 * step] = g2;
    }
    static void result(const Vector* g, Vector* t, int64_t from, int64_t step) {
        const Vector g0 = g[0], g1 = g[from];
        t[0] = g0;
        t[step] = times(0.5F, g0 + g1);
        t[2 * step] = times(0.5F, g0 - g1);
        t[3 * step] = g1;
    }
    static void outputs(const Vector* m, Vector* y, int64_t from, int64_t step) {
        const Vector m1 = m[from], m2 = m[2 * from], m3 = m[3 * from];
        y[0] = m[0] + m1 + m2;
        y[step] = m1 - m2 - m3;
    }
    static void taps(const Vector* m, Vector* w, int64_t from, int64_t step) {
        const Vector m1 = m[from], m2 = m[2 * from], m3 = m[3 * from];
        w[0] = m[0] + m1 + m2;
        w[step] = m1 - m2;
        w[2 * step] = m1 + m2 - m3;
    }
};

}  // namespace
}  // namespace ricci::runtime
