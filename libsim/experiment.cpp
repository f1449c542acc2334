#include "libsim/experiment.hpp"

#include "libsim/check.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

namespace sim {
namespace {

enum class RunState : std::uint8_t { open, done, failed };

// What the threads share. Everything but `run` itself happens under the lock.
class Experiment {
  public:
    Experiment(const ExperimentOptions& options, const std::function<void(std::uint32_t)>& run,
               const std::function<bool(std::uint32_t)>& enough)
        : options_(options), run_(run), enough_(enough), states_(options.max), failures_(options.max) {}

    // Takes the next number until there is none or the experiment has ended.
    void work(bool on_calling_thread) {
        std::unique_lock lock(mutex_);
        while (!ended_ && !cancelled() && next_ < options_.max) {
            const std::uint32_t r = next_++;
            lock.unlock();
            std::exception_ptr failure;
            try {
                run_(r);
            } catch (...) {
                failure = std::current_exception();
            }
            lock.lock();
            states_[r] = failure ? RunState::failed : RunState::done;
            failures_[r] = failure;
            try {
                advance();
            } catch (...) {  // of `enough`: as bad as a failed run
                failure_ = std::current_exception();
                ended_ = true;
            }
            changed_.notify_all();
            if (on_calling_thread) tell_progress(lock);
        }
        --working_;
        changed_.notify_all();
    }

    void work_on_threads() {
        const std::uint32_t count = std::min(options_.threads, options_.max);
        working_ = count;
        std::vector<std::thread> threads;
        threads.reserve(count);
        try {
            for (std::uint32_t i = 0; i < count; ++i) threads.emplace_back([this] { work(false); });
        } catch (const std::system_error&) {
            // The machine gives no more threads; those that began do the work, and this one does if there are none.
            const std::scoped_lock lock(mutex_);
            working_ -= count - static_cast<std::uint32_t>(threads.size());
        }
        std::exception_ptr from_progress;
        if (threads.empty()) {
            working_ = 1;
            work(true);
        } else {
            try {
                std::unique_lock lock(mutex_);
                while (working_ > 0) {
                    changed_.wait(lock, [this] { return working_ == 0 || in_order_ != told_; });
                    tell_progress(lock);
                }
                tell_progress(lock);  // of what the last threads completed while the one before was being told
            } catch (...) {
                from_progress = std::current_exception();
                const std::scoped_lock lock(mutex_);
                ended_ = true;
            }
        }
        for (std::thread& thread : threads) thread.join();
        if (from_progress) std::rethrow_exception(from_progress);
    }

    void work_alone() {
        working_ = 1;
        work(true);
    }

    [[nodiscard]] ExperimentEnd end() const {
        if (failure_) std::rethrow_exception(failure_);
        return {in_order_, stopped_, in_order_ < options_.max && !stopped_ && cancelled()};
    }

  private:
    [[nodiscard]] bool cancelled() const {
        return options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed);
    }

    // Judges every prefix that has become complete, in order, whoever completed it.
    void advance() {
        while (!ended_ && in_order_ < options_.max && states_[in_order_] != RunState::open) {
            if (states_[in_order_] == RunState::failed) {
                failure_ = failures_[in_order_];
                ended_ = true;
                return;
            }
            ++in_order_;
            stopped_ = enough_(in_order_);
            ended_ = stopped_;
        }
    }

    void tell_progress(std::unique_lock<std::mutex>& lock) {
        if (in_order_ == told_) return;
        told_ = in_order_;
        if (!options_.progress) return;
        const std::uint32_t done = told_;
        lock.unlock();
        options_.progress(done);
        lock.lock();
    }

    const ExperimentOptions& options_;
    const std::function<void(std::uint32_t)>& run_;
    const std::function<bool(std::uint32_t)>& enough_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<RunState> states_;
    std::vector<std::exception_ptr> failures_;
    std::exception_ptr failure_;
    std::uint32_t next_ = 0;
    std::uint32_t in_order_ = 0;  // results complete from the first on
    std::uint32_t told_ = 0;
    std::uint32_t working_ = 0;
    bool stopped_ = false;
    bool ended_ = false;
};

}  // namespace

ExperimentEnd run_in_order(const ExperimentOptions& options, const std::function<void(std::uint32_t)>& run,
                           const std::function<bool(std::uint32_t)>& enough) {
    CHECK(options.max >= 1 && options.min <= options.max,
          "an experiment needs at least one run and no more at least than at most");
    CHECK(options.threads >= 1, "an experiment needs a thread");
    Experiment experiment(options, run, enough);
    if (options.threads == 1 || options.max == 1) {
        experiment.work_alone();
    } else {
        experiment.work_on_threads();
    }
    return experiment.end();
}

}  // namespace sim
