#pragma once

#include "messages/ids.hpp"
#include "messages/mutation.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

/// Users' request ids and what became of them: a retry gets the first receipt.
/// Pure. Bounded: the oldest ids with a receipt are forgotten first, and a retry after that is a
/// new mutation; one without a receipt is never forgotten.

namespace caucus {

class request_id_table {
public:
  struct known {
    digest mutation;               ///< of the encoded mutation
    std::optional<receipt> became; ///< none: not final yet
    batch_number carrier;          ///< newest own batch that holds it; 0: none yet
    bool lost = false;             ///< nobody can say what became of it
  };

  explicit request_id_table(std::size_t most) : most_{most} {}

  /// Null: unknown. Good until the table changes.
  [[nodiscard]] const known* find(const std::string& id) const;
  /// A new one, or one that is put down again after a restart.
  void open(const std::string& id, const digest& what);
  /// It stands in this batch, and in no later one so far; nothing if it is unknown.
  void carried(const std::string& id, batch_number by);
  /// It has its receipt; nothing if it is unknown.
  void settle(const std::string& id, const receipt& became);
  void forget(const std::string& id) { by_id_.erase(id); }
  /// Nobody can say what became of it, as another life of this node may have done it; nothing if it
  /// is unknown or has its receipt.
  void lose(const std::string& id);

  /// Those with a receipt, oldest first.
  template <class Visit>
  void each_settled(Visit&& visit) const {
    for (const auto& id : settled_) {
      if (const auto found = by_id_.find(id); found != by_id_.end() && found->second.became) {
        visit(id, found->second);
      }
    }
  }
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }

private:
  std::size_t most_;
  std::unordered_map<std::string, known> by_id_;
  std::deque<std::string> settled_; ///< oldest first
};

} // namespace caucus
