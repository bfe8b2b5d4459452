#include "actors/notary/request_ids.hpp"

namespace caucus {

const request_id_table::known* request_id_table::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

void request_id_table::open(const std::string& id, const digest& what) {
  by_id_.try_emplace(id, known{what, std::nullopt, {}, false});
}

void request_id_table::carried(const std::string& id, batch_number by) {
  const auto found = by_id_.find(id);
  if (found != by_id_.end() && found->second.carrier < by) {
    found->second.carrier = by;
  }
}

void request_id_table::lose(const std::string& id) {
  if (const auto found = by_id_.find(id); found != by_id_.end() && !found->second.became) {
    found->second.lost = true;
  }
}

void request_id_table::settle(const std::string& id, const receipt& became) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second.became) {
    return;
  }
  found->second.became = became;
  settled_.push_back(id);
  while (settled_.size() > most_) {
    by_id_.erase(settled_.front());
    settled_.pop_front();
  }
}

} // namespace caucus
