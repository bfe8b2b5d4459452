#include "actors/notary/subscriptions.hpp"

#include <algorithm>

namespace caucus {

void subscriptions::subscribe(asker_index by, const subscribe_request& what, const turn& t) {
  unsubscribe(by, what.tag);
  if (all_.size() >= config_.subscriptions_max) {
    return t.tell(by, subscription_ended{what.tag, errc::busy});
  }
  one fresh;
  fresh.by = by;
  fresh.tag = what.tag;
  fresh.next = std::max(what.from, height{1}); // genesis has no mutations
  all_.push_back(std::move(fresh));
  pump(all_.back(), t);
}

void subscriptions::unsubscribe(asker_index by, request_tag tag) {
  all_.remove_if([&](const one& each) { return each.by == by && each.tag == tag; });
}

void subscriptions::asker_gone(asker_index who) {
  all_.remove_if([who](const one& each) { return each.by == who; });
}

void subscriptions::stop(const turn& t) {
  for (const auto& each : all_) {
    t.tell(each.by, subscription_ended{each.tag, errc::stopping});
  }
  all_.clear();
}

void subscriptions::told(asker_index by, request_tag tag, const turn& t) {
  for (auto& each : all_) {
    if (each.by == by && each.tag == tag && each.under_way > 0) {
      --each.under_way;
      pump(each, t);
    }
  }
}

void subscriptions::durable(height newest, const turn& t) {
  durable_ = newest;
  for (auto& each : all_) {
    pump(each, t);
  }
}

bool subscriptions::loaded(std::uint64_t token, const std::vector<shared_final>& blocks,
                           const turn& t) {
  const auto found = std::find_if(all_.begin(), all_.end(),
                                  [token](const one& each) { return each.token == token; });
  if (found == all_.end()) {
    return false;
  }
  found->token = 0;
  if (blocks.empty()) {
    t.tell(found->by, subscription_ended{found->tag, errc::history_gone});
    all_.erase(found);
    return true;
  }
  found->read.assign(blocks.begin(), blocks.end());
  pump(*found, t);
  return true;
}

void subscriptions::pump(one& of, const turn& t) {
  while (of.under_way < config_.window && of.next <= durable_ && of.token == 0) {
    std::shared_ptr<const committed_block> block;
    if (!of.read.empty() && of.read.front()->what->header.at == of.next) {
      block = to_committed(*of.read.front());
      of.read.pop_front();
    } else if (recent_.at(of.next) != nullptr) {
      block = recent_.told(of.next);
    } else {
      of.read.clear();
      of.token = load_(of.next, t);
      return;
    }
    of.next = of.next.next();
    if (!block->mutations.empty()) {
      ++of.under_way;
      t.tell(of.by, committed_answer{of.tag, std::move(block)});
    }
  }
  if (of.next > durable_ && !of.caught_up) {
    of.caught_up = true;
    t.tell(of.by, subscription_caught_up{of.tag, durable_});
  }
}

} // namespace caucus
