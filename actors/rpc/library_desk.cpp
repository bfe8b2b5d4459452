#include "actors/rpc/library_desk.hpp"

#include "runtime/log.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace caucus {

namespace {

error lost(bool proposes, const char* why) {
  return proposes ? error{errc::outcome_unknown, std::string{why}
                                                   + ": may or may not be applied; retry with this "
                                                     "request id"}
                  : error{errc::busy, std::string{why} + "; ask again"};
}

} // namespace

library_desk::library_desk(library_hooks hooks)
    : hooks_{std::move(hooks)}, next_{std::max(hooks_.from, height{1})} {}

// -- any thread ------------------------------------------------------------------------------------

void library_desk::open(control_request what, bytes encoded, answer_to then) {
  const auto id = admit(then, std::holds_alternative<control_propose>(what));
  if (!id) {
    answer(std::move(then), id.error());
  } else if (!calls_->try_push(library_call{*id, std::move(what), std::move(encoded)})) {
    settle(*id, error{errc::busy, "the node is behind; try again"});
  }
}

result<call_id> library_desk::admit(answer_to& then, bool proposes) {
  const std::lock_guard lock{guard_};
  if (closed_) {
    return tl::make_unexpected(*closed_);
  }
  if (open_.size() >= calls_max) {
    return fail(errc::busy, "too many calls at once; try again");
  }
  open_.emplace(++last_, call{std::move(then), proposes});
  return last_;
}

void library_desk::answer(answer_to then, control_reply with) {
  auto job = [then = std::move(then), with = std::move(with)]() mutable { then(std::move(with)); };
  if (callbacks_.waiting() >= answers_max) {
    callback_thread::run(job);
    return;
  }
  run_soon(std::move(job));
}

void library_desk::settle(call_id which, control_reply with) {
  answer_to then;
  {
    const std::lock_guard lock{guard_};
    const auto found = open_.find(which);
    if (found == open_.end()) {
      return;
    }
    then = std::move(found->second.then);
    open_.erase(found);
  }
  answer(std::move(then), std::move(with));
}

void library_desk::close(error why) {
  const std::lock_guard lock{guard_};
  if (!closed_) {
    closed_ = std::move(why);
  }
}

void library_desk::end() {
  std::unordered_map<call_id, call> left;
  {
    const std::lock_guard lock{guard_};
    left.swap(open_);
  }
  const auto taken = taken_.load();
  for (auto& [id, one] : left) {
    answer(std::move(one.then), one.proposes && id <= taken
                                  ? lost(true, "the node stopped")
                                  : error{errc::stopping, "the node stops"});
  }
}

// -- the actor's -----------------------------------------------------------------------------------

void library_desk::begin_life(std::shared_ptr<doorbell> bell) {
  std::vector<call> left;
  {
    const std::lock_guard lock{guard_};
    bell_ = std::move(bell);
    const auto taken = taken_.load();
    for (auto at = open_.begin(); at != open_.end();) {
      if (at->first <= taken) {
        left.push_back(std::move(at->second));
        at = open_.erase(at);
      } else {
        ++at;
      }
    }
  }
  for (auto& one : left) {
    answer(std::move(one.then), lost(one.proposes, "the library's actor restarted"));
  }
}

void library_desk::tell(std::shared_ptr<const committed_block> block, std::size_t size) {
  next_ = block->at.next();
  run_soon([self = shared_from_this(), block = std::move(block), size] {
    callback_thread::run([&] { self->hooks_.committed(*block); });
    self->read_.fetch_add(size);
    self->ring();
  });
}

void library_desk::tell(peer_news what) {
  news_.fetch_add(1);
  run_soon([self = shared_from_this(), what = std::move(what)] {
    callback_thread::run([&] { self->hear(what); });
    self->news_.fetch_sub(1);
    self->ring();
  });
}

void library_desk::hear(const peer_news& what) {
  if (const auto* const asked = std::get_if<connection_asked>(&what)) {
    judge(*asked);
  } else if (const auto* const ended = std::get_if<link_ended>(&what)) {
    if (hooks_.errored) {
      hooks_.errored(*ended);
    }
  } else if (const auto* const told = std::get_if<directive>(&what)) {
    if (hooks_.internal) {
      hooks_.internal(*told);
    }
  }
}

// What throws has not allowed it.
void library_desk::judge(const connection_asked& asked) {
  bool allowed = false;
  callback_thread::run([&] { allowed = !hooks_.allow || hooks_.allow(asked.who); });
  const std::lock_guard lock{guard_};
  verdicts_.push_back({asked.who.id, allowed});
}

std::vector<connection_verdict> library_desk::take_verdicts() {
  const std::lock_guard lock{guard_};
  return std::exchange(verdicts_, {});
}

bool library_desk::has_work() {
  const std::lock_guard lock{guard_};
  return !verdicts_.empty() || read_.load() > 0;
}

void library_desk::run_soon(std::function<void()> job) {
  if (!callbacks_.push(job)) {
    callback_thread::run(job);
  }
}

void library_desk::ring() {
  std::shared_ptr<doorbell> bell;
  {
    const std::lock_guard lock{guard_};
    bell = bell_;
  }
  if (bell) {
    bell->ring();
  }
}

} // namespace caucus
