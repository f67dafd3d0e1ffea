// Texts that are put together from the order of the axes.
#include "frontend/lecture/convolution_forms.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ir/base/checked.h"
#include "ir/base/error.h"

namespace ricci::lecture {
namespace {

constexpr std::array kForms = {
    Form{"naive", "seven nested loops, one sum at a time", "loops"},
    Form{"taps", "for each place in the kernel a product of matrices, added up"},
    Form{"im2col", "patches as rows of a matrix, then one product of matrices"},
    Form{"im2col-matrix", "the image times a matrix of 0 and 1, which makes the patches"},
    Form{"sparse", "the same matrix as its ones alone: rows and columns of the entries, which are looked up"},
    Form{"view", "patches as a view of the image, which are not copied, in register tiles", "contraction"},
    Form{"ricci", "the op conv2d, as the compiler likes it best"},
};

/// Writes one form.
class Writer {
  public:
    Writer(const Convolution& sizes, const FormOptions& options) : c_(sizes), options_(options) {}

    std::string text(std::string_view form) {
        out_ = fmt::format("ricci 1 model {}\n", spelt(form));
        out_ += fmt::format("input x: {}\ninput w: {}\n", image_type(c_.in, c_.height, c_.width), kernel_type());
        if (form == "naive" || form == "view") {
            line("{} = sum(i: channel {}, r: tap_h {}, s: tap_w {}) {} * {} where p: height {}, q: width {}", y(), c_.in,
                 c_.tap_h, c_.tap_w, x("i", "r", "s"), w("o", "i", "r", "s"), c_.rows(), c_.columns());
        } else if (form == "taps") {
            taps();
        } else if (form == "im2col") {
            im2col();
        } else if (form == "im2col-matrix") {
            by_matrix();
        } else if (form == "sparse") {
            by_entries();
        } else {
            own();
        }
        out_ += "output y\n";
        if (options_.gradients) {
            out_ += fmt::format("input dy: {}\n", image_type(c_.out, c_.rows(), c_.columns()));
            line("loss[] = y[B, C, D, E] dy[B, C, D, E]");
            out_ += "gradient dx = d loss / d x\ngradient dw = d loss / d w\n";
        }
        return out_;
    }

    std::string matrix() {
        out_ = "ricci 1 model matrix\n";
        matrix_equation();
        return out_ + "output matrix\n";
    }

  private:
    template <typename... Args>
    void line(fmt::format_string<Args...> text, Args&&... args) {
        out_ += fmt::format(text, std::forward<Args>(args)...) + "\n";
    }
    static std::string spelt(std::string_view form) {
        std::string name(form);
        std::ranges::replace(name, '-', '_');
        return name;
    }
    std::string_view real() const { return name_of(c_.dtype); }

    // Axes in the order of memory.
    std::string image(std::string_view b, std::string_view channel, std::string_view y, std::string_view x) const {
        return c_.channels_last ? fmt::format("{}, {}, {}, {}", b, y, x, channel) : fmt::format("{}, {}, {}, {}", b, channel, y, x);
    }
    std::string image_type(std::int64_t channels, std::int64_t height, std::int64_t width) const {
        return fmt::format("{}[{}]", real(),
                           image(fmt::format("batch {}", c_.batch), fmt::format("channel {}", channels),
                                 fmt::format("height {}", height), fmt::format("width {}", width)));
    }
    std::string kernel(std::string_view o, std::string_view i, std::string_view r, std::string_view s) const {
        return c_.kernel_channels_last ? fmt::format("{}, {}, {}, {}", r, s, i, o) : fmt::format("{}, {}, {}, {}", o, i, r, s);
    }
    std::string kernel_type() const {
        return fmt::format("{}[{}]", real(),
                           kernel(fmt::format("channel {}", c_.out), fmt::format("channel {}", c_.in),
                                  fmt::format("tap_h {}", c_.tap_h), fmt::format("tap_w {}", c_.tap_w)));
    }
    std::string w(std::string_view o, std::string_view i, std::string_view r, std::string_view s) const {
        return fmt::format("w[{}]", kernel(o, i, r, s));
    }
    std::string y() const { return fmt::format("y[{}]", image("b", "o", "p", "q")); }
    /// "2*p + r - 1".
    std::string row(std::string_view position, std::string_view tap) const {
        const std::string start = c_.stride == 1 ? std::string(position) : fmt::format("{}*{}", c_.stride, position);
        return fmt::format("{} + {}{}", start, tap, c_.padding == 0 ? "" : fmt::format(" - {}", c_.padding));
    }
    std::string x(std::string_view i, std::string_view r, std::string_view s) const {
        const std::string read = fmt::format("x[{}]", image("b", i, row("p", r), row("q", s)));
        return c_.padding == 0 ? read : fmt::format("pad({}, 0)", read);
    }
    std::string positions() const { return fmt::format("p: height {}, q: width {}", c_.rows(), c_.columns()); }
    std::string patch() const {
        return fmt::format("i: channel {}, r: tap_h {}, s: tap_w {}", c_.in, c_.tap_h, c_.tap_w);
    }

    void taps() {
        std::string before;
        for (std::int64_t r = 0; r < c_.tap_h; ++r) {
            for (std::int64_t s = 0; s < c_.tap_w; ++s) {
                const bool last = r + 1 == c_.tap_h && s + 1 == c_.tap_w;
                const std::string name = last ? "y" : fmt::format("y{}{}", r, s), at = image("b", "o", "p", "q");
                const std::string rs = fmt::format("{}", r), ss = fmt::format("{}", s);
                const std::string sum = before.empty() ? "" : fmt::format("{}[{}] + ", before, at);
                line("{}[{}] = {}(sum(i: channel {}) {} * {}) where {}", name, at, sum, c_.in, x("i", rs, ss),
                     w("o", "i", rs, ss), positions());
                before = name;
            }
        }
    }

    void im2col() {
        line("patches[(b, p, q), (i, r, s)] = {} where b: batch {}, {}, {}", x("i", "r", "s"), c_.batch, positions(), patch());
        line("flat[(i, r, s), o] = {}", w("o", "i", "r", "s"));
        line("product[row, o] = patches[row, K] flat[K, o]");
        line("{} = product[(b, p, q), o] where b: batch {}, {}", y(), c_.batch, positions());
    }

    /// The columns of one image, patch after patch.
    void by_matrix() {
        check_matrix();
        if (options_.given_matrix) {
            out_ += fmt::format("input matrix: {}[feature {}, feature {}]\n", real(), c_.in * c_.height * c_.width,
                                c_.rows() * c_.columns() * c_.in * c_.tap_h * c_.tap_w);
        } else {
            matrix_equation();
        }
        line("image[b, (i, h, v)] = x[{}]", image("b", "i", "h", "v"));
        line("columns[b, c] = image[b, K] matrix[K, c]");
        line("{} = sum({}) columns[b, (p, q, i, r, s)] * {} where {}", y(), patch(), w("o", "i", "r", "s"), positions());
    }

    /// The entries of the matrix in the order of its columns: those of a patch lie side by side.
    void by_entries() {
        std::vector<std::int64_t> pixels, places;
        std::int64_t place = 0;
        for (std::int64_t p = 0; p < c_.rows(); ++p) {
            for (std::int64_t q = 0; q < c_.columns(); ++q) {
                for (std::int64_t i = 0; i < c_.in; ++i) {
                    for (std::int64_t r = 0; r < c_.tap_h; ++r) {
                        for (std::int64_t s = 0; s < c_.tap_w; ++s, ++place) {
                            const std::int64_t y = c_.stride * p + r - c_.padding, x = c_.stride * q + s - c_.padding;
                            if (y < 0 || x < 0 || y >= c_.height || x >= c_.width) continue;
                            pixels.push_back((i * c_.height + y) * c_.width + x);
                            places.push_back(place);
                        }
                    }
                }
            }
        }
        const std::int64_t count = static_cast<std::int64_t>(pixels.size());
        line("constant ones: {}[entry {}] = 1", real(), count);
        line("constant pixels: i32[entry {}] = {{{}}}", count, fmt::join(pixels, ", "));
        line("constant places: i32[entry {}] = {{{}}}", count, fmt::join(places, ", "));
        // Samples innermost: what an entry reads and adds to is a row of them.
        line("image[(i, h, v), b] = x[{}]", image("b", "i", "h", "v"));
        line("columns = sparse_matmul(image, ones, places, pixels, out = {}, over = feature)", place);
        line("{} = sum({}) columns[(p, q, i, r, s), b] * {} where {}", y(), patch(), w("o", "i", "r", "s"), positions());
    }

    void matrix_equation() {
        line("matrix[(j, h, v), (p, q, i, r, s)] = select(j == i && h == {} && v == {}, {}(1), 0) "
             "where j: channel {}, h: height {}, v: width {}, {}, {}",
             scaled("p", "r"), scaled("q", "s"), real(), c_.in, c_.height, c_.width, positions(), patch());
    }
    std::string scaled(std::string_view position, std::string_view tap) const {
        return fmt::format("index({})", row(position, tap));
    }
    void check_matrix() const {
        const std::int64_t bytes = checked_mul(c_.matrix_elements(), static_cast<std::int64_t>(size_of(c_.dtype)), "bytes of a matrix");
        if (bytes <= kMostMatrixBytes) return;
        user_error("im2col-matrix: the matrix of {} x {} has {} of {}, which take {} bytes; at most {}: take im2col, which copies "
                   "the patches alone",
                   c_.in * c_.height * c_.width, c_.matrix_elements() / (c_.in * c_.height * c_.width), c_.matrix_elements(),
                   real(), bytes, kMostMatrixBytes);
    }

    void own() {
        std::string kernels = "w";
        if (c_.kernel_channels_last) {
            line("kernel[o, i, r, s] = {}", w("o", "i", "r", "s"));
            kernels = "kernel";
        }
        line("y = conv2d(x, {}, stride = {}, pad = {})", kernels, c_.stride, c_.padding);
    }

    const Convolution& c_;
    const FormOptions& options_;
    std::string out_{};
};

const Form& form_named(std::string_view form) {
    if (const auto* found = std::ranges::find(kForms, form, &Form::name); found != kForms.end()) return *found;
    std::vector<std::string_view> names;
    for (const Form& known : kForms) names.push_back(known.name);
    user_error("no form of a convolution is called \"{}\"; there are {}", form, fmt::join(names, ", "));
}

}  // namespace

std::int64_t Convolution::matrix_elements() const {
    const std::int64_t patches = checked_mul(rows() * columns(), in * tap_h * tap_w, "elements of a matrix");
    return checked_mul(in * height * width, patches, "elements of a matrix");
}

std::span<const Form> forms() { return kForms; }

std::string text_of(std::string_view form, const Convolution& sizes, const FormOptions& options) {
    return Writer(sizes, options).text(form_named(form).name);
}

std::string matrix_text(const Convolution& sizes) { return Writer(sizes, {}).matrix(); }

passes::Options options_of(std::string_view form, passes::Options options) {
    if (const std::string_view gemm = form_named(form).gemm; !gemm.empty()) options.gemm = gemm;
    return options;
}

}  // namespace ricci::lecture
