// A server of predictions: clients ask for single images, and what has come together is answered in one call. A batch
// holds 1 to 1,024. Each worker has a clone of the function, which shares weights and machine code.
#include <ricci.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

using namespace ricci;

namespace {

constexpr std::int64_t kMost = 1024;  // images a call

struct Request {
    std::vector<float> pixels;
    std::promise<std::int64_t> answer;
};

class Server {
  public:
    Server(const Function& function, TensorType images, int workers) : images_(std::move(images)) {
        for (int i = 0; i < workers; ++i) {
            threads_.emplace_back([this, own = function.clone()]() mutable { serve(own); });
        }
    }
    ~Server() {
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }

    std::future<std::int64_t> ask(std::vector<float> pixels) {
        Request request{std::move(pixels), {}};
        std::future<std::int64_t> answer = request.answer.get_future();
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back(std::move(request));
        }
        changed_.notify_one();
        return answer;
    }

  private:
    void serve(Function& function) {
        for (;;) {
            std::vector<Request> taken;
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
                if (waiting_.empty()) return;
                while (!waiting_.empty() && std::ssize(taken) < kMost) {
                    taken.push_back(std::move(waiting_.front()));
                    waiting_.pop_front();
                }
            }
            std::vector<Axis> axes = images_.axes;
            axes[0].extent = std::ssize(taken);
            Array batch(f32, axes);
            auto to = batch.span<float>().begin();
            for (const Request& request : taken) to = std::copy(request.pixels.begin(), request.pixels.end(), to);
            const Results results = function(batch);
            const auto classes = results[0].span<std::int64_t>();
            for (std::size_t i = 0; i < taken.size(); ++i) taken[i].answer.set_value(classes[i]);
        }
    }

    TensorType images_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Request> waiting_;
    bool ended_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace

int main() {
    Classifier net = lenet5();
    net.model.parameters().draw(1);  // a server loads them: net.model.parameters().load("weights.safetensors")
    Function classify = compile(net.predicted, {.threads = 1});
    classify.warm_up({1, 8, 64, kMost});  // no request waits for the compiler

    const ImageData digits(draw_digits(3000, 5), net.images.type());
    std::vector<std::vector<float>> images;
    std::vector<std::int64_t> expected;
    for (const Batch& batch : digits.batches(100)) {
        const auto pixels = batch.images.span<float>();
        const std::size_t each = pixels.size() / static_cast<std::size_t>(batch.count);
        for (std::size_t i = 0; i < pixels.size(); i += each)
            images.emplace_back(pixels.begin() + i, pixels.begin() + i + each);
        for (std::int64_t answer : classify(batch.images)[0].to_vector<std::int64_t>()) expected.push_back(answer);
    }

    const auto start = std::chrono::steady_clock::now();
    std::size_t right = 0;
    {
        Server server(classify, net.images.type(), 2);
        std::vector<std::future<std::int64_t>> answers;
        for (const std::vector<float>& image : images) answers.push_back(server.ask(image));
        for (std::size_t i = 0; i < answers.size(); ++i) right += answers[i].get() == expected[i] ? 1 : 0;
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print("{} of {} answers as one by one, {:.0f} a second\n", right, images.size(),
               static_cast<double>(images.size()) / seconds);
    return right == images.size() ? 0 : 1;
}
