// Links objects into this process with ORC's JITLink layer.
#include "codegen/jit/jit.h"

#include <fcntl.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/DebugObjectManagerPlugin.h>
#include <llvm/ExecutionEngine/Orc/EPCDebugObjectRegistrar.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/ExecutionEngine/Orc/TaskDispatch.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "codegen/jit/module_compiler.h"
#include "ir/base/error.h"

namespace ricci::codegen {
namespace {

bool is_set(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && std::string_view(value) == "1";
}

// The functions linked so far. Linking may happen on several threads.
class Registry {
  public:
    void add(std::vector<LoadedFunction> functions) {
        const std::lock_guard lock(mutex_);
        functions_.insert(functions_.end(), functions.begin(), functions.end());
        std::sort(functions_.begin(), functions_.end(),
                  [](const LoadedFunction& a, const LoadedFunction& b) { return a.address < b.address; });
        if (perf_) write_perf_map(functions);
    }

    std::vector<LoadedFunction> all() const {
        const std::lock_guard lock(mutex_);
        return functions_;
    }

  private:
    static void write_perf_map(const std::vector<LoadedFunction>& functions) {
        const std::string path = fmt::format("/tmp/perf-{}.map", ::getpid());
        // Everybody may write to that folder: what stands there under this name may be another user's, or a link.
        const int opened =
            ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0600);
        struct stat status {};
        const bool own = opened >= 0 && ::fstat(opened, &status) == 0 && S_ISREG(status.st_mode) &&
                         status.st_uid == ::geteuid() && status.st_nlink == 1;
        std::FILE* file = own ? ::fdopen(opened, "a") : nullptr;
        if (file == nullptr && opened >= 0) ::close(opened);
        if (file == nullptr) return;
        for (const LoadedFunction& function : functions) {
            const std::string line = fmt::format("{:x} {:x} {}\n", reinterpret_cast<std::uintptr_t>(function.address),
                                                 function.size, function.name);
            std::fputs(line.c_str(), file);
        }
        std::fclose(file);
    }

    mutable std::mutex mutex_;
    std::vector<LoadedFunction> functions_;
    bool perf_ = is_set("RICCI_PERF");
};

// Notes the name, address and size of every function as its object is linked.
class RecordFunctions : public llvm::orc::ObjectLinkingLayer::Plugin {
  public:
    explicit RecordFunctions(Registry& registry) : registry_(registry) {}

    void modifyPassConfig(llvm::orc::MaterializationResponsibility&, llvm::jitlink::LinkGraph&,
                          llvm::jitlink::PassConfiguration& config) override {
        config.PostFixupPasses.push_back([this](llvm::jitlink::LinkGraph& graph) {
            std::vector<LoadedFunction> functions;
            for (const llvm::jitlink::Symbol* symbol : graph.defined_symbols()) {
                if (!symbol->isCallable() || !symbol->hasName()) continue;
                functions.push_back({symbol->getName().str(), symbol->getAddress().toPtr<const std::byte*>(),
                                     static_cast<std::size_t>(symbol->getSize())});
            }
            registry_.add(std::move(functions));
            return llvm::Error::success();
        });
    }
    llvm::Error notifyFailed(llvm::orc::MaterializationResponsibility&) override { return llvm::Error::success(); }
    llvm::Error notifyRemovingResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey) override {
        return llvm::Error::success();
    }
    void notifyTransferringResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey, llvm::orc::ResourceKey) override {}

  private:
    Registry& registry_;
};

void check(llvm::Error error, std::string_view doing, std::string& session_errors) {
    if (!error) return;
    const std::string reason = llvm::toString(std::move(error));
    const std::string more = std::exchange(session_errors, "");
    RICCI_CHECK(false, "{}: {}{}{}", doing, reason, more.empty() ? "" : "; ", more);
}

template <typename T>
T take(llvm::Expected<T> value, std::string_view doing, std::string& session_errors) {
    if (!value) check(value.takeError(), doing, session_errors);
    return std::move(*value);
}

}  // namespace

struct Jit::State {
    Registry registry;
    std::string errors;  // what ORC reported beside a failed call
    std::unique_ptr<llvm::orc::ExecutionSession> session;
    std::unique_ptr<llvm::orc::ObjectLinkingLayer> linker;
    llvm::orc::JITDylib* library = nullptr;

    ~State() {
        if (session) llvm::consumeError(session->endSession());  // frees the code pages; before the linker goes
    }
};

Jit::Jit(const Target& target, std::span<const Symbol> symbols) : state_(std::make_unique<State>()) {
    target.require_runnable();
    State& state = *state_;
    auto process = take(
        llvm::orc::SelfExecutorProcessControl::Create(nullptr, std::make_unique<llvm::orc::InPlaceTaskDispatcher>()),
        "starting the JIT", state.errors);
    state.session = std::make_unique<llvm::orc::ExecutionSession>(std::move(process));
    state.session->setErrorReporter([&state](llvm::Error error) { state.errors += llvm::toString(std::move(error)); });
    state.linker = std::make_unique<llvm::orc::ObjectLinkingLayer>(*state.session);
    state.linker->addPlugin(std::make_shared<RecordFunctions>(state.registry));
    if (is_set("RICCI_GDB")) {
        auto registrar =
            take(llvm::orc::createJITLoaderGDBRegistrar(*state.session), "finding gdb's interface", state.errors);
        state.linker->addPlugin(std::make_shared<llvm::orc::DebugObjectManagerPlugin>(
            *state.session, std::move(registrar), /*RequireDebugSections=*/false, /*AutoRegisterCode=*/true));
    }
    state.library = &state.session->createBareJITDylib("ricci");

    llvm::orc::SymbolMap map;
    const auto define = [&](std::string_view name, const void* address) {
        map[state.session->intern(llvm::StringRef(name.data(), name.size()))] = {
            llvm::orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
    };
    define("memcpy", reinterpret_cast<const void*>(&std::memcpy));
    define("memmove", reinterpret_cast<const void*>(&std::memmove));
    define("memset", reinterpret_cast<const void*>(&std::memset));
    define("fmod", reinterpret_cast<const void*>(static_cast<double (*)(double, double)>(&std::fmod)));
    define("fmodf", reinterpret_cast<const void*>(static_cast<float (*)(float, float)>(&std::fmod)));
    for (const Symbol& symbol : symbols) define(symbol.name, symbol.address);
    check(state.library->define(llvm::orc::absoluteSymbols(std::move(map))), "giving symbols to the JIT", state.errors);
}

Jit::~Jit() = default;

void Jit::add_object(const std::string& object, const std::string& name) {
    auto buffer = llvm::MemoryBuffer::getMemBufferCopy(object, name);
    check(state_->linker->add(*state_->library, std::move(buffer)), fmt::format("adding object {}", name),
          state_->errors);
}

void Jit::add_module(ModuleCompiler& compiler, llvm::Module& module) {
    compiler.optimise(module);
    add_object(compiler.object_code(module), module.getName().str());
}

void* Jit::address(std::string_view name) {
    auto symbol = state_->session->lookup({state_->library}, llvm::StringRef(name.data(), name.size()));
    return take(std::move(symbol), fmt::format("looking up {}", name), state_->errors).getAddress().toPtr<void*>();
}

std::vector<LoadedFunction> Jit::functions() const {
    return state_->registry.all();
}

std::string Jit::name_at(const void* address) const {
    for (const LoadedFunction& function : functions()) {
        const auto* at = static_cast<const std::byte*>(address);
        if (at >= function.address && at < function.address + function.size) return function.name;
    }
    return "";
}

}  // namespace ricci::codegen
