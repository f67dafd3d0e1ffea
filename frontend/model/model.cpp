// Builds the graph of a model value by value and refuses what does not fit, on the user's line.
#include "ricci/model.h"

#include <algorithm>
#include <set>

#include "frontend/model/initial_values.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/core/positions.h"
#include "ir/print/print.h"
#include "ir/surface/names.h"

namespace ricci {

using detail::Handle;
using detail::Internals;
using detail::ModelState;

namespace detail {

bool is_identifier(std::string_view name) {
    bool start = true;
    bool first_part = true;
    for (char c : name) {
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool digit = c >= '0' && c <= '9';
        if (c == '.') {
            if (start) return false;
            start = true;
            first_part = false;
        } else if (letter || (digit && !(start && first_part))) {
            start = false;
        } else {
            return false;
        }
    }
    return !start;
}

void check_axes(const std::string& what, const std::vector<ir::Axis>& axes, const Location& where) {
    for (std::size_t i = 0; i < axes.size(); ++i) {
        if (axes[i].extent >= 1) continue;
        if (axes[i].extent == ir::kOpen && axes[i].kind == ir::kinds::batch()) continue;
        if (axes[i].extent == ir::kOpen)
            user_error(where, "{}: axis {} is {} ?; the batch alone may be open", what, i, axes[i].kind.name());
        user_error(where, "{}: axis {} is {} {}; an extent is at least 1", what, i, axes[i].kind.name(),
                   axes[i].extent);
    }
    const auto open = std::ranges::count(axes, ir::kOpen, &ir::Axis::extent);
    if (open > ir::kMostOpenAxes) {
        user_error(where, "{}: {} axes are of the open batch; a value has {} at the most", what, open,
                   ir::kMostOpenAxes);
    }
}

std::string ModelState::number(const std::string& base) {
    for (;;) {
        std::string name = base + std::to_string(++counters[base]);
        bool taken = graph.find(name) >= 0 || std::ranges::find(handles, name, &Handle::name) != handles.end();
        if (!taken) return name;
    }
}

void ModelState::claim(std::string_view what, const std::string& name, const Location& where) const {
    if (!is_identifier(name)) {
        user_error(where, "{} \"{}\": a name is letters, digits and '_', from a letter on, in parts joined by '.'",
                   what, name);
    }
    auto handle = std::ranges::find(handles, name, &Handle::name);
    ir::ValueId value = graph.find(name);
    if (handle == handles.end() && value < 0) return;
    const Location& earlier = value >= 0 ? graph.value(value).location : handle->location;
    user_error(where, "{} \"{}\": model \"{}\" has a value of that name already{}; choose another name", what, name,
               graph.name, earlier.line > 0 ? fmt::format(" ({}:{})", earlier.file, earlier.line) : "");
}

ir::ValueId training_of(ModelState& model) {
    if (const ir::ValueId known = model.graph.find(kTraining); known >= 0) return known;
    return model.graph.add({.name = std::string(kTraining), .type = {boolean, {}}, .role = ir::Role::input});
}

std::vector<ir::surface::IndexExpr> index_names(const std::vector<ir::Axis>& axes) {
    std::set<std::string> taken(ir::kReservedWords.begin(), ir::kReservedWords.end());
    std::vector<ir::surface::IndexExpr> names;
    for (const ir::Axis& axis : axes) {
        std::string name(axis.kind.name());
        for (int number = 2; !taken.insert(name).second; ++number) name = fmt::format("{}{}", axis.kind.name(), number);
        names.push_back({.form = ir::surface::IndexExpr::Form::name, .name = std::move(name)});
    }
    return names;
}

Tensor tensor_of(const std::shared_ptr<ModelState>& model, ir::ValueId value) {
    auto known = std::ranges::find(model->handles, value, &Handle::value);
    const HandleId handle = model->handles.id_of(known);
    if (known == model->handles.end()) {
        const ir::Value& v = model->graph.value(value);
        model->handles.push_back({v.name, value, v.location});
    }
    return Internals::tensor(model, handle);
}

std::shared_ptr<ModelState> common_model(std::string_view what, const std::vector<Tensor>& operands,
                                         const Location& where) {
    std::shared_ptr<ModelState> model;
    for (std::size_t i = 0; i < operands.size(); ++i) {
        const Tensor& operand = operands[i];
        const std::shared_ptr<ModelState>& own = Internals::model(operand);
        if (!own) user_error(where, "{}: operand {} is a tensor without a value", what, i);
        if (!operand.defined()) {
            const Handle& handle = own->handles[Internals::handle(operand)];
            user_error(where, "{}: {} is read but has no equation yet; give it one first, {}[...] = ...", what,
                       handle.name, handle.name);
        }
        if (model && model != own) {
            user_error(where, "{}: {} belongs to model \"{}\" but {} belongs to model \"{}\"", what, operands[0].name(),
                       model->graph.name, operand.name(), own->graph.name);
        }
        model = own;
    }
    return model;
}

}  // namespace detail

bool Tensor::defined() const {
    return model_ && model_->handles[Internals::handle(*this)].value >= 0;
}

ir::ValueId detail::Internals::id(const Tensor& tensor) {
    if (!tensor.model_) user_error("a tensor without a value was used; assign it from a model first");
    const Handle& handle = tensor.model_->handles[Internals::handle(tensor)];
    if (handle.value < 0) {
        user_error(handle.location, "{} has no equation; define it with {}[...] = ...", handle.name, handle.name);
    }
    return handle.value;
}

std::string Tensor::name() const {
    const ir::ValueId id = Internals::id(*this);
    return model_->graph.value(id).name;
}
TensorType Tensor::type() const {
    const ir::ValueId id = Internals::id(*this);
    return model_->graph.value(id).type;
}

Model::Model(std::string name, std::source_location where) : state_(std::make_shared<ModelState>()) {
    state_->claim("model", name, Location::of(where));
    state_->graph.name = std::move(name);
}

Tensor Model::input(std::string name, DType dtype, std::vector<Axis> axes, std::source_location where) {
    Location location = Location::of(where);
    state_->claim("input", name, location);
    detail::check_axes(fmt::format("input \"{}\"", name), axes, location);
    return detail::tensor_of(state_, state_->graph.add({.name = std::move(name),
                                                        .type = {dtype, std::move(axes)},
                                                        .role = ir::Role::input,
                                                        .location = location}));
}

Numbering of(const Axis& axis) { return {axis}; }

namespace {

/// `what` is the word for the value: "input".
void check_numbering(const char* what, const std::string& name, DType dtype, const Axis& numbered, const Location& location) {
    if (!is_integer(dtype))
        user_error(location, "{} \"{}\": {} numbers no positions; i32 and i64 do", what, name, name_of(dtype));
    const bool samples = numbered.kind == ir::kinds::batch() && std::string_view(what) == "input";
    if (numbered.extent == kOpen && !samples) {
        user_error(location, "{} \"{}\" numbers {}, whose extent is open; what is numbered has a fixed extent", what, name,
                   ir::to_string(numbered));
    }
    detail::check_axes(fmt::format("what {} \"{}\" numbers", what, name), {numbered}, location);
}

}  // namespace

Tensor Model::input(std::string name, DType dtype, const Numbering& numbers, std::vector<Axis> axes,
                    std::source_location where) {
    check_numbering("input", name, dtype, numbers.axis, Location::of(where));
    Tensor made = input(std::move(name), dtype, std::move(axes), where);
    state_->graph.value(Internals::id(made)).numbers = numbers.axis;
    return made;
}

namespace {

/// A parameter or a state of these axes; `what` is the word for it.
Tensor add_owned(const std::shared_ptr<ModelState>& model, const char* what, ir::Role role, std::string name, DType dtype,
                 std::vector<Axis> axes, const Initializer& initializer, const Location& location) {
    const std::string subject = fmt::format("{} \"{}\"", what, name);
    detail::check_axes(subject, axes, location);
    ir::TensorType type{dtype, std::move(axes)};
    if (type.is_open())
        user_error(location, "{}: {} has an open axis; a {}'s extents are fixed", subject, to_string(type), what);
    try {
        type.count();
    } catch (const UserError&) {
        user_error(location, "{}: {} has more than 2^63 - 1 elements", subject, to_string(type));
    }
    ir::Initializer initial = detail::resolve(initializer, subject, type, location);
    return detail::tensor_of(
        model, model->graph.add({.name = std::move(name), .type = std::move(type), .role = role, .initial = initial,
                                 .location = location}));
}

}  // namespace

Tensor Model::parameter(std::string name, DType dtype, std::vector<Axis> axes, Initializer initializer,
                        std::source_location where) {
    Location location = Location::of(where);
    state_->claim("parameter", name, location);
    if (!is_float(dtype)) {
        user_error(location, "parameter \"{}\": {} cannot be trained; use f32 or f64", name, name_of(dtype));
    }
    return add_owned(state_, "parameter", ir::Role::parameter, std::move(name), dtype, std::move(axes), initializer, location);
}

Tensor Model::state(std::string name, DType dtype, std::vector<Axis> axes, Initializer initializer,
                    std::source_location where) {
    Location location = Location::of(where);
    state_->claim("state", name, location);
    return add_owned(state_, "state", ir::Role::state, std::move(name), dtype, std::move(axes), initializer, location);
}

Tensor Model::constant(std::string name, DType dtype, std::vector<Axis> axes, std::vector<Number> numbers,
                       std::source_location where) {
    Location location = Location::of(where);
    state_->claim("constant", name, location);
    Tensor made = add_owned(state_, "constant", ir::Role::state, std::move(name), dtype, std::move(axes),
                            values(std::move(numbers)), location);
    state_->graph.value(Internals::id(made)).fixed = true;
    return made;
}

Tensor Model::constant(std::string name, DType dtype, const Numbering& numbers, std::vector<Axis> axes,
                       std::vector<Number> ids, std::source_location where) {
    const Location location = Location::of(where);
    check_numbering("constant", name, dtype, numbers.axis, location);
    const ir::Value tried{.name = name, .type = {}, .initial = ir::Initializer{
        .form = ir::Initializer::Form::table, .table = std::make_shared<const std::vector<Number>>(ids)}};
    if (auto why = ir::why_no_positions(tried, numbers.axis.extent))
        user_error(location, "constant \"{}\" numbers {}, but {}", name, ir::to_string(numbers.axis), *why);
    Tensor made = constant(std::move(name), dtype, std::move(axes), std::move(ids), where);
    state_->graph.value(Internals::id(made)).numbers = numbers.axis;
    return made;
}

void Model::update(const Tensor& state, const Tensor& value, std::source_location where) {
    Location location = Location::of(where);
    if (detail::common_model("update", {state, value}, location) != state_) {
        user_error(location, "update: {} belongs to model \"{}\", not to \"{}\"", state.name(),
                   Internals::model(state)->graph.name, this->name());
    }
    const ir::ValueId target = Internals::id(state), source = Internals::id(value);
    const ir::Role role = state_->graph.value(target).role;
    const bool fixed = state_->graph.value(target).fixed;
    if (role != ir::Role::state || fixed) {
        user_error(location, "update: {} is {} {}; only a state is updated, and parameters by an optimizer", state.name(),
                   role == ir::Role::input ? "an" : "a", fixed ? "constant" : ir::name_of(role));
    }
    if (state.type() != value.type()) {
        user_error(location, "update: {} is {}, but {} is {}", state.name(), to_string(state.type()), value.name(),
                   to_string(value.type()));
    }
    auto known = std::ranges::find(state_->graph.updates, target, &ir::Update::target);
    if (known != state_->graph.updates.end()) {
        user_error(location, "update: {} has an update already, to {}", state.name(),
                   state_->graph.value(known->source).name);
    }
    state_->graph.updates.push_back({target, source});
}

Tensor Model::training() {
    return detail::tensor_of(state_, detail::training_of(*state_));
}

Tensor Model::tensor(std::string name, std::source_location where) {
    Location location = Location::of(where);
    state_->claim("tensor", name, location);
    const detail::HandleId handle = state_->handles.next();
    state_->handles.push_back({std::move(name), -1, location});
    return Internals::tensor(state_, handle);
}

Tensor Model::tensor(std::string name, DType dtype, std::vector<Axis> axes, std::source_location where) {
    detail::check_axes(fmt::format("tensor \"{}\"", name), axes, Location::of(where));
    Tensor made = tensor(std::move(name), where);
    state_->handles[Internals::handle(made)].type = TensorType{dtype, std::move(axes)};
    return made;
}

Tensor Model::operator[](NameAt name) {
    if (ir::ValueId value = state_->graph.find(name.name); value >= 0) return detail::tensor_of(state_, value);
    auto known = std::ranges::find(state_->handles, name.name, &Handle::name);
    if (known != state_->handles.end()) return Internals::tensor(state_, state_->handles.id_of(known));
    return tensor(std::move(name.name), name.where);
}

void Model::output(std::string name, const Tensor& value, std::source_location where) {
    Location location = Location::of(where);
    std::string what = fmt::format("output \"{}\"", name);
    if (!detail::is_identifier(name)) {
        user_error(location, "{}: a name is letters, digits and '_', from a letter on, in parts joined by '.'", what);
    }
    if (detail::common_model(what, {value}, location) != state_) {
        user_error(location, "{}: {} belongs to model \"{}\", not to \"{}\"", what, value.name(),
                   Internals::model(value)->graph.name, this->name());
    }
    auto taken = std::ranges::find(state_->graph.outputs, name, &ir::Output::name);
    if (taken != state_->graph.outputs.end() && taken->value != Internals::id(value)) {
        user_error(location, "{}: the model has an output of that name already, {}; choose another name", what,
                   state_->graph.value(taken->value).name);
    }
    if (taken == state_->graph.outputs.end()) state_->graph.outputs.push_back({std::move(name), Internals::id(value)});
}

std::string Model::name() const {
    return state_->graph.name;
}

std::string Model::text() const {
    return ir::print(state_->graph);
}

const ir::Graph& detail::Internals::graph(const Model& model) {
    return model.state_->graph;
}

std::int64_t Model::parameter_count() const {
    std::int64_t count = 0;
    for (const ir::Value& value : state_->graph.values) {
        if (value.role == ir::Role::parameter) count += value.type.count();
    }
    return count;
}

}  // namespace ricci
