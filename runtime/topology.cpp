#include "runtime/topology.hpp"

#include "messages/try.hpp"
#include "runtime/log.hpp"

namespace caucus {

running::running(caf::actor_system& system, std::vector<child> children, supervisor_options options,
                 std::shared_ptr<first_turns> all)
    : all_{std::move(all)}, life_{std::make_unique<life>()} {
  auto promise = std::make_shared<std::promise<ending>>();
  life_->ended = promise->get_future().share();
  options.on_end = [promise, all = all_, then = std::move(options.on_end)](const ending& how) {
    if (then) {
      then(how);
    }
    promise->set_value(how);
    all->end();
  };
  life_->root = on_caf::spawn<supervisor_state>(system, std::move(children), std::move(options));
}

std::optional<ending> running::wait_for(std::chrono::milliseconds at_most) const {
  if (life_->ended.wait_for(at_most) != std::future_status::ready) {
    return std::nullopt;
  }
  return life_->ended.get();
}

ending running::stop() const {
  begin_stop();
  return wait();
}

void running::begin_stop() const {
  on_caf::anon_send(life_->root, stop_all{});
}

running::life::~life() {
  if (root) {
    on_caf::anon_send(root, stop_all{});
    ended.wait();
  }
}

group_ref topology::add_group(std::string name, supervisor_options options, group_ref parent) {
  entry one{std::move(name), parent.index};
  one.options = std::move(options);
  entries_.push_back(std::move(one));
  return {entries_.size() - 1};
}

std::vector<child> topology::children_of(std::size_t group) const {
  std::vector<child> children;
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    const auto& one = entries_[i];
    if (one.parent != group) {
      continue;
    }
    if (one.where) {
      children.push_back(
        {one.name,
         [where = one.where, make = one.make](on_caf::self_pointer<supervisor> parent) {
           return caf::actor_cast<caf::actor>(on_caf::spawn<host_state>(*parent, where, make));
         },
         one.stop_deadline(), one.where->life()});
      continue;
    }
    auto members = children_of(i);
    auto deadline = kill_grace; // its own, after all of its members'
    for (const auto& member : members) {
      deadline += member.stop_deadline + kill_grace;
    }
    children.push_back({one.name,
                        [members = std::move(members),
                         options = one.options](on_caf::self_pointer<supervisor> parent) {
                          return caf::actor_cast<caf::actor>(
                            on_caf::spawn<supervisor_state>(*parent, members, options));
                        },
                        deadline, nullptr});
  }
  return children;
}

void topology::say_poisoned(const std::string& which) noexcept {
  log_once_per(which, std::chrono::seconds{10}, "mailbox", log_level::error,
               "a handler threw at an item: " + which);
}

result<void> topology::judge_ports() const {
  if (!taken_.empty()) {
    return fail(errc::port_taken, taken_.front());
  }
  for (const auto& one : entries_) {
    if (one.loose_ports) {
      if (const auto loose = one.loose_ports(); !loose.empty()) {
        return fail(errc::unconnected_port, loose.front());
      }
    }
  }
  return {};
}

result<std::vector<composed_actor>> topology::actors() const {
  CAUCUS_TRY_VOID(judge_ports());
  std::vector<composed_actor> out;
  for (const auto& one : entries_) {
    if (one.where) {
      out.push_back({one.name, one.where, one.make, one.parent});
    }
  }
  return out;
}

result<running> topology::start(caf::actor_system& system, supervisor_options options) const {
  CAUCUS_TRY_VOID(judge_ports());
  auto all = std::make_shared<first_turns>(table_->actors.size());
  for (const auto& one : entries_) {
    if (one.where) {
      one.where->life()->on_first_turn([all] { all->here(); });
    }
  }
  return running{system, children_of(0), std::move(options), std::move(all)};
}

} // namespace caucus
