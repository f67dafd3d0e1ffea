// Each rule of the verifier, broken once in a graph that is good otherwise.
#include "ir/verify/verify.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "ir/core/body_size.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

const char* const kModel = R"(ricci 1 model
input x: f32[batch ?, feature 3]
input n: i32[batch ?]
parameter w: f32[feature 3]
y: f32[batch ?]
y[b] = sum(i: feature 3) x[b, i] * w[i]
z: f32[batch ?, feature 3]
z[b, i] = x[b, i] * w[i]
loss: f32[]
loss[] = sum(b: batch ?) y[b]
w.next: f32[feature 3]
w.next[i] = 0.5 * w[i]
output loss
update w = w.next
)";

const char* const kKernels = R"(ricci 1 kernels
input x: f32[batch ?, feature 8]
kernel k(b) {
    a: f32[batch ?, feature 8]
    a[b, i] = tanh(x[b, i])
    c: f32[batch ?]
    c[b] = sum(i: feature 8) a[b, i]
}
d: f32[batch ?]
d[b] = c[b] * 2
output d
)";

const char* const kPlanned = R"(ricci 1 planned
input x: f32[batch ?, feature 32]
kernel a() {
    for b, i:
        compute a
    a: f32[batch ?, feature 32]
    a[b, i] = tanh(x[b, i])
}
kernel c() {
    for b, i:
        compute c
    c: f32[batch ?, feature 32]
    c[b, i] = tanh(a[b, i])
}
kernel e() {
    for b, i:
        compute e
    e: f32[batch ?, feature 32]
    e[b, i] = tanh(c[b, i])
}
kernel y() {
    compute y over b, i
    y: f32[]
    y[] = sum(b: batch ?, i: feature 32) e[b, i]
}
output y
place a at 0, 128 bytes per sample, live 0..1
place c at 128, 128 bytes per sample, live 1..2
place e at 0, 128 bytes per sample, live 2..3
arena 0 bytes + 256 per sample
)";

const char* const kTileOfImages = R"(ricci 1 step t
input a: f32[batch ?, feature 3, width 2]
tile t(4) {
    h: f32[feature 3, width 2, batch ?]
    h[i, x, b] = 2 * a[b, i, x]
    z: f32[feature 3, width 2, batch ?]
    z[i, x, b] = h[i, x, b]
    s: f32[batch ?]
    s[b] = sum(i: feature 3, x: width 2) z[i, x, b]
}
output s
)";

const char* const kTile = R"(ricci 1 lowered
input x: f32[batch ?, feature 3]
parameter w: f32[feature 3]
tile t(4) {
    h: f32[feature 3, batch ?]
    h[i, b] = tanh(x[b, i] * w[i])
    g: f32[feature 3, batch ?]
    g[i, b] = h[i, b] * f32(extent(b))
    dw: f32[feature 3]
    dw[i] = sum(b: batch ?) g[i, b] * h[i, b]
    y: f32[batch ?, feature 3]
    y[b, i] = h[i, b]
}
w.next: f32[feature 3]
w.next[i] = w[i] - dw[i]
output y
update w = w.next
)";

const char* const kTiledPlan = R"(ricci 1 planned
input x: f32[batch ?, feature 8]
tile t(8) {
    kernel h() {
        for i, b:
            compute h
        h: f32[feature 8, batch ?]
        h[i, b] = tanh(x[b, i])
    }
    kernel s() {
        compute s over i, b
        s: f32[]
        s[] = sum(i: feature 8, b: batch ?) h[i, b]
    }
    kernel q() {
        for i, b:
            compute q
        q: f32[feature 8, batch ?]
        q[i, b] = h[i, b] * x[b, i]
    }
    kernel r() {
        compute r over i, b
        r: f32[]
        r[] = sum(i: feature 8, b: batch ?) q[i, b]
    }
}
kernel y() {
    compute y
    y: f32[]
    y[] = s[] + r[]
}
output y
place h at 0, 256 bytes per thread, live 0..2
place s at 0, 4 bytes per chunk, live 1..4
place q at 256, 256 bytes per thread, live 2..3
place r at 64, 4 bytes per chunk, live 3..4
arena 0 bytes + 0 per sample + 512 per thread + 128 per chunk
)";

struct Case {
    const char* text;
    std::function<void(Graph&)> harm;
    std::string expected;  // the first violation
};

Value& named(Graph& graph, std::string_view name) {
    return graph.value(graph.find(name));
}

std::vector<Case> cases() {
    return {
        {kModel, [](Graph& g) { g.equations[0].result = 99; },
         "V1 equation 0 mentions a value, an axis, an index, a kernel or a tile that does not exist"},
        {kModel, [](Graph& g) { g.equations[0].left.clear(); },
         "V1 equation 0 mentions a value, an axis, an index, a kernel or a tile that does not exist"},
        {kModel, [](Graph& g) { g.equations[0].kernel = 0; },
         "V1 equation 0 mentions a value, an axis, an index, a kernel or a tile that does not exist"},
        {kModel, [](Graph& g) { g.outputs[0].value = -1; }, "V1 output loss mentions value -1 of 7"},
        {kModel, [](Graph& g) { named(g, "y").name.insert(0, 1, ' '); }, "V2 the text cannot spell the name \" y\""},
        {kModel, [](Graph& g) { named(g, "y").name = named(g, "z").name; }, "V2 two values are called z"},
        {kModel, [](Graph& g) { g.equations[0].indices[1].name.assign(1, 'b'); }, "V2 y[b]: two indices are called b"},
        {kModel, [](Graph& g) { g.equations[0].indices[1].name.append(".b"); },
         "V2 y[b]: the text cannot spell the index \"i.b\""},
        {kModel, [](Graph& g) { g.outputs.push_back(g.outputs[0]); }, "V2 two outputs are called loss"},
        {kModel,
         [](Graph& g) {
             g.gradients.push_back({"loss", g.find("loss"), g.find("w")});
         },
         "V2 two outputs are called loss, one of them a gradient"},
        {kKernels, [](Graph& g) { g.kernels[0].name.clear(); }, "V2 the text cannot spell the kernel \"\""},
        {kModel, [](Graph& g) { named(g, "w.next").type.axes[0].extent = 0; }, "V3 w.next: axis feature 0"},
        {kModel, [](Graph& g) { named(g, "x").role = Role::state; },
         "V3 x: a state stays from call to call, so its batch cannot be open; give it an extent"},
        {kModel, [](Graph& g) { g.equations[1].indices[1].extent = kOpen; }, "V3 z[b, i]: index i: feature ?"},
        {kModel,
         [](Graph& g) {
             for (const char* name : {"x", "n"}) named(g, name).type.axes[0].extent = 4;
         },
         "V3 the batch is open, but no input has an open batch axis"},
        {kModel,
         [](Graph& g) {
             named(g, "n").type.axes.assign(3, {kinds::batch(), kOpen});
         },
         "V3 n is i32[batch ?, batch ?, batch ?], with 3 open axes; a value has 2 at the most"},
        {kModel, [](Graph& g) { std::swap(g.equations[0], g.equations[2]); },
         "V4 loss[]: y is read before it is written"},
        {kModel, [](Graph& g) { g.equations.erase(g.equations.begin() + 1); }, "V4 z is never written"},
        {kModel, [](Graph& g) { g.equations.push_back(g.equations[0]); }, "V4 y[b]: y is written twice"},
        {kModel, [](Graph& g) { named(g, "y").role = Role::input; },
         "V4 y[b]: y is of role input; only temporaries are written"},
        {kModel, [](Graph& g) { named(g, "w").type.dtype = f64; },
         "V5 y[b]: w[i] does not have the types of its operands"},
        {kModel, [](Graph& g) { named(g, "z").type.dtype = f64; },
         "V5 z[b, i]: the body is f32, but the result is f64"},
        {kModel, [](Graph& g) { g.equations[0].reduce = Reduce::argmax; },
         "V5 y[b]: argmax gives i64, but the result is f32"},
        {kModel, [](Graph& g) { std::swap(g.equations[1].left[0], g.equations[1].left[1]); },
         "V6 z[i, b]: index i has place 1, expected 0"},
        {kModel, [](Graph& g) { g.equations[0].indices[1].extent = 4; },
         "V7 y[b]: index i of axis 1 of x runs from 0 to 3, but the axis is feature 3"},
        {kModel,
         [](Graph& g) {
             g.equations[1].body = rewrite(g.equations[1].body, [&](const ExprRef& node) -> ExprRef {
                 if (node->form != Expr::Form::access || node->access.tensor != g.find("x")) return nullptr;
                 Access moved = node->access;
                 moved.at[0].offset = 1;
                 moved.pad = 0;
                 return element(std::move(moved), node->dtype);
             });
         },
         "V7 z[b, i]: index b + 1 of axis 0 of x is not a bare index of the open batch"},
        {kModel, [](Graph& g) { named(g, "w.next").type.axes[0].extent = 2; },
         "V8 w.next[i]: index i of axis 0 of w.next runs from 0 to 2, but the axis is feature 2"},
        {kModel, [](Graph& g) { g.equations[0].reduce = Reduce::none; },
         "V9 y[b]: without a reduction each element of f32[batch ?] must be written exactly once"},
        {kModel, [](Graph& g) { g.equations[1].clipped = true; },
         "V9 z[b, i]: without a reduction each element of f32[batch ?, feature 3] must be written exactly once"},
        {kModel, [](Graph& g) { named(g, "w").type.axes[0].kind = kinds::channel(); },
         "V10 y[b]: index i (i: feature) stands on axis 0 of w, a channel"},
        {kModel, [](Graph& g) { g.equations[1].indices.push_back({"u", kinds::feature(), 1}); },
         "V9 z[b, i]: without a reduction it has index u, which is not on its left"},
        {kModel,
         [](Graph& g) {
             for (int i = 0; i < kMostHigh; ++i) g.equations[1].body = g.equations[1].body + constant(1, f32);
         },
         "V23 z[b, i]: its body is 402 operators high and nests 3 constructs; at most 399 and 196 are read back"},
        {kModel, [](Graph& g) { g.fixed_batch = 8; },
         "V25 stage model has a batch of 8 beside the types; write it into the batch axes of inputs"},
        {kModel, [](Graph& g) { g.updates[0].target = g.find("x"); }, 
         "V11 update x: it is an input; declare x as a state or a parameter, which calls keep"},
        {kModel, [](Graph& g) { g.updates[0].target = g.find("y"); },
         "V11 update y: it is the result of an equation; declare y as a state or a parameter, which calls keep"},
        {kModel, [](Graph& g) { g.updates.push_back(g.updates[0]); }, 
         "V11 w is updated twice; one update says all that a call changes of it"},
        {kModel,
         [](Graph& g) {
             ValueId other = g.add({.name = "v", .type = named(g, "w").type, .role = Role::state});
             g.updates.push_back({other, g.find("w")});
         },
         "V11 update v: w is updated itself; copy it by an equation, and take the copy"},
        {kModel, [](Graph& g) { g.updates[0].source = g.find("y"); },
         "V11 update w: it is f32[feature 3], but y is f32[batch ?]"},
        {kModel,
         [](Graph& g) {
             g.gradients.push_back({"dw", g.find("y"), g.find("w")});
         },
         "V12 gradient dw: y is f32[batch ?], not a floating-point scalar; their mean is one: loss = mean(y)"},
        {kModel,
         [](Graph& g) {
             g.gradients.push_back({"dn", g.find("loss"), g.find("n")});
         },
         "V12 gradient dn: n is i32[batch ?], not floating point"},
        {kModel,
         [](Graph& g) {
             g.stage = Stage::step;
             g.gradients.push_back({"dw", g.find("loss"), g.find("w")});
         },
         "V13 stage step still asks for the gradient dw"},
        {kModel,
         [](Graph& g) {
             g.stage = Stage::lowered;
             g.training = Training{g.find("loss"), "sgd", {}};
         },
         "V13 stage lowered still asks for training"},
        {kModel, [](Graph& g) { g.equations[1].schedule = Schedule::by(How::blas); },
         "V14 z[b, i]: it cannot run by blas, for x[b, i] * w[i] has no form that BLAS can run"},
        {kKernels, [](Graph& g) { g.stage = Stage::lowered; }, "V15 stage lowered has kernels"},
        {kKernels,
         [](Graph& g) {
             g.kernels[0].loops = {"i"};
             Affine backwards = Affine::constant(7) - Affine::of(1);
             g.equations[1].body = element({g.find("a"), {Affine::of(0), backwards}, {}}, f32);
         },
         "V16 c[b]: it reads a in its own kernel, but axis 1 does not follow loop i as the equation that writes it "
         "does"},
        {kKernels,
         [](Graph& g) {
             g.kernels[0].loops = {"b", "j"};
         },
         "V15 a[b, i]: it has no index j, a loop of kernel k"},
        {kKernels,
         [](Graph& g) {
             g.equations[1].kernel = -1;
             g.equations[2].kernel = 0;
         },
         "V15 d[b]: kernel k has other equations in between"},
        {kKernels,
         [](Graph& g) {
             g.kernels.push_back({"empty", {}});
         },
         "V15 kernel empty has no equation"},
        {kKernels,
         [](Graph& g) {
             g.kernels[0].loops = {"b", "i"};
             g.equations[1].indices[1].extent = 4;
         },
         "V15 c[b]: loop i of kernel k has extent 4, but 8 in a[b, i]"},
        {kPlanned, [](Graph& g) { named(g, "c").placement.reset(); }, 
         "V17 c has no place; add `place c at OFFSET, 128 bytes per sample, live 1..2`"},
        {kPlanned, [](Graph& g) { g.arena_per_sample += 4; },
         "V17 the arena has 260 bytes per sample, no multiple of 64"},
        {kPlanned, [](Graph& g) { named(g, "y").placement = Placement{}; },
         "V17 y: it has a place, but an output has memory of its own"},
        {kPlanned, [](Graph& g) { named(g, "e").placement->shares = g.find("y"); }, "V17 e: it shares y, which is f32[]"},
        {kPlanned, [](Graph& g) { named(g, "e").placement->shares = g.find("x"); },
         "V18 e takes the storage of x, an input that it does not update"},
        {kPlanned, [](Graph& g) { named(g, "a").placement->offset = 32; }, "V17 a: offset 32 is no multiple of 64"},
        {kPlanned, [](Graph& g) { named(g, "a").placement->bytes = 127; },
         "V17 a: 127 bytes are placed, but 128 are needed"},
        {kPlanned, [](Graph& g) { g.arena_per_sample = 128; }, "V17 c: bytes 128 to 256 are outside the arena of 128"},
        {kPlanned, [](Graph& g) { named(g, "c").placement->last = 1; }, "V17 c: live 1..1, but used 1..2"},
        {kPlanned, [](Graph& g) { named(g, "c").placement->scope = Placement::Scope::fixed; },
         "V17 c: it counts once, expected per sample"},
        {kPlanned, [](Graph& g) { named(g, "x").placement = Placement{}; }, "V17 x: an input has no place in the arena"},
        {kPlanned, [](Graph& g) { g.stage = Stage::kernels; }, "V17 a has a place at stage kernels"},
        {kPlanned, [](Graph& g) { g.kernels[0].nests[0].stored = false; }, "V17 a: it has a place, but only registers hold it"},
        {kPlanned, [](Graph& g) { g.kernels[1].nests[0].outer.pop_back(); },
         "V24 kernel c: loops of c: no loop runs over i"},
        {kPlanned, [](Graph& g) { named(g, "c").placement->offset = 64, g.arena_per_sample = 192; },
         "V18 a (bytes 0 to 128) and c (from 64) overlap while both are live"},
        {kPlanned,
         [](Graph& g) {
             named(g, "e").placement = Placement{128, 128, Placement::Scope::per_sample, 2, 3, g.find("c")};
             g.equations[3].body =
                 g.equations[3].body + element({g.find("c"), {Affine::of(0), Affine::of(1)}, {}}, f32);
             named(g, "c").placement->last = 3;
         },
         "V18 e takes the storage of c, which is still read"},
        {kPlanned, [](Graph& g) { named(g, "c").placement->shares = g.find("c"); },
         "V18 c takes the storage of c, which leads back to itself"},
        {kTile, [](Graph& g) { g.equations[0].tile = 1; },
         "V1 equation 0 mentions a value, an axis, an index, a kernel or a tile that does not exist"},
        {kTile, [](Graph& g) { g.tiles[0].name = "t(1)"; }, "V2 the text cannot spell the tile \"t(1)\""},
        {kTile, [](Graph& g) { g.tiles[0].samples = 0; }, "V19 tile t runs 0 samples at a time"},
        {kTile, [](Graph& g) { g.stage = Stage::model; }, "V19 stage model has tiles"},
        {kTile,
         [](Graph& g) {
             g.tiles.push_back({"empty", 4});
         },
         "V19 tile empty has no equation"},
        {kTile, [](Graph& g) { g.equations[1].tile = -1; }, "V19 dw[i]: tile t has other equations in between"},
        {kTile, [](Graph& g) { g.equations[4].tile = 0; },
         "V20 w.next[i]: it is in tile t, but it does not run over the batch"},
        {kTile, [](Graph& g) { g.equations[2].reduce = Reduce::max; },
         "V20 dw[i]: it is in tile t, but it takes the max over the samples"},
        {kTile,
         [](Graph& g) {
             g.outputs.push_back({"dw", g.find("dw")});
         },
         "V21 dw[i]: tile t sums it over the samples, but it is an output or an update"},
        {kTile,
         [](Graph& g) {
             g.equations[3].body = g.equations[3].body + element({g.find("dw"), {Affine::of(1)}, {}}, f32);
         },
         "V21 y[b, i]: it reads dw, which tile t is still summing over the samples"},
        {kTile,
         [](Graph& g) {
             g.outputs.push_back({"h", g.find("h")});
         },
         "V22 h[i, b]: h is shared with what lies outside of the tile, but its outermost axis is feature 3; a copy "
         "into the tile is written `by copy enter`, and one out of it `by copy leave`"},
        {kTileOfImages,
         [](Graph& g) {
             const ValueId z = g.find("z");
             std::swap(g.value(z).type.axes[1], g.value(z).type.axes[2]);
             std::swap(g.equations[1].indices[1], g.equations[1].indices[2]);
             g.equations[1].body = element({g.find("h"), {Affine::of(0), Affine::of(2), Affine::of(1)}, {}}, f32);
             g.equations[2].body = element({z, {Affine::of(1), Affine::of(0), Affine::of(2)}, {}}, f32);
         },
         "V22 z[i, b, x]: z lives inside the tile, but its innermost axis is width 2"},
        {kTiledPlan, [](Graph& g) { named(g, "h").placement->scope = Placement::Scope::per_sample; },
         "V17 h: it counts per sample, expected per thread"},
        {kTiledPlan, [](Graph& g) { named(g, "s").placement->scope = Placement::Scope::fixed; },
         "V17 s: it counts once, expected per chunk"},
        {kTiledPlan, [](Graph& g) { named(g, "h").placement->bytes = 32; },
         "V17 h: 32 bytes are placed, but 256 are needed"},
        {kTiledPlan, [](Graph& g) { named(g, "r").placement->offset = 0, g.arena_per_chunk = 128; },
         "V18 s (bytes 0 to 4) and r (from 0) overlap while both are live"},
    };
}

TEST(Verify, NamesTheRuleThatIsBroken) {
    for (const Case& one : cases()) {
        SCOPED_TRACE(one.expected);
        Graph graph = parse(one.text);
        ASSERT_TRUE(violations(graph).empty());
        one.harm(graph);
        std::vector<Violation> found = violations(graph);
        ASSERT_FALSE(found.empty());
        EXPECT_EQ(found[0].text, one.expected);
    }
}

TEST(Verify, EveryRuleIsBrokenOnce) {
    std::set<std::string> broken;
    for (const Case& one : cases()) broken.insert(one.expected.substr(0, one.expected.find(' ')));
    for (const Rule& rule : rules()) EXPECT_TRUE(broken.contains(std::string(rule.number))) << rule.number;
}

TEST(Verify, AKernelMustCompleteWhatItReads) {
    auto refusal = [](const std::string& equations) {
        try {
            parse("ricci 1 kernels\ninput x: f32[batch ?, height 8]\n" + equations);
        } catch (const UserError& error) {
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    EXPECT_EQ(
        refusal(
            "kernel k(b) {\ns[] += x[b, y] where b: batch ?, y: height 8\nt[b] = s[] where b: batch ?\n}\noutput t"),
        "<text>:5: V16 t[b]: it reads s in its own kernel, but it is complete only after the last b");
    EXPECT_EQ(
        refusal(
            "kernel k(y) {\na[b, y] = 2 * x[b, y]\nc[b, y] = a[b, y + dy] where dy: tap_h 1, y: height 8\n}\noutput c"),
        "accepted");
    EXPECT_EQ(
        refusal("kernel k(b) {\na[b, y] = 2 * x[b, y]\nc[b, y] = pad(a[b, y - 1], 0) where y: height 8\n}\noutput c"),
        "accepted");
    EXPECT_EQ(
        refusal("kernel k(y) {\na[b, y] = 2 * x[b, y]\nc[b, y] = pad(a[b, y - 1], 0) where y: height 8\n}\noutput c"),
        "<text>:5: V16 c[b, y]: it reads a in its own kernel, but one iteration writes 0 to 0 of axis 1 and reads -1 "
        "to -1");
    EXPECT_EQ(
        refusal("kernel k(y) {\na: f32[batch ?, height 9]\na[b, y + dy] += x[b, y] where y: height 8, dy: tap_h 2\n"
                "c[b, y] = a[b, y + 0] where y: height 8\n}\noutput c"),
        "<text>:6: V16 c[b, y]: it reads a in its own kernel, but neighbouring iterations of y add to the same "
        "elements of axis 1");
    EXPECT_EQ(refusal("kernel k(y) {\na[b] = argmax(y: height 8) x[b, y]\n}\noutput a"),
              "<text>:4: V15 a[b]: loop y of kernel k cuts the points that argmax numbers");
}

TEST(Verify, AKernelMayReadEveryOtherMemberOfATuple) {
    // Row y of each channel is written in iteration y, though the elements of one iteration lie apart.
    const Graph graph = parse(R"(ricci 1 kernels
input x: f32[batch ?, height 8]
kernel k(y) {
    a: f32[feature 32, batch ?]
    a[(c, y), b] = 2 * x[b, y] where c: channel 4, y: height 8
    d: f32[channel 2, height 8, batch ?]
    d[i, y, b] = a[16*i + y, b]
}
output d
)");
    EXPECT_TRUE(violations(graph).empty());
}

TEST(Verify, StorageOutsideTheArenaCanBeShared) {
    // v is x in other axes; w.next replaces w in place; neither takes bytes of the arena.
    Graph graph = parse(R"(ricci 1 planned
input x: f32[channel 2, height 4]
parameter w: f32[feature 8]
kernel v() {
    for c, y:
        compute v
    v: f32[feature 8]
    v[(c, y)] = x[c, y] where c: channel 2, y: height 4
}
kernel w.next() {
    for i:
        compute w.next
    w.next: f32[feature 8]
    w.next[i] = w[i] - v[i]
}
update w = w.next
place v at 0, 32 bytes, live 0..1, shares x
place w.next at 0, 32 bytes, live 1..1, shares w
arena 0 bytes + 0 per sample
)");
    EXPECT_TRUE(violations(graph).empty());
}

TEST(Verify, ThrowsWithThePassTheRuleAndTheGraph) {
    Graph graph = parse(kModel);
    graph.updates.push_back(graph.updates[0]);
    try {
        verify(graph, "fuse");
        FAIL() << "accepted";
    } catch (const InternalError& error) {
        std::string message = error.what();
        EXPECT_TRUE(message.starts_with("after fuse: V11 w is updated twice")) << message;
        EXPECT_NE(message.find("y[b] = sum(i: feature 3) x[b, i] * w[i]"), std::string::npos) << message;
    }
}

}  // namespace
}  // namespace ricci::ir
