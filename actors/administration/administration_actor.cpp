#include "actors/administration/administration_actor.hpp"

#include "runtime/archive/packets.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/log.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace caucus {

namespace {

constexpr std::size_t items_per_turn = 256;
/// A proposal of this node's own accord: what it is about is asked again while it stands.
constexpr duration own_time{std::chrono::seconds{30}};
/// For the notary's word, which takes a turn of it: one that is busy is not waited for.
constexpr duration show_time{std::chrono::seconds{1}};

administration_setup core_setup(const administration_actor_setup& of) {
  return {
    of.self,     of.network, of.genesis->group, of.scheme.verify, of.genesis->consensus.heartbeat,
    of.can_judge};
}

} // namespace

administration_actor::administration_actor(ports its_ports, context& around,
                                           const administration_actor_setup& setup)
    : ports_{std::move(its_ports)}, around_{around}, from_{setup.genesis}, core_{core_setup(setup)},
      line_{around, ports_.heard, ports_.asks}, to_net_{std::move(ports_.net_out)},
      to_peer_net_{std::move(ports_.directives)}, shell_{around, core_, [this](auto& action) {
                                                           perform(action);
                                                         }} {
  shell_.delivers(to_net_);
  shell_.delivers(to_peer_net_);
  shell_.runs(line_);
  line_.follow_group([this](const group_told& told) {
    shell_.apply(told);
    answer_shows();
  });
  shell_.takes(ports_.net_in, [this](from_net&& one) { hear(one); },
               {items_per_turn, [this] { return to_net_.empty() && to_peer_net_.empty(); }});
  serve_commands();
  shell_.timer(
    [this] {
      std::optional<time_point> soonest;
      for (const auto& [id, one] : open_) {
        soonest = soonest ? std::min(*soonest, one.deadline) : one.deadline;
      }
      return soonest;
    },
    [this] { give_up(); });
  shell_.timer([this] { return shows_.empty() ? std::nullopt : std::optional{shows_until_}; },
               [this] { answer_shows(); });
  shell_.whenever([this] { return to_peer_net_.has_restarted(); },
                  [this] {
                    static_cast<void>(to_peer_net_.restarted());
                    shell_.apply(admin_in::peer_net_restarted{});
                  });
  shell_.always([this] { drop_gone(); });
  shell_.ticks();
}

void administration_actor::serve_commands() {
  calls_.serve(
    shell_, ports_.calls, ports_.replies,
    overloaded{[this](const caller&, const control_status&) { return status(); },
               [this](const caller& who, const control_group_show&) { show(who); },
               [this](const caller& who, const control_group_admit& of) {
                 ask(who, of.timeout, wanted_admit{of.who, of.standby, of.name, of.address});
               },
               [this](const caller& who, const control_group_kick& of) {
                 ask(who, of.timeout, wanted_kick{of.who, of.lower_f});
               },
               [this](const caller& who, const control_group_retire& of) {
                 ask(who, of.timeout, wanted_retire{of.lower_f});
               },
               [this](const caller& who, const control_group_replace& of) {
                 ask(who, of.timeout, wanted_replace{of.former, of.by, of.name, of.address});
               },
               [this](const caller& who, const control_group_reinforce& of) {
                 ask(who, of.timeout, reinforce{of.count});
               },
               [this](const caller& who, const control_group_bar& of) {
                 ask(who, of.timeout, wanted_bar{of.who, bar_time_from_text(of.time).value_or(0)});
               },
               [this](const caller& who, const control_group_unbar& of) {
                 ask(who, of.timeout, wanted_unbar{of.who});
               },
               [this](const caller& who, const control_group_announce& of) {
                 ask(who, of.timeout, announce{of.text});
               },
               [this](const caller& who, const control_group_move& of) {
                 ask(who, of.timeout, wanted_move{of.address});
               },
               [this](const caller& who, const control_group_join& of) { join(who, of); },
               [this](const caller& who, const control_group_rules& of) { rules(who, of); },
               [this](const caller&, const control_group_history&) { return history(); },
               [this](const caller&, const control_checkpoint&) { return checkpoint(); }});
}

// -- inboxes -----------------------------------------------------------------------------------------

void administration_actor::hear(from_net& what) {
  std::visit(
    overloaded{[this](const frame_in& frame) {
                 auto heard = packets::decode(frame.header.code, *frame.body);
                 if (!heard || frame.header.group != from_->group) {
                   to_peer_net_.push(blame{frame.link, frame.peer,
                                           heard ? errc::wrong_group : heard.error().code,
                                           "a frame for administration"});
                   return;
                 }
                 std::visit(
                   overloaded{[&](group_wish& wish) {
                     shell_.apply(admin_in::wish_heard{frame.link, frame.peer, std::move(wish)});
                   }},
                   *heard);
               },
               [this](const link_up& up) { shell_.apply(up); },
               [this](const link_down& down) { shell_.apply(down); },
               ignored<request_ended, link_refused>{}},
    what);
}

void administration_actor::ask(const caller& who, duration timeout, wanted_change what) {
  open_.emplace(++last_id_, waiting{who, around_.now() + timeout});
  shell_.apply(admin_in::operator_asked{last_id_, std::move(what)});
}

void administration_actor::join(const caller& who, const control_group_join& what) {
  open_.emplace(++last_id_, waiting{who, around_.now() + what.timeout, true});
  shell_.apply(admin_in::join_asked{last_id_, what.name, what.address});
}

void administration_actor::rules(const caller& who, const control_group_rules& what) {
  if (what.is_bare()) {
    const auto& told = core_.told();
    if (!told) {
      return calls_.refuse(who, {errc::not_yet, "the node has just started: ask again"});
    }
    std::vector<variable_declaration> all;
    for (const auto& one : told->book->declared->variables) {
      if (!one.removed) {
        all.push_back(one.declared);
      }
    }
    return calls_.tell(
      who, rules_reply{std::nullopt, std::nullopt,
                       print_rules_id(told->book->declared->code) + print_variables(all),
                       told->voters->in_epoch()});
  }
  auto wanted = what.wanted(*from_);
  if (!wanted) {
    return calls_.refuse(who, {errc::bad_request, to_string(wanted.error())});
  }
  open_.emplace(++last_id_, waiting{who, around_.now() + what.timeout, false, true, what.attempt});
  if (what.attempt) {
    shell_.apply(admin_in::rules_tried{last_id_, std::move(*wanted)});
  } else {
    shell_.apply(admin_in::operator_asked{last_id_, std::move(*wanted)});
  }
}

/// Who was interrupted waits no more, and a newcomer's wish ends with it.
void administration_actor::drop_gone() {
  for (auto one = open_.begin(); one != open_.end();) {
    if (calls_.waits(one->second.who)) {
      ++one;
      continue;
    }
    const auto id = one->first;
    one = open_.erase(one);
    shell_.apply(admin_in::forgotten{id});
  }
}

void administration_actor::give_up() {
  std::vector<asked_id> over;
  for (const auto& [id, one] : open_) {
    if (one.deadline <= around_.now()) {
      over.push_back(id);
    }
  }
  for (const auto id : over) {
    const auto& one = open_.at(id);
    if (one.tries) {
      calls_.refuse(one.who, {errc::busy, "the state was not looked at within the time; nothing "
                                          "was asked for: try again"});
    } else {
      calls_.refuse(
        one.who,
        {errc::timed_out,
         one.joins ? "not a member within the time; if members asked for it, it may still become "
                     "one: `group show` tells"
                   : "no receipt within the time: it may still come to be asked for; `group "
                     "show` tells"});
    }
    open_.erase(id);
    shell_.apply(admin_in::forgotten{id});
  }
}

void administration_actor::show(const caller& who) {
  if (!core_.told()) {
    return calls_.refuse(who, {errc::not_yet, "the node has just started: ask again"});
  }
  if (shows_.empty()) {
    shows_until_ = around_.now() + show_time;
  }
  shows_.push_back(who);
  line_.ask_group();
}

void administration_actor::answer_shows() {
  for (const auto& who : std::exchange(shows_, {})) {
    calls_.tell(who, *core_.view(around_.now(), around_.wall_now()));
  }
}

result<shared_history> administration_actor::history() const {
  const auto& told = core_.told();
  return told ? result<shared_history>{told->history}
              : fail(errc::not_yet, "the node has just started: ask again");
}

result<checkpoint_reply> administration_actor::checkpoint() const {
  const auto& told = core_.told();
  if (!told || !told->certified) {
    return fail(errc::not_yet, "no block is final yet: ask again");
  }
  // What certifies the state is of that epoch, or an earlier one.
  return checkpoint_reply{told->history->voters.share(told->certified->epoch), *told->certified};
}

administration_status administration_actor::status() const {
  administration_status out;
  out.newcomers = core_.newcomers();
  out.outdated = core_.outdated();
  if (const auto& told = core_.told()) {
    out.petitions = told->book->open.size();
    out.standbys = told->book->next.standbys.size();
  }
  return out;
}

// -- doing -------------------------------------------------------------------------------------------

void administration_actor::perform(admin_out::propose& what) {
  const auto token = what.token;
  const auto done = [this, token](const result<receipt>& how) {
    shell_.apply(admin_in::proposed{token, how});
  };
  if (const auto sent = line_.propose(what.what, {}, own_time, done); !sent) {
    shell_.apply(admin_in::proposed{token, tl::make_unexpected(sent.error())});
  }
}

void administration_actor::perform(admin_out::reply& what) {
  if (const auto found = open_.find(what.id); found != open_.end()) {
    if (what.how && found->second.of_rules) {
      calls_.tell(found->second.who, rules_reply{std::move(*what.how)});
    } else if (what.how) {
      calls_.tell(found->second.who, std::move(*what.how));
    } else {
      calls_.refuse(found->second.who, std::move(what.how.error()));
    }
    open_.erase(found);
  }
}

void administration_actor::perform(admin_out::joined& what) {
  if (const auto found = open_.find(what.id); found != open_.end()) {
    if (what.how) {
      calls_.tell(found->second.who, joined_reply{*what.how});
    } else {
      calls_.refuse(found->second.who, what.how.error());
    }
    open_.erase(found);
  }
}

void administration_actor::perform(admin_out::tell_links& what) {
  to_peer_net_.push(std::move(what.what));
}

void administration_actor::perform(admin_out::send_wish& what) {
  const auto frame = marshal(what.what, from_->group);
  for (const auto link : what.links) {
    to_net_.push({link, frame, 0, duration{0}, 0});
  }
}

void administration_actor::perform(admin_out::ask_group& /*what*/) {
  line_.ask_group();
}

void administration_actor::perform(admin_out::ask_evidence& what) {
  line_.evidence(what.skipped, [this](const evidence_answer& page) { shell_.apply(page); });
}

void administration_actor::perform(admin_out::try_rules& what) {
  line_.try_rules(std::move(what.next), [this](const std::optional<error>& misfit) {
    shell_.apply(admin_in::state_said{misfit});
  });
}

void administration_actor::perform(admin_out::tried& what) {
  if (const auto found = open_.find(what.id); found != open_.end()) {
    if (what.how) {
      calls_.tell(found->second.who, rules_reply{std::nullopt, std::move(*what.how)});
    } else {
      calls_.refuse(found->second.who, std::move(what.how.error()));
    }
    open_.erase(found);
  }
}

void administration_actor::perform(admin_out::news& what) {
  log(name, log_level::info, what.text);
}

} // namespace caucus
