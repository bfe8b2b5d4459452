#include "actors/notary/subscriptions.hpp"

#include "actors/notary/executor.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

void subscriptions::subscribe(asker_index by, const subscribe_request& what, const notary_turn& t) {
  unsubscribe(by, what.tag);
  if (all_.size() >= config_.subscriptions_max) {
    return t.tell(by, subscription_ended{what.tag, errc::busy});
  }
  one fresh;
  fresh.asker = by;
  fresh.tag = what.tag;
  fresh.from_oldest = what.height == height{}; // genesis has no mutations
  fresh.next = fresh.from_oldest ? oldest_ : what.height;
  fresh.index = what.index;
  all_.push_back(std::move(fresh));
}

void subscriptions::unsubscribe(asker_index by, request_tag tag) {
  all_.remove_if([&](const one& each) { return each.asker == by && each.tag == tag; });
}

void subscriptions::asker_gone(asker_index who) {
  all_.remove_if([who](const one& each) { return each.asker == who; });
}

void subscriptions::stop(errc why, const notary_turn& t) {
  for (const auto& each : all_) {
    t.tell(each.asker, subscription_ended{each.tag, why});
  }
  all_.clear();
}

void subscriptions::taken(asker_index by, request_tag tag) {
  for (auto& each : all_) {
    if (each.asker == by && each.tag == tag && !each.untaken.empty()) {
      each.told_size -= each.untaken.front();
      each.untaken.pop_front();
    }
  }
}

shared_final subscriptions::here(height wanted) const {
  if (auto newest = recent_.at(wanted); newest != nullptr) {
    return newest;
  }
  const auto found = std::find_if(read_.begin(), read_.end(), [wanted](const shared_final& each) {
    return each->block->header.height == wanted;
  });
  return found == read_.end() ? nullptr : *found;
}

/// Who waited for the block that the ledger did not give.
void subscriptions::end_unreadable(const notary_turn& t) {
  all_.remove_if([&](one& each) {
    const bool lost = each.next == loading_ && here(each.next) == nullptr;
    if (lost && each.from_oldest && each.next < oldest_) { // they went meanwhile
      each.next = oldest_;
      return false;
    }
    if (lost) {
      t.tell(each.asker, each.next < oldest_ ? subscription_ended{each.tag, errc::pruned, oldest_}
                                             : subscription_ended{each.tag, errc::history_gone});
    }
    return lost;
  });
}

bool subscriptions::loaded(std::uint64_t token, const std::vector<shared_final>& blocks,
                           const notary_turn& t) {
  if (token == 0 || token != token_) {
    return false;
  }
  token_ = 0;
  if (blocks.empty()) {
    end_unreadable(t);
  }
  for (const auto& each : blocks) {
    if (here(each->block->header.height) == nullptr) {
      read_size_ += size_in_memory(*each);
      read_.push_back(each);
    }
    if (each == blocks.front()) {
      while (read_.size() > 1 && read_size_ > config_.read_again_max) {
        forget_read();
      }
    } else if (read_size_ > config_.read_again_max) {
      break; // the first is what somebody waits for
    }
  }
  return true;
}

void subscriptions::forget_read() {
  read_size_ -= size_in_memory(*read_.front());
  read_.pop_front();
}

bool subscriptions::may_pump() const {
  return std::any_of(all_.begin(), all_.end(), [this](const one& each) {
    if (each.next > durable_) {
      return !each.caught_up;
    }
    return has_room(each) && (token_ == 0 || here(each.next) != nullptr);
  });
}

void subscriptions::pump(const notary_turn& t) {
  std::size_t spent = 0;
  bool any = true;
  while (any && spent < config_.told_per_turn) {
    any = false;
    for (std::size_t i = all_.size(); i > 0 && spent < config_.told_per_turn; --i) {
      if (tell_part(all_.front(), spent, t)) {
        any = true;
      }
      all_.splice(all_.end(), all_, all_.begin());
    }
  }
  const auto behind = std::min_element(all_.begin(), all_.end(),
                                       [](const one& a, const one& b) { return a.next < b.next; });
  std::erase_if(read_, [&](const shared_final& each) {
    const bool over = behind == all_.end() || each->block->header.height < behind->next;
    read_size_ -= over ? size_in_memory(*each) : 0;
    return over;
  });
}

bool subscriptions::tell_part(one& of, std::size_t& spent, const notary_turn& t) {
  while (of.next <= durable_ && has_room(of)) {
    const auto block = here(of.next);
    if (block == nullptr) {
      if (token_ == 0) {
        loading_ = of.next;
        token_ = load_(of.next, t);
      }
      return false;
    }
    const bool has_words = of.index == 0 && !block->announced.empty();
    if (of.index >= block->mutation_count && !has_words) { // an empty one, or all of it was told
      of.next = of.next.next();
      of.index = 0;
      continue;
    }
    auto part = to_committed(*block, of.index, config_.told_part_size);
    const auto size = committed_size(*part);
    if (part->more) {
      of.index = part->mutations.back().index + 1;
    } else {
      of.next = of.next.next();
      of.index = 0;
    }
    of.from_oldest = false;
    of.untaken.push_back(size);
    of.told_size += size;
    spent += size;
    t.tell(of.asker, committed_answer{of.tag, std::move(part)});
    return true;
  }
  if (of.next > durable_ && !of.caught_up) {
    of.caught_up = true;
    of.from_oldest = false;
    t.tell(of.asker, subscription_caught_up{of.tag, durable_});
  }
  return false;
}

} // namespace caucus
