#include "actors/rpc/library_desk.hpp"

#include "runtime/base/overloaded.hpp"
#include "runtime/log.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace caucus {

namespace {

error lost(const command_facts& command, const char* why) {
  return command.rule.effect == command_effect::changes
           ? error{errc::outcome_unknown, std::string{why}
                                            + ": may or may not be applied; retry with this "
                                              "request id"}
           : error{errc::busy, std::string{why} + "; ask again"};
}

} // namespace

library_desk::library_desk(library_hooks hooks)
    : hooks_{std::move(hooks)}, log_{hooks_.log}, next_{std::max(hooks_.first, height{1})} {}

// -- any thread ------------------------------------------------------------------------------------

void library_desk::open(any_command what, answer_to then) {
  const auto id = admit(then, *what.facts);
  if (!id) {
    answer(std::move(then), tl::make_unexpected(id.error()));
  } else if (!calls_->try_push(library_call{*id, std::move(what)})) {
    settle(*id, fail(errc::busy, "the node is behind; try again"));
  }
}

result<call_id> library_desk::admit(answer_to& then, const command_facts& command) {
  const std::lock_guard lock{guard_};
  if (closed_) {
    return tl::make_unexpected(*closed_);
  }
  if (open_.size() >= calls_max) {
    return fail(errc::busy, "too many calls at once; try again");
  }
  if (open_.size() + callbacks_.waiting() >= answers_max
      || answers_size_.load() >= answers_size_max) {
    return fail(errc::busy, "too many answers wait for a callback to return; try again");
  }
  open_.emplace(++last_, call{std::move(then), &command});
  return last_;
}

void library_desk::answer(answer_to then, result<any_value> with) {
  if (callbacks_.waiting() >= answers_max || answers_size_.load() >= answers_size_max) {
    callback_thread::run([&] { then(std::move(with)); });
    return;
  }
  answer_soon(std::move(then), std::move(with));
}

void library_desk::answer_soon(answer_to then, result<any_value> with, std::size_t size) {
  answers_size_.fetch_add(size);
  std::function<void()> job = [self = shared_from_this(), size, then = std::move(then),
                               with = std::move(with)]() mutable {
    self->answers_size_.fetch_sub(size); // before it, as it may throw
    then(std::move(with));
  };
  if (!callbacks_.push(job)) { // after the end
    callback_thread::run(job);
  }
}

void library_desk::settle(call_id which, result<any_value> with) {
  answer_to then;
  const command_facts* command = nullptr;
  {
    const std::lock_guard lock{guard_};
    const auto found = open_.find(which);
    if (found == open_.end()) {
      return;
    }
    then = std::move(found->second.then);
    command = found->second.command;
    open_.erase(found);
  }
  const auto size = with ? command->size(*with) : 0;
  answer_soon(std::move(then), std::move(with), size);
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
  for (auto& [id, one] : left) {
    const bool maybe = one.taken && one.command->rule.effect == command_effect::changes;
    answer_soon(std::move(one.then),
                tl::make_unexpected(maybe ? lost(*one.command, "the node stopped")
                                          : error{errc::stopping, "the node stops"}));
  }
}

// -- the actor's -----------------------------------------------------------------------------------

void library_desk::begin_life(std::shared_ptr<doorbell> bell) {
  std::vector<call> left;
  {
    const std::lock_guard lock{guard_};
    bell_ = std::move(bell);
    for (auto at = open_.begin(); at != open_.end();) {
      if (at->second.taken) {
        left.push_back(std::move(at->second));
        at = open_.erase(at);
      } else {
        ++at;
      }
    }
  }
  for (auto& one : left) {
    answer_soon(std::move(one.then),
                tl::make_unexpected(lost(*one.command, "the library's actor restarted")));
  }
}

// Under the lock of end(): a call is either taken, and may be proposed, or told that it was not.
bool library_desk::take(call_id which) {
  const std::lock_guard lock{guard_};
  const auto found = open_.find(which);
  if (found == open_.end()) {
    return false;
  }
  found->second.taken = true;
  return true;
}

std::size_t library_desk::tell(const any_value& part) {
  const auto size = log_.facts->size(part);
  log_.parameters = log_.facts->after(log_.parameters, part);
  auto block = *part.as<std::shared_ptr<const committed_block>>();
  next_ = block->more ? block->height : block->height.next();
  std::function<void()> job = [self = shared_from_this(), block = std::move(block), size] {
    callback_thread::run([&] { self->hooks_.committed(*block); });
    self->read_.fetch_add(size);
    self->ring();
  };
  static_cast<void>(callbacks_.push(job)); // not after the end: the program resumes from its height
  return size;
}

bool library_desk::tell_gap(height oldest) {
  if (oldest <= next_) {
    return false;
  }
  const ledger_gap missing{next_, oldest};
  next_ = oldest;
  log_ = hooks_.log_from(oldest);
  std::function<void()> job = [self = shared_from_this(), missing] {
    callback_thread::run([&] { self->hooks_.gap(missing); });
  };
  static_cast<void>(callbacks_.push(job)); // not after the end: the program resumes from its height
  return true;
}

void library_desk::tell(const group_told& what) {
  {
    const std::lock_guard lock{guard_};
    const auto newest = what.history->voters.newest().in_epoch();
    if (!history_) {
      next_epoch_ = newest;
    }
    history_ = what.history;
    if (next_epoch_ > newest || std::exchange(tells_epochs_, true)) {
      return;
    }
  }
  std::function<void()> job = [self = shared_from_this()] { self->tell_epochs(); };
  static_cast<void>(callbacks_.push(job)); // not after the end
}

// However slow the program is, one job of these waits.
void library_desk::tell_epochs() {
  for (;;) {
    epoch_begun begun;
    {
      const std::lock_guard lock{guard_};
      const auto* const voters = history_->voters.of(next_epoch_);
      if (voters == nullptr) {
        tells_epochs_ = false;
        return;
      }
      begun.epoch = next_epoch_;
      begun.members = voters->members();
      const auto before = next_epoch_.value();
      begun.first =
        (before == 0 ? hooks_.genesis : history_->ends.at(before - 1)->last.height).next();
      next_epoch_ = next_epoch_.next();
    }
    callback_thread::run([&] { hooks_.epoch_begins(begun); });
  }
}

void library_desk::tell(peer_news what) {
  news_.fetch_add(1);
  std::function<void()> job = [self = shared_from_this(), what = std::move(what)] {
    callback_thread::run([&] { self->hear(what); });
    self->news_.fetch_sub(1);
    self->ring();
  };
  static_cast<void>(callbacks_.push(job)); // not after the end
}

void library_desk::ask(const connection_question& what) {
  std::visit(overloaded{[this](const connection_asked& asked) { ask_soon(asked); },
                        [this](const connection_withdrawn& withdrawn) { withdraw(withdrawn.id); }},
             what);
}

void library_desk::hear(const peer_news& what) {
  std::visit(overloaded{[this](const link_ended& ended) {
                          if (hooks_.errored) {
                            hooks_.errored(ended);
                          }
                        },
                        [this](const directive& told) {
                          if (hooks_.internal) {
                            hooks_.internal(told);
                          }
                        }},
             what);
}

void library_desk::ask_soon(const connection_asked& asked) {
  news_.fetch_add(1);
  {
    const std::lock_guard lock{guard_};
    const auto at = asked.member ? std::find_if(asked_.begin(), asked_.end(),
                                                [](const auto& one) { return !one.member; })
                                 : asked_.end();
    asked_.insert(at, asked);
    if (std::exchange(judges_, true)) {
      return;
    }
  }
  std::function<void()> job = [self = shared_from_this()] { self->judge_next(); };
  static_cast<void>(callbacks_.push_aside(job)); // after the end nobody waits for a verdict
}

void library_desk::withdraw(link_id which) {
  const std::lock_guard lock{guard_};
  news_.fetch_sub(std::erase_if(asked_, [&](const auto& one) { return one.info.id == which; }));
}

// What throws has not allowed it.
void library_desk::judge_next() {
  connection_asked asked;
  {
    const std::lock_guard lock{guard_};
    if (asked_.empty()) {
      judges_ = false;
      return;
    }
    asked = std::move(asked_.front());
    asked_.pop_front();
  }
  bool allowed = false;
  callback_thread::run([&] { allowed = !hooks_.allow || hooks_.allow(asked.info); });
  {
    const std::lock_guard lock{guard_};
    verdicts_.push_back({asked.info.id, allowed});
  }
  news_.fetch_sub(1);
  std::function<void()> job = [self = shared_from_this()] { self->judge_next(); };
  static_cast<void>(callbacks_.push_aside(job));
  ring();
}

std::vector<connection_verdict> library_desk::take_verdicts() {
  const std::lock_guard lock{guard_};
  return std::exchange(verdicts_, {});
}

bool library_desk::has_work() {
  const std::lock_guard lock{guard_};
  return !verdicts_.empty() || read_.load() > 0;
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
